package main

import (
	"container/list"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"
)

// bounds of connections on one listener.
type bounds struct {
	total     int // in all
	perSource int // from one address; this machine's own are exempt, for a proxy is one
}

// httpBounds: a connection costs some 16 KiB and a file, so that 8,192 are
// 128 MiB. A crowd of devices behind one mobile network's address fits into
// 1,024, since only those being answered at the moment count, see entrance.
var httpBounds = bounds{total: 8192, perSource: 1024}

// entrance is a listener that bounds its connections.
//
// When it is full, the connection on which nobody has asked anything for the
// longest time makes room: one opened in advance, or kept from an answer that
// was given. So those who only hold connections open keep nobody out, whatever
// their number. Where every connection is in the middle of a request, the new
// one is closed at once; requests end by their own deadlines.
//
// When it is closed, it takes along the connections on which nothing has been
// asked yet. Browsers open such in advance, and http.Server.Shutdown waits five
// seconds for a first request on each; a daemon that is told to stop is not to
// look hung, and its next start waits for it.
type entrance struct {
	net.Listener
	bounds bounds

	mu      sync.Mutex // guards what follows
	closed  bool
	open    int
	sources map[netip.Addr]*source // none without connections
	silent  *list.List             // of *visitor that ask nothing now, longest silent first
}

// source is an address connections come from.
type source struct {
	open   int
	silent *list.List
}

func newEntrance(l net.Listener, b bounds) *entrance {
	return &entrance{Listener: l, bounds: b, sources: map[netip.Addr]*source{}, silent: list.New()}
}

func (e *entrance) Accept() (net.Conn, error) {
	for {
		c, err := e.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if v := e.admit(c); v != nil {
			return v, nil
		}
		_ = c.Close() // it was told nothing and asked nothing
	}
}

// admit makes room for a connection, or gives nil.
func (e *entrance) admit(c net.Conn) *visitor {
	from, local := origin(c.RemoteAddr())
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return nil
	}
	if s := e.sources[from]; s != nil && !local && s.open >= e.bounds.perSource && !e.dismiss(s.silent) {
		return nil
	}
	if e.open >= e.bounds.total && !e.dismiss(e.silent) {
		return nil
	}
	s := e.sources[from] // after dismissing, which forgets an address without connections
	if s == nil {
		s = &source{silent: list.New()}
		e.sources[from] = s
	}
	e.open++
	s.open++
	v := &visitor{Conn: c, e: e, from: from, source: s, unused: true}
	e.wait(v)
	return v
}

// origin is whose connection this is: an IPv4 address, or the 64 bits of IPv6
// that one household or one machine has to itself.
func origin(remote net.Addr) (from netip.Addr, local bool) {
	at, err := netip.ParseAddrPort(remote.String())
	if err != nil { // no TCP, so nobody from elsewhere
		return from, true
	}
	from = at.Addr().Unmap().WithZone("")
	if from.Is6() && !from.IsLoopback() {
		p, _ := from.Prefix(64) // fails only beyond 128
		return p.Addr(), false
	}
	return from, from.IsLoopback()
}

// dismiss closes who has been silent for the longest time.
func (e *entrance) dismiss(silent *list.List) bool {
	first := silent.Front()
	if first == nil {
		return false
	}
	v := first.Value.(*visitor)
	e.leave(v)
	_ = v.Conn.Close() // the server hears of it with its next read
	return true
}

// wait, wake and leave need mu.
func (e *entrance) wait(v *visitor) {
	if v.left || v.inAll != nil {
		return
	}
	v.inAll, v.inSource = e.silent.PushBack(v), v.source.silent.PushBack(v)
	v.silent.Store(true)
}

func (e *entrance) wake(v *visitor) {
	if v.inAll != nil {
		e.silent.Remove(v.inAll)
		v.source.silent.Remove(v.inSource)
		v.inAll, v.inSource = nil, nil
	}
	v.unused = false
	v.silent.Store(false)
}

func (e *entrance) leave(v *visitor) {
	e.wake(v)
	if v.left {
		return
	}
	v.left = true
	e.open--
	if v.source.open--; v.source.open == 0 {
		delete(e.sources, v.from)
	}
}

// state is for http.Server.ConnState, which knows when an answer has been given.
func (e *entrance) state(c net.Conn, s http.ConnState) {
	v, ok := c.(*visitor)
	if !ok {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	switch s {
	case http.StateIdle:
		e.wait(v)
	case http.StateActive:
		e.wake(v) // its request may have been read together with the last one
	}
}

func (e *entrance) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.closed = true
	for at := e.silent.Front(); at != nil; at = at.Next() {
		if v := at.Value.(*visitor); v.unused {
			_ = v.Conn.Close() // its other end has asked for nothing
		}
	}
	return e.Listener.Close()
}

// visitor is one connection.
type visitor struct {
	net.Conn
	e      *entrance
	from   netip.Addr
	source *source
	silent atomic.Bool // asks nothing now; written under mu, read without

	// Under the entrance's mu.
	inAll, inSource *list.Element // nil: asks something
	unused          bool          // nothing was ever asked
	left            bool
}

func (v *visitor) Read(b []byte) (int, error) {
	n, err := v.Conn.Read(b)
	if n > 0 && v.silent.Load() {
		v.e.mu.Lock()
		v.e.wake(v)
		v.e.mu.Unlock()
	}
	return n, err
}

func (v *visitor) Close() error {
	v.e.mu.Lock()
	v.e.leave(v)
	v.e.mu.Unlock()
	return v.Conn.Close()
}
