package dispatch

import (
	"slices"
	"time"
)

// Stage is how far help has come, in the order an elder hopes for. It goes back
// when it must: whoever was coming may be lost.
type Stage string

// The stages. An incident nobody has raised has none.
const (
	StageReceived    Stage = "received"    // the centre has the call
	StageDispatching Stage = "dispatching" // people have been told, or the desk has taken it
	StageComing      Stage = "coming"
	StageArrived     Stage = "arrived"
	StageEnded       Stage = "ended"
)

// Comfort is the sentence that fits: several may belong to one stage, and none
// says more than the journal knows.
type Comfort string

// The sentences, by what makes each of them true.
const (
	ComfortReceived Comfort = "received" // stored; nobody is known to have been told
	ComfortDesk     Comfort = "desk"     // nobody is asked now: it rings at the desk
	ComfortAsking   Comfort = "asking"   // a carrier has the message to somebody whose offer stands
	ComfortCentre   Comfort = "centre"   // an operator has taken it
	ComfortAnother  Comfort = "another"  // who was coming is not: somebody else is looked for
	ComfortComing   Comfort = "coming"   // somebody has accepted or is under way
	ComfortArrived  Comfort = "arrived"  // somebody is there
	ComfortVisited  Comfort = "visited"  // who was there has left, and the call is still open
	ComfortEnded    Comfort = "ended"
	ComfortTested   Comfort = "tested" // a test press, recorded
)

// Assurance is what an elder may be told of their call now. It never promises:
// somebody is coming only while an assignment is active, and minutes are given
// only until they are over.
type Assurance struct {
	Incident IncidentID
	Code     string
	Stage    Stage
	Comfort  Comfort
	About    Kind          // of the press: a call for help, a service, a test
	Who      string        // who is coming or there, by name; empty if they have none
	Role     ResponderKind // what they are, for when a name does not do
	Minutes  int           // until they are there, at least 1; 0: nobody can say
	Language string        // the elder's; empty if nobody knows it
}

// AssuranceOf is pure, and has no clock: minutes are counted up to when something
// last happened on the incident, so they change with facts and not by themselves.
func AssuranceOf(inc *Incident) Assurance {
	if inc == nil || inc.State == StateNone {
		return Assurance{}
	}
	a := Assurance{Incident: inc.ID, Code: inc.Code, About: inc.Kind, Language: inc.Language}
	if inc.State == StateClosed {
		a.Stage, a.Comfort = StageEnded, ComfortEnded
		if inc.Kind == Test {
			a.Comfort = ComfortTested
		}
		return a
	}
	there := soonest(inc.Offers, func(o Offer) bool { return o.State == OnScene })
	coming := soonest(inc.Offers, func(o Offer) bool { return o.State.Active() })
	switch {
	case there != nil:
		a.Stage, a.Comfort, a.Who, a.Role = StageArrived, ComfortArrived, there.Name, there.Kind
	case coming != nil:
		a.Stage, a.Comfort, a.Who, a.Role = StageComing, ComfortComing, coming.Name, coming.Kind
		a.Minutes = minutesLeft(coming.ETA, inc.Touched.Sub(coming.Since))
	case inc.Waiting.IsZero():
		a.Stage, a.Comfort = StageArrived, ComfortVisited
	default:
		a.Stage, a.Comfort = meanwhile(inc)
	}
	return a
}

// meanwhile is what can be said while nobody is on the way.
func meanwhile(inc *Incident) (Stage, Comfort) {
	lost := func(o Offer) bool { return !o.State.Live() && o.State != Cleared && o.Since.Equal(inc.Waiting) }
	stands := func(o Offer) bool { return o.State == Offered }
	switch {
	case slices.ContainsFunc(inc.Offers, lost):
		return StageDispatching, ComfortAnother
	case inc.Acked != nil:
		return StageDispatching, ComfortCentre
	case slices.ContainsFunc(inc.Offers, func(o Offer) bool { return stands(o) && inc.told(o.Responder, o.Since) }):
		return StageDispatching, ComfortAsking
	case slices.ContainsFunc(inc.Offers, stands):
		return StageReceived, ComfortReceived
	case slices.ContainsFunc(inc.Offers, func(o Offer) bool { return inc.told(o.Responder, time.Time{}) }):
		return StageDispatching, ComfortDesk // all who were told have fallen out
	case inc.State == StateDispatched:
		return StageReceived, ComfortDesk
	}
	return StageReceived, ComfortReceived
}

// told reports whether a carrier has a message to this responder that was
// intended no earlier than since.
func (i *Incident) told(r ResponderID, since time.Time) bool {
	return slices.ContainsFunc(i.Alerts, func(a Alert) bool {
		return a.Role == RoleResponder && a.To == string(r) && !a.Intended.Before(since) &&
			(a.State == AlertHanded || a.State == AlertSent || a.State == AlertDelivered)
	})
}

// soonest is the offer among these whose responder is expected first, or nil.
func soonest(offers []Offer, which func(Offer) bool) *Offer {
	var first *Offer
	for n := range offers {
		o := &offers[n]
		if which(*o) && (first == nil || o.Since.Add(o.ETA).Before(first.Since.Add(first.ETA))) {
			first = o
		}
	}
	return first
}

// minutesLeft counts from when they accepted, or set out if they said so. What
// takes less than a minute is one, and what is over is nobody's to say.
func minutesLeft(eta, gone time.Duration) int {
	left := max(eta, time.Minute) - max(gone, 0)
	if left <= 0 {
		return 0
	}
	return int((left + time.Minute - 1) / time.Minute)
}
