package journal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// maxSpans bounds what is written of presses that are done above the floor. A
// press that is stuck holds the floor down; without the spans everything
// after it would be offered again after a restart.
const maxSpans = 1000

// span is a run of sequences, both ends included.
type span [2]uint64

func (s span) holds(seq uint64) bool { return s[0] <= seq && seq <= s[1] }

// floor knows which presses of one shard have their fact: all up to its base,
// and some above. Order of use: start, then give with growing sequences.
type floor struct {
	created time.Time // of the stream: sequences of another one mean nothing

	mu    sync.Mutex // guards all below
	base  uint64
	known []span   // done above base by word of FLOORS, ascending
	given []*given // in order of sequence, from the first that is not done
	moved bool     // since it was last written
}

type given struct {
	seq  uint64
	done bool
}

func (f *floor) start() uint64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.base
}

// give takes note of a press that is handed out. already tells that it needs no handing out.
func (f *floor) give(seq uint64) (done func(), already bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	g := &given{seq: seq}
	for len(f.known) > 0 && f.known[0][1] < seq {
		f.known = f.known[1:]
	}
	if len(f.known) > 0 && f.known[0].holds(seq) {
		g.done = true
	}
	f.given = append(f.given, g)
	f.settle()
	return func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		if !g.done {
			g.done, f.moved = true, true
			f.settle()
		}
	}, g.done
}

// settle moves the base over what is done. mu is held.
func (f *floor) settle() {
	for len(f.given) > 0 && f.given[0].done {
		f.base = f.given[0].seq
		f.given[0] = nil
		f.given = f.given[1:]
	}
}

// floorWire is the form of a floor in FLOORS.
type floorWire struct {
	Created time.Time `json:"created"`
	Base    uint64    `json:"base"`
	Done    []span    `json:"done,omitempty"`
}

func (f *floor) wire() (w floorWire, moved bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	w = floorWire{Created: f.created, Base: f.base}
	open := false // whether the last span may grow: no press in between is undone
	for _, g := range f.given {
		switch {
		case !g.done:
			open = false
		case open:
			w.Done[len(w.Done)-1][1] = g.seq
		case len(w.Done) < maxSpans:
			w.Done = append(w.Done, span{g.seq, g.seq})
			open = true
		}
	}
	moved, f.moved = f.moved, false
	return w, moved
}

func (f *floor) unwritten() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.moved = true
}

// join takes over another dispatcher's word. Of several, the highest base
// counts, with the spans that were written beside it.
func (f *floor) join(w floorWire, last uint64) {
	if !w.Created.Equal(f.created) || w.Base > last || w.Base < f.base {
		return
	}
	if w.Base == f.base && len(w.Done) < len(f.known) {
		return
	}
	f.base, f.known = w.Base, w.Done
}

// floors by stream; the map does not change.
type floors map[string]*floor

type floorsWire struct {
	V      int                  `json:"v"`
	Shards map[string]floorWire `json:"shards"`
}

// loadFloors reads what all dispatchers have written.
func (j *Journal) loadFloors(ctx context.Context) (floors, error) {
	all, last := floors{}, map[string]uint64{}
	for n := range j.o.Shards {
		name := pressStreams + strconv.Itoa(n)
		s, err := j.tail.js.Stream(ctx, name)
		if err != nil {
			return nil, fmt.Errorf("load floors: stream %s: %w", name, err)
		}
		all[name] = &floor{created: s.CachedInfo().Created}
		last[name] = s.CachedInfo().State.LastSeq
	}
	s, err := j.tail.js.Stream(ctx, floorsStream)
	if err != nil {
		return nil, fmt.Errorf("load floors: %w", err)
	}
	for next := uint64(1); ; {
		m, err := s.GetMsg(ctx, next, jetstream.WithGetMsgSubject("floor.*"))
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			return all, nil
		}
		if err != nil {
			return nil, fmt.Errorf("load floors: %w", err)
		}
		next = m.Sequence + 1
		var w floorsWire
		if err := json.Unmarshal(m.Data, &w); err != nil || w.V != 1 {
			// Without it presses are offered again, which the dispatcher expects.
			j.log.Warn("floor cannot be read", "subject", m.Subject, "version", w.V, "err", err)
			continue
		}
		for name, fw := range w.Shards {
			if f := all[name]; f != nil {
				f.join(fw, last[name])
			}
		}
	}
}

// keepFloors writes the floors until ctx ends, and once more then.
func (j *Journal) keepFloors(ctx context.Context, all floors) error {
	tick := time.NewTicker(floorEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			// The last floors are worth a moment: they spare the next start work.
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
			defer cancel()
			if err := j.writeFloors(last, all); err != nil {
				j.log.Warn("last floors not written", "err", err)
			}
			return ctx.Err()
		}
		if err := j.writeFloors(ctx, all); err != nil && ctx.Err() == nil {
			j.log.Warn("floors not written", "err", err)
		}
	}
}

func (j *Journal) writeFloors(ctx context.Context, all floors) error {
	w := floorsWire{V: 1, Shards: map[string]floorWire{}}
	changed := false
	for name, f := range all {
		fw, moved := f.wire()
		w.Shards[name] = fw
		changed = changed || moved
	}
	if !changed {
		return nil
	}
	data, err := json.Marshal(w)
	if err != nil {
		return fmt.Errorf("write floors: %w", err)
	}
	m := &nats.Msg{Subject: "floor." + j.o.Name, Data: data}
	if _, err := j.main.publish(ctx, j.writes.to(floorsStream), m); err != nil {
		for _, f := range all {
			f.unwritten()
		}
		return fmt.Errorf("write floors: %w", err)
	}
	return nil
}
