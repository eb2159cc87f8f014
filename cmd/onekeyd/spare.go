package main

import (
	"net"
	"sync"
)

// spare gives a listener that, when it is closed, takes along the connections
// on which nothing has been asked yet. Browsers open such in advance, and
// http.Server.Shutdown waits five seconds for a first request on each; a daemon
// that is told to stop is not to look hung, and its next start waits for it.
func spare(l net.Listener) net.Listener {
	return &spareListener{Listener: l, unused: map[*spareConn]bool{}}
}

type spareListener struct {
	net.Listener
	mu     sync.Mutex // guards what follows
	closed bool
	unused map[*spareConn]bool
}

func (l *spareListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	s := &spareConn{Conn: c, l: l}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		_ = c.Close() // the server hears of it with the first read
	}
	l.unused[s] = true
	return s, nil
}

func (l *spareListener) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	for c := range l.unused {
		_ = c.Conn.Close() // its other end has asked for nothing
	}
	return l.Listener.Close()
}

func (l *spareListener) used(c *spareConn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.unused, c)
}

type spareConn struct {
	net.Conn
	l    *spareListener
	once sync.Once
}

func (c *spareConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if n > 0 {
		c.once.Do(func() { c.l.used(c) })
	}
	return n, err
}

func (c *spareConn) Close() error {
	c.once.Do(func() { c.l.used(c) })
	return c.Conn.Close()
}
