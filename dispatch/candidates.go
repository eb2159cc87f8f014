package dispatch

import (
	"fmt"
	"slices"
	"time"
)

// nearestEach is how many of each kind the desk is shown: the nearest three are
// asked by the plan, so that the next ones can be seen behind them.
const nearestEach = 5

// Plan is what happens to an incident by itself, for whoever shows its deadlines.
func (d *Desk) Plan(inc *Incident) Plan { return d.plan(inc) }

// Candidates lists who could be assigned to an open incident: of each kind the
// nearest on duty, best first and with the reasons of [Select], and those near
// who are not free, with theirs. An operator may choose either. Where the place
// is not known there is nobody near. The error is [ErrNoIncident].
func (d *Desk) Candidates(id IncidentID) ([]Offer, []PassedOver, error) {
	c, ok := d.find(id)
	inc, _ := d.cases.Case(c)
	if !ok || !inc.Open() || inc.ID != id {
		return nil, nil, fmt.Errorf("incident %s: %w", id, ErrNoIncident)
	}
	offers, passed := d.near(inc)
	return offers, passed, nil
}

func (d *Dispatcher) candidates(inc *Incident) ([]Offer, []PassedOver) {
	if inc.Premises == nil {
		return nil, nil
	}
	home := d.homeOf(inc)
	s := finder{d: d, plan: d.planFor(home), home: home, open: inc, service: inc.Service, now: time.Now()}
	skip := func(id ResponderID, kind ResponderKind) string { return s.why(id, kind, true) }
	var found []Candidate
	var passed []PassedOver
	for _, kind := range ResponderKinds() {
		if (kind == Provider) != (inc.Kind == Service) {
			continue // a plumber is not sent to a fall, nor a doctor to a tap
		}
		near, others := d.locator.Candidates(*inc.Premises, []ResponderKind{kind}, nearestEach, skip, s.now)
		best, _ := Select(s.plan, Share{Count: nearestEach}, near)
		found = append(found, slices.DeleteFunc(near, func(c Candidate) bool {
			return !slices.ContainsFunc(best, func(o Offer) bool { return o.Responder == c.Responder.ID })
		})...)
		passed = append(passed, others...)
	}
	offers, _ := Select(s.plan, Share{Count: len(found)}, found)
	return offers, passed
}
