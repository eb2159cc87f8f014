package main

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"onekeyd/alerts/sms/twiliosim"
	"onekeyd/dispatch"
	"onekeyd/dispatch/dispatchtest"
)

// Everybody is busy or off duty, and the elder presses again and again: the
// family is told once, and the responders are looked for again all the same.
func TestFamilyIsToldOnceAlthoughNobodyCanBeAsked(t *testing.T) {
	scenario(t, func(t *testing.T, w *world) {
		w.nobodyOnDuty()
		for n := range 100 {
			w.press("D-wang", "id", fmt.Sprint(n))
			after(100 * time.Millisecond)
		}
		w.expectTexts(sonPhone, "URGENT")
		if inc := w.incident("E-wang"); inc.Pressed != 100 || len(inc.Alerts) != 1 || inc.Desk == "" {
			t.Errorf("pressed %d, %d alerts, for the desk: %q", inc.Pressed, len(inc.Alerts), inc.Desk)
		}
		w.onDuty(zhang)
		after(15 * time.Second)
		w.press("D-wang")
		w.expectTexts(zhangPhone, "幸福里3号楼")
	})
}

func (w *world) nobodyOnDuty() {
	for _, id := range []dispatch.ResponderID{zhang, li, chen, clinic} {
		w.duty(id, false)
	}
}

func (w *world) onDuty(id dispatch.ResponderID) { w.duty(id, true) }

func (w *world) duty(id dispatch.ResponderID, on bool) {
	w.t.Helper()
	r, ok := w.d.registry.Snapshot().Responder(id)
	if !ok {
		w.t.Fatalf("nobody is called %s", id)
	}
	r.OnDuty = on
	w.must(w.d.registry.PutResponder(w.t.Context(), r, "test"))
	after(10 * time.Millisecond)
}

// The carrier takes nothing for half a minute, and meanwhile the desk closes the call.
func TestNothingIsSentAfterTheIncidentIsClosed(t *testing.T) {
	scenario(t, func(t *testing.T, w *world) {
		free := time.Now().Add(30 * time.Second)
		w.sim.SetBehaviour(func(twiliosim.Message) twiliosim.Outcome {
			if time.Now().Before(free) {
				return twiliosim.Refuses(http.StatusTooManyRequests, 20429)
			}
			return twiliosim.Typical()
		})
		w.press("D-wang")
		after(10 * time.Second)
		inc := w.incident("E-wang")
		if _, err := w.d.desk.Close(t.Context(), inc.ID, "li", dispatch.Assisted, "", inc.Seq); err != nil {
			t.Fatal(err)
		}
		after(10 * time.Minute)
		w.silence()
		w.woke("carrier is out and no other serves")
	})
}

// The first send is lost on the wire, so a second one is promised in the
// journal; whatever dies around that promise, the second one is made.
func TestDyingAroundAPromisedSecondSend(t *testing.T) {
	for n := 1; n <= 6; n++ {
		for _, stored := range []bool{false, true} {
			t.Run(fmt.Sprintf("append %d stored %v", n, stored), func(t *testing.T) {
				scenarioWith(t, textsOnly, func(t *testing.T, w *world) {
					w.counting(func(n int64, _ twiliosim.Message) twiliosim.Outcome {
						if n == 1 {
							return twiliosim.Outcome{Cut: twiliosim.CutBefore}
						}
						return twiliosim.Typical()
					})
					w.halt()
					w.crash = &dispatchtest.Crash{At: n, After: stored}
					w.start()
					w.pressUntilTold("D-wang", "1")
					for range 10 {
						after(5 * time.Second)
						w.revive()
					}
					if got := len(w.texts(zhangPhone)); got < 1 || got > 2 {
						t.Errorf("Zhang has %d texts", got)
					}
				})
			})
		}
	}
}

// slow is a journal on a disk that takes 5 ms, one append after the other.
type slow struct {
	dispatch.Journal
	mu chan struct{}
}

func (s slow) Append(ctx context.Context, e dispatch.Entry, expect uint64) (dispatch.Record, error) {
	s.mu <- struct{}{}
	defer func() { <-s.mu }()
	time.Sleep(5 * time.Millisecond) // in a bubble
	return s.Journal.Append(ctx, e, expect)
}

// A thousand presses of one key must not make another elder wait.
func TestStuckKeyHoldsUpNobodyElse(t *testing.T) {
	scenario(t, func(t *testing.T, w *world) {
		w.halt()
		w.around = func(j dispatch.Journal) dispatch.Journal { return slow{j, make(chan struct{}, 1)} }
		w.start()
		var all sync.WaitGroup
		for n := range 1000 {
			all.Go(func() {
				p := dispatch.Press{ID: dispatch.PressID(fmt.Sprint(n)), Device: "D-wang", Kind: dispatch.SOS, Received: time.Now()}
				if _, err := w.d.journal.PublishPress(t.Context(), p); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		began := time.Now()
		if _, err := w.d.journal.PublishPress(t.Context(), dispatch.Press{ID: "1", Device: "D-liu", Kind: dispatch.SOS, Received: time.Now()}); err != nil {
			t.Fatal(err)
		}
		for len(w.d.board.Open()) < 2 && time.Since(began) < 10*time.Second {
			after(time.Millisecond)
		}
		if waited := time.Since(began); waited > 50*time.Millisecond {
			t.Errorf("Liu's press waited %s behind Wang's key", waited)
		}
		after(10 * time.Second)
		if inc := w.incident("E-wang"); inc.Pressed != 1000 {
			t.Errorf("of 1,000 presses %d are counted", inc.Pressed)
		}
	})
}

func TestAutomaticAnswerIsAnsweredOnce(t *testing.T) {
	scenario(t, func(t *testing.T, w *world) {
		w.press("D-wang")
		after(time.Second)
		for range 30 {
			w.reply(chenPhone, "我正在开车")
			after(time.Second)
		}
		w.expectTexts(chenPhone, "回复1", "未识别")
	})
}

func TestUnclearAnswerIsKeptOnEachCallAndAskedBack(t *testing.T) {
	scenario(t, func(t *testing.T, w *world) {
		w.press("D-wang")
		w.press("D-liu")
		after(time.Second)
		w.reply(clinicPhone, "1")
		after(time.Second)
		for _, c := range []dispatch.CaseID{"E-wang", "E-liu"} {
			found := false
			for _, line := range w.incident(c).Timeline {
				found = found || line.What == dispatch.FactReplied && line.Who == clinic && line.Text == "1"
			}
			if !found {
				t.Errorf("the answer is not on the timeline of %s", c)
			}
		}
		w.expectTexts(clinicPhone, "回复1", "回复1", "多个求助")
	})
}

// A carrier's webhook that is delivered an hour late, or replayed, is about a call that is over.
func TestOldAnswerDoesNotAcceptTheNextCall(t *testing.T) {
	scenario(t, func(t *testing.T, w *world) {
		w.press("D-wang")
		after(time.Second)
		r := dispatch.Reply{Phone: zhangPhone, Verb: dispatch.VerbAccept, Text: "1", Key: "twilio|in|SM1"}
		if _, err := w.d.desk.Reply(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		inc := w.incident("E-wang")
		if _, err := w.d.desk.Close(t.Context(), inc.ID, "li", dispatch.Assisted, "", inc.Seq); err != nil {
			t.Fatal(err)
		}
		after(time.Hour)
		w.restart()
		w.press("D-wang")
		if _, err := w.d.desk.Reply(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		if o, _ := w.incident("E-wang").Offer(zhang); o.State != dispatch.Offered {
			t.Errorf("an answer to the last call made Zhang %s on this one", o.State)
		}
	})
}
