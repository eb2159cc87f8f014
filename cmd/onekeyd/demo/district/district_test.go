package district_test

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"

	"onekeyd/cmd/onekeyd/demo/district"
	"onekeyd/dispatch/registry"
)

// The district is taken by the same checks as an operator's files: numbers,
// coordinates within the areas, references, the hierarchy.
func TestAnImportTakesTheDistrict(t *testing.T) {
	d, err := district.New(time.Now().Year())
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := d.Batch.Export(dir); err != nil {
		t.Fatal(err)
	}
	loaded, problems, err := registry.Load(t.Context(), os.DirFS(dir), registry.LoadOptions{Now: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Error(p)
	}
	if t.Failed() {
		t.FailNow()
	}
	for _, kind := range registry.Kinds() {
		if got, want := loaded.Count(kind), d.Batch.Count(kind); got != want || got == 0 {
			t.Errorf("%s: %d loaded of %d", kind, got, want)
		}
		if got, want := written(t, loaded, kind), written(t, d.Batch, kind); !bytes.Equal(got, want) {
			t.Errorf("%s are not the same after an import", kind)
		}
	}
	if got := loaded.Count(registry.Elders); got != 88 {
		t.Errorf("%d elders, Kenli had 88", got)
	}
}

func TestTheDistrictIsTheSameEveryTime(t *testing.T) {
	first, err := district.New(2026)
	if err != nil {
		t.Fatal(err)
	}
	second, err := district.New(2026)
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range registry.Kinds() {
		if !bytes.Equal(written(t, first.Batch, kind), written(t, second.Batch, kind)) {
			t.Errorf("%s differ between two runs", kind)
		}
	}
	if len(first.Devices) != district.Elders {
		t.Errorf("%d keys for %d elders", len(first.Devices), district.Elders)
	}
}

// Nobody must be woken by a demo: every number is a made-up one, and belongs to one person.
func TestNoNumberBelongsToAnybody(t *testing.T) {
	d, err := district.New(2026)
	if err != nil {
		t.Fatal(err)
	}
	owners := map[string]int{district.DeskNumber: 1, district.SupervisorNumber: 1, district.NextCentreNumber: 1, district.EngineerNumber: 1}
	for _, kind := range []registry.Kind{registry.Elders, registry.Contacts, registry.Responders, registry.Providers} {
		for _, field := range strings.FieldsFunc(string(written(t, d.Batch, kind)), func(r rune) bool { return r == ',' || r == '\n' }) {
			if strings.HasPrefix(field, "+") {
				owners[field]++
			}
		}
	}
	if len(owners) < 250 {
		t.Fatalf("only %d numbers found", len(owners))
	}
	for number, n := range owners {
		if n != 1 || len(number) != 12 || !strings.HasPrefix(number, "+1") || !strings.HasPrefix(number[5:], "55501") {
			t.Errorf("%s, of %d people, is no number for made-up people", number, n)
		}
	}
}

func written(t *testing.T, b *registry.Batch, kind registry.Kind) []byte {
	t.Helper()
	var buf bytes.Buffer
	if err := b.Write(&buf, kind); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}
