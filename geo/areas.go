package geo

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/tidwall/rtree"
)

// Area is one part of the hierarchy. Codes are unique over all levels. Parent
// is the code of an area of a higher level, not necessarily the next: many
// districts have no building groups. The polygon is optional.
type Area struct {
	Code    string
	Name    string
	Level   Level
	Parent  string
	Polygon MultiPolygon
}

// Areas is a hierarchy that passed all checks. It does not change, so any
// number of goroutines may ask it; the polygons given to NewAreas must not be
// changed either.
type Areas struct {
	byCode map[string]*Area
	shapes rtree.RTreeG[*Area] // by the box of each polygon
}

// AreaError says what is wrong with one area, so that an importer can name
// the line.
type AreaError struct {
	Index int    // in the slice given to NewAreas
	Code  string // of the area, as given
	Field string // code, level, parent or polygon
	Err   error
}

func (e *AreaError) Error() string {
	return fmt.Sprintf("area %d %q: %s: %v", e.Index, e.Code, e.Field, e.Err)
}

func (e *AreaError) Unwrap() error { return e.Err }

// NewAreas checks the areas and makes a hierarchy of them: all, or none and
// every fault there is, each an [*AreaError].
//
// A code must be there and only once, the level known, the parent among the
// areas and of a higher level, and no area its own ancestor. An area without
// a parent is a top; all tops must be of the same level, so that a forgotten
// parent further down does not go unseen while a list that starts at the
// district needs no city. A polygon must be [MultiPolygon.Valid].
func NewAreas(areas []Area) (*Areas, []error) {
	a := &Areas{byCode: make(map[string]*Area, len(areas))}
	var faults []error
	fault := func(i int, field, format string, args ...any) {
		faults = append(faults, &AreaError{Index: i, Code: areas[i].Code, Field: field, Err: fmt.Errorf(format, args...)})
	}

	own := slices.Clone(areas)
	top := 0 // the least depth of an area without a parent
	for i := range own {
		area := &own[i]
		if area.Level.Depth() == 0 {
			fault(i, "level", "%q: %w", area.Level, ErrUnknownLevel)
		} else if area.Parent == "" && (top == 0 || area.Level.Depth() < top) {
			top = area.Level.Depth()
		}
		if err := area.Polygon.Valid(); err != nil {
			fault(i, "polygon", "%w", err)
		}
		if area.Code == "" {
			fault(i, "code", "is missing")
		} else if _, twice := a.byCode[area.Code]; twice {
			fault(i, "code", "is used twice")
		} else {
			a.byCode[area.Code] = area
		}
	}

	for i := range own {
		area := &own[i]
		depth := area.Level.Depth()
		parent, known := a.byCode[area.Parent]
		switch {
		case area.Parent == "" && depth > top:
			fault(i, "parent", "is missing: only a %s, the highest level here, may have none", Levels()[top-1])
		case area.Parent == "":
		case !known:
			fault(i, "parent", "there is no area %q", area.Parent)
		case a.circular(area):
			fault(i, "parent", "%q leads back to the area itself", area.Parent)
		case depth > 0 && parent.Level.Depth() >= depth:
			fault(i, "parent", "%q is a %s, not above a %s", parent.Code, parent.Level, area.Level)
		}
	}
	if len(faults) > 0 {
		return nil, faults
	}
	for i := range own {
		if len(own[i].Polygon) > 0 {
			b := own[i].Polygon.bounds()
			a.shapes.Insert(b.min, b.max, &own[i])
		}
	}
	return a, nil
}

// circular says whether the parents of area lead back to it. Levels would
// forbid that anyway, but "not above" twice is a poor way to say it.
func (a *Areas) circular(area *Area) bool {
	at := area
	for range a.byCode { // a way longer than that is a circle further up
		next, known := a.byCode[at.Parent]
		if !known {
			return false
		}
		if next == area {
			return true
		}
		at = next
	}
	return false
}

// Len is the number of areas.
func (a *Areas) Len() int { return len(a.byCode) }

// Get gives the area with the code.
func (a *Areas) Get(code string) (Area, bool) {
	area, ok := a.byCode[code]
	if !ok {
		return Area{}, false
	}
	return *area, true
}

// Ancestors are the codes of the area itself, its parent and so on up to the
// top; none for an unknown code.
func (a *Areas) Ancestors(code string) []string {
	var codes []string
	for area := a.byCode[code]; area != nil; area = a.byCode[area.Parent] {
		codes = append(codes, area.Code)
	}
	return codes
}

// Path is the way from the top down to the area itself, as an address is
// written; none for an unknown code.
func (a *Areas) Path(code string) []Area {
	var path []Area
	for area := a.byCode[code]; area != nil; area = a.byCode[area.Parent] {
		path = append(path, *area)
	}
	slices.Reverse(path)
	return path
}

// Common is the level of the deepest area that holds both, which may be one of
// the two. ok is false if there is none or a code is unknown. It allocates
// nothing: selection calls it for every responder.
func (a *Areas) Common(first, second string) (level Level, ok bool) {
	x, y := a.byCode[first], a.byCode[second]
	for x != nil && y != nil {
		if x == y {
			return x.Level, true
		}
		// Parents are higher, so the deeper of the two cannot hold the other;
		// of two of the same level neither can.
		dx, dy := x.Level.Depth(), y.Level.Depth()
		if dx >= dy {
			x = a.byCode[x.Parent]
		}
		if dy >= dx {
			y = a.byCode[y.Parent]
		}
	}
	return "", false
}

// Locate gives the code of the deepest area whose polygon contains p, see
// [MultiPolygon.Contains]; the least code if there are several of one level.
// ok is false outside all polygons.
func (a *Areas) Locate(p Point) (code string, ok bool) {
	var best *Area
	look := func(p Point) {
		at := [2]float64{p.Lon, p.Lat}
		a.shapes.Search(at, at, func(_, _ [2]float64, area *Area) bool {
			if best != nil && cmp.Or(cmp.Compare(best.Level.Depth(), area.Level.Depth()), cmp.Compare(area.Code, best.Code)) >= 0 {
				return true
			}
			if area.Polygon.contains(p) {
				best = area
			}
			return true
		})
	}
	look(p)
	if p.Lon == 180 || p.Lon == -180 {
		look(Point{p.Lat, -p.Lon}) // the same place, written the other way
	}
	if best == nil {
		return "", false
	}
	return best.Code, true
}
