package bench

import (
	"slices"
	"testing"
)

// A bench that inherited the settings of a real daemon could send real SMS.
func TestChildrenInheritNoSettings(t *testing.T) {
	ours := []string{"PATH=/bin", "TWILIO_AUTH_TOKEN=real", "ONEKEYD_DATA=/srv", "HOME=/root"}
	got := environ(ours, map[string]string{"ONEKEYD_DATA": "/tmp/x"})
	if want := []string{"PATH=/bin", "HOME=/root", "ONEKEYD_DATA=/tmp/x"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestOptionsSayAllThatIsWrong(t *testing.T) {
	good := Options{Rates: []int{10}, Via: []string{"nats"}, For: 1e9, Slice: 1e9, SMS: 1, Grace: 1e9}
	if err := good.check(); err != nil {
		t.Fatal(err)
	}
	bad := Options{Rates: []int{0}, Via: []string{"carrier pigeon"}, SMS: 3, Slice: 1e9, Elders: 10, Responders: 5, Burst: -1}
	if err := bad.check(); err == nil || len(err.(interface{ Unwrap() []error }).Unwrap()) != 7 {
		t.Errorf("seven faults, and it says: %v", err)
	}
}
