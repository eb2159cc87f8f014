package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"onekeyd/alerts/sms/twiliosim"
	"onekeyd/cmd/onekeyd/settings"
	"onekeyd/dispatch"
	"onekeyd/dispatch/journal"
	"onekeyd/dispatch/registry"
	"onekeyd/geo"
)

// Two daemons on one journal: each sees every press, one acts, and the other
// takes over what the first leaves. (The cluster under faults is a harness of its own.)
func TestTwoNodesActOnce(t *testing.T) {
	w := &world{t: t, dir: t.TempDir()}
	w.sim = twiliosim.New(twiliosim.Options{Behaviour: twiliosim.Always(twiliosim.Outcome{})})
	t.Cleanup(func() { _ = w.sim.Close() })
	addr := freeAddr(t)
	first, stopFirst := w.node("n1", "ONEKEYD_NATS_LISTEN="+addr, "ONEKEYD_HTTP_LISTEN=127.0.0.1:0", "ONEKEYD_MQTT_LISTEN=off")
	token, err := journal.InternalToken(w.dir)
	if err != nil {
		t.Fatal(err)
	}
	second, stopSecond := w.node("n2", "ONEKEYD_NATS_URL=nats://"+addr, "ONEKEYD_NATS_PASSWORD="+token, "ONEKEYD_NATS_REPLICAS=1", "ONEKEYD_HTTP_LISTEN=127.0.0.1:0", "ONEKEYD_MQTT_LISTEN=off")
	defer stopFirst()

	const elders = 200
	b := registry.NewBatch()
	for i := range elders {
		id := dispatch.ElderID(fmt.Sprintf("E-%d", i))
		w.must(b.AddElder(dispatch.Elder{ID: id, Name: "王", Premises: dispatch.Premises{Address: "幸福里", Point: gate}}))
		w.must(b.AddDevice(dispatch.Device{ID: dispatch.DeviceID(fmt.Sprintf("D-%d", i)), Elder: id}))
	}
	w.must(b.AddResponder(dispatch.Responder{ID: "R-1", Name: "张敏", Kind: dispatch.Worker, Phone: zhangPhone, Base: gate, OnDuty: true}))
	if _, err := first.registry.Import(t.Context(), b, registry.Options{}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "both nodes have the directory and know each other", func() bool {
		return second.registry.Snapshot().Count(registry.Elders) == elders && second.journal.Alive(first.node) && first.journal.Alive(second.node)
	})

	ranks := map[dispatch.NodeID]int{}
	for i := range elders / 2 {
		pressKey(t, first, i)
		if first.journal.Rank(dispatch.CaseID(fmt.Sprintf("E-%d", i))) == 0 {
			ranks[first.node]++
		}
	}
	eventually(t, "every press is told once", func() bool { return len(w.sim.Messages()) >= elders/2 })
	if n := len(w.sim.Messages()); n != elders/2 {
		t.Errorf("%d presses made %d texts", elders/2, n)
	}
	if share := ranks[first.node]; share < elders/8 || share > elders*3/8 {
		t.Errorf("the first node is first for %d of %d cases: the work is not shared", share, elders/2)
	}

	// The second node stops in the middle of things; what it was first for is
	// taken up after a stage, and what it left unfinished after it is missed.
	stopSecond()
	for i := elders / 2; i < elders; i++ {
		pressKey(t, first, i)
	}
	eventually(t, "every press is told although a node is gone", func() bool { return len(w.sim.Messages()) >= elders })
	open := first.board.Open()
	if len(open) != elders {
		t.Errorf("%d elders pressed, %d incidents are open", elders, len(open))
	}
	told := map[string]int{}
	for _, m := range w.sim.Messages() {
		told[m.NoticeID]++
	}
	for _, inc := range open {
		if n := told[string(inc.Alerts[0].ID)]; n < 1 || n > 2 {
			t.Errorf("incident %s told its responder %d times", inc.ID, n)
		}
	}
}

// gate is where everybody stands.
var gate = geo.Point{Lat: 37.59, Lon: 118.55}

// node starts a daemon with real sockets; the returned function stops it and waits.
func (w *world) node(name string, env ...string) (*daemon, func()) {
	w.t.Helper()
	sid, token := w.sim.Account()
	cfg, err := settings.NewLoader(flag.NewFlagSet(name, flag.ContinueOnError)).Load(append(env,
		"ONEKEYD_DATA="+w.dir, "ONEKEYD_NODE_NAME="+name, "ONEKEYD_GATEWAY_TOKEN="+testGateway, "ONEKEYD_API_TOKEN="+testAPI,
		"TWILIO_ACCOUNT_SID="+sid, "TWILIO_AUTH_TOKEN="+token, "TWILIO_FROM=+15005550006"))
	if err != nil {
		w.t.Fatal(err)
	}
	d, err := newDaemon(w.t.Context(), cfg, slog.New(slog.DiscardHandler), replaced{carrier: w.sim.RoundTripper(), journal: w.around})
	if err != nil {
		w.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- d.run(ctx) }()
	eventually(w.t, name+" is up", func() bool { return d.caughtUp() == nil })
	stopped := false
	return d, func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-done; err != nil {
			w.t.Errorf("%s ended with %v", name, err)
		}
	}
}

func pressKey(t *testing.T, d *daemon, n int) {
	t.Helper()
	p := dispatch.Press{ID: dispatch.PressID(fmt.Sprint(n)), Device: dispatch.DeviceID(fmt.Sprintf("D-%d", n)), Kind: dispatch.SOS, Received: time.Now()}
	if _, err := d.journal.PublishPress(t.Context(), p); err != nil {
		t.Fatal(err)
	}
}

// eventually waits for what other goroutines bring about.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !ok(); wait(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not so after 20 s: %s", what)
		}
	}
}
