package twiliosim

import (
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sort"
	"strconv"
	"strings"
	"time"
)

// report posts the callbacks of m; it owns its goroutine until Close.
func (s *Sim) report(m Message, steps []Step) {
	defer s.work.Done()
	sent := false
	for _, step := range steps {
		expired := m.Validity > 0 && !sent && step.After > m.Validity && (step.Status == "sent" || step.Status == "delivered")
		if expired {
			step = Step{After: m.Validity, Status: "failed", Code: 30036}
		}
		if s.wait(s.ctx, answer{delay: time.Until(m.Received.Add(step.After))}) != nil {
			return
		}
		s.progress(m.SID, step)
		sent = sent || step.Status == "sent"
		if m.StatusCallback != "" {
			_, err := s.post(s.ctx, m.StatusCallback, s.statusForm(m, step))
			if s.ctx.Err() != nil {
				return
			}
			s.mu.Lock()
			s.stats.Callbacks++
			if err != nil {
				s.stats.CallbacksFailed++ // Twilio does not repeat a callback
			}
			s.mu.Unlock()
		}
		if expired {
			return
		}
	}
}

// progress records a status as the API and the phones page show it: a message
// that reached its end stays there whatever order the callbacks are posted in.
func (s *Sim) progress(sid string, step Step) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, ok := s.bySID[sid]
	if !ok || m.Status == "delivered" || m.Status == "undelivered" || m.Status == "failed" {
		return
	}
	m.Status, m.Code = step.Status, step.Code
	s.wakeLocked()
}

func (s *Sim) statusForm(m Message, step Step) url.Values {
	f := url.Values{
		"AccountSid": {s.opt.AccountSID}, "ApiVersion": {"2010-04-01"}, "From": {m.From}, "To": {m.To},
		"MessageSid": {m.SID}, "SmsSid": {m.SID}, "MessageStatus": {step.Status}, "SmsStatus": {step.Status},
	}
	if step.Code != 0 {
		f.Set("ErrorCode", strconv.Itoa(step.Code))
	}
	if m.Service != "" {
		f.Set("MessagingServiceSid", m.Service)
	}
	return f
}

// Reply types text on the phone from and posts it, signed, to HookURL/inbound as
// a message to the number to. The error is the daemon's refusal, or the way to
// it. As with Twilio, STOP and its like opt the phone out of further messages
// (21610) and START opts it in; the daemon hears of both.
func (s *Sim) Reply(ctx context.Context, from, to, text string) error {
	m := Message{From: from, To: to, Body: text, Received: time.Now(), Status: "received", Inbound: true}
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return fmt.Errorf("reply from a phone: %w", errClosed)
	}
	hook := strings.TrimSuffix(s.hookURL, "/")
	if hook == "" {
		s.mu.Unlock()
		return errors.New("reply from a phone: no hook url is configured")
	}
	s.keepLocked(&m)
	sid := m.SID
	// https://www.twilio.com/docs/messaging/tutorials/advanced-opt-out
	switch strings.ToUpper(strings.TrimSpace(text)) {
	case "STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT":
		s.optedOut[from] = true
	case "START", "UNSTOP":
		delete(s.optedOut, from)
	}
	s.mu.Unlock()
	form := url.Values{
		"AccountSid": {s.opt.AccountSID}, "ApiVersion": {"2010-04-01"}, "From": {from}, "To": {to}, "Body": {text},
		"MessageSid": {sid}, "SmsMessageSid": {sid}, "SmsSid": {sid}, "SmsStatus": {"received"},
		"NumMedia": {"0"}, "NumSegments": {strconv.Itoa(segments(text))},
		"FromCountry": {""}, "FromState": {""}, "FromCity": {""}, "FromZip": {""},
		"ToCountry": {""}, "ToState": {""}, "ToCity": {""}, "ToZip": {""},
	}
	if _, err := s.post(ctx, hook+"/inbound", form); err != nil {
		return fmt.Errorf("reply from a phone: %w", err)
	}
	return nil
}

// post sends a signed webhook and gives the body of its answer; anything but 2xx
// is an error.
func (s *Sim) post(ctx context.Context, target string, form url.Values) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, target, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8")
	req.Header.Set("User-Agent", "TwilioProxy/1.1")
	req.Header.Set("X-Twilio-Signature", Sign(s.opt.AuthToken, target, form))
	res, err := s.hooks.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxBody))
	if err != nil {
		return nil, fmt.Errorf("read answer: %w", err)
	}
	if res.StatusCode/100 != 2 {
		return nil, fmt.Errorf("webhook was answered %s", res.Status)
	}
	return body, nil
}

// Sign gives the X-Twilio-Signature of a form posted to a URL. It is written
// from Twilio's description, apart from the code that verifies it.
func Sign(token, target string, form url.Values) string {
	keys := make([]string, 0, len(form))
	for k := range form {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	mac := hmac.New(sha1.New, []byte(token))
	io.WriteString(mac, target)
	for _, k := range keys {
		seen := map[string]bool{}
		values := append([]string(nil), form[k]...)
		sort.Strings(values)
		for _, v := range values {
			if !seen[v] {
				io.WriteString(mac, k+v)
			}
			seen[v] = true
		}
	}
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
