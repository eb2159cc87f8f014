package main

import (
	"testing"
	"time"

	"onekeyd/dispatch"
)

// Zhang is there and needs a second pair of hands: those who were stood down are
// asked again, one comes, and the others are stood down again.
func TestMoreHelpIsAskedFor(t *testing.T) {
	scenarioWith(t, neighbourhood, func(t *testing.T, w *world) {
		w.press("D-wang")
		after(8 * time.Second)
		w.helper(zhang).arrives()
		after(time.Minute)
		w.helper(li).is(dispatch.StoodDown)
		w.helper(zhang).asksForMoreHelp()
		after(100 * time.Millisecond)
		w.expectLast(zhangPhone, "正在增派人手")
		w.helper(li).is(dispatch.Offered)
		w.helper(chen).is(dispatch.Offered)
		w.helper(zhang).asksForMoreHelp() // impatient: still one
		if more := w.incident("E-wang").More; more != 1 {
			t.Errorf("more help was asked for %d times", more)
		}
		after(5 * time.Second)
		w.helper(li).accepts()
		after(5 * time.Second)
		w.helper(zhang).is(dispatch.OnScene)
		w.helper(li).is(dispatch.Accepted)
		w.helper(chen).is(dispatch.StoodDown)
		w.expectTexts(chenPhone, "回复1", "请勿前往", "回复1", "请勿前往")
		w.helper(li).arrives()
		w.helper(zhang).isDone()
		after(4 * time.Minute)
		w.openIncidents(1) // Li is there
		w.helper(li).isDone()
		after(4 * time.Minute)
		w.openIncidents(0)
		w.endsInSilence()
	})
}

// More help is asked for and nobody comes: it climbs as the call itself would.
func TestMoreHelpThatDoesNotComeIsFollowedUp(t *testing.T) {
	scenarioWith(t, neighbourhood, func(t *testing.T, w *world) {
		w.press("D-wang")
		after(2 * time.Second)
		w.helper(zhang).arrives()
		after(time.Minute)
		w.helper(zhang).asksForMoreHelp()
		after(61 * time.Second)
		w.helper(volunteer(1)).is(dispatch.Offered)
		w.silenceOf(supervisorPhone)
		after(30 * time.Second)
		w.expectTexts(supervisorPhone, "请立即派人")
		after(90 * time.Second)
		w.expectTexts(centrePhone, "请立即派人")
		w.helper(doctor).accepts()
		after(10 * time.Second)
		calls := len(w.sim.CallsTo(supervisorPhone))
		after(2 * time.Minute)
		w.expectCalls(supervisorPhone, calls)
		w.closes()
		w.endsInSilence()
	})
}

// Who was there could not get in. That is no end: others are asked, and nobody
// is told that she is safe.
func TestNobodyCouldGetIn(t *testing.T) {
	scenarioWith(t, neighbourhood, func(t *testing.T, w *world) {
		w.press("D-wang")
		after(8 * time.Second)
		w.helper(zhang).arrives()
		after(time.Minute)
		if _, err := w.d.desk.Answer(t.Context(), dispatch.Answer{Incident: w.incident("E-wang").ID, Who: zhang, Verb: dispatch.VerbDone, Outcome: dispatch.NoAccess, Via: "page"}); err != nil {
			t.Fatal(err)
		}
		after(100 * time.Millisecond)
		w.helper(li).is(dispatch.Offered)
		after(10 * time.Minute)
		w.openIncidents(1)
		if countTexts(w.texts(supervisorPhone), "无人接单") == 0 {
			t.Error("the supervisor is not told that somebody has to get in")
		}
		w.helper(li).arrives()
		w.helper(li).isDone()
		after(4 * time.Minute)
		w.openIncidents(0)
		w.endsInSilence()
	})
}
