package synth_test

import (
	"bytes"
	"os"
	"testing"
	"time"

	"github.com/nyaruka/phonenumbers"

	"onekeyd/dispatch/registry"
	"onekeyd/dispatch/registry/synth"
)

func export(t *testing.T, b *registry.Batch) string {
	t.Helper()
	dir := t.TempDir()
	if err := b.Export(dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestExportsPassEveryCheckOfAnImport(t *testing.T) {
	for _, region := range []string{"CN", "HK", "US"} {
		for _, elders := range []int{0, 1, 88, 700} {
			dir := export(t, synth.Make(synth.Options{Seed: 1, Elders: elders, Responders: 200, Region: region}))
			b, found, err := registry.Load(t.Context(), os.DirFS(dir), registry.LoadOptions{Now: time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC)})
			if err != nil || len(found) > 0 {
				t.Fatalf("%s, %d elders: %v %v", region, elders, err, found[:min(5, len(found))])
			}
			if w := b.Warnings(); len(w) > 0 {
				t.Fatalf("%s, %d elders: %v", region, elders, w[:min(5, len(w))])
			}
			if b.Count(registry.Elders) != elders || b.Count(registry.Devices) != elders || b.Count(registry.Responders) != 200 {
				t.Fatalf("%s: %d elders of %d", region, b.Count(registry.Elders), elders)
			}
		}
	}
}

func TestIsTheSameForTheSameSeed(t *testing.T) {
	text := func(seed uint64) []byte {
		var all bytes.Buffer
		b := synth.Directory(seed, 200, 50)
		for _, kind := range registry.Kinds() {
			if err := b.Write(&all, kind); err != nil {
				t.Fatal(err)
			}
		}
		return all.Bytes()
	}
	if !bytes.Equal(text(7), text(7)) {
		t.Error("two runs with one seed differ")
	}
	if bytes.Equal(text(7), text(8)) {
		t.Error("two seeds give the same people")
	}
}

func TestPhonesAreUniqueAndAssigned(t *testing.T) {
	for _, region := range []string{"CN", "HK"} {
		b := synth.Make(synth.Options{Seed: 3, Elders: 2000, Responders: 500, Region: region})
		seen := map[string]bool{}
		for r := range b.Responders() {
			n, err := phonenumbers.Parse(r.Phone, "ZZ")
			if err != nil || !phonenumbers.IsValidNumber(n) {
				t.Fatalf("%s is not assigned", r.Phone)
			}
			if seen[r.Phone] {
				t.Fatalf("%s twice", r.Phone)
			}
			seen[r.Phone] = true
		}
		if len(seen) != 500 {
			t.Fatalf("%d responders", len(seen))
		}
	}
}
