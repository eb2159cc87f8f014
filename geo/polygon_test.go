package geo

import (
	"encoding/json"
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestContains(t *testing.T) {
	// A square with a square hole, and a second polygon in the hole.
	shape := MultiPolygon{
		append(square(0, 0, 10)[0], square(3, 3, 4)[0][0]),
		square(4, 4, 2)[0],
	}
	for _, tt := range []struct {
		at   Point
		want bool
	}{
		{Point{1, 1}, true}, {Point{3.5, 3.5}, false}, {Point{5, 5}, true}, {Point{11, 5}, false}, {Point{5, -1}, false},
		{Point{0, 0}, true}, {Point{0, 5}, true}, {Point{10, 10}, true}, {Point{5, 10}, true}, // corners and edges
		{Point{3, 5}, true}, {Point{7, 7}, true}, {Point{5, 3}, true}, // of the hole
		{Point{10, 12}, false}, {Point{0, -2}, false}, {Point{3, 15}, false}, // level with an edge
	} {
		if got := shape.Contains(tt.at); got != tt.want {
			t.Errorf("%v: %v, want %v", tt.at, got, tt.want)
		}
	}
	if MultiPolygon(nil).Contains(Point{}) {
		t.Error("nothing contains 0,0")
	}
	east := square(-17, -180, 1)
	if !east.Contains(Point{-16.5, 180}) || !east.Contains(Point{-16.5, -180}) {
		t.Error("a point on the antimeridian must be found from both sides")
	}
}

// A star-shaped ring is a fan of triangles, which is another way to say inside.
func TestContainsAgainstTriangles(t *testing.T) {
	r := seeded(t)
	inside := 0
	for range 200 {
		centre := Point{31, 121}
		var ring Ring
		n := 5 + r.IntN(40)
		for i := range n {
			sin, cos := math.Sincos(2 * math.Pi * float64(i) / float64(n))
			d := 0.1 + r.Float64()
			ring = append(ring, Point{centre.Lat + d*sin, centre.Lon + d*cos})
		}
		ring = append(ring, ring[0])
		if r.IntN(2) == 0 {
			slices.Reverse(ring)
		}
		for range 100 {
			p := Point{centre.Lat + 2.4*r.Float64() - 1.2, centre.Lon + 2.4*r.Float64() - 1.2}
			want := false
			for i := 1; i < len(ring); i++ {
				want = want || inTriangle(p, centre, ring[i-1], ring[i])
			}
			if got := (MultiPolygon{{ring}}).Contains(p); got != want {
				t.Fatalf("%v in %v: %v, want %v", p, ring, got, want)
			}
			if want {
				inside++
			}
		}
	}
	if inside < 1000 {
		t.Fatalf("only %d points were inside", inside)
	}
}

func inTriangle(p, a, b, c Point) bool {
	side := func(a, b Point) bool { return (b.Lon-a.Lon)*(p.Lat-a.Lat) > (p.Lon-a.Lon)*(b.Lat-a.Lat) }
	return side(a, b) == side(b, c) && side(b, c) == side(c, a)
}

func TestParseGeoJSONGeometry(t *testing.T) {
	got, err := ParseGeoJSONGeometry([]byte(`{"type":"Polygon","coordinates":[[[121,31,4.5],[122,31],[122,32],[121,31]]]}`))
	if err != nil {
		t.Fatal(err)
	}
	want := MultiPolygon{{{{31, 121}, {31, 122}, {32, 122}, {31, 121}}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	got, err = ParseGeoJSONGeometry([]byte(`{"coordinates":[[[[0,0],[9,0],[9,9],[0,0]],[[5,1],[6,1],[6,2],[5,1]]],[[[20,0],[21,0],[21,1],[20,0]]]],"type":"MultiPolygon"}`))
	if err != nil || len(got) != 2 || len(got[0]) != 2 || got.Contains(Point{1.5, 5.8}) || !got.Contains(Point{0.5, 20.6}) {
		t.Errorf("%v %v", got, err)
	}
}

func TestParseGeoJSONGeometryRefuses(t *testing.T) {
	for name, raw := range map[string]string{
		"nothing":        ``,
		"null":           `null`,
		"not JSON":       `{"type":"Polygon"`,
		"point":          `{"type":"Point","coordinates":[1,2]}`,
		"feature":        `{"type":"Feature","geometry":{"type":"Polygon","coordinates":[]}}`,
		"no coordinates": `{"type":"Polygon"}`,
		"null inside":    `{"type":"Polygon","coordinates":null}`,
		"no ring":        `{"type":"Polygon","coordinates":[]}`,
		"no polygon":     `{"type":"MultiPolygon","coordinates":[]}`,
		"empty polygon":  `{"type":"MultiPolygon","coordinates":[[]]}`,
		"depth":          `{"type":"MultiPolygon","coordinates":[[[0,0],[1,0],[1,1],[0,0]]]}`,
		"three":          `{"type":"Polygon","coordinates":[[[0,0],[1,0],[0,0]]]}`,
		"open":           `{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,1]]]}`,
		"flat":           `{"type":"Polygon","coordinates":[[[0,0],[1,1],[2,2],[0,0]]]}`,
		"null position":  `{"type":"Polygon","coordinates":[[[0,0],null,[1,1],[0,0]]]}`,
		"null number":    `{"type":"Polygon","coordinates":[[[0,0],[1,null],[1,1],[0,0]]]}`,
		"one number":     `{"type":"Polygon","coordinates":[[[0,0],[1],[1,1],[0,0]]]}`,
		"text":           `{"type":"Polygon","coordinates":[[[0,0],["1","0"],[1,1],[0,0]]]}`,
		"not finite":     `{"type":"Polygon","coordinates":[[[0,0],[1e999,0],[1,1],[0,0]]]}`,
		"latitude":       `{"type":"Polygon","coordinates":[[[0,0],[1,91],[1,1],[0,0]]]}`,
		"swapped":        `{"type":"Polygon","coordinates":[[[31,121],[31,122],[32,122],[31,121]]]}`,
		"antimeridian":   `{"type":"Polygon","coordinates":[[[179,0],[-179,0],[-179,1],[179,0]]]}`,
		"bad hole":       `{"type":"Polygon","coordinates":[[[0,0],[9,0],[9,9],[0,0]],[[1,1],[1,1]]]}`,
	} {
		if got, err := ParseGeoJSONGeometry([]byte(raw)); err == nil {
			t.Errorf("%s: was taken for %v", name, got)
		}
	}
	for _, raw := range []string{`{"type":"Point","coordinates":[1,2]}`, `{"type":"Polygon","coordinates":[[[0,0],[1,1],[2,2],[0,0]]]}`} {
		if _, err := ParseGeoJSONGeometry([]byte(raw)); !errors.Is(err, ErrInvalidPolygon) {
			t.Errorf("%s: %v does not wrap ErrInvalidPolygon", raw, err)
		}
	}
}

// Whatever is accepted is valid, and is the same when written and read again.
func FuzzParseGeoJSONGeometry(f *testing.F) {
	f.Add([]byte(`{"type":"Polygon","coordinates":[[[121,31],[122,31],[122,32],[121,31]]]}`))
	f.Add([]byte(`{"type":"MultiPolygon","coordinates":[[[[0,0],[9,0],[9,9],[0,0]],[[5,1],[6,1],[6,2],[5,1]]]]}`))
	f.Add([]byte(`{"type":"Polygon","coordinates":[[[179,0],[-179,0],[-179,1],[179,0]]]}`))
	f.Add([]byte(`{"type":"Polygon","coordinates":[[[1,null],[1],[null],[]],null]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		shape, err := ParseGeoJSONGeometry(raw)
		if err != nil {
			if shape != nil {
				t.Fatalf("a shape and an error: %v", err)
			}
			return
		}
		if err := shape.Valid(); err != nil {
			t.Fatalf("accepted, but %v", err)
		}
		for _, polygon := range shape {
			for _, ring := range polygon {
				for _, p := range ring {
					if !shape.Contains(p) {
						t.Fatalf("the corner %v is not inside", p)
					}
				}
			}
		}
		again, err := ParseGeoJSONGeometry(written(t, shape))
		if err != nil {
			t.Fatalf("written and read again: %v", err)
		}
		if diff := cmp.Diff(shape, again); diff != "" {
			t.Fatalf("written and read again:\n%s", diff)
		}
	})
}

func written(t *testing.T, shape MultiPolygon) []byte {
	t.Helper()
	var all [][][][2]float64
	for _, polygon := range shape {
		var rings [][][2]float64
		for _, ring := range polygon {
			var line [][2]float64
			for _, p := range ring {
				line = append(line, [2]float64{p.Lon, p.Lat})
			}
			rings = append(rings, line)
		}
		all = append(all, rings)
	}
	raw, err := json.Marshal(map[string]any{"type": "MultiPolygon", "coordinates": all})
	if err != nil {
		t.Fatal(err)
	}
	return raw
}
