package dispatch

import (
	"context"
	"time"

	"onekeyd/geo"
)

// Journal is where facts become durable.
type Journal interface {
	// Append stores e as the next entry of its case if the case's last sequence
	// is still expect (0: nothing there), and returns only when it is on stable
	// storage. It returns [ErrConflict] if the case has moved on, and
	// [ErrUnstored] if nobody can say whether the entry is there.
	Append(ctx context.Context, e Entry, expect uint64) (Record, error)
}

// Cases is the read model of the journal: all open incidents, in memory.
type Cases interface {
	// Case is the incident of a case (nil if there is none) and the sequence to
	// append on. It never waits.
	Case(CaseID) (*Incident, uint64)
	// Reload waits until everything the journal had on this case when it was
	// called is folded in.
	Reload(ctx context.Context, c CaseID) (*Incident, uint64, error)
	// Absorb folds in a record at once that this process has appended itself.
	Absorb(Record)
	// Handled finds the incident a press has opened or joined, open or lately
	// closed. A device whose counter has begun again is not taken for one that
	// repeats itself: see board.
	Handled(Press) (IncidentID, bool)
	// Replied reports whether a person's answer with this key has counted already, on whatever incident.
	Replied(key string) bool
	// FreeCode is a short number that no open incident has.
	FreeCode() string
	// Busy counts the incidents a responder is bound to now, and those in which
	// an offer to them stands.
	Busy(ResponderID) (bound, offered int)
	// Open lists all open incidents, most urgent first, then oldest.
	Open() []*Incident
	// Ending lists the incidents that are closed and whose last words are not all on their way.
	Ending() []*Incident
}

// Locator finds who could go. It never waits.
type Locator interface {
	// Candidates returns the responders of these kinds worth considering for a
	// home: all that serve its areas up to the community, and the nearest
	// others, with those passed over while searching. Skip says why somebody is
	// not to be asked, or "" for nobody knows why not.
	Candidates(home Premises, kinds []ResponderKind, count int, skip func(ResponderID, ResponderKind) string, now time.Time) ([]Candidate, []PassedOver)
	// Where is a responder's live position and when it was seen; false without one.
	Where(ResponderID) (geo.Point, time.Time, bool)
}

// Candidate is a responder who could be asked.
type Candidate struct {
	Responder Responder
	At        geo.Point
	Live      bool          // At is a live position, not the base
	Age       time.Duration // of a live position
	Distance  geo.Metres
	Likely    float64   // that they accept at this hour, 0 to 1; of no meaning without Offers
	Offers    int       // from how many earlier offers that is known; 0: it is not
	Shared    geo.Level // smallest area shared with the home; empty if none
}

// Teller sends alerts. Tell takes the alerts over and returns at once, whatever
// the carriers do; what becomes of them comes back as reports.
//
// Has reports whether an alert is in hand. It is until its outcome has been
// absorbed by the read model: who sees that an alert is not in hand, and then
// that the read model has no outcome, knows that nobody works on it.
//
// Ways lists how a number can be reached now, the preferred way first and texts
// before calls; empty if no carrier serves it. A carrier that is out for
// everyone is left out.
//
// Stop takes back what can be taken back, such as calls that still ring. It
// returns at once, and what it takes back is reported as failed.
type Teller interface {
	Tell(inc *Incident, alerts []Alert)
	Has(AlertID) bool
	Ways(phone string) []Way
	Stop(inc *Incident, alerts []Alert)
}

// Way is one way to reach a number.
type Way struct {
	Channel  Channel
	Carrier  string
	Receipts bool // the carrier says when the network and the handset have it
}

// Nodes tells the dispatchers apart and who is alive.
type Nodes interface {
	// Self is this run of this daemon.
	Self() NodeID
	// Rank is this node's place in the order of acting on a case: 0 acts at once, r after r stages.
	Rank(CaseID) int
	// Alive reports whether a run was heard of lately.
	Alive(NodeID) bool
}
