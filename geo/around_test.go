package geo

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The guess may make a lookup slower, never wrong: it is set to just about the
// distance that is needed, where a box that is a little too small shows.
func TestReachGuessDoesNotMatter(t *testing.T) {
	r := seeded(t)
	for _, centre := range []Point{{31, 121}, {0, 10}, {-70, -50}, {88, 5}} {
		list := make([]Point, 150)
		for i := range list {
			list[i] = near(r, centre, 3000)
		}
		points := numbered(list)
		x := NewIndex()
		x.Load(points)
		inBoxes := 0
		for range 1500 {
			p, k := near(r, centre, 3000), 1+r.IntN(6)
			want := scan(points, p, k, nil)
			guess := float64(want[k-1].Distance) * (0.9 + 0.2*r.Float64())
			x.reach.Store(math.Float64bits(guess))
			if diff := cmp.Diff(want, x.Nearest(p, k, nil, nil)); diff != "" {
				t.Fatalf("%d nearest of %v with a guess of %.1f m (-scan +index):\n%s", k, p, guess, diff)
			}
			if x.reach.Load() != math.Float64bits(guess) {
				inBoxes++
			}
		}
		if inBoxes < 1000 {
			t.Errorf("at %v only %d of 1500 lookups were answered from a box", centre, inBoxes)
		}
	}
}

// A box on the other side of the antimeridian is close, and known to be.
func TestBoxBoundAcrossTheAntimeridian(t *testing.T) {
	want := sinHalfSquared(1)
	for _, tt := range []struct {
		from   Point
		lo, hi [2]float64
	}{
		{Point{0, 179.5}, [2]float64{-179.5, -1}, [2]float64{-170, 1}},
		{Point{0, -179.5}, [2]float64{170, -1}, [2]float64{179.5, 1}},
	} {
		if got := boxBound(tt.from, 1, tt.lo, tt.hi); got > want || got < 0.99*want {
			t.Errorf("from %v: bound %g, want %g", tt.from, got, want)
		}
	}
}
