package main

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"onekeyd/alerts/sms/twiliosim"
	"onekeyd/dispatch"
	"onekeyd/dispatch/journal"
)

const (
	engineerPhone = "+85251110021"
	canaryPhone   = "+85251110022"
)

// metric adds up what is scraped under a name, of all its labels.
func (w *world) metric(name string) (sum float64) {
	w.t.Helper()
	families, err := w.d.measured.registry.Gather()
	w.must(err)
	for _, f := range families {
		for _, m := range f.GetMetric() {
			if f.GetName() == name {
				sum += m.GetGauge().GetValue() + m.GetCounter().GetValue() + float64(m.GetHistogram().GetSampleCount())
			}
		}
	}
	return sum
}

// kept is how many messages a stream holds.
func (w *world) kept(stream string) uint64 {
	w.t.Helper()
	s, err := w.d.journal.JetStream().Stream(w.t.Context(), stream)
	w.must(err)
	return s.CachedInfo().State.Msgs
}

// follow reads the events of a program until it is told to stop.
func (w *world) follow() (stop func() string) {
	ctx, cancel := context.WithCancel(w.t.Context())
	req := httptest.NewRequest(http.MethodGet, "/v1/events", nil).WithContext(ctx)
	req.Header.Set("Authorization", "Bearer "+testAPI)
	rec, done := httptest.NewRecorder(), make(chan struct{})
	go func() { w.d.handler.ServeHTTP(rec, req); close(done) }()
	return func() string { cancel(); <-done; return rec.Body.String() }
}

// What nobody has asked for must be seen and heard by nobody.
func TestCanaryDisturbsNobody(t *testing.T) {
	scenario(t, func(t *testing.T, w *world) {
		events := w.follow()
		after(2 * time.Hour)
		w.openIncidents(0)
		w.silence()
		var snapshot struct{ Incidents []any }
		if w.get("/v1/snapshot", &snapshot); len(snapshot.Incidents) != 0 {
			t.Errorf("the snapshot shows %v", snapshot.Incidents)
		}
		if got := events(); strings.Contains(got, "event: incident") || strings.Contains(got, "canary") || !strings.Contains(got, "event: hb") {
			t.Errorf("a program is told %.300s", got)
		}
		if n := w.metric("onekeyd_canary_seconds"); n != 2*120 { // stored and dispatched
			t.Errorf("%v legs were timed in two hours, want 240", n)
		}
		for _, name := range []string{"onekeyd_presses_total", "onekeyd_press_stored_seconds", "onekeyd_press_dispatched_seconds", "onekeyd_incidents_closed_total", "onekeyd_canary_missed_total"} {
			if n := w.metric(name); n != 0 {
				t.Errorf("%s is %v", name, n)
			}
		}
		if _, seen := w.d.live.LastSeen(dispatch.CanaryDevice("n1")); seen {
			t.Error("the canary is watched over as a device")
		}
		if facts, docs := w.kept("INCIDENTS"), w.kept("ARCHIVE"); facts > 2 || docs != 0 {
			t.Errorf("the journal keeps %d entries and the archive %d documents of canaries", facts, docs)
		}
		if warn := w.d.troubles(); strings.Contains(strings.Join(warn, " "), "self-test") {
			t.Errorf("troubles: %q", warn)
		}
	})
}

func withCanaryNumber(w *world) {
	w.extra = []string{"ONEKEYD_CANARY_NUMBER=" + canaryPhone, "ONEKEYD_CENTRE_ENGINEER=" + engineerPhone}
}

func TestCanaryTellsItsNumberAlone(t *testing.T) {
	scenarioWith(t, withCanaryNumber, func(t *testing.T, w *world) {
		after(10 * time.Minute)
		if got := w.texts(canaryPhone); len(got) != 10 || !strings.Contains(got[0], "自检") || len(w.sim.Messages()) != 10 {
			t.Errorf("%d texts to the canary's number of %d: %q", len(got), len(w.sim.Messages()), got)
		}
		if n := w.metric("onekeyd_canary_seconds"); n != 4*10 || w.metric("onekeyd_canary_missed_total") != 0 {
			t.Errorf("%v legs were timed, %v missed; want 40 and none", n, w.metric("onekeyd_canary_missed_total"))
		}
		if n := w.metric("onekeyd_alert_handed_seconds") + w.metric("onekeyd_alert_reports_total"); n != 0 {
			t.Errorf("the canary's texts are counted %v times among those to people", n)
		}
		w.press("D-wang")
		w.restart() // in the middle of everything
		after(9 * time.Second)
		if got := w.texts(canaryPhone); len(got) != 10 {
			t.Errorf("%d texts to the canary's number after the restart, want none again", len(got))
		}
		after(10 * time.Minute)
		if got := w.texts(canaryPhone); len(got) != 20 {
			t.Errorf("%d texts to the canary's number, want 20", len(got))
		}
		if got := w.texts(zhangPhone); len(got) == 0 || !strings.Contains(got[0], "幸福里3号楼") {
			t.Errorf("the responder of the call has %q", got)
		}
		if facts := w.kept("INCIDENTS"); w.metric("onekeyd_canary_missed_total") != 0 || w.kept("ARCHIVE") != 0 {
			t.Errorf("%v missed, %d entries, %d documents", w.metric("onekeyd_canary_missed_total"), facts, w.kept("ARCHIVE"))
		}
	})
}

// The text does not go out, so the engineer is called by the way that is left.
func TestCanaryWithADeadCarrier(t *testing.T) {
	scenarioWith(t, withCanaryNumber, func(t *testing.T, w *world) {
		w.sim.SetBehaviour(twiliosim.Always(twiliosim.Refuses(http.StatusServiceUnavailable, 20503)))
		after(20 * time.Second)
		if calls := w.sim.CallsTo(engineerPhone); len(calls) != 0 {
			t.Fatalf("called after one miss: %v", calls)
		}
		after(65 * time.Second)
		if calls := w.sim.CallsTo(engineerPhone); len(calls) != 1 {
			t.Fatalf("the engineer was called %d times, want once", len(calls))
		}
		w.silenceOf(engineerPhone)
		w.woke("canary is missed again and again")
		w.woke("carrier is out and no other serves")
		var ready readiness
		if code := w.get("/readyz", &ready); code != http.StatusOK || !strings.Contains(strings.Join(ready.Warnings, " "), "no carrier takes its text") {
			t.Errorf("readyz %d %q", code, ready.Warnings)
		}
		if !strings.Contains(strings.Join(w.d.troubles(), " "), "no carrier takes its text") {
			t.Errorf("the desk is told %q", w.d.troubles())
		}
		after(5 * time.Minute)
		w.sim.SetBehaviour(twiliosim.Always(twiliosim.Typical()))
		after(2 * time.Minute)
		w.expectTexts(engineerPhone, "已恢复正常")
		if calls := w.sim.CallsTo(engineerPhone); len(calls) != 1 {
			t.Errorf("the engineer was called %d times for one failure, want once", len(calls))
		}
		// Those that waited are of no use any more: nobody gets ten at once.
		if got := w.texts(canaryPhone); len(got) > 4 {
			t.Errorf("%d texts to the canary's number when the carrier was back: %q", len(got), got)
		}
	})
}

// refusing stores nothing while it is broken.
type refusing struct {
	dispatch.Journal
	broken *atomic.Bool
}

func (r refusing) Append(ctx context.Context, e dispatch.Entry, expect uint64) (dispatch.Record, error) {
	if r.broken.Load() {
		return dispatch.Record{}, errors.New("no space left on device")
	}
	return r.Journal.Append(ctx, e, expect)
}

// Facts cannot be stored, and so nobody could be told by a fact.
func TestCanaryWithABrokenJournal(t *testing.T) {
	var broken atomic.Bool
	prepare := func(w *world) {
		w.extra = []string{"ONEKEYD_CENTRE_ENGINEER=" + engineerPhone}
		w.around = func(j dispatch.Journal) dispatch.Journal { return refusing{j, &broken} }
	}
	scenarioWith(t, prepare, func(t *testing.T, w *world) {
		after(30 * time.Second)
		broken.Store(true)
		after(105 * time.Second)
		w.expectTexts(engineerPhone, "自检按键未能走完全程")
		if calls := w.sim.CallsTo(engineerPhone); len(calls) != 1 {
			t.Errorf("the engineer was called %d times, want once", len(calls))
		}
		broken.Store(false)
		after(2 * time.Minute)
		w.expectTexts(engineerPhone, "自检按键未能走完全程", "已恢复正常")
		w.openIncidents(0)
		w.hurt = nil // presses that wait for the journal say so, each
	})
}

// Canaries that nobody could take up are of no use when somebody can.
func TestCanaryOfLastNight(t *testing.T) {
	scenarioWith(t, withCanaryNumber, func(t *testing.T, w *world) {
		w.halt()
		j, err := journal.Open(t.Context(), journal.Options{Node: "gateway", Name: "gateway", Embedded: journal.Embedded{Dir: w.dir}})
		w.must(err)
		for n := range 60 {
			_, err = j.PublishPress(t.Context(), dispatch.Press{ID: dispatch.PressID("night-" + string(rune('A'+n))), Device: dispatch.CanaryDevice("n2"), Kind: dispatch.Test, Received: time.Now()})
			w.must(err)
		}
		w.must(j.Close())
		time.Sleep(8 * time.Hour) // in a bubble
		w.start()
		after(9 * time.Second)
		w.silence()
		if facts := w.kept("INCIDENTS"); facts != 0 {
			t.Errorf("%d entries of canaries of last night", facts)
		}
		// A call for help from a key of such a name is a call for help.
		w.press(string(dispatch.CanaryDevice("n2")), "kind", "sos")
		w.openIncidents(1)
		synctest.Wait()
	})
}
