package dispatch

import (
	"fmt"
	"slices"
	"strconv"
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
