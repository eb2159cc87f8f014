package registry

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"onekeyd/geo"
)

// maxVertices bounds the outline of one area, so that a record stays below a
// chunk of the log. A district's surveyed border has some thousands.
const maxVertices = 30_000

// areaForm is an area as GeoJSON properties or the JSON of one record give it.
type areaForm struct {
	Code    string
	Name    string
	Level   string
	Parent  string
	Datum   string // of the polygon; RFC 7946 section 4 means WGS-84 when it is empty
	Polygon json.RawMessage
}

// area checks a form by itself, without what it refers to.
func (p *rowParser) area(f areaForm) geo.Area {
	a := geo.Area{Code: p.id("code", f.Code), Name: f.Name, Parent: p.id("parent", f.Parent)}
	if f.Code == "" {
		p.report("code", "is empty")
	}
	switch bad, found := controlIn(f.Name, false); {
	case f.Name == "":
		p.report("name", "is empty")
	case !utf8.ValidString(f.Name):
		p.report("name", "is not UTF-8")
	case utf8.RuneCountInString(f.Name) > nameMost:
		p.report("name", fmt.Sprintf("is longer than %d characters", nameMost))
	case found:
		p.report("name", fmt.Sprintf("holds the control character %U", bad))
	}
	if depth(geo.Level(f.Level)) < 0 {
		p.report("level", fmt.Sprintf("%q is not one of %s", shown(f.Level), strings.Join(levelNames(), ", ")))
	}
	a.Level = geo.Level(f.Level)
	a.Polygon = p.polygon(f)
	return a
}

func (p *rowParser) polygon(f areaForm) geo.MultiPolygon {
	if len(f.Polygon) == 0 || string(f.Polygon) == "null" {
		return nil
	}
	shape, err := parseGeometry(f.Polygon)
	if err != nil {
		p.report("polygon", err.Error())
		return nil
	}
	datum := geo.WGS84
	if f.Datum != "" {
		if datum, err = geo.ParseDatum(f.Datum); err != nil {
			p.report("datum", fmt.Sprintf("%q is not wgs84, gcj02 or bd09", shown(f.Datum)))
			return nil
		}
	}
	vertices := 0
	for _, polygon := range shape {
		for _, ring := range polygon {
			vertices += len(ring)
			for i, at := range ring {
				if at, err = datum.ToWGS84(at); err != nil {
					p.report("polygon", err.Error())
					return nil
				}
				ring[i] = rounded(at)
			}
		}
	}
	if vertices > maxVertices {
		p.report("polygon", fmt.Sprintf("has %d vertices, at most %d are kept; simplify it", vertices, maxVertices))
		return nil
	}
	if err := shape.Valid(); err != nil {
		p.report("polygon", err.Error())
		return nil
	}
	return shape
}

func levels() []geo.Level {
	return []geo.Level{geo.City, geo.District, geo.Street, geo.Community, geo.Grid, geo.Group, geo.Building, geo.Unit}
}

func levelNames() []string {
	var names []string
	for _, l := range levels() {
		names = append(names, string(l))
	}
	return names
}

// depth is 0 for a city and grows inward; -1 is no level.
func depth(l geo.Level) int {
	for i, x := range levels() {
		if x == l {
			return i
		}
	}
	return -1
}

func (w *writer) area(a geo.Area) {
	w.begin()
	w.text(a.Name)
	w.text(string(a.Level))
	w.text(a.Parent)
	w.number(len(a.Polygon))
	for _, polygon := range a.Polygon {
		w.number(len(polygon))
		for _, ring := range polygon {
			w.number(len(ring))
			for _, p := range ring {
				w.point(p)
			}
		}
	}
}

func (r *reader) area(code string) geo.Area {
	a := geo.Area{Code: code, Name: r.text(), Level: geo.Level(r.text()), Parent: r.text()}
	for range r.count() {
		var polygon geo.Polygon
		for range r.count() {
			ring := make(geo.Ring, 0, r.count())
			for range cap(ring) {
				ring = append(ring, r.point())
			}
			polygon = append(polygon, ring)
		}
		a.Polygon = append(a.Polygon, polygon)
	}
	return a
}

// count is a number that cannot be more than what is left to read.
func (r *reader) count() int {
	n := r.number()
	if n < 0 || n > len(r.s) {
		r.bad, r.s = true, ""
		return 0
	}
	return n
}

func areasIn(t *table) []geo.Area {
	list := make([]geo.Area, 0, t.count)
	for k, v := range t.all() {
		r := readRecord(v)
		list = append(list, r.area(string(k)))
	}
	return list
}

// AddArea adds or replaces an area.
func (b *Batch) AddArea(a geo.Area) error {
	b.out.area(a)
	return b.add(AreaKey(a.Code))
}

// unionAreas is what is known with the areas of a batch put over it, together with the line of each.
func unionAreas(known *Snapshot, t *table) []geo.Area {
	e := known.tables[Areas].edit()
	for k, v := range t.all() {
		_, record := cutLine(v)
		e.put(k, record)
	}
	return areasIn(e.seal())
}

// misplaced reports areas whose parent is not of a wider level, which also
// excludes circles.
func misplaced(areas []geo.Area, report func(code, why string)) {
	level := map[string]geo.Level{}
	for _, a := range areas {
		level[a.Code] = a.Level
	}
	for _, a := range areas {
		parent, ok := level[a.Parent]
		if ok && depth(parent) >= depth(a.Level) {
			report(a.Code, fmt.Sprintf("a %s cannot lie in %q, which is a %s", a.Level, a.Parent, parent))
		}
	}
}

// lineOf gives the line an area was read from; 0 if it was not.
func lineOf(t *table, code string) int {
	v, ok := t.get([]byte(code))
	if !ok {
		return 0
	}
	line, _ := binary.Uvarint(v)
	return int(line)
}
