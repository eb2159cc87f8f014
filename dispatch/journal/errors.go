package journal

import (
	"errors"
	"fmt"

	"onekeyd/dispatch"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// What callers branch on. Append and PublishPress also return
// [dispatch.ErrConflict] and [dispatch.ErrUnstored].
var (
	// ErrLocked: another process has the data folder open; a daemon is running.
	ErrLocked = errors.New("the data folder is in use by another process")
	// ErrWeak: a stream exists whose settings break the promise of this package.
	ErrWeak = errors.New("stream breaks the promise of stable storage")
	// ErrRewound: the stream is shorter than what was read from it before. It
	// was replaced or restored from a backup; whatever was folded must be rebuilt.
	ErrRewound = errors.New("the journal is shorter than what was read from it")
	// ErrNotFound: there is no such document in the archive.
	ErrNotFound = errors.New("not in the archive")
)

// The two codes of "wrong last sequence": with one replica, and with more
// (nats-server errors.json, JSStreamWrongLastSequenceErrF and …ConstantErr).
const (
	codeWrongLast         jetstream.ErrorCode = 10071
	codeWrongLastReplicas jetstream.ErrorCode = 10164
)

// storeError says what a failed publish means. Only a conflict and an entry
// too large are certain; everything else leaves the caller to look.
func storeError(what string, err error) error {
	var api *jetstream.APIError
	if errors.As(err, &api) && (api.ErrorCode == codeWrongLast || api.ErrorCode == codeWrongLastReplicas) {
		return fmt.Errorf("%s: %w", what, dispatch.ErrConflict)
	}
	if errors.Is(err, nats.ErrMaxPayload) || errors.Is(err, nats.ErrBadSubject) {
		return fmt.Errorf("%s: %w", what, err)
	}
	return fmt.Errorf("%s: %w: %w", what, dispatch.ErrUnstored, err)
}
