package registry

import (
	"fmt"
	"math"

	"onekeyd/geo"
)

// extent is the box around every polygon of the centre, widened by margin.
// Nil when no area has a polygon: then only the coordinate itself can tell.
type extent struct{ south, west, north, east float64 }

// margin is how far outside every area a home or responder may lie, in degrees
// of latitude: 1° is 111 km, enough for a hospital in the next city. What it is
// for, swapped columns and lost digits, misses by more.
const margin = 1.0

func extentOf(areas []geo.Area) *extent {
	e := extent{south: 90, west: 180, north: -90, east: -180}
	any := false
	for _, a := range areas {
		for _, polygon := range a.Polygon {
			for _, ring := range polygon {
				for _, p := range ring {
					any = true
					e.south, e.north = min(e.south, p.Lat), max(e.north, p.Lat)
					e.west, e.east = min(e.west, p.Lon), max(e.east, p.Lon)
				}
			}
		}
	}
	if !any {
		return nil
	}
	wide := margin / max(0.1, math.Cos((e.south+e.north)/2*math.Pi/180))
	e.south, e.north = e.south-margin, e.north+margin
	e.west, e.east = e.west-wide, e.east+wide
	return &e
}

func (e *extent) holds(p geo.Point) bool {
	return e.south <= p.Lat && p.Lat <= e.north && e.west <= p.Lon && p.Lon <= e.east
}

// implausible says why nobody can live at p, or nothing.
func (e *extent) implausible(p geo.Point) string {
	swapped := geo.Point{Lat: p.Lon, Lon: p.Lat}
	if p.Plausible() != nil {
		if swapped.Plausible() == nil && (e == nil || e.holds(swapped)) {
			return fmt.Sprintf("%g,%g is not on the earth; lat and lon look swapped", p.Lat, p.Lon)
		}
		return p.Plausible().Error()
	}
	if e == nil || e.holds(p) {
		return ""
	}
	if e.holds(swapped) {
		return fmt.Sprintf("%g,%g is far from every area; lat and lon look swapped", p.Lat, p.Lon)
	}
	return fmt.Sprintf("%g,%g is more than about 100 km from every area", p.Lat, p.Lon)
}
