package geo

import (
	"context"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tidwall/rtree"
)

// ID names a moving point, a responder for instance.
type ID string

// BatchInterval is how long a move waits at most for others to be applied with
// it. A responder in a car moves three centimetres in that time.
const BatchInterval = time.Millisecond

// batchSize is how many changes are made under one lock. A lookup that finds
// the lock taken is put to sleep, so what counts is how rarely and how shortly
// it is taken: at 100,000 points and 10,000 moves a second the slowest of a
// hundred lookups took 50 µs with one, 37 with four, 46 with eight and 91 with
// 32 (2 cores, November 2026).
const batchSize = 4

// Index finds the nearest of many moving points, those of one kind of
// responder. Make it with [NewIndex].
type Index struct {
	wake    chan struct{} // capacity 1: something is queued
	refused atomic.Uint64
	reach   atomic.Uint64 // float64 bits, metres: the guess of searchAround

	searches sync.Pool // of *search, kept only to spare allocations

	applying sync.Mutex // held while a batch or a load is made; taken first
	batch    map[ID]change

	queueing sync.Mutex // guards queue
	queue    map[ID]change

	mu    sync.RWMutex // guards tree, items, and where every item is
	tree  *rtree.RTreeG[*item]
	items map[ID]*item
}

type item struct {
	spot
	id ID
}

// change is what waits for an id: where it is now, or that it is gone.
type change struct {
	to   Point
	gone bool
}

// NewIndex makes an empty index.
func NewIndex() *Index {
	x := &Index{
		wake:  make(chan struct{}, 1),
		batch: make(map[ID]change),
		queue: make(map[ID]change),
		tree:  new(rtree.RTreeG[*item]),
		items: make(map[ID]*item),
	}
	x.searches.New = func() any { return newSearch() }
	x.reach.Store(math.Float64bits(firstReach))
	return x
}

// Move says that id is at p now, and adds it if it is new. It is applied with
// the next flush and never waits for one. A position that is not
// [Point.Valid] is not queued, the last good one stays, and [Index.Refused]
// counts it: a receiver that lost its fix must not make a responder vanish.
func (x *Index) Move(id ID, p Point) {
	if p.Valid() != nil {
		x.refused.Add(1)
		return
	}
	x.enqueue(id, change{to: p})
}

// Remove takes id out with the next flush. An unknown id is none of its
// concern.
func (x *Index) Remove(id ID) { x.enqueue(id, change{gone: true}) }

func (x *Index) enqueue(id ID, c change) {
	x.queueing.Lock()
	x.queue[id] = c
	x.queueing.Unlock()
	select {
	case x.wake <- struct{}{}:
	default: // Run has been told already
	}
}

// Refused is how many positions Move and Load have refused so far.
func (x *Index) Refused() uint64 { return x.refused.Load() }

// Len is the number of points that a lookup can find now.
func (x *Index) Len() int {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return len(x.items)
}

// Load makes the index hold exactly points, instead of all it held. Lookups go
// on in the old points until the new ones are complete. Moves that waited when
// Load was called are older than it and dropped; later ones are applied after.
// Positions that are not valid are left out and counted by Refused.
func (x *Index) Load(points map[ID]Point) {
	x.applying.Lock()
	defer x.applying.Unlock()
	x.queueing.Lock()
	clear(x.queue)
	x.queueing.Unlock()

	tree, items := new(rtree.RTreeG[*item]), make(map[ID]*item, len(points))
	for id, p := range points {
		if p.Valid() != nil {
			x.refused.Add(1)
			continue
		}
		it := &item{spot: onEllipsoid(p), id: id}
		tree.Insert(it.corner(), it.corner(), it)
		items[id] = it
	}

	x.mu.Lock()
	defer x.mu.Unlock()
	x.tree, x.items = tree, items
}

// Run applies queued moves every [BatchInterval] until ctx ends, then once
// more, and returns nil. It sleeps while nothing moves.
func (x *Index) Run(ctx context.Context) error {
	defer x.Flush()
	timer := time.NewTimer(BatchInterval)
	timer.Stop()
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-x.wake:
		}
		timer.Reset(BatchInterval)
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
		}
		x.Flush()
	}
}

// Flush applies all that is queued now. It is for the start and for tests:
// while Run is running nobody needs it.
func (x *Index) Flush() {
	x.applying.Lock()
	defer x.applying.Unlock()

	x.queueing.Lock()
	x.batch, x.queue = x.queue, x.batch
	x.queueing.Unlock()

	// What can be computed ahead is computed before the lock is taken.
	var step [batchSize]item
	n := 0
	for id, c := range x.batch {
		step[n] = item{id: id}
		if !c.gone {
			step[n].spot = onEllipsoid(c.to)
		}
		if n++; n == len(step) {
			x.apply(step[:n])
			n = 0
		}
	}
	if n > 0 {
		x.apply(step[:n])
	}
	clear(x.batch)
}

// apply puts one batch into the tree. An item whose spot is zero is one to
// remove: sine and cosine of a latitude are never both 0.
func (x *Index) apply(batch []item) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for i := range batch {
		b := &batch[i]
		it, known := x.items[b.id]
		switch gone := b.spot == (spot{}); {
		case gone && known:
			x.tree.Delete(it.corner(), it.corner(), it)
			delete(x.items, b.id)
		case gone:
		case known:
			if it.Point == b.Point {
				continue
			}
			x.tree.Delete(it.corner(), it.corner(), it)
			it.spot = b.spot
			x.tree.Insert(it.corner(), it.corner(), it)
		default:
			it = &item{spot: b.spot, id: b.id}
			x.tree.Insert(it.corner(), it.corner(), it)
			x.items[it.id] = it
		}
	}
}

// corner is where the item stands in the tree. Longitude is first, since the
// tree keeps its nodes in order of the first axis and a district is wider
// in degrees of longitude.
func (it *item) corner() [2]float64 { return [2]float64{it.Lon, it.Lat} }
