package canary

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"onekeyd/dispatch"
)

// way is what a canary flies through: a daemon whose parts can be broken.
type way struct {
	c *Canary

	mu       sync.Mutex // guards what follows
	seq      uint64
	full     bool                    // the journal stores nothing
	lost     bool                    // nobody takes presses up
	says     func(a *dispatch.Alert) // what the carrier makes of the text
	consoles int                     // that can be heard
	stuck    bool                    // they take nothing in
	deaf     error                   // nobody can be told
	told     []string                // the engineer, with the minute
	pressed  []dispatch.Press        //
	wrong    []string                // log lines at level error
	begun    time.Time               //
	metrics  *prometheus.Registry
}

func (w *way) press(_ context.Context, p dispatch.Press) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.pressed = append(w.pressed, p)
	if w.full {
		return errors.New("the gateway answers 503 Service Unavailable")
	}
	if w.lost {
		return nil
	}
	w.seq++
	inc := &dispatch.Incident{
		ID: dispatch.IncidentID(p.ID), Kind: p.Kind, Device: p.Device, State: dispatch.StateClosed, Seq: w.seq,
		Presses: []dispatch.PressSeen{{ID: p.ID, Device: p.Device}},
	}
	if w.says != nil {
		a := dispatch.Alert{ID: "a", State: dispatch.AlertIntended, Carrier: "test"}
		inc.Alerts = []dispatch.Alert{a}
		w.c.Observe(dispatch.Record{Seq: w.seq}, inc)
		after := *inc
		w.says(&a)
		after.Alerts = []dispatch.Alert{a}
		w.c.Observe(dispatch.Record{Seq: w.seq}, &after)
	} else {
		w.c.Observe(dispatch.Record{Seq: w.seq}, inc)
	}
	if w.consoles > 0 && !w.stuck {
		w.c.Applied(w.seq)
	}
	return nil
}

func (w *way) tell(_ context.Context, a Alarm) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.deaf != nil {
		return w.deaf
	}
	w.told = append(w.told, fmt.Sprintf("%d:%s", int(time.Since(w.begun).Minutes()), strings.Trim(fmt.Sprint(a.Legs), "[]")))
	return nil
}

func (w *way) set(f func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f()
}

func (w *way) said() string {
	synctest.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	return strings.Join(w.told, " ")
}

// metric is a number as it is scraped; of a histogram, how often something was seen.
func (w *way) metric(t *testing.T, name string, l Leg) float64 {
	t.Helper()
	families, err := w.metrics.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			if f.GetName() == name && (l == "" || m.GetLabel()[0].GetValue() == string(l)) {
				return m.GetGauge().GetValue() + m.GetCounter().GetValue() + float64(m.GetHistogram().GetSampleCount())
			}
		}
	}
	t.Fatalf("there is no metric %s of leg %q", name, l)
	return 0
}

// Enabled and the others make the way a log that keeps what wakes somebody.
func (w *way) Enabled(_ context.Context, l slog.Level) bool { return l >= slog.LevelError }
func (w *way) Handle(_ context.Context, r slog.Record) error {
	w.set(func() { w.wrong = append(w.wrong, r.Message) })
	return nil
}
func (w *way) WithAttrs([]slog.Attr) slog.Handler { return w }
func (w *way) WithGroup(string) slog.Handler      { return w }

// flying tells a story in a bubble to a canary that presses once a minute,
// first after ten seconds.
func flying(t *testing.T, text bool, story func(t *testing.T, w *way)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &way{begun: time.Now(), metrics: prometheus.NewRegistry()}
		var err error
		w.c, err = New(Options{
			Name: "n1", Every: time.Minute, Press: w.press, Text: text, Receipts: func(c string) bool { return c == "test" },
			Following: func() int { w.mu.Lock(); defer w.mu.Unlock(); return w.consoles },
			Tell:      w.tell, Metrics: w.metrics, Log: slog.New(w),
		})
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- w.c.Run(ctx) }()
		story(t, w)
		stop()
		<-done
	})
}

func expect(t *testing.T, w *way, told string, troubles string) {
	t.Helper()
	if got := w.said(); got != told {
		t.Errorf("the engineer was told %q, want %q", got, told)
	}
	got := strings.Join(w.c.Troubles(), " ")
	if (troubles == "") != (got == "") || !strings.Contains(got, troubles) {
		t.Errorf("the desk is told %q, want %q", got, troubles)
	}
}

func TestAllIsWell(t *testing.T) {
	flying(t, true, func(t *testing.T, w *way) {
		w.set(func() { w.consoles, w.says = 1, func(a *dispatch.Alert) { a.State = dispatch.AlertDelivered } })
		time.Sleep(time.Hour) // in a bubble
		expect(t, w, "", "")
		last := w.pressed[len(w.pressed)-1]
		if got := w.metric(t, "onekeyd_canary_last_success_timestamp_seconds", ""); got != float64(last.Received.UnixNano())/1e9 {
			t.Errorf("last success at %f, and the last press at %d", got, last.Received.Unix())
		}
		if n := len(w.pressed); n != 60 || len(w.wrong) > 0 {
			t.Errorf("%d presses in an hour, want 60; errors %q", n, w.wrong)
		}
		if !last.Canary() || last.ID == w.pressed[0].ID {
			t.Errorf("pressed %+v: it must be marked, and each must be another", last)
		}
		for _, l := range legs() {
			if got := w.metric(t, "onekeyd_canary_seconds", l); got != 60 {
				t.Errorf("%s was timed %v times, want 60", l, got)
			}
			if got := w.metric(t, "onekeyd_canary_missed_total", l); got != 0 {
				t.Errorf("%s was missed %f times", l, got)
			}
		}
	})
}

func TestAJournalThatStoresNothingWakesSomebody(t *testing.T) {
	flying(t, false, func(t *testing.T, w *way) {
		time.Sleep(5 * time.Minute) // in a bubble
		w.set(func() { w.full = true })
		time.Sleep(time.Minute) // one missed press is a restart
		expect(t, w, "", "")
		time.Sleep(time.Minute)
		expect(t, w, "6:stored", "it is not taken")
		time.Sleep(14 * time.Minute) // at most once in 15 minutes
		expect(t, w, "6:stored", "it is not taken")
		time.Sleep(time.Minute)
		expect(t, w, "6:stored 21:stored", "it is not taken")
		w.set(func() { w.full = false })
		time.Sleep(20 * time.Minute)
		expect(t, w, "6:stored 21:stored 22:", "") // and once when all is well
		if len(w.wrong) != 2 {
			t.Errorf("%d lines wake somebody, want 2: %q", len(w.wrong), w.wrong)
		}
		if got := w.metric(t, "onekeyd_canary_missed_total", Stored); got != 17 {
			t.Errorf("counted %v missed, want 17", got)
		}
	})
}

// One failure that hides another must not hide that it became worse.
func TestAnotherFailureIsToldAtOnce(t *testing.T) {
	flying(t, true, func(t *testing.T, w *way) {
		w.set(func() { w.says = func(a *dispatch.Alert) {} }) // no carrier takes anything
		time.Sleep(3 * time.Minute)                           // in a bubble
		expect(t, w, "1:handed", "no carrier takes its text")
		w.set(func() { w.consoles, w.stuck = 1, true })
		time.Sleep(3 * time.Minute)
		expect(t, w, "1:handed 4:handed console", "do not take it in")
		w.set(func() { w.lost = true })
		time.Sleep(3 * time.Minute)
		expect(t, w, "1:handed 4:handed console 7:dispatched handed console", "nothing comes of it")
		w.set(func() {
			w.lost, w.stuck, w.says = false, false, func(a *dispatch.Alert) { a.State = dispatch.AlertHanded }
		})
		time.Sleep(30 * time.Second)
		expect(t, w, "1:handed 4:handed console 7:dispatched handed console 9:", "")
	})
}

// A failure that comes and goes tells nobody more often than one that stays.
func TestAFailureThatComesAndGoes(t *testing.T) {
	flying(t, true, func(t *testing.T, w *way) {
		w.set(func() { w.consoles, w.stuck, w.says = 1, true, func(*dispatch.Alert) {} })
		time.Sleep(2 * time.Minute) // in a bubble
		expect(t, w, "1:handed console", "no carrier takes its text")
		for range 3 { // one of the two gets well, and fails again
			w.set(func() { w.stuck = false })
			time.Sleep(2 * time.Minute)
			w.set(func() { w.stuck = true })
			time.Sleep(2 * time.Minute)
		}
		expect(t, w, "1:handed console", "no carrier takes its text")
		time.Sleep(3 * time.Minute)
		expect(t, w, "1:handed console 16:handed console", "no carrier takes its text")
		for range 6 { // all is well, and fails again
			w.set(func() { w.stuck, w.says = false, func(a *dispatch.Alert) { a.State = dispatch.AlertDelivered } })
			time.Sleep(2 * time.Minute)
			w.set(func() { w.says = func(*dispatch.Alert) {} })
			time.Sleep(2 * time.Minute)
		}
		expect(t, w, "1:handed console 16:handed console 17: 20:handed 21: 36:handed 37:", "no carrier takes its text")
	})
}

func TestACarrierThatTurnsTheTextAway(t *testing.T) {
	flying(t, true, func(t *testing.T, w *way) {
		w.set(func() {
			w.says = func(a *dispatch.Alert) { a.State, a.Code = dispatch.AlertFailed, "bad_account 20003" }
		})
		time.Sleep(2 * time.Minute) // in a bubble
		expect(t, w, "1:handed", "no carrier takes its text")
	})
	flying(t, true, func(t *testing.T, w *way) {
		w.set(func() { w.says = func(a *dispatch.Alert) { a.State, a.Handed = dispatch.AlertFailed, time.Now() } })
		time.Sleep(2 * time.Minute)
		expect(t, w, "1:delivered", "does not arrive")
	})
	flying(t, true, func(t *testing.T, w *way) { // handed, and nothing is heard of it again
		w.set(func() { w.says = func(a *dispatch.Alert) { a.State = dispatch.AlertHanded } })
		time.Sleep(3 * time.Minute)
		expect(t, w, "2:delivered", "does not arrive")
	})
	flying(t, true, func(t *testing.T, w *way) { // of a carrier that never says
		w.set(func() { w.says = func(a *dispatch.Alert) { a.State, a.Carrier = dispatch.AlertHanded, "mute" } })
		time.Sleep(10 * time.Minute)
		expect(t, w, "", "")
	})
	flying(t, true, func(t *testing.T, w *way) { // taken up by a node that has no number
		time.Sleep(2 * time.Minute)
		expect(t, w, "1:handed", "no carrier takes its text")
	})
}

// Nobody at the desk is not for the canary to say; the desk's own ladder does.
func TestNobodyAtTheDesk(t *testing.T) {
	flying(t, false, func(t *testing.T, w *way) {
		time.Sleep(10 * time.Minute) // in a bubble
		expect(t, w, "", "")
		w.set(func() { w.consoles, w.stuck = 2, true })
		time.Sleep(2 * time.Minute)
		expect(t, w, "11:console", "do not take it in")
		w.set(func() { w.consoles = 0 })
		time.Sleep(time.Minute)
		expect(t, w, "11:console 12:", "")
	})
}

// A console's word may come before the board has told us of the press.
func TestAConsoleMayBeQuicker(t *testing.T) {
	flying(t, false, func(t *testing.T, w *way) {
		w.set(func() { w.consoles, w.stuck = 1, true })
		for n := range uint64(20) {
			w.c.Applied(n + 1) // the event of the next press
			time.Sleep(time.Minute)
		}
		expect(t, w, "", "")
	})
}

func TestWhoeverCannotBeToldIsTriedAgain(t *testing.T) {
	flying(t, false, func(t *testing.T, w *way) {
		w.set(func() { w.full, w.deaf = true, errors.New("every carrier is down") })
		time.Sleep(5 * time.Minute) // in a bubble
		expect(t, w, "", "it is not taken")
		w.set(func() { w.deaf = nil })
		time.Sleep(5 * time.Minute)
		expect(t, w, "5:stored", "it is not taken")
		w.set(func() { w.full, w.deaf = false, errors.New("no template for it") })
		time.Sleep(time.Hour) // that all is well is not worth trying for ever
		w.set(func() { w.deaf = nil })
		time.Sleep(time.Hour)
		expect(t, w, "5:stored", "")
		if len(w.wrong) != 1 {
			t.Errorf("%d lines wake somebody, want 1: %q", len(w.wrong), w.wrong)
		}
	})
	flying(t, false, func(t *testing.T, w *way) {
		w.set(func() { w.full, w.deaf = true, ErrNobody })
		time.Sleep(20 * time.Minute)
		expect(t, w, "", "it is not taken")
		if len(w.wrong) != 2 {
			t.Errorf("%d lines wake somebody in 20 minutes, want 2: %q", len(w.wrong), w.wrong)
		}
	})
}

// What other nodes press, and earlier runs did, is none of ours.
func TestOthersCanaries(t *testing.T) {
	flying(t, false, func(t *testing.T, w *way) {
		w.set(func() { w.lost = true })
		for range 6 {
			w.c.Observe(dispatch.Record{Seq: 1}, &dispatch.Incident{Kind: dispatch.Test, Device: "canary@n2", Presses: []dispatch.PressSeen{{ID: "x"}}})
			w.c.Observe(dispatch.Record{Seq: 1}, &dispatch.Incident{Kind: dispatch.Test, Device: "canary@n1"})
			time.Sleep(30 * time.Second) // in a bubble
		}
		if bad, _ := w.c.health.failing(); !slices.Equal(bad, []Leg{Dispatched}) {
			t.Errorf("failing is %v, want dispatched: nothing came of our own", bad)
		}
	})
}
