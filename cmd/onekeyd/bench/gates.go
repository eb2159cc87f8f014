package bench

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"onekeyd/dispatch"
)

// gate is a way for presses in. send never waits for an answer; what becomes of
// the press is written into the ledger.
type gate interface {
	send(l *ledger, n int, at time.Time)
	close()
}

// wire is the JSON of press n of a run.
func wire(run string, n int, kind dispatch.Kind) []byte {
	return dispatch.EncodePress(dispatch.Press{Device: dispatch.DeviceID(deviceName(n)), Kind: kind, ID: dispatch.PressID(pressID(run, n))})
}

// kinds says what each press asks for.
type kinds func(n int) dispatch.Kind

func allSOS(int) dispatch.Kind { return dispatch.SOS }

// natsGate publishes as a gateway does and hears the acknowledgements on one
// subscription: a goroutine for each press would cost more than the press.
type natsGate struct {
	nc    *nats.Conn
	inbox string
	run   string
	kinds kinds
}

// openNATS calls acked, if it is set, right after the ledger had the acknowledgement.
func openNATS(address, token, run string, kinds kinds, l *ledger, acked func(n int)) (*natsGate, error) {
	opts := []nats.Option{nats.Name("onekeyd bench"), nats.NoReconnect()}
	if token != "" {
		opts = append(opts, nats.Token(token))
	}
	nc, err := nats.Connect("nats://"+address, opts...)
	if err != nil {
		return nil, fmt.Errorf("connect to nats: %w", err)
	}
	g := &natsGate{nc: nc, inbox: nats.NewInbox() + ".", run: run, kinds: kinds}
	_, err = nc.Subscribe(g.inbox+"*", func(m *nats.Msg) {
		at := time.Now()
		n, err := strconv.Atoi(m.Subject[len(g.inbox):])
		if err != nil || !l.has(n) {
			return
		}
		if len(m.Data) == 0 || bytes.Contains(m.Data, []byte(`"error"`)) {
			l.refuse(n)
			return
		}
		l.acked(n, at)
		if acked != nil {
			acked(n)
		}
	})
	if err == nil {
		err = nc.Flush()
	}
	if err != nil {
		nc.Close()
		return nil, fmt.Errorf("hear acknowledgements: %w", err)
	}
	return g, nil
}

func (g *natsGate) send(l *ledger, n int, at time.Time) {
	l.sent(n, at)
	m := nats.NewMsg("press." + deviceName(n))
	m.Reply = g.inbox + strconv.Itoa(n)
	m.Header.Set(jetstream.MsgIDHeader, deviceName(n)+"/"+pressID(g.run, n))
	m.Data = wire(g.run, n, g.kinds(n))
	if err := g.nc.PublishMsg(m); err != nil {
		l.refuse(n)
	}
}

func (g *natsGate) close() { g.nc.Close() }

// httpGate posts over connections that are kept.
type httpGate struct {
	client *http.Client
	url    string
	token  string
	run    string
	kinds  kinds
}

// answerTime is how long a gateway waits before it tries again; the bench does not.
const answerTime = 10 * time.Second

func openHTTP(d *daemon, run string, kinds kinds) *httpGate {
	return &httpGate{client: keptConnections(), url: "http://" + d.http + "/v1/presses", token: d.gateway, run: run, kinds: kinds}
}

func keptConnections() *http.Client {
	return &http.Client{Timeout: answerTime, Transport: &http.Transport{MaxIdleConns: 1024, MaxIdleConnsPerHost: 1024, MaxConnsPerHost: 1024}}
}

func (g *httpGate) send(l *ledger, n int, at time.Time) {
	l.sent(n, at)
	go func() {
		if g.post(wire(g.run, n, g.kinds(n))) {
			l.acked(n, time.Now())
		} else {
			l.refuse(n)
		}
	}()
}

func (g *httpGate) post(body []byte) bool {
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, g.url, bytes.NewReader(body))
	if err != nil {
		return false
	}
	req.Header.Set("Authorization", "Bearer "+g.token)
	req.Header.Set("Content-Type", "application/json")
	res, err := g.client.Do(req)
	if err != nil {
		return false
	}
	stored := res.StatusCode == http.StatusAccepted
	_, _ = io.Copy(io.Discard, res.Body) // so that the connection is kept
	res.Body.Close()
	return stored
}

func (g *httpGate) close() { g.client.CloseIdleConnections() }

func open(via string, d *daemon, run string, kinds kinds, l *ledger) (gate, error) {
	if strings.EqualFold(via, viaHTTP) {
		return openHTTP(d, run, kinds), nil
	}
	return openNATS(d.nats, d.gateway, run, kinds, l, nil)
}
