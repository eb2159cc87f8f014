package fanout

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"onekeyd/alerts"
	"onekeyd/dispatch"
)

func TestHangingCarrierDelaysNobodyElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		here := func(n string) bool { return strings.HasPrefix(n, "+852") }
		a, b, v := &carrier{name: "a", serves: here, send: hangs}, &carrier{name: "b", serves: func(n string) bool { return !here(n) }}, &carrier{name: "v", media: alerts.Voice}
		f := running(t, &reports{}, slog.DiscardHandler, a, b, v)
		for n := range 500 {
			f.Tell(incident(dispatch.Red), sms(fmt.Sprint(n)))
		}
		list := sms("text", "call")
		list[0].Phone, list[1].Channel = "+442071838750", dispatch.ChannelVoice
		begin := time.Now()
		f.Tell(incident(dispatch.Blue), list)
		synctest.Wait()
		if b.at(begin) != "text@0s" || v.at(begin) != "call@0s" {
			t.Errorf("the other carriers got %q and %q", b.at(begin), v.at(begin))
		}
		if got := len(strings.Fields(a.order())); got != 64 {
			t.Errorf("%d sends hang, want 64", got)
		}
	})
}

func TestRedOvertakesUnderARate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, begin := &carrier{perSecond: 1, burst: 2}, time.Now()
		f := running(t, &reports{}, slog.DiscardHandler, c)
		f.Tell(incident(dispatch.Blue), sms("b1", "b2", "b3", "b4", "b5"))
		time.Sleep(1500 * time.Millisecond) // in a bubble
		f.Tell(incident(dispatch.Red), sms("red"))
		f.Tell(incident(dispatch.Amber), sms("unwanted", "amber"))
		time.Sleep(time.Minute) // in a bubble
		if got := c.at(begin); got != "b1@0s b2@0s b3@1s red@2s amber@3s b4@4s b5@5s" {
			t.Errorf("sent %q", got)
		}
		f.Tell(incident(dispatch.Blue), sms("c1", "c2", "c3")) // the burst has come back, and not more
		time.Sleep(time.Minute)                                // in a bubble
		if got := c.at(begin.Add(65500 * time.Millisecond)); !strings.HasSuffix(got, "c1@-4s c2@-4s c3@-3s") {
			t.Errorf("sent %q", got)
		}
	})
}

// A call every ten seconds: who waits longer than the alert is worth is not
// told, and the report says so.
func TestWhatTurnsStaleInTheQueueIsNotSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, r := &carrier{perSecond: .1}, &reports{}
		f := running(t, r, slog.DiscardHandler, c)
		for n := range 100 {
			f.Tell(incident(dispatch.Red), sms(fmt.Sprint(n)))
		}
		time.Sleep(time.Hour) // in a bubble
		if got := len(strings.Fields(c.order())); got != 60 {
			t.Errorf("%d were sent in the ten minutes that they are worth, want 60", got)
		}
		if !strings.Contains(r.told(), "60=not_sent test stale") || strings.Count(r.told(), "stale") != 40 || f.Waiting() != 0 {
			t.Errorf("told %q, %d in hand", r.told(), f.Waiting())
		}
	})
}

// A slow carrier is still given what its rate allows.
func TestRateDoesNotWaitForAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, begin := &carrier{perSecond: 2, send: hangs}, time.Now()
		f := running(t, &reports{}, slog.DiscardHandler, c)
		f.Tell(incident(dispatch.Red), sms("a", "b", "c"))
		time.Sleep(5 * time.Second) // in a bubble
		f.Tell(incident(dispatch.Red), sms("d"))
		time.Sleep(time.Minute) // in a bubble
		if got := c.at(begin); got != "a@0s b@500ms c@1s d@5s" {
			t.Errorf("sent %q", got)
		}
	})
}
