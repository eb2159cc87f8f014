package twiliosim

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// answer is what a request comes to: a response, a cut, or a wait and then one.
type answer struct {
	status     int
	body       []byte
	html       bool
	retryAfter time.Duration
	cut        Cut
	hang       bool
	delay      time.Duration
}

const apiPath = "/2010-04-01/Accounts/"

// handle serves one API request whose body has been read.
func (s *Sim) handle(method, path, user, pass string, body []byte, now time.Time) answer {
	account, resource, ok := strings.Cut(strings.TrimPrefix(path, apiPath), "/")
	switch {
	case !strings.HasPrefix(path, apiPath) || !ok:
		return refuse(404, 20404, "The requested resource was not found")
	case user != s.opt.AccountSID || pass != s.opt.AuthToken:
		return refuse(401, 20003, "Authenticate")
	case account != s.opt.AccountSID:
		return refuse(404, 20404, "The requested resource was not found")
	case method == http.MethodPost && resource == "Messages.json":
		return s.create(body, now)
	case method == http.MethodGet && strings.HasPrefix(resource, "Messages/"):
		return s.fetch(strings.TrimSuffix(strings.TrimPrefix(resource, "Messages/"), ".json"))
	case method == http.MethodPost && resource == "Calls.json":
		return s.createCall(body, now)
	}
	if sid, ok := callSID(resource); ok && (method == http.MethodGet || method == http.MethodPost) {
		return s.oneCall(sid, method == http.MethodPost, body, now)
	}
	return refuse(404, 20404, "The requested resource was not found")
}

func (s *Sim) fetch(sid string) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, ok := s.bySID[sid]
	if !ok {
		return refuse(404, 20404, "The requested resource was not found")
	}
	return answer{status: 200, body: s.resource(*m)}
}

func (s *Sim) create(body []byte, now time.Time) answer {
	m, bad := s.read(body, now)
	s.mu.Lock()
	s.stats.Creates++
	act, gone, optedOut := s.act, s.closed, s.optedOut[m.To]
	s.mu.Unlock()
	if gone {
		return answer{cut: CutBefore}
	}
	if bad.status == 0 && optedOut {
		bad = refuse(400, 21610, "Attempt to send to unsubscribed recipient")
	}
	if bad.status != 0 {
		return s.refused(bad)
	}
	o := act(m)
	if a, no := s.unkind(o, m.To); no {
		return a
	}
	m = s.accept(m, o)
	return answer{status: 201, body: s.resource(m), delay: o.Delay, hang: o.Hang, cut: o.Cut}
}

// unkind is the answer to a create that is not accepted; no is false for one that is.
func (s *Sim) unkind(o Outcome, to string) (_ answer, no bool) {
	switch {
	case o.Cut == CutRefused || o.Cut == CutBefore:
		s.mu.Lock()
		s.stats.Cut++
		s.mu.Unlock()
		return answer{cut: o.Cut, delay: o.Delay}, true
	case o.HTTP != 0 && o.Code == 0:
		return s.refused(answer{status: o.HTTP, html: true, body: []byte("<html><h1>" + http.StatusText(o.HTTP) + "</h1></html>"), retryAfter: o.RetryAfter, delay: o.Delay}), true
	case o.HTTP != 0:
		a := refuse(o.HTTP, o.Code, "Refused by the simulator for "+to)
		a.retryAfter, a.delay = o.RetryAfter, o.Delay
		return s.refused(a), true
	}
	return answer{}, false
}

// accept keeps m, tells OnMessage and starts its callbacks.
func (s *Sim) accept(m Message, o Outcome) Message {
	kept := m
	s.mu.Lock()
	s.stats.Accepted++
	if o.Cut != "" {
		s.stats.Cut++
	}
	s.keepLocked(&kept)
	m = kept
	report := len(o.Steps) > 0 && !s.opt.NoCallbacks && !s.closed
	if report {
		s.work.Add(1) // under mu and before closed, so that Close waits for it
	}
	s.mu.Unlock()
	if s.opt.OnMessage != nil {
		s.opt.OnMessage(m)
	}
	if report {
		go s.report(m, o.Steps)
	}
	return m
}

func (s *Sim) refused(a answer) answer {
	s.mu.Lock()
	s.stats.Refused++
	s.mu.Unlock()
	return a
}

// read checks a create as Twilio does; bad.status is 0 when it is fine.
func (s *Sim) read(body []byte, now time.Time) (m Message, bad answer) {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return m, refuse(400, 20001, "Bad request")
	}
	m = Message{
		To: form.Get("To"), From: form.Get("From"), Body: form.Get("Body"), Service: form.Get("MessagingServiceSid"),
		StatusCallback: form.Get("StatusCallback"), Received: now, Status: "queued",
	}
	switch {
	case m.To == "":
		return m, refuse(400, 21604, "A 'To' phone number is required.")
	case !e164(m.To):
		return m, refuse(400, 21211, "Invalid 'To' Phone Number: "+m.To)
	case m.From == "" && m.Service == "":
		return m, refuse(400, 21603, "A 'From' phone number is required.")
	case m.Body == "":
		return m, refuse(400, 21602, "Message body is required.")
	case len([]rune(m.Body)) > 1600:
		return m, refuse(400, 21617, "The concatenated message body exceeds the 1600 character limit")
	}
	if v := form.Get("ValidityPeriod"); v != "" {
		n, err := strconv.Atoi(v)
		if err != nil || n < 1 || n > 36000 {
			return m, refuse(400, 90007, "Invalid validity period value")
		}
		m.Validity = time.Duration(n) * time.Second
	}
	if u, err := url.Parse(m.StatusCallback); err == nil {
		m.NoticeID = u.Query().Get("d")
	}
	if m.Service != "" {
		m.Status = "accepted"
	}
	return m, answer{}
}

func e164(s string) bool {
	if len(s) < 8 || len(s) > 16 || s[0] != '+' {
		return false
	}
	return strings.Trim(s[1:], "0123456789") == ""
}
