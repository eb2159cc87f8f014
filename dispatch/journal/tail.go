package journal

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// tail reads a stream from a sequence on, in order and without gaps, until its
// context ends. It uses a consumer in memory without acknowledgements, which
// costs the disk nothing, and makes a new one wherever the last one was lost:
// at a reconnect, a missed heartbeat, or a hole in the consumer's count.
type tail struct {
	j      *Journal
	stream string
	after  uint64 // last sequence given
	// since is where to begin as long as nothing was given; zero: with after+1.
	since time.Time
	// ahead is how many messages are held for a slow each; 0: 500, of nats.go.
	ahead int
	each  func(jetstream.Msg, *jetstream.MsgMetadata)
	// caughtUp is called once, when everything that was stored when run was
	// called has been given. May be nil.
	caughtUp func()

	upTo uint64 // what "everything" is; only until caughtUp was called
}

// Pauses between attempts to get a consumer, doubling.
const (
	tailPause    = 50 * time.Millisecond
	tailPauseMax = 2 * time.Second
)

// run blocks until ctx ends, and then returns its error; or returns [ErrRewound].
func (t *tail) run(ctx context.Context) error {
	pause := tailPause
	first := true
	for {
		began := t.after
		err := t.once(ctx, first)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if errors.Is(err, ErrRewound) {
			return err
		}
		first = first && errors.Is(err, errNoConsumer)
		if t.after != began {
			pause = tailPause
		}
		if err != nil {
			t.j.log.Warn("tail interrupted, resuming", "stream", t.stream, "after", t.after, "err", err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
		pause = min(2*pause, tailPauseMax)
	}
}

var errNoConsumer = errors.New("no consumer")

// once reads with one consumer until it is lost.
func (t *tail) once(ctx context.Context, first bool) error {
	lost := t.j.tail.lost()
	s, err := t.j.tail.js.Stream(ctx, t.stream)
	if err != nil {
		return fmt.Errorf("%w: %w", errNoConsumer, err)
	}
	last := s.CachedInfo().State.LastSeq
	if last < t.after {
		return fmt.Errorf("stream %s ends at %d, %d was read: %w", t.stream, last, t.after, ErrRewound)
	}
	if first {
		t.upTo = last
	}
	cfg := jetstream.ConsumerConfig{
		DeliverPolicy:     jetstream.DeliverByStartSequencePolicy,
		OptStartSeq:       t.after + 1,
		AckPolicy:         jetstream.AckNonePolicy,
		MemoryStorage:     true,
		Replicas:          1,
		InactiveThreshold: time.Minute,
	}
	if t.after == 0 && !t.since.IsZero() {
		cfg.DeliverPolicy, cfg.OptStartSeq, cfg.OptStartTime = jetstream.DeliverByStartTimePolicy, 0, &t.since
	}
	cons, err := s.CreateConsumer(ctx, cfg)
	if err != nil {
		return fmt.Errorf("%w: %w", errNoConsumer, err)
	}
	opts := []jetstream.PullMessagesOpt{jetstream.PullExpiry(10 * time.Second), jetstream.PullHeartbeat(time.Second)}
	if t.ahead > 0 {
		opts = append(opts, jetstream.PullMaxMessages(t.ahead))
	}
	it, err := cons.Messages(opts...)
	if err != nil {
		return fmt.Errorf("read stream %s: %w", t.stream, err)
	}
	ended := make(chan struct{})
	defer close(ended)
	go func() { // ends with this call
		select {
		case <-lost:
		case <-ended:
		}
		it.Stop()
	}()
	if cons.CachedInfo().NumPending == 0 {
		t.reached(t.upTo)
	}
	for count := uint64(1); ; count++ {
		m, err := t.next(ctx, it, cons)
		if errors.Is(err, jetstream.ErrMsgIteratorClosed) {
			return nil // we stopped it: the connection came back
		}
		if err != nil {
			return err
		}
		meta, err := m.Metadata()
		if err != nil {
			return fmt.Errorf("read stream %s: %w", t.stream, err)
		}
		if meta.Sequence.Consumer != count || meta.Sequence.Stream <= t.after {
			return fmt.Errorf("read stream %s: expected delivery %d after sequence %d, got delivery %d of sequence %d",
				t.stream, count, t.after, meta.Sequence.Consumer, meta.Sequence.Stream)
		}
		t.each(m, meta)
		t.after = meta.Sequence.Stream
		if meta.NumPending == 0 {
			t.reached(t.upTo)
		}
		t.reached(t.after)
	}
}

// next waits for a message. Until the tail has caught up it looks now and then
// whether anything is still to come: what was pending may have been purged.
func (t *tail) next(ctx context.Context, it jetstream.MessagesContext, cons jetstream.Consumer) (jetstream.Msg, error) {
	for t.caughtUp != nil {
		wait, cancel := context.WithTimeout(ctx, time.Second)
		m, err := it.Next(jetstream.NextContext(wait))
		quiet := wait.Err() != nil && ctx.Err() == nil
		cancel()
		if err == nil || !quiet {
			return m, err
		}
		info, err := cons.Info(ctx)
		if err != nil {
			return nil, err
		}
		if info.NumPending == 0 && info.Delivered.Stream <= t.after {
			t.reached(t.upTo)
		}
	}
	return it.Next(jetstream.NextContext(ctx))
}

func (t *tail) reached(seq uint64) {
	if t.caughtUp != nil && seq >= t.upTo {
		t.caughtUp()
		t.caughtUp = nil
	}
}
