package geo

import "math"

// Every comparison inside the tree is of squared straight lines through the
// earth, in square metres: a line costs three multiplications where a geodesic
// costs a microsecond. This file holds what makes that exact.
//
// Let s be the geodesic distance of two points of the ellipsoid, c the length
// of the straight line between them.
//
//  1. c ≤ s, since the geodesic joins the same two points.
//  2. c ≥ 2R·sin(s/2R), R = b²/a, for s ≤ πR: no path along the surface bends
//     more sharply than the meridian does on the equator, whose radius R is
//     the least of all, and a curve that bends less than a circle reaches
//     further (A. Schur 1921; S. S. Chern, "Curves and surfaces in Euclidean
//     space", 1967, section 5). Longer geodesics join points so nearly opposite
//     that c > 2R anyway.
//  3. s ≥ R·σ, σ the angle between the normals at the two points, which is the
//     angle that latitudes and longitudes give on a sphere: along a meridian a
//     radian is M ≥ R metres long, across it N ≥ a > R.
//  4. s ≥ b·θ, θ the angle at the centre of the earth, since no point of the
//     surface is closer to the centre than b; and c ≤ 2a·sin(θ/2) for points
//     more than some 22 km apart: then c² = (r₁-r₂)² + 4r₁r₂·sin²(θ/2) grows
//     with both distances from the centre, and none is above a. (4 is sharper
//     than 1 only beyond 1,800 km, so closer points do not matter to it.)
//
// 2 and 3 give c² ≥ 4R²·sin²(σ/2), which bounds a box from below; the ratio of
// R to the other radii is the whole of what it gives away, 1.0 % at most for a
// small box. 1 and 4 say when no further point can be among the nearest.

// leastRadius is R above: b²/a = 6335439.327 m.
const leastRadius = polarRadius * polarRadius / equatorialRadius

// place is a spot with its position from the centre of the earth, in metres.
type place struct {
	spot
	x, y, z float64
}

func placed(p Point) place {
	s := onEllipsoid(p)
	sin, cos := math.Sincos(p.Lon * radians)
	return place{
		spot: s,
		x:    equatorialRadius * s.cosU * cos,
		y:    equatorialRadius * s.cosU * sin,
		z:    polarRadius * s.sinU,
	}
}

func (a *place) lineSquared(b *place) float64 {
	dx, dy, dz := a.x-b.x, a.y-b.y, a.z-b.z
	return dx*dx + dy*dy + dz*dz
}

// boxBound is a lower bound of lineSquared from a point at p, the cosine of
// whose latitude is cosLat, to any point of the box. Corners are longitude,
// latitude in degrees.
//
// By the haversine formula sin²(σ/2) = sin²(Δφ/2) + cos φ₁ cos φ₂ sin²(Δλ/2);
// each part is replaced by the least it can be in the box: the gap in latitude,
// the gap in longitude the shorter way round the earth, and the cosine at the
// latitude of the box closest to a pole. Sines and cosines are replaced by
// their series cut after a negative term, which are below them everywhere.
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
	// Rounding of this and of lineSquared is far below 1e-9 and a nanometre;
	// search.limit leaves more than that.
	return 4 * leastRadius * leastRadius * h
}

// sinHalfSquared is at most sin²(x/2), x in degrees: (1-cos x)/2 with the
// series of the cosine cut after x⁴/24.
func sinHalfSquared(deg float64) float64 {
	x := deg * radians
	x2 := x * x
	return x2 * (1.0/4 - x2/48)
}

// leastCosine is at most cos x, and 0 at least; x in degrees, up to 90.
func leastCosine(deg float64) float64 {
	x := deg * radians
	x2 := x * x
	return max(0, 1-x2*(1.0/2-x2*(1.0/24-x2/720)))
}
