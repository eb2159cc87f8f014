package journal

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"onekeyd/dispatch"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"golang.org/x/sync/errgroup"
)

// coreBuffer is how many presses, and bytes, the core path holds for a slow
// callback. What overflows is dropped there and comes from the stream.
const (
	coreBuffer      = 65_536
	coreBufferBytes = 64 << 20
)

// floorEvery is how often floors are written, if they moved: one append for all
// shards. After a crash at most so much work is offered again.
const floorEvery = time.Second

// Hear gives every press until ctx ends, and makes this daemon one of the
// dispatchers that others count on.
//
// core gets a press at once, while it is being stored, from one goroutine. Only
// presses that carry their id come this way; it may be that one is never
// stored, and then its device was not told that it was received.
//
// stored gets every press whose fact is not known to be stored, from one
// goroutine a shard, in the order of the shard: first those that were stored
// while no dispatcher ran, then each new one. A press without an id gets
// "<stream>:<sequence>"; one that claims such an id has none. A press whose
// subject names no possible device has the device "unreadable-<hash>" and a
// Defect that shows the name. done is called, from anywhere and more than once if
// need be, when the press has its fact; a press whose done was not called comes
// again after a restart. Both callbacks may block; see the package comment.
//
// It returns ctx's error, or the first error that cannot be waited out.
func (j *Journal) Hear(ctx context.Context, core func(dispatch.Press), stored func(p dispatch.Press, done func())) error {
	floors, err := j.loadFloors(ctx)
	if err != nil {
		return err
	}
	sub, err := j.core.nc.Subscribe("press.*.*", func(m *nats.Msg) {
		if p := readPress(m.Subject, m.Header, m.Data, time.Time{}, time.Now()); p.ID != "" {
			core(p)
		}
	})
	if err != nil {
		return fmt.Errorf("hear presses: %w", err)
	}
	defer sub.Unsubscribe()
	if err := sub.SetPendingLimits(coreBuffer, coreBufferBytes); err != nil {
		return fmt.Errorf("hear presses: %w", err)
	}
	if err := j.core.flush(ctx, StoreWait); err != nil {
		return fmt.Errorf("hear presses: %w", err)
	}

	all, ctx := errgroup.WithContext(ctx)
	all.Go(func() error { return j.beat(ctx) })
	all.Go(func() error { return j.keepFloors(ctx, floors) })
	for n := range j.o.Shards {
		all.Go(func() error { return j.hearShard(ctx, pressStreams+strconv.Itoa(n), floors, stored) })
	}
	return all.Wait()
}

// hearShard is the net under one shard.
func (j *Journal) hearShard(ctx context.Context, stream string, floors floors, stored func(dispatch.Press, func())) error {
	f := floors[stream]
	t := tail{j: j, stream: stream, after: f.start()}
	t.each = func(m jetstream.Msg, meta *jetstream.MsgMetadata) {
		done, already := f.give(meta.Sequence.Stream)
		if already {
			return
		}
		p := readPress(m.Subject(), m.Headers(), m.Data(), meta.Timestamp, meta.Timestamp)
		if p.ID == "" {
			p.ID, p.Unheard = streamID(stream, meta.Sequence.Stream), true
		}
		stored(p, done)
	}
	return t.run(ctx)
}
