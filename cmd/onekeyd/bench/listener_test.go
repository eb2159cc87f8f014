package bench

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// A console that is told to start over takes the snapshot and goes on from there.
func TestListenerKeepsItsPlace(t *testing.T) {
	var cursors []string
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/events", func(w http.ResponseWriter, r *http.Request) {
		cursors = append(cursors, r.Header.Get("Last-Event-ID"))
		event := func(id, press int) {
			fmt.Fprintf(w, "id: %d\nevent: incident\ndata: {\"id\":\"x\",\"device\":%q,\"timeline\":%q}\n\n", id, deviceName(press), strings.Repeat("D-9999999 ", 400))
		}
		switch len(cursors) {
		case 1:
			fmt.Fprint(w, "retry: 300\n\nevent: hb\ndata: {\"seq\":6}\n\n")
			event(7, 0) // and the connection is lost
		case 2:
			fmt.Fprint(w, "event: reset\ndata: {\"seq\":40}\n\n")
		case 3:
			event(42, 3)
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		}
	})
	mux.HandleFunc("GET /v1/snapshot", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `{"seq":41,"server_time":"…","incidents":[{"id":"x","device":%q,"presses":[]},{"id":"y","device":%q}]}`, deviceName(1), deviceName(2))
	})
	srv := httptest.NewServer(mux)
	defer srv.Close()

	l := newLedger(4)
	l.expect(0, 4, func(int) time.Time { return time.Now() })
	for n := range l.lines {
		l.acked(n, time.Now())
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var painted []string
	s := listen(ctx, &daemon{http: strings.TrimPrefix(srv.URL, "http://")}, func(incident []byte, _ time.Time) { painted = append(painted, string(incident)) }, l)
	l.wait(nil, 10*time.Second)
	cancel()
	<-s.ended
	if s.err != nil {
		t.Fatal(s.err)
	}
	if got := l.tally(0, 4); got.lost != 0 || l.strangers.Load() != 0 {
		t.Errorf("%d presses were not shown, %d events of strangers", got.lost, l.strangers.Load())
	}
	if strings.Join(painted, " ") != "x x" {
		t.Errorf("the console painted %q", painted)
	}
	if fmt.Sprint(cursors) != "[ 7 41]" || s.resets.Load() != 1 {
		t.Errorf("cursors %q, %d resets", cursors, s.resets.Load())
	}
}
