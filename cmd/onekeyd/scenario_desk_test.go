package main

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"onekeyd/dispatch"
)

// shown is a console's word that it has painted Wang's call, with its sound running or not.
func (w *world) shown(audio string) {
	w.t.Helper()
	desk := consoleDesk{w.d.desk, w.d.recorder, w.d.board}
	inc := w.incident("E-wang")
	w.must(desk.Seen(w.t.Context(), inc.ID, dispatch.Seen{Operator: "li", Console: "c1", Version: inc.Seq, Audio: audio, Visible: true, At: time.Now()}))
	synctest.Wait()
}

// deskSteps are the steps of the desk's ladder that were taken, with the time since the press.
func (w *world) deskSteps() (deeds []string, at []time.Duration, why []string) {
	w.t.Helper()
	raised := w.incident("E-wang").RaisedAt
	for _, l := range w.facts(dispatch.FactEscalated) {
		if data, _ := l.Data.(map[string]string); data["ladder"] == string(dispatch.LadderDesk) {
			deeds, at, why = append(deeds, data["deed"]), append(at, l.At.Sub(raised).Round(100*time.Millisecond)), append(why, l.Text)
		}
	}
	return deeds, at, why
}

func (w *world) acknowledges(operator string) {
	w.t.Helper()
	inc := w.incident("E-wang")
	_, err := w.d.desk.Acknowledge(w.t.Context(), inc.ID, operator, inc.Seq)
	w.must(err)
	synctest.Wait()
}

// No console has shown it within three seconds, or only a silent one: the supervisor's telephone rings.
func TestACallThatNoConsoleShowsIsEscalated(t *testing.T) {
	for name, see := range map[string]func(*world){"no console": func(*world) {}, "a silent one": func(w *world) { w.shown("suspended") }} {
		t.Run(name, func(t *testing.T) {
			scenarioWith(t, neighbourhood, func(t *testing.T, w *world) {
				w.press("D-wang")
				see(w)
				after(3 * time.Second)
				deeds, at, why := w.deskSteps()
				if len(deeds) != 1 || deeds[0] != string(dispatch.Supervisor) || at[0] > 3*time.Second || !strings.Contains(why[0], "no console") {
					t.Errorf("the desk's steps are %v at %v: %q", deeds, at, why)
				}
				w.expectTexts(supervisorPhone, "值班台无人受理")
				w.expectCalls(supervisorPhone, 1)
				w.reply(supervisorPhone, "1")
				w.closes()
				w.endsInSilence()
			})
		})
	}
}

// A console that can be heard has shown it: there is time to answer, and then the ladder is climbed.
func TestTheDeskHasTimeToAnswer(t *testing.T) {
	scenarioWith(t, neighbourhood, func(t *testing.T, w *world) {
		w.press("D-wang")
		w.shown("running")
		after(9 * time.Second)
		w.silenceOf(supervisorPhone)
		if deeds, _, _ := w.deskSteps(); len(deeds) > 0 {
			t.Errorf("after nine seconds: %v", deeds)
		}
		after(time.Minute)
		deeds, at, _ := w.deskSteps()
		if got := strings.Join(deeds, " "); got != "ring_all louder supervisor next_centre" || at[0] != 10*time.Second || at[1] != 15*time.Second || at[2] != 30*time.Second || at[3] != time.Minute {
			t.Errorf("the desk's steps are %v at %v", deeds, at)
		}
		w.acknowledges("li")
		w.closes()
		w.endsInSilence()
	})
}

// An operator takes it in time: nobody above is told, whatever becomes of the circle.
func TestTheDeskAnswersInTime(t *testing.T) {
	scenarioWith(t, neighbourhood, func(t *testing.T, w *world) {
		w.press("D-wang")
		w.shown("running")
		after(8 * time.Second)
		w.acknowledges("li")
		after(70 * time.Second)
		if deeds, _, _ := w.deskSteps(); len(deeds) > 0 {
			t.Errorf("the desk has it, and %v", deeds)
		}
		w.silenceOf(supervisorPhone)
		w.helper(volunteer(1)).is(dispatch.Offered) // the circle grows all the same
		w.helper(li).accepts()
		w.closes()
		w.endsInSilence()
	})
}

// The shift ends. Who takes it over says why, and must know who had it.
func TestAnotherOperatorTakesItOver(t *testing.T) {
	scenario(t, func(t *testing.T, w *world) {
		w.press("D-wang")
		w.acknowledges("li")
		id := w.incident("E-wang").ID
		if _, err := w.d.desk.TakeOver(t.Context(), id, "wu", "li", " "); !errors.Is(err, dispatch.ErrRefused) {
			t.Errorf("without a reason: %v", err)
		}
		if _, err := w.d.desk.TakeOver(t.Context(), id, "wu", "zhao", "shift ends"); !errors.Is(err, dispatch.ErrStale) {
			t.Errorf("from somebody who does not have it: %v", err)
		}
		if _, err := w.d.desk.TakeOver(t.Context(), id, "wu", "li", "shift ends"); err != nil {
			t.Fatal(err)
		}
		if got := w.facts(dispatch.FactTakenOver); len(got) != 1 || got[0].Text != "shift ends" || w.incident("E-wang").Acked.Operator != "wu" {
			t.Errorf("taken over: %+v, has it: %+v", got, w.incident("E-wang").Acked)
		}
		w.closes()
		w.endsInSilence()
	})
}

// Nobody has spoken with her and nobody was there: one operator alone cannot close it as pressed by mistake.
func TestAFalseAlarmNeedsASecondLook(t *testing.T) {
	for name, prove := range map[string]func(*testing.T, *world){
		"a second operator": func(t *testing.T, w *world) {},
		"she has spoken": func(t *testing.T, w *world) {
			_, err := w.d.desk.Call(t.Context(), w.incident("E-wang").ID, "li", "elder", dispatch.CallSpoke, "")
			w.must(err)
		},
		"somebody is there": func(t *testing.T, w *world) { w.helper(zhang).arrives() },
	} {
		t.Run(name, func(t *testing.T) {
			scenario(t, func(t *testing.T, w *world) {
				w.press("D-wang")
				after(10 * time.Second)
				w.acknowledges("li")
				closes := func(operator string) error {
					inc := w.incident("E-wang")
					_, err := w.d.desk.Close(t.Context(), inc.ID, operator, dispatch.FalseAlarm, "", inc.Seq)
					synctest.Wait()
					return err
				}
				for range 2 {
					if err := closes("li"); !errors.Is(err, dispatch.ErrSecondLook) {
						t.Errorf("li alone: %v", err)
					}
				}
				w.openIncidents(1)
				prove(t, w)
				operator := "li"
				if name == "a second operator" {
					operator = "wu"
				}
				if err := closes(operator); err != nil {
					t.Errorf("%s: %v", operator, err)
				}
				w.openIncidents(0)
				w.endsInSilence()
				w.expectLast(sonPhone, "pressed by mistake")
			})
		})
	}
}

// Nobody knows whose key it is: there is nobody to ask, and the desk's ladder is the way out.
func TestAnUnknownKeyClimbsTheDesksLadder(t *testing.T) {
	scenarioWith(t, neighbourhood, func(t *testing.T, w *world) {
		w.press("D-nobody-knows")
		after(4 * time.Minute)
		w.silenceOf(zhangPhone)
		texts := strings.Join(w.texts(supervisorPhone), "\n")
		if !strings.Contains(texts, "值班台无人受理") || !strings.Contains(texts, "无人接单") {
			t.Errorf("the supervisor hears %q", texts)
		}
		if len(w.texts(centrePhone)) == 0 {
			t.Error("the next centre hears nothing")
		}
		w.reply(supervisorPhone, "1")
		after(time.Second)
		w.expectLast(supervisorPhone, "由您接手")
		w.closeCase("device~D-nobody-knows")
		w.endsInSilence()
	})
}

// Nobody is on call, and nobody at the desk: it is written down that nobody could be told.
func TestNobodyOnCallIsWrittenDown(t *testing.T) {
	scenario(t, func(t *testing.T, w *world) {
		w.press("D-wang")
		after(4 * time.Minute)
		missing := 0
		for _, l := range w.facts(dispatch.FactEscalated) {
			if strings.Contains(l.Text, "nobody is on call as") {
				missing++
			}
		}
		if missing < 4 {
			t.Errorf("%d steps say that nobody is on call: %+v", missing, w.facts(dispatch.FactEscalated))
		}
		w.closes()
		w.endsInSilence()
	})
}
