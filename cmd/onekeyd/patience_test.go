package main

import (
	"bufio"
	"io"
	"net/http"
	"testing"
	"time"
)

// A body that does not come ends the request, whether anybody reads it or not;
// one that came whole leaves its handler all the time it wants.
func TestPatience(t *testing.T) {
	const limit = 100 * time.Millisecond
	cut := make(chan error, 1)
	mux := http.NewServeMux()
	mux.HandleFunc("/read", func(_ http.ResponseWriter, r *http.Request) {
		_, err := io.ReadAll(r.Body)
		cut <- err
	})
	mux.HandleFunc("/refuse", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) })
	mux.HandleFunc("/work", func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.ReadAll(r.Body)
		select {
		case <-r.Context().Done():
			cut <- r.Context().Err()
		case <-time.After(3 * limit):
			cut <- nil
		}
	})
	addr, _ := crowded(t, httpBounds, patience(limit, mux), here)

	for _, path := range []string{"/read", "/refuse"} {
		c := dial(t, addr, "POST "+path+" HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n")
		stop := make(chan struct{})
		go func() { // one byte at a time
			tick := time.NewTicker(limit / 10)
			defer tick.Stop()
			for {
				select {
				case <-stop:
					return
				case <-tick.C:
					if _, err := c.Write([]byte("x")); err != nil {
						return
					}
				}
			}
		}()
		if !ended(c) {
			t.Errorf("%s: a body that never ends is waited for", path)
		}
		close(stop)
		if path == "/read" {
			if err := <-cut; err == nil {
				t.Error("a body that was cut looks whole")
			}
		}
	}

	for _, request := range []string{
		"POST /work HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody",
		"POST /work HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n",
		"GET /work HTTP/1.1\r\nHost: x\r\n\r\n",
	} {
		c := dial(t, addr, request)
		if err := <-cut; err != nil {
			t.Errorf("%.12s: a handler that takes its time is ended: %v", request, err)
		}
		if res, err := http.ReadResponse(bufio.NewReader(c), nil); err != nil || res.StatusCode != http.StatusOK {
			t.Errorf("%.12s: answer %v, %v", request, res, err)
		}
	}
}
