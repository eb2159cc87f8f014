package geo

import "math"

// antipodal gives the distance of points nearly opposite each other, where
// Vincenty's iteration fails.
//
// Every path from a to b crosses any closed curve that separates them. So the
// distance is the least sum of the two legs over all points of such a curve;
// here the great circle half way, and both legs are then close to a quarter
// of the way round, where Vincenty is at its best. Along that circle the sum
// has at most two minima (one on either side of the axis), and near a minimum
// it is flat, so that an angle known to 1e-8 gives the length to 1e-16.
func antipodal(a, b spot) float64 {
	const samples = 48
	c := halfwayCircle(a.Point, b.Point)
	legs := func(theta float64) float64 {
		m := c.at(theta)
		first, _ := vincenty(a, m, lonDifference(a.Lon, m.Lon))
		second, _ := vincenty(m, b, lonDifference(m.Lon, b.Lon))
		return first + second
	}
	const step = 2 * math.Pi / samples
	var sum [samples]float64
	for i := range sum {
		sum[i] = legs(float64(i) * step)
	}
	least := math.Inf(1)
	for i, s := range sum {
		before, after := sum[(i+samples-1)%samples], sum[(i+1)%samples]
		if s <= before && s <= after {
			at := float64(i) * step
			least = min(least, minimum(legs, at-step, at+step))
		}
	}
	if math.IsInf(least, 1) {
		return math.NaN() // only for points that are not finite
	}
	return least
}

// minimum of f between lo and hi by golden section (Kiefer 1953).
func minimum(f func(float64) float64, lo, hi float64) float64 {
	const ratio = 0.6180339887498949
	x1, x2 := hi-ratio*(hi-lo), lo+ratio*(hi-lo)
	f1, f2 := f(x1), f(x2)
	for hi-lo > 1e-9 {
		if f1 < f2 {
			hi, x2, f2 = x2, x1, f1
			x1 = hi - ratio*(hi-lo)
			f1 = f(x1)
		} else {
			lo, x1, f1 = x1, x2, f2
			x2 = lo + ratio*(hi-lo)
			f2 = f(x2)
		}
	}
	return min(f1, f2)
}

type vector [3]float64

func unit(p Point) vector {
	sinLat, cosLat := math.Sincos(p.Lat * radians)
	sinLon, cosLon := math.Sincos(p.Lon * radians)
	return vector{cosLat * cosLon, cosLat * sinLon, sinLat}
}

func (v vector) scaled(k float64) vector { return vector{v[0] * k, v[1] * k, v[2] * k} }

func (v vector) cross(w vector) vector {
	return vector{v[1]*w[2] - v[2]*w[1], v[2]*w[0] - v[0]*w[2], v[0]*w[1] - v[1]*w[0]}
}

func (v vector) direction() vector {
	return v.scaled(1 / math.Sqrt(v[0]*v[0]+v[1]*v[1]+v[2]*v[2]))
}

// circle is a great circle, by two directions at right angles.
type circle struct{ e1, e2 vector }

// halfwayCircle is the great circle at right angles to the line from a to b,
// which must be nearly opposite each other.
func halfwayCircle(a, b Point) circle {
	u, v := unit(a), unit(b)
	axis := vector{u[0] - v[0], u[1] - v[1], u[2] - v[2]}.direction()
	// Any direction not along the axis serves: the coordinate axis in which
	// the axis is shortest.
	var other vector
	i := 0
	for j := range axis {
		if math.Abs(axis[j]) < math.Abs(axis[i]) {
			i = j
		}
	}
	other[i] = 1
	e1 := axis.cross(other).direction()
	return circle{e1: e1, e2: axis.cross(e1)}
}

func (c circle) at(theta float64) spot {
	sin, cos := math.Sincos(theta)
	x := c.e1[0]*cos + c.e2[0]*sin
	y := c.e1[1]*cos + c.e2[1]*sin
	z := c.e1[2]*cos + c.e2[2]*sin
	return onEllipsoid(Point{
		Lat: math.Atan2(z, math.Sqrt(x*x+y*y)) / radians,
		Lon: math.Atan2(y, x) / radians,
	})
}
