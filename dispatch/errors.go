package dispatch

import (
	"errors"
	"fmt"
)

// What callers branch on.
var (
	// ErrConflict: another append came first on this case. Reload, look for one's own fact, decide again.
	ErrConflict = errors.New("another append came first")
	// ErrUnstored: the journal could not confirm the append; it may or may not be there. Reload and look.
	ErrUnstored = errors.New("the journal did not confirm storage")
	// ErrFull: the intake holds as much as it may; the stored copy of the press brings it again.
	ErrFull = errors.New("the intake is full")
	// ErrNoIncident: there is no such open incident.
	ErrNoIncident = errors.New("no such open incident")
	// ErrRefused: the lifecycle does not allow this now. The error around it says why, for the person who asked.
	ErrRefused = errors.New("not possible now")
	// ErrSecondLook: what was commanded is kept as a proposal until a second
	// operator commands the same. It is an [ErrRefused].
	ErrSecondLook = fmt.Errorf("%w by one operator alone", ErrRefused)
	// ErrStale: the command named a version that is no longer the newest.
	ErrStale = errors.New("the incident has changed meanwhile")
)
