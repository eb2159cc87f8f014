package registry_test

import (
	"fmt"
	"iter"
	"slices"
	"testing"

	"onekeyd/dispatch"
	"onekeyd/dispatch/registry"
)

// Everybody who is told has a number here, and nobody else.
func TestNumbers(t *testing.T) {
	js, _ := startServer(t, t.TempDir())
	r := open(t, js)
	b := registry.NewBatch()
	for _, err := range []error{
		b.AddElder(dispatch.Elder{ID: "E-1", Name: "王秀兰", Phone: "+8613900000001"}),
		b.AddDevice(dispatch.Device{ID: "D-1", Elder: "E-1", Phone: "+8613900000002"}),
		b.AddContact(dispatch.Contact{Elder: "E-1", Rank: 1, Name: "王磊", Phone: "+8613900000003"}),
		b.AddContact(dispatch.Contact{Elder: "E-1", Rank: 2, Name: "王芳", Phone: "+85261234567"}),
		b.AddResponder(dispatch.Responder{ID: "R-1", Name: "张敏", Kind: dispatch.Worker, Phone: "+8613900000004"}),
		b.AddResponder(dispatch.Responder{ID: "R-2", Name: "李强", Kind: dispatch.Worker}),
		b.AddResponder(dispatch.Responder{ID: "S-1", Name: "洁万家", Kind: dispatch.Provider, Phone: "+8613900000005"}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	want := []string{"contacts/E-1/1 +8613900000003", "contacts/E-1/2 +85261234567", "providers/S-1 +8613900000005", "responders/R-1 +8613900000004"}
	look := func(who string, all iter.Seq2[registry.Key, string]) {
		var got []string
		for k, number := range all {
			got = append(got, fmt.Sprintf("%s %s", k, number))
		}
		if slices.Sort(got); !slices.Equal(got, want) {
			t.Errorf("the %s has %q, want %q", who, got, want)
		}
		for range all { // whoever has seen enough may stop
			break
		}
	}
	look("batch", b.Numbers())
	if _, err := r.Import(t.Context(), b, registry.Options{By: "test"}); err != nil {
		t.Fatal(err)
	}
	look("directory", r.Snapshot().Numbers())
}
