package post

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"onekeyd/alerts"
)

// Most of these run over real sockets: what "never left this machine" means can
// be seen nowhere else.

func to(url string) func() (*http.Request, error) {
	return func() (*http.Request, error) {
		return http.NewRequest(http.MethodPost, url+"/path?secret=hush", strings.NewReader("body"))
	}
}

func client(t *testing.T, o Options) *Client {
	t.Helper()
	c := New(o)
	t.Cleanup(c.Close)
	return c
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func lost(t *testing.T, err error, left bool) {
	t.Helper()
	e, ok := errors.AsType[*LostError](err)
	if !ok || e.Left != left {
		t.Errorf("left %v: %v", !left, err)
		return
	}
	if want := map[bool]alerts.Class{true: alerts.Unclear, false: alerts.Transient}[left]; e.Class() != want {
		t.Errorf("class %s, want %s", e.Class(), want)
	}
	if strings.Contains(err.Error(), "hush") {
		t.Errorf("the error shows the address: %v", err)
	}
}

func TestWhatHasLeft(t *testing.T) {
	closed := listen(t)
	closed.Close()
	silent := listen(t) // the kernel accepts; nobody reads
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range []struct {
		why, url string
		ctx      context.Context
		left     bool
	}{
		{"nothing listens", "http://" + closed.Addr().String(), t.Context(), false},
		{"tls never begins", "https://" + silent.Addr().String(), t.Context(), false},
		{"accepted and silent", "http://" + silent.Addr().String(), t.Context(), true},
		{"ended before it began", "http://" + silent.Addr().String(), ended, false},
	} {
		t.Run(c.why, func(t *testing.T) {
			_, err := client(t, Options{Timeout: 200 * time.Millisecond}).Do(c.ctx, to(c.url))
			lost(t, err, c.left)
		})
	}
}

// A server that answers the first request of a connection, reads the second and
// drops the line: it may have processed it, so nobody may post it again.
func TestLostAnswerIsNotRepeated(t *testing.T) {
	l := listen(t)
	var posts atomic.Int64
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				in := bufio.NewReader(c)
				for i := 0; ; i++ {
					r, err := http.ReadRequest(in)
					if err != nil {
						return
					}
					io.Copy(io.Discard, r.Body)
					posts.Add(1)
					if i == 1 {
						return
					}
					fmt.Fprint(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
				}
			}()
		}
	}()
	c := client(t, Options{Timeout: time.Second})
	if a, err := c.Do(t.Context(), to("http://"+l.Addr().String())); err != nil || string(a.Body) != "ok" || a.Status != 200 {
		t.Fatalf("%+v, %v", a, err)
	}
	_, err := c.Do(t.Context(), to("http://"+l.Addr().String()))
	lost(t, err, true)
	if n := posts.Load(); n != 2 {
		t.Errorf("the server saw %d posts, want 2", n)
	}
}

func TestAnswers(t *testing.T) {
	var conns atomic.Int64
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		switch r.URL.Path {
		case "/redirect/path":
			http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
		case "/cut/path":
			w.Header().Set("Content-Length", "100")
			io.WriteString(w, "half")
		case "/long/path":
			io.WriteString(w, strings.Repeat("x", maxAnswer+5000))
		default:
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(503)
			w.(http.Flusher).Flush() // chunked
			io.WriteString(w, "<html>busy\xff</html>")
		}
	}))
	srv.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			conns.Add(1)
		}
	}
	srv.Start()
	defer srv.Close()
	c := client(t, Options{})
	if a, err := c.Do(t.Context(), to(srv.URL+"/redirect")); err != nil || a.Status != 307 {
		t.Errorf("redirect: %+v, %v", a, err)
	}
	if a, err := c.Do(t.Context(), to(srv.URL+"/long")); err != nil || len(a.Body) != maxAnswer {
		t.Errorf("long: %d bytes, %v", len(a.Body), err)
	}
	for range 10 {
		a, err := c.Do(t.Context(), to(srv.URL))
		if err != nil || a.Status != 503 || a.RetryAfter != 7*time.Second || a.Says() != "http status 503: <html>busy</html>" {
			t.Errorf("busy: %+v, %v", a, err)
		}
	}
	if n := conns.Load(); n != 1 {
		t.Errorf("12 answers took %d connections", n)
	}
	_, err := c.Do(t.Context(), to(srv.URL+"/cut"))
	lost(t, err, true)
}

// Waiting for a slot never counts against the request's own timeout, giving up
// while waiting is known not to have left, and the request is made after it.
func TestBoundedInFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		c := New(Options{MaxConns: 1, Timeout: 3 * time.Second, Transport: slow{2 * time.Second}})
		var built []time.Duration
		errs := make(chan error)
		for range 3 {
			go func() {
				_, err := c.Do(t.Context(), func() (*http.Request, error) {
					built = append(built, time.Since(began)) // one slot: never at the same time
					return to("http://carrier.example")()
				})
				errs <- err
			}()
		}
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := c.Do(ctx, func() (*http.Request, error) { t.Error("a request was made without a slot"); return nil, nil })
		lost(t, err, false)
		for range 3 { // the last one waits 4 s and takes 2 s, with a timeout of 3 s
			if err := <-errs; err != nil {
				t.Error(err)
			}
		}
		if fmt.Sprint(built) != "[0s 2s 4s]" {
			t.Errorf("requests were made after %v", built)
		}
		stale := errors.New("stale")
		if _, err := c.Do(t.Context(), func() (*http.Request, error) { return nil, stale }); err != stale {
			t.Errorf("the builder's own error: %v", err)
		}
	})
}

type slow struct{ d time.Duration }

func (s slow) RoundTrip(r *http.Request) (*http.Response, error) {
	select {
	case <-time.After(s.d):
		return &http.Response{StatusCode: 200, Header: http.Header{}, Body: http.NoBody, Request: r}, nil
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
}

func TestOrigin(t *testing.T) {
	for raw, want := range map[string]string{
		"https://a.example": "https://a.example", "http://127.0.0.1:9/b/": "http://127.0.0.1:9/b", "": "", "/relative": "", "ftp://a": "",
		"https://u:hush@a": "", "https://a?b=hush": "", "https://a#b": "", "https://a\x7f:hush": "",
	} {
		u, err := Origin(raw)
		if want == "" && (err == nil || strings.Contains(err.Error(), "hush")) || want != "" && (err != nil || u.String() != want) {
			t.Errorf("%q: %v, %v", raw, u, err)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for h, want := range map[string]time.Duration{
		"": 0, "7": 7 * time.Second, "-1": 0, "soon": 0, "999999": 0, "Fri, 02 Jan 2026 03:04:15 GMT": 10 * time.Second, "Fri, 02 Jan 2026 03:04:00 GMT": 0,
	} {
		if got := retryAfter(h, now); got != want {
			t.Errorf("%q is %s, want %s", h, got, want)
		}
	}
}
