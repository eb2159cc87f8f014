package dispatch

import (
	"fmt"
	"slices"
	"strconv"
	"time"
)

// Apply folds one record into the incident it belongs to and returns a new
// incident; a nil one is a case with nothing on it. It is pure, and refuses
// with [ErrRefused] what the lifecycle tables do not have.
func Apply(inc *Incident, r Record) (*Incident, error) {
	next := Incident{}
	if inc != nil {
		next = *inc
	}
	if inc != nil && inc.State == StateClosed && len(r.Facts) > 0 && r.Facts[0].Type() == FactRaised {
		next = Incident{} // the case is free again: a new incident begins
	}
	for _, f := range r.Facts {
		if err := next.fold(r, f); err != nil {
			return nil, err
		}
	}
	next.Seq = r.Seq
	return &next, nil
}

func (i *Incident) fold(r Record, f Fact) error {
	state, ok := i.State.After(f.Type())
	if !ok {
		return fmt.Errorf("%s on incident %s in state %q: %w", f.Type(), r.Incident, i.State, ErrRefused)
	}
	if i.State != StateNone && i.ID != r.Incident {
		return fmt.Errorf("%s names incident %s, the case has %s: %w", f.Type(), r.Incident, i.ID, ErrRefused)
	}
	line := Line{At: r.At, What: f.Type(), By: r.By}
	switch f := f.(type) {
	case Raised:
		*i = Incident{
			ID: r.Incident, Case: r.Case, Code: f.Code, Kind: f.Kind, Urgency: f.Urgency,
			Elder: f.Elder, Device: f.Press.Device, Name: f.Name, Sex: f.Sex, Age: f.Age, Language: f.Language, Hints: f.Hints,
			Premises: f.Premises, Unknown: f.Unknown, RaisedAt: r.At, Late: f.Press.Late, Waiting: r.At, Needed: r.At, Called: r.At, Service: f.Service,
		}
		if i.Urgency < Blue {
			i.Urgent = r.At
		}
		i.press(f.Press)
		line.Who, line.Text = string(f.Press.Device), f.Press.Defect
		line.Data = f.Press
	case Joined:
		i.press(f.Press)
		if u := f.Press.Kind.Urgency(); u < i.Urgency {
			i.Urgency, i.Kind = u, f.Press.Kind
		}
		if f.Press.Kind.Urgency() < Blue {
			i.calls(r.At)
		}
		line.Who, line.Text = string(f.Press.Device), f.Press.Defect
		line.Data = f.Press
	case Dispatched:
		if i.Dispatched.IsZero() {
			i.Dispatched = r.At
		}
		if f.Asked {
			i.Asked = r.At
		}
		i.Plan = f.Plan
		if f.Desk != "" || len(f.Offers) > 0 {
			i.Desk = f.Desk
		}
		if f.Asked {
			i.PassedOver = f.PassedOver
		}
		i.offer(r, f.Offers)
		if f.Short {
			i.Looked = lookedOn(i, r.At)
		}
		i.intend(r, f.Alerts)
		line.Text = f.Desk
		line.Data = map[string]int{"offers": len(f.Offers), "alerts": len(f.Alerts)}
	case Alerted:
		i.intend(r, f.Alerts)
		line.Data = map[string]int{"alerts": len(f.Alerts)}
	case Retaken:
		i.Alerts = slices.Clone(i.Alerts)
		for n, a := range i.Alerts {
			if slices.Contains(f.Alerts, a.ID) {
				i.Alerts[n].Node, i.Alerts[n].Attempts = r.Node, a.Attempts+1
				if a.State == AlertAmbiguous {
					i.Alerts[n].State = AlertIntended // whoever is left after us sees that it is still to be sent
				}
			}
		}
		line.Data = map[string]int{"alerts": len(f.Alerts)}
	case Reported:
		i.report(f.Reports)
		line.Data = f.Reports
	case Replied:
		i.ReplyKeys = append(slices.Clip(i.ReplyKeys), f.Key)
		line.Who, line.Text = f.To, f.Text
		line.Data = map[string]string{"verb": f.Verb, "key": f.Key}
	case Gathered:
		i.Members = append(slices.Clip(i.Members), f.Members...)
		line.Data = map[string]int{"members": len(f.Members)}
	case Revealed:
		line.Who, line.Text = f.To, f.What
	case Seen:
		i.SeenBy = append(slices.Clip(i.SeenBy), f)
		line.Who = f.Operator
		line.Data = f
	case Acknowledged:
		if i.Acked == nil {
			i.Acked = &Ack{Operator: f.Operator, At: r.At}
		}
		line.Who = f.Operator
	case Noted:
		line.Who, line.Text = f.Operator, f.Text
		if f.To != "" {
			i.HandTo, line.Data = f.To, f.To
		}
	case Escalated:
		i.escalate(r.At, f)
		line.Text, line.Data = f.Why, map[string]string{"ladder": string(f.Ladder), "step": strconv.Itoa(f.Step), "deed": string(f.Deed)}
	case Called:
		f.At = r.At
		i.Calls = append(slices.Clip(i.Calls), f)
		line.Who, line.Text = f.Whom, f.Text
		line.Data = string(f.Outcome)
	case Coming:
		i.Coming = append(slices.Clip(i.Coming), f)
		line.Who, line.Text = f.Contact, f.Name
		line.Data = map[string]string{"via": f.Via, "not": strconv.FormatBool(f.Not)}
	case Backup:
		i.More++
		i.needs(r.At)
		line.Who, line.Data = f.By, f.Via
	case TakenOver:
		i.Acked, i.HandTo = &Ack{Operator: f.Operator, At: r.At}, ""
		line.Who, line.Text, line.Data = f.Operator, f.Reason, f.From
	case Proposed:
		i.Proposed = &f
		line.Who, line.Text, line.Data = f.Operator, f.Note, string(f.Disposition)
	case Closed:
		i.Ended = &Ending{Disposition: f.Disposition, Operator: f.Operator, Note: f.Note, At: r.At, Seq: r.Seq}
		line.Who, line.Text = f.Operator, f.Note
		line.Data = string(f.Disposition)
	case Moved:
		if err := i.move(r.At, f); err != nil {
			return err
		}
		line.Who, line.Data, line.Text = string(f.Responder), f.Via, f.Why
	default:
		return fmt.Errorf("fact %s on incident %s: no rule folds it: %w", f.Type(), r.Incident, ErrRefused)
	}
	switch f.Type() {
	case FactReported, FactRetaken, FactSeen, FactRevealed, FactEscalated:
	default:
		i.Moved, i.Touched = r.Seq, r.At
	}
	i.State = state
	i.Timeline = append(slices.Clip(i.Timeline), line)
	if extra := len(i.Timeline) - keptLines; extra > 0 {
		// The opening lines say what happened; drop from behind them.
		i.Timeline = append(i.Timeline[:keptLines/2:keptLines/2], i.Timeline[keptLines/2+extra:]...)
	}
	return nil
}

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
