package main

import (
	"testing"
	"time"

	"onekeyd/dispatch"
)

// Steps that fell due while the daemon was down are taken within two seconds of its start.
func TestWhatFellDueWhileDown(t *testing.T) {
	for name, c := range map[string]struct {
		before func(w *world)
		down   time.Duration
		check  func(t *testing.T, w *world)
	}{
		"the offers have lapsed": {func(*world) {}, 30 * time.Second, func(t *testing.T, w *world) {
			w.helper(zhang).is(dispatch.Lapsed)
			w.helper(sun).is(dispatch.Offered)
		}},
		"the circle has grown": {func(*world) {}, 2 * time.Minute, func(t *testing.T, w *world) {
			w.helper(volunteer(1)).is(dispatch.Offered)
			if countTexts(w.texts(supervisorPhone), "无人接单") != 1 {
				t.Errorf("the supervisor hears %q", w.texts(supervisorPhone))
			}
		}},
		"the helper has not come": {func(w *world) { w.helper(zhang).accepts(); after(time.Second) }, 11 * time.Minute, func(t *testing.T, w *world) {
			w.helper(zhang).is(dispatch.Lapsed)
			w.helper(li).is(dispatch.Offered)
			w.expectLast(zhangPhone, "转派他人")
		}},
		"whoever was there has said how it ended": {func(w *world) { w.helper(zhang).arrives(); w.helper(zhang).isDone(); after(time.Second) }, 5 * time.Minute, func(t *testing.T, w *world) {
			w.openIncidents(0)
			w.expectLast(sonPhone, "confirmed")
		}},
	} {
		t.Run(name, func(t *testing.T) {
			scenarioWith(t, neighbourhood, func(t *testing.T, w *world) {
				w.press("D-wang")
				after(8 * time.Second)
				c.before(w)
				w.halt()
				after(c.down)
				w.start()
				after(2 * time.Second)
				c.check(t, w)
				if w.isOpen() {
					w.closes()
				}
				w.endsInSilence()
			})
		})
	}
}
