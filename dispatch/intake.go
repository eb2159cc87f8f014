package dispatch

import (
	"context"
	"errors"
	"sync"
	"time"
)

const (
	// stage is how long each rank waits for the one before it (DESIGN section 2: measured p50 0.8 ms for an append, 154 ms at most with one of three frozen).
	stage = 150 * time.Millisecond
	// maxWaiting bounds the presses in the intake: a few minutes of a province's worst minute. Beyond it the stored copies wait in the journal instead.
	maxWaiting = 20000
	// netWait is how long a press that was just stored is left to those who heard it on
	// the wire: the net must not get in the way of the fall it is there for.
	netWait = 25 * time.Millisecond
	// workers wait for disks, not for processors: 64 appends in flight keep a 5 ms disk busy.
	workers = 64
	// stepsAtOnce is how many of the workers may be on steps of the plan: each waits
	// for the disk, and a press must find a worker, and a short queue at the disk,
	// when five thousand calls fall due at once after an outage. The journal stores
	// one entry after another, so that more would not be quicker.
	stepsAtOnce = 8
	// retryFirst and retryLast bound the wait before a press whose append failed is tried again.
	retryFirst, retryLast = 100 * time.Millisecond, 2 * time.Second
	// triesToAlarm is about ten seconds of retries, triesToRemind about a minute.
	triesToAlarm, triesToRemind = 8, 30
	// maxConflicts is how often one decision is made anew at once; more means that
	// something is wrong, and a pause and a line in the log are better than a loop.
	maxConflicts = 8
	// reloadWait bounds how long a decision waits for the read model to follow.
	reloadWait = 3 * time.Second
)

// waiting is a press in the intake. done is nil for a copy heard on the wire: a
// stored copy of it follows, and that one is tried until its fact is found. With
// step it is no press but a case whose plan has something to do.
type waiting struct {
	press   Press
	step    CaseID
	done    func()
	urgent  Urgency // of the step's incident
	staged  bool    // its rank's wait is over
	running bool    // a step that counts as one of stepsAtOnce; guarded by the intake
	retry   time.Duration
	tries   int
	arrived uint64
}

// intake is one queue for all presses: the most urgent first, then the longest
// waiting. Steps of the plan have their place in that order, but only so many
// are worked on at once.
type intake struct {
	room   chan struct{} // a place for each stored press that is taken up
	closed chan struct{}

	mu      sync.Mutex // guards all below
	queue   urgent     // presses
	steps   urgent
	running int // steps that workers have
	arrived uint64
	wake    chan struct{}
}

func newIntake() *intake {
	return &intake{wake: make(chan struct{}, workers), room: make(chan struct{}, maxWaiting), closed: make(chan struct{})}
}

// Hear takes a press that was heard on the wire while the journal is storing
// it. It never waits. It returns [ErrFull] when the intake is full, and the
// stored copy then brings the press again.
func (d *Dispatcher) Hear(p Press) error {
	if p.ID == "" {
		return nil // only its stored copy has an identity
	}
	return d.intake.push(&waiting{press: p}, false)
}

// TakeUp takes the stored copy of a press and calls done once the journal has
// its fact. It waits while the intake is full, so that a backlog stays in the
// journal and not in memory, and takes nothing more once Run has ended.
func (d *Dispatcher) TakeUp(p Press, done func()) {
	select {
	case d.intake.room <- struct{}{}:
	case <-d.intake.closed:
		return
	}
	leave := func() { <-d.intake.room; done() }
	w := &waiting{press: p, done: leave}
	if p.Unheard || time.Since(p.StoredAt) > netWait {
		_ = d.intake.push(w, true) // there is room: cannot fail
		return
	}
	// It was stored this moment, so it was heard as well and is being handled.
	time.AfterFunc(netWait, func() {
		if _, handled := d.cases.Handled(p); handled {
			leave()
			return
		}
		_ = d.intake.push(w, true) // there is room: cannot fail
	})
}

// Run works until ctx ends, and returns when every worker has stopped. It can be called once.
func (d *Dispatcher) Run(ctx context.Context) error {
	var all sync.WaitGroup
	for range workers {
		all.Go(func() { d.work(ctx) })
	}
	all.Go(func() { d.resume(ctx) })
	all.Go(func() { d.watchAll(ctx) })
	all.Go(func() { d.gatherAll(ctx) })
	all.Go(func() { <-ctx.Done(); close(d.intake.closed) })
	all.Wait()
	return ctx.Err()
}

func (d *Dispatcher) work(ctx context.Context) {
	for {
		w, ok := d.intake.pop(ctx)
		if !ok {
			return
		}
		d.handle(ctx, w)
		d.intake.stepped(w)
	}
}

func (d *Dispatcher) handle(ctx context.Context, w *waiting) {
	c := w.step
	if c == "" {
		c = d.identify(w.press).Case
	}
	if rank := d.nodes.Rank(c); rank > 0 && !w.staged {
		w.staged = true
		d.later(ctx, w, time.Duration(rank)*stage)
		return
	}
	if d.busy.enter(c, w) {
		d.settle(ctx, c, []*waiting{w})
	}
}

// settle dispatches presses of a case that this worker has entered, and then
// those that came meanwhile, until none is left. So one key that never stops
// keeps one worker busy, and not all of them waiting.
func (d *Dispatcher) settle(ctx context.Context, c CaseID, batch []*waiting) {
	for ; len(batch) > 0; batch = d.busy.next(c) {
		var presses []Press
		for _, w := range batch {
			if w.step == "" {
				presses = append(presses, w.press)
			}
		}
		var home Home
		if len(presses) > 0 {
			home = d.identify(presses[0])
		} else if inc, _ := d.cases.Case(c); inc.Open() {
			home = d.homeOf(inc)
		} else {
			continue // it was closed meanwhile
		}
		err := d.Dispatch(ctx, home, presses)
		for _, w := range batch {
			d.intake.stepped(w) // a key that never stops must not keep its place
			d.finish(ctx, w, err)
		}
	}
}

// leave frees a case for others, whatever was left there meanwhile.
func (d *Dispatcher) leave(c CaseID) {
	for _, w := range d.busy.leave(c) {
		_ = d.intake.push(w, true) // forced in: cannot fail
	}
}

// finish lets a press go whose fact is stored, and has any other tried again.
func (d *Dispatcher) finish(ctx context.Context, w *waiting, err error) {
	switch {
	case w.step != "" && err == nil:
		if inc, _ := d.cases.Case(w.step); inc != nil {
			d.watchAgain(inc, time.Now().Add(calm))
		}
		return
	case err == nil:
		if w.done != nil {
			w.done()
		}
		return
	case ctx.Err() != nil: // stopping: the next run takes it up
		return
	case w.done == nil && errors.Is(err, ErrUnstored) && w.retry >= retryLast:
		// Not stored here and perhaps nowhere: the device was not told "received" and calls again.
		d.log.Error("press could not be dispatched; it is tried again when it is stored", "press", w.press, "err", err)
		return
	case w.step != "":
		if w.tries == 0 || w.tries%triesToRemind == 0 {
			d.log.Warn("a step of the plan waits: it could not be stored", "case", w.step, "tries", w.tries, "err", err)
		}
	case w.tries == 0:
		d.log.Warn("press waits: its facts could not be stored", "press", w.press, "err", err)
	case w.tries == triesToAlarm || w.tries%triesToRemind == 0:
		d.log.Error("press is stored and still has no incident; it is tried again", "press", w.press, "tries", w.tries, "err", err)
	}
	w.tries++
	w.retry = min(max(2*w.retry, retryFirst), retryLast)
	d.later(ctx, w, w.retry)
}

func (d *Dispatcher) later(ctx context.Context, w *waiting, wait time.Duration) {
	time.AfterFunc(wait, func() {
		if ctx.Err() == nil {
			_ = d.intake.push(w, true) // forced in: cannot fail
		}
	})
}

// reload waits for the read model, but not for ever: a follower that is stuck must not stop those who decide.
func reload(ctx context.Context, cases Cases, c CaseID) (*Incident, uint64, error) {
	ctx, cancel := context.WithTimeout(ctx, reloadWait)
	defer cancel()
	return cases.Reload(ctx, c)
}
