package main

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"onekeyd/alerts/sms/twiliosim"
	"onekeyd/dispatch"
)

// A number that takes nothing is known at once or by receipt: somebody else is
// asked in its place, at once, and its telephone rings all the same.
func TestANumberThatTakesNothingIsReplaced(t *testing.T) {
	for name, c := range map[string]struct {
		outcome twiliosim.Outcome
		at      time.Duration // when it is known
	}{
		"refused":    {twiliosim.Refuses(http.StatusBadRequest, 21211), 0},
		"by receipt": {twiliosim.Fails(4*time.Second, 30005), 4 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			scenarioWith(t, neighbourhood, func(t *testing.T, w *world) {
				w.sim.SetBehaviour(twiliosim.ByNumber(map[string]twiliosim.Outcome{zhangPhone: c.outcome}, twiliosim.Typical()))
				w.press("D-wang")
				after(c.at + 200*time.Millisecond)
				w.helper(zhang).is(dispatch.Undeliverable)
				w.helper(sun).is(dispatch.Offered)
				if at := w.helper(sun).askedAt(); at[0] > c.at+100*time.Millisecond {
					t.Errorf("Sun is asked after %s, and it was known after %s", at[0], c.at)
				}
				w.helper(zhou).isAskedAt()
				after(time.Second)
				w.expectCalls(zhangPhone, 1)
				w.helper(li).accepts()
				w.closes()
				w.endsInSilence()
			})
		})
	}
}

// What is wrong with us, or for a moment, is not held against anybody.
func TestWhatIsNotTheNumbersFaultReplacesNobody(t *testing.T) {
	for _, code := range []int{30003, 30007, 30008, 63038} {
		t.Run(fmt.Sprint(code), func(t *testing.T) {
			scenarioWith(t, neighbourhood, func(t *testing.T, w *world) {
				w.sim.SetBehaviour(twiliosim.ByNumber(map[string]twiliosim.Outcome{zhangPhone: twiliosim.Fails(2*time.Second, code)}, twiliosim.Typical()))
				w.press("D-wang")
				after(10 * time.Second)
				w.helper(zhang).is(dispatch.Offered)
				w.helper(sun).isAskedAt()
				w.expectCalls(zhangPhone, 1) // the text has not arrived, so the telephone rings
				w.closes()
				w.endsInSilence()
			})
		})
	}
}
