package pages

import (
	"time"

	"onekeyd/dispatch"
)

// ended is all that is kept of an incident once it is closed: what its last
// pages say, and nothing of the elder's health or door.
type ended struct {
	name        string
	kind        dispatch.Kind
	steps       steps
	at          time.Time
	disposition dispatch.Disposition
	helped      []dispatch.ResponderID // who had gone there
}

func endedOf(inc *dispatch.Incident) *ended {
	e := &ended{name: inc.Name, kind: inc.Kind, steps: stepsOf(inc), at: inc.Ended.At, disposition: inc.Ended.Disposition}
	for _, o := range inc.Offers {
		if o.State == dispatch.OnScene || o.State == dispatch.Cleared {
			e.helped = append(e.helped, o.Responder)
		}
	}
	return e
}

// steps are when a call got how far; zero is not yet. Who accepted and then could
// not go does not count: nobody came of it.
type steps struct {
	pressed, dispatched, accepted, arrived, ended time.Time
}

func stepsOf(inc *dispatch.Incident) steps {
	s := steps{pressed: inc.RaisedAt, dispatched: inc.Dispatched}
	for _, o := range inc.Offers {
		there := o.State == dispatch.OnScene || o.State == dispatch.Cleared
		if !there && !o.State.Active() {
			continue
		}
		accepted, arrived := o.Since, o.Since
		for _, l := range inc.Timeline {
			if l.Who != string(o.Responder) {
				continue
			}
			switch l.What {
			case dispatch.FactAccepted, dispatch.FactEnRoute:
				accepted = earlier(accepted, l.At)
			case dispatch.FactOnScene:
				accepted, arrived = earlier(accepted, l.At), earlier(arrived, l.At)
			}
		}
		s.accepted = earlier(s.accepted, accepted)
		if there {
			s.arrived = earlier(s.arrived, arrived)
		}
	}
	if inc.Ended != nil {
		s.ended = inc.Ended.At
	}
	return s
}

// earlier is the earlier of two times; a zero one is none.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || b.Before(a) {
		return b
	}
	return a
}

// furthest is who of those bound to the incident has come furthest, first come
// first; else who has been there and has left.
func furthest(inc *dispatch.Incident) (dispatch.Offer, bool) {
	rank := map[dispatch.AssignmentState]int{dispatch.Cleared: 1, dispatch.Accepted: 2, dispatch.EnRoute: 3, dispatch.OnScene: 4}
	var best dispatch.Offer
	for _, o := range inc.Offers {
		r, b := rank[o.State], rank[best.State]
		if r > b || r == b && r > 0 && o.Since.Before(best.Since) {
			best = o
		}
	}
	return best, best.State != ""
}
