package geo

import (
	"errors"
	"fmt"
	"math"
	"strings"
)

// Datum names what a pair of coordinates is measured against.
type Datum string

// The datums that sources in China use. CGCS2000 agrees with WGS-84 to within
// a metre and is imported as wgs84.
const (
	// WGS84 is what satellites and browsers give. All of onekeyd works in it.
	WGS84 Datum = "wgs84"
	// GCJ02 is the shifted grid of Chinese maps (AMap, Tencent, Google's map
	// of China), 100 to 700 m off.
	GCJ02 Datum = "gcj02"
	// BD09 is Baidu's shift on top of GCJ02, about a kilometre off in all.
	BD09 Datum = "bd09"
)

// ErrUnknownDatum is wrapped by the refusal of a name or value that is none of
// the three datums.
var ErrUnknownDatum = errors.New("datum is not wgs84, gcj02 or bd09")

// ParseDatum takes wgs84, gcj02 or bd09, also written in capitals, with a
// hyphen, or with spaces around. An empty name is an error: a forgotten datum
// sends people to the wrong estate, so no source gets one by default.
func ParseDatum(name string) (Datum, error) {
	plain := strings.ReplaceAll(strings.ToLower(strings.TrimSpace(name)), "-", "")
	switch d := Datum(plain); d {
	case WGS84, GCJ02, BD09:
		return d, nil
	}
	return "", fmt.Errorf("datum %q: %w", name, ErrUnknownDatum)
}

// ToWGS84 converts p, measured against d, to WGS-84.
//
// Only places in mainland China are shifted, see [shifted]; elsewhere the
// point comes back as it is. The inverse is found by iteration and undoes
// FromWGS84 to within a millimetre. Along the edge of the shifted area, as
// wide as the shift itself, a point can have two meanings; then the one inside
// is taken, since that is where the sources of such points have their homes.
//
// Errors wrap [ErrInvalidPoint] or [ErrUnknownDatum].
func (d Datum) ToWGS84(p Point) (Point, error) {
	if err := p.Valid(); err != nil {
		return Point{}, fmt.Errorf("convert from %s: %w", d, err)
	}
	var back Point
	switch d {
	case WGS84:
		return p, nil
	case GCJ02:
		back = undo(wgsToGCJ, p)
	case BD09:
		back = undo(wgsToGCJ, undo(gcjToBD, p))
	default:
		return Point{}, fmt.Errorf("convert from datum %q: %w", string(d), ErrUnknownDatum)
	}
	if !shifted(back) {
		return p, nil
	}
	return back, nil
}

// FromWGS84 converts p, measured against WGS-84, to d. Places outside mainland
// China come back as they are. Errors as for ToWGS84.
func (d Datum) FromWGS84(p Point) (Point, error) {
	if err := p.Valid(); err != nil {
		return Point{}, fmt.Errorf("convert to %s: %w", d, err)
	}
	switch d {
	case WGS84:
		return p, nil
	case GCJ02, BD09:
	default:
		return Point{}, fmt.Errorf("convert to datum %q: %w", string(d), ErrUnknownDatum)
	}
	if !shifted(p) {
		return p, nil
	}
	p = wgsToGCJ(p)
	if d == BD09 {
		p = gcjToBD(p)
	}
	return p, nil
}

// undo finds the point that shift carries to p. The shifts change by less than
// one part in a hundred along the way they shift, so each round gains two
// digits and eight end below a millionth of a metre.
func undo(shift func(Point) Point, p Point) Point {
	const enough = 1e-12 // degrees: 0.1 µm
	q := p
	for range 20 {
		s := shift(q)
		dLat, dLon := p.Lat-s.Lat, p.Lon-s.Lon
		q.Lat += dLat
		q.Lon += dLon
		if math.Abs(dLat) < enough && math.Abs(dLon) < enough {
			break
		}
	}
	return q
}

// wgsToGCJ is the shift of GCJ-02. It was never published; these are the
// formulas found in 2010 from a map vendor's code and used by every open
// converter since (eviltransform, gcoord, PROJ discussions). Ours was compared
// with gcoord 1.0.7 on 10,000 points: they differ by 3e-9 m at most.
func wgsToGCJ(p Point) Point {
	const (
		a  = 6378245.0              // Krasovsky 1940, metres
		e2 = 0.00669342162296594323 // its eccentricity squared
	)
	x, y := p.Lon-105, p.Lat-35
	sin := func(turns float64) float64 { return math.Sin(turns * math.Pi) }
	root := math.Sqrt(math.Abs(x))
	waves := (20*sin(6*x) + 20*sin(2*x)) * 2 / 3
	north := -100 + 2*x + 3*y + 0.2*y*y + 0.1*x*y + 0.2*root + waves +
		(20*sin(y)+40*sin(y/3))*2/3 + (160*sin(y/12)+320*sin(y/30))*2/3
	east := 300 + x + 2*y + 0.1*x*x + 0.1*x*y + 0.1*root + waves +
		(20*sin(x)+40*sin(x/3))*2/3 + (150*sin(x/12)+300*sin(x/30))*2/3

	sinLat, cosLat := math.Sincos(p.Lat * radians)
	m := 1 - e2*sinLat*sinLat
	return Point{
		Lat: p.Lat + north/(a*(1-e2)/(m*math.Sqrt(m)))/radians,
		Lon: p.Lon + east/(a/math.Sqrt(m)*cosLat)/radians,
	}
}

// gcjToBD is Baidu's further shift, from the same sources; 6e-9 m from gcoord.
func gcjToBD(p Point) Point {
	const turn = math.Pi * 3000 / 180
	r := math.Hypot(p.Lon, p.Lat) + 0.00002*math.Sin(p.Lat*turn)
	t := math.Atan2(p.Lat, p.Lon) + 0.000003*math.Cos(p.Lon*turn)
	return Point{Lat: r*math.Sin(t) + 0.006, Lon: r*math.Cos(t) + 0.0065}
}
