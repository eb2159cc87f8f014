package registry

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// catchUp applies every commit that is in the log, and returns when there is
// none left and the one with sequence least is among them. On a cluster a
// replica that lags may answer, so it asks again until least is there.
func (r *Registry) catchUp(ctx context.Context, least uint64) error {
	r.applying.Lock()
	defer r.applying.Unlock()
	from := r.reading()
	wait := 5 * time.Millisecond
	for {
		err := r.read(ctx, from)
		if err != nil && !errors.Is(err, errGone) {
			return err
		}
		if err == nil && r.snap.Load().seq >= least {
			return nil
		}
		from = r.reading()
		if err != nil {
			// A base was written, and the log purged, while we read: begin at the base.
			r.log.Info("reading the directory again from its base")
			from = &reading{from: emptySnapshot(), imports: map[string]bool{}, all: true}
		}
		pause(ctx, wait)
		wait = min(wait*2, time.Second)
		if ctx.Err() != nil {
			return fmt.Errorf("read the directory up to %d: %w", least, ctx.Err())
		}
	}
}

// reading is one way through the log, from one snapshot to the next. Commits
// that follow each other at once become one snapshot; nothing is published of
// a way that ends in an error.
type reading struct {
	from    *Snapshot
	edit    *edit // nil before the first commit
	version uint64
	seq     uint64
	imports map[string]bool
	grown   int
	commits int
	all     bool // everything was read anew
}

// reading begins where the newest snapshot is. The caller holds applying.
func (r *Registry) reading() *reading {
	s := r.snap.Load()
	return &reading{from: s, version: s.version, seq: s.seq, imports: maps.Clone(r.imports), grown: r.grown, commits: r.commits}
}

// read applies what is left in the log, publishes the snapshot and tells the watchers.
func (r *Registry) read(ctx context.Context, w *reading) error {
	for {
		data, seq, err := r.next(ctx, headSubject, w.seq+1)
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			break
		}
		if err != nil {
			return fmt.Errorf("read the commit after %d: %w", w.seq, err)
		}
		c, err := decodeCommit(data)
		if err != nil {
			return fmt.Errorf("commit %d: %w", seq, err)
		}
		if err := r.apply(ctx, w, c); err != nil {
			return fmt.Errorf("apply %s %d: %w", c.What, seq, err)
		}
		w.version, w.seq = c.Version, seq
	}
	if w.edit == nil {
		return nil
	}
	s, errs := w.edit.seal(w.version, w.seq)
	for _, err := range errs {
		r.log.Error("an area of the directory cannot be used", "seq", w.seq, "err", err)
	}
	r.imports, r.grown, r.commits = w.imports, w.grown, w.commits
	changed := w.edit.responders()
	if w.all {
		changed = nil
	}
	r.snap.Store(s)
	for _, f := range r.watchers {
		f(s, changed)
	}
	return nil
}

// apply takes one commit into the edit.
func (r *Registry) apply(ctx context.Context, w *reading, c commit) error {
	repeats := false
	switch base := c.What == whatBase; {
	case base && c.Version == w.version+1 && w.version > 0:
		repeats = true // everything that we have
	case base:
		w.from, w.edit, w.all = emptySnapshot(), nil, true
	case c.Version != w.version+1:
		return fmt.Errorf("version %d follows %d: %w", c.Version, w.version, errGone)
	}
	if c.What == whatBase {
		w.imports, w.grown, w.commits = map[string]bool{}, 0, 0
	}
	if w.edit == nil {
		w.edit = w.from.edit()
	}
	if !repeats {
		if err := r.play(ctx, w.edit, c); err != nil {
			return err
		}
	}
	if c.Chunks > 0 {
		w.imports[c.ID] = true
	}
	w.grown += c.Bytes
	w.commits++
	return nil
}

// next is the first message on subject at or after seq.
func (r *Registry) next(ctx context.Context, subject string, seq uint64) ([]byte, uint64, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	m, err := r.stream.GetMsg(ctx, seq, jetstream.WithGetMsgSubject(subject))
	if err != nil {
		return nil, 0, err
	}
	return m.Data, m.Sequence, nil
}

// play applies the operations of a commit, its own or those in chunks.
func (r *Registry) play(ctx context.Context, e *edit, c commit) error {
	if c.Chunks == 0 {
		return applyOps(e, c.Ops)
	}
	type fetched struct {
		ops []byte
		err error
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	// Fetching and decompressing run one chunk ahead of applying: the second core halves the start.
	ahead := make(chan fetched, 2)
	go func() {
		defer close(ahead)
		seq := c.First
		for range c.Chunks {
			ops, at, err := r.chunk(ctx, c.ID, seq)
			select {
			case ahead <- fetched{ops, err}:
			case <-ctx.Done():
				return
			}
			if err != nil {
				return
			}
			seq = at + 1
		}
	}()
	for n := range c.Chunks {
		f, ok := <-ahead
		if !ok {
			return fmt.Errorf("chunk %d: %w", n, ctx.Err())
		}
		if f.err == nil {
			f.err = applyOps(e, f.ops)
		}
		if f.err != nil {
			cancel()
			for range ahead { // until the goroutine has ended
			}
			return fmt.Errorf("chunk %d of %d: %w", n, c.Chunks, f.err)
		}
	}
	return nil
}

// chunk fetches the first chunk of an import at or after seq. A lagging
// replica may not have it yet; one that is not there after two seconds is gone.
func (r *Registry) chunk(ctx context.Context, id string, seq uint64) (ops []byte, at uint64, err error) {
	for range 20 {
		var data []byte
		data, at, err = r.next(ctx, chunkPrefix+id, seq)
		if err == nil {
			ops, err = r.unpacker.unpack(nil, data)
			return ops, at, err
		}
		if !errors.Is(err, jetstream.ErrMsgNotFound) {
			return nil, 0, err
		}
		pause(ctx, 100*time.Millisecond)
	}
	return nil, 0, errGone
}
