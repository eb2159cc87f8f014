package dispatch

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// channels gives whoever a message has not reached, or who does not answer it,
// the next way to their telephone: another carrier's text, then a call.
func (n *next) channels() {
	w := n.plan.Waits
	have, want := n.helpers()
	unanswered := 0
	for _, o := range n.inc.Offers {
		silent := o.State == Offered || o.State == Lapsed && !o.Released
		if !silent && o.State != Undeliverable || have >= want && !o.Stays {
			continue
		}
		asked := n.asked(string(o.Responder), o.Round)
		if len(asked) == 0 {
			continue
		}
		if n.another(asked, n.givenUp(asked)) || !silent {
			continue
		}
		if unanswered++; unanswered <= w.Calls && n.inc.Urgency <= Amber { // nobody is rung up about an order that can wait
			n.call(asked, asked[0].Intended.Add(w.Answer))
		}
	}
	for _, c := range n.family() {
		if !n.answered(c.To) {
			told := n.asked(c.To, 0)
			n.another(told, n.givenUp(told))
		}
	}
}

// asked are the alerts that asked one person in one round, oldest first.
func (n *next) asked(to string, round int) []Alert { return asksOf(n.inc, to, round) }

func asksOf(inc *Incident, to string, round int) []Alert {
	var out []Alert
	for _, a := range inc.Alerts {
		if a.To == to && a.Round == round && a.asks() {
			out = append(out, a)
		}
	}
	return out
}

// asks reports whether an alert wants an answer of whoever goes there.
func (a Alert) asks() bool {
	switch strings.TrimSuffix(a.Kind, "_min") {
	case "responder_alert", "family_alert", "service_order", "storm":
		return true
	}
	return false
}

// givenUp is when the last of these alerts counts as not having arrived; zero is never.
func (n *next) givenUp(asked []Alert) time.Time {
	a, w := asked[len(asked)-1], n.plan.Waits
	switch a.State {
	case AlertFailed, AlertNotSent:
		switch a.class() {
		case "stale", "stopped", "overtaken":
			return time.Time{} // nobody wants it any more
		}
		return n.look.Now
	case AlertAmbiguous:
		return a.Unclear.Add(callbackWait)
	case AlertIntended:
		return a.Intended.Add(w.Sent)
	case AlertHanded:
		if a.Channel == ChannelVoice {
			return a.Intended.Add(w.Answer) // it rings
		}
		if n.reports(a) {
			return a.Intended.Add(w.Sent)
		}
	case AlertSent:
		if a.Channel != ChannelVoice && n.reports(a) { // who has picked up is listening
			return a.Intended.Add(w.Delivered)
		}
	}
	return time.Time{}
}

// reports reports whether the carrier that has an alert says what becomes of it.
// One that is out is no way now; what it had counts as lost if nothing is heard.
func (n *next) reports(a Alert) bool {
	for _, way := range n.look.Ways(a.Phone) {
		if way.Channel == a.Channel && way.Carrier == a.Carrier {
			return way.Receipts
		}
	}
	return true
}

// another sends the message by the next unused way once at has come, and
// reports whether it does or waits to.
func (n *next) another(asked []Alert, at time.Time) bool {
	if at.IsZero() {
		return false
	}
	for _, way := range n.look.Ways(asked[0].Phone) {
		if n.used(asked, way) {
			continue
		}
		if n.come(at) {
			n.tell(by(n.inc.ID, asked[len(asked)-1], way))
		}
		return true
	}
	return false
}

// call rings the telephone of somebody who has been told and does not answer.
func (n *next) call(asked []Alert, at time.Time) {
	for _, way := range n.look.Ways(asked[0].Phone) {
		if way.Channel == ChannelVoice && !slices.ContainsFunc(asked, func(a Alert) bool { return a.Channel == ChannelVoice }) {
			if n.come(at) {
				n.tell(by(n.inc.ID, asked[len(asked)-1], way))
			}
			return
		}
	}
}

// used reports whether one of these alerts took this way. One that no carrier
// has yet takes the first way of its channel.
func (n *next) used(asked []Alert, way Way) bool {
	return slices.ContainsFunc(asked, func(a Alert) bool {
		carrier := a.Carrier
		if carrier == "" {
			carrier = a.Via
		}
		if carrier == "" {
			first, _ := wayOf(n.look.Ways(a.Phone), a.Channel)
			carrier = first.Carrier
		}
		return a.Channel == way.Channel && carrier == way.Carrier
	})
}

// by is the same message by another way.
func by(id IncidentID, a Alert, way Way) Alert {
	again := a.fresh()
	again.Channel, again.Via = way.Channel, way.Carrier
	again.ID = newAlertID(id, a.To, a.Kind+"/"+string(way.Channel)+"/"+way.Carrier, a.Round)
	return again
}

// family are the first messages to the contacts who were told.
func (n *next) family() []Alert { return familyOf(n.inc) }

func familyOf(inc *Incident) []Alert {
	var out []Alert
	for _, a := range inc.Alerts {
		if a.Role == RoleContact && a.Kind == "family_alert" && !slices.ContainsFunc(out, func(b Alert) bool { return a.To == b.To }) {
			out = append(out, a)
		}
	}
	return out
}

func (n *next) answered(contact string) bool {
	return slices.ContainsFunc(n.inc.Coming, func(c Coming) bool { return c.Contact == contact })
}

// words tells those concerned what has become of the call: who goes there that
// it is theirs, who need not go that it is covered, the family who comes.
func (n *next) words() {
	for _, o := range n.inc.Offers {
		switch {
		case o.State == Accepted || o.State == EnRoute: // who is there need not be told to go
			n.say(o, confirmation(o.Kind))
		case o.State == StoodDown && n.told(o) && !said(n.inc, string(o.Responder), "late_accept", o.Round):
			n.say(o, "stand_down")
		case o.State == Lapsed && o.Released:
			n.say(o, "released")
		}
	}
	coming, there := first(n.inc, AssignmentState.Active), first(n.inc, func(s AssignmentState) bool { return s == OnScene })
	for _, c := range n.family() {
		if coming != nil && there == nil {
			n.tellFamily(c, "family_progress", *coming)
		}
		if there != nil {
			n.tellFamily(c, "family_arrived", *there)
		}
	}
}

func confirmation(k ResponderKind) string {
	if k == Provider {
		return "service_confirm"
	}
	return "accept_confirm"
}

// say sends words to a responder once a round.
func (n *next) say(o Offer, kind string) {
	if a, ok := wordsTo(n.inc, o, kind); ok {
		if _, can := n.text(a.Phone); can {
			n.tell(a)
		}
	}
}

// wordsTo are words to a responder in the language they were asked in.
func wordsTo(inc *Incident, o Offer, kind string) (Alert, bool) {
	asked := asksOf(inc, string(o.Responder), o.Round)
	if o.Phone == "" {
		return Alert{}, false
	}
	a := Alert{To: string(o.Responder), Name: o.Name, Role: RoleResponder, Phone: o.Phone, Round: o.Round}
	if len(asked) > 0 {
		a = asked[0].fresh()
	}
	a.Channel, a.Kind, a.Via = ChannelSMS, kind, ""
	a.ID = newAlertID(inc.ID, a.To, kind, a.Round)
	return a, true
}

// told reports whether a responder may have heard that they are asked.
func (n *next) told(o Offer) bool { return reached(n.asked(string(o.Responder), o.Round)) }

func (n *next) tellFamily(c Alert, kind string, o Offer) {
	if _, can := n.text(c.Phone); !can {
		return
	}
	a := c.fresh()
	a.Channel, a.Kind, a.Via = ChannelSMS, kind, ""
	a.Args = Args{Responder: o.Name, Minutes: minutes(o.ETA), When: o.Since.Unix()}
	a.ID = newAlertID(n.inc.ID, c.To, kind+"/"+string(o.Responder)+"/"+strconv.Itoa(o.Round), 0)
	n.tell(a)
}

// first is the offer that has been longest in such a state.
func first(inc *Incident, in func(AssignmentState) bool) *Offer {
	var found *Offer
	for i, o := range inc.Offers {
		if in(o.State) && (found == nil || o.Since.Before(found.Since)) {
			found = &inc.Offers[i]
		}
	}
	return found
}

func minutes(d time.Duration) int { return max(1, int((d+time.Minute-1)/time.Minute)) }
