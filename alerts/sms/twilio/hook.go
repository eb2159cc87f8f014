package twilio

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"onekeyd/alerts"
)

// ParseHook reads a status callback or an inbound message, whichever path it
// came to. It answers only requests signed with our token for our account; see
// alerts.Hook for its errors. Event.Key is the same for the same report however
// often it comes, and holds no number.
func (s *Sender) ParseHook(r *http.Request, body []byte) ([]alerts.Event, string, []byte, error) {
	form, err := s.verified(r, body)
	if err != nil {
		return nil, "", nil, fmt.Errorf("read twilio webhook: %w", err)
	}
	// The signature is what proves it; a stand-in may leave the account out.
	if account := form.one("AccountSid"); account != "" && account != s.opt.AccountSID {
		return nil, "", nil, fmt.Errorf("read twilio webhook for another account: %w", alerts.ErrForged)
	}
	ev := alerts.Event{Ref: form.one("MessageSid"), From: form.one("From"), To: form.one("To"), At: time.Now()}
	if ev.Ref == "" {
		ev.Ref = form.one("SmsSid")
	}
	status := form.one("MessageStatus")
	switch {
	case form.doubled:
		return nil, "", nil, fmt.Errorf("read twilio webhook with two values for one field: %w", alerts.ErrMalformed)
	case !isRef(ev.Ref):
		return nil, "", nil, fmt.Errorf("read twilio webhook without a message sid: %w", alerts.ErrMalformed)
	case status != "":
		return s.status(ev, status, form, r.URL.Query().Get("d"))
	case form.values.Has("Body"):
		ev.Inbound, ev.Text, ev.Key = true, form.one("Body"), name+"|in|"+ev.Ref
		if form.doubled {
			return nil, "", nil, fmt.Errorf("read twilio webhook with two bodies: %w", alerts.ErrMalformed)
		}
		return []alerts.Event{ev}, "text/xml", []byte("<Response/>"), nil
	}
	return nil, "", nil, fmt.Errorf("read twilio webhook that is neither status nor message: %w", alerts.ErrMalformed)
}

func (s *Sender) status(ev alerts.Event, status string, form fields, noticeID string) ([]alerts.Event, string, []byte, error) {
	ev.State, ev.NoticeID, ev.Key = stateOf(status), noticeID, statusKey(ev.Ref, status)
	code, _ := strconv.Atoi(form.one("ErrorCode"))
	if code != 0 {
		ev.Code = strconv.Itoa(code)
	}
	if ev.State == alerts.Failed {
		ev.Class = classOfDelivery(code)
	}
	return []alerts.Event{ev}, "", nil, nil
}

// isRef takes any carrier's id of a message: Twilio's are SM or MM and 32 hex
// digits, a stand-in's may be shorter.
func isRef(ref string) bool {
	if ref == "" || len(ref) > 64 {
		return false
	}
	for _, c := range []byte(ref) {
		if c <= ' ' || c > '~' || c == '/' || c == '|' {
			return false
		}
	}
	return true
}

func statusKey(ref, status string) string { return name + "|" + ref + "|" + status }

// verified returns the form of a request whose signature is right.
func (s *Sender) verified(r *http.Request, body []byte) (fields, error) {
	if s.hook == nil {
		return fields{}, fmt.Errorf("no hook url is configured, so nothing can be verified: %w", alerts.ErrForged)
	}
	if r.Method != http.MethodPost {
		return fields{}, fmt.Errorf("method is not POST: %w", alerts.ErrMalformed)
	}
	if len(body) > alerts.MaxHookBody {
		return fields{}, fmt.Errorf("body is over %d bytes: %w", alerts.MaxHookBody, alerts.ErrMalformed)
	}
	values, err := url.ParseQuery(string(body))
	if err != nil {
		// The parser's error would quote the body.
		return fields{}, fmt.Errorf("body is no form: %w", alerts.ErrMalformed)
	}
	if !s.signed(r.URL.RequestURI(), values, r.Header.Get("X-Twilio-Signature")) {
		return fields{}, alerts.ErrForged
	}
	return fields{values: values}, nil
}

// fields reads a form and notices a field that has two different values: the
// signature joins keys and values without a mark between them, so which of the
// two Twilio meant cannot be known.
type fields struct {
	values  url.Values
	doubled bool
}

func (f *fields) one(key string) string {
	vs := f.values[key]
	if len(vs) == 0 {
		return ""
	}
	for _, v := range vs[1:] {
		f.doubled = f.doubled || v != vs[0]
	}
	return vs[0]
}

// stateOf maps Twilio's message status. There is no callback for the first one
// (https://www.twilio.com/docs/messaging/guides/outbound-message-status).
func stateOf(status string) alerts.State {
	switch status {
	case "accepted", "scheduled", "queued", "sending":
		return alerts.Handed
	case "sent", "partially_delivered":
		return alerts.Sent
	case "delivered", "read":
		return alerts.Delivered
	case "undelivered", "failed", "canceled":
		return alerts.Failed
	}
	return ""
}
