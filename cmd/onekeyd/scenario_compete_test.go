package main

import (
	"slices"
	"testing"
	"time"

	"onekeyd/dispatch"
)

// Two elders press within a second. Whoever is asked by both goes to one; the
// other call is not left with somebody who cannot come.
func TestTwoCallsCompeteForTheSamePeople(t *testing.T) {
	scenarioWith(t, neighbourhood, func(t *testing.T, w *world) {
		w.press("D-wang")
		after(500 * time.Millisecond)
		w.press("D-liu")
		after(8 * time.Second)
		of := func(c dispatch.CaseID) (who []dispatch.ResponderID) {
			for _, o := range w.incident(c).Offers {
				if o.State == dispatch.Offered {
					who = append(who, o.Responder)
				}
			}
			return who
		}
		// Who is free comes first: only the last worker has to be shared, and the one clinic.
		both := 0
		for _, who := range of("E-wang") {
			if slices.Contains(of("E-liu"), who) {
				both++
			}
		}
		if both > 2 || len(of("E-liu")) < 4 {
			t.Errorf("Wang asks %v and Liu %v", of("E-wang"), of("E-liu"))
		}
		w.helper(zhang).accepts()
		after(time.Second)
		w.helper(zhang).is(dispatch.Accepted)
		for _, who := range of("E-wang") {
			t.Errorf("%s is still asked to go to Wang", who)
		}
		if got := of("E-liu"); len(got) < 3 {
			t.Errorf("Liu asks %v", got)
		}
		w.reply(w.helper(of("E-liu")[0]).phone, "1 "+w.incident("E-liu").Code)
		after(time.Second)
		if inc := w.incident("E-liu"); !inc.Waiting.IsZero() {
			t.Error("nobody goes to Liu")
		}
		w.closes()
		w.closeCase("E-liu")
		w.endsInSilence()
	})
}

// Who was let go from one call and is asked by another stands at the door of the
// first: a bare 3 must not count for the second, where nobody is.
func TestAnArrivalCountsWhereTheyWent(t *testing.T) {
	scenario(t, func(t *testing.T, w *world) {
		w.press("D-wang")
		after(8 * time.Second)
		w.helper(chen).accepts()
		after(11 * time.Minute)
		w.helper(chen).is(dispatch.Lapsed)
		w.press("D-liu")
		after(8 * time.Second)
		if o, _ := w.incident("E-liu").Offer(chen); o.State != dispatch.Offered {
			t.Fatalf("Chen is %q for Liu", o.State)
		}
		w.helper(chen).arrives()
		after(time.Second)
		w.helper(chen).is(dispatch.OnScene)
		if inc := w.incident("E-liu"); inc.Waiting.IsZero() {
			t.Error("Liu counts as attended by somebody who is with Wang")
		}
		w.closes()
		w.closeCase("E-liu")
		w.endsInSilence()
	})
}

// Off duty is off, in every tier and however long nobody comes.
func TestOffDutyIsOff(t *testing.T) {
	scenarioWith(t, neighbourhood, func(t *testing.T, w *world) {
		w.duty(volunteer(2), false)
		w.duty(sun, false)
		w.press("D-wang")
		after(6 * time.Minute)
		w.silenceOf("+85251110009") // Zhao
		w.silenceOf(w.helper(sun).phone)
		w.silenceOf(w.helper(volunteer(2)).phone)
		w.expectCalls("+85251110009", 0)
		w.duty(sun, true) // and who comes on duty is asked
		after(15 * time.Second)
		w.helper(sun).is(dispatch.Offered)
		w.helper(sun).accepts()
		w.closes()
		w.endsInSilence()
	})
}
