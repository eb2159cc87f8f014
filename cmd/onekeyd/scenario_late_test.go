package main

import (
	"testing"
	"time"

	"onekeyd/dispatch"
)

// Answers that come late: welcome while nobody goes, and kindly refused afterwards, once.
func TestLateAnswers(t *testing.T) {
	scenario(t, func(t *testing.T, w *world) {
		w.press("D-wang")
		after(40 * time.Second)
		w.helper(chen).is(dispatch.Lapsed)
		w.helper(chen).accepts()
		after(time.Second)
		w.helper(chen).is(dispatch.Accepted)
		w.expectLast(chenPhone, "由您负责")

		w.helper(li).accepts()
		w.helper(li).accepts()
		after(time.Second)
		if n := countTexts(w.texts(liPhone), "无需前往"); n != 1 {
			t.Errorf("Li, who is late, is told %d times that somebody else goes", n)
		}
		w.helper(zhang).declines()
		w.helper(zhang).declines()
		after(time.Second)
		if n := countTexts(w.texts(zhangPhone), "无法前往"); n != 1 {
			t.Errorf("Zhang is told %d times that she cannot go", n)
		}
		w.helper(chen).arrives()
		w.closes()
		w.endsInSilence()
	})
}

// Words that are no answer get one, and an automatic reply gets no more.
func TestUnknownAnswersGetOneAnswer(t *testing.T) {
	scenario(t, func(t *testing.T, w *world) {
		w.press("D-wang")
		w.press("D-liu")
		after(8 * time.Second)
		for range 4 {
			w.reply(clinicPhone, "1")
			w.reply(chenPhone, "我在开车")
			after(2 * time.Second)
		}
		if n := countTexts(w.texts(clinicPhone), "多个求助"); n != 1 {
			t.Errorf("the clinic is asked %d times which call it means", n)
		}
		if n := countTexts(w.texts(chenPhone), "多个求助") + countTexts(w.texts(chenPhone), "未识别"); n != 1 {
			t.Errorf("an automatic reply is answered %d times", n)
		}
		w.reply(clinicPhone, "1 "+w.incident("E-wang").Code)
		after(time.Second)
		w.helper(clinic).is(dispatch.Accepted)
		if o, _ := w.incident("E-liu").Offer(clinic); o.State.Active() {
			t.Error("the clinic goes to Liu as well")
		}
		w.closes()
		w.closeCase("E-liu")
		w.endsInSilence()
	})
}
