package live

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"onekeyd/dispatch"

	"github.com/redis/go-redis/v9"
)

const (
	beatEvery  = time.Second
	deafAfter  = 3 * time.Second        // without even our own beats
	retryEvery = 500 * time.Millisecond // while Redis is away
	gatherFor  = 10 * time.Millisecond  // between two writes: 10,000 moves/s make batches of 100
	trimEvery  = 10 * time.Minute
)

// shared is the store of several nodes: the memory store, and a Redis that
// brings the copies together.
type shared struct {
	*memory
	dial  func() redis.UniversalClient
	space string
	run   string // tells our beats from those of others
	queue *queue

	session atomic.Uint32         // counts connections; see place
	away    atomic.Pointer[error] // why there is none now; nil while in step
}

func newShared(m *memory, dial func() redis.UniversalClient, space string) *shared {
	s := &shared{memory: m, dial: dial, space: space, run: rand.Text(), queue: newQueue()}
	notYet := errors.New("not connected yet")
	s.away.Store(&notYet)
	return s
}

func (s *shared) Move(id dispatch.ResponderID, p Position, now time.Time) bool {
	p, news := s.move(id, p, now)
	if news {
		s.queue.move(id, p)
	}
	return news
}

func (s *shared) Seen(device dispatch.DeviceID, at time.Time) {
	if ms := at.UnixMilli(); wordy(string(device)) && s.mark(device, ms, 0) {
		s.queue.mark(device, ms)
	}
}

func (s *shared) Armed(node dispatch.NodeID, count int, now time.Time) {
	s.local.Armed(node, count, now)
	if wordy(string(node)) {
		s.queue.arm(node, max(0, count))
	}
}

func (s *shared) Healthy() error {
	if err := s.away.Load(); err != nil {
		return fmt.Errorf("%w: %w", ErrAway, *err)
	}
	return s.memory.Healthy()
}

func (s *shared) Dropped() uint64 { return s.queue.count() }

func (s *shared) Run(ctx context.Context) error {
	var saving sync.WaitGroup
	saving.Go(func() { _ = s.memory.Run(ctx) }) // ends only with ctx
	defer saving.Wait()
	client := s.dial()
	defer client.Close()
	for first := true; ; first = false {
		err := s.connect(ctx, client)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if s.away.Swap(&err) == nil || first {
			s.log.Warn("redis is away, positions of other nodes fall back to base", "err", err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(retryEvery):
		}
	}
}

// connect is one session with Redis: from listening to the first thing that goes wrong.
//
// Listening starts first and the queue opens before the resync looks at
// anything, so no change falls between: what comes before is in the copy, what
// comes after is in the queue or on the channel.
func (s *shared) connect(ctx context.Context, client redis.UniversalClient) error {
	session := s.session.Add(1)
	channel := client.Subscribe(ctx, s.channel())
	defer channel.Close()
	if _, err := channel.ReceiveTimeout(ctx, callFor); err != nil {
		return fmt.Errorf("listen to redis: %w", err)
	}
	s.queue.start()
	defer s.queue.stop()

	within, end := context.WithCancelCause(ctx)
	defer end(nil)
	var both sync.WaitGroup
	both.Go(func() { end(s.listen(within, channel, session)) })
	both.Go(func() { end(s.write(within, client, session)) })
	<-within.Done()
	_ = channel.Close() // a read does not heed its context
	both.Wait()
	if ctx.Err() != nil { // we are told to stop, and Redis is as well as it was
		s.lastWords(ctx, client)
	}
	return context.Cause(within)
}

// listen takes in what all nodes say, our own echo among it.
func (s *shared) listen(ctx context.Context, channel *redis.PubSub, session uint32) error {
	for {
		got, err := channel.ReceiveTimeout(ctx, deafAfter)
		if err != nil {
			return fmt.Errorf("listen to redis: %w", err)
		}
		m, ok := got.(*redis.Message)
		if !ok {
			continue
		}
		now := time.Now()
		for text := range strings.Lines(m.Payload) {
			if l, ok := parseLine(strings.TrimSuffix(text, "\n")); ok {
				s.hear(l, now, session)
			}
		}
	}
}

func (s *shared) hear(l line, now time.Time, session uint32) {
	switch l.what {
	case 'p':
		s.learn(dispatch.ResponderID(l.id), l.position, now, session)
	case 's':
		s.mark(dispatch.DeviceID(l.id), min(l.ms, now.UnixMilli()), session)
	case 'a':
		s.arm(dispatch.NodeID(l.id), l.count, now, false)
	}
}

// learn takes a position that Redis has.
func (s *shared) learn(id dispatch.ResponderID, p Position, now time.Time, session uint32) {
	if p, ok := admit(p, now); ok && s.place(id, p, session) {
		s.onMove(id, p)
	}
}

// write brings Redis and this node in step, then tells it every change.
func (s *shared) write(ctx context.Context, client redis.UniversalClient, session uint32) error {
	if err := s.resync(ctx, client, session); err != nil {
		return err
	}
	if s.away.Swap(nil) != nil {
		s.log.Info("live state is shared", "session", session)
	}
	beat, trim := time.NewTicker(beatEvery), time.NewTicker(trimEvery)
	defer beat.Stop()
	defer trim.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-beat.C:
			err = s.beat(ctx, client)
		case now := <-trim.C:
			err = s.trim(ctx, client, now)
		case <-s.queue.wake:
			if err = s.flush(ctx, client, time.Now()); err == nil {
				pause(ctx, gatherFor)
			}
		}
		if err != nil {
			return err
		}
	}
}

// lastWords tells the others what waits, above all that our consoles are gone.
// The context has ended, so it gets a short time of its own; what does not get
// through is counted, and in the file.
func (s *shared) lastWords(ctx context.Context, client redis.UniversalClient) {
	if s.away.Load() != nil {
		return
	}
	short, cancel := context.WithTimeout(context.WithoutCancel(ctx), callFor)
	defer cancel()
	_ = s.flush(short, client, time.Now())
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
