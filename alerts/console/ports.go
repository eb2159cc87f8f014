package console

import (
	"context"
	"errors"

	"onekeyd/dispatch"
)

// Event is one change of one incident. Seq is its place in the journal.
type Event struct {
	Seq      uint64
	Incident *dispatch.Incident
}

// ErrGone is returned by [Board.Next] when what follows the cursor is no longer kept.
var ErrGone = errors.New("the events after this cursor are no longer kept")

// Board is the read model of open incidents.
type Board interface {
	// Snapshot is all open incidents, most urgent first, and the sequence they stand for.
	Snapshot() (seq uint64, incidents []*dispatch.Incident)
	// Next returns the events after the cursor in order, waiting for the first
	// one until ctx ends (then ctx's error). It returns [ErrGone] when the
	// cursor is too old.
	Next(ctx context.Context, after uint64) ([]Event, error)
}

// Desk is what an operator may do; [dispatch.Desk] says what each of these
// means. Every error of the lifecycle wraps [dispatch.ErrStale],
// [dispatch.ErrRefused] (of which [dispatch.ErrSecondLook] is one) or
// [dispatch.ErrNoIncident]; any other means that nobody can say whether it was
// stored. With an error the incident, if any, is the current one.
type Desk interface {
	Acknowledge(ctx context.Context, id dispatch.IncidentID, operator string, version uint64) (*dispatch.Incident, error)
	TakeOver(ctx context.Context, id dispatch.IncidentID, operator, from, reason string) (*dispatch.Incident, error)
	HandOver(ctx context.Context, id dispatch.IncidentID, operator, to, text string) (*dispatch.Incident, error)
	Note(ctx context.Context, id dispatch.IncidentID, operator, text string) (*dispatch.Incident, error)
	Call(ctx context.Context, id dispatch.IncidentID, operator, whom string, outcome dispatch.CallOutcome, text string) (*dispatch.Incident, error)
	Assign(ctx context.Context, id dispatch.IncidentID, operator string, r dispatch.ResponderID) (*dispatch.Incident, error)
	Answer(ctx context.Context, a dispatch.Answer) (*dispatch.Incident, error)
	MoreHelp(ctx context.Context, id dispatch.IncidentID, operator string) (*dispatch.Incident, error)
	Reveal(ctx context.Context, id dispatch.IncidentID, to, what string) (*dispatch.Incident, error)
	Close(ctx context.Context, id dispatch.IncidentID, operator string, d dispatch.Disposition, note string, version uint64) (*dispatch.Incident, error)
	Seen(ctx context.Context, id dispatch.IncidentID, s dispatch.Seen) error

	// Candidates are those who could be assigned, and those near who are not free. It never waits.
	Candidates(id dispatch.IncidentID) ([]dispatch.Offer, []dispatch.PassedOver, error)
	// Plan is what happens to an incident by itself. It never waits.
	Plan(*dispatch.Incident) dispatch.Plan
}
