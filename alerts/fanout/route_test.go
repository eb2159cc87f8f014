package fanout

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"onekeyd/alerts"
	"onekeyd/dispatch"
)

func TestTransientGoesToTheNextCarrierAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b, voice := &carrier{name: "a", send: refuses(alerts.Transient)}, &carrier{name: "b"}, &carrier{name: "v", media: alerts.Voice}
		far := &carrier{name: "far", serves: func(n string) bool { return strings.HasPrefix(n, "+44") }}
		r := &reports{}
		begin := time.Now()
		f := running(t, r, slog.DiscardHandler, far, a, voice, b)
		f.Tell(incident(dispatch.Red), sms("x"))
		synctest.Wait()
		if a.at(begin) != "x@0s" || b.at(begin) != "x@0s" || far.order()+voice.order() != "" {
			t.Errorf("a got %q, b %q, others %q", a.at(begin), b.at(begin), far.order()+voice.order())
		}
		time.Sleep(time.Hour) // in a bubble
		if a.order() != "x" || b.order() != "x" || r.told() != "x=handed b" {
			t.Errorf("a got %q, b %q, told %q", a.order(), b.order(), r.told())
		}
	})
}

// Both refuse: again after the pause, and not before a carrier's own Retry-After.
func TestAllRefuse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		a, b := &carrier{name: "a"}, &carrier{name: "b"}
		a.send = func(context.Context, alerts.Notice) (alerts.Receipt, error) {
			if time.Since(begin) < time.Second {
				return alerts.Receipt{}, &alerts.Error{Class: alerts.Transient, RetryAfter: 4 * time.Second}
			}
			return alerts.Receipt{}, nil
		}
		b.send = func(ctx context.Context, n alerts.Notice) (alerts.Receipt, error) {
			if time.Since(begin) < 3*time.Second {
				return refuses(alerts.Transient)(ctx, n)
			}
			return alerts.Receipt{}, nil
		}
		r := &reports{}
		f := running(t, r, slog.DiscardHandler, a, b)
		f.Tell(incident(dispatch.Red), sms("x"))
		time.Sleep(time.Minute) // in a bubble
		// a is left alone until 4s; b is tried after 0.5, 1 and 2 s more. The third
		// refusal in a row takes b out, so that at 3.5 s a would be asked if it were
		// not resting; nobody who is up is passed over for it.
		if a.at(begin) != "x@0s x@3.5s" || b.at(begin) != "x@0s x@500ms x@1.5s" || r.told() != "x=handed a" {
			t.Errorf("a got %q, b %q, told %q", a.at(begin), b.at(begin), r.told())
		}
	})
}

// A refused account or template says nothing of the other carriers; a number is the same everywhere.
func TestWhatAnotherCarrierCanDoBetter(t *testing.T) {
	for class, want := range map[alerts.Class]string{
		alerts.BadAccount: "x=handed b", alerts.BadContent: "x=handed b", alerts.BadNumber: "x=failed a bad_number 7", alerts.Stale: "x=not_sent a stale 7",
	} {
		synctest.Test(t, func(t *testing.T) {
			r := &reports{}
			f := running(t, r, slog.DiscardHandler, &carrier{name: "a", send: refuses(class)}, &carrier{name: "b"})
			f.Tell(incident(dispatch.Red), sms("x"))
			time.Sleep(time.Hour) // in a bubble
			if r.told() != want {
				t.Errorf("class %s: told %q, want %q", class, r.told(), want)
			}
		})
	}
}

func TestViaSticks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		a, b := &carrier{name: "a"}, &carrier{name: "b"}
		a.send = func(ctx context.Context, n alerts.Notice) (alerts.Receipt, error) {
			if time.Since(begin) < 20*time.Second {
				return refuses(alerts.Transient)(ctx, n)
			}
			return alerts.Receipt{}, nil
		}
		r, log := &reports{}, &lines{}
		f := running(t, r, log, b, a)
		list := sms("x", "nobody")
		list[0].Via, list[1].Via = "a", "c"
		f.Tell(incident(dispatch.Red), list)
		time.Sleep(time.Minute) // in a bubble
		if a.at(begin) != "x@0s x@500ms x@1.5s x@3.5s x@7.5s x@15.5s x@25.5s" || b.order() != "" {
			t.Errorf("a got %q, b %q", a.at(begin), b.order())
		}
		if r.told() != "nobody=not_sent  no carrier serves this number, x=handed a" {
			t.Errorf("told %q", r.told())
		}
		for _, line := range log.take() {
			if strings.HasPrefix(line, "ERROR") {
				t.Errorf("b would serve the number, and somebody is woken: %s", line)
			}
		}
	})
}

func TestChannelsAreApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		text, call := &carrier{name: "text"}, &carrier{name: "call", media: alerts.Voice, send: refuses(alerts.BadNumber)}
		r := &reports{}
		f := running(t, r, slog.DiscardHandler, call, text)
		list := sms("none", "sms", "voice")
		list[1].Channel, list[2].Channel = dispatch.ChannelSMS, dispatch.ChannelVoice
		f.Tell(incident(dispatch.Red), list)
		synctest.Wait()
		if text.order() != "none sms" && text.order() != "sms none" || call.order() != "voice" {
			t.Errorf("texts %q, calls %q", text.order(), call.order())
		}
		if got := fmt.Sprint(f.Ways("+85251110001")); got != "[{sms text true} {voice call true}]" {
			t.Errorf("ways %s", got)
		}
	})
}

// Nobody can say whether the carrier has it: no other may be asked here.
func TestUnclearGoesNowhereElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := &carrier{name: "a", send: refuses(alerts.Unclear)}, &carrier{name: "b"}
		r := &reports{}
		f := running(t, r, slog.DiscardHandler, a, b)
		f.Tell(incident(dispatch.Red), sms("x"))
		time.Sleep(time.Hour) // in a bubble
		if a.order() != "x" || b.order() != "" || r.told() != "x=ambiguous a ambiguous 7" {
			t.Errorf("a got %q, b %q, told %q", a.order(), b.order(), r.told())
		}
	})
}
