package main

import (
	"slices"
	"testing"
	"time"

	"onekeyd/dispatch"
)

// The elder presses again while Zhang is on her way: it is seen, and nobody is asked anew.
func TestPressedAgainWhileHelpIsComing(t *testing.T) {
	scenarioWith(t, neighbourhood, func(t *testing.T, w *world) {
		w.press("D-wang")
		after(8 * time.Second)
		w.helper(zhang).accepts()
		after(time.Minute)
		for range 3 {
			w.press("D-wang")
			after(5 * time.Second)
		}
		inc := w.incident("E-wang")
		if inc.Pressed != 4 || inc.Tier != 0 || !inc.Waiting.IsZero() {
			t.Errorf("pressed %d times, the circle is at %d, waiting since %s", inc.Pressed, inc.Tier, inc.Waiting)
		}
		w.helper(zhang).hears("回复1", "由您负责")
		w.helper(li).hears("回复1", "请勿前往")
		w.openIncidents(1)
		w.helper(zhang).arrives()
		w.closes()
		w.endsInSilence()
	})
}

// Zhang was there and has left. The elder presses again: it is a new need, and
// whoever was there before does not count as help.
func TestPressedAgainAfterTheHelperHasLeft(t *testing.T) {
	scenarioWith(t, neighbourhood, func(t *testing.T, w *world) {
		w.press("D-wang")
		after(8 * time.Second)
		w.helper(zhang).arrives()
		after(5 * time.Minute)
		w.helper(zhang).isDone()
		after(time.Minute)
		w.press("D-wang")
		after(100 * time.Millisecond)
		w.openIncidents(1)
		asked := 0
		for _, o := range w.incident("E-wang").Offers {
			if o.State == dispatch.Offered {
				asked++
			}
		}
		if asked < 4 {
			t.Errorf("%d are asked", asked)
		}
		after(4 * time.Minute)
		w.openIncidents(1) // not closed by Zhang's word on the call before
		w.helper(li).arrives()
		after(time.Second)
		w.helper(li).is(dispatch.OnScene)
		w.helper(li).asksForMoreHelp()
		after(100 * time.Millisecond)
		if !slices.ContainsFunc(w.incident("E-wang").Offers, func(o dispatch.Offer) bool { return o.State == dispatch.Offered }) {
			t.Error("Li asks for more help and nobody is asked: Zhang, who has left, counts")
		}
		w.helper(li).isDone()
		after(4 * time.Minute)
		w.openIncidents(0)
		w.endsInSilence()
	})
}

// A late "I cannot" of somebody who was stood down must not call the circle again.
func TestALateRefusalAsksNobody(t *testing.T) {
	scenarioWith(t, neighbourhood, func(t *testing.T, w *world) {
		w.press("D-wang")
		after(8 * time.Second)
		w.helper(zhang).arrives()
		after(time.Minute)
		w.helper(zhang).isDone()
		after(10 * time.Second)
		texts := len(w.sim.Messages())
		w.helper(li).declines()
		after(time.Minute)
		for _, m := range w.sim.Messages()[texts:] {
			if !m.Inbound && m.To != liPhone {
				t.Errorf("%s is told %q", m.To, m.Body)
			}
		}
		after(3 * time.Minute)
		w.openIncidents(0)
		w.endsInSilence()
	})
}

// A cancel by itself asks nobody, but it is not forgotten: the desk has it, and
// after ten minutes the supervisor.
func TestALoneCancelIsBroughtBack(t *testing.T) {
	scenarioWith(t, neighbourhood, func(t *testing.T, w *world) {
		w.press("D-wang", "kind", "cancel")
		after(9 * time.Minute)
		w.silence()
		after(2 * time.Minute)
		w.expectTexts(supervisorPhone, "未结束且没有新消息")
		w.reply(supervisorPhone, "1")
		w.closes()
		w.endsInSilence()
	})
}

// A cancel, and minutes later a call: it counts from its own press. Nobody above
// is told in the first moment that it is overdue.
func TestACallAfterACancelIsNotOverdueAtOnce(t *testing.T) {
	scenarioWith(t, neighbourhood, func(t *testing.T, w *world) {
		w.press("D-wang", "kind", "cancel")
		after(5 * time.Minute)
		w.press("D-wang")
		after(2 * time.Second)
		w.silenceOf(supervisorPhone)
		w.silenceOf(centrePhone)
		w.helper(zhang).is(dispatch.Offered)
		w.helper(volunteer(1)).isAskedAt()
		after(2 * time.Second)
		w.expectTexts(supervisorPhone, "值班台无人受理")
		w.helper(zhang).accepts()
		w.closes()
		w.endsInSilence()
	})
}
