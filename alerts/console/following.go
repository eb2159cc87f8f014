package console

import (
	"strconv"

	"onekeyd/dispatch"
)

// follow fills in what follows a call to its end: how long the elder has waited,
// what the plan has done and will do, and what people have said.
func (v *incidentJSON) follow(inc *dispatch.Incident, plan dispatch.Plan, text, whom func(string) string) {
	v.Service, v.Tier, v.DeskStep, v.More, v.HandTo = text(inc.Service), inc.Tier, inc.DeskStep, inc.More, inc.HandTo
	v.DeskSteps, v.Escalations, v.Calls, v.Coming = []deadlineJSON{}, []stepJSON{}, make([]calledJSON, 0, len(inc.Calls)), make([]comingJSON, 0, len(inc.Coming))
	v.Visits, v.SecondLook, v.CalledBack = make([]visitJSON, 0, len(inc.Visits)), inc.Open() && inc.Unproven(), inc.CalledBack()
	if inc.Open() {
		v.Wanted = plan.Ask(inc.Kind).Enough + inc.More
	}
	if !inc.Waiting.IsZero() && inc.Open() {
		at := inc.Waiting.UTC()
		v.Waiting = &at
	}
	if inc.Acked == nil && inc.Open() && !inc.Urgent.IsZero() {
		for _, s := range plan.Desk {
			v.DeskSteps = append(v.DeskSteps, deadlineJSON{string(s.Deed), inc.Urgent.Add(s.After).UTC()})
		}
	}
	if inc.IdleAt.After(inc.Touched) && inc.Open() {
		at := inc.IdleAt.UTC()
		v.IdleAt = &at
	}
	for _, l := range inc.Timeline {
		if d, ok := l.Data.(map[string]string); ok && l.What == dispatch.FactEscalated {
			step, _ := strconv.Atoi(d["step"]) // written by the fold, from a number
			v.Escalations = append(v.Escalations, stepJSON{l.At.UTC(), d["ladder"], step, d["deed"], text(l.Text)})
		}
	}
	for _, c := range inc.Calls {
		v.Calls = append(v.Calls, calledJSON{c.At.UTC(), c.Operator, whom(c.Whom), string(c.Outcome), text(c.Text)})
	}
	for _, o := range inc.Visits {
		v.Visits = append(v.Visits, visitJSON{string(o.Responder), o.Name, string(o.Outcome), o.At.UTC()})
	}
	for _, c := range inc.Coming {
		v.Coming = append(v.Coming, comingJSON{c.Contact, c.Name, c.Via, c.Not})
	}
	if p := inc.Proposed; p != nil && inc.Open() {
		v.Proposed = &proposedJSON{p.Operator, string(p.Disposition), text(p.Note)}
	}
}
