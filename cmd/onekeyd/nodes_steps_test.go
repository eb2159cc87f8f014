package main

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"onekeyd/alerts/sms/twiliosim"
	"onekeyd/dispatch"
	"onekeyd/dispatch/journal"
	"onekeyd/dispatch/registry"
)

// hurried is a plan whose steps come within seconds: this test waits for them.
const hurried = `
[default.sos]
shares = [{ kinds = ["worker"], count = 1 }]
offer_for = "1s"
[[default.sos.tiers]]
after = "2s"
call = ["supervisor"]
every = "5m"
`

// freezing is a node's way to the journal that can freeze: nothing is appended,
// and nothing is refused.
type freezing struct {
	dispatch.Journal
	frozen atomic.Bool
	thaw   chan struct{}
}

func (f *freezing) Append(ctx context.Context, e dispatch.Entry, expect uint64) (dispatch.Record, error) {
	if f.frozen.Load() {
		select {
		case <-f.thaw:
		case <-ctx.Done():
		}
	}
	return f.Journal.Append(ctx, e, expect)
}

// Every node watches every deadline: each step is taken once, and by the other
// where the one that is first for a case is frozen.
func TestTwoNodesTakeEachStepOnce(t *testing.T) {
	w := &world{t: t, dir: t.TempDir()}
	w.sim = twiliosim.New(twiliosim.Options{Behaviour: twiliosim.Always(twiliosim.Outcome{})})
	t.Cleanup(func() { _ = w.sim.Close() })
	withPlan(w, hurried)
	common := append(w.extra, "ONEKEYD_CENTRE_SUPERVISOR="+supervisorPhone, "ONEKEYD_VOICE_TWILIO_FROM=off", "ONEKEYD_HTTP_LISTEN=127.0.0.1:0", "ONEKEYD_MQTT_LISTEN=off")
	addr := freeAddr(t)
	ice := &freezing{thaw: make(chan struct{})}
	w.around = func(j dispatch.Journal) dispatch.Journal { ice.Journal = j; return ice }
	first, stopFirst := w.node("n1", append(common, "ONEKEYD_NATS_LISTEN="+addr)...)
	defer stopFirst()
	token, err := journal.InternalToken(w.dir)
	if err != nil {
		t.Fatal(err)
	}
	w.around = nil
	second, stopSecond := w.node("n2", append(common, "ONEKEYD_NATS_URL=nats://"+addr, "ONEKEYD_NATS_PASSWORD="+token, "ONEKEYD_NATS_REPLICAS=1")...)
	defer stopSecond()

	const elders = 24
	b := registry.NewBatch()
	for i := range elders {
		id := dispatch.ElderID(fmt.Sprintf("E-%d", i))
		w.must(b.AddElder(dispatch.Elder{ID: id, Name: "王", Premises: dispatch.Premises{Address: "幸福里", Point: gate}}))
		w.must(b.AddDevice(dispatch.Device{ID: dispatch.DeviceID(fmt.Sprintf("D-%d", i)), Elder: id}))
		for k := range 2 {
			w.must(b.AddResponder(dispatch.Responder{ID: dispatch.ResponderID(fmt.Sprintf("R-%d-%d", i, k)), Name: "张", Kind: dispatch.Worker, Phone: fmt.Sprintf("+8525%03d%04d", i, k), Base: gate, OnDuty: true}))
		}
	}
	if _, err := first.registry.Import(t.Context(), b, registry.Options{}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "both nodes have the directory and know each other", func() bool {
		return second.registry.Snapshot().Count(registry.Elders) == elders && second.journal.Alive(first.node) && first.journal.Alive(second.node)
	})

	// Half of the calls with both nodes well, half with the first frozen.
	steps := func(from, to int) {
		for i := from; i < to; i++ {
			pressKey(t, second, i)
		}
		pressed := time.Now()
		eventually(t, "each call has gone through its steps", func() bool {
			for i := from; i < to; i++ {
				inc, _ := second.board.Case(dispatch.CaseID(fmt.Sprintf("E-%d", i)))
				if inc == nil || inc.Tier == 0 || inc.DeskStep == 0 || len(inc.Offers) < 2 {
					return false
				}
			}
			return true
		})
		if took := time.Since(pressed); took > 2500*time.Millisecond+3*time.Second { // the last step, and a machine that is busy
			t.Errorf("the steps of calls %d to %d took %s", from, to-1, took)
		}
	}
	steps(0, elders/2)
	ice.frozen.Store(true)
	steps(elders/2, elders)
	ice.frozen.Store(false)
	close(ice.thaw)

	intended := map[string]bool{}
	eventually(t, "everybody who is to be told is told", func() bool {
		for _, inc := range second.board.Open() {
			for _, a := range inc.Alerts {
				if intended[string(a.ID)] = true; a.State == dispatch.AlertIntended {
					return false
				}
			}
		}
		return true
	})
	wait(500 * time.Millisecond) // for what the thawed node might do once more
	sent := map[string]int{}
	for _, m := range w.sim.Messages() {
		if sent[m.NoticeID]++; sent[m.NoticeID] > 1 {
			t.Errorf("%s was told %q twice", m.To, m.Body)
		}
	}
	for id := range intended {
		if sent[id] == 0 {
			t.Errorf("alert %s was never sent", id)
		}
	}
	if len(intended) < elders*4 { // two workers, and the supervisor of both ladders
		t.Errorf("only %d alerts were intended", len(intended))
	}
	mine := 0
	for i := range elders {
		if first.journal.Rank(dispatch.CaseID(fmt.Sprintf("E-%d", i))) == 0 {
			mine++
		}
	}
	if mine == 0 || mine == elders {
		t.Errorf("the first node is first for %d of %d cases: this test shows nothing", mine, elders)
	}
}
