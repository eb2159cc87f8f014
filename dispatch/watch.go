package dispatch

import (
	"container/heap"
	"context"
	"sync"
	"time"
)

// watch knows when each open incident is to be looked at next. A deadline is
// not stored: it follows from the facts, so every node has the same ones, and a
// node that starts acts at once on what fell due while it was down.
type watch struct {
	wake chan struct{}

	mu     sync.Mutex // guards all below
	heap   deadlines
	byCase map[CaseID]*deadline
	looked map[CaseID]Looked // looks that found too few responders
}

type deadline struct {
	of CaseID
	at time.Time
	n  int // place in the heap
}

// calm is how long a step that came to nothing is left before it is tried again.
const calm = 500 * time.Millisecond

func newWatch() *watch {
	return &watch{wake: make(chan struct{}, 1), byCase: map[CaseID]*deadline{}, looked: map[CaseID]Looked{}}
}

// Watch takes notice of an incident as it is after a change. Call it for every
// change, in order; what was open at the start is for [Dispatcher.Begin]. It
// never waits.
func (d *Dispatcher) Watch(inc *Incident) {
	d.storms.follow(inc)
	d.stopRinging(inc)
	if at := d.due(inc, time.Time{}); at.IsZero() {
		d.watch.forget(inc.Case)
	} else {
		d.watch.set(inc.Case, at)
	}
}

// stopRinging takes back the calls that an incident has made pointless.
func (d *Dispatcher) stopRinging(inc *Incident) {
	if calls := ringing(d.planFor(d.homeOf(inc)), inc); len(calls) > 0 {
		d.teller.Stop(inc, calls)
	}
}

// watchAgain looks when an incident is due that was read a moment ago. It may
// have changed since, and [Dispatcher.Watch] been told of that already: what
// was set then stands unless this is sooner. One look too many does no harm.
func (d *Dispatcher) watchAgain(inc *Incident, soonest time.Time) {
	if at := d.due(inc, soonest); !at.IsZero() {
		d.watch.sooner(inc.Case, at)
	}
}

// due is when an incident is to be looked at, but not before a moment; zero is never.
func (d *Dispatcher) due(inc *Incident, soonest time.Time) time.Time {
	if !inc.Open() {
		return time.Time{}
	}
	now := time.Now()
	step, due := Next(d.planFor(d.homeOf(inc)), inc, d.look(now, inc))
	if !step.Nothing() {
		due = now
	}
	if !due.IsZero() && due.Before(soonest) {
		return soonest
	}
	return due
}

func (d *Dispatcher) look(now time.Time, inc *Incident) Look {
	return Look{Now: now, Clock: d.plans.Clock(now), Ways: d.teller.Ways, Where: d.locator.Where, Looked: d.watch.lookedAt(inc.Case), Gathered: d.gathered(inc)}
}

// watchAll hands cases that are due to the workers, until ctx ends.
func (d *Dispatcher) watchAll(ctx context.Context) {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		now := time.Now()
		due, wait := d.watch.due(now)
		for _, c := range due {
			if inc, _ := d.cases.Case(c); inc.Open() {
				_ = d.intake.push(&waiting{step: c, urgent: inc.Urgency}, true) // forced in: cannot fail
			}
		}
		timer.Reset(wait)
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		case <-d.watch.wake:
		}
	}
}

// step is what the plan does on a case now, as one append; false if nothing.
func (d *Dispatcher) step(now time.Time, h Home, inc *Incident) (Entry, bool) {
	if !inc.Open() {
		return Entry{}, false
	}
	plan := d.planFor(h)
	s, _ := Next(plan, inc, d.look(now, inc))
	if s.Nothing() {
		return Entry{}, false
	}
	e := Entry{Case: inc.Case, Incident: inc.ID, At: now, By: "plan", Node: d.nodes.Self(), Facts: s.Facts}
	if len(s.Need) > 0 && h.Elder != nil {
		if f, worth := d.widen(now, plan, h, inc, e, s.Need); worth {
			e.Facts = append(e.Facts, f)
		}
	}
	if len(s.Tell) > 0 {
		e.Facts = append(e.Facts, Alerted{Alerts: s.Tell})
	}
	if _, err := Apply(inc, Record{Entry: e, Seq: inc.Seq}); err != nil { // in the journal it would stand for ever
		d.log.Error("a step of the plan breaks the lifecycle and is not taken", "incident", inc.ID, "err", err)
		return Entry{}, false
	}
	return e, len(e.Facts) > 0
}

// widen looks for more responders. That none is left is said once, to the desk.
func (d *Dispatcher) widen(now time.Time, plan Plan, h Home, inc *Incident, so Entry, need []Share) (Dispatched, bool) {
	if after, err := Apply(inc, Record{Entry: so, Seq: inc.Seq}); err == nil {
		inc = after
	}
	s := finder{d: d, plan: plan, home: h, open: inc, service: inc.Service, now: now}
	s.find(need)
	looked := lookedOn(inc, now)
	looked.Standing += len(s.offers)
	d.watch.look(inc.Case, looked, s.short)
	f := Dispatched{Plan: plan.Name, Directory: h.Version, Asked: true, Short: s.short, Offers: s.offers, PassedOver: s.passed, Alerts: d.asking(inc.ID, s.offers, inc)}
	if len(f.Offers) == 0 {
		f.Desk = nobodyLeft
	}
	return f, len(f.Offers) > 0 || inc.Desk != nobodyLeft
}

// nobodyLeft is what the desk is told when everybody who could be asked was.
const nobodyLeft = "nobody else can be asked now"

func (w *watch) set(c CaseID, at time.Time) { w.put(c, at, false) }

// sooner sets a deadline unless there is an earlier one.
func (w *watch) sooner(c CaseID, at time.Time) { w.put(c, at, true) }

func (w *watch) put(c CaseID, at time.Time, onlySooner bool) {
	w.mu.Lock()
	e := w.byCase[c]
	switch {
	case e == nil:
		e = &deadline{of: c, at: at}
		w.byCase[c] = e
		heap.Push(&w.heap, e)
	case onlySooner && !at.Before(e.at):
	case !e.at.Equal(at):
		e.at = at
		heap.Fix(&w.heap, e.n)
	}
	first := w.heap[0] == e
	w.mu.Unlock()
	if first {
		select {
		case w.wake <- struct{}{}:
		default: // it is awake already and looks again before it sleeps
		}
	}
}

func (w *watch) forget(c CaseID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.looked, c)
	if e := w.byCase[c]; e != nil {
		heap.Remove(&w.heap, e.n)
		delete(w.byCase, c)
	}
}

// due takes the cases whose time has come, and says how long until the next.
func (w *watch) due(now time.Time) (cases []CaseID, wait time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for len(w.heap) > 0 && !w.heap[0].at.After(now) {
		e := heap.Pop(&w.heap).(*deadline)
		delete(w.byCase, e.of)
		cases = append(cases, e.of)
	}
	if len(w.heap) == 0 {
		return cases, time.Hour
	}
	return cases, w.heap[0].at.Sub(now)
}

func (w *watch) look(c CaseID, l Looked, short bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if short {
		w.looked[c] = l
	} else {
		delete(w.looked, c)
	}
}

func (w *watch) lookedAt(c CaseID) Looked {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.looked[c]
}

type deadlines []*deadline

func (h deadlines) Len() int           { return len(h) }
func (h deadlines) Less(i, j int) bool { return h[i].at.Before(h[j].at) }
func (h deadlines) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].n, h[j].n = i, j
}
func (h *deadlines) Push(x any) {
	e := x.(*deadline)
	e.n = len(*h)
	*h = append(*h, e)
}
func (h *deadlines) Pop() any {
	old := *h
	last := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	return last
}
