package twiliosim

import (
	"fmt"
	"slices"
	"time"
)

// Call is one call made through the simulator.
type Call struct {
	Seq            uint64 // rises by one a call
	SID            string
	From, To       string
	Twiml, URL     string // what it was to say: the document, or where to get it
	StatusCallback string
	Events         []string // of those that StatusCallback is told: initiated, ringing, answered, completed
	NoticeID       string   // the d parameter of StatusCallback
	Timeout        time.Duration
	Received       time.Time
	Answered       time.Time // zero: nobody picked up
	Ended          time.Time // zero: it is not over
	// Status is Twilio's: queued, initiated, ringing, in-progress, and at the end
	// completed, busy, no-answer, failed or canceled.
	Status string
	Code   int      // Twilio's error, 0 for none: what a failed call or a broken document ended in
	Said   []string // the words that were begun, in their order
	Keys   string   // the keys that were pressed
}

// Live reports whether the call is not over.
func (c Call) Live() bool { return c.Ended.IsZero() }

// Hand is what a person, or their network, does on a phone. A key is itself.
type Hand string

// What can be done beside pressing keys.
const (
	PickUp      Hand = "answer"
	HangUp      Hand = "hangup" // on a ringing phone: turns the call away
	Unreachable Hand = "fail"   // the network knows no way to the phone
)

// CallStep is one thing that happens on the called phone.
type CallStep struct {
	After time.Duration // since the step before, or since it began to ring
	Do    Hand
}

// CallOutcome is what becomes of one call. The zero value is accepted at once
// and rings until it stops.
type CallOutcome struct {
	Create Outcome // of the request; its Steps are not used
	Steps  []CallStep
}

// CallBehaviour decides the outcome of a call. It is called for every create
// that would be accepted, concurrently; c has everything but a SID.
type CallBehaviour func(c Call) CallOutcome

// AllCalls gives every call the same outcome.
func AllCalls(o CallOutcome) CallBehaviour { return func(Call) CallOutcome { return o } }

// CallsByNumber chooses by who is called, with rest for numbers not in the map,
// which must not change afterwards.
func CallsByNumber(outcomes map[string]CallOutcome, rest CallOutcome) CallBehaviour {
	return func(c Call) CallOutcome {
		if o, ok := outcomes[c.To]; ok {
			return o
		}
		return rest
	}
}

// Presses picks up after ringing for a while, and then presses the keys, each
// after thinking as long.
func Presses(rings, thinks time.Duration, keys string) CallOutcome {
	o := PicksUp(rings)
	for _, k := range keys {
		o.Steps = append(o.Steps, CallStep{After: thinks, Do: Hand(k)})
	}
	return o
}

// PicksUp answers and does nothing more, as an answering machine does.
func PicksUp(rings time.Duration) CallOutcome {
	return CallOutcome{Steps: []CallStep{{After: rings, Do: PickUp}}}
}

// PutsDown answers, listens for a while and hangs up without a key.
func PutsDown(rings, listens time.Duration) CallOutcome {
	o := PicksUp(rings)
	o.Steps = append(o.Steps, CallStep{After: listens, Do: HangUp})
	return o
}

// TurnsAway is busy, or turned away by hand.
func TurnsAway(rings time.Duration) CallOutcome {
	return CallOutcome{Steps: []CallStep{{After: rings, Do: HangUp}}}
}

// NoWay cannot be connected.
func NoWay(after time.Duration) CallOutcome {
	return CallOutcome{Steps: []CallStep{{After: after, Do: Unreachable}}}
}

// RefusesCall answers the create with an error.
func RefusesCall(http, code int) CallOutcome { return CallOutcome{Create: Refuses(http, code)} }

// Calls returns the calls kept, oldest first, as they stand now.
func (s *Sim) Calls() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Call, len(s.calls))
	for n, l := range s.calls {
		out[n] = l.call
		out[n].Said, out[n].Events = slices.Clone(l.call.Said), slices.Clone(l.call.Events)
	}
	return out
}

// CallsTo returns the calls kept to one number, oldest first.
func (s *Sim) CallsTo(number string) []Call {
	return slices.DeleteFunc(s.Calls(), func(c Call) bool { return c.To != number })
}

// SetCalls replaces the CallBehaviour for calls from now on.
func (s *Sim) SetCalls(b CallBehaviour) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = b
}

// keepCallLocked numbers the call of l and keeps it; s.mu is held.
func (s *Sim) keepCallLocked(l *line) {
	if len(s.calls) == s.opt.Keep {
		delete(s.lines, s.calls[0].call.SID)
		s.calls = slices.Delete(s.calls, 0, 1)
	}
	s.callSeq++
	l.call.Seq, l.call.SID = s.callSeq, fmt.Sprintf("CA%s%016x", s.run, s.callSeq)
	s.calls = append(s.calls, l)
	s.lines[l.call.SID] = l
	s.wakeLocked()
}
