// Package fanout sends the alerts of an incident, many at once, and reports
// what became of each.
//
// # Promise
//
// An alert that [Fanout.Tell] took is in hand until its outcome is durable: it
// is handed to a carrier, refused for good, or known to be unclear. What is
// unclear is reported as ambiguous and left to the dispatcher, which sends it
// again only after a fact that says so; nothing is ever repeated blindly here.
//
// # Ordering and limits
//
// One queue, red incidents first, then in order of arrival; a fixed number of
// sends run at once, because a carrier that answers slowly must not cost a
// thousand connections. Tell never blocks and the queue is not bounded: it holds
// only alerts whose intention is stored, so its size is that of the journal.
//
// # Concurrency
//
// [Fanout.Run] owns the workers and the goroutines that store outcomes, and
// waits for both. One mutex guards queue and
// set of alerts in hand; it is never held while sending or reporting.
package fanout

import (
	"container/heap"
	"context"
	"log/slog"
	"sync"
	"time"

	"onekeyd/alerts"
	"onekeyd/dispatch"
)

// Options of a Fanout.
type Options struct {
	Senders []alerts.Sender // in order of preference; empty: nobody is told, and that is reported
	// Record makes reports durable; dispatch.Recorder does.
	Record func(ctx context.Context, c dispatch.CaseID, id dispatch.IncidentID, reports ...dispatch.Report) error
	// Wanted reports whether an alert still has to be sent: its incident may have
	// been closed while it waited for a carrier. It is asked right before sending.
	Wanted func(inc *dispatch.Incident, id dispatch.AlertID) bool
	// Zone is the centre's time zone, in which texts give the time. Default UTC.
	Zone *time.Location
	// AtOnce is how many sends run at the same time. Default 64.
	AtOnce int
	// GoodFor is how long an alert is worth sending. Default 10 min (ALERTS
	// section 2: a carrier's own limit is ten hours, and a call for help that old
	// sends people to a door where nobody needs them).
	GoodFor time.Duration
	Log     *slog.Logger
}

// Fanout is the [dispatch.Teller].
type Fanout struct {
	o         Options
	wake      chan struct{}
	recording sync.WaitGroup // outcomes on their way to the journal

	mu     sync.Mutex // guards all below
	queue  byUrgency
	inHand map[dispatch.AlertID]bool
	serial uint64
}

type job struct {
	inc    *dispatch.Incident
	alert  dispatch.Alert
	serial uint64
	tries  int // sends that the carrier certainly did not take
}

// New makes a Fanout; [Fanout.Run] starts it.
func New(o Options) *Fanout {
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	if o.AtOnce == 0 {
		o.AtOnce = 64
	}
	if o.GoodFor == 0 {
		o.GoodFor = 10 * time.Minute
	}
	o.Log = o.Log.With("component", "fanout")
	return &Fanout{o: o, wake: make(chan struct{}, o.AtOnce), inHand: map[dispatch.AlertID]bool{}}
}

// Tell implements [dispatch.Teller]. Alerts in hand already are left alone.
func (f *Fanout) Tell(inc *dispatch.Incident, intended []dispatch.Alert) {
	for _, a := range intended {
		f.push(&job{inc: inc, alert: a}, false)
	}
}

// Has implements [dispatch.Teller].
func (f *Fanout) Has(id dispatch.AlertID) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.inHand[id]
}

// Ways implements [dispatch.Teller].
func (f *Fanout) Ways(phone string) []dispatch.Way {
	var texts, calls []dispatch.Way
	for _, s := range f.o.Senders {
		c := s.Caps()
		if !c.Serves(phone) {
			continue
		}
		w := dispatch.Way{Channel: dispatch.Channel(c.Media), Carrier: s.Name(), Receipts: c.Receipts}
		if c.Media == alerts.Voice {
			calls = append(calls, w)
		} else {
			texts = append(texts, w)
		}
	}
	return append(texts, calls...)
}

// Stop implements [dispatch.Teller].
func (f *Fanout) Stop(*dispatch.Incident, []dispatch.Alert) {}

// Waiting is how many alerts are in hand.
func (f *Fanout) Waiting() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.inHand)
}

// Run sends until ctx ends. What is in hand then is unfinished, and the next run takes it up.
func (f *Fanout) Run(ctx context.Context) error {
	var workers sync.WaitGroup
	for range f.o.AtOnce {
		workers.Go(func() {
			for {
				j := f.pop(ctx)
				if j == nil {
					return
				}
				f.send(ctx, j)
			}
		})
	}
	workers.Wait()
	f.recording.Wait()
	return ctx.Err()
}

func (f *Fanout) push(j *job, again bool) {
	f.mu.Lock()
	if !again {
		if f.inHand[j.alert.ID] {
			f.mu.Unlock()
			return
		}
		f.inHand[j.alert.ID] = true
		f.serial++
		j.serial = f.serial
	}
	heap.Push(&f.queue, j)
	f.mu.Unlock()
	select {
	case f.wake <- struct{}{}:
	default: // every worker is awake and looks again before it sleeps
	}
}

func (f *Fanout) pop(ctx context.Context) *job {
	for {
		f.mu.Lock()
		if len(f.queue) > 0 {
			j := heap.Pop(&f.queue).(*job)
			f.mu.Unlock()
			return j
		}
		f.mu.Unlock()
		select {
		case <-f.wake:
		case <-ctx.Done():
			return nil
		}
	}
}

func (f *Fanout) done(id dispatch.AlertID) {
	f.mu.Lock()
	delete(f.inHand, id)
	f.mu.Unlock()
}

type byUrgency []*job

func (q byUrgency) Len() int { return len(q) }
func (q byUrgency) Less(i, j int) bool {
	if a, b := q[i].inc.Urgency, q[j].inc.Urgency; a != b {
		return a < b
	}
	return q[i].serial < q[j].serial
}
func (q byUrgency) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *byUrgency) Push(x any)   { *q = append(*q, x.(*job)) }
func (q *byUrgency) Pop() any {
	old := *q
	last := old[len(old)-1]
	old[len(old)-1] = nil
	*q = old[:len(old)-1]
	return last
}
