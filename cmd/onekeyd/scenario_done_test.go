package main

import (
	"strings"
	"testing"
	"time"

	"onekeyd/dispatch"
)

// Nobody is at the desk, and whoever was there writes that it is done without
// saying how it ended: they are asked, and by their word the call is closed and
// the family told.
func TestWhoWasThereIsAskedHowItEnded(t *testing.T) {
	scenario(t, func(t *testing.T, w *world) {
		w.press("D-wang")
		after(8 * time.Second)
		w.reply(zhangPhone, "1")
		after(5 * time.Minute)
		w.reply(zhangPhone, "3")
		after(5 * time.Minute)
		w.reply(zhangPhone, "完成")
		w.expectTexts(zhangPhone, "回复1", "由您负责", "处理完请回复完成加结果", "结果如何")
		after(4 * time.Minute)
		inc := w.incident("E-wang")
		if !inc.Open() {
			t.Fatal("it was closed although nobody said how it ended")
		}
		left, _ := inc.Offer(zhang)
		w.reply(zhangPhone, "完成"+inc.Code+"误按")
		o, _ := w.incident("E-wang").Offer(zhang)
		if o.Outcome != dispatch.FalseAlarm || !o.Since.Equal(left.Since) {
			t.Errorf("Zhang's word is %q, and they left at %s and not at %s", o.Outcome, o.Since, left.Since)
		}
		after(2 * time.Second)
		if inc = w.incident("E-wang"); inc.Ended == nil || inc.Ended.Disposition != dispatch.FalseAlarm || inc.Ended.Operator != "plan" {
			t.Errorf("ended %+v", inc.Ended)
		}
		after(10 * time.Second)
		w.expectTexts(sonPhone, "URGENT", "has accepted", "reached", "pressed by mistake")
	})
}

// Said at once, nobody is asked; and what an operator has is theirs to close.
func TestDoneWithItsOutcomeAsksNothing(t *testing.T) {
	scenario(t, func(t *testing.T, w *world) {
		w.press("D-wang")
		after(8 * time.Second)
		w.reply(zhangPhone, "1")
		after(time.Minute)
		w.reply(zhangPhone, "完成平安")
		w.expectTexts(zhangPhone, "回复1", "由您负责", "处理完毕，谢谢")
		after(dispatch.DefaultPlan().Waits.Close + time.Second)
		if end := w.incident("E-wang").Ended; end == nil || end.Disposition != dispatch.Assisted {
			t.Errorf("ended %+v", end)
		}

		w.press("D-liu")
		inc := w.incident("E-liu")
		if _, err := w.d.desk.Acknowledge(t.Context(), inc.ID, "li", inc.Seq); err != nil {
			t.Fatal(err)
		}
		after(8 * time.Second)
		w.reply(liPhone, "1")
		after(time.Minute)
		w.reply(liPhone, "完成")
		if got := w.texts(liPhone); !strings.Contains(got[len(got)-1], "处理完毕，谢谢") {
			t.Errorf("Li is answered %q", got[len(got)-1])
		}
		after(time.Hour)
		if inc = w.incident("E-liu"); !inc.Open() {
			t.Errorf("the plan closed what an operator has: %+v", inc.Ended)
		}
	})
}
