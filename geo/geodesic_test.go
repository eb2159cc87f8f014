package geo

import (
	"math"
	"testing"
)

// The longitudes of two rows are written beyond ±180° in the source.
func normal(lat, lon float64) Point {
	return Point{Lat: lat, Lon: math.Remainder(lon, 360)}
}

// TestDistancePublished compares with C. F. F. Karney's own test values
// (geodtest.c of GeographicLib; GeodSolve numbers are those of its tests).
func TestDistancePublished(t *testing.T) {
	tests := []struct {
		lat1, lon1, lat2, lon2 float64
		want, within           float64
	}{
		{35.60777, -139.44815, -11.17491, -69.95921, 8935244.5604818305, 1e-3},
		{55.52454, 106.05087, 77.03196, 197.18234, 4105086.1713924406, 1e-3},
		{-21.97856, 142.59065, 41.84138, 98.56635, 8394328.894657671, 1e-3},
		{-66.99028, 112.2363, -12.70631, 285.90344, 11150344.2312080241, 1e-3},
		{-17.42761, 173.34268, -15.84784, 5.93557, 16076603.1631180673, 1e-3},
		{32.84994, 48.28919, -56.28556, 202.29132, 16727068.9438164461, 1e-3},
		{6.96833, 52.74123, -7.39675, 206.17291, 17102477.2496958388, 1e-3},
		{-50.56724, -16.30485, -33.56571, -94.97412, 6455670.5118668696, 1e-3},
		{-58.93002, -8.90775, -8.91104, 133.13503, 11756066.0219864627, 1e-3},
		{-68.82867, -74.28391, -50.63005, -8.36685, 3956936.926063544, 1e-3},
		{-10.62672, -32.0898, 5.883, -134.31681, 11470869.3864563009, 1e-3},
		{-21.76221, 166.90563, 48.72884, 213.97627, 9098627.3986554915, 1e-3},
		{-19.79938, -174.47484, -11.99349, -154.35109, 2319004.8601169389, 1e-3},
		{-11.95887, -116.94513, 4.57352, 7.16501, 13834722.5801401374, 1e-3},
		{-87.85331, 85.66836, 66.48646, 16.09921, 17286615.3147144645, 1e-3},
		{1.74708, 128.32011, -11.16617, 11.87109, 12942901.1241347408, 1e-3},
		{-25.72959, -144.90758, -57.70581, -269.17879, 9413446.7452453107, 1e-3},
		{-41.22777, 122.32875, -7.57291, 130.37946, 3812686.035106021, 1e-3},
		{11.01307, 138.25278, 6.62726, 247.05981, 11911190.819018408, 1e-3},
		{-29.47124, 95.14681, -27.46601, -69.15955, 13487015.8381145492, 1e-3},
		// A short line (GeodSolve4), then lines close to the antipode (6, 9, 10, 11).
		{36.493349428792, 0, 36.49334942879201, .0000008, 0.072, 5e-4},
		{88.202499451857, 0, -88.202499451857, 179.981022032992859592, 20003898.214, 1e-3},
		{89.262080389218, 0, -89.262080389218, 179.992207982775375662, 20003925.854, 1e-3},
		{89.333123580033, 0, -89.333123580032997687, 179.99295812360148422, 20003926.881, 1e-3},
		{56.320923501171, 0, -56.320923501171, 179.664747671772880215, 19993558.287, 1e-3},
		{52.784459512564, 0, -52.784459512563990912, 179.634407464943777557, 19991596.095, 1e-3},
		{48.522876735459, 0, -48.52287673545898293, 179.599720456223079643, 19989144.774, 1e-3},
		// Half the meridian ellipse, pole to pole and between antipodes on the equator.
		{90, 0, -90, 0, 20003931.4586, 1e-3},
		{0, 0, 0, 180, 20003931.4586, 1e-3},
		// One degree of the equator is a·π/180; a quarter of it too.
		{0, 179.5, 0, -179.5, 111319.49079327358, 1e-6},
		{0, 0, 0, 90, 6378137 * math.Pi / 2, 1e-5},
	}
	for _, tt := range tests {
		a, b := normal(tt.lat1, tt.lon1), normal(tt.lat2, tt.lon2)
		got, back := float64(Distance(a, b)), float64(Distance(b, a))
		if math.Abs(got-tt.want) > tt.within {
			t.Errorf("%v to %v: %.6f m, want %.6f", a, b, got, tt.want)
		}
		if math.Abs(got-back) > 1e-6 {
			t.Errorf("%v to %v: %.9f m one way, %.9f the other", a, b, got, back)
		}
	}
}

func TestDistanceOfTheSamePlace(t *testing.T) {
	for _, pair := range [][2]Point{
		{{31.2, 121.4}, {31.2, 121.4}},
		{{90, 0}, {90, 77}},
		{{-90, -180}, {-90, 12}},
		{{12, 180}, {12, -180}},
	} {
		if d := Distance(pair[0], pair[1]); d > 1e-8 {
			t.Errorf("%v to %v: %g m, want 0", pair[0], pair[1], d)
		}
	}
	if d := Distance(Point{math.NaN(), 0}, Point{1, 1}); !math.IsNaN(float64(d)) {
		t.Errorf("distance from NaN: %g, want NaN", d)
	}
}

// Where the two methods meet there must be no step.
func TestAntipodalAgreesWithVincenty(t *testing.T) {
	r := seeded(t)
	compared := 0
	for range 300 {
		a := randomPoint(r)
		b := Point{Lat: -a.Lat + 6*r.Float64() - 3, Lon: math.Remainder(a.Lon+180+6*r.Float64()-3, 360)}
		if b.Valid() != nil {
			continue
		}
		sa, sb := onEllipsoid(a), onEllipsoid(b)
		direct, ok := vincenty(sa, sb, lonDifference(a.Lon, b.Lon))
		if !ok || lonDifference(a.Lon, b.Lon) > 178.5*radians {
			continue
		}
		compared++
		if halves := antipodal(sa, sb); math.Abs(direct-halves) > 1e-3 {
			t.Errorf("%v to %v: %.6f directly, %.6f by halves", a, b, direct, halves)
		}
	}
	if compared < 50 {
		t.Fatalf("only %d pairs compared", compared)
	}
}

func TestPointValid(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, p := range []Point{{nan, 0}, {0, nan}, {inf, 0}, {0, -inf}, {90.0001, 0}, {0, -180.0001}} {
		if p.Valid() == nil || p.Plausible() == nil {
			t.Errorf("%v was taken for a point", p)
		}
	}
	for _, p := range []Point{{90, 180}, {-90, -180}, {31.2, 121.4}, {0, 30}} {
		if err := p.Plausible(); err != nil {
			t.Errorf("%v: %v", p, err)
		}
	}
	if err := (Point{}).Valid(); err != nil {
		t.Errorf("0,0 is a place: %v", err)
	}
	if (Point{}).Plausible() == nil {
		t.Error("0,0 was taken for a plausible home")
	}
}
