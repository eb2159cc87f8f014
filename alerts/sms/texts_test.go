package sms

import (
	"encoding/json"
	"errors"
	"maps"
	"regexp"
	"strings"
	"testing"
)

func load(t *testing.T) (*Texts, table) {
	t.Helper()
	texts, err := Load(Signatures{})
	if err != nil {
		t.Fatal(err)
	}
	var tab table
	if err := json.Unmarshal(embedded, &tab); err != nil {
		t.Fatal(err)
	}
	return texts, tab
}

func with(params map[string]string, kv ...string) map[string]string {
	out := maps.Clone(params)
	for i := 0; i < len(kv); i += 2 {
		out[kv[i]] = kv[i+1]
	}
	return out
}

// Typical values are a mainland number's: no link goes there. The longest are an
// overseas one's, with a link where the text has a place for it.
func TestEveryTextRendersAndFits(t *testing.T) {
	texts, tab := load(t)
	langs := map[string]int{}
	for _, x := range tab.Texts {
		langs[x.Lang]++
		for _, c := range []struct {
			name   string
			params map[string]string
			max    int
		}{{"typical", tab.Typical[x.Lang], 1}, {"longest", tab.Longest[x.Lang], 2}} {
			s, err := texts.Render(x.Kind, x.Lang, c.params)
			if err != nil {
				t.Errorf("%s %s: %v", x.Lang, c.name, err)
				continue
			}
			enc, units, parts := Segments(s)
			t.Logf("%-20s %s %-7s %s %3d/%d %s", x.Kind, x.Lang, c.name, enc, units, parts, s)
			if parts > c.max {
				t.Errorf("%s/%s %s takes %d SMS: %s", x.Kind, x.Lang, c.name, parts, s)
			}
			if strings.Contains(s, "${") || strings.ContainsAny(s, "[]") {
				t.Errorf("%s/%s shows its template: %s", x.Kind, x.Lang, s)
			}
			if !strings.HasPrefix(s, tab.Signature[x.Lang]) {
				t.Errorf("%s/%s is not signed: %s", x.Kind, x.Lang, s)
			}
			if x.Lang == "en" && enc != GSM7 {
				t.Errorf("%s/en does not travel in GSM-7: %s", x.Kind, s)
			}
		}
	}
	if langs["zh"] != langs["en"] || langs["zh"] < 15 {
		t.Errorf("texts per language: %v", langs)
	}
}

// What Chinese providers refuse in a template, and words no text of ours may teach.
func TestTextsKeepTheCarriersRules(t *testing.T) {
	_, tab := load(t)
	stop := regexp.MustCompile(`(?i)\b(cancel|stop|quit|end|unsubscribe)\b|取消|退订|https?://`)
	for _, x := range tab.Texts {
		flat := strings.NewReplacer("[", "", "]", "").Replace(x.Text)
		if strings.Contains(flat, "}${") {
			t.Errorf("%s/%s has adjacent variables", x.Kind, x.Lang)
		}
		if strings.ContainsAny(flat, "【】★※→●[]") {
			t.Errorf("%s/%s has a character providers refuse", x.Kind, x.Lang)
		}
		if w := stop.FindString(flat); w != "" {
			t.Errorf("%s/%s says %q", x.Kind, x.Lang, w)
		}
	}
}

func TestEmptyOptionalValuesLeaveNoScar(t *testing.T) {
	texts, tab := load(t)
	for _, c := range []struct{ lang, want string }{
		{"zh", "【安康一键通】求助37号：幸福里3号楼2单元401，王秀兰。接单回复1，去不了回复2。"},
		{"en", "OneKey: HELP #37: Bldg 3 Unit 2 Rm 401, Xingfuli. Wang Xiulan. Reply 1 to accept, 2 if you cannot go."},
	} {
		p := with(tab.Typical[c.lang], "hint", "", "age", " \n")
		delete(p, "sex")
		got, err := texts.Render("responder_alert", c.lang, p)
		if err != nil || got != c.want {
			t.Errorf("got %q, %v\nwant %q", got, err, c.want)
		}
	}
	got, err := texts.Render("responder_alert", "zh", with(tab.Typical["zh"], "hint", ""))
	if err != nil || got != "【安康一键通】求助37号：幸福里3号楼2单元401，王秀兰，82岁女。接单回复1，去不了回复2。" {
		t.Errorf("without a hint: %q, %v", got, err)
	}
}

func TestShortForm(t *testing.T) {
	texts, tab := load(t)
	short := "【安康一键通】求助937号：长宁区新华路街道幸福里小区13号楼2单元1401室，老人按下紧急键。接单回复1，去不了回复2。"
	if got, err := texts.Render("responder_alert", "zh", tab.Longest["zh"]); err != nil || got != short {
		t.Errorf("too long: %q, %v", got, err)
	}
	if got, err := texts.Render("responder_alert", "zh", with(tab.Longest["zh"], "name", "")); err != nil || got != short {
		t.Errorf("no name: %q, %v", got, err)
	}
	// When the short form does not save an SMS either, the long one tells more.
	long, err := texts.Render("responder_alert", "zh", with(tab.Longest["zh"], "addr", strings.Repeat("里", 45)))
	if err != nil || !strings.Contains(long, "需轮椅") {
		t.Errorf("both need two SMS: %q, %v", long, err)
	}
	if _, err := texts.Render("responder_alert", "zh", with(tab.Typical["zh"], "addr", "")); !errors.Is(err, ErrUnfilled) || !strings.Contains(err.Error(), "addr") {
		t.Errorf("no address: %v", err)
	}
}

// A call for help of which little is known must still reach those above the
// responders, and a missing detail must not silence an answer.
func TestLittleKnownIsStillTold(t *testing.T) {
	texts, tab := load(t)
	for _, kind := range []string{
		"escalate", "desk_call", "idle", "taken_ack", "storm", "engineer", "late_accept", "stand_down", "released", "still_there", "arrived_ack", "backup_ack", "done_ack", "done_ask",
		"no_call_open", "family_coming_ack", "resolved_other", "service_closed", "unknown_reply", "ambiguous_reply", "cannot_go_ack",
	} {
		for _, lang := range []string{"zh", "en"} {
			got, err := texts.Render(kind, lang, map[string]string{"code": "37", "time": "14:32"})
			if err != nil || strings.Contains(got, "  ") || strings.Contains(got, "。。") || len(got) < len(tab.Signature[lang])+20 {
				t.Errorf("%s/%s without anything else: %q, %v", kind, lang, got, err)
			}
		}
	}
}

func TestRenderRefusals(t *testing.T) {
	texts, tab := load(t)
	if _, err := texts.Render("family_alert", "zh", nil); !errors.Is(err, ErrUnfilled) {
		t.Errorf("no parameters: %v", err)
	}
	if _, err := texts.Render("nonsense", "zh", tab.Typical["zh"]); !errors.Is(err, ErrUnknownKind) {
		t.Errorf("unknown kind: %v", err)
	}
}

func TestLanguages(t *testing.T) {
	texts, tab := load(t)
	for lang, want := range map[string]string{"en": "OneKey", "en-GB": "OneKey", "EN_us": "OneKey", "zh-Hans-CN": "安康", "fr": "安康", "": "安康"} {
		got, err := texts.Render("drill", lang, tab.Typical["zh"])
		if err != nil || !strings.Contains(got, want) {
			t.Errorf("%q gives %q, %v", lang, got, err)
		}
	}
}

func TestValuesStayValues(t *testing.T) {
	texts, _ := load(t)
	got, err := texts.Render("drill", "zh", map[string]string{"code": "3\n7 ${code}[x]【银行】"})
	if err != nil || got != "【安康一键通】演练通知3 7 ${code}[x]（银行）号，非真实求助。收到请回复1。" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestSignaturesAreReplaced(t *testing.T) {
	texts, err := Load(Signatures{Zh: "【东城养护】", En: "East: "})
	if err != nil {
		t.Fatal(err)
	}
	for lang, want := range map[string]string{"zh": "【东城养护】演练", "en": "East: DRILL"} {
		if got, err := texts.Render("drill", lang, map[string]string{"code": "1"}); err != nil || !strings.HasPrefix(got, want) {
			t.Errorf("%s: %q, %v", lang, got, err)
		}
	}
}

func TestBadTables(t *testing.T) {
	one := func(text string) string {
		b, _ := json.Marshal(text)
		return `{"texts":[{"kind":"a","lang":"zh","text":` + string(b) + `}]}`
	}
	for why, raw := range map[string]string{
		"not JSON": `{`, "open part": one("a[b"), "closed part": one("a]b"), "nested": one("[a[b]]"), "open variable": one("${a"),
		"no name": one("${}"), "lone dollar": one("5$"), "too many parts": one(strings.Repeat("[${a}]", 64)),
		"twice": `{"texts":[{"kind":"a","lang":"zh"},{"kind":"a","lang":"zh"}]}`,
	} {
		if _, err := parse([]byte(raw), Signatures{}); err == nil {
			t.Errorf("%s: not refused", why)
		}
	}
}

func BenchmarkRender(b *testing.B) {
	texts, err := Load(Signatures{})
	if err != nil {
		b.Fatal(err)
	}
	p := map[string]string{"code": "37", "addr": "幸福里3号楼2单元401", "name": "王秀兰", "age": "82", "sex": "女", "hint": "独居、听力差"}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := texts.Render("responder_alert", "zh", p); err != nil {
			b.Fatal(err)
		}
	}
}
