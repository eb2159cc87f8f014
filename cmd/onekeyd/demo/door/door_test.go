package door_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"onekeyd/cmd/onekeyd/demo/door"
)

func TestTheLinkLogsInAsOftenAsItIsOpened(t *testing.T) {
	made := 0
	daemon := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost || !strings.HasPrefix(r.URL.Path, "/link/") || len(r.Header) != 0 {
			t.Errorf("the daemon was asked %s %s with %v", r.Method, r.URL.Path, r.Header)
		}
		http.SetCookie(w, &http.Cookie{Name: "ok", Value: r.URL.Path})
		http.Redirect(w, r, "/", http.StatusSeeOther)
	})
	d := door.New(daemon, func(context.Context) (string, error) { made++; return "/link/x", nil }, slog.New(slog.DiscardHandler))
	for range 2 {
		w := httptest.NewRecorder()
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, d.Path+"?lang=en", nil)
		r.Header.Set("Sec-Fetch-Site", "cross-site") // clicked in a web terminal
		d.ServeHTTP(w, r)
		if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/" || !strings.HasPrefix(w.Header().Get("Set-Cookie"), "ok=") {
			t.Errorf("the link is answered %d %v", w.Code, w.Header())
		}
	}
	if made != 2 {
		t.Errorf("%d links were made for two openings", made)
	}
	if len(d.Path) < len("/demo/")+26 {
		t.Errorf("%s can be guessed", d.Path)
	}
}

func TestOnlyThisMachineByAName(t *testing.T) {
	h := door.OnlyHere(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	for _, c := range []struct {
		from, host string
		want       int
	}{
		{"127.0.0.1:5000", "127.0.0.1:8080", 200},
		{"[::1]:5000", "localhost:8080", 200},
		{"127.0.0.1:5000", "rebound.example:8080", 403},
		{"192.0.2.7:5000", "127.0.0.1:8080", 403},
		{"127.0.0.1:5000", "127.0.0.1.example", 403},
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		r.RemoteAddr, r.Host = c.from, c.host
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != c.want {
			t.Errorf("from %s for %s: %d, want %d", c.from, c.host, w.Code, c.want)
		}
	}
}
