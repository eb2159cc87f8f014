package registry

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nuid"
)

// change is a commit in the making: operations against one snapshot.
type change struct {
	what string
	by   string
	at   time.Time
	ops  func(yield func(op []byte) bool) // appended one after the other
	size int
}

// store writes a change that was made against s: chunks first, the commit
// last, and nothing counts before the commit. ErrConflict means that someone
// else's commit came first. The caller holds writing.
func (r *Registry) store(ctx context.Context, s *Snapshot, ch change) error {
	c := commit{V: commitVersion, Version: s.version + 1, ID: nuid.Next(), What: ch.what, By: ch.by, At: ch.at.UTC(), Bytes: ch.size}
	if ch.size <= inlineRaw {
		for op := range ch.ops {
			c.Ops = append(c.Ops, op...)
		}
	} else if err := r.storeChunks(ctx, &c, ch); err != nil {
		r.dropChunks(ctx, c.ID)
		return err
	}
	seq, err := r.append(ctx, s.seq, c)
	if err != nil {
		if errors.Is(err, ErrConflict) {
			r.dropChunks(ctx, c.ID)
		}
		return err
	}
	if err := r.catchUp(ctx, seq); err != nil {
		// The change is stored, so it succeeded; whoever follows the log shows it.
		r.log.Warn("a stored change is not shown yet", "seq", seq, "err", err)
	}
	return nil
}

func (r *Registry) storeChunks(ctx context.Context, c *commit, ch change) error {
	var raw []byte
	flush := func() error {
		ack, err := r.js.Publish(ctx, chunkPrefix+c.ID, r.packer.pack(raw), jetstream.WithExpectStream(streamName))
		if err != nil {
			return fmt.Errorf("store chunk %d of %s: %w", c.Chunks, ch.what, err)
		}
		if c.Chunks == 0 {
			c.First = ack.Sequence
		}
		c.Chunks++
		raw = raw[:0]
		return nil
	}
	for op := range ch.ops {
		if len(raw) > 0 && len(raw)+len(op) > chunkRaw {
			if err := flush(); err != nil {
				return err
			}
		}
		raw = append(raw, op...)
	}
	return flush()
}

// append puts a commit on the head subject, if the last one there is still at
// seq. An acknowledgement can be lost and a retry then looks like a conflict,
// so after any error our own commit is looked for.
func (r *Registry) append(ctx context.Context, seq uint64, c commit) (uint64, error) {
	data, err := json.Marshal(c)
	if err != nil {
		return 0, fmt.Errorf("encode commit: %w", err)
	}
	ack, err := r.js.Publish(ctx, headSubject, data, jetstream.WithExpectStream(streamName),
		jetstream.WithExpectLastSequencePerSubject(seq))
	if err == nil {
		return ack.Sequence, nil
	}
	// The caller may have left; what became of the commit must be known all the same.
	look, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	after, at, lookErr := r.next(look, headSubject, seq+1)
	switch {
	case errors.Is(lookErr, jetstream.ErrMsgNotFound) && isConflict(err):
		return 0, ErrConflict // the replica that answered lags
	case lookErr != nil:
		return 0, fmt.Errorf("append %s: %w: %w", c.What, ErrUnstored, err)
	}
	other, decodeErr := decodeCommit(after)
	if decodeErr == nil && other.ID == c.ID {
		return at, nil
	}
	return 0, ErrConflict
}

func isConflict(err error) bool {
	var api *jetstream.APIError
	return errors.As(err, &api) && (api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence ||
		api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequenceConstant)
}

// dropChunks removes chunks that no commit will ever name. If it cannot, tidy will.
func (r *Registry) dropChunks(ctx context.Context, id string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := r.stream.Purge(ctx, jetstream.WithPurgeSubject(chunkPrefix+id)); err != nil {
		r.log.Info("orphaned chunks wait for the next start", "import", id, "err", err)
	}
}
