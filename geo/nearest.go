package geo

import (
	"cmp"
	"math"
)

// Neighbour is a point found near another.
type Neighbour struct {
	ID       ID
	Point    Point
	Distance Metres
}

// Nearest appends to dst the k points nearest to p that keep allows, in order
// of true geodesic distance, equal distances in order of id, and returns it.
// It appends fewer if there are fewer, and none if k is not positive or p is
// not [Point.Valid]. A nil keep allows all.
//
// keep is called in about the order of distance, perhaps more than once for a
// point, while the index is locked for reading: it must be quick, give the
// same answer for the same id throughout, and not call methods of the same
// index.
//
// A lookup costs most when the nearest are very far: beyond a thousand kilometres
// all points of a whole town are about equally far and have to be measured.
func (x *Index) Nearest(p Point, k int, keep func(ID) bool, dst []Neighbour) []Neighbour {
	if k <= 0 || p.Valid() != nil {
		return dst
	}
	s := x.searches.Get().(*search)
	s.start(p, k, keep, dst)
	x.search(s)
	dst = s.found
	s.keep, s.found = nil, nil // what the caller owns must not wait in the pool
	clear(s.near)
	x.searches.Put(s)
	return dst
}

func (x *Index) search(s *search) {
	x.mu.RLock()
	defer x.mu.RUnlock() // also if keep panics
	if !x.searchAround(s) {
		s.restart()
		x.tree.Nearby(s.bound, s.visit)
	}
}

// search is one lookup. The functions that the tree calls are made once
// and kept with it, so that a lookup allocates nothing.
type search struct {
	from   spot
	cosLat float64
	k      int
	keep   func(ID) bool
	found  []Neighbour // found[:own] was the caller's before
	own    int
	limit  float64 // bound beyond which no point can be among the k

	near []candidate

	bound   func(lo, hi [2]float64, it *item, isItem bool) float64
	visit   func(lo, hi [2]float64, it *item, bound float64) bool
	collect func(lo, hi [2]float64, it *item) bool
}

func newSearch() *search {
	s := new(search)
	// Items are ranked by their corners too, which lie side by side in the
	// leaf: to look into each item would miss the cache some hundred times.
	s.bound = func(lo, hi [2]float64, _ *item, _ bool) float64 {
		return boxBound(s.from.Point, s.cosLat, lo, hi)
	}
	s.visit = func(_, _ [2]float64, it *item, bound float64) bool {
		return s.take(it, bound)
	}
	s.collect = func(lo, hi [2]float64, it *item) bool {
		s.near = append(s.near, candidate{bound: boxBound(s.from.Point, s.cosLat, lo, hi), it: it})
		return len(s.near) < tooMany
	}
	return s
}

func (s *search) start(p Point, k int, keep func(ID) bool, dst []Neighbour) {
	s.from = onEllipsoid(p)
	s.cosLat = math.Cos(p.Lat * radians)
	s.k, s.keep = k, keep
	s.found, s.own = dst, len(dst)
	s.restart()
}

func (s *search) restart() {
	s.found = s.found[:s.own]
	s.limit = math.Inf(1)
}

func (s *search) full() bool { return len(s.found)-s.own == s.k }

// take gets the points in order of their bounds, which is nearly the order of
// their distances, and says whether a later one can still matter.
func (s *search) take(it *item, bound float64) bool {
	if bound > s.limit {
		return false
	}
	if s.keep != nil && !s.keep(it.id) {
		return true
	}
	n := Neighbour{ID: it.id, Point: it.Point, Distance: Metres(geodesic(s.from, it.spot))}
	if !s.full() {
		s.found = append(s.found, n)
	} else if n.compare(s.found[len(s.found)-1]) >= 0 {
		return true
	}
	i := len(s.found) - 1
	for ; i > s.own && n.compare(s.found[i-1]) < 0; i-- {
		s.found[i] = s.found[i-1]
	}
	s.found[i] = n
	if s.full() {
		s.limit = boundLimit(float64(s.found[len(s.found)-1].Distance))
	}
	return true
}

func (n Neighbour) compare(m Neighbour) int {
	if c := cmp.Compare(n.Distance, m.Distance); c != 0 {
		return c
	}
	return cmp.Compare(n.ID, m.ID)
}
