package registry_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"onekeyd/dispatch/registry"
)

func TestUnassignedNumbersAreTakenAndToldOf(t *testing.T) {
	js, _ := startServer(t, t.TempDir())
	r := open(t, js)
	in := village().with("contacts.csv", contactsHead+"E-1,1,a,,+447700900123,\nE-1,2,b,,13900000001,\nE-1,3,c,,+15550001111,\nE-2,1,d,,+85271234501,\n")
	b := in.mustLoad(t, nil)
	want := []string{"contacts.csv:2: phone: looks unassigned in GB", "contacts.csv:4: phone: looks unassigned in US", "contacts.csv:5: phone: looks unassigned in HK"}
	for _, dry := range []bool{true, false} {
		report, err := r.Import(t.Context(), b, registry.Options{DryRun: dry})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, p := range report.Warnings {
			got = append(got, p.String())
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
	var phones []string
	for _, c := range r.Snapshot().Contacts("E-1") {
		phones = append(phones, c.Phone)
	}
	if !slices.Equal(phones, []string{"+447700900123", "+8613900000001", "+15550001111"}) {
		t.Errorf("stored are %v", phones)
	}
}

func TestWarningsAreCappedAndCounted(t *testing.T) {
	var rows strings.Builder
	for i := range 50 {
		fmt.Fprintf(&rows, "D-%d,,,+15550001111,\n", i)
	}
	in := files{"devices.csv": devicesHead + rows.String()}
	b, found, err := registry.Load(t.Context(), in.fs(), registry.LoadOptions{Now: today(), MaxProblems: 10})
	if err != nil || len(found) > 0 {
		t.Fatal(found, err)
	}
	if w := b.Warnings(); len(w) != 11 || w[10].String() != "and 40 more" {
		t.Error(w)
	}
}
