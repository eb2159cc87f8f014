package pages

import (
	"context"
	"time"

	"onekeyd/dispatch"
	"onekeyd/geo"
)

// Person is whom a link was made for: a responder's id, or elder#rank of a contact.
type Person struct {
	Incident dispatch.IncidentID
	Role     dispatch.AlertRole // RoleResponder or RoleContact
	ID       string
}

// doOpen is what a form says to be shown what only who goes there may see. All
// else that a form can say is a verb of package dispatch.
const doOpen = "open"

// What is put on record when it is shown; see dispatch.Revealed.
const (
	showAccess  = "access_note"
	showMedical = "medical"
)

// Desk is what a person may do by page; dispatch.Desk does the most of it. The
// same answer twice changes nothing. Errors wrap [dispatch.ErrRefused],
// [dispatch.ErrStale] or [dispatch.ErrNoIncident]; any other means that nobody can
// say whether it was stored.
type Desk interface {
	// Answer is a person's word, and returns the incident as it is then.
	Answer(ctx context.Context, a dispatch.Answer) (*dispatch.Incident, error)
	// Reveal says that a responder was given the access note or medical data.
	Reveal(ctx context.Context, id dispatch.IncidentID, to, what string) (*dispatch.Incident, error)
	// Seen says that the page was on this person's screen.
	Seen(ctx context.Context, who Person) error
}

// Seals makes the unguessable part of links; access.Access does. A token holds
// while the epoch does; epoch 0 says that no link can be made. It never waits.
type Seals interface {
	Seal(parts ...string) (token [16]byte, epoch uint64)
}

// Board is where the incidents are. It never waits.
type Board interface {
	// Case is the incident of a case as it is now; nil if there is none.
	Case(dispatch.CaseID) (*dispatch.Incident, uint64)
}

// Directory is what is known of the elder beyond the incident.
type Directory interface {
	Elder(dispatch.ElderID) (dispatch.Elder, bool)
	Contacts(dispatch.ElderID) []dispatch.Contact
}

// Places is where responders are now.
type Places interface {
	// Where is a responder's live position and when it was seen; false without one.
	Where(dispatch.ResponderID) (geo.Point, time.Time, bool)
	// Move takes a position that the responder's own page sent.
	Move(id dispatch.ResponderID, at geo.Point, seen time.Time)
	// ETA is the time a helper needs for a straight-line distance.
	ETA(geo.Metres) time.Duration
}
