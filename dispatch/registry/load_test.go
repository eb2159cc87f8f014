package registry_test

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"onekeyd/dispatch"
	"onekeyd/dispatch/registry"
	"onekeyd/geo"
)

func today() time.Time { return time.Date(2026, 9, 1, 8, 0, 0, 0, time.UTC) }

// files are the files of an import by name.
type files map[string]string

func (f files) fs() fs.FS {
	dir := fstest.MapFS{}
	for name, text := range f {
		dir[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return dir
}

func (f files) load(t testing.TB, known *registry.Snapshot) (*registry.Batch, []registry.Problem) {
	t.Helper()
	b, found, err := registry.Load(t.Context(), f.fs(), registry.LoadOptions{Known: known, Now: today()})
	if err != nil {
		t.Fatal(err)
	}
	if (b == nil) == (len(found) == 0) {
		t.Fatalf("a batch and problems, or neither: %v %v", b, found)
	}
	return b, found
}

func (f files) mustLoad(t testing.TB, known *registry.Snapshot) *registry.Batch {
	t.Helper()
	b, found := f.load(t, known)
	if len(found) > 0 {
		t.Fatal(found)
	}
	return b
}

// with is a copy with one file replaced, or left out if text is empty.
func (f files) with(name, text string) files {
	g := files{}
	for n, x := range f {
		g[n] = x
	}
	if g[name] = text; text == "" {
		delete(g, name)
	}
	return g
}

const (
	eldersHead     = "id,name,sex,birth_year,phone,address,area,lat,lon,datum,floor,living_alone,language,hints,medical,access_note\n"
	contactsHead   = "elder_id,rank,name,relation,phone,language\n"
	devicesHead    = "id,elder_id,protocol,phone,model\n"
	respondersHead = "id,name,kind,phone,lat,lon,datum,areas,language,on_duty,organisation\n"

	wang = "E-1,王秀英,f,1941,13812345678,海棠社区3号楼2单元501,G1,37.59,118.55,wgs84,5,yes,zh,听力不好,高血压,备用钥匙在物业\n"
	li   = "E-2,李建国,男,,,海棠社区4号楼,,37.591,118.551,wgs84,,,,,,\n"
)

const areasFile = `{"type":"FeatureCollection","features":[
{"type":"Feature","properties":{"code":"S1","name":"第一街道","level":"street","parent":null},"geometry":null},
{"type":"Feature","properties":{"code":"C1","name":"海棠社区","level":"community","parent":"S1"},
 "geometry":{"type":"Polygon","coordinates":[[[118.54,37.58],[118.56,37.58],[118.56,37.60],[118.54,37.60],[118.54,37.58]]]}},
{"type":"Feature","properties":{"code":"G1","name":"第一网格","level":"grid","parent":"C1"},
 "geometry":{"type":"Polygon","coordinates":[[[118.545,37.585],[118.555,37.585],[118.555,37.595],[118.545,37.595],[118.545,37.585]]]}}
]}`

// village is a small import that is in order.
func village() files {
	return files{
		"areas.geojson":  areasFile,
		"elders.csv":     eldersHead + wang + li,
		"contacts.csv":   contactsHead + "E-1,1,王强,儿子,13900000001,zh\nE-1,2,王丽,女儿,+85261234567,en\n",
		"devices.csv":    devicesHead + "D-1,E-1,json,,K1\nD-2,E-2,json,,K1\nD-3,,json,,K1\n",
		"responders.csv": respondersHead + "R-1,赵网格,grid_leader,13900000002,37.59,118.55,wgs84,G1;C1,zh,是,社区\nR-2,卫生站,clinic,0546-2521234,37.592,118.552,wgs84,C1|S1,,,\n",
	}
}

func TestLoad(t *testing.T) {
	b := village().mustLoad(t, nil)
	e := slices.Collect(b.Elders())
	slices.SortFunc(e, func(a, b dispatch.Elder) int { return strings.Compare(string(a.ID), string(b.ID)) })
	want := []dispatch.Elder{
		{
			ID: "E-1", Name: "王秀英", Sex: "f", BirthYear: 1941, Phone: "+8613812345678", LivingAlone: true, Language: "zh",
			Hints: "听力不好", Medical: "高血压",
			Premises: dispatch.Premises{Address: "海棠社区3号楼2单元501", Area: "G1", Point: geo.Point{Lat: 37.59, Lon: 118.55}, Floor: "5", AccessNote: "备用钥匙在物业"},
		},
		{ // the area is found by the polygon, the deepest one
			ID: "E-2", Name: "李建国", Sex: "m",
			Premises: dispatch.Premises{Address: "海棠社区4号楼", Area: "G1", Point: geo.Point{Lat: 37.591, Lon: 118.551}},
		},
	}
	if diff := cmp.Diff(want, e); diff != "" {
		t.Error(diff)
	}
	r := slices.Collect(b.Responders())
	slices.SortFunc(r, func(a, b dispatch.Responder) int { return strings.Compare(string(a.ID), string(b.ID)) })
	if diff := cmp.Diff([]dispatch.Responder{
		{ID: "R-1", Name: "赵网格", Kind: "grid_leader", Phone: "+8613900000002", Base: geo.Point{Lat: 37.59, Lon: 118.55}, Areas: []string{"G1", "C1"}, Language: "zh", OnDuty: true, Organisation: "社区"},
		{ID: "R-2", Name: "卫生站", Kind: "clinic", Phone: "+865462521234", Base: geo.Point{Lat: 37.592, Lon: 118.552}, Areas: []string{"C1", "S1"}, OnDuty: true},
	}, r); diff != "" {
		t.Error(diff)
	}
	if b.Count(registry.Contacts) != 2 || b.Count(registry.Devices) != 3 || b.Count(registry.Areas) != 3 {
		t.Error("records are missing")
	}
}

// A spreadsheet saves with a byte order mark, CRLF, its own order of columns and rows of separators.
func TestLoadWhatSpreadsheetsWrite(t *testing.T) {
	b := files{"devices.csv": "\xef\xbb\xbfmodel, ID ,elder_id\r\nK2,D-1,\r\n,,\r\n   \r\nK1,D-2,\r\n"}.mustLoad(t, nil)
	if b.Count(registry.Devices) != 2 {
		t.Errorf("%d devices", b.Count(registry.Devices))
	}
}

func TestGCJ02RowLandsAtItsPlace(t *testing.T) {
	true84 := geo.Point{Lat: 37.59, Lon: 118.55}
	for _, datum := range []geo.Datum{geo.GCJ02, geo.BD09} {
		shifted, err := datum.FromWGS84(true84)
		if err != nil {
			t.Fatal(err)
		}
		if geo.Distance(shifted, true84) < 400 {
			t.Fatalf("%s moves by %v only", datum, geo.Distance(shifted, true84))
		}
		row := strings.Replace(wang, "37.59,118.55,wgs84", registry.Degrees(shifted.Lat)+","+registry.Degrees(shifted.Lon)+","+string(datum), 1)
		b := village().with("elders.csv", eldersHead+row+li).mustLoad(t, nil)
		for e := range b.Elders() {
			if d := geo.Distance(e.Premises.Point, true84); e.ID == "E-1" && d > 0.02 {
				t.Errorf("%s: the home is %v m from its place", datum, d)
			}
		}
	}
}

func TestProblems(t *testing.T) {
	elder := func(row string) files { return village().with("elders.csv", eldersHead+wang+li+row) }
	device := func(rows string) files { return village().with("devices.csv", devicesHead+rows) }
	contact := func(rows string) files { return village().with("contacts.csv", contactsHead+rows) }
	responder := func(rows string) files { return village().with("responders.csv", respondersHead+rows) }
	areas := func(old, new string) files {
		if !strings.Contains(areasFile, old) {
			t.Fatalf("no %q in the areas", old)
		}
		return village().with("areas.geojson", strings.Replace(areasFile, old, new, 1))
	}
	for name, c := range map[string]struct {
		in   files
		want []string
	}{
		"no files": {files{"people.csv": "x"}, []string{"none of elders.csv, contacts.csv, devices.csv, responders.csv, providers.csv and areas.geojson is there"}},
		"empty":    {village().with("devices.csv", "\n"), []string{"devices.csv:1: (file): is empty; a header is needed"}},
		"unknown column": {village().with("devices.csv", "id,elder_id,color\n"), []string{
			"devices.csv:1: color: is not a column of this file; known are id, elder_id, protocol, phone, model"}},
		"missing columns": {village().with("devices.csv", "model\n"), []string{
			"devices.csv:1: id: is missing from the header", "devices.csv:1: elder_id: is missing from the header"}},
		"column twice": {village().with("devices.csv", "id,elder_id,ID\n"), []string{"devices.csv:1: id: is in the header twice"}},
		"fields":       {device("D-1,E-1\n"), []string{"devices.csv:2: (row): has 2 fields, the header has 5"}},
		"quote":        {device("D-1,E\"1,,,\nD-2,E-9,,,\n"), []string{`devices.csv:2: (row): is not CSV: bare " in non-quoted-field (line 2, byte 6)`, `devices.csv:3: elder_id: elder "E-9" is neither in the files nor in the directory`}},
		"all at once": {elder("E-3,,f,1940,,a,G1,37.59,118.55,wgs84,,,,,,\n").with("devices.csv", "id,elder_id,protocol,phone,model\nD-1,E-3,,,\nD-2,E-9,,,\n"), []string{
			`devices.csv:3: elder_id: elder "E-9" is neither in the files nor in the directory`, "elders.csv:4: name: is empty"}},
		"gbk":            {device("D-1,E-1,,,\xc3\xfb\xd7\xd6\nD-2,E-1,,,\xc3\xfb\xd7\xd6\n"), []string{"devices.csv:2: model: is not UTF-8; it looks like GBK (名字): save the file as CSV UTF-8", "devices.csv:3: model: is not UTF-8; it looks like GBK (名字): save the file as CSV UTF-8"}},
		"gbk header":     {village().with("devices.csv", "id,elder_id,\xc3\xfb\xd7\xd6\n"), []string{"devices.csv:1: (row): is not UTF-8; it looks like GBK (名字): save the file as CSV UTF-8"}},
		"utf-16":         {village().with("devices.csv", "\xff\xfei\x00d\x00"), []string{"devices.csv:1: (file): is UTF-16; save it as CSV in UTF-8"}},
		"line numbers":   {device("D-1,E-1,,,\"a\nb\"\nD-2,E-1,,,K1\n"), []string{"devices.csv:2: model: holds the control character U+000A"}},
		"after newlines": {elder("E-3,陈,f,1940,,\"a\",G1,37.59,118.55,wgs84,,,,\"two\nlines\",,\nE-4,,f,1940,,a,G1,37.59,118.55,wgs84,,,,,,\n"), []string{"elders.csv:6: name: is empty"}},
		"id":             {device("D 1,E-1,,,\n"), []string{`devices.csv:2: id: holds ' '; letters, digits and - _ : @ = are allowed`}},
		"duplicate":      {device("D-1,E-1,,,\nD-2,,,,\nD-1,E-2,,,\n"), []string{"devices.csv:4: id: devices/D-1 is on line 2 already"}},
		"rank twice":     {contact("E-1,1,a,,13900000001,\nE-1,1,b,,13900000002,\n"), []string{"contacts.csv:3: elder_id: contacts/E-1/1 is on line 2 already"}},
		"rank":           {contact("E-1,0,a,,13900000001,\nE-1,x,b,,13900000002,\n"), []string{`contacts.csv:2: rank: "0" is not a whole number from 1 to 99`, `contacts.csv:3: rank: "x" is not a whole number from 1 to 99`}},
		"phone":          {contact("E-1,1,a,,12345,\nE-1,2,a,,,\n"), []string{"contacts.csv:2: phone: is not a possible telephone number of CN: it has too few or too many digits", "contacts.csv:3: phone: is empty"}},
		"dangling": {device("D-1,E-9,,,\n").with("contacts.csv", contactsHead+"E-8,1,a,,13900000001,\n"), []string{
			`contacts.csv:2: elder_id: elder "E-8" is neither in the files nor in the directory`, `devices.csv:2: elder_id: elder "E-9" is neither in the files nor in the directory`}},
		"values": {elder("E-3,陈,x,1850,abc,addr,,37.59,118.55,wgs84,,maybe,fr,,,\n"), []string{
			`elders.csv:4: sex: "x" is not f, m or empty`, `elders.csv:4: birth_year: "1850" is not a year from 1901 to 2026`, "elders.csv:4: phone: is not a telephone number",
			`elders.csv:4: living_alone: "maybe" is not yes or no`, `elders.csv:4: language: "fr" is not zh, en or empty`}},
		"future":           {elder("E-3,陈,,2027,,addr,,37.59,118.55,wgs84,,,,,,\n"), []string{`elders.csv:4: birth_year: "2027" is not a year from 1901 to 2026`}},
		"datum":            {elder("E-3,陈,,,,addr,,37.59,118.55,,,,,,,\nE-4,陈,,,,addr,,37.59,118.55,xian80,,,,,,\n"), []string{"elders.csv:4: datum: is empty", `elders.csv:5: datum: "xian80" is not wgs84, gcj02 or bd09`}},
		"zero":             {elder("E-3,陈,,,,addr,,0,0,wgs84,,,,,,\n"), []string{"elders.csv:4: lat: 0,0 is the empty coordinate: not a point on the earth"}},
		"swapped":          {elder("E-3,陈,,,,addr,,118.55,37.59,wgs84,,,,,,\n"), []string{"elders.csv:4: lat: 118.55,37.59 is not on the earth; lat and lon look swapped"}},
		"far":              {elder("E-3,陈,,,,addr,,31.2,121.4,wgs84,,,,,,\n"), []string{"elders.csv:4: lat: 31.2,121.4 is more than about 100 km from every area"}},
		"all three":        {elder("E-3,陈,,,,addr,,91,181,foo,,,,,,\n"), []string{`elders.csv:4: datum: "foo" is not wgs84, gcj02 or bd09`, "elders.csv:4: lat: 91 is not a latitude, -90 to 90", "elders.csv:4: lon: 181 is not a longitude, -180 to 180"}},
		"lon and no lat":   {elder("E-3,陈,,,,addr,,,181,wgs84,,,,,,\n"), []string{"elders.csv:4: lat: is empty", "elders.csv:4: lon: 181 is not a longitude, -180 to 180"}},
		"longitude":        {elder("E-3,陈,,,,addr,,37.59,1185.5,wgs84,,,,,,\n"), []string{"elders.csv:4: lon: 1185.5 is not a longitude, -180 to 180"}},
		"far by longitude": {elder("E-3,陈,,,,addr,,37.59,11.855,wgs84,,,,,,\n"), []string{"elders.csv:4: lon: 37.59,11.855 is more than about 100 km from every area"}},
		"not swapped":      {elder("E-3,陈,,,,addr,,91,0.1,wgs84,,,,,,\n"), []string{"elders.csv:4: lat: 91 is not a latitude, -90 to 90"}},
		"no areas": {files{"elders.csv": eldersHead + "E-3,陈,,,,addr,,91,0.1,wgs84,,,,,,\nE-4,陈,,,,addr,,118.55,37.59,wgs84,,,,,,\n"}, []string{
			"elders.csv:2: lat: 91 is not a latitude, -90 to 90", "elders.csv:3: lat: 118.55,37.59 is not on the earth; lat and lon look swapped"}},
		"degrees":          {elder("E-3,陈,,,,addr,,N37,NaN,wgs84,,,,,,\n"), []string{`elders.csv:4: lat: "N37" is not a number of degrees`, `elders.csv:4: lon: "NaN" is not a number of degrees`}},
		"long":             {elder("E-3," + strings.Repeat("陈", 101) + ",,,,addr,,37.59,118.55,wgs84,,,,,,\n"), []string{"elders.csv:4: name: is longer than 100 characters"}},
		"control":          {elder("E-3,陈\x1b[31m,,,,addr,,37.59,118.55,wgs84,,,,,,\n"), []string{"elders.csv:4: name: holds the control character U+001B"}},
		"bidi":             {elder("E-3,陈\u202e,,,,addr,,37.59,118.55,wgs84,,,,,,\n"), []string{"elders.csv:4: name: holds the control character U+202E"}},
		"area":             {elder("E-3,陈,,,,addr,G9,37.59,118.55,wgs84,,,,,,\n"), []string{`elders.csv:4: area: area "G9" is neither in the files nor in the directory`}},
		"kind":             {responder("R-1,a,driver,13900000002,37.59,118.55,wgs84,,,,\n"), []string{`responders.csv:2: kind: "driver" is not one of worker, grid_leader, volunteer, doctor, clinic, hospital, police`}},
		"areas":            {responder("R-1,a,worker,13900000002,37.59,118.55,wgs84,C1 G7,,,\n"), []string{`responders.csv:2: areas: area "G7" is neither in the files nor in the directory`}},
		"no json":          {village().with("areas.geojson", "{\"type\":\"FeatureCollection\",\n\"features\":[\n{]"), []string{"areas.geojson:3: (file): is not JSON: invalid character ']' looking for beginning of object key string"}},
		"cut off":          {village().with("areas.geojson", areasFile[:200]), []string{"areas.geojson:3: (file): is not JSON: unexpected EOF"}},
		"geometry":         {village().with("areas.geojson", `{"type":"Polygon"}`), []string{"areas.geojson:1: (file): is not a GeoJSON FeatureCollection"}},
		"level":            {areas(`"level":"grid"`, `"level":"gird"`), []string{`areas.geojson:5: level: level "gird": level is not one of city, district, street, community, grid, group, building, unit`}},
		"no parent":        {areas(`,"parent":"C1"`, `,"parant":"C1"`), []string{"areas.geojson:5: parent: is missing from the properties"}},
		"forgotten parent": {areas(`"parent":"C1"`, `"parent":""`), []string{`areas.geojson:5: parent: is missing: only a street, the highest level here, may have none`}},
		"parent":           {areas(`"parent":"C1"`, `"parent":"C7"`), []string{`areas.geojson:5: parent: there is no area "C7"`}},
		"parent below":     {areas(`"parent":"S1"`, `"parent":"G1"`), []string{`areas.geojson:3: parent: "G1" leads back to the area itself`, `areas.geojson:5: parent: "C1" leads back to the area itself`}},
		"area twice": {areas(`"code":"G1"`, `"code":"C1"`), []string{"areas.geojson:5: code: areas/C1 is on line 3 already",
			`elders.csv:2: area: area "G1" is neither in the files nor in the directory`, `responders.csv:2: areas: area "G1" is neither in the files nor in the directory`}},
		"open ring":     {areas(`,[118.545,37.585]]]`, `]]`), []string{"areas.geojson:5: polygon: polygon 0, ring 0: the last position differs from the first: not a polygon"}},
		"other datum":   {areas(`"FeatureCollection",`, `"FeatureCollection","crs":{"properties":{"name":"EPSG:3857"}},`), []string{"areas.geojson:1: crs: is not WGS-84; RFC 7946 allows nothing else"}},
		"not a feature": {areas(`"type":"Feature","properties":{"code":"S1"`, `"type":"Point","properties":{"code":"S1"`), []string{"areas.geojson:2: (feature): is not a GeoJSON Feature"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, found := c.in.load(t, nil)
			var got []string
			for _, p := range found {
				got = append(got, p.String())
				if p.File != "" && (p.Line == 0 || p.Column == "") {
					t.Errorf("%q has no line or no column", p)
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestProblemsAreCappedAndCounted(t *testing.T) {
	in := files{"devices.csv": devicesHead + strings.Repeat("D 1,,,,\n", 50)}
	_, found, err := registry.Load(t.Context(), in.fs(), registry.LoadOptions{Now: today(), MaxProblems: 10})
	if err != nil || len(found) != 11 || found[10].String() != "and 40 more" {
		t.Errorf("%v %v", found, err)
	}
}

func TestLoadHearsOfProgressAndStops(t *testing.T) {
	in := files{"devices.csv": devicesHead + strings.Repeat(" ,,,,\n", 200_000)}
	last, total := int64(0), int64(0)
	if _, _, err := registry.Load(t.Context(), in.fs(), registry.LoadOptions{Now: today(), Progress: func(d, n int64) {
		if d < last {
			t.Errorf("from %d back to %d", last, d)
		}
		last, total = d, n
	}}); err != nil {
		t.Fatal(err)
	}
	if want := int64(len(in["devices.csv"])); last != want || total != want {
		t.Errorf("progress ends at %d of %d, want %d", last, total, want)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := registry.Load(ctx, in.fs(), registry.LoadOptions{Now: today()}); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled load gives %v", err)
	}
}
