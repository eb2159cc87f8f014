package twiliosim

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// createCall serves POST Calls.json.
func (s *Sim) createCall(body []byte, now time.Time) answer {
	c, bad := s.readCall(body, now)
	s.mu.Lock()
	s.stats.Creates++
	act, gone := s.answer, s.closed
	s.mu.Unlock()
	if gone {
		return answer{cut: CutBefore}
	}
	if bad.status != 0 {
		return s.refused(bad)
	}
	o := act(c)
	if a, no := s.unkind(o.Create, c.To); no {
		return a
	}
	c, wait := s.dial(c, o)
	return answer{status: 201, body: s.callResource(c, wait), delay: o.Create.Delay, hang: o.Create.Hang, cut: o.Create.Cut}
}

// dial keeps the call and starts its line; wait is its time in the queue.
func (s *Sim) dial(c Call, o CallOutcome) (_ Call, wait time.Duration) {
	l := &line{s: s, call: c, script: o.Steps, hands: make(chan Hand), cut: make(chan struct{}), gone: make(chan struct{}), news: make(chan url.Values, 8)}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stats.Accepted++
	if o.Create.Cut != "" {
		s.stats.Cut++
	}
	if s.opt.CallsPerSecond > 0 {
		start := c.Received
		if s.nextCall.After(start) {
			start = s.nextCall
		}
		s.nextCall = start.Add(time.Duration(float64(time.Second) / s.opt.CallsPerSecond))
		wait = start.Sub(c.Received)
	}
	s.keepCallLocked(l)
	if !s.closed { // else nobody would wait for its end
		s.work.Add(2)
		go l.run(wait)
		go l.tell()
	}
	return l.call, wait
}

// readCall checks a create as Twilio does; bad.status is 0 when it is fine.
func (s *Sim) readCall(body []byte, now time.Time) (c Call, bad answer) {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return c, refuse(400, 20001, "Bad request")
	}
	c = Call{
		To: form.Get("To"), From: form.Get("From"), Twiml: form.Get("Twiml"), URL: form.Get("Url"), StatusCallback: form.Get("StatusCallback"),
		Events: form["StatusCallbackEvent"], Timeout: time.Minute, Received: now, Status: "queued",
	}
	switch {
	case c.To == "":
		return c, refuse(400, 21201, "No 'To' number is specified")
	case !e164(c.To):
		return c, refuse(400, 21211, "Invalid 'To' Phone Number: "+c.To)
	case c.From == "":
		return c, refuse(400, 21213, "'From' phone number is required")
	case !e164(c.From):
		return c, refuse(400, 21212, "Invalid 'From' Phone Number: "+c.From)
	case c.Twiml == "" && c.URL == "":
		return c, refuse(400, 21205, "Url parameter is required.")
	case utf8.RuneCountInString(c.Twiml) > 4000:
		return c, refuse(400, 20001, "Twiml is longer than 4000 characters")
	}
	for _, e := range c.Events {
		if !slices.Contains([]string{"initiated", "ringing", "answered", "completed"}, e) {
			return c, refuse(400, 21626, "Invalid StatusCallbackEvents")
		}
	}
	if len(c.Events) == 0 {
		c.Events = []string{"completed"}
	}
	if v := form.Get("Timeout"); v != "" {
		n, err := strconv.Atoi(v)
		if err != nil || n < 1 || n > 600 {
			return c, refuse(400, 21208, "Invalid Timeout")
		}
		c.Timeout = time.Duration(n) * time.Second
	}
	if u, err := url.Parse(c.StatusCallback); err == nil {
		c.NoticeID = u.Query().Get("d")
	}
	return c, answer{}
}

// oneCall serves GET and POST of Calls/{Sid}.json: how it stands, and ending it.
func (s *Sim) oneCall(sid string, update bool, body []byte, now time.Time) answer {
	form, err := url.ParseQuery(string(body))
	status := form.Get("Status")
	s.mu.Lock()
	defer s.mu.Unlock()
	l, ok := s.lines[sid]
	switch {
	case !ok:
		return refuse(404, 20404, "The requested resource was not found")
	case !update:
		return answer{status: 200, body: s.callResource(l.call, 0)}
	case err != nil || status != "canceled" && status != "completed":
		return refuse(400, 20001, "Bad request: only Status=canceled and Status=completed are simulated")
	case !l.call.Live():
		return refuse(400, 21220, "Call is not in-progress. Cannot redirect.")
	case l.call.Status == "in-progress" && status == "completed":
		l.endLocked("completed", now)
	case l.call.Status != "in-progress":
		l.endLocked("canceled", now)
	}
	return answer{status: 200, body: s.callResource(l.call, 0)}
}

func callSID(resource string) (string, bool) {
	sid, ok := strings.CutPrefix(resource, "Calls/")
	return strings.TrimSuffix(sid, ".json"), ok
}
