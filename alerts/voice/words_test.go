package voice

import (
	"encoding/json"
	"errors"
	"maps"
	"regexp"
	"strings"
	"testing"

	"onekeyd/alerts"
	"onekeyd/alerts/sms"
)

func load(t *testing.T) *Words {
	t.Helper()
	w, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func params() map[string]string {
	return map[string]string{"name": "王秀兰", "age": "82", "sex": "女", "addr": "幸福里3号楼2单元401", "code": "37", "hint": "独居、听力差", "min": "3"}
}

// rings are the kinds that are told by telephone.
func rings() []alerts.Kind {
	return []alerts.Kind{alerts.ResponderAlert, "responder_alert_min", alerts.FamilyAlert, alerts.ServiceOrder, alerts.Storm, alerts.Escalate, alerts.DeskCall, alerts.Idle, alerts.Engineer}
}

func TestWhatCallsSay(t *testing.T) {
	w := load(t)
	for _, c := range []struct {
		kind               alerts.Kind
		lang, message, ask string
	}{
		{alerts.ResponderAlert, "zh", "求助3 7号，老人按下了紧急求助键。地址：幸福里3号楼2单元401。姓名：王秀兰。82岁，女性。请注意：独居、听力差。", "能去请按1，去不了请按2。"},
		{"responder_alert_min", "zh", "求助3 7号，老人按下了紧急求助键。地址：幸福里3号楼2单元401。", "能去请按1，去不了请按2。"},
		{alerts.ResponderAlert, "en-GB", "Help call number 3 7. An older resident pressed the emergency button. Address: 幸福里3号楼2单元401. Name: 王秀兰. Age 82. Please note: 独居、听力差.", "If you can go, press 1. If you cannot, press 2."},
		{alerts.FamilyAlert, "zh", "您的家人王秀兰刚才按下了紧急求助键。地址：幸福里3号楼2单元401。社区人员已接到通知。", "能赶到请按1，不能赶到请按2。"},
		{alerts.Escalate, "zh-Hans-CN", "求助3 7号已3分钟无人接单。地址：幸福里3号楼2单元401。姓名：王秀兰。请立即派人前往。", "由您接手请按1。"},
		{alerts.DeskCall, "en", "Nobody at the desk has taken help call number 3 7 for 3 minutes. Address: 幸福里3号楼2单元401. Name: 王秀兰. Please act now.", "To take it yourself, press 1."},
	} {
		greet := map[string]string{"zh": "您好，这里是安康一键通紧急求助电话。", "en": "This is OneKey, the emergency call service. "}[Lang(c.lang)]
		s, err := w.Call(c.kind, c.lang, params())
		if err != nil || s.Message != greet+c.message || s.Keys != c.ask || s.Lang != Lang(c.lang) || !strings.Contains(s.Again, "9") {
			t.Errorf("%s in %s: %+v, %v", c.kind, c.lang, s, err)
		}
	}
	bare := map[string]string{"code": "37", "addr": "幸福里3号楼"}
	if s, err := w.Call(alerts.ResponderAlert, "", bare); err != nil || !strings.HasSuffix(s.Message, "老人按下了紧急求助键。地址：幸福里3号楼。") {
		t.Errorf("with an address only: %+v, %v", s, err)
	}
	if len(bare) != 2 || bare["code"] != "37" {
		t.Errorf("the caller's parameters were changed: %v", bare)
	}
	long := params()
	long["hint"] = strings.Repeat("长", 500) // no SMS has to hold it
	if s, err := w.Call(alerts.ResponderAlert, "zh", long); err != nil || !strings.Contains(s.Message, "王秀兰") {
		t.Errorf("a long message loses the name: %+v, %v", s, err)
	}
}

func TestCallsThatCannotBe(t *testing.T) {
	w := load(t)
	for _, kind := range []alerts.Kind{alerts.StandDown, "nonsense", "accepted", "", "_min"} {
		if _, err := w.Call(kind, "zh", params()); !errors.Is(err, sms.ErrUnknownKind) {
			t.Errorf("%q, which is no call: %v", kind, err)
		}
	}
	nowhere := params()
	delete(nowhere, "addr")
	if _, err := w.Call(alerts.ResponderAlert, "zh", nowhere); !errors.Is(err, sms.ErrUnfilled) {
		t.Errorf("without an address: %v", err)
	}
	if _, err := w.Call(alerts.ResponderAlert, "zh", nil); !errors.Is(err, sms.ErrUnfilled) {
		t.Errorf("without anything: %v", err)
	}
	if got := w.Say("nonsense", "zh"); got != "" {
		t.Errorf("nonsense says %q", got)
	}
}

// Both languages have every text, each key that is taught is named, and nothing
// speaks of health or teaches a word that opts out.
func TestTheTableIsWhole(t *testing.T) {
	w := load(t)
	var table map[string]map[string]string
	if err := json.Unmarshal(embedded, &table); err != nil {
		t.Fatal(err)
	}
	odd := regexp.MustCompile(`(?i)diagnos|disease|medical|病|药|取消|退订|\b(cancel|stop|quit|unsubscribe)\b`)
	for lang, other := range map[string]string{"zh": "en", "en": "zh"} {
		for name, text := range table[lang] {
			if _, ok := table[other][name]; !ok {
				t.Errorf("%s has no %s", other, name)
			}
			if word := odd.FindString(text); word != "" {
				t.Errorf("%s/%s says %q", name, lang, word)
			}
		}
		for _, kind := range rings() {
			for _, key := range strings.Split(Taught(kind), "") {
				if key == "" || !strings.Contains(w.Keys(kind, lang), key) {
					t.Errorf("%s/%s does not say what %q is for", kind, lang, key)
				}
			}
			if s, err := w.Call(kind, lang, params()); err != nil || strings.ContainsAny(s.Message, "[]${}") {
				t.Errorf("%s/%s: %+v, %v", kind, lang, s, err)
			}
		}
	}
}

func TestWhatAnswersBecame(t *testing.T) {
	w := load(t)
	if mine, yours := w.Became(alerts.Escalate, alerts.BecameAccepted, "zh"), w.Became(alerts.ResponderAlert, alerts.BecameAccepted, "zh"); !strings.Contains(mine, "接手") || !strings.Contains(yours, "前往") {
		t.Errorf("a supervisor hears %q, a responder %q", mine, yours)
	}
	if got := w.Became(alerts.Engineer, alerts.BecameOver, "en"); !strings.Contains(got, "noted") {
		t.Errorf("the engineer hears %q", got)
	}
	if got := w.Became(alerts.Escalate, alerts.BecameOver, "en"); !strings.Contains(got, "is over") {
		t.Errorf("over: %q", got)
	}
}

func TestTablesThatAreRefused(t *testing.T) {
	whole := map[string]map[string]string{}
	if err := json.Unmarshal(embedded, &whole); err != nil {
		t.Fatal(err)
	}
	for why, change := range map[string]func(zh map[string]string){
		"a text is missing":          func(zh map[string]string) { delete(zh, "lost") },
		"a fixed text has variables": func(zh map[string]string) { zh["lost"] = "${tel}" },
		"brackets do not match":      func(zh map[string]string) { zh["idle"] = "[" },
	} {
		broken := maps.Clone(whole)
		broken["zh"] = maps.Clone(whole["zh"])
		change(broken["zh"])
		raw, err := json.Marshal(broken)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := read(raw); err == nil {
			t.Errorf("%s: not refused", why)
		}
	}
	if _, err := read([]byte(`{`)); err == nil {
		t.Error("what is no JSON is not refused")
	}
}

func TestSpell(t *testing.T) {
	for in, want := range map[string]string{"7": "7", "37": "3 7", "1024": "1 0 2 4", "A7": "A7"} {
		if got := spell(in); got != want {
			t.Errorf("%q is spelt %q, want %q", in, got, want)
		}
	}
}
