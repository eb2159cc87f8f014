package console

import (
	"bufio"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"onekeyd/dispatch"
)

// BenchmarkFanout is one change until the last of fifty consoles on loopback TCP
// has read it whole.
func BenchmarkFanout(b *testing.B) {
	const consoles = 50
	board := newBoard()
	c := &Console{
		opt: Options{Board: board, Status: func() []string { return nil }, Heartbeat: time.Hour, WriteTimeout: 5 * time.Second}, log: slog.New(slog.DiscardHandler),
		encodings: encodings{look: planned, made: map[encodingKey]*encoding{}},
	}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s := &stream{c: c, w: w, ctl: http.NewResponseController(w)}
		s.serve(r, 0)
	}))
	defer srv.Close()
	defer srv.CloseClientConnections()
	var got sync.WaitGroup
	for range consoles {
		res, err := http.Get(srv.URL)
		if err != nil {
			b.Fatal(err)
		}
		go func() {
			defer res.Body.Close()
			in := bufio.NewReader(res.Body)
			for {
				line, err := in.ReadSlice('\n')
				if err == io.EOF || err != nil && err != bufio.ErrBufferFull {
					return
				}
				if len(line) > 3 && string(line[:3]) == "id:" {
					got.Done()
				}
			}
		}()
	}
	inc := call("20261121-aaaaaa", testTime)
	b.ReportAllocs()
	for b.Loop() {
		got.Add(consoles)
		board.put(inc)
		got.Wait()
		board.mu.Lock()
		board.events = board.events[:0] // the fake keeps no history here
		board.mu.Unlock()
	}
}

func BenchmarkEncode(b *testing.B) {
	inc := call("20261121-aaaaaa", testTime)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := encode(&inc, forDesk, planned(&inc)); err != nil {
			b.Fatal(err)
		}
	}
}

func planned(*dispatch.Incident) around {
	return around{plan: dispatch.DefaultPlan(), phone: "+8613300138471", devicePhone: "+861065004471"}
}
