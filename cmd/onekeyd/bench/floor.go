package bench

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// ServeFloor runs a bare nats-server on a data folder until ctx ends: JetStream
// with SyncAlways and one file stream for press.*, nothing else. It prints its
// address. The bench starts it as a process of its own, so that it is as far
// away as the daemon.
func ServeFloor(ctx context.Context, dir string, stdout io.Writer) error {
	srv, err := server.NewServer(&server.Options{
		ServerName: "floor", Host: "127.0.0.1", Port: server.RANDOM_PORT, JetStream: true, StoreDir: dir, SyncAlways: true,
		NoSigs: true, NoLog: true, DisableJetStreamBanner: true,
	})
	if err != nil {
		return fmt.Errorf("configure nats-server: %w", err)
	}
	srv.Start()
	defer srv.WaitForShutdown()
	defer srv.Shutdown()
	if !srv.ReadyForConnections(10 * time.Second) {
		return fmt.Errorf("start nats-server: it does not listen")
	}
	nc, err := nats.Connect(srv.ClientURL())
	if err != nil {
		return fmt.Errorf("connect to nats-server: %w", err)
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		return fmt.Errorf("open jetstream: %w", err)
	}
	if _, err := js.CreateStream(ctx, jetstream.StreamConfig{Name: "PRESS", Subjects: []string{"press.*"}, Storage: jetstream.FileStorage}); err != nil {
		return fmt.Errorf("create stream: %w", err)
	}
	fmt.Fprintln(stdout, srv.Addr())
	<-ctx.Done()
	return nil
}

// floor is the way no design can beat: publish, and when that is acknowledged
// one POST to a handler that does nothing.
type floor struct {
	child   *child
	address string
	run     string
	gate    *natsGate
	ledger  *ledger
	client  *http.Client
	server  *http.Server
	url     string
	serving sync.WaitGroup
	body    string
}

// startFloor starts the bare server and the handler. Their first slices are measured by a ledger of their own.
func startFloor(exe, dir, run string, l *ledger) (_ *floor, err error) {
	f := &floor{ledger: l, client: keptConnections(), run: run}
	// As long as the SMS request of the daemon.
	f.body = "Body=" + strings.Repeat("x", 600)
	if err := f.startServer(exe, dir); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			f.close()
		}
	}()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for the floor: %w", err)
	}
	f.url = "http://" + listener.Addr().String() + "/?n="
	f.server = &http.Server{Handler: http.HandlerFunc(f.take), ReadHeaderTimeout: 10 * time.Second}
	f.serving.Go(func() { _ = f.server.Serve(listener) }) // until close
	f.gate, err = openNATS(f.address, "", run, allSOS, l, func(n int) { go f.post(n) })
	return f, err
}

func (f *floor) startServer(exe, dir string) error {
	out, in, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("make a pipe: %w", err)
	}
	defer out.Close()
	log, err := os.Create(filepath.Join(filepath.Dir(dir), "floor.log"))
	if err != nil {
		in.Close()
		return fmt.Errorf("make the floor's log: %w", err)
	}
	defer log.Close()
	f.child, err = launch(exe, []string{"bench", "floor", dir}, nil, in, log)
	in.Close() // the child has its own
	if err != nil {
		return err
	}
	row, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		f.child.stop()
		return fmt.Errorf("wait for the floor: %w\n%s", err, tailOf(log.Name()))
	}
	f.address = strings.TrimSpace(row)
	return nil
}

func (f *floor) post(n int) {
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, f.url+strconv.Itoa(n), strings.NewReader(f.body))
	if err != nil {
		return
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := f.client.Do(req)
	if err != nil {
		return // the line stays open, and is counted
	}
	_, _ = io.Copy(io.Discard, res.Body) // so that the connection is kept
	res.Body.Close()
}

func (f *floor) take(w http.ResponseWriter, r *http.Request) {
	at := time.Now()
	n, err := strconv.Atoi(strings.TrimPrefix(r.URL.RawQuery, "n="))
	if err != nil {
		n = -1
	}
	f.ledger.text(n, at)
	_, _ = io.Copy(io.Discard, r.Body)
	w.WriteHeader(http.StatusCreated)
}

func (f *floor) close() {
	if f.gate != nil {
		f.gate.close()
	}
	if f.server != nil {
		_ = f.server.Close()
	}
	f.serving.Wait()
	f.client.CloseIdleConnections()
	f.child.stop()
}
