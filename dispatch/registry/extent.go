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

// mainland is a box around China, for coordinates that no polygon can judge:
// 3°51′ to 53°33′ N, 73°33′ to 135°05′ E, from the southern reefs to the Amur.
func mainland() *extent { return &extent{south: 3, west: 73, north: 54, east: 136} }

// implausible reports why nobody can live at p, by the column to blame. Swapped
// columns are suspected only where the other order gives a place to expect.
func (e *extent) implausible(p geo.Point, report func(column, why string)) {
	swapped := geo.Point{Lat: p.Lon, Lon: p.Lat}
	likely := e
	if likely == nil {
		likely = mainland()
	}
	if p.Valid() != nil {
		if swapped.Valid() == nil && likely.holds(swapped) {
			report("lat", fmt.Sprintf("%g,%g is not on the earth; lat and lon look swapped", p.Lat, p.Lon))
			return
		}
		latitude(p.Lat, report)
		longitude(p.Lon, report)
		return
	}
	if err := p.Plausible(); err != nil {
		report("lat", err.Error())
		return
	}
	if e == nil || e.holds(p) {
		return
	}
	column := "lat"
	if e.south <= p.Lat && p.Lat <= e.north {
		column = "lon"
	}
	if e.holds(swapped) {
		report("lat", fmt.Sprintf("%g,%g is far from every area; lat and lon look swapped", p.Lat, p.Lon))
		return
	}
	report(column, fmt.Sprintf("%g,%g is more than about 100 km from every area", p.Lat, p.Lon))
}

func latitude(lat float64, report func(column, why string)) {
	if lat < -90 || lat > 90 {
		report("lat", fmt.Sprintf("%g is not a latitude, -90 to 90", lat))
	}
}

func longitude(lon float64, report func(column, why string)) {
	if lon < -180 || lon > 180 {
		report("lon", fmt.Sprintf("%g is not a longitude, -180 to 180", lon))
	}
}
