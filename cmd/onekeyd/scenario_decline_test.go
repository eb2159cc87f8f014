package main

import (
	"testing"
	"time"

	"onekeyd/dispatch"
)

// The first says no and is replaced at once; the second goes.
func TestWhoDeclinesIsReplacedAtOnce(t *testing.T) {
	scenarioWith(t, neighbourhood, func(t *testing.T, w *world) {
		w.press("D-wang")
		after(8 * time.Second)
		w.helper(zhang).declines()
		after(100 * time.Millisecond)
		w.helper(zhang).is(dispatch.Declined)
		w.helper(sun).is(dispatch.Offered)
		w.helper(sun).isAskedAt(8 * time.Second)
		w.helper(zhou).isAskedAt()

		after(5 * time.Second)
		w.helper(li).accepts()
		after(time.Second)
		w.helper(li).is(dispatch.Accepted)
		w.helper(zhang).is(dispatch.Declined)
		w.helper(zhang).hears("回复1", "无法前往")
		w.helper(li).hears("回复1", "由您负责")
		w.closes()
		w.endsInSilence()
	})
}

// Who declines after having accepted leaves the elder waiting: others are asked
// at once, and the circle is wider than it was.
func TestWhoTurnsBackIsReplacedAtOnce(t *testing.T) {
	scenarioWith(t, neighbourhood, func(t *testing.T, w *world) {
		w.press("D-wang")
		after(8 * time.Second)
		w.helper(zhang).accepts()
		after(2 * time.Minute)
		w.helper(li).is(dispatch.StoodDown)
		w.helper(zhang).declines()
		after(100 * time.Millisecond)
		for _, who := range []dispatch.ResponderID{li, chen, volunteer(1), doctor} {
			w.helper(who).is(dispatch.Offered)
		}
		if at := w.helper(zhang).askedAt(); len(at) != 1 {
			t.Errorf("Zhang, who cannot come, is asked again: %v", at)
		}
		w.helper(li).accepts()
		after(time.Second)
		w.expectLast(liPhone, "由您负责")
		w.closes()
		w.endsInSilence()
	})
}
