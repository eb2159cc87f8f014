package main

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"onekeyd/alerts/sms/twiliosim"
	"onekeyd/dispatch"
)

// attempts is how often the carrier was asked to carry a text to a number, whatever it answered.
func (w *world) counting(o func(n int64, m twiliosim.Message) twiliosim.Outcome) *atomic.Int64 {
	var n atomic.Int64
	w.sim.SetBehaviour(func(m twiliosim.Message) twiliosim.Outcome {
		if m.To != zhangPhone {
			return twiliosim.Typical()
		}
		return o(n.Add(1), m)
	})
	return &n
}

func TestCarrierTooBusyIsTriedUntilItTakesTheText(t *testing.T) {
	scenario(t, func(t *testing.T, w *world) {
		free := time.Now().Add(30 * time.Second)
		asked := w.counting(func(int64, twiliosim.Message) twiliosim.Outcome {
			if time.Now().Before(free) {
				return twiliosim.Refuses(http.StatusTooManyRequests, 20429)
			}
			return twiliosim.Typical()
		})
		w.press("D-wang")
		w.silenceOf(zhangPhone)
		w.seesCarrierOut(false)
		after(10 * time.Second)
		w.seesCarrierOut(true)
		after(45 * time.Second) // before the circle asks again
		w.seesCarrierOut(false)
		w.expectTexts(zhangPhone, "幸福里3号楼")
		if a := w.alert("E-wang", zhang); a.State != dispatch.AlertDelivered || asked.Load() < 3 {
			t.Errorf("%s after asking %d times", a.State, asked.Load())
		}
		w.woke("carrier is out and no other serves")
	})
}

// The carrier took the text and the answer was lost. Its receipt carries our id, so nobody is told twice.
func TestLostAnswerIsResolvedByTheReceipt(t *testing.T) {
	scenario(t, func(t *testing.T, w *world) {
		w.counting(func(int64, twiliosim.Message) twiliosim.Outcome {
			o := twiliosim.Delivers(time.Second, 4*time.Second)
			o.Hang = true
			return o
		})
		w.press("D-wang")
		after(50 * time.Second)
		w.expectTexts(zhangPhone, "幸福里3号楼")
		if a := w.alert("E-wang", zhang); a.State != dispatch.AlertDelivered || a.Attempts != 1 {
			t.Errorf("%s after %d attempts, want delivered after one", a.State, a.Attempts)
		}
	})
}

// Nobody can say whether the carrier has it, no receipt comes, and there is no other way: once more, and then the desk is shown the doubt.
func TestUnclearSendIsRepeatedOnce(t *testing.T) {
	scenarioWith(t, textsOnly, func(t *testing.T, w *world) {
		asked := w.counting(func(int64, twiliosim.Message) twiliosim.Outcome {
			return twiliosim.Outcome{Cut: twiliosim.CutAfter}
		})
		w.press("D-wang")
		after(20 * time.Second)
		if asked.Load() != 2 {
			t.Errorf("an unclear text was sent %d times, want 2", asked.Load())
		}
		if a := w.alert("E-wang", zhang); a.State != dispatch.AlertAmbiguous || a.Attempts != 2 {
			t.Errorf("%s after %d attempts, want ambiguous after two", a.State, a.Attempts)
		}
	})
}

func TestBadNumberFailsOnceAndIsShown(t *testing.T) {
	scenario(t, func(t *testing.T, w *world) {
		asked := w.counting(func(int64, twiliosim.Message) twiliosim.Outcome {
			return twiliosim.Refuses(http.StatusBadRequest, 21211)
		})
		w.press("D-wang")
		after(20 * time.Second)
		if a := w.alert("E-wang", zhang); a.State != dispatch.AlertFailed || !strings.Contains(a.Code, "21211") || asked.Load() != 1 {
			t.Errorf("%s with code %q after asking %d times", a.State, a.Code, asked.Load())
		}
		w.expectTexts(liPhone, "幸福里3号楼") // nobody else waits for it
	})
}

func TestReceiptsInAnyOrderAndTwice(t *testing.T) {
	for name, o := range map[string]twiliosim.Outcome{
		"twice":        twiliosim.Twice(twiliosim.Typical()),
		"out of order": twiliosim.Reversed(twiliosim.Typical()),
		"both":         twiliosim.Twice(twiliosim.Reversed(twiliosim.Typical())),
	} {
		t.Run(name, func(t *testing.T) {
			scenario(t, func(t *testing.T, w *world) {
				w.sim.SetBehaviour(twiliosim.Always(o))
				w.press("D-wang")
				after(10 * time.Second)
				if a := w.alert("E-wang", zhang); a.State != dispatch.AlertDelivered {
					t.Errorf("the alert is %s", a.State)
				}
				before := w.incident("E-wang").Seq
				after(4 * time.Second)
				if now := w.incident("E-wang").Seq; now != before {
					t.Errorf("a repeated receipt was appended: %d, then %d", before, now)
				}
			})
		})
	}
}

func TestUndeliveredIsShown(t *testing.T) {
	scenario(t, func(t *testing.T, w *world) {
		w.sim.SetBehaviour(twiliosim.Always(twiliosim.Fails(5*time.Second, 30005)))
		w.press("D-wang")
		after(time.Minute)
		if a := w.alert("E-wang", zhang); a.State != dispatch.AlertFailed || a.Code != "30005" {
			t.Errorf("%s with code %q", a.State, a.Code)
		}
	})
}

// The carrier cannot be reached for a quarter of an hour: texts that are no
// longer worth sending are not sent, and the desk sees that nobody was told.
func TestStaleTextsAreNotSent(t *testing.T) {
	scenario(t, func(t *testing.T, w *world) {
		back := time.Now().Add(15 * time.Minute)
		w.sim.SetBehaviour(func(twiliosim.Message) twiliosim.Outcome {
			if time.Now().Before(back) {
				return twiliosim.Outcome{Cut: twiliosim.CutRefused}
			}
			return twiliosim.Typical()
		})
		w.press("D-wang")
		after(30 * time.Minute)
		for _, a := range w.incident("E-wang").Alerts {
			if late := a.Handed.Sub(a.Intended); late >= 10*time.Minute {
				t.Errorf("%s to %s was sent %s after it was intended", a.Kind, a.To, late)
			}
		}
		if a := w.alert("E-wang", "E-wang#1"); a.State != dispatch.AlertNotSent || a.Code != "stale" {
			t.Errorf("%s with code %q, want not_sent and stale", a.State, a.Code)
		}
		w.woke("carrier is out and no other serves")
	})
}

func TestForgedReceiptChangesNothing(t *testing.T) {
	scenario(t, func(t *testing.T, w *world) {
		w.sim.SetBehaviour(twiliosim.Always(twiliosim.Outcome{}))
		w.press("D-wang")
		after(time.Second)
		a := w.alert("E-wang", zhang)
		req := httptest.NewRequest(http.MethodPost, "/hooks/twilio/status?d="+string(a.ID), strings.NewReader("MessageSid=SM1&MessageStatus=delivered&AccountSid=AC00000000000000000000000000000001"))
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("X-Twilio-Signature", "Zm9yZ2Vk")
		rec := httptest.NewRecorder()
		w.d.handler.ServeHTTP(rec, req.WithContext(t.Context()))
		synctest.Wait()
		if rec.Code != http.StatusForbidden {
			t.Errorf("a forged webhook is answered %d", rec.Code)
		}
		if a := w.alert("E-wang", zhang); a.State != dispatch.AlertHanded {
			t.Errorf("a forged receipt made the alert %s", a.State)
		}
	})
}

func TestRepliesMoveTheOffer(t *testing.T) {
	scenario(t, func(t *testing.T, w *world) {
		w.press("D-wang")
		after(time.Second)
		w.reply(liPhone, "去不了")
		w.reply(chenPhone, "吃饭了吗")
		w.reply(sonPhone, "1")
		w.reply(zhangPhone, "１。")
		after(time.Second)
		inc := w.incident("E-wang")
		for who, want := range map[dispatch.ResponderID]dispatch.AssignmentState{zhang: dispatch.Accepted, li: dispatch.Declined, chen: dispatch.StoodDown, clinic: dispatch.StoodDown} {
			if o, _ := inc.Offer(who); o.State != want {
				t.Errorf("%s is %s, want %s", who, o.State, want)
			}
		}
		w.expectTexts(zhangPhone, "回复1", "由您负责")
		w.expectTexts(liPhone, "回复1", "无法前往")
		w.expectTexts(chenPhone, "回复1", "未识别", "已有人负责")
		w.expectTexts(sonPhone, "URGENT", "Thank you", "张敏 has accepted")
		if bound, _ := w.d.board.Busy(zhang); bound != 1 {
			t.Error("Zhang is on a call and not counted as busy")
		}
		w.press("D-liu")
		if _, asked := w.incident("E-liu").Offer(zhang); asked {
			t.Error("Zhang is on a call and was asked again")
		}
		w.reply(zhangPhone, "3")
		if o, _ := w.incident("E-wang").Offer(zhang); o.State != dispatch.OnScene {
			t.Errorf("Zhang answered 3 and is %s", o.State)
		}
	})
}

// Two calls have told the same clinic; a bare 1 names neither, one with the number does.
func TestReplyThatCouldMeanTwoCalls(t *testing.T) {
	scenario(t, func(t *testing.T, w *world) {
		w.press("D-wang")
		w.press("D-liu")
		after(time.Second)
		w.reply(clinicPhone, "1")
		if bound, _ := w.d.board.Busy(clinic); bound != 0 {
			t.Error("a 1 that could mean two calls was taken for one of them")
		}
		w.reply(clinicPhone, "1 "+w.incident("E-liu").Code)
		if o, _ := w.incident("E-liu").Offer(clinic); o.State != dispatch.Accepted {
			t.Errorf("the clinic named the call and is %s", o.State)
		}
	})
}

// seesCarrierOut looks where desk, probe and graph are told that the carrier is out.
func (w *world) seesCarrierOut(want bool) {
	w.t.Helper()
	const words = "carrier twilio (sms) is out since "
	at := slices.IndexFunc(w.d.troubles(), func(s string) bool { return strings.HasPrefix(s, words) && strings.HasSuffix(s, ": transient 20429") })
	var ready readiness
	code := w.get("/readyz", &ready)
	if (at >= 0) != want || strings.HasPrefix(ready.Checks["carrier"], words) != want || code != http.StatusOK {
		w.t.Errorf("troubles %q, readyz %d %q; out is %v", w.d.troubles(), code, ready.Checks, want)
	}
	families, err := w.d.measured.registry.Gather()
	w.must(err)
	for _, f := range families {
		if f.GetName() == "onekeyd_carrier_out" {
			if got := f.GetMetric()[0].GetGauge().GetValue() == 1; got != want {
				w.t.Errorf("the gauge says out %v, want %v", got, want)
			}
			return
		}
	}
	w.t.Error("there is no onekeyd_carrier_out")
}

func (w *world) silenceOf(phone string) {
	w.t.Helper()
	synctest.Wait()
	if got := w.texts(phone); len(got) != 0 {
		w.t.Errorf("%s has texts %q, want none", phone, got)
	}
}
