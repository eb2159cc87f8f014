package templatesim

import "time"

// Cut says when the connection is lost.
type Cut string

// The cuts. Before: nothing was processed. After: the message was accepted and
// its report goes out, but the answer never arrives. Refused: no connection is
// made at all (only RoundTripper can).
const (
	CutRefused Cut = "refused"
	CutBefore  Cut = "before"
	CutAfter   Cut = "after"
)

// Outcome is what becomes of one send. The zero value is accepted at once and
// never heard of again.
type Outcome struct {
	Cut Cut
	// Code and Message refuse the send as the service does. HTTP answers in HTML
	// with this status, as a gateway in front would.
	Code, Message string
	HTTP          int
	// Delay is waited before the answer; the message is accepted before it.
	Delay time.Duration
	// Hang accepts and never answers: the caller has to give up.
	Hang bool
	// Reports are the delivery reports.
	Reports []Report
}

// Report is one delivery report.
type Report struct {
	After time.Duration // since the send was received; then it gathers
	Code  string        // the mobile carrier's; "" is delivered
}

// Behaviour decides the outcome of a send. It is called for every send that
// would be accepted, concurrently; m has everything but a Ref.
type Behaviour func(m Message) Outcome

// Always gives every message the same outcome.
func Always(o Outcome) Behaviour { return func(Message) Outcome { return o } }

// Delivers is delivered after the given time.
func Delivers(after time.Duration) Outcome { return Outcome{Reports: []Report{{After: after}}} }

// Fails is not delivered, with code.
func Fails(after time.Duration, code string) Outcome {
	return Outcome{Reports: []Report{{After: after, Code: code}}}
}

// Loses is accepted, and nothing more is heard.
func Loses() Outcome { return Outcome{} }

// Refuses refuses the send.
func Refuses(code, message string) Outcome { return Outcome{Code: code, Message: message} }

// Twice reports everything of o two times over.
func Twice(o Outcome) Outcome {
	o.Reports = append(append([]Report(nil), o.Reports...), o.Reports...)
	return o
}

// Limits are what one number may get; 0 is no limit.
type Limits struct {
	PerMinute int
	PerDay    int           // at Aliyun for each template
	Same      time.Duration // how long before the same text may come again
}

// UsualLimits are those the services begin with: Aliyun's 50 notifications a day
// of one template, Tencent's 10 messages a day and the same text every 30 s.
// Both can be raised in their consoles, and should be before anybody relies on it.
func UsualLimits(d Dialect) Limits {
	if d == Aliyun {
		return Limits{PerDay: 50}
	}
	return Limits{PerDay: 10, Same: 30 * time.Second}
}

// overLocked is the limit that one more message would break; s.mu is held.
func (s *Sim) overLocked(m Message) refusal {
	l := s.opt.Limits
	minute, day := 0, 0
	for _, old := range s.messages {
		age := m.Received.Sub(old.Received)
		if old.Inbound || old.To != m.To {
			continue
		}
		if l.Same > 0 && age < l.Same && old.Text == m.Text {
			return s.service.limited("same", 1)
		}
		if age < time.Minute {
			minute++
		}
		if age < 24*time.Hour && (s.opt.Dialect != Aliyun || old.Template == m.Template) {
			day++
		}
	}
	switch {
	case l.PerMinute > 0 && minute >= l.PerMinute:
		return s.service.limited("minute", l.PerMinute)
	case l.PerDay > 0 && day >= l.PerDay:
		return s.service.limited("day", l.PerDay)
	}
	return refusal{}
}
