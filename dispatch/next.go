package dispatch

import (
	"time"

	"onekeyd/geo"
)

// Look is what [Next] may know beside the incident: the moment, and what is true
// at it outside the journal.
type Look struct {
	Now      time.Time
	Clock    time.Duration // since midnight at the centre
	Ways     func(phone string) []Way
	Where    func(ResponderID) (geo.Point, time.Time, bool)
	Gathered bool   // it is on the list of an area's incident
	Looked   Looked // when responders were looked for last and too few were found; zero: enough were
}

// Looked is a look for responders that found too few. It is good for a while, as
// long as nothing has changed about whom is wanted.
type Looked struct {
	At       time.Time
	Needed   int64 // in Unix nanoseconds; of the incident then, as are the others
	Tier     int
	Standing int // offers
}

func lookedOn(inc *Incident, at time.Time) Looked {
	l := Looked{At: at, Needed: inc.Needed.UnixNano(), Tier: inc.Tier}
	for _, o := range inc.Offers {
		if o.State == Offered {
			l.Standing++
		}
	}
	return l
}

// Step is what a plan wants done on one incident at one moment. The zero value is nothing.
type Step struct {
	Facts []Fact // decided already, in order
	Need  []Share
	Tell  []Alert
}

// Nothing reports whether there is nothing to do.
func (s Step) Nothing() bool { return len(s.Facts) == 0 && len(s.Need) == 0 && len(s.Tell) == 0 }

// Next is what the plan wants done now, and when to look again if nothing
// happens until then; zero is never, which a closed incident alone is. It is
// pure: the same incident at the same moment gives the same step, on whichever
// node and after whatever crash. So a step that was not stored is simply wanted again.
func Next(plan Plan, inc *Incident, look Look) (Step, time.Time) {
	if !inc.Open() {
		return Step{}, time.Time{}
	}
	n := &next{plan: plan, ask: plan.Ask(inc.Kind), inc: inc, look: look}
	n.assignments()
	n.circle()
	n.missing()
	n.channels()
	n.words()
	n.desk()
	n.idle()
	n.ending()
	return n.step, n.due
}

// next is one call of Next: the incident as it will be after the facts so far.
type next struct {
	plan Plan
	ask  Ask
	inc  *Incident
	look Look
	step Step
	due  time.Time
}

// come reports whether a deadline has come. One that has not is when to look again.
func (n *next) come(at time.Time) bool {
	if !at.After(n.look.Now) {
		return true
	}
	if n.due.IsZero() || at.Before(n.due) {
		n.due = at
	}
	return false
}

// fact decides one, and goes on with the incident as it then is. A fact that
// the lifecycle refuses is not decided.
func (n *next) fact(f Fact) {
	after, err := Apply(n.inc, Record{Entry: Entry{Case: n.inc.Case, Incident: n.inc.ID, At: n.look.Now, By: "plan", Facts: []Fact{f}}, Seq: n.inc.Seq})
	if err != nil {
		return
	}
	n.inc, n.step.Facts = after, append(n.step.Facts, f)
}

func (n *next) move(o Offer, what FactType, via, why string) {
	n.fact(Moved{What: what, Responder: o.Responder, Via: via, Why: why})
}

// tell intends an alert unless the incident has it already.
func (n *next) tell(a Alert) {
	if _, told := n.inc.Alert(a.ID); told {
		return
	}
	for _, b := range n.step.Tell {
		if a.ID == b.ID {
			return
		}
	}
	a.Tier = n.inc.rung()
	n.step.Tell = append(n.step.Tell, a)
}

// text is the first way to send words to a number; false if it takes none.
func (n *next) text(phone string) (Way, bool) { return wayOf(n.look.Ways(phone), ChannelSMS) }

func wayOf(ways []Way, c Channel) (Way, bool) {
	for _, w := range ways {
		if w.Channel == c {
			return w, true
		}
	}
	return Way{}, false
}

// come to the door: how many are bound, and how many the plan wants.
func (n *next) helpers() (have, want int) {
	for _, o := range n.inc.Offers {
		if o.State.Active() {
			have++
		}
	}
	if n.inc.Waiting.IsZero() {
		have += n.inc.helped(n.inc.Called)
	}
	return have, n.ask.Enough + n.inc.More
}
