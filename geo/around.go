package geo

import (
	"cmp"
	"math"
	"slices"
)

// Nearby, the tree's own way to neighbours, keeps every corner it has seen in
// a heap; filling the heap is two thirds of a lookup. A box search fills
// nothing, but has to know how big a box to search. Here that is a guess,
// from what the last lookups needed, and proven or thrown away: the box holds
// every point within reach metres, so the answer is complete once the k-th
// neighbour in it is within reach. What does not fit the guess in a few tries
// (a filter that refuses nearly all, an empty region, the poles and the
// antimeridian) goes to Nearby.
const (
	firstReach  = 500.0   // metres, before anything was learnt
	leastReach  = 1.0     // and the bounds of guessing
	mostReach   = 50000.0 // metres
	reachMargin = 1.4     // of the k-th distance; about twice the points needed
	tooMany     = 256     // points in the box at which it is too big
	tries       = 6
)

// candidate is a point in the box before it is measured.
type candidate struct {
	bound float64
	it    *item
}

// searchAround looks in boxes around the point, and says whether it found the
// answer. The caller holds mu.
func (x *Index) searchAround(s *search) bool {
	if s.k > tooMany/4 {
		return false
	}
	reach := math.Float64frombits(x.reach.Load())
	for range tries {
		lo, hi, ok := boxAround(s.from.Point, s.cosLat, reach)
		if !ok {
			return false
		}
		s.near = s.near[:0]
		x.tree.Search(lo, hi, s.collect)
		if len(s.near) >= tooMany {
			reach /= 2
			continue
		}
		// In order, so that few are measured.
		slices.SortFunc(s.near, func(a, b candidate) int { return cmp.Compare(a.bound, b.bound) })
		s.restart()
		for _, c := range s.near {
			if !s.take(c.it, c.bound) {
				break
			}
		}
		if !s.full() {
			reach *= 2
			continue
		}
		furthest := float64(s.found[len(s.found)-1].Distance)
		if furthest <= reach {
			x.learn(furthest)
			return true
		}
		// All k are in the corners of the box at worst: this reach is enough,
		// and now it is known.
		reach = furthest
	}
	return false
}

// learn moves the guess an eighth of the way to what this lookup needed. Two
// lookups at once may lose one step: it is a guess.
func (x *Index) learn(furthest float64) {
	guess := math.Float64frombits(x.reach.Load())
	guess += (reachMargin*furthest - guess) / 8
	x.reach.Store(math.Float64bits(max(leastReach, min(mostReach, guess))))
}

// boxAround is a box that holds every point within reach metres of p, the
// cosine of whose latitude is cosLat; corners are longitude, latitude. ok is
// false if there is none that keeps off the poles and the antimeridian, or if
// reach is beyond all guessing.
//
// A point within reach is within the angle reach/R on the sphere, see
// bound.go. How far such a circle goes east and west: sin Δλ = sin σ / cos φ.
func boxAround(p Point, cosLat, reach float64) (lo, hi [2]float64, ok bool) {
	const slack = 1e-9 // degrees: more than all rounding here
	sigma := (reach*(1+1e-9) + 1e-3) / leastRadius
	dLat := sigma/radians + slack
	if reach > mostReach || math.Abs(p.Lat)+dLat > 89 {
		return lo, hi, false
	}
	dLon := math.Asin(math.Sin(sigma)/cosLat)/radians + slack
	if math.Abs(p.Lon)+dLon >= 180 {
		return lo, hi, false
	}
	return [2]float64{p.Lon - dLon, p.Lat - dLat}, [2]float64{p.Lon + dLon, p.Lat + dLat}, true
}
