package registry

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"onekeyd/dispatch"
)

// Registry is the directory on one node: the newest snapshot, and the way to change it.
type Registry struct {
	js     jetstream.JetStream
	stream jetstream.Stream
	log    *slog.Logger
	packer *packer

	snap atomic.Pointer[Snapshot]

	// writing orders the changes this node makes, so that it does not conflict with itself.
	// Taken before applying.
	writing sync.Mutex

	// applying guards what follows, and is held while commits are read and
	// applied. Readers of snap do not take it.
	applying sync.Mutex
	unpacker *unpacker
	watchers []func(*Snapshot, []dispatch.ResponderID)
	imports  map[string]bool // that live commits name
	grown    int             // bytes of operations since the stream's first commit
	commits  int             // number of them

	compact chan struct{} // one token: this node's change made the log too long
}

// Open finds or makes the DIRECTORY stream, reads it and returns with the
// newest snapshot in memory. A stream that is weaker than replicas copies on
// file storage is an error that wraps ErrWeakStream.
func Open(ctx context.Context, js jetstream.JetStream, replicas int, log *slog.Logger) (*Registry, error) {
	stream, err := ensureStream(ctx, js, replicas)
	if err != nil {
		return nil, err
	}
	p, err := newPacker()
	if err != nil {
		return nil, err
	}
	u, err := newUnpacker()
	if err != nil {
		return nil, err
	}
	r := &Registry{
		js: js, stream: stream, log: log.With("component", "registry"), packer: p, unpacker: u,
		imports: map[string]bool{}, compact: make(chan struct{}, 1),
	}
	r.snap.Store(emptySnapshot())
	if err := r.catchUp(ctx, 0); err != nil {
		return nil, fmt.Errorf("read the directory: %w", err)
	}
	return r, nil
}

func ensureStream(ctx context.Context, js jetstream.JetStream, replicas int) (jetstream.Stream, error) {
	want := jetstream.StreamConfig{
		Name:        streamName,
		Description: "elders, contacts, devices, responders and areas",
		Subjects:    []string{headSubject, chunkPrefix + "*"},
		Storage:     jetstream.FileStorage,
		Retention:   jetstream.LimitsPolicy,
		Discard:     jetstream.DiscardNew,
		Replicas:    max(1, replicas),
		AllowDirect: true,
	}
	s, err := js.Stream(ctx, streamName)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		s, err = js.CreateStream(ctx, want)
		if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) {
			s, err = js.Stream(ctx, streamName)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("find or make stream %s: %w", streamName, err)
	}
	have := s.CachedInfo().Config
	weak := func(why string) error { return fmt.Errorf("%w: %s", ErrWeakStream, why) }
	switch {
	case have.Storage != jetstream.FileStorage:
		return nil, weak("it is kept in memory")
	case have.PersistMode == jetstream.AsyncPersistMode:
		return nil, weak("it is written asynchronously")
	case have.Replicas < want.Replicas:
		return nil, weak(fmt.Sprintf("it has %d replicas, %d are wanted", have.Replicas, want.Replicas))
	case have.Retention != jetstream.LimitsPolicy:
		return nil, weak("it drops what consumers have read")
	case have.MaxAge != 0, have.MaxMsgsPerSubject > 0, have.MaxMsgs > 0 && have.Discard == jetstream.DiscardOld,
		have.MaxBytes > 0 && have.Discard == jetstream.DiscardOld:
		return nil, weak("it forgets old records")
	}
	return s, nil
}

// Snapshot is the newest directory this node knows. It never waits.
func (r *Registry) Snapshot() *Snapshot { return r.snap.Load() }

// OnChange registers f, which is called at once with the newest snapshot and
// nil, and then after every change in order, with the responders that were put
// or removed; nil is all of them. Snapshot may be newer already when it is
// called. Changes wait for f, look-ups do not: be quick, and make no changes.
func (r *Registry) OnChange(f func(s *Snapshot, changed []dispatch.ResponderID)) {
	r.applying.Lock()
	defer r.applying.Unlock()
	r.watchers = append(r.watchers, f)
	f(r.snap.Load(), nil)
}

// retryPause is how long Run waits before it tries again what the log refused.
const retryPause = 500 * time.Millisecond

// lookEvery is how often follow looks without a sign.
const lookEvery = 5 * time.Second

// Run follows the log until ctx ends, so that Snapshot shows what other nodes
// change, and compacts the log when this node's changes made it too long.
// While the log cannot be reached the last snapshot stays in use.
func (r *Registry) Run(ctx context.Context) error {
	if err := r.tidy(ctx, time.Now()); err != nil && ctx.Err() == nil {
		r.log.Warn("orphaned chunks stay in the directory's log", "err", err)
	}
	told := false
	for ctx.Err() == nil {
		err := r.follow(ctx, &told)
		if err == nil || ctx.Err() != nil {
			continue
		}
		if !told { // one line for an outage, not two a second
			r.log.Warn("directory is not followed, the last snapshot stays in use", "err", err)
			told = true
		}
		pause(ctx, retryPause)
	}
	return nil
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

// follow takes each message on the head subject as a sign to read on. The
// commits themselves are read by catchUp, so there is one way in; and it looks
// for itself now and then, should a sign be lost. told is reset when the log
// was reached.
func (r *Registry) follow(ctx context.Context, told *bool) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	signs, err := r.stream.OrderedConsumer(ctx, jetstream.OrderedConsumerConfig{
		FilterSubjects: []string{headSubject},
		DeliverPolicy:  jetstream.DeliverByStartSequencePolicy,
		OptStartSeq:    r.snap.Load().seq + 1,
	})
	if err != nil {
		return fmt.Errorf("follow %s: %w", headSubject, err)
	}
	sign := make(chan struct{}, 1)
	consuming, err := signs.Consume(func(jetstream.Msg) { signal(sign) })
	if err != nil {
		return fmt.Errorf("follow %s: %w", headSubject, err)
	}
	defer func() {
		consuming.Stop()
		<-consuming.Closed()
	}()
	// What came before the consumer did, and what is only visible when a reconnect is over.
	signal(sign)
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-consuming.Closed():
			return errors.New("the consumer was closed")
		case <-look.C:
			signal(sign)
		case <-sign:
			if err := r.catchUp(ctx, 0); err != nil {
				return err
			}
			if *told {
				r.log.Info("directory is followed again", "version", r.snap.Load().version)
				*told = false
			}
		case <-r.compact:
			if err := r.Compact(ctx); err != nil && ctx.Err() == nil {
				r.log.Warn("directory log stays long", "err", err)
			}
		}
	}
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
