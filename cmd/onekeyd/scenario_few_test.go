package main

import (
	"testing"
	"time"

	"onekeyd/dispatch"
)

// A community has fewer people than the plan asks for. They are looked for with
// the press, and not a second time at once: that was one more write to disk, and
// one more search, behind every press of such a community. Whoever comes on duty
// is found a few seconds later.
func TestTooFewAreLookedForAgainAfterAWhile(t *testing.T) {
	var tape tape
	scenarioWith(t, func(w *world) {
		w.around = func(j dispatch.Journal) dispatch.Journal { tape.Journal = j; return &tape }
	}, func(t *testing.T, w *world) {
		w.duty(chen, false)
		w.press("D-wang")
		looks := func() int {
			n := 0
			for _, r := range tape.records {
				for _, f := range r.Facts {
					if d, ok := f.(dispatch.Dispatched); ok && r.Case == "E-wang" && d.Asked {
						n++
					}
				}
			}
			return n
		}
		after(9 * time.Second)
		if got := looks(); got != 1 || len(w.incident("E-wang").Offers) != 3 {
			t.Errorf("after 9 s responders were looked for %d times, and %d are asked", got, len(w.incident("E-wang").Offers))
		}
		w.duty(chen, true)
		after(2 * time.Second)
		if _, asked := w.incident("E-wang").Offer(chen); !asked || looks() != 2 {
			t.Errorf("Chen came on duty, and after 11 s and %d looks is asked: %v", looks(), asked)
		}
	})
}
