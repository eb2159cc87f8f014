package downlink

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"onekeyd/dispatch"
)

const (
	// maxWaiting bounds the devices that a speaker has not served yet.
	maxWaiting = 20_000
	// hands say at the same time: one device that does not answer must not hold up the rest.
	hands = 4
	// sayTime bounds one attempt. tries with waits from firstWait to lastWait make
	// about ten seconds: by then the next state is worth more.
	sayTime             = 2 * time.Second
	tries               = 9
	firstWait, lastWait = 50 * time.Millisecond, 2 * time.Second
)

// lane brings states to one speaker. Each device has one place in it, with the
// newest state.
type lane struct {
	name    string
	speaker Speaker
	count   func(lane, outcome string)
	log     *slog.Logger
	wake    chan struct{}

	mu     sync.Mutex // guards all below
	places map[dispatch.DeviceID]*place
	queue  []dispatch.DeviceID
}

type place struct {
	message Message
	newer   bool // came while an earlier one was being said, or waited to be
	tries   int
}

func newLane(name string, s Speaker, count func(lane, outcome string), log *slog.Logger) *lane {
	return &lane{name: name, speaker: s, count: count, log: log, wake: make(chan struct{}, hands), places: map[dispatch.DeviceID]*place{}}
}

// put leaves a state for a device. It never waits.
func (l *lane) put(m Message) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if p := l.places[m.Device]; p != nil {
		p.message, p.newer, p.tries = m, true, 0
		return // it is in the queue, being said, or comes back by itself
	}
	if len(l.places) >= maxWaiting {
		l.count(l.name, "full")
		return
	}
	l.places[m.Device] = &place{message: m}
	l.enqueue(m.Device)
}

// enqueue is called with mu held.
func (l *lane) enqueue(d dispatch.DeviceID) {
	l.queue = append(l.queue, d)
	select {
	case l.wake <- struct{}{}:
	default: // every hand is awake and looks again before it sleeps
	}
}

// run says what is put until ctx ends.
func (l *lane) run(ctx context.Context) {
	var all sync.WaitGroup
	for range hands {
		all.Go(func() {
			for {
				m, ok := l.next(ctx)
				if !ok {
					return
				}
				one, cancel := context.WithTimeout(ctx, sayTime)
				err := l.speaker.Say(one, m.Device, m)
				cancel()
				l.done(ctx, m, err)
			}
		})
	}
	all.Wait()
}

func (l *lane) next(ctx context.Context) (Message, bool) {
	for {
		l.mu.Lock()
		if len(l.queue) > 0 {
			d := l.queue[0]
			l.queue = l.queue[1:]
			p := l.places[d]
			p.newer = false
			m := p.message
			l.mu.Unlock()
			return m, ctx.Err() == nil
		}
		l.mu.Unlock()
		select {
		case <-l.wake:
		case <-ctx.Done():
			return Message{}, false
		}
	}
}

// done takes what became of saying m. The device keeps its place while there is
// something newer, or m is tried again, so that no other hand speaks to it.
func (l *lane) done(ctx context.Context, m Message, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	p := l.places[m.Device]
	if err == nil {
		l.count(l.name, "said")
	}
	switch {
	case p.newer:
		l.enqueue(m.Device)
	case err == nil:
		delete(l.places, m.Device)
	case p.tries+1 == tries:
		delete(l.places, m.Device)
		l.count(l.name, "failed")
		if ctx.Err() == nil {
			l.log.Warn("the device was not told; its next state may be", "way", l.name, "device", m.Device, "incident", m.Incident, "stage", m.Stage, "err", err)
		}
	default:
		wait := min(firstWait<<p.tries, lastWait)
		p.tries++
		time.AfterFunc(wait, func() {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.enqueue(m.Device)
		})
	}
}
