package main

import (
	"testing"
	"time"

	"onekeyd/dispatch"
)

// Zhang accepts and is not seen again: she is let go and told, others are asked.
// When she stands at the door after all, she is believed.
func TestWhoNeverArrivesIsLetGoAndStillBelieved(t *testing.T) {
	scenarioWith(t, neighbourhood, func(t *testing.T, w *world) {
		w.press("D-wang")
		after(8 * time.Second)
		w.helper(zhang).accepts()
		after(9 * time.Minute)
		w.helper(zhang).is(dispatch.Accepted)
		after(61 * time.Second)
		w.helper(zhang).is(dispatch.Lapsed)
		w.expectLast(zhangPhone, "转派他人")
		w.helper(li).is(dispatch.Offered)
		w.helper(volunteer(1)).is(dispatch.Offered) // who has lost a helper has waited already
		w.expectTexts(sonPhone, "URGENT", "has accepted")

		w.helper(zhang).arrives()
		after(time.Second)
		w.helper(zhang).is(dispatch.OnScene)
		w.expectLast(zhangPhone, "已记录您到达")
		w.helper(li).is(dispatch.StoodDown)
		w.expectLast(liPhone, "请勿前往")
		after(time.Second)
		w.expectTexts(sonPhone, "URGENT", "has accepted", "reached")
		w.helper(zhang).isDone()
		after(4 * time.Minute)
		w.openIncidents(0)
		w.endsInSilence()
	})
}

// The supervisor was told that nobody comes, then somebody came and was lost:
// that is told, too.
func TestTheSupervisorIsToldOfEachTimeNobodyComes(t *testing.T) {
	scenarioWith(t, neighbourhood, func(t *testing.T, w *world) {
		w.press("D-wang")
		after(2 * time.Minute)
		first := countTexts(w.texts(supervisorPhone), "无人接单")
		w.helper(zhang).accepts()
		after(11 * time.Minute)
		w.helper(zhang).is(dispatch.Lapsed)
		if again := countTexts(w.texts(supervisorPhone), "无人接单"); first != 1 || again != 2 {
			t.Errorf("the supervisor was told %d times, and %d after the helper was lost; want once and twice", first, again)
		}
		w.reply(supervisorPhone, "1")
		w.closes()
		w.endsInSilence()
	})
}

// Where positions are known: who does not move for three minutes is let go, and
// who comes nearer counts as under way.
func TestPositionsTellWhoIsComing(t *testing.T) {
	scenario(t, func(t *testing.T, w *world) {
		at := func(r string, metres float64) { w.moveTo(r, 37.59, 118.55+metres/88000) }
		at(zhang, 800)
		at(li, 600)
		after(5 * time.Second)
		w.press("D-wang")
		after(8 * time.Second)
		w.helper(zhang).accepts()
		for range 7 { // every half minute, from the same place
			at(zhang, 800)
			after(30 * time.Second)
		}
		w.helper(zhang).is(dispatch.Lapsed)
		w.expectLast(zhangPhone, "转派他人")

		w.helper(li).accepts()
		at(li, 590)
		after(time.Minute)
		w.helper(li).is(dispatch.Accepted)
		at(li, 450)
		after(16 * time.Second)
		w.helper(li).is(dispatch.EnRoute)
		after(4 * time.Minute)
		w.helper(li).is(dispatch.EnRoute)
		w.helper(li).arrives()
		w.closes()
		w.endsInSilence()
	})
}
