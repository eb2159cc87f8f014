package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"
)

// A browser's spare connection must not hold up the end.
func TestSpareConnectionsEndWithTheListener(t *testing.T) {
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello") }), ReadHeaderTimeout: time.Minute}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(newEntrance(l, httpBounds)) }()
	early, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer early.Close()
	res, err := http.Get("http://" + l.Addr().String()) // accepted after the early one
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

// crowded is a server with these bounds. Its visitors come from where from says.
func crowded(t *testing.T, b bounds, handler http.Handler, from func(net.Conn) net.Addr) (addr string, e *entrance) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	e = newEntrance(elsewhere{l, from}, b)
	srv := &http.Server{Handler: handler, ConnState: e.state, ReadHeaderTimeout: time.Minute}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(e) }()
	t.Cleanup(func() {
		_ = srv.Close()
		if err := <-served; err != http.ErrServerClosed {
			t.Error(err)
		}
	})
	return l.Addr().String(), e
}

// elsewhere pretends that connections come from other machines.
type elsewhere struct {
	net.Listener
	from func(net.Conn) net.Addr
}

type stranger struct {
	net.Conn
	at net.Addr
}

func (s stranger) RemoteAddr() net.Addr { return s.at }

func (l elsewhere) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return stranger{c, l.from(c)}, nil
}

func here(c net.Conn) net.Addr { return c.RemoteAddr() }

func afar(net.Conn) net.Addr {
	return net.TCPAddrFromAddrPort(netip.MustParseAddrPort("203.0.113.7:4000"))
}

func dial(t *testing.T, addr, send string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	_ = c.SetDeadline(time.Now().Add(10 * time.Second))
	if _, err := io.WriteString(c, send); err != nil {
		t.Fatal(err)
	}
	return c
}

// ended says whether the other side has closed, and waits for it.
func ended(c net.Conn) bool {
	_, err := io.Copy(io.Discard, c)
	return !errors.Is(err, os.ErrDeadlineExceeded)
}

// Whoever only holds connections open keeps nobody out.
func TestSilentConnectionsMakeRoom(t *testing.T) {
	addr, _ := crowded(t, bounds{total: 8, perSource: 8}, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusAccepted) }), here)
	var silent []net.Conn
	for range 4 {
		silent = append(silent, dial(t, addr, "")) // never asks
	}
	for range 4 {
		c := dial(t, addr, "GET / HTTP/1.1\r\nHost: x\r\n\r\n") // was answered, and stays
		if res, err := http.ReadResponse(bufio.NewReader(c), nil); err != nil || res.StatusCode != http.StatusAccepted {
			t.Fatalf("answer: %v, %v", res, err)
		}
		silent = append(silent, c)
	}
	for n := range 20 {
		res, err := (&http.Client{Transport: &http.Transport{}, Timeout: 5 * time.Second}).Post("http://"+addr, "", strings.NewReader("press"))
		if err != nil || res.StatusCode != http.StatusAccepted {
			t.Fatalf("press %d: %v", n, err)
		}
		_ = res.Body.Close()
	}
	for n, c := range silent {
		if !ended(c) {
			t.Errorf("silent connection %d is still open", n)
		}
	}
}

// Where everybody is being answered, the next is closed at once, and when one
// of them has his answer there is room again. A proxy on this machine is one
// source for everybody, and exempt.
func TestFullOfRequests(t *testing.T) {
	for name, c := range map[string]struct {
		b    bounds
		from func(net.Conn) net.Addr
		full bool
	}{
		"in all":      {bounds{total: 4, perSource: 100}, here, true},
		"of a source": {bounds{total: 100, perSource: 4}, afar, true},
		"of a proxy":  {bounds{total: 100, perSource: 4}, here, false},
	} {
		t.Run(name, func(t *testing.T) {
			asked, answer := make(chan struct{}, 10), make(chan struct{})
			addr, e := crowded(t, c.b, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				asked <- struct{}{}
				<-answer
				w.Header().Set("Connection", "close")
			}), c.from)
			defer close(answer)
			const request = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"
			for range 4 {
				_ = dial(t, addr, request)
				<-asked
			}
			fifth := dial(t, addr, "")
			if !c.full {
				if _, err := io.WriteString(fifth, request); err != nil {
					t.Fatal(err)
				}
				<-asked
				return
			}
			if !ended(fifth) {
				t.Fatal("a fifth connection is let in")
			}
			answer <- struct{}{}
			for range 1000 { // the answered one is closed by the server in its own time
				e.mu.Lock()
				open := e.open
				e.mu.Unlock()
				if open < 4 {
					break
				}
				<-time.After(time.Millisecond)
			}
			_ = dial(t, addr, request)
			select {
			case <-asked:
			case <-time.After(10 * time.Second):
				t.Error("there is no room although one has left")
			}
		})
	}
}

func TestEntranceForgets(t *testing.T) {
	addr, e := crowded(t, bounds{total: 10, perSource: 10}, http.NotFoundHandler(), afar)
	for range 30 {
		c := dial(t, addr, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
		if !ended(c) {
			t.Fatal("no answer")
		}
	}
	for range 1000 {
		e.mu.Lock()
		left := fmt.Sprint(e.open, len(e.sources), e.silent.Len())
		e.mu.Unlock()
		if left == "0 0 0" {
			return
		}
		<-time.After(time.Millisecond)
	}
	t.Errorf("%d connections and %d sources are still counted", e.open, len(e.sources))
}

func TestOrigin(t *testing.T) {
	for remote, want := range map[string]string{
		"203.0.113.7:1":          "203.0.113.7 false",
		"[::ffff:203.0.113.7]:1": "203.0.113.7 false",
		"127.0.0.9:1":            "127.0.0.9 true",
		"[::1]:1":                "::1 true",
		"[2001:db8:1:2:3::4]:1":  "2001:db8:1:2:: false",
	} {
		from, local := origin(net.TCPAddrFromAddrPort(netip.MustParseAddrPort(remote)))
		if got := fmt.Sprint(from, local); got != want {
			t.Errorf("%s: %s, want %s", remote, got, want)
		}
	}
}
