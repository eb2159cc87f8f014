package registry

import "errors"

// What callers branch on, besides *RefusedError and Problem.
var (
	// ErrConflict: others changed the directory again and again while this change was made ready. Try again.
	ErrConflict = errors.New("the directory has changed meanwhile")
	// ErrNotFound: there is no such record.
	ErrNotFound = errors.New("no such record")
	// ErrUnstored: the log did not confirm the change, and it could not be found out whether it is there.
	ErrUnstored = errors.New("the directory's log did not confirm storage")
	// ErrWeakStream: the DIRECTORY stream that is there promises less than it must.
	ErrWeakStream = errors.New("the DIRECTORY stream is too weak")
)

// errGone means that what a commit names is no longer in the log: a base has
// replaced it. Read from the oldest commit again.
var errGone = errors.New("purged from the log")
