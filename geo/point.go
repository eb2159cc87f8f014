package geo

import (
	"errors"
	"fmt"
	"math"
)

// Point is a place on the ground in degrees, WGS-84: north and east positive.
type Point struct {
	Lat, Lon float64
}

// Metres is a length on the ground.
type Metres float64

// ErrInvalidPoint is wrapped by every refusal of a coordinate.
var ErrInvalidPoint = errors.New("not a point on the earth")

// nullIsland is how close to 0,0 a coordinate is taken for a receiver without
// a fix, in degrees (0.001° is 111 m). There is open sea for 500 km around.
const nullIsland = 0.001

// Valid says whether p is finite and within ±90° and ±180°. The error wraps
// [ErrInvalidPoint] and names the coordinate.
func (p Point) Valid() error {
	// Written so that NaN fails too.
	if !(p.Lat >= -90 && p.Lat <= 90) {
		return fmt.Errorf("latitude %g is outside -90 to 90: %w", p.Lat, ErrInvalidPoint)
	}
	if !(p.Lon >= -180 && p.Lon <= 180) {
		return fmt.Errorf("longitude %g is outside -180 to 180: %w", p.Lon, ErrInvalidPoint)
	}
	return nil
}

// Plausible is Valid, and refuses 0,0 as well: that is what a device without
// a satellite fix and a spreadsheet with empty cells send. Nobody lives there,
// and a responder must not be chosen by the distance to it.
func (p Point) Plausible() error {
	if err := p.Valid(); err != nil {
		return err
	}
	if math.Abs(p.Lat) < nullIsland && math.Abs(p.Lon) < nullIsland {
		return fmt.Errorf("%g,%g is the empty coordinate: %w", p.Lat, p.Lon, ErrInvalidPoint)
	}
	return nil
}

// String gives "lat,lon" with six decimals (0.1 m).
func (p Point) String() string { return fmt.Sprintf("%.6f,%.6f", p.Lat, p.Lon) }
