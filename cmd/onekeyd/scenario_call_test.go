package main

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"onekeyd/alerts/sms/twiliosim"
	"onekeyd/dispatch"
)

// textsOnly is a centre that rings nobody up.
func textsOnly(w *world) { w.extra = append(w.extra, "ONEKEYD_VOICE_TWILIO_FROM=off") }

// rings sets what happens on each phone that is rung; others ring unanswered.
func (w *world) rings(phones map[string]twiliosim.CallOutcome) {
	w.sim.SetCalls(twiliosim.CallsByNumber(phones, twiliosim.CallOutcome{}))
}

// call is the last call to a phone.
func (w *world) call(phone string) twiliosim.Call {
	w.t.Helper()
	synctest.Wait()
	calls := w.sim.CallsTo(phone)
	if len(calls) == 0 {
		w.t.Fatalf("%s was never rung", phone)
	}
	return calls[len(calls)-1]
}

func (w *world) expectCalls(phone string, want int) {
	w.t.Helper()
	if n := len(w.sim.CallsTo(phone)); n != want {
		w.t.Errorf("%s was rung %d times, want %d", phone, n, want)
	}
}

func (w *world) offer(c dispatch.CaseID, r dispatch.ResponderID) dispatch.AssignmentState {
	w.t.Helper()
	o, ok := w.incident(c).Offer(r)
	if !ok {
		w.t.Fatalf("%s has no offer", r)
	}
	return o.State
}

// Nobody looks at their texts; the telephone rings, Zhang presses 1 and goes.
func TestATelephoneRingsAfterAnUnreadText(t *testing.T) {
	scenario(t, func(t *testing.T, w *world) {
		w.rings(map[string]twiliosim.CallOutcome{zhangPhone: twiliosim.Presses(6*time.Second, 9*time.Second, "1"), liPhone: twiliosim.PutsDown(8*time.Second, 5*time.Second)})
		w.press("D-wang")
		after(25 * time.Second)
		if n := len(w.sim.Calls()); n != 0 {
			t.Errorf("%d phones ring before anybody had time to read", n)
		}
		after(time.Minute)
		c := w.call(zhangPhone)
		if c.Keys != "1" || !strings.Contains(c.Said[0], "幸福里3号楼2单元401") || strings.Contains(c.Said[0], "青霉素") {
			t.Errorf("Zhang pressed %q after %q", c.Keys, c.Said)
		}
		if last := c.Said[len(c.Said)-1]; c.Status != "completed" || !strings.Contains(last, "由您负责") {
			t.Errorf("the last that Zhang heard was %q", last)
		}
		if s := w.offer("E-wang", zhang); s != dispatch.Accepted {
			t.Errorf("Zhang is %s", s)
		}
		if s := w.offer("E-wang", li); s.Active() {
			t.Errorf("Li, who picked up and pressed nothing, is %s", s)
		}
		w.expectTexts(zhangPhone, "幸福里3号楼2单元401", "由您负责")
		w.expectCalls(zhangPhone, 1)
	})
}

// Zhang reads her text after all while her phone rings: it stops.
func TestAPhoneStopsRingingOnceItsTextIsAnswered(t *testing.T) {
	scenario(t, func(t *testing.T, w *world) {
		w.press("D-wang")
		after(36 * time.Second)
		if c := w.call(zhangPhone); c.Status != "ringing" {
			t.Fatalf("Zhang's phone is %s", c.Status)
		}
		w.reply(zhangPhone, "1")
		if c := w.call(zhangPhone); c.Live() || c.Status != "canceled" {
			t.Errorf("Zhang's phone is %s", c.Status)
		}
		after(time.Minute)
		w.expectCalls(zhangPhone, 1)
	})
}

// Nobody can say whether the carrier has the text: the telephone rings instead of waiting.
func TestAnUnclearTextIsFollowedByACall(t *testing.T) {
	scenario(t, func(t *testing.T, w *world) {
		w.rings(map[string]twiliosim.CallOutcome{zhangPhone: twiliosim.Presses(3*time.Second, 9*time.Second, "1")})
		w.counting(func(int64, twiliosim.Message) twiliosim.Outcome { return twiliosim.Outcome{Cut: twiliosim.CutBefore} })
		w.press("D-wang")
		after(45 * time.Second)
		if s := w.offer("E-wang", zhang); s != dispatch.Accepted {
			t.Errorf("Zhang, whose text was lost and whose phone rang, is %s", s)
		}
	})
}

// A mailbox picks up everywhere. Nothing is assumed from that: the supervisor is told.
func TestMailboxesAcceptNothing(t *testing.T) {
	scenario(t, func(t *testing.T, w *world) {
		w.sim.SetCalls(twiliosim.AllCalls(twiliosim.PicksUp(15 * time.Second)))
		w.press("D-wang")
		after(2 * time.Minute)
		inc := w.incident("E-wang")
		for _, o := range inc.Offers {
			if o.State.Active() {
				t.Errorf("%s is %s by a mailbox", o.Responder, o.State)
			}
		}
		said := 0
		for _, a := range inc.Alerts {
			if a.Channel == dispatch.ChannelVoice {
				said++
				if a.State == dispatch.AlertDelivered {
					t.Errorf("%s counts as delivered to a mailbox", a.To)
				}
			}
		}
		if said == 0 || inc.Waiting.IsZero() {
			t.Errorf("%d calls, waiting since %s", said, inc.Waiting)
		}
	})
}

// A person presses 1 while the daemon is away: the call ends in the carrier's
// words, nobody is believed to be going, and a text settles it.
func TestAKeyPressedWhileTheDaemonIsAway(t *testing.T) {
	scenario(t, func(t *testing.T, w *world) {
		w.rings(map[string]twiliosim.CallOutcome{zhangPhone: twiliosim.Presses(6*time.Second, 12*time.Second, "111")})
		w.press("D-wang")
		after(40 * time.Second)
		w.shut()
		after(20 * time.Second)
		if c := w.call(zhangPhone); c.Code != 11200 || w.offer("E-wang", zhang).Active() {
			t.Errorf("without a daemon the call ended %+v", c)
		}
		w.mu.Lock()
		w.open = w.d.handler
		w.mu.Unlock()
		w.reply(zhangPhone, "1")
		if s := w.offer("E-wang", zhang); s != dispatch.Accepted {
			t.Errorf("by text Zhang is %s", s)
		}
	})
}
