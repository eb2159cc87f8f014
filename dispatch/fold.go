package dispatch

import (
	"fmt"
	"slices"
	"time"
)

func (i *Incident) press(p PressSeen) {
	i.Pressed++
	i.Presses = append(slices.Clip(i.Presses), p)
	if len(i.Presses) > keptPresses {
		i.Presses = append(i.Presses[:1:1], i.Presses[2:]...)
	}
}

// offer adds those who are asked. Nobody is asked twice at once: an offer that
// stands, or that was accepted, is left alone, and one that has ended is made anew.
func (i *Incident) offer(r Record, offers []Offer) {
	i.Offers = slices.Clone(i.Offers)
	for _, o := range offers {
		o.State, o.Since = Offered, r.At
		n := slices.IndexFunc(i.Offers, func(b Offer) bool { return b.Responder == o.Responder })
		switch {
		case n < 0:
			i.Offers = append(i.Offers, o)
		case !i.Offers[n].State.Live():
			o.Round = i.Offers[n].Round + 1
			i.Offers[n] = o
		}
	}
}

// escalate climbs a ladder. A repeated step keeps its number.
func (i *Incident) escalate(at time.Time, f Escalated) {
	switch f.Ladder {
	case LadderCircle:
		if i.Times++; i.Tier != f.Step {
			i.Times = 1
		}
		i.Tier, i.TierAt = f.Step, at
	case LadderDesk:
		i.DeskStep = f.Step
	case LadderIdle:
		i.IdleAt, i.Idles = at, i.Idles+1
	}
}

// left is somebody who was there. With the last of them goes the call for more
// help; who could not get in was no help, and the elder waits on.
func (i *Incident) left(o Offer) {
	i.Visits = append(slices.Clip(i.Visits), Visit{Responder: o.Responder, Name: o.Name, At: o.Since, Outcome: o.Outcome})
	switch {
	case !o.Outcome.saw():
		i.needs(o.Since)
	case !i.attended():
		i.More = 0
	}
	i.waits(o.Since)
}

// tells is how it ended, by the word of somebody who had left without saying.
func (i *Incident) tells(at time.Time, m Moved) {
	i.Visits = slices.Clone(i.Visits)
	for n, v := range slices.Backward(i.Visits) {
		if v.Responder == m.Responder {
			i.Visits[n].Outcome = m.Outcome
			break
		}
	}
	if !m.Outcome.saw() {
		i.needs(at)
		i.waits(at)
	}
}

// calls is the key pressed for help. What was no call before begins to be one now.
func (i *Incident) calls(at time.Time) {
	i.Called = at
	if i.Urgent.IsZero() {
		i.Urgent = at
		if !i.attended() {
			i.Waiting = time.Time{} // nobody was waited for yet
		}
	}
	i.waits(at)
}

// waits begins the elder's wait anew: whoever was coming is not, or has left
// and the key was pressed again. Who has been there since was help.
func (i *Incident) waits(at time.Time) {
	if i.Waiting.IsZero() && !i.attended() && i.helped(i.Called) == 0 {
		i.Waiting = at
		i.needs(at)
	}
}

// needs begins the circle anew, unless it is growing already because nobody is
// on the way.
func (i *Incident) needs(at time.Time) {
	if i.Waiting.IsZero() || i.Waiting.Equal(at) {
		i.Needed, i.Tier, i.TierAt, i.Times = at, 0, time.Time{}, 0
	}
}

func (i *Incident) intend(r Record, alerts []Alert) {
	i.Alerts = slices.Clip(i.Alerts)
	for _, a := range alerts {
		if _, known := i.Alert(a.ID); known {
			continue // nobody is told the same thing twice by two decisions
		}
		a.State, a.Node, a.Attempts, a.Intended, a.Seq = AlertIntended, r.Node, 1, r.At, r.Seq
		i.Alerts = append(i.Alerts, a)
	}
}

func (i *Incident) report(reports []Report) {
	i.Alerts = slices.Clone(i.Alerts)
	for _, rep := range reports {
		n := slices.IndexFunc(i.Alerts, func(a Alert) bool { return a.ID == rep.Alert })
		if n < 0 {
			continue // a carrier may speak of what this incident never had; the record keeps it
		}
		a := &i.Alerts[n]
		joined := a.State.Join(rep.State)
		if joined != a.State || a.Carrier == "" {
			a.Code, a.Class, a.Carrier = rep.Code, rep.Class, rep.Carrier
		}
		a.State = joined
		if rep.State == AlertAmbiguous {
			a.Unclear, a.Doubts = rep.At, a.Doubts+1
		}
		if rep.Ref != "" {
			a.Ref = rep.Ref
		}
		if a.Handed.IsZero() && rep.State.rank() >= AlertHanded.rank() {
			a.Handed = rep.At
			if rep.State != AlertFailed { // then nobody was told
				i.hasBeenTold(*a)
			}
		}
		if rep.State == AlertDelivered && a.Delivered.IsZero() {
			a.Delivered = rep.At
		}
	}
}

// clock notes when each stage was first reached. Whoever says only that they
// are there had accepted by then.
func (o *Offer) clock(s AssignmentState, at time.Time) {
	first := func(t *time.Time) {
		if t.IsZero() {
			*t = at
		}
	}
	switch s {
	case Accepted:
		first(&o.AcceptedAt)
	case EnRoute:
		first(&o.AcceptedAt)
		first(&o.EnRouteAt)
	case OnScene:
		first(&o.AcceptedAt)
		first(&o.OnSceneAt)
	case Cleared:
		first(&o.ClearedAt)
	}
}

// hasBeenTold notes that a responder's message is with a carrier: their time to answer begins.
func (i *Incident) hasBeenTold(a Alert) {
	if a.Role != RoleResponder || !a.asks() {
		return
	}
	n := slices.IndexFunc(i.Offers, func(o Offer) bool { return string(o.Responder) == a.To && o.Round == a.Round })
	if n >= 0 && i.Offers[n].ToldAt.IsZero() {
		i.Offers = slices.Clone(i.Offers)
		i.Offers[n].ToldAt = a.Handed
	}
}

func (i *Incident) move(at time.Time, m Moved) error {
	n := slices.IndexFunc(i.Offers, func(o Offer) bool { return o.Responder == m.Responder })
	if n < 0 {
		return fmt.Errorf("%s by %s who has no offer on incident %s: %w", m.What, m.Responder, i.ID, ErrRefused)
	}
	was := i.Offers[n].State
	next, ok := was.After(m.What)
	if !ok {
		return fmt.Errorf("%s by %s whose offer on incident %s is %s: %w", m.What, m.Responder, i.ID, i.Offers[n].State, ErrRefused)
	}
	i.Offers = slices.Clone(i.Offers)
	if was == Cleared { // they left then, and say now how it ended
		i.Offers[n].Outcome = m.Outcome
		i.tells(at, m)
		return nil
	}
	i.Offers[n].State, i.Offers[n].Since = next, at
	if m.What == FactCleared {
		i.Offers[n].Outcome = m.Outcome
	}
	i.Offers[n].clock(next, at)
	i.Offers[n].Released = m.What == FactLapsed && was.Active()
	switch {
	case next.Active():
		i.Waiting = time.Time{}
	case next == Cleared:
		i.left(i.Offers[n])
	case was.Active():
		i.needs(at)
		i.waits(at)
	}
	return nil
}
