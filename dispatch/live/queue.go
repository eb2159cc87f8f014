package live

import (
	"sync"

	"onekeyd/dispatch"
)

// queue holds what Redis must be told: the newest of each key. It is open only
// while there is a connection; the copy in this process outlives both.
type queue struct {
	wake chan struct{} // holds one token while something waits

	mu      sync.Mutex // guards all below
	open    bool
	behind  bool // something did not fit: only a resync makes up for it
	dropped uint64
	changes
}

// changes are one fill of the queue.
type changes struct {
	moves map[dispatch.ResponderID]Position
	seen  map[dispatch.DeviceID]int64
	armed map[dispatch.NodeID]int
}

func newChanges() changes {
	return changes{map[dispatch.ResponderID]Position{}, map[dispatch.DeviceID]int64{}, map[dispatch.NodeID]int{}}
}

func (c changes) size() int { return len(c.moves) + len(c.seen) + len(c.armed) }

func newQueue() *queue { return &queue{wake: make(chan struct{}, 1), changes: newChanges()} }

func (q *queue) move(id dispatch.ResponderID, p Position) {
	q.mu.Lock()
	defer q.mu.Unlock()
	had, waits := q.moves[id]
	if q.room(waits, len(q.moves)) && !had.At.After(p.At) {
		q.moves[id] = p
	}
}

func (q *queue) mark(id dispatch.DeviceID, ms int64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	had, waits := q.seen[id]
	if q.room(waits, len(q.seen)) {
		q.seen[id] = max(ms, had)
	}
}

func (q *queue) arm(node dispatch.NodeID, count int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	_, waits := q.armed[node]
	if q.room(waits, len(q.armed)) {
		q.armed[node] = count
	}
}

// room counts what finds none, and wakes the writer otherwise. The caller holds mu.
func (q *queue) room(waits bool, size int) bool {
	if !q.open || !waits && size >= QueueLimit {
		q.dropped++
		q.behind = q.open
		return false
	}
	select {
	case q.wake <- struct{}{}:
	default:
	}
	return true
}

// start takes changes from now on.
func (q *queue) start() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.open, q.behind = true, false
}

// stop drops what waits, and what comes until start.
func (q *queue) stop() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.open = false
	q.dropped += uint64(q.size())
	q.changes = newChanges()
}

// take empties the queue, and says whether something was missing from it.
func (q *queue) take() (changes, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.behind {
		return changes{}, errBehind
	}
	c := q.changes
	q.changes = newChanges()
	return c, nil
}

func (q *queue) lost(n int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.dropped += uint64(n)
}

func (q *queue) count() uint64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.dropped
}
