package devices

import (
	"context"
	"fmt"
	"sync"
	"time"

	"onekeyd/dispatch"
)

// Limits say how much of the intake one device and one source may take up, so
// that a broken or hostile one harms nobody else. The zero value of each means
// its default.
type Limits struct {
	// Total presses waiting for storage at once; 8,192. At the size of a press
	// that is about 10 MB, and on a 5 ms disk about 7 s of work: more than the
	// wait of a device, so a longer queue could only hold presses whose device
	// has gone.
	Total int
	// PerSource bounds the presses waiting from one address; 2,048. A district's
	// gateway, or a carrier's address translation, may bring the key presses of
	// thousands after a power cut.
	PerSource int
	// PerDevice bounds the presses of one device waiting; 32. Who presses 32
	// times in a second is heard by the first.
	PerDevice int
	// Storing is how many presses of one device are handed to the store at once;
	// 2. The others of that device wait for their turn.
	Storing int
	// Burst and Every say how fast one device may send presses that are not red:
	// Burst at once, then one per Every; 10 and 1 s.
	Burst int
	Every time.Duration
}

func (l Limits) orDefaults() Limits {
	def := func(v *int, d int) {
		if *v <= 0 {
			*v = d
		}
	}
	def(&l.Total, 8192)
	def(&l.PerSource, 2048)
	def(&l.PerDevice, 32)
	def(&l.Storing, 2)
	def(&l.Burst, 10)
	if l.Every <= 0 {
		l.Every = time.Second
	}
	return l
}

// admission counts who is waiting.
//
// A red press is never throttled: it is refused only while its own device,
// source or the whole intake has more presses waiting than could be stored
// before their devices give up, and then it is asked to come again. So a key
// that sticks fills its own queue and nobody else's, and the elder whose key it
// is has an incident from its first press.
type admission struct {
	limits Limits

	mu      sync.Mutex // guards everything below, held for a few map look-ups only
	lanes   map[dispatch.DeviceID]*lane
	sources map[string]int
	total   int
	sweepAt int // sweep idle lanes when there are this many
}

// lane is what is known of one device: only while it waits or owes time.
type lane struct {
	storing chan struct{} // a token per press that is with the store
	waiting int
	owed    time.Time // when the device's burst of non-red presses is full again
}

const fewLanes = 1024

func newAdmission(l Limits) *admission {
	return &admission{limits: l, lanes: map[dispatch.DeviceID]*lane{}, sources: map[string]int{}, sweepAt: fewLanes}
}

// enter waits for p's turn. The returned func must be called once.
func (a *admission) enter(ctx context.Context, via Via, p dispatch.Press) (leave func(), err error) {
	l, err := a.join(via, p)
	if err != nil {
		return nil, err
	}
	select {
	case l.storing <- struct{}{}:
		return func() { <-l.storing; a.part(via, p, l) }, nil
	default:
	}
	select {
	case l.storing <- struct{}{}:
		return func() { <-l.storing; a.part(via, p, l) }, nil
	case <-ctx.Done():
		a.part(via, p, l)
		return nil, fmt.Errorf("wait behind earlier presses of the device: %w", ErrBusy)
	}
}

func (a *admission) join(via Via, p dispatch.Press) (*lane, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.total >= a.limits.Total:
		return nil, fmt.Errorf("%d in all: %w", a.total, ErrBusy)
	case a.sources[via.Source] >= a.limits.PerSource:
		return nil, fmt.Errorf("%d from this source: %w", a.limits.PerSource, ErrBusy)
	}
	l := a.lanes[p.Device]
	if l == nil {
		a.sweep(p.Received)
		l = &lane{storing: make(chan struct{}, a.limits.Storing)}
		a.lanes[p.Device] = l
	}
	if l.waiting >= a.limits.PerDevice {
		return nil, fmt.Errorf("%d of this device: %w", l.waiting, ErrBusy)
	}
	if via.MayThrottle && p.Kind.Urgency() != dispatch.Red {
		if err := l.spend(p.Received, a.limits); err != nil {
			return nil, err
		}
	}
	l.waiting++
	a.total++
	a.sources[via.Source]++
	return l, nil
}

// spend is a leaky bucket kept as one instant: each press pushes the moment at
// which the bucket is empty by Every, and it may lie Burst × Every ahead.
func (l *lane) spend(now time.Time, limits Limits) error {
	if l.owed.Before(now) {
		l.owed = now
	}
	if l.owed.Sub(now) > time.Duration(limits.Burst-1)*limits.Every {
		return ErrThrottled
	}
	l.owed = l.owed.Add(limits.Every)
	return nil
}

func (a *admission) part(via Via, p dispatch.Press, l *lane) {
	a.mu.Lock()
	defer a.mu.Unlock()
	l.waiting--
	a.total--
	if a.sources[via.Source]--; a.sources[via.Source] == 0 {
		delete(a.sources, via.Source)
	}
	if l.waiting == 0 && !l.owed.After(p.Received) {
		delete(a.lanes, p.Device)
	}
}

// sweep forgets devices that neither wait nor owe time. It runs when their
// number has doubled since the last time, so its cost is spread over them.
func (a *admission) sweep(now time.Time) {
	if len(a.lanes) < a.sweepAt {
		return
	}
	for id, l := range a.lanes {
		if l.waiting == 0 && !l.owed.After(now) {
			delete(a.lanes, id)
		}
	}
	a.sweepAt = max(fewLanes, 2*len(a.lanes))
}
