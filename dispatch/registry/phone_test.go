package registry_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"onekeyd/dispatch/registry"
)

// What is remembered by prefix must be what the library says of each number.
func TestRememberedNumbersAgreeWithTheLibrary(t *testing.T) {
	quick, slow := registry.Normal("CN")
	random := rand.New(rand.NewPCG(5, 5))
	assigned := 0
	check := func(s string) {
		t.Helper()
		got, err := quick(s)
		want, wantErr := slow(s)
		if got != want || (err == nil) != (wantErr == nil) {
			t.Errorf("%s: %q %v, the library says %q %v", s, got, err, want, wantErr)
		}
		if err == nil {
			assigned++
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
	if assigned < 400 {
		t.Errorf("only %d of the numbers are assigned: the test looks at too little", assigned)
	}
}

func TestPhoneForms(t *testing.T) {
	quick, _ := registry.Normal("CN")
	for s, want := range map[string]string{
		"138 1234 5678":     "+8613812345678",
		"+86 138-1234-5678": "+8613812345678",
		"0546-2521234":      "+865462521234",
		"+12125550142":      "+12125550142",
		"120":               "",
		"13812345678 ext 5": "",
		"13812345":          "",
		"call me":           "",
	} {
		got, err := quick(s)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q gives %q, %v; want %q", s, got, err, want)
		}
	}
}
