package fanout

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"onekeyd/alerts"
	"onekeyd/dispatch"
)

// caller is a carrier of calls that can stop them.
type caller struct {
	carrier
	cancel func(ctx context.Context, ref string) error

	stopping sync.Mutex
	refs     []string
}

func (c *caller) Cancel(ctx context.Context, ref string) error {
	c.stopping.Lock()
	c.refs = append(c.refs, ref)
	c.stopping.Unlock()
	if c.cancel != nil {
		return c.cancel(ctx, ref)
	}
	return nil
}

func (c *caller) stoppedRefs() string {
	c.stopping.Lock()
	defer c.stopping.Unlock()
	return strings.Join(c.refs, " ")
}

func calls(ids ...string) []dispatch.Alert {
	list := sms(ids...)
	for n := range list {
		list[n].Channel = dispatch.ChannelVoice
	}
	return list
}

func newCaller() *caller { return &caller{carrier: carrier{name: "v", media: alerts.Voice}} }

func TestStopBeforeSending(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v, r, inc := newCaller(), &reports{broken: true}, incident(dispatch.Red)
		v.perSecond = 1
		f := running(t, r, slog.DiscardHandler, v)
		list := calls("a", "b", "c")
		f.Tell(inc, list)
		synctest.Wait()
		f.Stop(inc, list[1:2])
		f.Stop(inc, list[1:2]) // once more changes nothing
		time.Sleep(time.Minute)
		r.mu.Lock()
		r.broken = false
		r.mu.Unlock()
		time.Sleep(time.Minute)
		if v.order() != "a c" || v.stoppedRefs() != "" || r.told() != "a=handed v, b=failed  stopped, c=handed v" || f.Waiting() != 0 {
			t.Errorf("called %q, stopped %q, told %q, %d in hand", v.order(), v.stoppedRefs(), r.told(), f.Waiting())
		}
	})
}

func TestStopWhileItWaitsToBeTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v, r, inc := newCaller(), &reports{}, incident(dispatch.Red)
		v.send = refuses(alerts.Transient)
		f := running(t, r, slog.DiscardHandler, v)
		list := calls("a")
		f.Tell(inc, list)
		time.Sleep(time.Second)
		f.Stop(inc, list)
		time.Sleep(time.Minute)
		if v.order() != "a a" || r.told() != "a=failed  stopped" || f.Waiting() != 0 {
			t.Errorf("called %q, told %q, %d in hand", v.order(), r.told(), f.Waiting())
		}
	})
}

// The call is being made when it turns pointless. Its reference comes with the carrier's answer.
func TestStopWhileSending(t *testing.T) {
	for _, c := range []struct {
		name    string
		err     error
		stopped string
		told    string
	}{
		{"taken", nil, "CA1", "a=failed v stopped"},
		{"refused", &alerts.Error{Class: alerts.Transient}, "", "a=failed v stopped"},
		{"unclear", &alerts.Error{Class: alerts.Unclear}, "", "a=ambiguous v ambiguous"},
		{"wrong number", &alerts.Error{Class: alerts.BadNumber}, "", "a=failed v bad_number"},
	} {
		synctest.Test(t, func(t *testing.T) {
			v, other, r, log, inc := newCaller(), newCaller(), &reports{}, &lines{}, incident(dispatch.Red)
			v.send = func(context.Context, alerts.Notice) (alerts.Receipt, error) {
				time.Sleep(2 * time.Second)
				return alerts.Receipt{Ref: "CA1", State: alerts.Handed}, c.err
			}
			other.name = "w"
			f := running(t, r, log, v, other)
			list := calls("a")
			f.Tell(inc, list)
			time.Sleep(time.Second)
			f.Stop(inc, list)
			time.Sleep(time.Minute)
			if v.stoppedRefs() != c.stopped || r.told() != c.told || v.order()+other.order() != "a" || f.Waiting() != 0 {
				t.Errorf("%s: stopped %q, told %q, called %q and %q, %d in hand", c.name, v.stoppedRefs(), r.told(), v.order(), other.order(), f.Waiting())
			}
			if got := strings.Join(log.take(), ""); (got != "") != (c.name == "unclear") {
				t.Errorf("%s: logged %q", c.name, got)
			}
		})
	}
}

func TestStopWhatRings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v, r, log, inc := newCaller(), &reports{}, &lines{}, incident(dispatch.Red)
		v.cancel = func(_ context.Context, ref string) error {
			if ref == "CAgone" {
				return errors.New("no such call")
			}
			return nil
		}
		f := running(t, r, log, v, &carrier{name: "text"})
		list := calls("rings", "gone", "heard", "unclear", "elsewhere", "text")
		for n, ref := range []string{"CArings", "CAgone", "CAheard", "", "CA5", "SM1"} {
			list[n].Ref, list[n].Carrier, list[n].State = ref, "v", dispatch.AlertHanded
		}
		list[2].State, list[3].State, list[4].Carrier = dispatch.AlertDelivered, dispatch.AlertAmbiguous, "other"
		list[5].Channel, list[5].Carrier = dispatch.ChannelSMS, "text"
		f.Stop(inc, list)
		f.Stop(inc, list[:1])
		if !f.Has("rings") {
			t.Error("a call that is being stopped is not in hand")
		}
		time.Sleep(time.Minute)
		if got := v.stoppedRefs(); got != "CArings CAgone" && got != "CAgone CArings" {
			t.Errorf("stopped %q", got)
		}
		if r.told() != "rings=failed v stopped" || f.Waiting() != 0 {
			t.Errorf("told %q, %d in hand", r.told(), f.Waiting())
		}
		if got := log.take(); len(got) != 2 {
			t.Errorf("logged %q; want the call that is gone and the unclear one", got)
		}
	})
}

// The call's outcome is on its way to a slow journal. It stays in hand until it
// is there, or the dispatcher would think that nobody has called.
func TestStopWhileStoring(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v, r, inc := newCaller(), &reports{broken: true}, incident(dispatch.Red)
		v.cancel = func(_ context.Context, ref string) error {
			if ref == "SMgone" {
				return errors.New("no such call")
			}
			return nil
		}
		f := running(t, r, slog.DiscardHandler, v)
		list := calls("a", "gone")
		f.Tell(inc, list)
		synctest.Wait()
		f.Stop(inc, list)
		time.Sleep(time.Minute)
		if got := v.stoppedRefs(); got != "SMa SMgone" && got != "SMgone SMa" || !f.Has("a") || !f.Has("gone") {
			t.Errorf("stopped %q, in hand %v and %v", v.stoppedRefs(), f.Has("a"), f.Has("gone"))
		}
		r.mu.Lock()
		r.broken = false
		r.mu.Unlock()
		time.Sleep(time.Minute)
		if r.told() != "a=failed v stopped, a=handed v, gone=handed v" || f.Waiting() != 0 {
			t.Errorf("told %q, %d in hand", r.told(), f.Waiting())
		}
	})
}

func TestStopReturnsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v, inc, begin := newCaller(), incident(dispatch.Red), time.Now()
		v.cancel = func(ctx context.Context, _ string) error {
			<-ctx.Done()
			return ctx.Err()
		}
		f := running(t, &reports{}, slog.DiscardHandler, v)
		for n := range 100 {
			list := calls(string(rune('A' + n)))
			list[0].Ref, list[0].Carrier, list[0].State = "CA", "v", dispatch.AlertHanded
			f.Stop(inc, list)
		}
		if took := time.Since(begin); took != 0 {
			t.Errorf("stopping took %s", took)
		}
		time.Sleep(time.Minute)
		if f.Waiting() != 0 {
			t.Errorf("%d in hand", f.Waiting())
		}
	})
}
