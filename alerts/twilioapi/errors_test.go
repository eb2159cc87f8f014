package twilioapi

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"onekeyd/alerts"
)

// Where a code says nothing the status decides, and it never guesses in favour
// of a repeat.
func TestClassed(t *testing.T) {
	ofCode := func(code int) alerts.Class {
		if code == 21211 {
			return alerts.BadNumber
		}
		return ""
	}
	for status, want := range map[int]alerts.Class{
		302: alerts.BadAccount, 400: alerts.BadContent, 401: alerts.BadAccount, 403: alerts.BadAccount, 404: alerts.BadAccount, 408: alerts.Transient,
		422: alerts.BadContent, 429: alerts.Transient, 500: alerts.Unclear, 502: alerts.Unclear, 503: alerts.Transient, 504: alerts.Unclear,
	} {
		for code, text := range map[int]string{0: "", 99999: "99999"} {
			err := Classed("x", &Refusal{Status: status, Code: code, RetryAfter: time.Second}, ofCode)
			e, ok := errors.AsType[*alerts.Error](err)
			if !ok || e.Class != want || e.Code != text || e.RetryAfter != time.Second || e.Provider != "x" {
				t.Errorf("status %d with code %d is %v, want %q", status, code, err, want)
			}
		}
		if got := alerts.ClassOf(Classed("x", &Refusal{Status: status, Code: 21211}, ofCode)); got != alerts.BadNumber {
			t.Errorf("status %d with a known code is %q", status, got)
		}
	}
	for want, err := range map[alerts.Class]error{alerts.Transient: &wireError{err: errors.New("x")}, alerts.Unclear: &wireError{left: true, err: errors.New("x")}} {
		if got := alerts.ClassOf(Classed("x", err, ofCode)); got != want {
			t.Errorf("%v is %q, want %q", err, got, want)
		}
	}
	if got := alerts.ClassOf(Classed("x", errors.New("no idea"), ofCode)); got != alerts.Unclear {
		t.Errorf("an error nobody knows is %q", got)
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	for h, want := range map[string]time.Duration{
		"": 0, "7": 7 * time.Second, "-1": 0, "soon": 0, "90000": 0,
		now.Add(time.Minute).Format(http.TimeFormat): time.Minute, now.Add(-time.Minute).Format(http.TimeFormat): 0,
	} {
		if got := retryAfter(h, now); got != want {
			t.Errorf("%q is %s, want %s", h, got, want)
		}
	}
}
