package main

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"testing"
	"time"

	"onekeyd/alerts/sms/twiliosim"
	"onekeyd/cmd/onekeyd/demo/district"
	"onekeyd/cmd/onekeyd/demo/stage"
	"onekeyd/devices/httpgate"
	"onekeyd/dispatch"
	"onekeyd/dispatch/registry"
)

// gatewayOf brings the demo's presses to the daemon that is up.
type gatewayOf struct{ w *world }

func (g gatewayOf) RoundTrip(r *http.Request) (*http.Response, error) {
	return callbacks(g).RoundTrip(r)
}

// Nobody sits at the demo's console. Keys are pressed all the same, hour
// after hour: people come and say how it ended, the plan closes by their word, and
// what is left is seen to by who is on call.
func TestTheDemoLivesOnByItself(t *testing.T) {
	dice := stage.NewDice(7)
	var tape tape
	var keys []dispatch.DeviceID
	scenarioWith(t, func(w *world) {
		w.extra = []string{"ONEKEYD_CENTRE_SUPERVISOR=" + district.SupervisorNumber, "ONEKEYD_CENTRE_NEXT_CENTRE=" + district.NextCentreNumber}
		w.around = func(j dispatch.Journal) dispatch.Journal { tape.Journal = j; return &tape }
		w.sim = twiliosim.New(twiliosim.Options{
			HookURL: "http://127.0.0.1:8080/hooks/twilio", Callbacks: callbacks{w}, Behaviour: stage.Carrier(dice), CallsPerSecond: 1, Keep: 2000,
		})
		w.settle = func() {
			made, err := district.New(2026)
			w.must(err)
			_, err = w.d.registry.Import(w.t.Context(), made.Batch, registry.Options{By: "demo"})
			w.must(err)
			keys = made.Devices
		}
	}, func(t *testing.T, w *world) {
		quiet := slog.New(slog.DiscardHandler)
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		presses := stage.Presses{
			URL: "http://127.0.0.1:8080" + httpgate.Path, Token: testGateway, Keys: keys, First: 3 * time.Second, Every: 45 * time.Second,
			Open: w.d.openKeys, Say: func(s string) { t.Error(s) }, Dice: dice, Log: quiet, Transport: gatewayOf{w},
		}
		people := stage.People{Sim: w.sim, Dice: dice, Log: quiet, Least: 8 * time.Second, Most: 40 * time.Second, Way: 30 * time.Second}
		desk := stage.Desk{Open: w.d.board.Open, Commands: w.d.desk, Log: quiet}
		var all sync.WaitGroup
		for _, run := range []func(context.Context) error{presses.Run, people.Run, desk.Run} {
			all.Go(func() { _ = run(ctx) }) // ends only with ctx
		}
		time.Sleep(40 * time.Minute)
		stop()
		all.Wait()

		ends := map[string]int{}
		raised := 0
		for _, r := range tape.records {
			for _, f := range r.Facts {
				switch f := f.(type) {
				case dispatch.Raised:
					if f.Kind != dispatch.Test {
						raised++
					}
				case dispatch.Closed:
					ends[f.Operator]++
					ends[string(f.Disposition)]++
				case dispatch.Moved:
					ends[string(f.What)]++
				case dispatch.Acknowledged, dispatch.Coming:
					ends[string(f.Type())]++
				}
			}
		}
		if raised < 42 { // of 54 presses some are tests or join
			t.Errorf("%d incidents", raised)
		}
		for what, least := range map[string]int{
			"plan": 10, "supervisor": 3, "accepted": 25, "declined": 15, "on_scene": 20, "cleared": 20, "assisted": 4, "false_alarm": 4, "conveyed": 1, "acknowledged": 1, "coming": 4,
		} {
			if ends[what] < least {
				t.Errorf("%s %d times, want at least %d: %v", what, ends[what], least, ends)
			}
		}
	})
}
