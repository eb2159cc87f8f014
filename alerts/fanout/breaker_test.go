package fanout

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"onekeyd/alerts"
	"onekeyd/dispatch"
)

const anyPhone = "+85251110001"

func ways(f *Fanout) string {
	var names []string
	for _, w := range f.Ways(anyPhone) {
		names = append(names, w.Carrier)
	}
	return strings.Join(names, " ")
}

// one sends one alert and sees who got it.
func one(f *Fanout, id string) {
	f.Tell(incident(dispatch.Red), sms(id))
	synctest.Wait()
}

// A refused account takes the carrier out at once, for 30 s, then for twice as
// long each time a probe fails; a probe that is taken brings it back.
func TestBreakerOpensProbesAndCloses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var works atomic.Bool
		a, b := &carrier{name: "a"}, &carrier{name: "b"}
		a.send = func(ctx context.Context, n alerts.Notice) (alerts.Receipt, error) {
			if works.Load() {
				return alerts.Receipt{}, nil
			}
			return refuses(alerts.BadAccount)(ctx, n)
		}
		r, log, begin := &reports{}, &lines{}, time.Now()
		f := running(t, r, log, a, b)
		one(f, "0")
		if r.told() != "0=handed b" || ways(f) != "b" {
			t.Fatalf("told %q, ways %q; want by b alone", r.told(), ways(f))
		}
		want := []CarrierState{{Name: "a", Media: alerts.SMS, Open: true, Since: begin, Why: "bad_account 7"}, {Name: "b", Media: alerts.SMS}}
		if diff := cmp.Diff(want, f.Carriers()); diff != "" {
			t.Error(diff)
		}
		for n := 1; n <= 100; n++ { // 100 s
			time.Sleep(time.Second)
			one(f, fmt.Sprint(n))
			if n == 90 {
				works.Store(true)
			}
		}
		if got := a.at(begin); got != "0@0s 30@30s 90@1m30s" {
			t.Errorf("a was tried with %q", got)
		}
		if diff := cmp.Diff([]string{"WARN carrier is out; its alerts go to others"}, log.take()); diff != "" {
			t.Error(diff)
		}
		if b.order() == "" || ways(f) != "b" {
			t.Errorf("ways %q", ways(f))
		}
		time.Sleep(110 * time.Second)                               // 210 s: two minutes after the last probe
		f.Tell(incident(dispatch.Red), sms("p1", "p2", "p3", "p4")) // one of them probes
		synctest.Wait()
		if got := a.at(begin); !strings.HasSuffix(got, " p1@3m30s") || ways(f) != "a b" {
			t.Errorf("a was tried with %q, ways %q", got, ways(f))
		}
		one(f, "again")
		if !strings.HasSuffix(a.order(), "p1 again") || f.Carriers()[0].Open {
			t.Errorf("a has %q and is %+v", a.order(), f.Carriers()[0])
		}
		if diff := cmp.Diff([]string{"INFO carrier takes alerts again"}, log.take()); diff != "" {
			t.Error(diff)
		}
	})
}

func TestWhatTakesACarrierOut(t *testing.T) {
	for _, c := range []struct {
		name    string
		answers []alerts.Class // one a second; "" is a success
		every   time.Duration
		out     bool
	}{
		{"three transient", []alerts.Class{alerts.Transient, alerts.Transient, alerts.Transient}, time.Second, true},
		{"three without an answer", []alerts.Class{alerts.Unclear, alerts.Transient, alerts.Unclear}, time.Second, true},
		{"two", []alerts.Class{alerts.Transient, alerts.Transient}, time.Second, false},
		{"a success between", []alerts.Class{alerts.Transient, alerts.Transient, "", alerts.Transient, alerts.Transient}, time.Second, false},
		{"far apart", []alerts.Class{alerts.Transient, alerts.Transient, alerts.Transient, alerts.Transient}, 6 * time.Second, false},
		{"account", []alerts.Class{alerts.BadAccount}, time.Second, true},
		{"wrong numbers", []alerts.Class{alerts.BadNumber, alerts.BadContent, alerts.BadNumber, alerts.BadContent}, time.Second, false},
	} {
		synctest.Test(t, func(t *testing.T) {
			a := &carrier{name: "a"}
			next := 0
			a.send = func(ctx context.Context, n alerts.Notice) (alerts.Receipt, error) {
				class := c.answers[next]
				if next++; class == "" {
					return alerts.Receipt{}, nil
				}
				return refuses(class)(ctx, n)
			}
			f := running(t, &reports{}, slog.DiscardHandler, a, &carrier{name: "b"})
			for n := range c.answers {
				one(f, fmt.Sprint(n))
				time.Sleep(c.every)
			}
			if got := f.Carriers()[0].Open; got != c.out {
				t.Errorf("%s: out is %v", c.name, got)
			}
		})
	}
}

// Whoever can be reached by no other carrier is tried at the one that is out,
// without waiting for the breaker, and somebody is woken once.
func TestTheOnlyCarrierIsNeverHeldBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var works atomic.Bool
		a := &carrier{name: "a"}
		a.send = func(ctx context.Context, n alerts.Notice) (alerts.Receipt, error) {
			if works.Load() {
				return alerts.Receipt{}, nil
			}
			return refuses(alerts.BadAccount)(ctx, n)
		}
		r, log := &reports{}, &lines{}
		far := &carrier{name: "far", serves: func(n string) bool { return strings.HasPrefix(n, "+44") }}
		f := running(t, r, log, a, far)
		one(f, "0")
		one(f, "1")
		if r.told() != "0=failed a bad_account 7, 1=failed a bad_account 7" || ways(f) != "a" {
			t.Errorf("told %q, ways %q", r.told(), ways(f))
		}
		works.Store(true)
		one(f, "2")
		if !strings.HasSuffix(r.told(), "2=handed a") {
			t.Errorf("told %q", r.told())
		}
		want := []string{"ERROR carrier is out and no other serves a number that must be told", "INFO carrier takes alerts again"}
		if diff := cmp.Diff(want, log.take()); diff != "" {
			t.Error(diff)
		}
	})
}

// The second carrier of a channel goes out too: now a human must act.
func TestTheLastCarrierOfAChannelWakesSomebody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := &lines{}
		f := running(t, &reports{}, log, &carrier{name: "a", send: refuses(alerts.BadAccount)}, &carrier{name: "b", send: refuses(alerts.BadAccount)}, &carrier{name: "v", media: alerts.Voice})
		one(f, "x")
		want := []string{"WARN carrier is out; its alerts go to others", "ERROR carrier is out and no other serves a number that must be told"}
		if diff := cmp.Diff(want, log.take()); diff != "" {
			t.Error(diff)
		}
	})
}

// A carrier answers nothing. What waits behind its sends goes to the next one as
// soon as three of them have stayed unclear.
func TestWhatWaitsForACarrierThatIsOutGoesToOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := &carrier{name: "a", send: hangs}, &carrier{name: "b"}
		r, begin := &reports{}, time.Now()
		f := running(t, r, slog.DiscardHandler, a, b)
		var ids []string
		for n := range 70 {
			ids = append(ids, fmt.Sprint(n))
		}
		f.Tell(incident(dispatch.Red), sms(ids...))
		via := sms("via")
		via[0].Via = "a"
		f.Tell(incident(dispatch.Red), via)
		time.Sleep(lastSend) // in a bubble
		synctest.Wait()
		// The first two workers that come back each take one more before the third failure.
		if got := strings.Fields(b.at(begin)); len(got) < 4 || got[0] != "66@10s" && got[0] != "65@10s" && got[0] != "64@10s" {
			t.Errorf("b got %q", got)
		}
		time.Sleep(time.Minute) // in a bubble
		if got := strings.Fields(a.order()); len(got) > 67 || !slices.Contains(got, "via") {
			t.Errorf("a got %q", got)
		}
	})
}

// What was on its way when a carrier went out says nothing new about it.
func TestOneOutageIsCountedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := &carrier{name: "a", send: refuses(alerts.BadAccount)}, &carrier{name: "b"}
		begin := time.Now()
		f := running(t, &reports{}, slog.DiscardHandler, a, b)
		list := sms("1", "2", "3", "4", "5", "6")
		for n := range list {
			list[n].Via = "a"
		}
		f.Tell(incident(dispatch.Red), list)
		time.Sleep(30 * time.Second) // in a bubble
		one(f, "probe")
		if got := a.at(begin); !strings.HasSuffix(got, "6@0s probe@30s") {
			t.Errorf("a was tried with %q", got)
		}
	})
}

// One that is out is no help to whom a busy one has refused: it is up, and tried again.
func TestBusyIsBetterThanOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b, begin := &carrier{name: "a", send: refuses(alerts.BadAccount)}, &carrier{name: "b"}, time.Now()
		b.send = func(ctx context.Context, n alerts.Notice) (alerts.Receipt, error) {
			if n.ID == "y" && time.Since(begin) == 0 {
				return refuses(alerts.Transient)(ctx, n)
			}
			return alerts.Receipt{}, nil
		}
		r := &reports{}
		f := running(t, r, slog.DiscardHandler, a, b)
		one(f, "x")
		one(f, "y")
		time.Sleep(time.Second) // in a bubble
		if a.at(begin) != "x@0s" || b.at(begin) != "x@0s y@0s y@500ms" {
			t.Errorf("a got %q, b %q", a.at(begin), b.at(begin))
		}
	})
}
