package door_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

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

// A browser's spare connection must not hold up the end.
func TestSpareConnectionsEndWithTheListener(t *testing.T) {
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello") }), ReadHeaderTimeout: time.Minute}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(door.Spare(l)) }()
	spare, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer spare.Close()
	res, err := http.Get("http://" + l.Addr().String()) // accepted after the spare one
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(res.Body)
	if err != nil || string(body) != "hello" {
		t.Fatalf("a used connection is answered %q, %v", body, err)
	}
	res.Body.Close()
	began := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := srv.Shutdown(ctx); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("shutdown took %s", took)
	}
	if err := <-served; err != http.ErrServerClosed {
		t.Error(err)
	}
}
