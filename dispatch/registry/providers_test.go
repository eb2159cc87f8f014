package registry_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"onekeyd/dispatch"
	"onekeyd/dispatch/registry"
	"onekeyd/geo"
)

const (
	providersHead = "id,name,categories,phone,lat,lon,datum,areas,language,on_duty,organisation\n"
	cleaner       = "S-1,洁万家,Cleaning;保洁；cleaning ; home_help,13900000011,37.59,118.55,wgs84,C1,zh,,家政公司\n"
	repairer      = "S-2,老张修理,repairs,0546-2521299,37.592,118.552,wgs84,,,no,\n"
)

func town() files { return village().with("providers.csv", providersHead+cleaner+repairer) }

func cleaners() dispatch.Responder {
	return dispatch.Responder{
		ID: "S-1", Name: "洁万家", Kind: dispatch.Provider, Categories: []string{"cleaning", "保洁", "home_help"}, Phone: "+8613900000011",
		Base: geo.Point{Lat: 37.59, Lon: 118.55}, Areas: []string{"C1"}, Language: "zh", OnDuty: true, Organisation: "家政公司",
	}
}

// A provider is a responder to whoever asks the directory, and a kind of its own to whoever keeps it.
func TestProvidersAreResponders(t *testing.T) {
	dir := t.TempDir()
	js, server := startServer(t, dir)
	r := open(t, js)
	var heard []dispatch.ResponderID
	r.OnChange(func(_ *registry.Snapshot, changed []dispatch.ResponderID) { heard = changed })
	importAll(t, r, town(), registry.Options{})
	if want := []dispatch.ResponderID{"R-1", "R-2", "S-1", "S-2"}; !slices.Equal(heard, want) {
		t.Errorf("heard of %v, want %v", heard, want)
	}
	check := func(s *registry.Snapshot) {
		t.Helper()
		got, ok := s.Responder("S-1")
		if diff := cmp.Diff(cleaners(), got); !ok || diff != "" {
			t.Errorf("S-1 is known: %v, %s", ok, diff)
		}
		if got, _ := s.Responder("S-2"); got.OnDuty || got.Kind != dispatch.Provider {
			t.Errorf("S-2 is %+v", got)
		}
		if s.Count(registry.Responders) != 2 || s.Count(registry.Providers) != 2 {
			t.Errorf("%d responders and %d providers", s.Count(registry.Responders), s.Count(registry.Providers))
		}
		var all []dispatch.ResponderID
		for o := range s.Responders() {
			all = append(all, o.ID)
		}
		if slices.Sort(all); !slices.Equal(all, []dispatch.ResponderID{"R-1", "R-2", "S-1", "S-2"}) {
			t.Errorf("all are %v", all)
		}
		if got := s.Serving("C1"); !slices.Equal(got, []dispatch.ResponderID{"R-1", "R-2", "S-1"}) {
			t.Errorf("C1 is served by %v", got)
		}
		if diff := cmp.Diff([]registry.Key{registry.ProviderKey("S-1")}, s.ByPhone("+8613900000011")); diff != "" {
			t.Error(diff)
		}
	}
	check(r.Snapshot())
	if err := r.Compact(t.Context()); err != nil {
		t.Fatal(err)
	}
	server.Shutdown()
	server.WaitForShutdown()
	js, _ = startServer(t, dir)
	check(open(t, js).Snapshot())
}

// What one of the two files leaves out does not touch those of the other.
func TestProvidersArePrunedByTheirOwnFile(t *testing.T) {
	js, _ := startServer(t, t.TempDir())
	r := open(t, js)
	importAll(t, r, town(), registry.Options{})
	importAll(t, r, village(), registry.Options{Prune: true})
	if n := r.Snapshot().Count(registry.Providers); n != 2 {
		t.Fatalf("an import without providers.csv leaves %d of 2", n)
	}
	only := files{"providers.csv": providersHead + repairer}
	report := importAll(t, r, only, registry.Options{Prune: true, DryRun: true})
	want := []registry.KindReport{{Kind: "providers", Unchanged: 1, Missing: 1, Removed: 1, MissingKeys: []registry.Key{registry.ProviderKey("S-1")}}}
	if diff := cmp.Diff(want, report.Kinds); diff != "" || r.Snapshot().Count(registry.Providers) != 2 {
		t.Errorf("dry run: %s", diff)
	}
	importAll(t, r, only, registry.Options{Prune: true})
	s := r.Snapshot()
	if _, ok := s.Responder("S-1"); ok || s.Count(registry.Responders) != 2 || s.Count(registry.Providers) != 1 {
		t.Errorf("%d responders and %d providers are left", s.Count(registry.Responders), s.Count(registry.Providers))
	}
	if got := s.Serving("C1"); slices.Contains(got, "S-1") {
		t.Errorf("C1 is served by %v", got)
	}
}

func TestProblemsOfProviders(t *testing.T) {
	provider := func(categories string) files {
		return village().with("providers.csv", providersHead+"S-1,a,"+categories+",13900000011,37.59,118.55,wgs84,,,,\n")
	}
	for name, c := range map[string]struct {
		in   files
		want []string
	}{
		"no categories": {provider(""), []string{"providers.csv:2: categories: is empty"}},
		"no column": {village().with("providers.csv", "id,name,phone,lat,lon,datum\n"), []string{
			"providers.csv:1: categories: is missing from the header"}},
		"nothing between": {provider(" ; ；"), []string{"providers.csv:2: categories: names nothing"}},
		"space":           {provider("home help;cleaning"), []string{`providers.csv:2: categories: "home help" holds ' '; letters, digits, - and _ are allowed, and ; between two`}},
		"markup":          {provider("<b>;meals/soup"), []string{`providers.csv:2: categories: "<b>" holds '<'; letters, digits, - and _ are allowed, and ; between two`, `providers.csv:2: categories: "meals/soup" holds '/'; letters, digits, - and _ are allowed, and ; between two`}},
		"long":            {provider(strings.Repeat("助", 41)), []string{`providers.csv:2: categories: "` + strings.Repeat("助", 20) + `…" is longer than 40 characters`}},
		"gbk":             {provider("\xc3\xfb\xd7\xd6"), []string{"providers.csv:2: categories: is not UTF-8; it looks like GBK (名字): save the file as CSV UTF-8"}},
		"everything else": {village().with("providers.csv", providersHead+"S 1,,x,1234567,1,2,,Z9,fr,perhaps,\n"), []string{
			"providers.csv:2: name: is empty", "providers.csv:2: datum: is empty",
			"providers.csv:2: id: holds ' '; letters, digits and - _ : @ = are allowed",
			"providers.csv:2: phone: is not a possible telephone number of CN: it has too few or too many digits",
			`providers.csv:2: language: "fr" is not zh, en or empty`, `providers.csv:2: on_duty: "perhaps" is not yes or no`,
			"providers.csv:2: lat: 1,2 is more than about 100 km from every area",
			`providers.csv:2: areas: area "Z9" is neither in the files nor in the directory`}},
		"a kind of responder": {village().with("responders.csv", respondersHead+"S-1,a,provider,13900000011,37.59,118.55,wgs84,,,,\n"), []string{
			`responders.csv:2: kind: "provider" has a file of its own, providers.csv, which says what they do`}},
		"a responder's identifier": {village().with("providers.csv", providersHead+"R-1,a,meals,13900000011,37.59,118.55,wgs84,,,,\n"), []string{
			"providers.csv:2: id: responders/R-1 has this identifier; responders and providers share theirs",
			"responders.csv:2: id: providers/R-1 has this identifier; responders and providers share theirs"}},
		// Of responders that could not be read nobody knows whose identifier is taken.
		"unread responders": {town().with("responders.csv", "id\n"), []string{
			"responders.csv:1: name: is missing from the header", "responders.csv:1: kind: is missing from the header", "responders.csv:1: phone: is missing from the header",
			"responders.csv:1: lat: is missing from the header", "responders.csv:1: lon: is missing from the header", "responders.csv:1: datum: is missing from the header"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, found := c.in.load(t, nil)
			if diff := cmp.Diff(c.want, lines(found)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// The identifier of somebody who is there cannot go to one of the other sort,
// not even in the import that removes them: readers of the log could not tell which is meant.
func TestAnIdentifierChangesItsSortInTwoSteps(t *testing.T) {
	js, _ := startServer(t, t.TempDir())
	r := open(t, js)
	importAll(t, r, town(), registry.Options{})
	moved := village().with("responders.csv", respondersHead+"R-2,卫生站,clinic,0546-2521234,37.592,118.552,wgs84,C1,,,\n").
		with("providers.csv", providersHead+"R-1,赵,meals,13900000002,37.59,118.55,wgs84,C1,,,\n")
	var refused *registry.RefusedError
	if _, err := r.Import(t.Context(), moved.mustLoad(t, nil), registry.Options{Prune: true}); !errors.As(err, &refused) || refused.Problems[0].String() !=
		"providers.csv:2: id: responders/R-1 has this identifier; responders and providers share theirs" {
		t.Errorf("in one step: %v", err)
	}
	o := cleaners()
	if o.ID = "R-1"; r.PutResponder(t.Context(), o, "") == nil {
		t.Error("one record alone is taken")
	}
	if err := r.Delete(t.Context(), registry.ResponderKey("R-1"), ""); err != nil {
		t.Fatal(err)
	}
	if err := r.PutResponder(t.Context(), o, ""); err != nil {
		t.Fatal(err)
	}
	for _, s := range []*registry.Snapshot{r.Snapshot(), open(t, js).Snapshot()} { // the second plays both changes at once
		if got, _ := s.Responder("R-1"); got.Kind != dispatch.Provider {
			t.Errorf("R-1 is %+v", got)
		}
		if got := s.Serving("C1"); !slices.Contains(got, "R-1") {
			t.Errorf("C1 is served by %v", got)
		}
		if got := s.Serving("G1"); len(got) > 0 {
			t.Errorf("G1 is served by %v", got)
		}
	}
}

func TestProvidersOverHTTP(t *testing.T) {
	js, _ := startServer(t, t.TempDir())
	r := open(t, js)
	importAll(t, r, town(), registry.Options{})
	c := caller{t, r.Handler(registry.HandlerOptions{})}
	body := object{
		"id": "S-1", "name": "洁万家", "categories": []any{"cleaning", "保洁", "home_help"}, "phone": "+8613900000011", "lat": 37.59, "lon": 118.55, "datum": "wgs84",
		"areas": []any{"C1"}, "language": "zh", "on_duty": true, "organisation": "家政公司",
	}
	c.want(200, body, "GET", "providers/S-1", "")
	delete(body, "organisation")
	body["categories"] = []any{"meals"}
	c.want(200, body, "PUT", "providers/S-1", `{"name":"洁万家","categories":["Meals"],"phone":"13900000011","lat":37.59,"lon":118.55,"datum":"wgs84","areas":["C1"],"language":"zh"}`)
	c.want(400, object{"error": "is empty", "field": "categories"}, "PUT", "providers/S-1", `{"name":"a","phone":"13900000011","lat":37.59,"lon":118.55,"datum":"wgs84"}`)
	c.want(400, object{"error": "responders/R-1 has this identifier; responders and providers share theirs", "field": "id", "file": "providers/R-1"},
		"PUT", "providers/R-1", `{"name":"a","categories":"meals","phone":"13900000011","lat":37.59,"lon":118.55,"datum":"wgs84"}`)
	c.want(404, object{"error": "there is no responders/S-1"}, "GET", "responders/S-1", "")
	c.want(204, nil, "DELETE", "providers/S-1", "")
	if _, ok := r.Snapshot().Responder("S-1"); ok {
		t.Error("S-1 is still there")
	}
}

func TestExportedProvidersAreTakenAgain(t *testing.T) {
	b := town().mustLoad(t, nil)
	dir := t.TempDir()
	if err := b.Export(dir); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "providers.csv"))
	want := providersHead + "S-1,洁万家,cleaning;保洁;home_help,+8613900000011,37.59,118.55,wgs84,C1,zh,yes,家政公司\n"
	if err != nil || !strings.HasPrefix(string(text), providersHead) || !slices.Contains(strings.SplitAfter(string(text), "\n"), strings.TrimPrefix(want, providersHead)) {
		t.Errorf("%v %s", err, text)
	}
	again := files{"areas.geojson": areasFile, "providers.csv": string(text)}.mustLoad(t, nil)
	for o := range again.Responders() {
		if o.ID != "S-1" {
			continue
		}
		if diff := cmp.Diff(cleaners(), o); diff != "" {
			t.Error(diff)
		}
	}
}

// A provider is written as version 1 with the categories behind it, which is
// what every later program must read.
func TestEncodingOfAProvider(t *testing.T) {
	a, e, c, d, _ := sample()
	const record = "0160c76716604ba946010e2b38363133393030303030303131" + "09e6b481e4b887e5aeb6" + "0870726f7669646572" + "027a68" + "0ce5aeb6e694bfe585ace58fb8" +
		"01024331" + "03" + "08636c65616e696e67" + "06e4bf9de6b481" + "09686f6d655f68656c70"
	o := cleaners()
	written := registry.Encoded(a, e, c, d, o)["providers"]
	want, err := hex.DecodeString(record)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(written, want) {
		t.Errorf("written is %x, want %s", written, record)
	}
}
