package dispatch

import (
	"cmp"
	"container/heap"
	"context"
	"fmt"
)

func (q *intake) push(w *waiting, force bool) error {
	q.mu.Lock()
	if !force && len(q.queue) >= maxWaiting {
		q.mu.Unlock()
		return fmt.Errorf("%d presses wait: %w", maxWaiting, ErrFull)
	}
	if w.arrived == 0 {
		q.arrived++
		w.arrived = q.arrived
	}
	if w.step != "" {
		heap.Push(&q.steps, w)
	} else {
		heap.Push(&q.queue, w)
	}
	q.mu.Unlock()
	q.rouse()
	return nil
}

func (q *intake) pop(ctx context.Context) (*waiting, bool) {
	for {
		if w := q.first(); w != nil {
			return w, true
		}
		select {
		case <-q.wake:
		case <-ctx.Done():
			return nil, false
		}
	}
}

// first takes whatever is to be done first, or nil.
func (q *intake) first() *waiting {
	q.mu.Lock()
	defer q.mu.Unlock()
	step := len(q.steps) > 0 && q.running < stepsAtOnce
	switch {
	case step && (len(q.queue) == 0 || q.steps[0].before(q.queue[0])):
		w := heap.Pop(&q.steps).(*waiting)
		w.running = true
		q.running++
		return w
	case len(q.queue) > 0:
		return heap.Pop(&q.queue).(*waiting)
	}
	return nil
}

// stepped gives a step's place to the next one.
func (q *intake) stepped(w *waiting) {
	q.mu.Lock()
	more := w.running && len(q.steps) > 0
	if w.running {
		w.running = false
		q.running--
	}
	q.mu.Unlock()
	if more {
		q.rouse()
	}
}

func (q *intake) rouse() {
	select {
	case q.wake <- struct{}{}:
	default: // every worker is awake already and looks again before it sleeps
	}
}

// urgency puts a plan's step behind red presses and before all others: nobody
// may wait for help because an earlier caller has not been answered.
func (w *waiting) urgency() Urgency {
	if w.step != "" {
		return Amber
	}
	return w.press.Kind.Urgency()
}

func (w *waiting) before(other *waiting) bool {
	if w.step != "" && other.step != "" && w.urgent != other.urgent {
		return w.urgent < other.urgent
	}
	return cmp.Or(cmp.Compare(w.urgency(), other.urgency()), cmp.Compare(w.arrived, other.arrived)) < 0
}

// urgent is a heap of the intake.
type urgent []*waiting

func (u urgent) Len() int           { return len(u) }
func (u urgent) Less(i, j int) bool { return u[i].before(u[j]) }
func (u urgent) Swap(i, j int)      { u[i], u[j] = u[j], u[i] }
func (u *urgent) Push(x any)        { *u = append(*u, x.(*waiting)) }
func (u *urgent) Pop() any {
	old := *u
	last := old[len(old)-1]
	old[len(old)-1] = nil
	*u = old[:len(old)-1]
	return last
}
