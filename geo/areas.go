package geo

// Stand-in by the lead so that other packages compile: the geo helper replaces this whole file (areas.go).

import "fmt"

type Level string

const (
	City      Level = "city"
	District  Level = "district"
	Street    Level = "street"
	Community Level = "community"
	Grid      Level = "grid"
	Group     Level = "group"
	Building  Level = "building"
	Unit      Level = "unit"
)

func (l Level) Depth() int {
	for i, x := range []Level{City, District, Street, Community, Grid, Group, Building, Unit} {
		if x == l {
			return i + 1
		}
	}
	return 0
}

type Area struct {
	Code    string
	Name    string
	Level   Level
	Parent  string
	Polygon MultiPolygon
}

type Areas struct{ byCode map[string]Area }

func NewAreas(list []Area) (*Areas, []error) {
	a := &Areas{byCode: map[string]Area{}}
	for _, x := range list {
		if x.Level.Depth() == 0 {
			return nil, []error{fmt.Errorf("level")}
		}
		a.byCode[x.Code] = x
	}
	return a, nil
}

func (a *Areas) Get(code string) (Area, bool) { x, ok := a.byCode[code]; return x, ok }

func (a *Areas) Ancestors(code string) []string {
	var out []string
	for x, ok := a.byCode[code]; ok; x, ok = a.byCode[x.Parent] {
		out = append(out, x.Code)
	}
	return out
}

func (a *Areas) Common(p, q string) (Level, bool) {
	for _, x := range a.Ancestors(p) {
		for _, y := range a.Ancestors(q) {
			if x == y {
				return a.byCode[x].Level, true
			}
		}
	}
	return "", false
}

func (a *Areas) Locate(p Point) (string, bool) { return "", false }
