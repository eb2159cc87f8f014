package dispatch

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"onekeyd/geo"
)

// Answer is what one person says to one incident, by page or on their behalf:
// a responder about themselves, or somebody of the family.
type Answer struct {
	Incident IncidentID
	Who      string      // responder id, or elder#rank of a contact
	Verb     string      //
	Outcome  Disposition // with VerbDone, if they say how it ended
	Via      string      // page, or "operator li"
}

// Answer carries out what somebody says. The same answer twice changes nothing;
// one that comes too late is refused kindly, see [Became].
func (d *Desk) Answer(ctx context.Context, a Answer) (*Incident, error) {
	if a.Outcome != "" && !slices.Contains(Dispositions(), a.Outcome) {
		return nil, fmt.Errorf("outcome %.40q is not one of %v: %w", a.Outcome, Dispositions(), ErrRefused)
	}
	by := "person " + a.Who
	if strings.HasPrefix(a.Via, "operator ") && strings.Contains(a.Who, "~") {
		by = a.Via // of somebody on call: an acknowledgement, unlike other answers, does not say which way it came
	}
	return d.act(ctx, a.Incident, by, func(inc *Incident) ([]Fact, error) {
		if _, asked := inc.Offer(ResponderID(a.Who)); !asked && !concerned(inc, a.Who) {
			return nil, fmt.Errorf("%.40q is nobody of incident %s: %w", a.Who, inc.ID, ErrRefused)
		}
		facts, _ := answer(d.plan(inc), inc, a)
		return facts, nil
	})
}

// answer is pure: the facts that one answer makes, and the kind of the words
// that answer it; no words where the plan says more by itself.
func answer(plan Plan, inc *Incident, a Answer) (facts []Fact, words string) {
	if o, asked := inc.Offer(ResponderID(a.Who)); asked {
		return responderAnswer(plan, inc, o, a)
	}
	n := slices.IndexFunc(inc.Alerts, func(b Alert) bool { return b.To == a.Who })
	if n < 0 {
		return nil, ""
	}
	told := inc.Alerts[n]
	switch {
	case told.Role == RoleContact:
		return contactAnswer(inc, told, a)
	case a.Verb == VerbUnknown:
		return nil, "unknown_reply"
	case a.Verb != VerbAccept:
		return nil, ""
	case inc.Acked != nil:
		return nil, "late_accept" // somebody has it, and the words say who
	}
	return []Fact{Acknowledged{Operator: told.Operator()}}, "taken_ack"
}

// Operator is the name under which whoever is told takes a call over: their own,
// or that of their role where settings give a number and no name.
func (a Alert) Operator() string { return cmp.Or(a.Name, string(a.Role)) }

// responderAnswer: whoever can still be of use is welcome, however late.
func responderAnswer(plan Plan, inc *Incident, o Offer, a Answer) ([]Fact, string) {
	move := func(what FactType) Fact {
		return Moved{What: what, Responder: o.Responder, Via: a.Via, Outcome: outcomeOf(what, a.Outcome)}
	}
	allowed := func(what FactType) bool { _, ok := o.State.After(what); return ok }
	switch a.Verb {
	case VerbAccept:
		return accepts(plan, inc, o, a)
	case VerbDecline:
		switch {
		case allowed(FactDeclined):
			return []Fact{move(FactDeclined)}, "cannot_go_ack"
		case o.State == Declined:
			return nil, "cannot_go_ack"
		}
	case VerbEnRoute:
		switch {
		case allowed(FactEnRoute):
			return []Fact{move(FactEnRoute)}, ""
		case !o.State.Active():
			return accepts(plan, inc, o, a)
		}
		return nil, ""
	case VerbArrived:
		if allowed(FactOnScene) {
			return []Fact{move(FactOnScene)}, "arrived_ack"
		}
		return nil, ""
	case VerbBackup:
		switch {
		case !o.State.Active() && !o.Released:
		case covered(plan, inc):
			return []Fact{Backup{By: string(o.Responder), Via: a.Via}}, "backup_ack"
		default:
			return nil, "backup_ack" // it is being called already
		}
	case VerbDone:
		switch {
		case o.State == OnScene:
			return []Fact{move(FactCleared)}, doneWords(inc, a)
		case o.State.Active() || o.Released:
			return []Fact{move(FactOnScene), move(FactCleared)}, doneWords(inc, a)
		case o.State == Cleared && a.Outcome != "" && o.Outcome == "":
			return []Fact{move(FactCleared)}, "done_ack"
		case o.State == Cleared:
			return nil, "done_ack"
		}
	}
	return nil, "unknown_reply"
}

// accepts: it is theirs, if they are still needed. Who has been told so before,
// on this offer, is told again: the plan says it once.
func accepts(plan Plan, inc *Incident, o Offer, a Answer) ([]Fact, string) {
	switch {
	case o.State.Active():
		return nil, "" // it is theirs already, and they were told
	case o.State == Cleared:
		return nil, "done_ack"
	case covered(plan, inc) && !o.Stays:
		if o.State == Offered {
			return []Fact{Moved{What: FactStoodDown, Responder: o.Responder, Via: "plan", Why: "accepted after enough others had"}}, "late_accept"
		}
		return nil, "late_accept"
	}
	words := ""
	if said(inc, string(o.Responder), confirmation(o.Kind), o.Round) {
		words = confirmation(o.Kind)
	}
	return []Fact{Moved{What: FactAccepted, Responder: o.Responder, Via: a.Via}}, words
}

// doneWords answer that it is done. Who does not say how it ended is asked,
// since the plan closes no call without an outcome; where an operator has it,
// they find out.
func doneWords(inc *Incident, a Answer) string {
	if a.Outcome == "" && inc.Acked == nil && inc.Kind != Service {
		return "done_ask"
	}
	return "done_ack"
}

// outcomeOf: a responder's word on how it ended comes with having been there.
func outcomeOf(what FactType, d Disposition) Disposition {
	if what != FactCleared {
		return ""
	}
	return d
}

// covered reports whether as many are on the way as the plan wants.
func covered(plan Plan, inc *Incident) bool {
	n := next{plan: plan, ask: plan.Ask(inc.Kind), inc: inc}
	have, want := n.helpers()
	return have >= want
}

func contactAnswer(inc *Incident, told Alert, a Answer) ([]Fact, string) {
	coming := Coming{Contact: told.To, Name: told.Name, Via: a.Via}
	switch a.Verb {
	case VerbAccept, VerbEnRoute, VerbArrived:
	case VerbDecline:
		coming.Not = true
	default:
		return nil, "unknown_reply"
	}
	for n := len(inc.Coming) - 1; n >= 0; n-- {
		if c := inc.Coming[n]; c.Contact == told.To {
			if c.Not == coming.Not {
				return nil, "" // said already
			}
			break
		}
	}
	if coming.Not {
		return []Fact{coming}, ""
	}
	return []Fact{coming}, "family_coming_ack"
}

// Became is a word for what has become of somebody's answer, for whoever has
// to answer them at once, by voice or on a page.
func Became(inc *Incident, who string) string {
	if !inc.Open() {
		return "over"
	}
	if o, asked := inc.Offer(ResponderID(who)); asked {
		return string(o.State)
	}
	for _, c := range slices.Backward(inc.Coming) {
		if c.Contact == who && !c.Not {
			return "coming"
		} else if c.Contact == who {
			break // the last word counts
		}
	}
	return "noted"
}

// offerTo asks one responder whom an operator has chosen.
func (d *Dispatcher) offerTo(inc *Incident, id ResponderID, why string) (Dispatched, error) {
	r, ok := d.responder(id)
	if !ok {
		return Dispatched{}, fmt.Errorf("responder %.40q is not in the directory: %w", id, ErrRefused)
	}
	o := Offer{Responder: r.ID, Name: r.Name, Kind: r.Kind, Phone: r.Phone, From: "base", At: r.Base, Why: why, Stays: true, Tier: inc.Tier}
	if r.Kind == Provider {
		o.Words = "service_order"
	}
	if before, asked := inc.Offer(id); asked {
		if before.State.Live() {
			return Dispatched{}, fmt.Errorf("%s is %s: %w", r.Name, before.State, ErrRefused)
		}
		o.Round = before.Round + 1
	}
	plan := d.planFor(d.homeOf(inc))
	if at, seen, ok := d.locator.Where(id); ok && time.Since(seen) <= plan.UsableFor {
		o.From, o.At = "live", at
	}
	if inc.Premises != nil {
		o.Distance = geo.Distance(inc.Premises.Point, o.At)
		o.ETA = plan.ETA(o.Distance)
	}
	return Dispatched{Plan: plan.Name, Directory: d.homeOf(inc).Version, Desk: inc.Desk, Offers: []Offer{o}, Alerts: d.asking(inc.ID, []Offer{o}, inc)}, nil
}

// words that answer somebody, as an alert of the incident.
func answering(inc *Incident, told Alert, kind string) Alert {
	again := told.fresh()
	again.Channel, again.Via, again.Kind = ChannelSMS, "", kind
	if by := first(inc, AssignmentState.Active); by != nil {
		again.Args.Responder = by.Name
	} else if inc.Acked != nil {
		again.Args.Responder = inc.Acked.Operator
	}
	again.Round = roundOf(inc, told)
	again.ID = newAlertID(inc.ID, told.To, kind+strconv.Itoa(len(inc.Alerts)), 0)
	return again
}
