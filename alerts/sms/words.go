package sms

import "strings"

// wordVerb is what a word alone means, and whether it is one of the words that
// go with any answer.
func wordVerb(w string) (v Verb, filler bool) {
	w = strings.TrimPrefix(w, "号") // "37号接单": the code's own unit
	w = strings.TrimPrefix(strings.TrimPrefix(w, "收到"), "我")
	switch w {
	case "accept", "accepted", "yes", "y", "接单", "接受", "去", "能去", "可以去", "马上去":
		return Accept, false
	case "decline", "declined", "no", "n", "去不了", "不去", "不能去", "不能", "不接", "接不了", "拒绝", "没空":
		return Decline, false
	case "arrived", "到达", "到了", "已到", "已到达", "到达现场":
		return Arrived, false
	case "backup", "增援", "需增援", "需要增援", "请求增援":
		return Backup, false
	case "done", "finished", "完成", "完成了", "已完成", "处理完", "处理完了", "处理完毕", "已处理", "已处理完", "办完", "办完了":
		return Done, false
	case "", "ok", "okay", "please", "thanks", "received", "好", "好的", "谢谢":
		return Unknown, true
	}
	return Unknown, false
}

// wordOutcome is how it ended by a word alone, "" for any other word.
func wordOutcome(w string) Outcome {
	switch strings.TrimPrefix(strings.TrimPrefix(w, "老人"), "已") {
	case "平安", "没事", "没事了", "安好", "无恙", "无大碍", "扶起", "帮助", "safe", "helped":
		return Assisted
	case "送医", "送医院", "送医了", "去医院", "去医院了", "送120", "hospital":
		return Conveyed
	case "误按", "误报", "误触", "误碰", "误拨", "按错", "按错了", "mistake", "false", "alarm":
		return FalseAlarm
	}
	return ""
}

// doneWith splits a word that says in one that it is done and how it ended, as
// is usual without spaces: 完成误按.
func doneWith(w string) (Outcome, bool) {
	for i := range w {
		if v, _ := wordVerb(w[:i]); v == Done {
			if how := wordOutcome(strings.TrimPrefix(w[i:], "了")); how != "" {
				return how, true
			}
		}
	}
	return "", false
}

// refuses reports whether a word speaks against going. It is asked only of an
// acceptance: "3 没人开门" is an arrival, "1 去不了" is no acceptance.
func refuses(w string) bool {
	switch w {
	case "no", "not", "cannot", "can't", "can’t", "cant", "won't", "won’t", "wont", "don't", "don’t", "dont", "unable", "never",
		"cancel", "stop", "end", "quit", "unsubscribe":
		return true
	}
	for _, s := range [...]string{"不去", "去不", "不能", "不接", "接不", "不行", "不来", "来不", "不了", "不可", "没空", "没时间", "没法", "无法", "拒绝", "取消", "退订"} {
		if strings.Contains(w, s) {
			return true
		}
	}
	return false
}
