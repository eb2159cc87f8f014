package phone_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/nyaruka/phonenumbers"

	"onekeyd/dispatch/phone"
)

// What is remembered by prefix must be what the library says of each number.
func TestRememberedNumbersAgreeWithTheLibrary(t *testing.T) {
	quick, slow := phone.Normal("CN")
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
	quick, _ := phone.Normal("CN")
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
