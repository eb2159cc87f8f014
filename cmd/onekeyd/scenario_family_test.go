package main

import (
	"testing"
	"time"

	"onekeyd/alerts/sms/twiliosim"
	"onekeyd/dispatch"
	"onekeyd/dispatch/dispatchtest"
)

// The family hears of it at once, who comes, that they are there, and how it ended.
func TestTheFamilyFollowsACall(t *testing.T) {
	scenario(t, func(t *testing.T, w *world) {
		w.press("D-wang")
		w.expectTexts(sonPhone, "URGENT")
		after(8 * time.Second)
		w.helper(zhang).accepts()
		after(time.Second)
		w.expectTexts(sonPhone, "URGENT", "张敏 has accepted")
		after(3 * time.Minute)
		w.helper(zhang).arrives()
		after(time.Second)
		w.expectTexts(sonPhone, "URGENT", "has accepted", "张敏 reached")
		after(3 * time.Minute)
		w.closes()
		after(time.Second)
		w.expectTexts(sonPhone, "URGENT", "has accepted", "reached", "张敏 confirmed")
		w.endsInSilence()
	})
}

// Nobody was there: the family must not hear that anybody has seen her.
func TestTheFamilyIsNotToldWhatNobodyKnows(t *testing.T) {
	scenario(t, func(t *testing.T, w *world) {
		w.press("D-wang")
		after(30 * time.Second)
		w.closes() // as helped, though nobody went
		after(time.Second)
		w.expectTexts(sonPhone, "URGENT", "is closed")
		w.endsInSilence()
	})
}

// How it ended is told although the carrier takes it only minutes later, and
// nothing else of the call is.
func TestTheLastWordsWaitForTheCarrier(t *testing.T) {
	scenario(t, func(t *testing.T, w *world) {
		w.press("D-wang")
		after(8 * time.Second)
		w.helper(zhang).accepts()
		after(time.Minute)
		busy := time.Now().Add(4 * time.Minute)
		w.sim.SetBehaviour(func(twiliosim.Message) twiliosim.Outcome {
			if time.Now().Before(busy) {
				return twiliosim.Refuses(429, 20429)
			}
			return twiliosim.Typical()
		})
		w.helper(zhang).arrives() // the family would hear of it, and cannot
		after(time.Minute)
		w.closes()
		after(5 * time.Minute)
		w.expectTexts(sonPhone, "URGENT", "has accepted", "confirmed")
		w.helper(zhang).hears("回复1", "由您负责")
		w.endsInSilence()
		w.woke("carrier is out")
	})
}

// The daemon dies as it closes a call, before the entry is stored, right after,
// or while the last words wait for the carrier: the family hears how it ended.
func TestTheLastWordsOutliveTheDaemon(t *testing.T) {
	for name, stored := range map[string]bool{"the close was stored": true, "the close was lost": false} {
		t.Run(name, func(t *testing.T) {
			scenario(t, func(t *testing.T, w *world) {
				w.halt()
				w.crash = &dispatchtest.Crash{After: stored}
				w.start()
				w.press("D-wang")
				after(8 * time.Second)
				w.helper(zhang).arrives()
				after(time.Minute)
				w.crash.At = w.crash.Appends() + 1
				inc := w.incident("E-wang")
				if _, err := w.d.desk.Close(t.Context(), inc.ID, "li", dispatch.Assisted, "", inc.Seq); err == nil {
					t.Fatal("the daemon did not die")
				}
				w.revive()
				if w.isOpen() == stored {
					t.Errorf("stored %v, and the call is open: %v", stored, !stored)
				}
				if !stored {
					w.closes() // the operator sees that it is open, and tries again
				}
				after(5 * time.Second)
				w.expectTexts(sonPhone, "URGENT", "reached", "confirmed")
				w.endsInSilence()
			})
		})
	}
	t.Run("while they wait for the carrier", func(t *testing.T) {
		scenario(t, func(t *testing.T, w *world) {
			w.press("D-wang")
			after(8 * time.Second)
			w.helper(zhang).arrives()
			after(time.Minute)
			w.sim.SetBehaviour(twiliosim.Always(twiliosim.Refuses(429, 20429)))
			w.closes()
			w.halt()
			w.sim.SetBehaviour(twiliosim.Always(twiliosim.Typical()))
			after(time.Minute)
			w.start()
			after(5 * time.Second)
			w.expectTexts(sonPhone, "URGENT", "reached", "confirmed")
			w.endsInSilence()
		})
	})
}
