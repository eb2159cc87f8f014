package pages

import (
	"math"
	"net/url"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"onekeyd/geo"
)

func TestTheDoorIsNotTheBuilding(t *testing.T) {
	d := newDoors()
	for address, want := range map[string][2]string{
		"幸福里3号楼2单元401":                                           {"幸福里3号楼2单元", "401"},
		"长宁区新华路街道幸福里小区13号楼2单元1401室":                              {"长宁区新华路街道幸福里小区13号楼2单元", "1401室"},
		"朝阳里 7号楼 2单元 12层 1202":                                   {"朝阳里 7号楼 2单元", "12层 1202"},
		"朝阳里7-2-1202":                                            {"朝阳里7-2", "1202"},
		"朝阳里12-1202室":                                            {"朝阳里12", "1202室"},
		"和平路5号A座1503":                                            {"和平路5号A座", "1503"},
		"和平路5号501（东门）":                                           {"和平路5号", "501（东门）"},
		"幸福里88号":                                                 {"幸福里88号", ""},
		"李家村三组":                                                  {"李家村三组", ""},
		"中山路100弄5号302室":                                          {"中山路100弄5号", "302室"},
		"Bldg 3 Unit 2 Rm 401, Xingfuli":                         {"Bldg 3 Unit 2, Xingfuli", "Rm 401"},
		"12 Mill Lane, Flat 4b":                                  {"12 Mill Lane", "Flat 4b"},
		"12 Mill Lane #4-12, Leeds":                              {"12 Mill Lane, Leeds", "#4-12"},
		"Bldg 13 Unit 2 Rm 1401, Xingfuli, Xinhua Rd, Changning": {"Bldg 13 Unit 2, Xingfuli, Xinhua Rd, Changning", "Rm 1401"},
		"401": {"401", ""}, "": {"", ""},
	} {
		if building, door := d.split(address); building != want[0] || door != want[1] {
			t.Errorf("%q: %q and %q, want %q", address, building, door, want)
		}
	}
}

func TestTheDoorIsNeverShown(t *testing.T) {
	d := newDoors()
	rapid.Check(t, func(t *rapid.T) {
		room := rapid.StringMatching(`[1-9][0-9]{2,3}`).Draw(t, "room")
		place := rapid.SampledFrom([]string{"幸福里3号楼2单元", "朝阳里7-2-", "和平路5弄6号", "建设新村 8栋 ", "阳光花园A座", "光明街9号院1楼"}).Draw(t, "place")
		tail := rapid.SampledFrom([]string{"", "室", "号室", "户", " ", "（东）", "房"}).Draw(t, "tail")
		building, door := d.split(place + room + tail)
		if strings.Contains(building, room) || !strings.Contains(door, room) {
			t.Errorf("%q: %q and %q", place+room+tail, building, door)
		}
	})
}

func TestMapLinks(t *testing.T) {
	links := mapLinks(home, "朝阳里7号楼,2单元|x")
	if len(links) != 4 || links[len(links)-1].Key != "map.apple" {
		t.Fatalf("links %v", links)
	}
	gcj, err := geo.GCJ02.FromWGS84(home)
	if err != nil {
		t.Fatal(err)
	}
	if geo.Distance(home, gcj) < 300 {
		t.Fatal("the test's home is not shifted: it shows nothing")
	}
	parse := func(n int) (*url.URL, url.Values) {
		u, err := url.Parse(string(links[n].Href))
		if err != nil {
			t.Fatal(err)
		}
		return u, u.Query()
	}
	lat, lon, _ := strings.Cut(gcj.String(), ",")
	if u, q := parse(0); u.Host != "uri.amap.com" || u.Path != "/navigation" || q.Get("to") != lon+","+lat+",朝阳里7号楼 2单元 x" || q.Get("mode") != "walk" || q.Get("callnative") != "1" {
		t.Errorf("AMap: %s", u)
	}
	if u, q := parse(1); u.Host != "api.map.baidu.com" || u.Path != "/marker" || q.Get("location") != lat+","+lon || q.Get("coord_type") != "gcj02" || q.Get("title") != "朝阳里7号楼 2单元 x" || q.Get("output") != "html" || q.Get("src") == "" {
		t.Errorf("Baidu: %s", u)
	}
	if !strings.HasPrefix(string(links[2].Href), "geo:"+home.String()+"?q="+home.String()+"(") {
		t.Errorf("geo: %s", links[2].Href)
	}
	if u, q := parse(3); u.Host != "maps.apple.com" || q.Get("daddr") != home.String() {
		t.Errorf("Apple: %s", u)
	}
	abroad := geo.Point{Lat: 22.2855, Lon: 114.1577} // Hong Kong: not shifted
	if u := string(mapLinks(abroad, "")[0].Href); !strings.Contains(u, "to=114.157700,22.285500,") {
		t.Errorf("AMap outside the shifted area: %s", u)
	}
}

func TestTelephoneNumbersOnly(t *testing.T) {
	for number, want := range map[string]string{"021-6123 4567": "tel:02161234567", "+86138": "tel:+86138", "120": "tel:120", "": "", "javascript:alert": ""} {
		if got := string(tel(number)); got != want {
			t.Errorf("%q: %q, want %q", number, got, want)
		}
	}
}

func TestSketchIsTrue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		from := geo.Point{Lat: rapid.Float64Range(-60, 60).Draw(t, "lat"), Lon: rapid.Float64Range(-180, 180).Draw(t, "lon")}
		north, east := rapid.Float64Range(-9000, 9000).Draw(t, "north"), rapid.Float64Range(-9000, 9000).Draw(t, "east")
		at := geo.Point{Lat: from.Lat + north/111_195, Lon: from.Lon + east/111_195/math.Cos(from.Lat*math.Pi/180)}
		if at.Lon > 180 {
			at.Lon -= 360
		} else if at.Lon < -180 {
			at.Lon += 360
		}
		s := sketchOf(from, at)
		d := math.Hypot(north, east)
		if s == nil {
			if d > 25 && d < 12_000 {
				t.Fatalf("nothing is drawn of %.0f m", d)
			}
			return
		}
		x, y := s.X-sketchX, s.Y-sketchY
		if r := math.Hypot(x, y); r > sketchRing*1.02 || math.Abs(r-d/float64(s.Ring)*sketchRing) > 1.5 {
			t.Errorf("drawn at %.1f of %d for %.0f m with a ring of %.0f m", r, sketchRing, d, s.Ring)
		}
		if math.Abs(north) > d/5 && (y < 0) != (north > 0) || math.Abs(east) > d/5 && (x > 0) != (east > 0) {
			t.Errorf("north %.0f east %.0f is drawn at %.1f,%.1f", north, east, x, y)
		}
	})
}

// A walking responder's page is not sent anew at every step, and not far off either.
func TestLivePositionIsSteady(t *testing.T) {
	seen := map[geo.Point]bool{}
	for m := 300.0; m > 0; m-- {
		at := geo.Point{Lat: home.Lat + m/111_195, Lon: home.Lon}
		p := steadied(home, at)
		seen[p] = true
		if off := geo.Distance(p, at); off > 60 {
			t.Errorf("%.0f m away it is drawn %.0f m off", m, off)
		}
	}
	if len(seen) > 12 {
		t.Errorf("%d versions of the page on a way of 300 m", len(seen))
	}
}

func FuzzSplit(f *testing.F) {
	for _, s := range []string{"幸福里3号楼2单元401", "12 Mill Lane, Flat 4b", "#", "（）", "\xff401室"} {
		f.Add(s)
	}
	d := newDoors()
	f.Fuzz(func(t *testing.T, address string) {
		building, door := d.split(address)
		if len(building)+len(door) > len(address) {
			t.Errorf("%q became %q and %q", address, building, door)
		}
		if strings.TrimSpace(address) != "" && building == "" {
			t.Errorf("%q has no building", address)
		}
	})
}
