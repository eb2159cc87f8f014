package geo

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func square(lat, lon, size float64) MultiPolygon {
	return MultiPolygon{{{{lat, lon}, {lat, lon + size}, {lat + size, lon + size}, {lat + size, lon}, {lat, lon}}}}
}

// A district of two communities; the second has a building without groups.
func district() []Area {
	return []Area{
		{Code: "B1", Name: "7号楼", Level: Building, Parent: "G1", Polygon: square(31.01, 121.01, 0.01)},
		{Code: "D", Name: "徐汇区", Level: District, Polygon: square(31, 121, 1)},
		{Code: "C1", Name: "朝阳里", Level: Community, Parent: "D", Polygon: square(31, 121, 0.5)},
		{Code: "C2", Name: "南里", Level: Community, Parent: "D", Polygon: square(31, 121.5, 0.5)},
		{Code: "G1", Level: Grid, Parent: "C1", Polygon: square(31, 121, 0.1)},
		{Code: "U1", Level: Unit, Parent: "B1"},
		{Code: "U2", Level: Unit, Parent: "B1"},
		{Code: "B2", Level: Building, Parent: "C2"},
	}
}

func mustAreas(t *testing.T, list []Area) *Areas {
	t.Helper()
	areas, faults := NewAreas(list)
	if len(faults) > 0 {
		t.Fatal(errors.Join(faults...))
	}
	return areas
}

func TestAreasAnswer(t *testing.T) {
	a := mustAreas(t, district())
	if a.Len() != 8 {
		t.Errorf("%d areas", a.Len())
	}
	if area, ok := a.Get("C1"); !ok || area.Name != "朝阳里" {
		t.Errorf("C1: %v %v", area, ok)
	}
	if _, ok := a.Get("C9"); ok {
		t.Error("C9 was found")
	}
	if diff := cmp.Diff([]string{"U1", "B1", "G1", "C1", "D"}, a.Ancestors("U1")); diff != "" {
		t.Error(diff)
	}
	var path []string
	for _, area := range a.Path("B2") {
		path = append(path, area.Code)
	}
	if diff := cmp.Diff([]string{"D", "C2", "B2"}, path); diff != "" {
		t.Error(diff)
	}
	if a.Ancestors("C9") != nil || a.Path("") != nil {
		t.Error("an unknown code has a way up")
	}
}

func TestAreasCommon(t *testing.T) {
	a := mustAreas(t, district())
	for _, tt := range []struct {
		first, second string
		want          Level
	}{
		{"U1", "U1", Unit}, {"U1", "U2", Building}, {"U1", "B1", Building}, {"U1", "G1", Grid}, {"B2", "U1", District},
		{"C1", "C2", District}, {"D", "U2", District}, {"C2", "B2", Community}, {"C9", "U1", ""}, {"", "", ""},
	} {
		for _, pair := range [][2]string{{tt.first, tt.second}, {tt.second, tt.first}} {
			got, ok := a.Common(pair[0], pair[1])
			if got != tt.want || ok != (tt.want != "") {
				t.Errorf("%v: %q %v, want %q", pair, got, ok, tt.want)
			}
		}
	}
	two := mustAreas(t, []Area{{Code: "X", Level: City}, {Code: "Y", Level: City}})
	if got, ok := two.Common("X", "Y"); ok {
		t.Errorf("two cities have %q in common", got)
	}
	if n := testing.AllocsPerRun(100, func() { a.Common("U1", "B2") }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestAreasLocate(t *testing.T) {
	a := mustAreas(t, district())
	for _, tt := range []struct {
		at   Point
		want string
	}{
		{Point{31.015, 121.015}, "B1"}, {Point{31.05, 121.05}, "G1"}, {Point{31.3, 121.3}, "C1"}, {Point{31.3, 121.7}, "C2"},
		{Point{31.8, 121.3}, "D"}, {Point{30.9, 121.3}, ""}, {Point{31.3, 121.5}, "C1"}, // on the common edge: the least code
	} {
		if got, ok := a.Locate(tt.at); got != tt.want || ok != (tt.want != "") {
			t.Errorf("%v: %q %v, want %q", tt.at, got, ok, tt.want)
		}
	}
	fiji := mustAreas(t, []Area{
		{Code: "west", Level: City, Polygon: square(-17, 179, 1)},
		{Code: "east", Level: District, Parent: "west", Polygon: square(-17, -180, 1)},
	})
	for _, lon := range []float64{180, -180} {
		if got, _ := fiji.Locate(Point{-16.5, lon}); got != "east" {
			t.Errorf("on the antimeridian, %v: %q, want the deepest", lon, got)
		}
	}
}

// The deepest of random squares, against looking at each.
func TestAreasLocateAgainstScan(t *testing.T) {
	r := seeded(t)
	list := []Area{{Code: "top", Level: City}}
	for i := range 400 {
		list = append(list, Area{
			Code: fmt.Sprintf("a%03d", i), Level: Levels()[1+r.IntN(7)], Parent: "top",
			Polygon: square(float64(r.IntN(100)), float64(r.IntN(100)), float64(1+r.IntN(10))),
		})
		if list[i+1].Polygon.Valid() != nil {
			list[i+1].Polygon = nil
		}
	}
	a := mustAreas(t, list)
	found := 0
	for range 3000 {
		p := Point{90 * r.Float64(), 110 * r.Float64()}
		if r.IntN(3) == 0 {
			p = Point{float64(r.IntN(90)), float64(r.IntN(110))} // corners and edges
		}
		want := Area{}
		for _, area := range list {
			if area.Polygon.Contains(p) && (area.Level.Depth() > want.Level.Depth() || area.Level == want.Level && area.Code < want.Code) {
				want = area
			}
		}
		got, ok := a.Locate(p)
		if got != want.Code || ok != (want.Code != "") {
			t.Fatalf("%v: %q, want %q", p, got, want.Code)
		}
		if ok {
			found++
		}
	}
	if found < 1000 {
		t.Fatalf("only %d points were in an area", found)
	}
}

func TestNewAreasReportsEveryFault(t *testing.T) {
	a, faults := NewAreas([]Area{
		{Code: "D", Level: District},
		{Code: "", Level: Street, Parent: "D"},
		{Code: "S", Level: "village", Parent: "D"},
		{Code: "D", Level: Street, Parent: "D"},
		{Code: "C", Level: Community},
		{Code: "G", Level: Grid, Parent: "nowhere"},
		{Code: "B", Level: Building, Parent: "U"},
		{Code: "U", Level: Unit, Parent: "B"},
		{Code: "T", Level: Building, Parent: "T"},
		{Code: "P", Level: Group, Parent: "X"},
		{Code: "X", Level: Group, Parent: "D"},
		{Code: "Q", Level: Grid, Parent: "D", Polygon: MultiPolygon{{{{1, 1}, {2, 2}, {1, 1}}}}},
	})
	if a != nil {
		t.Error("areas were made despite faults")
	}
	var got []string
	for _, f := range faults {
		var e *AreaError
		if !errors.As(f, &e) {
			t.Fatalf("%v is no AreaError", f)
		}
		got = append(got, fmt.Sprintf("%d %s", e.Index, e.Field))
	}
	want := []string{"1 code", "2 level", "3 code", "11 polygon", "4 parent", "5 parent", "6 parent", "7 parent", "8 parent", "9 parent"}
	if diff := cmp.Diff(want, got, cmp.Transformer("set", func(s []string) map[string]bool {
		m := make(map[string]bool)
		for _, v := range s {
			m[v] = true
		}
		return m
	})); diff != "" {
		t.Errorf("faults (-want +got):\n%s\n%v", diff, errors.Join(faults...))
	}
	if len(got) != len(want) {
		t.Errorf("%d faults, want %d", len(got), len(want))
	}
	for _, f := range faults {
		if errors.Is(f, ErrUnknownLevel) || errors.Is(f, ErrInvalidPolygon) {
			return
		}
	}
	t.Error("no fault wraps its cause")
}

func TestLevels(t *testing.T) {
	for i, l := range Levels() {
		if l.Depth() != i+1 {
			t.Errorf("%s has depth %d, want %d", l, l.Depth(), i+1)
		}
		if got, err := ParseLevel(string(l)); err != nil || got != l {
			t.Errorf("%s: %v", l, err)
		}
	}
	if _, err := ParseLevel("village"); !errors.Is(err, ErrUnknownLevel) || Level("village").Depth() != 0 {
		t.Errorf("village: %v", err)
	}
}
