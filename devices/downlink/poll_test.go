package downlink

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"onekeyd/dispatch"
)

func TestPoll(t *testing.T) {
	state := messageTo("D-1", coming("张敏", 3), time.Date(2026, 11, 21, 14, 32, 7, 0, time.FixedZone("CST", 8*3600)), 7)
	h := Handler(func(d dispatch.DeviceID) (Message, bool) { return state, d == "D-1" }, func(token string) bool { return token == "g8" })
	for _, c := range []struct {
		method, path, authorization string
		code                        int
	}{
		{http.MethodGet, "/v1/downlink/D-1", "Bearer g8", http.StatusOK},
		{http.MethodGet, "/v1/downlink/D-1", "bearer  g8", http.StatusOK},
		{http.MethodGet, "/v1/downlink/D-2", "Bearer g8", http.StatusNoContent},
		{http.MethodGet, "/v1/downlink/", "Bearer g8", http.StatusNoContent},
		{http.MethodGet, "/v1/downlink/D-1/x", "Bearer g8", http.StatusNoContent},
		{http.MethodGet, "/v1/downlink/D-1", "Bearer g9", http.StatusUnauthorized},
		{http.MethodGet, "/v1/downlink/D-1", "g8", http.StatusUnauthorized},
		{http.MethodGet, "/v1/downlink/D-1", "", http.StatusUnauthorized},
		{http.MethodPost, "/v1/downlink/D-1", "Bearer g8", http.StatusMethodNotAllowed},
	} {
		r := httptest.NewRequestWithContext(t.Context(), c.method, c.path, nil)
		r.Header.Set("Authorization", c.authorization)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != c.code || w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s %s with %q: %d, want %d", c.method, c.path, c.authorization, w.Code, c.code)
		}
		if c.code == http.StatusOK {
			want := `{"device":"D-1","incident":"","stage":"coming","text":"张敏正在赶来，约3分钟。请不要着急。","resp":"张敏","minutes":3,"language":"zh","at":"2026-11-21T06:32:07Z","seq":7,"final":false}`
			if diff := cmp.Diff(want, w.Body.String()); diff != "" || !json.Valid(w.Body.Bytes()) {
				t.Error(diff)
			}
		} else if w.Code == http.StatusNoContent && w.Body.Len() != 0 {
			t.Errorf("%s answers %q", c.path, w.Body)
		}
	}
}

// wire is a connection that keeps the last thing published.
type wire struct {
	subject string
	data    []byte
	err     error
}

func (w *wire) Publish(subject string, data []byte) error {
	w.subject, w.data = subject, data
	return w.err
}

func TestNATS(t *testing.T) {
	w := &wire{}
	m := messageTo("D-1", coming("张敏", 3), time.Now(), 7)
	if err := (NATS{w}).Say(t.Context(), "D-1", m); err != nil || w.subject != "downlink.D-1" || string(w.data) != string(m.Payload()) {
		t.Errorf("published %q on %s: %v", w.data, w.subject, err)
	}
	if err := (NATS{w}).Say(t.Context(), "D-1", Message{Device: "D-1"}); err != nil || len(w.data) != 0 {
		t.Errorf("taken back with %q: %v", w.data, err)
	}
	w.err = errors.New("gone")
	if err := (NATS{w}).Say(t.Context(), "D-1", m); !errors.Is(err, w.err) {
		t.Errorf("error %v", err)
	}
}
