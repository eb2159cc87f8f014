package geo

import "math"

// The WGS-84 ellipsoid: NGA.STND.0036 (2014), table 3.1.
const (
	equatorialRadius = 6378137.0 // a, metres
	flattening       = 1 / 298.257223563
	polarRadius      = equatorialRadius * (1 - flattening) // b, metres
)

const radians = math.Pi / 180

// Distance is the length of the shortest path between a and b on the WGS-84
// ellipsoid. It is symmetric, 0 for equal points, and NaN if either point is
// not finite.
//
// It uses the inverse solution of T. Vincenty, "Direct and inverse solutions
// of geodesics on the ellipsoid", Survey Review 23 (176), 1975, equations
// 3–4 and 13–19. Its error is below 0.5 mm. Its iteration fails for nearly
// antipodal points; they go to [antipodal], which is some hundred times
// slower and as exact.
func Distance(a, b Point) Metres {
	return Metres(geodesic(onEllipsoid(a), onEllipsoid(b)))
}

// spot is a point with what every distance from it needs: the sine and cosine
// of its reduced latitude.
type spot struct {
	Point
	sinU, cosU float64
}

func onEllipsoid(p Point) spot {
	sin, cos := math.Sincos(p.Lat * radians)
	// tan U = (1-f) tan φ, written without the tangent so that poles work.
	sin *= 1 - flattening
	h := math.Sqrt(sin*sin + cos*cos)
	return spot{Point: p, sinU: sin / h, cosU: cos / h}
}

// nearAntipode is the cosine of 178°. Vincenty's iteration fails within about
// f·180° = 0.6° of the antipode; the rest of the zone is for safety.
const nearAntipode = -0.99939

func geodesic(a, b spot) float64 {
	if a.Point == b.Point {
		return 0
	}
	l := lonDifference(a.Lon, b.Lon)
	if a.sinU*b.sinU+a.cosU*b.cosU*math.Cos(l) < nearAntipode {
		return antipodal(a, b)
	}
	s, ok := vincenty(a, b, l)
	if !ok {
		return antipodal(a, b)
	}
	return s
}

// lonDifference is |b-a| the short way round, in radians, 0 to π.
func lonDifference(a, b float64) float64 {
	d := math.Abs(b - a)
	if d > 180 {
		d = 360 - d
	}
	return d * radians
}

// vincenty solves the inverse problem for the longitude difference l (0 to π).
// ok is false if the iteration did not settle.
func vincenty(a, b spot, l float64) (metres float64, ok bool) {
	const (
		f       = flattening
		settled = 1e-13 // radians: 0.6 µm on the ground
		most    = 60
	)
	ss, cc := a.sinU*b.sinU, a.cosU*b.cosU
	lambda := l
	for range most {
		sinL, cosL := math.Sincos(lambda)
		x := b.cosU * sinL
		y := a.cosU*b.sinU - a.sinU*b.cosU*cosL
		sinS := math.Sqrt(x*x + y*y) // (14)
		if sinS == 0 {
			return 0, true // the same place written differently, a pole for instance
		}
		cosS := ss + cc*cosL // (15)
		sigma := math.Atan2(sinS, cosS)
		sinA := cc * sinL / sinS // (17)
		cos2A := 1 - sinA*sinA
		cos2M := 0.0 // on the equator the term vanishes
		if cos2A > 0 {
			// (18); rounding next to the equator can carry it out of range.
			cos2M = max(-1, min(1, cosS-2*ss/cos2A))
		}
		c := f / 16 * cos2A * (4 + f*(4-3*cos2A))                                // (10)
		next := l + (1-c)*f*sinA*(sigma+c*sinS*(cos2M+c*cosS*(2*cos2M*cos2M-1))) // (11)
		if math.Abs(next-lambda) > settled {
			if next > math.Pi {
				return 0, false
			}
			lambda = next
			continue
		}
		const e2 = (equatorialRadius*equatorialRadius - polarRadius*polarRadius) / (polarRadius * polarRadius)
		u2 := cos2A * e2
		bigA := 1 + u2/16384*(4096+u2*(-768+u2*(320-175*u2))) // (3)
		bigB := u2 / 1024 * (256 + u2*(-128+u2*(74-47*u2)))   // (4)
		delta := bigB * sinS * (cos2M + bigB/4*(cosS*(2*cos2M*cos2M-1)-
			bigB/6*cos2M*(4*sinS*sinS-3)*(4*cos2M*cos2M-3))) // (6)
		return polarRadius * bigA * (sigma - delta), true // (19)
	}
	return 0, false
}
