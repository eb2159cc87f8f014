package journal

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"golang.org/x/sys/unix"
)

// beat is how often the server and its connections ask whether the other side
// is still there; two unanswered questions end a connection. The default of
// two minutes would leave a press on a dead connection for as long.
const beat = 2 * time.Second

// maxPayload bounds a message, in bytes. Archived incidents are the largest;
// nats-server advises against more. What the outside sends is bounded by the
// streams of presses.
const maxPayload = 8 << 20

// embedded is the server in our own process, with its data folder and lock. It
// can be restarted under living connections, which find the new one by themselves.
type embedded struct {
	dir    string
	opts   server.Options
	shards int
	token  string
	keeper *gatekeeper
	lock   *os.File
	log    *slog.Logger

	mu   sync.RWMutex // guards all below
	srv  *server.Server
	said *serverLog // of srv
}

func startEmbedded(o Options) (_ *embedded, err error) {
	dir := o.Embedded.Dir
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("create data folder: %w", err)
	}
	e := &embedded{dir: dir, shards: o.Shards, log: o.Log.With("component", "nats")}
	if e.lock, err = lockFolder(dir); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			e.lock.Close()
		}
	}()
	if e.token, err = newToken(dir); err != nil {
		return nil, err
	}
	e.keeper = &gatekeeper{internal: e.token, authorize: o.Embedded.Authorize}
	e.opts = server.Options{
		ServerName:                 "onekeyd-" + o.Name,
		DontListen:                 o.Embedded.Listen == "",
		JetStream:                  true,
		StoreDir:                   filepath.Join(dir, "nats"),
		SyncAlways:                 !o.Embedded.unsynced, // the default syncs every two minutes, and a power cut then loses every acknowledged press
		JetStreamMaxStore:          o.Embedded.MaxStore,
		JetStreamMaxMemory:         256 << 20, // memory consumers of tails only; they hold no messages
		MaxPayload:                 maxPayload,
		MaxConn:                    4096,
		PingInterval:               beat,
		MaxPingsOut:                2,
		NoSigs:                     true,
		DisableJetStreamBanner:     true,
		CustomClientAuthentication: e.keeper,
	}
	if !e.opts.DontListen {
		host, port, err := net.SplitHostPort(o.Embedded.Listen)
		if err != nil {
			return nil, fmt.Errorf("nats listen address %q: %w", o.Embedded.Listen, err)
		}
		if e.opts.Port, err = strconv.Atoi(port); err != nil {
			return nil, fmt.Errorf("nats listen address %q: %w", o.Embedded.Listen, err)
		}
		if e.opts.Host = host; e.opts.Port == 0 {
			e.opts.Port = server.RANDOM_PORT
		}
	}
	if err := e.start(); err != nil {
		return nil, err
	}
	return e, nil
}

// lockFolder makes sure that no second process writes to the same store. The
// kernel lets go of the lock when this process ends, however it ends.
func lockFolder(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock data folder: %w", err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, fmt.Errorf("lock %s: %w", dir, ErrLocked)
		}
		return nil, fmt.Errorf("lock data folder: %w", err)
	}
	return f, nil
}

// start brings a server up; e.opts.Port holds the port it took, so that a restart takes the same.
func (e *embedded) start() error {
	opts := e.opts // the server keeps and changes what it is given
	srv, err := server.NewServer(&opts)
	if err != nil {
		return fmt.Errorf("configure nats server: %w", err)
	}
	said := &serverLog{log: e.log}
	srv.SetLoggerV2(said, false, false, false)
	e.keeper.gateways.Store(nil)
	srv.Start() // returns when it listens or has failed; unlike ReadyForConnections it does not poll
	if err := e.setUp(srv, said); err != nil {
		srv.Shutdown()
		srv.WaitForShutdown()
		said.stop()
		return fmt.Errorf("start nats server: %w", err)
	}
	if addr, ok := srv.Addr().(*net.TCPAddr); ok && addr != nil {
		e.opts.Port = addr.Port
	}
	e.mu.Lock()
	e.srv, e.said = srv, said
	e.mu.Unlock()
	return nil
}

// setUp makes a started server ours: until then nobody but us gets in.
func (e *embedded) setUp(srv *server.Server, said *serverLog) error {
	if fatal := said.fatal(); fatal != "" {
		return errors.New(fatal)
	}
	if !srv.JetStreamEnabled() {
		return fmt.Errorf("JetStream did not start in %s", e.opts.StoreDir)
	}
	mapping := fmt.Sprintf("press.{{partition(%d,1)}}.{{wildcard(1)}}", e.shards)
	if err := srv.GlobalAccount().AddMapping("press.*", mapping); err != nil {
		return fmt.Errorf("map press subjects: %w", err)
	}
	gateways, err := openGatewayAccount(srv)
	if err != nil {
		return err
	}
	e.keeper.gateways.Store(gateways)
	return nil
}

func (e *embedded) server() *server.Server {
	e.mu.RLock()
	defer e.mu.RUnlock()
	return e.srv
}

// InProcessConn implements nats.InProcessConnProvider for whatever server runs now.
func (e *embedded) InProcessConn() (net.Conn, error) {
	return e.server().InProcessConn()
}

// addr is where the server listens; empty without a listener.
func (e *embedded) addr() string {
	if e.opts.DontListen {
		return ""
	}
	return e.server().Addr().String()
}

func (e *embedded) restart() error {
	e.shutDown()
	return e.start()
}

func (e *embedded) stop() {
	e.shutDown()
	e.lock.Close()
}

func (e *embedded) shutDown() {
	e.mu.RLock()
	srv, said := e.srv, e.said
	e.mu.RUnlock()
	srv.Shutdown()
	srv.WaitForShutdown()
	said.stop()
}

// writeErrors are the streams that the server has stopped writing to, and why.
// The key "" stands for all of them.
func (e *embedded) writeErrors() map[string]string {
	srv := e.server()
	if !srv.JetStreamEnabled() {
		return map[string]string{"": "JetStream was shut down by a storage error"}
	}
	h := srv.Healthz(&server.HealthzOptions{Details: true})
	var bad map[string]string
	for _, he := range h.Errors {
		if he.Type == server.HealthzErrorStream && he.Stream != "" {
			if bad == nil {
				bad = map[string]string{}
			}
			bad[he.Stream] = he.Error
		}
	}
	return bad
}
