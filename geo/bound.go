package geo

import "math"

// The tree compares points and boxes by the haversine sin²(σ/2) of the angle σ
// that latitudes and longitudes give on a sphere, or rather by a number that
// is never above it and costs a dozen multiplications. What makes the search
// exact all the same is one fact about the ellipsoid:
//
//	s ≥ R·σ, with s the geodesic distance and R = b²/a.
//
// Latitude and longitude are the direction of the normal, and going along the
// surface turns the normal by ds/M along a meridian and ds/N across it. Both
// radii are R or more everywhere: M is R at the equator and grows to a²/b at
// the poles, N is never below a. (Formulas: R. H. Rapp, "Geometric Geodesy,
// part I", 1991, section 3.3.) So no point whose angle is above s/R can be
// closer than s. Since no radius is above a²/b, the angle tells the distance
// to 1.0 %, and the search looks at that much more ground than it must.

// leastRadius is R above: 6335439.327 m.
const leastRadius = polarRadius * polarRadius / equatorialRadius

// boxBound is at most sin²(σ/2) from a point at p, the cosine of whose
// latitude is cosLat, to any point of the box. Corners are longitude, latitude
// in degrees; a point is a box without size.
//
// By the haversine formula sin²(σ/2) = sin²(Δφ/2) + cos φ₁ cos φ₂ sin²(Δλ/2);
// each part is replaced by the least it can be in the box: the gap in latitude,
// the gap in longitude the shorter way round the earth, and the cosine at the
// latitude of the box closest to a pole.
func boxBound(p Point, cosLat float64, lo, hi [2]float64) float64 {
	var dLon, dLat float64
	if p.Lon < lo[0] {
		dLon = min(lo[0]-p.Lon, p.Lon+360-hi[0])
	} else if p.Lon > hi[0] {
		dLon = min(p.Lon-hi[0], lo[0]+360-p.Lon)
	}
	if p.Lat < lo[1] {
		dLat = lo[1] - p.Lat
	} else if p.Lat > hi[1] {
		dLat = p.Lat - hi[1]
	}
	h := sinHalfSquared(dLat)
	if dLon > 0 {
		h += cosLat * leastCosine(max(-lo[1], hi[1])) * sinHalfSquared(dLon)
	}
	return h
}

// sinHalfSquared is at most sin²(x/2), x in degrees: (1-cos x)/2 with the
// alternating series of the cosine cut after x⁸/8!, which is above the cosine
// everywhere.
func sinHalfSquared(deg float64) float64 {
	x := deg * radians
	x2 := x * x
	return x2 * (1.0/4 - x2*(1.0/48-x2*(1.0/1440-x2/80640)))
}

// leastCosine is at most cos x and at least 0, x in degrees, up to 90: the
// series cut after -x⁶/6!.
func leastCosine(deg float64) float64 {
	x := deg * radians
	x2 := x * x
	return max(0, 1-x2*(1.0/2-x2*(1.0/24-x2/720)))
}

// boundLimit is the boxBound above which a point is further than distance, in
// metres. The slack, a millimetre and one part in 1e9, is above the error of
// [Distance] and all rounding here.
func boundLimit(distance float64) float64 {
	half := (distance*(1+1e-9) + 1e-3) / (2 * leastRadius)
	if half >= math.Pi/2 {
		return math.Inf(1)
	}
	sin := math.Sin(half)
	return sin * sin
}
