package httpgate_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"onekeyd/devices"
	"onekeyd/devices/httpgate"
	"onekeyd/dispatch"
)

// memory is a store in memory that recognises retransmissions.
type memory struct {
	presses []dispatch.Press
	err     error
	hang    bool
}

func (m *memory) PublishPress(ctx context.Context, p dispatch.Press) (devices.Stored, error) {
	if m.hang {
		<-ctx.Done()
		return devices.Stored{}, ctx.Err()
	}
	if m.err != nil {
		return devices.Stored{}, m.err
	}
	for _, q := range m.presses {
		if q.Device == p.Device && q.ID == p.ID {
			return devices.Stored{At: storedAt, Duplicate: true}, nil
		}
	}
	m.presses = append(m.presses, p)
	return devices.Stored{At: storedAt}, nil
}

var storedAt = time.Date(2026, 11, 21, 14, 32, 0, 120e6, time.FixedZone("CST", 8*3600))

func gate(s devices.Store, o devices.IntakeOptions) *httpgate.Gate {
	return httpgate.New(devices.NewIntake(s, o), func(token string) bool { return token == "g8" }, slog.New(slog.DiscardHandler))
}

func post(t *testing.T, h http.Handler, body string, edit func(*http.Request)) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, httpgate.Path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer g8")
	r.Header.Set("Content-Type", "application/json")
	if edit != nil {
		edit(r)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func reply(t *testing.T, w *httptest.ResponseRecorder) map[string]string {
	t.Helper()
	got := map[string]string{}
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Fatalf("answer %q: %v", w.Body, err)
	}
	return got
}

func TestStoredPressIsAccepted(t *testing.T) {
	m := &memory{}
	g := gate(m, devices.IntakeOptions{})
	body := `{"device":"D-1","kind":"fall","id":"7\"f","at":"2026-11-21T06:31:59Z","lat":30.5,"lon":114.3,"battery":80}`
	for range 2 { // the second is a retransmission
		w := post(t, g, body, nil)
		if w.Code != http.StatusAccepted {
			t.Fatalf("status %d: %s", w.Code, w.Body)
		}
		want := map[string]string{"press": `7"f`, "stored_at": "2026-11-21T06:32:00.12Z"}
		if diff := cmp.Diff(want, reply(t, w)); diff != "" {
			t.Fatal(diff)
		}
	}
	if len(m.presses) != 1 || m.presses[0].Kind != dispatch.Fall || m.presses[0].Received.IsZero() {
		t.Fatalf("stored %+v", m.presses)
	}
}

func TestPressWithoutIDGetsOne(t *testing.T) {
	m := &memory{}
	g := gate(m, devices.IntakeOptions{})
	a, b := reply(t, post(t, g, `{"device":"D-1"}`, nil)), reply(t, post(t, g, `{"device":"D-1"}`, nil))
	if a["press"] == "" || a["press"] == b["press"] || len(m.presses) != 2 || a["press"] != string(m.presses[0].ID) {
		t.Fatalf("answers %v and %v, stored %v", a, b, m.presses)
	}
}

func TestRefusals(t *testing.T) {
	head := func(k, v string) func(*http.Request) { return func(r *http.Request) { r.Header.Set(k, v) } }
	for _, c := range []struct {
		name, body string
		edit       func(*http.Request)
		status     int
		field      string
		header     [2]string
	}{
		{name: "no token", body: `{}`, edit: func(r *http.Request) { r.Header.Del("Authorization") }, status: 401, header: [2]string{"Www-Authenticate", `Bearer realm="onekeyd presses"`}},
		{name: "wrong token", body: `{}`, edit: head("Authorization", "Bearer g9"), status: 401},
		{name: "basic", body: `{}`, edit: head("Authorization", "Basic g8"), status: 401},
		{name: "get", edit: func(r *http.Request) { r.Method = http.MethodGet }, status: 405, header: [2]string{"Allow", "POST"}},
		{name: "too long", body: `{"device":"D-1","x":"` + strings.Repeat("x", dispatch.MaxPress) + `"}`, status: 413, field: "(body)"},
		{name: "too long, length unknown", body: strings.Repeat(" ", 3*dispatch.MaxPress), edit: func(r *http.Request) { r.ContentLength = -1 }, status: 413, field: "(body)"},
		{name: "gzip", body: `{}`, edit: head("Content-Encoding", "gzip"), status: 415},
		{name: "xml", body: `<press/>`, edit: head("Content-Type", "application/xml"), status: 415},
		{name: "cut short", body: `{"device":"D-1"}`, edit: func(r *http.Request) { r.ContentLength = 99 }, status: 400, field: "(body)"},
		{name: "not json", body: `SOS`, status: 400, field: "(body)"},
		{name: "no device", body: `{"kind":"sos"}`, status: 400, field: "device"},
		{name: "bad device", body: `{"device":"a.b"}`, status: 400, field: "device"},
		{name: "bad kind", body: `{"device":"D-1","kind":"SOS!"}`, status: 400, field: "kind"},
		{name: "bad type", body: `{"device":"D-1","battery":"full"}`, status: 400, field: "battery"},
		{name: "bad latitude", body: `{"device":"D-1","lat":91,"lon":0}`, status: 400, field: "lat"},
		{name: "half a position", body: `{"device":"D-1","lat":9}`, status: 400, field: "lon"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := &memory{}
			w := post(t, gate(m, devices.IntakeOptions{}), c.body, c.edit)
			got := reply(t, w)
			if w.Code != c.status || got["field"] != c.field || got["error"] == "" {
				t.Errorf("status %d %v; want %d, field %q", w.Code, got, c.status, c.field)
			}
			if c.header[0] != "" && w.Header().Get(c.header[0]) != c.header[1] {
				t.Errorf("headers %v", w.Header())
			}
			if len(m.presses) != 0 {
				t.Errorf("stored %v", m.presses)
			}
		})
	}
}

func TestLenientContentTypes(t *testing.T) {
	for _, ct := range []string{"", "text/plain", "application/x-www-form-urlencoded", "application/vnd.acme+json; charset=utf-8", ";;"} {
		w := post(t, gate(&memory{}, devices.IntakeOptions{}), `{"device":"D-1"}`, func(r *http.Request) { r.Header.Set("Content-Type", ct) })
		if w.Code != http.StatusAccepted {
			t.Errorf("%q: status %d", ct, w.Code)
		}
	}
}

func TestStorageCannotPromise(t *testing.T) {
	for name, m := range map[string]*memory{"failing": {err: errors.New("disk full")}, "silent": {hang: true}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				w := post(t, gate(m, devices.IntakeOptions{}), `{"device":"D-1"}`, nil)
				if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") != "1" {
					t.Errorf("status %d, %v", w.Code, w.Header())
				}
				if strings.Contains(w.Body.String(), "press\"") {
					t.Errorf("answer %s names a press", w.Body)
				}
				if took := time.Since(start); took > devices.DefaultWait {
					t.Errorf("took %v", took)
				}
			})
		})
	}
}

func TestTooFastIsSaidForOthersThanRed(t *testing.T) {
	g := gate(&memory{}, devices.IntakeOptions{Limits: devices.Limits{Burst: 1, Every: time.Hour}})
	want := map[string]int{`{"device":"D-1","kind":"service"}`: 429, `{"device":"D-1"}`: 202, `{"device":"D-2","kind":"service"}`: 202}
	post(t, g, `{"device":"D-1","kind":"service"}`, nil)
	for body, status := range want {
		if w := post(t, g, body, nil); w.Code != status {
			t.Errorf("%s: status %d, want %d", body, w.Code, status)
		}
	}
}

// Over a socket: a sender that stops in the middle of its body holds up
// nobody, and its connection's next request has the server's own deadline.
func TestSlowBody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := net.Pipe()
		srv := &http.Server{Handler: gate(&memory{}, devices.IntakeOptions{})}
		ln := &oneConn{conn: server, done: make(chan struct{})}
		go srv.Serve(ln)
		io.WriteString(client, "POST /v1/presses HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer g8\r\nContent-Length: 20\r\n\r\n{\"dev")
		start := time.Now()
		buf := make([]byte, 4096)
		n, _ := client.Read(buf)
		if took := time.Since(start); took != 5*time.Second || !strings.HasPrefix(string(buf[:n]), "HTTP/1.1 400") {
			t.Errorf("after %v: %q", took, buf[:n])
		}
		client.Close()
		srv.Close()
	})
}

type oneConn struct {
	conn net.Conn
	done chan struct{}
}

func (l *oneConn) Accept() (net.Conn, error) {
	if c := l.conn; c != nil {
		l.conn = nil
		return c, nil
	}
	<-l.done
	return nil, net.ErrClosed
}
func (l *oneConn) Close() error   { close(l.done); return nil }
func (l *oneConn) Addr() net.Addr { return &net.TCPAddr{} }

func BenchmarkGate(b *testing.B) {
	g := gate(storeNothing{}, devices.IntakeOptions{})
	body := strings.NewReader("")
	r := httptest.NewRequest(http.MethodPost, httpgate.Path, body)
	r.Header.Set("Authorization", "Bearer g8")
	b.ReportAllocs()
	for b.Loop() {
		body.Reset(`{"device":"D-1","kind":"sos","id":"1"}`)
		r.ContentLength = -1
		w := httptest.NewRecorder()
		g.ServeHTTP(w, r)
		if w.Code != http.StatusAccepted {
			b.Fatal(w.Code)
		}
	}
}

type storeNothing struct{}

func (storeNothing) PublishPress(context.Context, dispatch.Press) (devices.Stored, error) {
	return devices.Stored{At: storedAt}, nil
}
