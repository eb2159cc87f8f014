package geo

import (
	"errors"
	"math"
	"testing"
)

func TestParseDatum(t *testing.T) {
	for name, want := range map[string]Datum{
		"wgs84": WGS84, "WGS-84": WGS84, " gcj02 ": GCJ02, "GCJ-02": GCJ02, "bd09": BD09, "BD-09": BD09,
	} {
		if got, err := ParseDatum(name); err != nil || got != want {
			t.Errorf("%q: %v, %v", name, got, err)
		}
	}
	for _, name := range []string{"", "wgs", "utm", "bd09ll"} {
		if got, err := ParseDatum(name); !errors.Is(err, ErrUnknownDatum) {
			t.Errorf("%q: %v, %v", name, got, err)
		}
	}
}

// People's Square, Shanghai, as the program that was compared with gcoord 1.0.7
// converted it.
func TestDatumSample(t *testing.T) {
	wgs := Point{Lat: 31.2316, Lon: 121.4712}
	gcj, err := GCJ02.FromWGS84(wgs)
	if err != nil {
		t.Fatal(err)
	}
	want := Point{Lat: 31.229665034, Lon: 121.475731228}
	if math.Abs(gcj.Lat-want.Lat) > 1e-8 || math.Abs(gcj.Lon-want.Lon) > 1e-8 {
		t.Errorf("GCJ-02 of %v: %v, want %v", wgs, gcj, want)
	}
	bd, err := BD09.FromWGS84(wgs)
	if err != nil {
		t.Fatal(err)
	}
	want = Point{Lat: 31.235562288, Lon: 121.482278289}
	if math.Abs(bd.Lat-want.Lat) > 1e-8 || math.Abs(bd.Lon-want.Lon) > 1e-8 {
		t.Errorf("BD-09 of %v: %v, want %v", wgs, bd, want)
	}
	if d := Distance(wgs, gcj); d < 300 || d > 700 {
		t.Errorf("shifted by %.0f m, want some hundred metres", d)
	}
}

func TestDatumRoundTrip(t *testing.T) {
	r := seeded(t)
	worst, tried := Metres(0), 0
	for tried < 5000 {
		p := Point{Lat: 18 + 35.7*r.Float64(), Lon: 73.5 + 61.6*r.Float64()}
		if !shifted(p) {
			continue
		}
		tried++
		for _, d := range []Datum{GCJ02, BD09} {
			there, err := d.FromWGS84(p)
			if err != nil {
				t.Fatal(err)
			}
			if there == p {
				t.Fatalf("%v was not shifted to %s", p, d)
			}
			back, err := d.ToWGS84(there)
			if err != nil {
				t.Fatal(err)
			}
			worst = max(worst, Distance(p, back))
		}
	}
	t.Logf("worst of %d round trips: %.2g m", tried, worst)
	if worst > 1e-6 {
		t.Errorf("round trip is off by %g m, want at most 1e-6", worst)
	}
}

func TestShiftedArea(t *testing.T) {
	in := map[string]Point{
		"Shanghai": {31.23, 121.47}, "Beijing": {39.9, 116.4}, "Zhengzhou": {34.75, 113.63}, "Chengdu": {30.66, 104.06},
		"Harbin": {45.8, 126.53}, "Dandong": {40.13, 124.38}, "Ji'an": {41.13, 126.18}, "Hunchun": {42.86, 130.36},
		"Suifenhe": {44.4, 131.15}, "Heihe": {50.24, 127.49}, "Mohe": {52.97, 122.53}, "Manzhouli": {49.59, 117.38},
		"Erenhot": {43.65, 111.98}, "Hami": {42.83, 93.51}, "Altay": {47.85, 88.13}, "Tacheng": {46.75, 82.98},
		"Khorgos": {44.2, 80.42}, "Yining": {43.92, 81.32}, "Kashgar": {39.47, 75.99}, "Lhasa": {29.65, 91.11},
		"Ruili": {24.02, 97.85}, "Jinghong": {22.0, 100.8}, "Hekou": {22.53, 103.95}, "Pingxiang": {22.1, 106.76},
		"Dongxing": {21.55, 107.97}, "Sanya": {18.25, 109.5}, "Haikou": {20.04, 110.32}, "Zhanjiang": {21.27, 110.36},
		"Xiamen": {24.48, 118.09}, "Fuzhou": {26.07, 119.3}, "Zhoushan": {29.99, 122.2}, "Dalian": {38.91, 121.6},
		"Shenzhen Futian": {22.54, 114.06}, "Shekou": {22.48, 113.91}, "Yantian": {22.59, 114.24}, "Zhuhai Gongbei": {22.222, 113.55},
		"Hengqin": {22.13, 113.53},
	}
	out := map[string]Point{
		"Hong Kong Central": {22.28, 114.16}, "Sheung Shui": {22.50, 114.128}, "Tuen Mun": {22.39, 113.975}, "Macau": {22.19, 113.545},
		"Taipa": {22.155, 113.56}, "Taipei": {25.04, 121.56}, "Kaohsiung": {22.63, 120.3}, "Magong": {23.57, 119.58},
		"Seoul": {37.57, 126.98}, "Pyongyang": {39.03, 125.75}, "Tokyo": {35.68, 139.69}, "Vladivostok": {43.12, 131.89},
		"Khabarovsk": {48.48, 135.08}, "Blagoveshchensk": {50.29, 127.54}, "Ulaanbaatar": {47.92, 106.92}, "Almaty": {43.24, 76.89},
		"Bishkek": {42.87, 74.59}, "Kathmandu": {27.72, 85.32}, "Thimphu": {27.47, 89.64}, "Myitkyina": {25.38, 97.4},
		"Hanoi": {21.03, 105.85}, "Lao Cai": {22.48, 103.97}, "Mong Cai": {21.52, 107.96}, "Haiphong": {20.86, 106.68},
		"Luang Prabang": {19.89, 102.13}, "Manila": {14.6, 120.98}, "Singapore": {1.35, 103.82}, "Monaco": {43.73, 7.42},
	}
	for name, p := range in {
		if !shifted(p) {
			t.Errorf("%s is not shifted", name)
		}
	}
	for name, p := range out {
		if shifted(p) {
			t.Errorf("%s is shifted", name)
		}
		for _, d := range []Datum{WGS84, GCJ02, BD09} {
			if q, err := d.ToWGS84(p); err != nil || q != p {
				t.Errorf("%s from %s: %v, %v; want it unchanged", name, d, q, err)
			}
		}
	}
}

func TestDatumRefuses(t *testing.T) {
	if _, err := GCJ02.ToWGS84(Point{91, 0}); !errors.Is(err, ErrInvalidPoint) {
		t.Errorf("latitude 91: %v", err)
	}
	if _, err := BD09.FromWGS84(Point{0, math.NaN()}); !errors.Is(err, ErrInvalidPoint) {
		t.Errorf("longitude NaN: %v", err)
	}
	if _, err := Datum("").ToWGS84(Point{31, 121}); !errors.Is(err, ErrUnknownDatum) {
		t.Errorf("no datum: %v", err)
	}
	if _, err := Datum("utm").FromWGS84(Point{31, 121}); !errors.Is(err, ErrUnknownDatum) {
		t.Errorf("datum utm: %v", err)
	}
}
