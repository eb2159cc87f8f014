package live

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"onekeyd/dispatch"
	"onekeyd/geo"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func post(t testing.TB, s Store, body string) (int, map[string]any) {
	t.Helper()
	known := func(id dispatch.ResponderID) bool { return strings.HasPrefix(string(id), "R-") }
	w := httptest.NewRecorder()
	PositionsHandler(s, func() time.Time { return noon }, known).ServeHTTP(w, httptest.NewRequest(http.MethodPost, PositionsPath, strings.NewReader(body)))
	var got map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Fatalf("answer %q: %v", w.Body, err)
	}
	return w.Code, got
}

func memoryStore(t testing.TB) Store {
	t.Helper()
	s, err := Open(Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestPositionsAreTaken(t *testing.T) {
	s := memoryStore(t)
	code, got := post(t, s, `[
		{"responder":"R-1","lat":31.2,"lon":121.4,"at":"2026-11-21T11:59:00Z"},
		{"responder":"R-1","lat":31.3,"lon":121.4,"at":"2026-11-21T11:58:00Z"},
		{"responder":"R-2","lat":31.2,"lon":121.4,"datum":"gcj02","at":"2026-11-21T20:30:00+08:00"},
		{"responder":"R-3","lat":31.2,"lon":121.4},
		{"responder":"R-4","lat":31.2,"lon":121.4,"at":"2026-11-21T11:29:59Z"}]`)
	if want := "202 map[moved:3 older:1 stale:1]"; fmt.Sprint(code, " ", got) != want {
		t.Errorf("%d %v, not %s", code, got, want)
	}
	all := s.Positions(noon)
	if at := all["R-2"].At; !at.Equal(noon) {
		t.Errorf("the time ahead counts as %v", at)
	}
	if d := geo.Distance(all["R-2"].Point, all["R-3"].Point); d < 100 || d > 1000 {
		t.Errorf("gcj02 is %v m from wgs84", d)
	}
	if all["R-1"].Point.Lat != 31.2 || len(all) != 3 {
		t.Errorf("positions %v", all)
	}
	if code, got := post(t, s, `{"responder":"R-9","lat":1,"lon":2}`); code != 202 || got["moved"] != 1.0 {
		t.Errorf("one alone: %d %v", code, got)
	}
	if code, got := post(t, s, `[]`); code != 202 || got["moved"] != 0.0 {
		t.Errorf("none: %d %v", code, got)
	}
}

func TestPositionsRefused(t *testing.T) {
	good := `{"responder":"R-1","lat":31.2,"lon":121.4},`
	for body, want := range map[string]string{
		``:                                                     "0 (body)",
		`null`:                                                 "0 responder",
		`[` + good:                                             "0 (body)",
		`{"responder":"R-1"} x`:                                "0 (body)",
		`[` + good + `{"lat":1,"lon":2}]`:                      "1 responder",
		`[` + good + `7]`:                                      "1 (body)",
		`{"responder":"R 1","lat":1,"lon":2}`:                  "0 responder",
		`{"responder":"X-1","lat":1,"lon":2}`:                  "0 responder",
		`{"responder":1,"lat":1,"lon":2}`:                      "0 responder",
		`{"responder":"R-1","lon":2}`:                          "0 lat",
		`{"responder":"R-1","lat":1}`:                          "0 lon",
		`{"responder":"R-1","lat":"1","lon":2}`:                "0 lat",
		`{"responder":"R-1","lat":91,"lon":2}`:                 "0 lat",
		`{"responder":"R-1","lat":1,"lon":181}`:                "0 lon",
		`{"responder":"R-1","lat":0,"lon":0}`:                  "0 lat",
		`{"responder":"R-1","lat":1,"lon":2,"datum":"utm"}`:    "0 datum",
		`{"responder":"R-1","lat":1,"lon":2,"at":"yesterday"}`: "0 at",
		`{"responder":"R-1","lat":1,"lon":2,"at":"2026-11-21T11:29:59Z"}`:              "0 at",
		`[` + strings.Repeat(good, MaxPositions) + strings.TrimSuffix(good, ",") + `]`: "1000 (body)",
	} {
		s := memoryStore(t)
		code, got := post(t, s, body)
		if code != 400 || fmt.Sprint(got["index"], " ", got["field"]) != want || got["error"] == "" {
			t.Errorf("%.60s: %d %v, not %s", body, code, got, want)
		}
		if n := len(s.Positions(noon)); n != 0 {
			t.Errorf("%.60s: %d positions were taken", body, n)
		}
	}
	if code, _ := post(t, memoryStore(t), strings.Repeat(" ", MaxBody+1)); code != http.StatusRequestEntityTooLarge {
		t.Errorf("too long: %d", code)
	}
	w := httptest.NewRecorder()
	PositionsHandler(memoryStore(t), time.Now, nil).ServeHTTP(w, httptest.NewRequest(http.MethodGet, PositionsPath, nil))
	if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != "POST" {
		t.Errorf("GET: %d %v", w.Code, w.Header())
	}
}

// Whatever is sent, the answer is 202 or a reason, and what was taken is a
// place on earth, not in the future, that goes over the wire and back unchanged.
func FuzzPositions(f *testing.F) {
	f.Add(`{"responder":"R-1","lat":31.2,"lon":121.4,"datum":"bd09","at":"2026-11-21T11:59:00.1234Z"}`)
	f.Add(`[{"responder":"R-1","lat":-90,"lon":180},{"responder":"R-2","lat":1e-7,"lon":-0.5,"at":"2999-01-01T00:00:00Z"}]`)
	f.Add(`[null,{"responder":"R-é"}]`)
	f.Fuzz(func(t *testing.T, body string) {
		s := memoryStore(t)
		code, got := post(t, s, body)
		switch code {
		case http.StatusAccepted:
		case http.StatusBadRequest, http.StatusRequestEntityTooLarge:
			if got["error"] == "" || len(s.Positions(noon)) != 0 {
				t.Fatalf("refused with %v, taken %v", got, s.Positions(noon))
			}
			return
		default:
			t.Fatalf("answer %d", code)
		}
		for id, p := range s.Positions(noon) {
			if p.At.After(noon) || p.Point.Valid() != nil {
				t.Fatalf("%s is at %v", id, p)
			}
			wire := string(appendMove(nil, id, p))
			l, ok := parseLine(strings.TrimSuffix(wire, "\n"))
			if !ok || dispatch.ResponderID(l.id) != id || l.position != p {
				t.Fatalf("%q is read as %+v %v", wire, l, ok)
			}
		}
	})
}

// Whatever stands on the channel, what is read could have been written.
func FuzzLine(f *testing.F) {
	for _, s := range []string{"p r1 1700000000000 31.2 -121", "s d1 1700000000000", "a n1 3", "b run", "p  1 2 3", "p r1 1700000000000 NaN 1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		l, ok := parseLine(s)
		if !ok {
			return
		}
		var again []byte
		switch l.what {
		case 'p':
			again = appendMove(nil, dispatch.ResponderID(l.id), l.position)
		case 's':
			again = appendSeen(nil, dispatch.DeviceID(l.id), l.ms)
		case 'a':
			again = appendArmed(nil, dispatch.NodeID(l.id), l.count)
		case 'b':
			return
		default:
			t.Fatalf("%q is read as %+v", s, l)
		}
		if back, ok := parseLine(strings.TrimSuffix(string(again), "\n")); !ok || back != l {
			t.Fatalf("%q is %+v, written %q and read %+v %v", s, l, again, back, ok)
		}
	})
}
