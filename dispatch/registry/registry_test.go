package registry_test

import (
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go/jetstream"

	"onekeyd/dispatch"
	"onekeyd/dispatch/registry"
	"onekeyd/dispatch/registry/synth"
)

var update = flag.Bool("update", false, "write golden files anew")

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s: %s", path, diff)
	}
}

func importAll(t testing.TB, r *registry.Registry, f files, o registry.Options) registry.Report {
	t.Helper()
	report, err := r.Import(t.Context(), f.mustLoad(t, r.Snapshot()), o)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func TestImportAndUpdate(t *testing.T) {
	dir := t.TempDir()
	js, server := startServer(t, dir)
	r := open(t, js)
	var reports []registry.Report
	reports = append(reports, importAll(t, r, village(), registry.Options{DryRun: true}))
	if r.Snapshot().Version() != 0 || r.Snapshot().Count(registry.Elders) != 0 {
		t.Fatal("a dry run changed something")
	}
	reports = append(reports, importAll(t, r, village(), registry.Options{}))
	reports = append(reports, importAll(t, r, village(), registry.Options{}))
	moved := village().with("elders.csv", eldersHead+strings.Replace(wang, "501", "601", 1)+
		"E-3,陈,,,,海棠社区5号楼,,37.592,118.552,wgs84,,,,,,\n").with("devices.csv", devicesHead+"D-1,E-3,json,,K1\n").with("areas.geojson", "")
	reports = append(reports, importAll(t, r, moved, registry.Options{}))
	reports = append(reports, importAll(t, r, moved, registry.Options{Prune: true}))
	text, err := json.MarshalIndent(reports, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "reports.golden.json", append(text, '\n'))

	check := func(s *registry.Snapshot) {
		t.Helper()
		if s.Version() != 3 {
			t.Errorf("version %d: an import without changes counts", s.Version())
		}
		if e, ok := s.Elder("E-1"); !ok || e.Premises.Address != "海棠社区3号楼2单元601" {
			t.Errorf("E-1 is %+v", e)
		}
		if _, ok := s.Elder("E-2"); ok {
			t.Error("E-2 was to be removed")
		}
		if d, ok := s.Device("D-1"); !ok || d.Elder != "E-3" {
			t.Errorf("D-1 is %+v", d)
		}
		if c := s.Contacts("E-1"); len(c) != 2 || c[0].Rank != 1 || c[1].Phone != "+85261234567" {
			t.Errorf("contacts are %+v", c)
		}
		if diff := cmp.Diff([]dispatch.ResponderID{"R-1", "R-2"}, s.Serving("C1")); diff != "" {
			t.Error(diff)
		}
		if got := s.Areas().Ancestors("G1"); !slices.Equal(got, []string{"G1", "C1", "S1"}) {
			t.Errorf("areas are %v", got)
		}
	}
	check(r.Snapshot())
	server.Shutdown()
	server.WaitForShutdown()
	js, _ = startServer(t, dir)
	check(open(t, js).Snapshot())
}

func TestPruneThatLeavesOthersDanglingIsRefused(t *testing.T) {
	js, _ := startServer(t, t.TempDir())
	r := open(t, js)
	importAll(t, r, village(), registry.Options{})
	for name, c := range map[string]struct {
		in   files
		want []string
	}{
		"elder": {files{"elders.csv": eldersHead + wang}, []string{
			`devices/D-2: elder_id: refers to what would be removed: elder "E-2" is neither in the files nor in the directory`}},
		"contact's elder": {files{"elders.csv": eldersHead + li, "devices.csv": devicesHead + "D-2,E-2,json,,K1\n"}, []string{
			`contacts/E-1/1: elder_id: refers to what would be removed: elder "E-1" is neither in the files nor in the directory`,
			`contacts/E-1/2: elder_id: refers to what would be removed: elder "E-1" is neither in the files nor in the directory`}},
		"area": {files{"areas.geojson": areasFile[:strings.LastIndex(areasFile, `,
{"type"`)] + "\n]}"}, []string{
			`elders/E-1: area: refers to what would be removed: area "G1" is neither in the files nor in the directory`,
			`elders/E-2: area: refers to what would be removed: area "G1" is neither in the files nor in the directory`,
			`responders/R-1: areas: refers to what would be removed: area "G1" is neither in the files nor in the directory`}},
	} {
		before := r.Snapshot().Version()
		_, err := r.Import(t.Context(), c.in.mustLoad(t, r.Snapshot()), registry.Options{Prune: true})
		var refused *registry.RefusedError
		if !errors.As(err, &refused) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var got []string
		for _, p := range refused.Problems {
			got = append(got, p.String())
		}
		slices.Sort(got)
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if r.Snapshot().Version() != before {
			t.Errorf("%s: something was changed", name)
		}
	}
}

func TestNothingCountsBeforeTheCommit(t *testing.T) {
	dir := t.TempDir()
	js, server := startServer(t, dir)
	r := open(t, js)
	if _, err := r.Import(t.Context(), synth.Directory(2, 2, 0), registry.Options{}); err != nil {
		t.Fatal(err)
	}
	if err := r.StopBeforeCommit(t.Context(), synth.Directory(1, 2000, 100)); err != nil {
		t.Fatal(err)
	}
	server.Shutdown()
	server.WaitForShutdown()

	js, _ = startServer(t, dir)
	r = open(t, js)
	if s := r.Snapshot(); s.Version() != 1 || s.Count(registry.Elders) != 2 {
		t.Fatalf("version %d with %d elders after a crash", s.Version(), s.Count(registry.Elders))
	}
	chunks := func() int {
		t.Helper()
		stream, err := js.Stream(t.Context(), "DIRECTORY")
		if err != nil {
			t.Fatal(err)
		}
		info, err := stream.Info(t.Context(), jetstream.WithSubjectFilter("directory.chunk.>"))
		if err != nil {
			t.Fatal(err)
		}
		return len(info.State.Subjects)
	}
	if err := r.Tidy(t.Context(), time.Now()); err != nil || chunks() != 1 {
		t.Errorf("young chunks may belong to a running import: %d left, %v", chunks(), err)
	}
	if err := r.Tidy(t.Context(), time.Now().Add(2*time.Hour)); err != nil || chunks() != 0 {
		t.Errorf("%d orphans left, %v", chunks(), err)
	}
	// The whole import goes through afterwards, and its chunks are no orphans.
	if _, err := r.Import(t.Context(), synth.Directory(1, 2000, 100), registry.Options{}); err != nil {
		t.Fatal(err)
	}
	if err := r.Tidy(t.Context(), time.Now().Add(2*time.Hour)); err != nil || chunks() != 1 {
		t.Errorf("%d imports left of 1, %v", chunks(), err)
	}
	if s := open(t, js).Snapshot(); s.Count(registry.Elders) != 2000 {
		t.Errorf("%d elders", s.Count(registry.Elders))
	}
}

func TestTwoImportersAtOnce(t *testing.T) {
	js, server := startServer(t, t.TempDir())
	first, second := open(t, js), open(t, connect(t, server))
	importAll(t, first, village(), registry.Options{})

	// Each adds its own devices, many times over, so that they do meet.
	var both sync.WaitGroup
	for i, r := range []*registry.Registry{first, second} {
		both.Go(func() {
			for n := range 10 {
				b := registry.NewBatch()
				id := dispatch.DeviceID("X-" + string(rune('a'+i)) + string(rune('a'+n)))
				if err := b.AddDevice(dispatch.Device{ID: id, Elder: "E-1"}); err != nil {
					t.Error(err)
				}
				for {
					_, err := r.Import(t.Context(), b, registry.Options{})
					if errors.Is(err, registry.ErrConflict) {
						continue
					}
					if err != nil {
						t.Error(err)
					}
					break
				}
			}
		})
	}
	both.Wait()
	s := open(t, js).Snapshot()
	if s.Count(registry.Devices) != 23 || s.Version() != 21 {
		t.Errorf("%d devices at version %d, want 23 at 21", s.Count(registry.Devices), s.Version())
	}

	// One removes an elder, the other gives them a device. Its files were in order when they were read.
	given := files{"devices.csv": devicesHead + "D-9,E-2,json,,K1\n"}.mustLoad(t, second.Snapshot())
	importAll(t, first, village().with("devices.csv", devicesHead+"D-1,E-1,,,\n").with("elders.csv", eldersHead+wang), registry.Options{Prune: true})
	var refused *registry.RefusedError
	if _, err := second.Import(t.Context(), given, registry.Options{}); !errors.As(err, &refused) {
		t.Errorf("a device of a removed elder: %v", err)
	}
}

func TestFollowersSeeAChange(t *testing.T) {
	js, server := startServer(t, t.TempDir())
	writer, follower := open(t, js), open(t, connect(t, server))
	importAll(t, writer, village(), registry.Options{})

	type heard struct {
		version uint64
		changed []dispatch.ResponderID
	}
	news := make(chan heard, 100)
	follower.OnChange(func(s *registry.Snapshot, changed []dispatch.ResponderID) { news <- heard{s.Version(), changed} })
	go func() { _ = follower.Run(t.Context()) }()
	want := func(version uint64, changed []dispatch.ResponderID) {
		t.Helper()
		for {
			select {
			case h := <-news:
				if h.version < version {
					continue // registration, and what came before
				}
				if diff := cmp.Diff(heard{version, changed}, h, cmp.AllowUnexported(heard{})); diff != "" {
					t.Error(diff)
				}
				return
			case <-time.After(5 * time.Second):
				t.Fatalf("version %d was not heard of", version)
			}
		}
	}
	want(1, []dispatch.ResponderID{"R-1", "R-2"})
	since := time.Now()
	o, _ := writer.Snapshot().Responder("R-1")
	o.OnDuty, o.Areas = false, []string{"S1"}
	if err := writer.PutResponder(t.Context(), o, "desk"); err != nil {
		t.Fatal(err)
	}
	want(2, []dispatch.ResponderID{"R-1"})
	if took := time.Since(since); took > time.Second {
		t.Errorf("the change took %v", took)
	}
	s := follower.Snapshot()
	if got, _ := s.Responder("R-1"); got.OnDuty {
		t.Error("R-1 is still on duty")
	}
	if got := s.Serving("S1"); !slices.Equal(got, []dispatch.ResponderID{"R-1", "R-2"}) {
		t.Errorf("S1 is served by %v", got)
	}
	if got := s.Serving("G1"); len(got) != 0 {
		t.Errorf("G1 is served by %v", got)
	}
	if err := writer.Delete(t.Context(), registry.ResponderKey("R-1"), "desk"); err != nil {
		t.Fatal(err)
	}
	want(3, []dispatch.ResponderID{"R-1"})
	// A base that another node writes changes nothing, and is followed all the same.
	if err := writer.Compact(t.Context()); err != nil {
		t.Fatal(err)
	}
	want(4, []dispatch.ResponderID{})
	if got := follower.Snapshot(); got.Count(registry.Elders) != 2 || got.Areas().Len() != 3 {
		t.Errorf("after the base: %d elders, %d areas", got.Count(registry.Elders), got.Areas().Len())
	}
}

func TestALaggingFollowerStartsAgainAtTheBase(t *testing.T) {
	js, server := startServer(t, t.TempDir())
	writer, lagging := open(t, js), open(t, connect(t, server))
	importAll(t, writer, village(), registry.Options{})
	if err := writer.Delete(t.Context(), registry.DeviceKey("D-3"), ""); err != nil {
		t.Fatal(err)
	}
	if err := writer.Compact(t.Context()); err != nil { // what lagging would read next is gone
		t.Fatal(err)
	}
	if err := lagging.Delete(t.Context(), registry.DeviceKey("D-2"), ""); err != nil {
		t.Fatal(err)
	}
	for _, s := range []*registry.Snapshot{lagging.Snapshot(), open(t, js).Snapshot()} {
		if s.Version() != 4 || s.Count(registry.Devices) != 1 || s.Count(registry.Elders) != 2 {
			t.Errorf("version %d, %d devices, %d elders", s.Version(), s.Count(registry.Devices), s.Count(registry.Elders))
		}
	}
}

func TestALongLogIsCompacted(t *testing.T) {
	js, _ := startServer(t, t.TempDir())
	r := open(t, js)
	// Two cities in turn: each import is all new, so the log grows by a city and the live data does not.
	cities := []*registry.Batch{synth.Directory(0, 500, 100), synth.Directory(1, 500, 100)}
	for n := range 24 {
		if _, err := r.Import(t.Context(), cities[n%2], registry.Options{Prune: true}); err != nil {
			t.Fatal(err)
		}
	}
	stream, err := js.Stream(t.Context(), "DIRECTORY")
	if err != nil {
		t.Fatal(err)
	}
	if n := stream.CachedInfo().State.FirstSeq; n == 1 {
		t.Error("the log was never compacted")
	}
	want, got := r.Snapshot(), open(t, js).Snapshot()
	if got.Count(registry.Elders) != 500 || got.Version() != want.Version() {
		t.Errorf("%d elders at version %d, want %d", got.Count(registry.Elders), got.Version(), want.Version())
	}
	for e := range want.Elders() {
		if other, _ := got.Elder(e.ID); other != e {
			t.Fatalf("%+v, want %+v", other, e)
		}
	}
}

func TestSnapshotsDoNotChange(t *testing.T) {
	js, _ := startServer(t, t.TempDir())
	r := open(t, js)
	importAll(t, r, village(), registry.Options{})
	old := r.Snapshot()
	done := make(chan struct{})
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-done:
					if n == 0 {
						t.Error("nothing was read")
					}
					return
				default:
				}
				if e, ok := old.Elder("E-1"); !ok || e.Hints != "听力不好" {
					t.Errorf("the old snapshot shows %+v", e)
					return
				}
				if s := r.Snapshot(); len(s.Contacts("E-1")) != 2 || len(s.ByPhone("+8613812345678")) != 1 || len(s.Serving("C1")) != 2 {
					t.Error("a new snapshot is not whole")
					return
				}
			}
		})
	}
	for n := range 50 {
		e, _ := r.Snapshot().Elder("E-1")
		e.Hints = strings.Repeat("x", n+1)
		if err := r.PutElder(t.Context(), e, ""); err != nil {
			t.Fatal(err)
		}
	}
	close(done)
	readers.Wait()
	if e, _ := r.Snapshot().Elder("E-1"); len(e.Hints) != 50 {
		t.Errorf("hints are %q", e.Hints)
	}
}

func TestByPhone(t *testing.T) {
	js, _ := startServer(t, t.TempDir())
	r := open(t, js)
	importAll(t, r, village().with("contacts.csv", contactsHead+"E-2,1,王秀英,邻居,13812345678,\n"), registry.Options{})
	want := []registry.Key{registry.ElderKey("E-1"), registry.ContactKey("E-2", 1)}
	if diff := cmp.Diff(want, r.Snapshot().ByPhone("+8613812345678")); diff != "" {
		t.Error(diff)
	}
	e, _ := r.Snapshot().Elder("E-1")
	e.Phone = "+85261234567"
	if err := r.PutElder(t.Context(), e, ""); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want[1:], r.Snapshot().ByPhone("+8613812345678")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(want[:1], r.Snapshot().ByPhone("+85261234567")); diff != "" {
		t.Error(diff)
	}
	for _, odd := range []string{"", "+", "13812345678", "+86x"} {
		if got := r.Snapshot().ByPhone(odd); got != nil {
			t.Errorf("%q is the number of %v", odd, got)
		}
	}
}

func TestAWeakStreamIsRefused(t *testing.T) {
	js, _ := startServer(t, t.TempDir())
	if _, err := js.CreateStream(t.Context(), jetstream.StreamConfig{
		Name: "DIRECTORY", Subjects: []string{"directory.>"}, Storage: jetstream.MemoryStorage,
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := registry.Open(t.Context(), js, 1, quiet()); !errors.Is(err, registry.ErrWeakStream) {
		t.Errorf("a stream in memory: %v", err)
	}
}
