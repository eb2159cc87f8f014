package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"onekeyd/dispatch"
	"onekeyd/dispatch/board"
	"onekeyd/dispatch/dispatchtest"
)

// hour is an hour of two elders' lives: presses, a repeat, answers, the desk.
// Every step is tried again while the daemon is down, as devices, carriers and
// people do.
func hour(w *world) {
	w.pressUntilTold("D-wang", "w1")
	after(3 * time.Second)
	w.pressUntilTold("D-liu", "l1")
	after(3 * time.Second)
	w.replyUntilTaken(liPhone, "2 "+w.incident("E-wang").Code)
	w.replyUntilTaken(zhangPhone, "1 "+w.incident("E-wang").Code)
	w.pressUntilTold("D-wang", "w2")
	after(3 * time.Second)
	w.atTheDesk("E-liu", func(inc *dispatch.Incident) error {
		_, err := w.d.desk.Acknowledge(w.t.Context(), inc.ID, "li", inc.Seq)
		return err
	})
	for range 4 {
		after(5 * time.Second)
		w.revive()
	}
	w.replyUntilTaken(zhangPhone, "3 "+w.incident("E-wang").Code)
	w.atTheDesk("E-wang", func(inc *dispatch.Incident) error {
		_, err := w.d.desk.Close(w.t.Context(), inc.ID, "li", dispatch.Assisted, "平安", inc.Seq)
		return err
	})
	w.pressUntilTold("D-wang", "w1") // a retransmission that took its time
	for range 8 {
		after(5 * time.Second)
		w.revive()
	}
}

// The hour is lived through once for every append in it, and the process dies
// there: before the entry is stored, and after. On the same disk it starts
// again, and nobody who called may have been forgotten.
func TestDyingAtEveryAppend(t *testing.T) {
	appends := 0
	scenario(t, func(t *testing.T, w *world) {
		w.crash = &dispatchtest.Crash{}
		w.halt()
		w.start()
		hour(w)
		appends = w.crash.Appends()
		w.nobodyForgotten("w1", "w2", "l1")
		w.cameToItsEnd("w1")
	})
	if appends < 8 {
		t.Fatalf("the hour has %d appends; it does not test much", appends)
	}
	// What carriers report is gathered into appends by chance: an hour has a few more or less.
	fewest := appends - 4
	for n := 1; n <= appends; n++ {
		for _, stored := range []bool{false, true} {
			t.Run(fmt.Sprintf("append %d of %d stored %v", n, appends, stored), func(t *testing.T) {
				scenario(t, func(t *testing.T, w *world) {
					w.halt()
					w.crash = &dispatchtest.Crash{At: n, After: stored}
					w.start()
					hour(w)
					if w.crash != nil && n <= fewest { // revive forgets the crash
						t.Errorf("append %d never came", n)
					}
					w.nobodyForgotten("w1", "w2", "l1")
					w.cameToItsEnd("w1")
				})
			})
		}
	}
}

// revive starts the daemon again if it has died.
func (w *world) revive() {
	w.t.Helper()
	if w.crash == nil || !w.crash.Dead() {
		return
	}
	if err := <-w.done; err != nil {
		w.t.Errorf("the daemon ended with %v", err)
	}
	w.crash = nil
	after(time.Second)
	w.start()
	after(2 * time.Second)
}

// pressUntilTold presses as a device does: the same press again until it is told received.
func (w *world) pressUntilTold(device, id string) {
	w.t.Helper()
	for range 10 {
		if w.press(device, "id", id) {
			w.revive()
			return
		}
		after(5 * time.Second)
		w.revive()
	}
	w.t.Errorf("device %s was never told that press %s is received", device, id)
}

// replyUntilTaken answers as a carrier does: its webhook again until it gets a 200.
func (w *world) replyUntilTaken(phone, text string) {
	w.t.Helper()
	for range 10 {
		if err := w.sim.Reply(w.t.Context(), phone, "+15005550006", text); err == nil {
			after(time.Second)
			w.revive()
			return
		}
		after(5 * time.Second)
		w.revive()
	}
	w.t.Errorf("the reply of %s was never taken", phone)
}

func (w *world) atTheDesk(c dispatch.CaseID, do func(*dispatch.Incident) error) {
	w.t.Helper()
	var err error
	for range 10 {
		w.revive()
		inc, _ := w.d.board.Case(c)
		if !inc.Open() {
			return // the command came through although nobody heard of it
		}
		if err = do(inc); err == nil {
			after(time.Second)
			w.revive()
			return
		}
		after(2 * time.Second)
	}
	w.t.Errorf("the desk could not act on %s: %v", c, err)
}

// nobodyForgotten: each acknowledged press has an incident, and each message
// that was intended reached the carrier once or, where the daemon died over it, twice.
func (w *world) nobodyForgotten(presses ...dispatch.PressID) {
	w.t.Helper()
	seen := map[dispatch.IncidentID]bool{}
	for _, p := range presses {
		device := dispatch.DeviceID("D-wang")
		if p[0] == 'l' {
			device = "D-liu"
		}
		id, ok := w.d.board.Handled(dispatch.Press{Device: device, ID: p})
		if !ok {
			w.t.Errorf("press %s was acknowledged and has no incident", p)
		}
		seen[id] = true
	}
	if len(seen) != 2 {
		w.t.Errorf("the presses are on %d incidents, want one an elder", len(seen))
	}
	sent := map[string]int{}
	for _, m := range w.sim.Messages() {
		if !m.Inbound {
			sent[m.NoticeID]++
		}
	}
	for _, c := range w.sim.Calls() {
		sent[c.NoticeID]++
	}
	told := 0
	for id := range seen {
		for _, a := range w.whole(id).Alerts {
			told++
			least := 1
			if a.State == dispatch.AlertNotSent && a.Code == "overtaken" || a.State == dispatch.AlertFailed && a.Code == "stopped" {
				least = 0 // it was no longer wanted when the daemon was back, or its turn came
			}
			if n := sent[string(a.ID)]; n < least || n > 2 {
				w.t.Errorf("alert %s to %s (%s, now %s %q) reached the carrier %d times", a.ID, a.To, a.Kind, a.State, a.Code, n)
			}
			delete(sent, string(a.ID))
		}
	}
	if told < 9 {
		w.t.Errorf("only %d people were told", told)
	}
	for id := range sent {
		w.t.Errorf("the carrier got %s, which no incident intends", id)
	}
}

// cameToItsEnd: whatever died in between, Li's refusal, Zhang's acceptance and
// arrival count once each, and the family heard of all of it.
func (w *world) cameToItsEnd(p dispatch.PressID) {
	w.t.Helper()
	id, _ := w.d.board.Handled(dispatch.Press{Device: "D-wang", ID: p})
	inc := w.whole(id)
	moved := map[string]int{}
	for _, l := range inc.Timeline {
		if l.What == dispatch.FactDeclined || l.What == dispatch.FactAccepted || l.What == dispatch.FactOnScene {
			moved[string(l.What)+" "+l.Who]++
		}
	}
	for _, want := range []string{"declined R-li", "accepted R-zhang", "on_scene R-zhang"} {
		if moved[want] != 1 {
			w.t.Errorf("%s %d times: %v", want, moved[want], moved)
		}
	}
	if inc.Ended == nil || inc.Ended.Disposition != dispatch.Assisted {
		w.t.Errorf("ended %+v", inc.Ended)
	}
	heard := strings.Join(w.texts(sonPhone), "\n")
	for _, want := range []string{"URGENT", "has accepted", "reached", "confirmed"} {
		if !strings.Contains(heard, want) {
			w.t.Errorf("the family heard %q, without %q", heard, want)
		}
	}
}

// whole is an incident, open or archived.
func (w *world) whole(id dispatch.IncidentID) *dispatch.Incident {
	w.t.Helper()
	if c, ok := w.d.board.Find(id); ok {
		inc, _ := w.d.board.Case(c)
		return inc
	}
	doc, err := w.d.journal.Archived(w.t.Context(), id)
	w.must(err)
	inc, err := board.Unfold(doc)
	w.must(err)
	return inc
}
