package pages

import (
	"math"

	"onekeyd/geo"
)

// sketch is the SVG of where the responder is, seen from the home: true bearing,
// to scale, rings for the eye. It needs no map, so it works where none would load.
type sketch struct {
	X, Y float64 // of the responder, in the picture's units; the home is in its middle
	Ring geo.Metres
}

// The picture is 360 × 150, and its outer ring has a radius of 66.
const sketchX, sketchY, sketchRing = 180, 75, 66

// sketchOf places the responder. Somebody at the door, or in another city, needs none.
func sketchOf(home, at geo.Point) *sketch {
	d := geo.Distance(home, at)
	if d < 20 || d > 50_000 {
		return nil
	}
	north := (at.Lat - home.Lat) * 111_195 // metres a degree on a sphere of 6,371 km; a sketch needs no more
	east := math.Remainder(at.Lon-home.Lon, 360) * 111_195 * math.Cos(home.Lat*math.Pi/180)
	ring := roundAbove(float64(d))
	scale := sketchRing / ring
	return &sketch{X: tenth(sketchX + east*scale), Y: tenth(sketchY - north*scale), Ring: geo.Metres(ring)}
}

// steadied moves a live position to a grid of a tenth of the way to the home, at
// least 50 m: a page that changed with every step would be sent anew all the time.
func steadied(home, at geo.Point) geo.Point {
	grid := max(50, float64(geo.Distance(home, at))/10) / 111_195 // degrees of latitude
	grid = math.Pow(2, math.Round(math.Log2(grid)))
	wide := grid / max(0.01, math.Cos(home.Lat*math.Pi/180))
	return geo.Point{Lat: home.Lat + math.Round((at.Lat-home.Lat)/grid)*grid, Lon: home.Lon + math.Round((at.Lon-home.Lon)/wide)*wide}
}

// roundAbove is the next of 100, 150, 200, 250, 300, 400, 500, 600, 800, 1000, …
func roundAbove(m float64) float64 {
	for p := 100.0; ; p *= 10 {
		for _, f := range []float64{1, 1.5, 2, 2.5, 3, 4, 5, 6, 8} {
			if p*f >= m {
				return p * f
			}
		}
	}
}

func tenth(x float64) float64 { return math.Round(x*10) / 10 }
