package main

import (
	"testing"
	"time"

	"onekeyd/dispatch"
)

// Nobody of ours writes into silence, and nobody is answered for ever.
func TestWhoWritesWhileNoCallIsOpenIsAnsweredOnce(t *testing.T) {
	scenario(t, func(t *testing.T, w *world) {
		w.reply(zhangPhone, "1")
		after(time.Second)
		w.expectTexts(zhangPhone, "没有求助需要您处理")
		w.reply(zhangPhone, "谢谢")
		w.reply("+85299999999", "1")
		after(time.Minute)
		w.expectTexts(zhangPhone, "没有求助需要您处理")
		w.silenceOf("+85299999999")
	})
}

// An answer that comes after the end is one to no call.
func TestAnswerAfterTheEnd(t *testing.T) {
	scenario(t, func(t *testing.T, w *world) {
		w.press("D-wang")
		after(10 * time.Second)
		w.closeCase(dispatch.ElderCase(wang))
		after(10 * time.Second)
		w.reply(liPhone, "1")
		after(time.Second)
		w.expectTexts(liPhone, "回复1", "请勿前往", "没有求助需要您处理")
	})
}
