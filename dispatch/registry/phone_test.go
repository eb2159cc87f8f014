package registry_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/nyaruka/phonenumbers"

	"onekeyd/dispatch/registry"
)

// What is remembered by prefix must be what the library says of each number.
func TestRememberedNumbersAgreeWithTheLibrary(t *testing.T) {
	quick, slow := registry.Normal("CN")
	random := rand.New(rand.NewPCG(5, 5))
	assigned, unassigned := 0, 0
	check := func(s string) {
		t.Helper()
		got, gotRegion, err := quick(s)
		want, wantRegion, wantErr := slow(s)
		if got != want || gotRegion != wantRegion || (err == nil) != (wantErr == nil) {
			t.Errorf("%s: %q %q %v, the library says %q %q %v", s, got, gotRegion, err, want, wantRegion, wantErr)
		}
		if err != nil {
			return
		}
		n, err := phonenumbers.Parse(got, "ZZ")
		if err != nil || phonenumbers.IsValidNumber(n) != (gotRegion == "") {
			t.Errorf("%s: unassigned in %q, the library says %v %v", s, gotRegion, phonenumbers.IsValidNumber(n), err)
		}
		if gotRegion == "" {
			assigned++
		} else {
			unassigned++
		}
	}
	for range 400 {
		check(fmt.Sprintf("1%010d", random.Int64N(1e10)))
		check(fmt.Sprintf("+861%010d", random.Int64N(1e10)))
		check(fmt.Sprintf("+852%08d", random.Int64N(1e8)))
		check(fmt.Sprintf("+1%010d", random.Int64N(1e10)))
		// Few prefixes, so that what was remembered is used.
		check(fmt.Sprintf("174%08d", random.Int64N(1e8)))
		check(fmt.Sprintf("+8525%07d", random.Int64N(1e7)))
		check(fmt.Sprintf("+1505%07d", random.Int64N(1e7)))
	}
	if assigned < 400 || unassigned < 400 {
		t.Errorf("only %d of the numbers are assigned and %d are not: the test looks at too little", assigned, unassigned)
	}
}

func TestPhoneForms(t *testing.T) {
	quick, _ := registry.Normal("CN")
	for s, want := range map[string]string{ // E.164 and the region it is unassigned in
		"138 1234 5678":      "+8613812345678 ",
		"+86 138-1234-5678":  "+8613812345678 ",
		"tel:+8613812345678": "+8613812345678 ",
		"0546-2521234":       "+865462521234 ",
		"400 123 4567":       "+864001234567 ",
		"+12125550142":       "+12125550142 ",
		"+15005550006":       "+15005550006 ",
		"+447700900123":      "+447700900123 GB",
		"+15550001111":       "+15550001111 US",
		"+85271234501":       "+85271234501 HK",
		"160 1234 5678":      "+8616012345678 CN",
		"120":                "",
		"95588":              "",
		"12345":              "",
		"+852999":            "",
		"+85218501":          "",
		"13812345678 ext 5":  "",
		"13812345":           "", // lost three digits
		"1381234567":         "",
		"138123456789":       "",
		"11212345678":        "",
		"62521234":           "", // no area code
		"+1212555014":        "",
		"+4477009001234567":  "",
		"+999123456789":      "",
		"1-800-FLOWERS":      "",
		"call me":            "",
	} {
		got, unassigned, err := quick(s)
		if err == nil {
			got += " " + unassigned
		}
		if got != want {
			t.Errorf("%q gives %q, %v; want %q", s, got, err, want)
		}
	}
}

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
