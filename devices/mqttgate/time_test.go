package mqttgate

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"

	"onekeyd/devices"
)

// pipes is a listener in memory, for fake time.
type pipes struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}
func (p *pipes) Close() error   { p.once.Do(func() { close(p.done) }); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

func (p *pipes) dial(t *testing.T) *raw {
	client, server := net.Pipe()
	p.conns <- server
	return &raw{t, client, bufio.NewReader(client), 4}
}

// inFakeTime runs a gate in a bubble of its own, which fails by itself if the
// gate leaves a goroutine behind.
func inFakeTime(t *testing.T, s devices.Store, test func(t *testing.T, ln *pipes)) {
	synctest.Test(t, func(t *testing.T) {
		ln := &pipes{conns: make(chan net.Conn), done: make(chan struct{})}
		g := New(devices.NewIntake(s, devices.IntakeOptions{}), func(token string) bool { return token == "g8" }, Limits{}, slog.New(slog.DiscardHandler))
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- g.Run(ctx, ln) }()
		test(t, ln)
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("run: %v", err)
		}
	})
}

func untilClosed(t *testing.T, c *raw) time.Duration {
	t.Helper()
	start := time.Now()
	if _, err := c.conn.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("read: %v", err)
	}
	return time.Since(start)
}

func TestWhoSaysNothingIsClosed(t *testing.T) {
	inFakeTime(t, newShelf(), func(t *testing.T, ln *pipes) {
		if took := untilClosed(t, ln.dial(t)); took != helloTime {
			t.Errorf("without CONNECT after %v", took)
		}
		half := ln.dial(t)
		half.conn.Write([]byte("\x10\x20\x00"))
		if took := untilClosed(t, half); took != helloTime {
			t.Errorf("with half a CONNECT after %v", took)
		}
		quiet := ln.dial(t)
		if ack := quiet.hello("c", "g8"); ack.ReasonCode != 0 {
			t.Fatalf("reason %#x", ack.ReasonCode)
		}
		if took := untilClosed(t, quiet); took != 90*time.Second {
			t.Errorf("with a keepalive of 60 s after %v", took)
		}
	})
}

// A disk that hangs: the device hears no acknowledgement and loses its
// connection before it would give up by itself.
func TestHangingStore(t *testing.T) {
	s := newShelf()
	inFakeTime(t, s, func(t *testing.T, ln *pipes) {
		s.hold["D-1"] = make(chan struct{})
		c := ln.dial(t)
		c.hello("c", "g8")
		c.publish("press/D-1", "", 1, 1, false)
		if took := untilClosed(t, c); took != devices.DefaultWait {
			t.Errorf("after %v", took)
		}
		delete(s.hold, "D-1")
		c = ln.dial(t)
		c.hello("c", "g8")
		c.publish("press/D-1", "", 1, 1, true)
		c.want(packets.Puback)
		c.conn.Close()
	})
}

// A peer that does not read holds up its own connection, and not for ever.
func TestWhoDoesNotReadIsClosed(t *testing.T) {
	s := newShelf()
	inFakeTime(t, s, func(t *testing.T, ln *pipes) {
		c := ln.dial(t)
		c.hello("c", "g8")
		c.publish("press/D-1", "", 1, 1, false)
		time.Sleep(writeTime + time.Second)
		synctest.Wait()
		if _, err := c.conn.Write([]byte{0xc0, 0}); err == nil {
			t.Error("still open")
		}
		if len(s.all()) != 1 {
			t.Error("its press is lost")
		}
	})
}
