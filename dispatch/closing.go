package dispatch

import (
	"fmt"
	"slices"
	"time"
)

// ending closes what nobody at the desk watches, by the word of whoever was
// there: everybody has left, one of them said how it ended, and no operator has
// taken the incident.
func (n *next) ending() {
	if n.inc.Acked != nil || !n.inc.Waiting.IsZero() || n.inc.Kind == Service { // who ordered something is called back
		return
	}
	if slices.ContainsFunc(n.inc.Offers, func(o Offer) bool { return o.State.Live() }) {
		return
	}
	last := Visit{}
	for _, v := range n.inc.Visits {
		if !v.At.Before(n.inc.Called) && v.Outcome.settles() {
			last = v
		}
	}
	if last.Outcome == "" || !n.come(last.At.Add(n.plan.Waits.Close)) {
		return
	}
	for _, f := range closing(n.inc, n.look.Now, Closed{Operator: "plan", Disposition: last.Outcome, Note: "by the word of " + last.Name}) {
		n.fact(f)
	}
	n.step.Tell, n.step.Need = nil, nil // nobody is asked any more, and who was to be told something is told how it ended
}

// settles reports whether a call can end by this word of somebody who was at
// the door: they have seen the elder, and nothing is left to do.
func (d Disposition) settles() bool {
	return slices.Contains([]Disposition{Assisted, Conveyed, FalseAlarm, TestPress, DeviceFault}, d)
}

// closing is how an incident ends: those who still come are stood down, the
// family is told the outcome, and then it is closed. All of it is one append,
// and nothing is intended after it.
func closing(inc *Incident, now time.Time, c Closed) []Fact {
	var facts []Fact
	var last []Alert
	for _, o := range inc.Offers {
		switch {
		case o.State == OnScene:
			facts = append(facts, Moved{What: FactCleared, Responder: o.Responder, Via: c.Operator, Why: "the call was closed"})
		case o.State.Live():
			facts = append(facts, Moved{What: FactStoodDown, Responder: o.Responder, Via: c.Operator, Why: "the call was closed"})
			if a, ok := wordsTo(inc, o, "stand_down"); ok && reached(asksOf(inc, string(o.Responder), o.Round)) {
				last = append(last, a)
			}
		}
	}
	there, seen := inc.seenBy()
	for _, told := range familyOf(inc) {
		if !reached(asksOf(inc, told.To, 0)) {
			continue // who has not heard of the call need not hear of its end
		}
		a := told.fresh()
		a.Channel, a.Via, a.Kind = ChannelSMS, "", familyEnd(c.Disposition, seen)
		a.Args.When = now.Unix()
		a.Args.Responder = there
		a.ID = newAlertID(inc.ID, a.To, "ended", 0)
		last = append(last, a)
	}
	last = slices.DeleteFunc(last, func(a Alert) bool { _, told := inc.Alert(a.ID); return told })
	if len(last) > 0 {
		facts = append(facts, Alerted{Alerts: last})
	}
	return append(facts, c)
}

// seenBy is who is with the elder, or was there last.
func (i *Incident) seenBy() (name string, ok bool) {
	if o := first(i, func(s AssignmentState) bool { return s == OnScene }); o != nil {
		return o.Name, true
	}
	for _, v := range slices.Backward(i.Visits) {
		if v.Outcome.saw() {
			return v.Name, true
		}
	}
	return "", false
}

// reached reports whether any of these alerts may have been read: a carrier has
// it, or nobody can say.
func reached(asked []Alert) bool {
	return slices.ContainsFunc(asked, func(a Alert) bool {
		return a.State != AlertIntended && a.State != AlertNotSent && a.State != AlertFailed
	})
}

// familyEnd is the kind of text that tells the family how it ended. Nobody is
// said to be safe whom nobody has seen.
func familyEnd(d Disposition, seen bool) string {
	switch {
	case d == Conveyed:
		return "resolved_conveyed"
	case d == FalseAlarm || d == TestPress:
		return "false_alarm"
	case (d == Assisted || d == VisitedNoReply) && seen:
		return "resolved"
	}
	return "resolved_other"
}

// accidental are the dispositions that say nothing was the matter.
func accidental(d Disposition) bool { return d == FalseAlarm || d == TestPress || d == DeviceFault }

// unproven says why an incident cannot be closed as accidental yet, or "" if it
// can: nobody has spoken with the elder, nobody was at the door, and no second
// operator has looked. Inquests know the call that was closed because no voice
// was taken for sleep (DOMAIN).
func unproven(inc *Incident, c Closed) string {
	switch {
	case !accidental(c.Disposition) || !inc.Unproven():
		return ""
	case inc.Proposed != nil && inc.Proposed.Operator != c.Operator && accidental(inc.Proposed.Disposition):
		return "" // the second look
	}
	return fmt.Sprintf("nobody has spoken with the elder or been at the door: a second operator has to confirm %s, or note a call in which they spoke", c.Disposition)
}

// Unproven reports whether nobody has spoken with the elder or seen them, so that
// one operator alone cannot close the call as accidental.
func (i *Incident) Unproven() bool {
	spoke := slices.ContainsFunc(i.Calls, func(k Called) bool { return k.Whom == "elder" && k.Outcome == CallSpoke })
	_, seen := i.seenBy()
	return i.Urgency <= Amber && !spoke && !seen
}

// Wanted reports whether an alert of an incident still has to be sent: the
// incident is open, or the alert is one of its last words, and it does not ask
// somebody who is no longer asked.
func Wanted(inc *Incident, id AlertID) bool {
	if inc == nil {
		return false
	}
	a, ok := inc.Alert(id)
	switch {
	case !ok || !a.Unfinished():
		return false
	case inc.State == StateClosed:
		return inc.Ended != nil && a.Seq == inc.Ended.Seq // not by time: nodes' clocks differ
	case !inc.Open():
		return false
	}
	return !a.overtaken(inc)
}

// overtaken reports whether an alert asks for what is no longer wanted.
func (a Alert) overtaken(inc *Incident) bool {
	switch {
	case a.Role == RoleResponder && a.asks():
		o, ok := inc.Offer(ResponderID(a.To))
		switch {
		case !ok:
			return false
		case o.Round != a.Round:
			return true
		case o.State == Lapsed || o.State == Undeliverable: // still welcome while nobody else goes
			return o.Released || inc.Waiting.IsZero() && inc.More == 0
		}
		return o.State != Offered
	case a.Kind == "desk_call" || a.Kind == "idle":
		return inc.Acked != nil
	case a.Kind == "escalate":
		return inc.Acked != nil || inc.Waiting.IsZero() && inc.More == 0
	case a.Role == RoleContact && a.Channel == ChannelVoice:
		texts := slices.DeleteFunc(asksOf(inc, a.To, a.Round), func(b Alert) bool { return b.Channel == ChannelVoice })
		return inc.Waiting.IsZero() && reached(texts) // who has no text must hear of it in any case
	}
	return false
}

// surplus reports whether an alert asks somebody who has not answered although
// enough others go. Their offer may have lapsed, so that nobody stands them down.
func (a Alert) surplus(plan Plan, inc *Incident) bool {
	o, ok := inc.Offer(ResponderID(a.To))
	return a.Role == RoleResponder && a.asks() && ok && !o.State.Active() && !o.Stays && len(plan.Ask(inc.Kind).Shares) > 0 && covered(plan, inc)
}

// Wanted reports whether an alert of an incident still has to be sent; see the
// function of that name. It also knows how many are enough.
func (d *Dispatcher) Wanted(inc *Incident, id AlertID) bool {
	if !Wanted(inc, id) {
		return false
	}
	a, _ := inc.Alert(id)
	return !inc.Open() || !a.surplus(d.planFor(d.homeOf(inc)), inc)
}

// ringing are the calls that a record has made pointless: somebody else goes,
// the person has answered, or the call for help is over.
func ringing(plan Plan, inc *Incident) []Alert {
	var out []Alert
	for _, a := range inc.Alerts {
		over := a.State == AlertDelivered || a.State == AlertFailed || a.State == AlertNotSent
		if a.Channel == ChannelVoice && !over && (!inc.Open() || a.overtaken(inc) || a.surplus(plan, inc)) {
			out = append(out, a)
		}
	}
	return out
}

// Unsettled reports whether an incident still needs somebody, or is closed and
// its last words are not all on their way.
func (i *Incident) Unsettled() bool {
	return i.Open() || i != nil && i.State == StateClosed && slices.ContainsFunc(i.Alerts, func(a Alert) bool { return Wanted(i, a.ID) })
}
