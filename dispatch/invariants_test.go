package dispatch

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// needs counts, for one incident, how often somebody was needed anew: it was
// raised, somebody who was coming was lost, the key was pressed when nobody was
// there any more, more help was asked for. Each time people may be asked anew.
type needs struct {
	times   int
	asked   map[string]int // texts that ask, by person, tier and need
	pressed time.Time      // the last press that calls for help
	visits  []Visit
	refused map[ResponderID]int  // in which need somebody has declined, or was let go
	chosen  map[ResponderID]bool // by an operator, who may ask as often as they like
}

// left notes that somebody was there, or how it ended if they say so later.
func (n *needs) left(at time.Time, f Moved, again bool) {
	if f.Outcome == NoAccess {
		n.times++
	}
	for k, v := range slices.Backward(n.visits) {
		if again && v.Responder == f.Responder {
			n.visits[k].Outcome = f.Outcome
			return
		}
	}
	n.visits = append(n.visits, Visit{Responder: f.Responder, At: at, Outcome: f.Outcome})
}

// helped reports whether somebody has seen the elder since the key was pressed last.
func (n *needs) helped() bool {
	return slices.ContainsFunc(n.visits, func(v Visit) bool { return v.Outcome != NoAccess && !v.At.Before(n.pressed) })
}

// folded looks at each record as it becomes part of an incident.
func (h *history) folded(before, after *Incident, r Record) {
	need := h.call[after.ID]
	if need == nil {
		need = &needs{asked: map[string]int{}, chosen: map[ResponderID]bool{}, refused: map[ResponderID]int{}}
		h.call[after.ID] = need
	}
	if before == nil || before.ID != after.ID || after.More > before.More || !after.Waiting.IsZero() && before.Waiting.IsZero() {
		need.times++
	}
	at := before // as each fact finds it
	for _, f := range r.Facts {
		h.log(after, f)
		one := r
		one.Facts = []Fact{f}
		before := at
		at, _ = Apply(at, one)
		switch f := f.(type) {
		case Closed:
			h.freed = r.At
		case Raised:
			need.pressed = r.At
		case Moved:
			h.freed = r.At
			o, _ := before.Offer(f.Responder)
			if o.State.Active() && (f.What == FactLapsed || f.What == FactDeclined) {
				need.times++
			}
			if f.What == FactDeclined || f.What == FactLapsed && o.State.Active() {
				need.refused[f.Responder] = need.times
			}
			if f.What == FactCleared {
				need.left(r.At, f, o.State == Cleared)
			}
		case Joined:
			if f.Press.Kind.Urgency() < Blue {
				if need.helped() {
					need.times++ // who was there was there before
				}
				need.pressed = r.At
			}
		case Escalated:
			if f.Ladder == LadderCircle && before.Waiting.IsZero() && before.More == 0 {
				h.fatal("%s climbs to %d although somebody is on the way", after.ID, f.Step)
			}
			if f.Ladder == LadderCircle && f.Step < before.Tier {
				h.fatal("%s climbs down from %d to %d", after.ID, before.Tier, f.Step)
			}
			if f.Ladder == LadderDesk && before.Acked != nil {
				h.fatal("%s is escalated at the desk, which has taken it", after.ID)
			}
		case Dispatched:
			for _, o := range f.Offers {
				if strings.HasPrefix(r.By, "operator") {
					need.chosen[o.Responder] = true
				}
				if need.refused[o.Responder] == need.times && !need.chosen[o.Responder] {
					h.fatal("%s has declined, or did not come, and is asked again", o.Responder)
				}
				if was, ok := before.offer0(o.Responder); ok && was.State.Live() {
					h.fatal("%s is %s and is asked again", o.Responder, was.State)
				}
			}
			h.intended(after, r, need, f.Alerts)
		case Alerted:
			h.intended(after, r, need, f.Alerts)
		}
	}
}

func (h *history) log(inc *Incident, f Fact) {
	switch f := f.(type) {
	case Moved:
		h.note("  %s: %s %s %s", inc.ID, f.Responder, f.What, f.Why)
	case Escalated:
		h.note("  %s: %s %d %s", inc.ID, f.Ladder, f.Step, f.Why)
	case Dispatched:
		for _, o := range f.Offers {
			h.note("  %s: %s asked", inc.ID, o.Responder)
		}
	case Alerted:
		for _, a := range f.Alerts {
			h.note("  %s: %s is told %s by %s %s", inc.ID, a.To, a.Kind, a.Channel, a.Via)
		}
	default:
		h.note("  %s: %s", inc.ID, f.Type())
	}
}

func (h *history) intended(inc *Incident, r Record, need *needs, alerts []Alert) {
	for _, a := range alerts {
		if a.Kind == "family_arrived" && !slices.ContainsFunc(inc.Offers, func(o Offer) bool { return o.State == OnScene }) {
			h.fatal("the family is told that somebody has arrived, and nobody is there")
		}
		if kept, _ := inc.Alert(a.ID); !kept.Intended.Equal(r.At) {
			h.fatal("%s of %s is intended twice", a.Kind, a.To)
		}
		if a.Role == RoleResponder && a.asks() && a.Channel == ChannelSMS && !need.chosen[ResponderID(a.To)] {
			o, _ := inc.Offer(ResponderID(a.To))
			key := fmt.Sprint(a.To, " tier ", o.Tier, " need ", need.times) // the tier they were asked in, if another carrier takes it later
			if need.asked[key]++; need.asked[key] > 2 {
				h.fatal("%s is asked by text %d times: %s", a.To, need.asked[key], key)
			}
		}
	}
}

// sent looks at a message that goes out now.
func (h *history) sent(inc *Incident, a Alert) {
	if !inc.Open() && a.asks() {
		h.fatal("%s is asked to go after the end", a.To)
	}
	if a.asks() && a.Role == RoleResponder {
		if o, ok := inc.Offer(ResponderID(a.To)); ok && (o.State.Active() || o.State == StoodDown || o.State == Declined || o.State == Cleared || o.Released || o.Round != a.Round) {
			h.fatal("%s is %s (released %v) and is asked by an old message", a.To, o.State, o.Released)
		}
	}
}

// holds is what must be so whenever the plan has come to rest.
func (h *history) holds(rt *rapid.T) {
	now := time.Now()
	for _, inc := range h.Open() {
		plan := h.d.planFor(h.d.homeOf(inc))
		look := h.d.look(now, inc)
		step, due := Next(plan, inc, look)
		if again, at := Next(plan, inc, look); !cmp.Equal(step, again) || !at.Equal(due) {
			rt.Fatalf("the same incident at the same moment gives another step:\n%+v\n%+v", step, again)
		}
		if len(step.Facts) > 0 || len(step.Tell) > 0 {
			rt.Fatalf("after the plan has come to rest it still wants %+v", step)
		}
		if due.IsZero() || !due.After(now) {
			rt.Fatalf("an open incident is looked at next %s", due)
		}
		if due.Sub(now) > hourly && inc.Kind != Service {
			rt.Fatalf("an open incident is not looked at before %s", due)
		}
		h.cared(rt, plan, inc)
		h.everybodyFree(rt, plan, inc)
		h.keptInStep(rt, plan, inc)
	}
}

// cared: nobody waits for help without somebody being asked or told.
func (h *history) cared(rt *rapid.T, plan Plan, inc *Incident) {
	now := time.Now()
	attended := slices.ContainsFunc(inc.Offers, func(o Offer) bool { return o.State.Active() })
	need := h.call[inc.ID]
	helped := need.helped()
	switch waits := !inc.Waiting.IsZero(); {
	case attended && waits:
		rt.Fatalf("%s waits although somebody is on the way", inc.ID)
	case !attended && !helped && !waits && inc.Urgency < Blue:
		rt.Fatalf("nobody is on the way to %s or was there since the last press, and it does not wait", inc.ID)
	case !attended && helped && waits:
		rt.Fatalf("somebody was at %s since the last press and has left, and it waits for more", inc.ID)
	}
	if !waits(plan, inc) || inc.Acked != nil || inc.Urgency > Amber {
		return
	}
	last := inc.Needed
	for _, a := range inc.Alerts {
		if a.Role != RoleContact && a.Intended.After(last) {
			last = a.Intended
		}
	}
	pace := plan.Waits.Remind
	if now.Sub(inc.Needed) > abandoned {
		pace = hourly
	}
	if silent := now.Sub(last); silent > pace+time.Minute {
		rt.Fatalf("%s waits since %s, no operator has it, and nobody was told anything for %s", inc.ID, inc.Needed.Format(time.TimeOnly), silent)
	}
	tiers := plan.Ask(inc.Kind).Tiers
	if n := len(tiers); now.Sub(inc.Needed) > tiers[n-1].After && inc.Tier < n {
		rt.Fatalf("%s waits for %s and the circle is at %d", inc.ID, now.Sub(inc.Needed), inc.Tier)
	}
	if n := len(tiers); inc.Tier == n {
		told := func(role AlertRole) bool {
			return slices.ContainsFunc(inc.Alerts, func(a Alert) bool { return a.Role == role && a.Kind == "escalate" && !a.Intended.Before(inc.Needed) })
		}
		if !told(RoleSupervisor) || !told(RoleCentre) {
			rt.Fatalf("%s waits since %s, the circle is at its end, and supervisor (%v) or centre (%v) was not told since", inc.ID, inc.Needed.Format(time.TimeOnly), told(RoleSupervisor), told(RoleCentre))
		}
	}
}

// everybodyFree is asked while somebody is missing: who is on duty, has not been
// asked and has nothing else to do. Who has become free is found within a look.
func (h *history) everybodyFree(rt *rapid.T, plan Plan, inc *Incident) {
	if time.Since(h.freed) <= askAgain || len(inc.Offers) >= maxOffers {
		return
	}
	look := h.d.look(time.Now(), inc)
	look.Looked = Looked{}
	step, _ := Next(plan, inc, look)
	for _, s := range step.Need {
		for _, r := range h.people {
			_, asked := inc.Offer(r.ID)
			if bound, offered := h.Busy(r.ID); slices.Contains(s.Kinds, r.Kind) && !asked && bound+offered == 0 && !h.off[r.ID] {
				rt.Fatalf("%s is free and is not asked to go to %s, where %d of %v are missing", r.ID, inc.ID, s.Count, s.Kinds)
			}
		}
	}
}

// waits: nobody is on the way, or not as many as were asked for.
func waits(plan Plan, inc *Incident) bool {
	return !inc.Waiting.IsZero() || inc.More > 0 && !covered(plan, inc)
}

// keptInStep: offers are bounded, unlike in number, and end when they are not needed.
func (h *history) keptInStep(rt *rapid.T, plan Plan, inc *Incident) {
	if len(inc.Offers) > maxOffers {
		rt.Fatalf("%d people are asked", len(inc.Offers))
	}
	seen := map[ResponderID]bool{}
	for _, o := range inc.Offers {
		if seen[o.Responder] {
			rt.Fatalf("%s has two offers", o.Responder)
		}
		seen[o.Responder] = true
		if o.State == Offered && !o.Stays && covered(plan, inc) {
			rt.Fatalf("enough have accepted and %s is still asked", o.Responder)
		}
		if at, ends := plan.Lapses(inc.Kind, o); ends && time.Now().After(at) {
			rt.Fatalf("%s has not answered for %s and counts as asked", o.Responder, time.Since(o.Since))
		}
	}
	for _, a := range inc.Alerts {
		if Wanted(inc, a.ID) && a.State != AlertIntended {
			rt.Fatalf("%s of %s is %s and still wanted", a.Kind, a.To, a.State)
		}
	}
}
