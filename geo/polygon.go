package geo

import (
	"errors"
	"fmt"
	"math"
)

// Ring is a closed line: the last point equals the first.
type Ring []Point

// Polygon is an outer ring followed by the rings of its holes.
type Polygon []Ring

// MultiPolygon is any number of polygons; nil has no inside. Edges are
// straight in latitude and longitude, as RFC 7946 section 3.1.1 has it, and do
// not cross the antimeridian: section 3.1.9 of the same wants such a shape cut
// in two there, and [MultiPolygon.Valid] refuses one that is not.
type MultiPolygon []Polygon

// ErrInvalidPolygon is wrapped by every refusal of a shape.
var ErrInvalidPolygon = errors.New("not a polygon")

// Valid checks that every ring has four positions or more, is closed, encloses
// an area, and has no edge across the antimeridian. It does not look for rings
// that cross themselves: Contains then counts by the even-odd rule.
func (m MultiPolygon) Valid() error {
	for i, polygon := range m {
		if len(polygon) == 0 {
			return fmt.Errorf("polygon %d has no ring: %w", i, ErrInvalidPolygon)
		}
		for j, ring := range polygon {
			if err := ring.valid(); err != nil {
				return fmt.Errorf("polygon %d, ring %d: %w", i, j, err)
			}
		}
	}
	return nil
}

func (r Ring) valid() error {
	if len(r) < 4 {
		return fmt.Errorf("%d positions, at least 4 are needed: %w", len(r), ErrInvalidPolygon)
	}
	if r[0] != r[len(r)-1] {
		return fmt.Errorf("the last position differs from the first: %w", ErrInvalidPolygon)
	}
	twiceArea := 0.0
	for i, p := range r {
		if err := p.Valid(); err != nil {
			return fmt.Errorf("position %d: %w", i, err)
		}
		if i == 0 {
			continue
		}
		q := r[i-1]
		if math.Abs(p.Lon-q.Lon) > 180 {
			return fmt.Errorf("position %d is across the antimeridian; cut the shape in two there: %w", i, ErrInvalidPolygon)
		}
		// Relative to the first position, or the sum drowns in rounding.
		twiceArea += (q.Lon-r[0].Lon)*(p.Lat-r[0].Lat) - (p.Lon-r[0].Lon)*(q.Lat-r[0].Lat)
	}
	if twiceArea == 0 {
		return fmt.Errorf("the ring encloses nothing: %w", ErrInvalidPolygon)
	}
	return nil
}

// Contains says whether p is inside, by the even-odd rule in each polygon. A
// point exactly on an edge or corner, of a hole too, is inside: of two areas
// that share an edge both contain it, so no home between two areas belongs to
// neither. A point on the antimeridian is looked for on both sides of it.
func (m MultiPolygon) Contains(p Point) bool {
	if m.contains(p) {
		return true
	}
	return math.Abs(p.Lon) == 180 && m.contains(Point{p.Lat, -p.Lon})
}

func (m MultiPolygon) contains(p Point) bool {
	for _, polygon := range m {
		if polygon.contains(p) {
			return true
		}
	}
	return false
}

func (g Polygon) contains(p Point) bool {
	odd := false
	for _, ring := range g {
		inside, edge := ring.contains(p)
		if edge {
			return true
		}
		odd = odd != inside
	}
	return odd
}

// contains counts the edges crossed on the way due east from p.
func (r Ring) contains(p Point) (inside, edge bool) {
	for i := 1; i < len(r); i++ {
		a, b := r[i-1], r[i]
		if p.Lat < min(a.Lat, b.Lat) || p.Lat > max(a.Lat, b.Lat) || p.Lon > max(a.Lon, b.Lon) {
			continue
		}
		// Twice the area of the triangle: 0 on the line through a and b.
		turn := (b.Lon-a.Lon)*(p.Lat-a.Lat) - (p.Lon-a.Lon)*(b.Lat-a.Lat)
		if turn == 0 && p.Lon >= min(a.Lon, b.Lon) {
			return false, true
		}
		// Half-open in latitude, so that a corner counts once.
		if (a.Lat > p.Lat) != (b.Lat > p.Lat) && (turn > 0) == (b.Lat > a.Lat) {
			inside = !inside
		}
	}
	return inside, false
}

// box is a span of longitude and latitude, in that order, edges included.
type box struct{ min, max [2]float64 }

func (m MultiPolygon) bounds() box {
	b := box{min: [2]float64{180, 90}, max: [2]float64{-180, -90}}
	for _, polygon := range m {
		for _, ring := range polygon {
			for _, p := range ring {
				b.min = [2]float64{min(b.min[0], p.Lon), min(b.min[1], p.Lat)}
				b.max = [2]float64{max(b.max[0], p.Lon), max(b.max[1], p.Lat)}
			}
		}
	}
	return b
}
