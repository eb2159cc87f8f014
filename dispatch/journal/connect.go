package journal

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// link is one connection, used for one purpose.
type link struct {
	nc *nats.Conn
	js jetstream.JetStream

	mu   sync.Mutex    // guards all below
	back chan struct{} // closed at the next reconnect
	up   context.Context
	down context.CancelCauseFunc // ends up, when the connection is lost
}

// errDisconnected ends requests whose answer can no longer come.
var errDisconnected = errors.New("the connection to nats was lost")

// connect opens a link. It does not keep what is published while the
// connection is away: a press must be refused, not remembered in memory.
func (j *Journal) connect(purpose string) (*link, error) {
	l := &link{back: make(chan struct{})}
	l.up, l.down = context.WithCancelCause(context.Background())
	opts := []nats.Option{
		nats.Name("onekeyd " + string(j.o.Node) + " " + purpose),
		nats.MaxReconnects(-1),
		nats.ReconnectWait(50 * time.Millisecond),
		nats.ReconnectJitter(20*time.Millisecond, 100*time.Millisecond),
		nats.ReconnectBufSize(-1),
		nats.PingInterval(beat),
		nats.MaxPingsOutstanding(2),
		nats.DisconnectErrHandler(func(*nats.Conn, error) { l.disconnected() }),
		nats.ReconnectHandler(func(*nats.Conn) { l.reconnected(); j.peers.deaf() }),
		nats.ErrorHandler(func(_ *nats.Conn, s *nats.Subscription, err error) {
			j.log.Warn("nats connection", "purpose", purpose, "err", err)
		}),
	}
	url := j.o.URL
	switch {
	case j.server != nil:
		url = ""
		opts = append(opts, nats.InProcessServer(j.server), nats.Token(j.server.token))
	case j.o.User != "":
		opts = append(opts, nats.UserInfo(j.o.User, j.o.Password))
	case j.o.Password != "":
		opts = append(opts, nats.Token(j.o.Password))
	}
	var err error
	if l.nc, err = nats.Connect(url, opts...); err != nil {
		return nil, fmt.Errorf("connect to nats for %s: %w", purpose, err)
	}
	if l.js, err = jetstream.New(l.nc, jetstream.WithDefaultTimeout(5*time.Second)); err != nil {
		l.nc.Close()
		return nil, fmt.Errorf("open jetstream for %s: %w", purpose, err)
	}
	return l, nil
}

func (l *link) disconnected() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.down(errDisconnected)
}

func (l *link) reconnected() {
	l.mu.Lock()
	defer l.mu.Unlock()
	close(l.back)
	l.back = make(chan struct{})
	l.down(errDisconnected)
	l.up, l.down = context.WithCancelCause(context.Background())
}

// publish stores one message and waits for the acknowledgement: at most
// [StoreWait], no longer than the connection holds (nats.go itself would let a
// request wait on for an answer that went to a dead connection), and no longer
// than the stream is written to. It never tries twice.
func (l *link) publish(ctx, writable context.Context, m *nats.Msg, opts ...jetstream.PublishOpt) (*jetstream.PubAck, error) {
	if writable.Err() != nil {
		return nil, context.Cause(writable)
	}
	ctx, cancel := context.WithTimeout(ctx, StoreWait)
	defer cancel()
	ctx, give := context.WithCancelCause(ctx)
	defer give(nil)
	l.mu.Lock()
	up := l.up
	l.mu.Unlock()
	defer context.AfterFunc(up, func() { give(errDisconnected) })()
	defer context.AfterFunc(writable, func() { give(context.Cause(writable)) })()
	ack, err := l.js.PublishMsg(ctx, m, append(opts, jetstream.WithRetryAttempts(0))...)
	if err != nil && ctx.Err() != nil {
		return nil, fmt.Errorf("no answer: %w", context.Cause(ctx))
	}
	return ack, err
}

// lost is closed when the connection has been away and is back, so that
// consumers of a server that is gone are not waited for.
func (l *link) lost() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.back
}

// flush returns when the server has taken everything said so far. It does not
// use nats.Conn.FlushTimeout, whose pool of timers is shared by the process: a
// timer from outside a synctest bubble must not be used inside.
func (l *link) flush(ctx context.Context, limit time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return l.nc.FlushWithContext(ctx)
}
