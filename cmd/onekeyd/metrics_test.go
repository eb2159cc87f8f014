package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
)

// Behind a proxy on this machine everybody comes from this machine.
func TestMetricsAreForThisMachine(t *testing.T) {
	get := func(from, host string, headers ...string) *http.Request {
		r, err := http.NewRequest(http.MethodGet, "http://"+host+"/metrics", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.RemoteAddr = from
		for i := 0; i+1 < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		return r
	}
	for _, c := range []struct {
		r             *http.Request
		direct, local bool
	}{
		{get("127.0.0.1:5000", "127.0.0.1:8080"), true, true},
		{get("127.0.0.1:5000", "localhost:8080"), true, true},
		{get("[::1]:5000", "[::1]:8080"), true, true},
		{get("127.0.0.1:5000", "desk.example.org"), false, true},
		{get("127.0.0.1:5000", "localhost.example.org"), false, true},
		{get("127.0.0.1:5000", "localhost", "X-Forwarded-For", "203.0.113.7"), false, true},
		{get("127.0.0.1:5000", "localhost", "X-Forwarded-For", ""), false, true},
		{get("127.0.0.1:5000", "localhost", "Forwarded", "for=203.0.113.7"), false, true},
		{get("127.0.0.1:5000", "localhost", "X-Real-IP", "203.0.113.7"), false, true},
		{get("127.0.0.1:5000", "localhost", "Via", "1.1 proxy"), false, true},
		{get("203.0.113.7:5000", "localhost"), false, false},
	} {
		if got := direct(c.r); got != c.direct {
			t.Errorf("from %s to %s with %v: direct %v", c.r.RemoteAddr, c.r.Host, c.r.Header, got)
		}
		if got := local(c.r); got != c.local {
			t.Errorf("from %s to %s with %v: local %v", c.r.RemoteAddr, c.r.Host, c.r.Header, got)
		}
	}

	scenario(t, func(t *testing.T, w *world) {
		for _, c := range []struct {
			host, token string
			code        int
		}{
			{"127.0.0.1:8080", "", http.StatusOK},
			{"desk.example.org", "", http.StatusUnauthorized},
			{"desk.example.org", testAPI, http.StatusOK},
			{"desk.example.org", testGateway, http.StatusUnauthorized},
		} {
			r := get("127.0.0.1:5000", c.host, "Authorization", "Bearer "+c.token)
			rec := httptest.NewRecorder()
			w.d.handler.ServeHTTP(rec, r)
			if rec.Code != c.code {
				t.Errorf("metrics of %s with token %q: %d, want %d", c.host, c.token, rec.Code, c.code)
			}
			// Whether it is ready everybody may know, and how it is who may see the metrics.
			rec = httptest.NewRecorder()
			r.URL.Path = "/readyz"
			w.d.handler.ServeHTTP(rec, r)
			var is readiness
			w.must(json.Unmarshal(rec.Body.Bytes(), &is))
			if open := c.code == http.StatusOK; rec.Code != http.StatusOK || !is.Ready || (len(is.Checks) > 0) != open || (len(is.Warnings) > 0) != open {
				t.Errorf("%s with token %q is told %d %s", c.host, c.token, rec.Code, rec.Body)
			}
		}
	})
}
