package geo

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// scan is the oracle: the distance to every point, sorted.
func scan(points map[ID]Point, p Point, k int, keep func(ID) bool) []Neighbour {
	var all []Neighbour
	for id, q := range points {
		if keep == nil || keep(id) {
			all = append(all, Neighbour{ID: id, Point: q, Distance: Distance(p, q)})
		}
	}
	slices.SortFunc(all, Neighbour.compare)
	return all[:min(k, len(all))]
}

func numbered(points []Point) map[ID]Point {
	m := make(map[ID]Point, len(points))
	for i, p := range points {
		m[ID(fmt.Sprintf("r%05d", i))] = p
	}
	return m
}

// spread makes points of one shape; the queries of that shape are made by it too.
var spreads = map[string]func(*rand.Rand) Point{
	"world":      randomPoint,
	"district":   func(r *rand.Rand) Point { return near(r, Point{31.23, 121.47}, 10000) },
	"house":      func(r *rand.Rand) Point { return near(r, Point{31.23, 121.47}, 0.01) },
	"north pole": func(r *rand.Rand) Point { return near(r, Point{90, 0}, 50000) },
	"south pole": func(r *rand.Rand) Point { return near(r, Point{-90, 0}, 50) },
	"antimeridian": func(r *rand.Rand) Point {
		return near(r, Point{-16.8, 180}, 20000)
	},
	"two towns": func(r *rand.Rand) Point {
		return near(r, []Point{{65, -179.9}, {-40, 20}}[r.IntN(2)], 5000)
	},
	"corners": func(r *rand.Rand) Point {
		return Point{Lat: []float64{-90, 0, 45, 90}[r.IntN(4)], Lon: []float64{-180, -90, 0, 90, 180}[r.IntN(5)]}
	},
	"duplicates": func(r *rand.Rand) Point {
		return Point{Lat: 31 + float64(r.IntN(3))*0.001, Lon: 121 + float64(r.IntN(3))*0.001}
	},
}

func TestNearestAgainstScan(t *testing.T) {
	for name, spread := range spreads {
		t.Run(name, func(t *testing.T) {
			r := seeded(t)
			list := make([]Point, 1000)
			for i := range list {
				list[i] = spread(r)
			}
			points := numbered(list)
			x := NewIndex()
			x.Load(points)
			found := 0
			for i := range 90 {
				p := spread(r)
				switch i % 6 {
				case 4:
					p = randomPoint(r) // mostly from very far
				case 5:
					p = list[r.IntN(len(list))]
				}
				k := 1 + r.IntN(12)
				var keep func(ID) bool
				if i%2 == 1 {
					keep = func(id ID) bool { return id[len(id)-1]%4 == 0 }
				}
				got, want := x.Nearest(p, k, keep, nil), scan(points, p, k, keep)
				if diff := cmp.Diff(want, got); diff != "" {
					t.Fatalf("%d nearest of %v (-scan +index):\n%s", k, p, diff)
				}
				found += len(got)
			}
			if found < 90 {
				t.Fatalf("only %d neighbours were compared", found)
			}
		})
	}
}

// After any mixture of moves and removals the index is the map it stands for.
func TestNearestAfterMoves(t *testing.T) {
	r := seeded(t)
	x, points := NewIndex(), make(map[ID]Point)
	spread := spreads["antimeridian"]
	for range 60 {
		for range 200 {
			id := ID(fmt.Sprintf("r%03d", r.IntN(700)))
			switch old, known := points[id]; {
			case r.IntN(5) == 0:
				x.Remove(id)
				delete(points, id)
			case known && r.IntN(2) == 0:
				points[id] = near(r, old, 30)
				x.Move(id, points[id])
			default:
				points[id] = spread(r)
				x.Move(id, points[id])
			}
		}
		x.Flush()
		if x.Len() != len(points) {
			t.Fatalf("%d points, want %d", x.Len(), len(points))
		}
		p := spread(r)
		want := scan(points, p, 7, nil)
		if len(want) != 7 {
			t.Fatalf("oracle found %d", len(want))
		}
		if diff := cmp.Diff(want, x.Nearest(p, 7, nil, nil)); diff != "" {
			t.Fatalf("nearest of %v (-scan +index):\n%s", p, diff)
		}
	}
}

func TestNearestAsksForNothing(t *testing.T) {
	x := NewIndex()
	before := []Neighbour{{ID: "mine"}}
	if got := x.Nearest(Point{1, 1}, 3, nil, before); len(got) != 1 {
		t.Errorf("empty index: %v", got)
	}
	x.Load(map[ID]Point{"a": {1, 1}, "b": {1, 2}})
	for _, k := range []int{0, -1} {
		if got := x.Nearest(Point{1, 1}, k, nil, before); len(got) != 1 {
			t.Errorf("k=%d: %v", k, got)
		}
	}
	if got := x.Nearest(Point{math.NaN(), 1}, 3, nil, before); len(got) != 1 {
		t.Errorf("from NaN: %v", got)
	}
	if got := x.Nearest(Point{1, 1}, 3, func(ID) bool { return false }, before); len(got) != 1 {
		t.Errorf("all refused: %v", got)
	}
	got := x.Nearest(Point{1, 1.9}, 9, nil, before)
	if len(got) != 3 || got[0].ID != "mine" || got[1].ID != "b" || got[2].ID != "a" {
		t.Errorf("appended: %v", got)
	}
}

func TestNearestKeepPanics(t *testing.T) {
	x := NewIndex()
	x.Load(map[ID]Point{"a": {1, 1}})
	func() {
		defer func() { _ = recover() }()
		x.Nearest(Point{1, 1}, 1, func(ID) bool { panic("keep") }, nil)
	}()
	x.Move("b", Point{1, 1}) // would wait for ever if the lock were still held
	x.Flush()
	if x.Len() != 2 {
		t.Errorf("%d points after a panic in keep", x.Len())
	}
}

// The bound of a box is below the haversine of every point in it, and the limit
// of a distance is above the bound of every point that close.
func TestBoundsHold(t *testing.T) {
	r := seeded(t)
	tight := 0.0
	for range 200000 {
		p := randomPoint(r)
		a := randomPoint(r)
		if r.IntN(2) == 0 {
			a = near(r, p, math.Pow(10, 7*r.Float64()))
		}
		b := near(r, a, math.Pow(10, 6*r.Float64()))
		q := Point{Lat: a.Lat + (b.Lat-a.Lat)*r.Float64(), Lon: a.Lon + (b.Lon-a.Lon)*r.Float64()}
		u, v := unit(p), unit(q)
		d := vector{u[0] - v[0], u[1] - v[1], u[2] - v[2]}
		haversine := (d[0]*d[0] + d[1]*d[1] + d[2]*d[2]) / 4

		lo := [2]float64{min(a.Lon, b.Lon), min(a.Lat, b.Lat)}
		hi := [2]float64{max(a.Lon, b.Lon), max(a.Lat, b.Lat)}
		bound := boxBound(p, math.Cos(p.Lat*radians), lo, hi)
		if math.Sqrt(bound) > math.Sqrt(haversine)*(1+1e-10)+1e-14 {
			t.Fatalf("from %v box %v–%v: bound %g, but %v has %g", p, lo, hi, bound, q, haversine)
		}
		tight = max(tight, bound/haversine)
		if s := float64(Distance(p, q)); haversine > boundLimit(s) {
			t.Fatalf("%v to %v: haversine %g, limit %g for %.6f m", p, q, haversine, boundLimit(s), s)
		}
	}
	if tight < 0.9 {
		t.Errorf("no box came closer to its bound than %.2f: it bounds nothing", tight)
	}
}
