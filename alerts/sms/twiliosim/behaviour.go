package twiliosim

import "time"

// Cut says when the connection is lost.
type Cut string

// The cuts. Before: nothing was processed. After: the message was accepted and
// its callbacks go out, but the answer never arrives. Refused: no connection is
// made at all (only RoundTripper can; a socket has been accepted by then and is
// closed unread).
const (
	CutRefused Cut = "refused"
	CutBefore  Cut = "before"
	CutAfter   Cut = "after"
)

// Step is one status callback.
type Step struct {
	After  time.Duration // since the create was received
	Status string        // Twilio's: sending, sent, delivered, undelivered, failed…
	Code   int           // ErrorCode, 0 for none
}

// Outcome is what becomes of one create. The zero value is accepted at once and
// never heard of again.
type Outcome struct {
	Cut Cut
	// HTTP and Code refuse the create with this status and Twilio error code. A
	// status without a code is answered in HTML, as a gateway in front would.
	HTTP, Code int
	// RetryAfter is sent with a refusal, in whole seconds.
	RetryAfter time.Duration
	// Delay is waited before the answer; the message is accepted before it.
	Delay time.Duration
	// Hang accepts and never answers: the caller has to give up.
	Hang bool
	// Steps are the callbacks in the order they are posted. A status that would
	// be sent only after the message's validity period becomes a failure 30036.
	Steps []Step
}

// Behaviour decides the outcome of a create. It is called for every create that
// would be accepted, concurrently; m has everything but a SID.
type Behaviour func(m Message) Outcome

// Always gives every message the same outcome.
func Always(o Outcome) Behaviour { return func(Message) Outcome { return o } }

// ByNumber chooses by receiver, with rest for numbers not in the map, which must
// not change afterwards.
func ByNumber(outcomes map[string]Outcome, rest Outcome) Behaviour {
	return func(m Message) Outcome {
		if o, ok := outcomes[m.To]; ok {
			return o
		}
		return rest
	}
}

// Delivers is sent and delivered after the given times.
func Delivers(sent, delivered time.Duration) Outcome {
	return Outcome{Steps: []Step{{After: sent, Status: "sent"}, {After: delivered, Status: "delivered"}}}
}

// Typical is what one text usually does: sent within a second, delivered in six
// (mobile to mobile 6 to 8 s in ETSI EMTEL / ITU-T, 2006).
func Typical() Outcome { return Delivers(800*time.Millisecond, 6*time.Second) }

// Loses is sent, and then nothing more is heard.
func Loses(sent time.Duration) Outcome {
	return Outcome{Steps: []Step{{After: sent, Status: "sent"}}}
}

// Fails is sent and then not delivered, with code.
func Fails(after time.Duration, code int) Outcome {
	return Outcome{Steps: []Step{{After: after / 2, Status: "sent"}, {After: after, Status: "undelivered", Code: code}}}
}

// Refuses answers the create with an error.
func Refuses(http, code int) Outcome { return Outcome{HTTP: http, Code: code} }

// Twice posts every callback of o two times over.
func Twice(o Outcome) Outcome {
	steps := make([]Step, 0, 2*len(o.Steps))
	for _, s := range o.Steps {
		steps = append(steps, s, s)
	}
	o.Steps = steps
	return o
}

// Reversed posts the callbacks of o last one first, all when the last was due.
func Reversed(o Outcome) Outcome {
	steps := make([]Step, 0, len(o.Steps))
	for i := len(o.Steps) - 1; i >= 0; i-- {
		s := o.Steps[i]
		s.After = max(s.After, o.Steps[len(o.Steps)-1].After)
		steps = append(steps, s)
	}
	o.Steps = steps
	return o
}
