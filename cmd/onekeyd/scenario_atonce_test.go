package main

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"onekeyd/dispatch"
)

// Zhang answers by text and Li on his page, at the same instant: one goes, and
// the other gets a kind word.
func TestTwoAcceptAtTheSameInstant(t *testing.T) {
	scenario(t, func(t *testing.T, w *world) {
		w.press("D-wang")
		after(8 * time.Second)
		id := w.incident("E-wang").ID
		var both sync.WaitGroup
		both.Go(func() {
			if err := w.sim.Reply(t.Context(), zhangPhone, "+15005550006", "1"); err != nil {
				t.Error(err)
			}
		})
		both.Go(func() {
			if _, err := w.d.desk.Answer(t.Context(), dispatch.Answer{Incident: id, Who: li, Verb: dispatch.VerbAccept, Via: "page"}); err != nil {
				t.Error(err)
			}
		})
		both.Wait()
		after(5 * time.Second)
		goes, stays := w.helper(zhang), w.helper(li)
		if w.offer("E-wang", li) == dispatch.Accepted {
			goes, stays = stays, goes
		}
		goes.is(dispatch.Accepted)
		stays.is(dispatch.StoodDown)
		w.expectLast(goes.phone, "由您负责")
		// Covered, or late: both, if the answer came after they had been stood down.
		for _, text := range w.texts(stays.phone)[1:] {
			if !strings.Contains(text, "已有人负责") && !strings.Contains(text, "无需前往") {
				t.Errorf("who was a moment too late hears %q", text)
			}
		}
		if n := len(w.texts(stays.phone)); n < 2 || n > 3 {
			t.Errorf("who was a moment too late has %d texts", n)
		}
		w.helper(chen).hears("回复1", "请勿前往")
		w.closes()
		w.endsInSilence()
	})
}

// One person says yes in every way there is: nothing happens twice.
func TestOnePersonAcceptsManyTimes(t *testing.T) {
	scenario(t, func(t *testing.T, w *world) {
		w.press("D-wang")
		after(8 * time.Second)
		id := w.incident("E-wang").ID
		var all sync.WaitGroup
		for range 3 {
			all.Go(func() {
				if err := w.sim.Reply(t.Context(), zhangPhone, "+15005550006", "1"); err != nil {
					t.Error(err)
				}
			})
			all.Go(func() {
				if _, err := w.d.desk.Answer(t.Context(), dispatch.Answer{Incident: id, Who: zhang, Verb: dispatch.VerbAccept, Via: "page"}); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		synctest.Wait()
		after(10 * time.Second)
		if got := w.facts(dispatch.FactAccepted); len(got) != 1 {
			t.Errorf("Zhang has accepted %d times", len(got))
		}
		w.helper(zhang).hears("回复1", "由您负责")
		w.helper(li).hears("回复1", "请勿前往")
		w.expectTexts(sonPhone, "URGENT", "has accepted")
		w.closes()
		w.endsInSilence()
	})
}

// Enough go: all others are stood down, with a word, within five seconds.
func TestSurplusIsStoodDown(t *testing.T) {
	scenarioWith(t, neighbourhood, func(t *testing.T, w *world) {
		w.press("D-wang")
		after(65 * time.Second) // the circle has grown; some have not answered, others are asked
		w.helper(volunteer(1)).accepts()
		after(5 * time.Second)
		inc := w.incident("E-wang")
		stood := 0
		for _, o := range inc.Offers {
			if o.State == dispatch.Offered {
				t.Errorf("%s is still asked", o.Responder)
			}
			if o.State == dispatch.StoodDown {
				stood++
				w.expectLast(o.Phone, "请勿前往")
			}
		}
		if stood < 5 {
			t.Errorf("%d were stood down", stood)
		}
		if slices.ContainsFunc(w.texts(w.helper(volunteer(1)).phone), func(s string) bool { return strings.Contains(s, "王秀兰") && !strings.Contains(s, "由您负责") }) {
			t.Error("a volunteer was told the name before they had accepted")
		}
		for _, c := range w.sim.Calls() {
			if c.Live() && c.To != supervisorPhone && c.To != centrePhone { // whose desk has not taken it
				t.Errorf("the telephone of %s rings on", c.To)
			}
		}
		w.closes()
		w.endsInSilence()
	})
}
