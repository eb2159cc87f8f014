package registry

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

const (
	// compactAt is how many times the live data the log may hold, compactFree what it may hold in any case.
	compactAt   = 2
	compactFree = 1 << 20
	// compactCommits bounds how many commits a start has to read one by one.
	compactCommits = 5000
	// orphanAge is how old chunks without a commit must be to be removed: an import may still be writing younger ones.
	orphanAge = time.Hour
)

// tooLong says whether the log should be compacted.
func (r *Registry) tooLong() bool {
	r.applying.Lock()
	defer r.applying.Unlock()
	return r.commits > compactCommits || r.grown > compactFree+compactAt*r.snap.Load().bytes()
}

// Compact writes everything there is as a fresh base and purges what lies
// before it. The base counts from its commit on like any other change, so a
// crash at any moment leaves either the old log or the new one. Others may
// change the directory meanwhile; then nothing is done, and it is tried again
// after the next change.
func (r *Registry) Compact(ctx context.Context) error {
	r.writing.Lock()
	defer r.writing.Unlock()
	if err := r.catchUp(ctx, 0); err != nil {
		return fmt.Errorf("compact the directory: %w", err)
	}
	s := r.snap.Load()
	size := 0
	everything := func(yield func([]byte) bool) {
		var op []byte
		for _, kind := range Kinds() {
			for k, v := range s.tables[kind].all() {
				op = appendPut(op[:0], kind, k, v)
				if !yield(op) {
					return
				}
			}
		}
	}
	for op := range everything {
		size += len(op)
	}
	err := r.store(ctx, s, change{what: whatBase, at: time.Now(), ops: everything, size: size})
	if errors.Is(err, ErrConflict) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("compact the directory: %w", err)
	}
	return r.purgeBeforeBase(ctx, s.seq)
}

// purgeBeforeBase removes every commit up to last, which a base has replaced, and their chunks.
func (r *Registry) purgeBeforeBase(ctx context.Context, last uint64) error {
	if last == 0 {
		return nil
	}
	if err := r.stream.Purge(ctx, jetstream.WithPurgeSequence(last+1)); err != nil {
		return fmt.Errorf("purge the directory's log up to %d: %w", last, err)
	}
	return nil
}

// tidy removes chunks that an import left when it stopped before its commit.
func (r *Registry) tidy(ctx context.Context, now time.Time) error {
	info, err := r.stream.Info(ctx, jetstream.WithSubjectFilter(chunkPrefix+">"))
	if err != nil {
		return fmt.Errorf("list chunks: %w", err)
	}
	for subject := range info.State.Subjects {
		id := strings.TrimPrefix(subject, chunkPrefix)
		if r.named(id) {
			continue
		}
		m, err := r.stream.GetLastMsgForSubject(ctx, subject)
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			continue
		}
		if err != nil {
			return fmt.Errorf("read the age of %s: %w", subject, err)
		}
		// Asked again after the age is known: a commit that came meanwhile is younger than its chunks.
		if now.Sub(m.Time) < orphanAge {
			continue
		}
		if err := r.catchUp(ctx, 0); err != nil {
			return err
		}
		if r.named(id) {
			continue
		}
		if err := r.stream.Purge(ctx, jetstream.WithPurgeSubject(subject)); err != nil {
			return fmt.Errorf("purge %s: %w", subject, err)
		}
	}
	return nil
}

func (r *Registry) named(id string) bool {
	r.applying.Lock()
	defer r.applying.Unlock()
	return r.imports[id]
}
