package mqttgate

import (
	"errors"
	"log/slog"
	"net"
	"runtime/debug"
	"sync"
	"time"

	"github.com/mochi-mqtt/server/v2/listeners"
)

const (
	// helloTime is how long a connection may take to give a good password. It
	// covers a CONNECT over 2G; who has a password is on the keepalive it names.
	helloTime = 10 * time.Second
	// writeTime bounds one write: a peer that does not read holds up its own
	// connection, and not for ever.
	writeTime = 10 * time.Second
)

// listener hands connections to the broker. It is ours and not the broker's
// own, which stops for ever at the first failed Accept (too many open files is
// one, and a hostile client can bring it about), sets no deadline before
// CONNECT, and dies with the whole process if a packet makes the decoder panic.
type listener struct {
	net.Listener
	limits Limits
	log    *slog.Logger
	done   chan struct{} // closed by Close

	running sync.WaitGroup // a count per connection

	mu     sync.Mutex // guards the rest
	closed bool
	conns  map[*conn]struct{}
	fresh  map[string]int // connections without a password yet, by address
	nfresh int
}

func newListener(ln net.Listener, limits Limits, log *slog.Logger) *listener {
	return &listener{Listener: ln, limits: limits, log: log, done: make(chan struct{}),
		conns: map[*conn]struct{}{}, fresh: map[string]int{}}
}

func (l *listener) ID() string              { return "mqtt" }
func (l *listener) Address() string         { return l.Addr().String() }
func (l *listener) Protocol() string        { return "tcp" }
func (l *listener) Init(*slog.Logger) error { return nil }

// Serve accepts until Close.
func (l *listener) Serve(establish listeners.EstablishFn) {
	pause := time.Duration(0)
	for {
		c, err := l.Accept()
		if err != nil {
			if pause = min(max(2*pause, 5*time.Millisecond), time.Second); !l.wait(pause) || errors.Is(err, net.ErrClosed) {
				return
			}
			l.log.Warn("accept connection", "err", err)
			continue
		}
		pause = 0
		conn := l.admit(c)
		if conn == nil {
			c.Close()
			continue
		}
		go l.serve(establish, conn)
	}
}

// wait reports whether d has passed without a Close.
func (l *listener) wait(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-l.done:
		return false
	case <-t.C:
		return true
	}
}

func (l *listener) serve(establish listeners.EstablishFn, c *conn) {
	defer l.running.Done()
	defer l.forget(c)
	defer c.Close()
	defer func() {
		if r := recover(); r != nil {
			l.log.Error("connection handler panicked", "source", c.source, "err", r, "stack", string(debug.Stack()))
		}
	}()
	// The error says how the connection ended, which the hooks have heard.
	_ = establish(l.ID(), c)
}

// admit returns nil when there is no room for c.
func (l *listener) admit(c net.Conn) *conn {
	source := hostOf(c.RemoteAddr())
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed || len(l.conns) >= l.limits.Clients+l.limits.Fresh ||
		l.nfresh >= l.limits.Fresh || l.fresh[source] >= l.limits.FreshPerSource {
		return nil
	}
	conn := &conn{Conn: c, l: l, source: source, isFresh: true}
	_ = c.SetReadDeadline(time.Now().Add(helloTime)) // fails only on a closed connection, whose first read says so
	l.conns[conn] = struct{}{}
	l.fresh[source]++
	l.nfresh++
	l.running.Add(1)
	return conn
}

// known takes c from the few that have given no password yet.
func (l *listener) known(c *conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.unfresh(c)
}

func (l *listener) unfresh(c *conn) {
	if !c.isFresh {
		return
	}
	c.isFresh = false
	l.nfresh--
	if l.fresh[c.source]--; l.fresh[c.source] == 0 {
		delete(l.fresh, c.source)
	}
}

func (l *listener) forget(c *conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.unfresh(c)
	delete(l.conns, c)
}

// Close stops accepting and reading, and returns when every connection's
// goroutine has ended. The broker's own way, closing the clients at once, would
// cut off acknowledgements of presses that are stored.
func (l *listener) Close(listeners.CloseFn) {
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return
	}
	l.closed = true
	close(l.done)
	for c := range l.conns {
		c.stopReading()
	}
	l.mu.Unlock()
	l.Listener.Close()
	l.running.Wait()
}

// conn is a connection whose deadlines are ours: the broker knows only one, for
// reading and writing together, and lifts it when the client asks for no keepalive.
type conn struct {
	net.Conn
	l       *listener
	source  string
	isFresh bool // guarded by l.mu

	mu   sync.Mutex // guards ends and the read deadline, so that the last one set stays
	ends bool
}

func (c *conn) SetDeadline(t time.Time) error {
	c.l.mu.Lock()
	fresh := c.isFresh
	c.l.mu.Unlock()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ends || fresh {
		return nil
	}
	return c.SetReadDeadline(t)
}

func (c *conn) stopReading() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ends = true
	_ = c.SetReadDeadline(time.Unix(1, 0)) // a closed connection reads no more either
}

func (c *conn) Write(b []byte) (int, error) {
	if err := c.SetWriteDeadline(time.Now().Add(writeTime)); err != nil {
		return 0, err
	}
	return c.Conn.Write(b)
}

func hostOf(a net.Addr) string {
	host, _, err := net.SplitHostPort(a.String())
	if err != nil {
		return a.String()
	}
	return host
}
