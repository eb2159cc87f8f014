package registry_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"runtime/metrics"
	"strconv"
	"strings"
	"testing"
	"time"

	"onekeyd/dispatch"
	"onekeyd/dispatch/registry"
	"onekeyd/dispatch/registry/synth"
)

// TestMillion measures an import and a start with ONEKEYD_TEST_ELDERS elders
// and a tenth as many responders. It is a measurement, asked for by that
// variable, and holds the bars of the design: start ≤ 30 s, ≤ 3 GiB.
func TestMillion(t *testing.T) {
	elders, _ := strconv.Atoi(os.Getenv("ONEKEYD_TEST_ELDERS"))
	if elders == 0 {
		t.Skip("set ONEKEYD_TEST_ELDERS=1000000 to measure")
	}
	dir, store := os.Getenv("ONEKEYD_TEST_FILES"), os.Getenv("ONEKEYD_TEST_STORE")
	if dir == "" {
		dir = t.TempDir()
	}
	if store == "" {
		store = t.TempDir()
	}
	js, _ := startServer(t, store)
	since := time.Now()
	if entries, _ := os.ReadDir(dir); len(entries) == 0 {
		if err := synth.Directory(1, elders, elders/10).Export(dir); err != nil {
			t.Fatal(err)
		}
		t.Logf("synthesise and export: %v", time.Since(since))
	}
	since = time.Now()
	r := open(t, js)
	t.Logf("open: %v, %d elders, version %d; %s", time.Since(since), r.Snapshot().Count(registry.Elders), r.Snapshot().Version(), rss())
	if r.Snapshot().Count(registry.Elders) == 0 {
		since = time.Now()
		b, found, err := registry.Load(t.Context(), os.DirFS(dir), registry.LoadOptions{Now: time.Now(), Known: r.Snapshot()})
		if err != nil || len(found) > 0 {
			t.Fatal(err, found)
		}
		t.Logf("load files: %v; %s", time.Since(since), rss())
		since = time.Now()
		if _, err := r.Import(t.Context(), b, registry.Options{}); err != nil {
			t.Fatal(err)
		}
		t.Logf("import: %v; %s", time.Since(since), rss())
		since = time.Now()
		r = open(t, js)
		t.Logf("open again: %v", time.Since(since))
	}
	if took := time.Since(since); took > 30*time.Second {
		t.Errorf("start took %v", took)
	}
	t.Logf("%d elders, %d devices, %d contacts, %d responders, %d areas; %s",
		r.Snapshot().Count(registry.Elders), r.Snapshot().Count(registry.Devices), r.Snapshot().Count(registry.Contacts),
		r.Snapshot().Count(registry.Responders), r.Snapshot().Count(registry.Areas), rss())
	runtime.GC()
	since = time.Now()
	runtime.GC()
	var mem runtime.MemStats
	runtime.ReadMemStats(&mem)
	t.Logf("full GC: %v; live heap %d MiB in %d objects; %s", time.Since(since), mem.HeapAlloc>>20, mem.HeapObjects, rss())

	s := r.Snapshot()
	look := func(name string, f func(i int)) {
		random := rand.New(rand.NewPCG(1, 2))
		const n = 200_000
		since := time.Now()
		for range n {
			f(random.IntN(elders))
		}
		t.Logf("%s: %d ns", name, time.Since(since).Nanoseconds()/n)
	}
	id := func(p string, i int) string { return fmt.Sprintf("%s-%07d", p, i+1) }
	look("Sprintf alone", func(i int) { _ = id("D", i) })
	look("Device", func(i int) { _, _ = s.Device(dispatch.DeviceID(id("D", i))) })
	look("Elder", func(i int) { _, _ = s.Elder(dispatch.ElderID(id("E", i))) })
	look("Contacts", func(i int) { _ = s.Contacts(dispatch.ElderID(id("E", i))) })
	look("Responder", func(i int) { _, _ = s.Responder(dispatch.ResponderID(id("R", i/10))) })
	var phone string
	look("ByPhone", func(i int) {
		if phone == "" {
			e, _ := s.Elder(dispatch.ElderID(id("E", i)))
			phone = e.Phone
		}
		_ = s.ByPhone(phone)
	})
	var grid string
	look("Serving", func(i int) {
		if grid == "" {
			o, _ := s.Responder("R-0000002")
			grid = o.Areas[0]
		}
		_ = s.Serving(grid)
	})

	e, _ := s.Elder("E-0000001")
	since = time.Now()
	const changes = 200
	for i := range changes {
		e.Hints = "变更" + strconv.Itoa(i)
		if err := r.PutElder(t.Context(), e, "test"); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("one change: %v", time.Since(since)/changes)
	since = time.Now()
	if err := r.Compact(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Logf("compact: %v; %s", time.Since(since), rss())
	t.Log(pauses())
}

func rss() string {
	text, _ := os.ReadFile("/proc/self/status")
	var parts []string
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "VmRSS") || strings.HasPrefix(line, "VmHWM") {
			parts = append(parts, strings.Join(strings.Fields(line), " "))
		}
	}
	return strings.Join(parts, ", ")
}

func pauses() string {
	sample := []metrics.Sample{{Name: "/sched/pauses/total/gc:seconds"}, {Name: "/cpu/classes/gc/total:cpu-seconds"}, {Name: "/cpu/classes/total:cpu-seconds"}}
	metrics.Read(sample)
	h := sample[0].Value.Float64Histogram()
	worst := 0.0
	for i, n := range h.Counts {
		if n > 0 {
			worst = h.Buckets[i+1]
		}
	}
	return fmt.Sprintf("worst GC pause below %.2f ms; GC took %.1f of %.1f CPU seconds", worst*1e3, sample[1].Value.Float64(), sample[2].Value.Float64())
}
