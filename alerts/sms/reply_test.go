package sms

import (
	"strings"
	"testing"
)

func TestParseReply(t *testing.T) {
	for _, c := range []struct {
		text string
		verb Verb
		code string
	}{
		{"1", Accept, ""}, {"2", Decline, ""}, {"3", Arrived, ""}, {"9", Backup, ""},
		{"１", Accept, ""}, {"①", Accept, ""}, {" 1。", Accept, ""}, {"1.", Accept, ""}, {"1!", Accept, ""}, {"“1”", Accept, ""},
		{"1 收到", Accept, ""}, {"收到1", Accept, ""}, {"1收到", Accept, ""}, {"1\r\n", Accept, ""}, {"1 1", Accept, ""}, {"一", Accept, ""}, {"九。", Backup, ""},
		{"1 37", Accept, "37"}, {"1#37", Accept, "37"}, {"1，37", Accept, "37"}, {"１ ３７", Accept, "37"}, {"1 37号", Accept, "37"}, {"1-37", Accept, "37"}, {"1. 37", Accept, "37"},
		{"回复1 37", Accept, "37"}, {"1 2", Accept, "2"}, {"3 1", Arrived, "1"},
		{"37 1", Accept, "37"}, {"37号 1", Accept, "37"}, {"#37: 2", Decline, "37"}, {"9 37", Backup, "37"},
		{"yes", Accept, ""}, {"YES!", Accept, ""}, {"Yes 37", Accept, "37"}, {"ok yes", Accept, ""}, {"accept 37", Accept, "37"}, {"yes 1", Accept, ""}, {"yes 1 37", Accept, "37"},
		{"no", Decline, ""}, {"No 37", Decline, "37"}, {"n", Decline, ""}, {"arrived", Arrived, ""}, {"backup 37", Backup, "37"},
		{"接单", Accept, ""}, {"收到，去不了", Decline, ""}, {"我到了", Arrived, ""}, {"需要增援", Backup, ""}, {"37号接单", Accept, "37"}, {"37号收到", Unknown, ""},
		{"完成", Done, ""}, {"“完成”", Done, ""}, {"我处理完了。", Done, ""}, {"收到，已处理", Done, ""}, {"37号完成", Done, "37"}, {"完成 37", Done, "37"}, {"DONE", Done, ""}, {"done #37", Done, "37"}, {"Finished, thanks", Done, ""},
		{"没完成", Unknown, ""}, {"还没处理完", Unknown, ""}, {"not done", Unknown, ""}, {"完成不了", Unknown, ""}, {"1 完成", Unknown, ""}, {"9 完成", Unknown, ""}, {"到了，完成", Unknown, ""},
		{"1 我5分钟到", Accept, ""}, {"1 马上到，电话13800138000", Accept, ""}, {"1 路上", Accept, ""}, {"1 人在路上", Accept, ""}, {"2 我在外地", Decline, ""}, {"3 没人开门", Arrived, ""}, {"9 不行了", Backup, ""},

		{"", Unknown, ""}, {"   ", Unknown, ""}, {"?", Unknown, ""}, {"收到", Unknown, ""}, {"ok", Unknown, ""}, {"好的", Unknown, ""},
		{"11", Unknown, ""}, {"137", Unknown, ""}, {"37", Unknown, ""}, {"0", Unknown, ""}, {"4", Unknown, ""},
		{"2分钟到", Unknown, ""}, {"2 分钟", Unknown, ""}, {"3 min", Unknown, ""}, {"2 minutes away", Unknown, ""}, {"1点到", Unknown, ""}, {"在3号楼", Unknown, ""}, {"14:32", Unknown, ""}, {"1:2", Unknown, ""}, {"1.5", Unknown, ""}, {"1st", Unknown, ""}, {"x1", Unknown, ""},
		{"1 去不了", Unknown, ""}, {"1 我不能去", Unknown, ""}, {"no 1", Unknown, ""}, {"2 yes", Unknown, ""}, {"1 can't", Unknown, ""}, {"1 到了", Unknown, ""}, {"yes no", Unknown, ""}, {"1 2 3", Unknown, ""}, {"no problem", Unknown, ""}, {"yes I think", Unknown, ""},
		{"cancel", Unknown, ""}, {"CANCEL", Unknown, ""}, {"stop", Unknown, ""}, {"1 cancel", Unknown, ""}, {"1 取消", Unknown, ""}, {"end", Unknown, ""}, {"quit", Unknown, ""},
		{"13800138000", Unknown, ""}, {"\xff\xfe", Unknown, ""}, {"😀", Unknown, ""},
	} {
		if got := ParseReply(c.text); got != (Reply{Verb: c.verb, Code: c.code}) {
			t.Errorf("%q is %q %q, want %q %q", c.text, got.Verb, got.Code, c.verb, c.code)
		}
	}
}

func TestDoneMaySayHowItEnded(t *testing.T) {
	for _, c := range []struct {
		text string
		want Reply
	}{
		{"完成平安", Reply{Done, "", Assisted}}, {"完成 平安", Reply{Done, "", Assisted}}, {"完成，误按。", Reply{Done, "", FalseAlarm}}, {"完成送医", Reply{Done, "", Conveyed}},
		{"完成37平安", Reply{Done, "37", Assisted}}, {"完成 37 已送医院", Reply{Done, "37", Conveyed}}, {"37号完成，误报", Reply{Done, "37", FalseAlarm}}, {"误按，完成", Reply{Done, "", FalseAlarm}},
		{"处理完了，老人平安", Reply{Done, "", Assisted}}, {"我处理完了没事", Reply{Done, "", Assisted}}, {"已处理完误触", Reply{Done, "", FalseAlarm}},
		{"DONE SAFE", Reply{Done, "", Assisted}}, {"done 37 hospital", Reply{Done, "37", Conveyed}}, {"Done, mistake", Reply{Done, "", FalseAlarm}}, {"done: false alarm", Reply{Done, "", FalseAlarm}},
		{"完成", Reply{Done, "", ""}},
		// Neither is said, or two are.
		{"平安", Reply{Verb: Unknown}}, {"误按", Reply{Verb: Unknown}}, {"safe", Reply{Verb: Unknown}}, {"接单 平安", Reply{Verb: Unknown}}, {"yes safe", Reply{Verb: Unknown}},
		{"完成 平安 送医", Reply{Verb: Unknown}}, {"没完成平安", Reply{Verb: Unknown}}, {"完成 没送医", Reply{Verb: Unknown}}, {"完成 不平安", Reply{Verb: Unknown}}, {"not done safe", Reply{Verb: Unknown}},
		{"3 平安", Reply{Verb: Arrived}}, {"9 送医", Reply{Verb: Backup}}, {"2 误按", Reply{Verb: Decline}},
	} {
		if got := ParseReply(c.text); got != c.want {
			t.Errorf("%q is %+v, want %+v", c.text, got, c.want)
		}
	}
}

// Every digit our texts teach means what they say.
func TestTextsTeachTheVerbs(t *testing.T) {
	texts, tab := load(t)
	for _, c := range []struct {
		kind string
		want map[string]Verb
	}{
		{"responder_alert", map[string]Verb{"1": Accept, "2": Decline}},
		{"accept_confirm", map[string]Verb{"3": Arrived, "9": Backup}},
		{"unknown_reply", map[string]Verb{"1": Accept, "2": Decline, "3": Arrived}},
	} {
		for _, lang := range []string{"zh", "en"} {
			text, err := texts.Render(c.kind, lang, tab.Typical[lang])
			if err != nil {
				t.Error(err)
			}
			_, action, _ := strings.Cut(strings.ReplaceAll(text, "接单", "Reply"), "Reply") // from "Reply 1" on
			for digit, verb := range c.want {
				if !strings.Contains(action, digit) && !strings.Contains(text, "回复"+digit) {
					t.Errorf("%s/%s no longer teaches %s: %s", c.kind, lang, digit, text)
				}
				if got := ParseReply(digit); got.Verb != verb {
					t.Errorf("%s teaches %s, which is %s", c.kind, digit, got.Verb)
				}
			}
		}
	}
	for _, lang := range []string{"zh", "en"} {
		for _, kind := range []string{"still_there", "arrived_ack", "service_confirm"} {
			text, err := texts.Render(kind, lang, tab.Typical[lang])
			word := map[string]string{"zh": "完成", "en": "DONE"}[lang]
			if err != nil || !strings.Contains(text, word) || ParseReply(word).Verb != Done {
				t.Errorf("%s/%s teaches %q for done, which is %s: %s, %v", kind, lang, word, ParseReply(word).Verb, text, err)
			}
		}
	}
	for _, kind := range []string{"still_there", "arrived_ack", "done_ask"} {
		for lang, words := range map[string]map[string]Outcome{
			"zh": {"平安": Assisted, "误按": FalseAlarm, "送医": Conveyed}, "en": {"SAFE": Assisted, "MISTAKE": FalseAlarm, "HOSPITAL": Conveyed},
		} {
			text, err := texts.Render(kind, lang, tab.Typical[lang])
			for word, outcome := range words {
				done := map[string]string{"zh": "完成37", "en": "DONE 37 "}[lang]
				if err != nil || !strings.Contains(text, word) || ParseReply(done+word) != (Reply{Done, "37", outcome}) {
					t.Errorf("%s/%s teaches %q, which is %+v: %s, %v", kind, lang, done+word, ParseReply(done+word), text, err)
				}
			}
		}
	}
	got := ParseReply("1 37")
	if got != (Reply{Verb: Accept, Code: "37"}) { // as ambiguous_reply shows it
		t.Errorf("the example of ambiguous_reply is %+v", got)
	}
}

func FuzzParseReply(f *testing.F) {
	for _, s := range []string{"1", "1#37", "37号 1", "１。", "2分钟", "yes 37", "1 去不了", "①", "\xff1", "İ1", "完成37平安", "done false alarm", "完成误按送医", "1.2:3", "can’t 1", "１\u0301 2"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r := ParseReply(s)
		switch r.Verb {
		case Accept, Decline, Arrived, Backup, Done:
		case Unknown:
			if r.Code != "" {
				t.Errorf("%q is unknown with code %q", s, r.Code)
			}
		default:
			t.Errorf("%q gives verb %q", s, r.Verb)
		}
		if r.Outcome != "" && r.Verb != Done {
			t.Errorf("%q is %s and says how it ended", s, r.Verb)
		}
		if len(r.Code) > maxCode {
			t.Errorf("%q gives code %q", s, r.Code)
		}
		for i := 0; i < len(r.Code); i++ {
			if r.Code[i] < '0' || r.Code[i] > '9' {
				t.Errorf("%q gives code %q", s, r.Code)
			}
		}
		if again := ParseReply(normalise(s)); again != r {
			t.Errorf("%q is %+v, normalised %q is %+v", s, r, normalise(s), again)
		}
		if padded := ParseReply("  " + s + "。\n"); padded != r {
			t.Errorf("%q is %+v, padded %+v", s, r, padded)
		}
	})
}
