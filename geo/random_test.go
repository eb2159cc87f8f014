package geo

import (
	"math"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"
)

// seeded gives a source of random numbers whose seed is printed with the test
// and set by GEO_SEED to repeat a failure.
func seeded(t testing.TB) *rand.Rand {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	if s := os.Getenv("GEO_SEED"); s != "" {
		var err error
		if seed, err = strconv.ParseUint(s, 10, 64); err != nil {
			t.Fatalf("GEO_SEED: %v", err)
		}
	}
	t.Logf("GEO_SEED=%d", seed)
	return rand.New(rand.NewPCG(seed, 0))
}

// randomPoint is evenly spread over the sphere.
func randomPoint(r *rand.Rand) Point {
	return Point{
		Lat: math.Asin(2*r.Float64()-1) / radians,
		Lon: 360*r.Float64() - 180,
	}
}

// near is a point within about metres of p, wherever p is.
func near(r *rand.Rand, p Point, metres float64) Point {
	deg := metres / 111000
	lat := p.Lat + deg*(2*r.Float64()-1)
	lon := p.Lon + deg*(2*r.Float64()-1)/math.Max(0.001, math.Cos(p.Lat*radians))
	if lat > 90 || lat < -90 { // over the pole and down the other side
		lat = math.Copysign(180, lat) - lat
		lon += 180
	}
	return Point{Lat: lat, Lon: math.Remainder(lon, 360)}
}
