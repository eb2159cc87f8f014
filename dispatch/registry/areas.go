package registry

import (
	"encoding/json"
	"errors"
	"fmt"
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
	if len(f.Polygon) == 0 || string(f.Polygon) == "null" {
		return p.areaWith(f, nil)
	}
	shape, err := geo.ParseGeoJSONGeometry(f.Polygon)
	if err != nil {
		p.report("polygon", err.Error())
	}
	return p.areaWith(f, shape)
}

// areaWith is area for a shape that was read already. The shape is not changed.
func (p *rowParser) areaWith(f areaForm, shape geo.MultiPolygon) geo.Area {
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
	level, err := geo.ParseLevel(f.Level)
	if err != nil {
		p.report("level", err.Error())
	}
	a.Level = level
	a.Polygon = p.polygon(f.Datum, shape)
	return a
}

func (p *rowParser) polygon(datumName string, shape geo.MultiPolygon) geo.MultiPolygon {
	if len(shape) == 0 {
		return nil
	}
	datum := geo.WGS84
	if datumName != "" {
		d, err := geo.ParseDatum(datumName)
		if err != nil {
			p.report("datum", fmt.Sprintf("%q is not wgs84, gcj02 or bd09", shown(datumName)))
			return nil
		}
		datum = d
	}
	vertices := 0
	stored := make(geo.MultiPolygon, len(shape))
	for i, polygon := range shape {
		for _, ring := range polygon {
			vertices += len(ring)
			own := make(geo.Ring, len(ring))
			for k, at := range ring {
				at, err := datum.ToWGS84(at)
				if err != nil {
					p.report("polygon", err.Error())
					return nil
				}
				own[k] = rounded(at)
			}
			stored[i] = append(stored[i], own)
		}
	}
	if vertices > maxVertices {
		p.report("polygon", fmt.Sprintf("has %d vertices, at most %d are kept; simplify it", vertices, maxVertices))
		return nil
	}
	// Again: rounding to a centimetre can close a sliver.
	if err := stored.Valid(); err != nil {
		p.report("polygon", err.Error())
		return nil
	}
	return stored
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

// areasAfter is what is known, less what is removed, with the areas of a batch put over it.
func areasAfter(known *Snapshot, b *Batch, removed map[Key]bool) []geo.Area {
	e := known.tables[Areas].edit()
	for key := range removed {
		if key.Kind == Areas {
			e.delete(key.stored())
		}
	}
	if b.Holds(Areas) {
		for k, v := range b.records(Areas) {
			e.put(k, v.record)
		}
	}
	return areasIn(e.seal())
}

// hierarchy makes the areas, or reports every fault by area.
func hierarchy(list []geo.Area, report func(code, field, why string)) (*geo.Areas, bool) {
	areas, faults := geo.NewAreas(list)
	for _, err := range faults {
		var fault *geo.AreaError
		if errors.As(err, &fault) {
			report(fault.Code, fault.Field, fault.Err.Error())
		} else {
			report("", "", err.Error())
		}
	}
	return areas, len(faults) == 0
}
