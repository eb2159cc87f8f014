package tencent

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"onekeyd/alerts"
	"onekeyd/alerts/sms"
	"onekeyd/alerts/sms/approved"
)

const (
	hookSecret = "k7Pq2_xW-9vRtY4m"
	templates  = `
[[template]]
kind = "responder_alert"
language = "zh"
code = "1110"
vars = ["${code}", "${addr}", "${name}"]
[[template]]
kind = "family_alert"
language = "zh"
code = "1111"
vars = ["${name}", "${time}", "${addr}"]
`
)

func hookSender(t testing.TB) *Sender {
	t.Helper()
	texts, err := sms.Load(sms.Signatures{})
	if err != nil {
		t.Fatal(err)
	}
	table, err := approved.Read([]byte(templates), approved.Positional, texts)
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(Options{SecretID: "id", SecretKey: "key", AppID: "1400006666", SignName: "安康一键通", Templates: table, HookSecret: hookSecret})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func parse(s *Sender, method, path, body string) ([]alerts.Event, string, []byte, error) {
	return s.ParseHook(httptest.NewRequest(method, "/hooks/tencent/"+hookSecret+path, strings.NewReader(body)), []byte(body))
}

// The lines are those of Tencent's documents.
func TestParseHookEvents(t *testing.T) {
	s := hookSender(t)
	for _, c := range []struct {
		why, path, body string
		want            []alerts.Event
	}{
		{"delivered", "/report", `[{"user_receive_time":"2015-10-17 08:03:04","nationcode":"86","mobile":"13800138000","report_status":"SUCCESS","errmsg":"DELIVRD","description":"用户短信送达成功","sid":"8:S79"}]`,
			[]alerts.Event{{Key: "tencent|8:S79|delivered", Ref: "8:S79", To: "+8613800138000", State: alerts.Delivered}}},
		{"with our id, failed, and nonsense beside it", "/report", `[{"nationcode":"86","mobile":"13800138000","report_status":"FAIL","errmsg":"MK:0001","sid":"1","ext":"i37-c9-1"},{"sid":"2"},7,{"sid":"3","report_status":"FAIL","errmsg":"x y"}]`,
			[]alerts.Event{
				{Key: "tencent|1|failed", NoticeID: "i37-c9-1", Ref: "1", To: "+8613800138000", State: alerts.Failed, Code: "MK:0001", Class: alerts.Transient},
				{Key: "tencent|3|failed", Ref: "3", State: alerts.Failed, Class: alerts.Transient},
			}},
		{"a reply", "/reply", ` {"extend":"扩展码","mobile":"13800138000","nationcode":"86","sign":"短信签名","text":"1 收到","time":1457336869}`,
			[]alerts.Event{{From: "+8613800138000", To: "扩展码", Text: "1 收到", Inbound: true}}},
		{"replies in a list", "/reply", `[{"mobile":"13800138000","nationcode":"86","text":"1","time":"1457336869"}]`,
			[]alerts.Event{{From: "+8613800138000", Text: "1", Inbound: true}}},
		{"an empty list", "/report", `[]`, nil},
	} {
		got, contentType, answer, err := parse(s, http.MethodPost, c.path, c.body)
		if err != nil || contentType != "application/json" || string(answer) != `{"result":0,"errmsg":"OK"}` {
			t.Errorf("%s: %q %s %v", c.why, contentType, answer, err)
			continue
		}
		keys := cmpopts.IgnoreFields(alerts.Event{}, "At", "Key")
		if c.path == "/report" {
			keys = cmpopts.IgnoreFields(alerts.Event{}, "At")
		}
		if d := cmp.Diff(c.want, got, keys); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.why, d)
		}
		for _, e := range got {
			if time.Since(e.At) > time.Minute || strings.Contains(e.Key, "13800138") {
				t.Errorf("%s: at %v with key %s", c.why, e.At, e.Key)
			}
		}
	}
}

// A repeated reply has the same key, and no other reply has it.
func TestReplyKeys(t *testing.T) {
	s := hookSender(t)
	seen := map[string]string{}
	for _, line := range []string{
		`{"mobile":"13800138000","nationcode":"86","text":"1","time":1457336869}`,
		`{"mobile":"13800138001","nationcode":"86","text":"1","time":1457336869}`,
		`{"mobile":"13800138000","nationcode":"86","text":"2","time":1457336869}`,
		`{"mobile":"13800138000","nationcode":"86","text":"1","time":1457336870}`,
		`{"mobile":"13800138000","nationcode":"86","text":"1","time":1457336869,"sign":"1"}`,
	} {
		var keys [2]string
		for n := range keys {
			evs, _, _, err := parse(s, http.MethodPost, "/reply", line)
			if err != nil || len(evs) != 1 {
				t.Fatalf("%s: %v, %v", line, evs, err)
			}
			keys[n] = evs[0].Key
		}
		if keys[0] != keys[1] || !strings.HasPrefix(keys[0], "tencent|in|") {
			t.Errorf("%s: keys %q", line, keys)
		}
		if other, taken := seen[keys[0]]; taken {
			t.Errorf("%s and %s have one key", line, other)
		}
		seen[keys[0]] = line
	}
}

func TestParseHookRefuses(t *testing.T) {
	s := hookSender(t)
	const good = `[{"nationcode":"86","mobile":"13800138000","report_status":"SUCCESS","sid":"1"}]`
	for _, c := range []struct {
		why, method, path, body string
	}{
		{"no such hook", "POST", "/else", good},
		{"GET", "GET", "/report", good},
		{"no JSON", "POST", "/report", "x=1"},
		{"nothing", "POST", "/report", ""},
		{"broken list", "POST", "/report", "[1,"},
		{"only nonsense", "POST", "/report", `[{"sid":7}]`},
		{"a report where replies come", "POST", "/reply", good},
		{"a reply of nobody", "POST", "/reply", `{"nationcode":"86","mobile":"张敏","text":"1"}`},
		{"a reply from nowhere", "POST", "/reply", `{"mobile":"13800138000","text":"1"}`},
		{"huge", "POST", "/report", "[" + strings.Repeat(" ", alerts.MaxHookBody) + "]"},
	} {
		if evs, _, _, err := parse(s, c.method, c.path, c.body); !errors.Is(err, alerts.ErrMalformed) || evs != nil {
			t.Errorf("%s: %v, %v", c.why, evs, err)
		}
	}
	for _, path := range []string{"/hooks/tencent/wrong-wrong-wrong/report", "/hooks/tencent//report", "/hooks/tencent/report"} {
		r := httptest.NewRequest("POST", path, strings.NewReader(good))
		if evs, _, _, err := s.ParseHook(r, []byte(good)); !errors.Is(err, alerts.ErrForged) || evs != nil {
			t.Errorf("%s: %v, %v", path, evs, err)
		}
	}
}

func FuzzParseHook(f *testing.F) {
	f.Add("/hooks/tencent/"+hookSecret+"/report", `[{"nationcode":"86","mobile":"13800138000","report_status":"FAIL","errmsg":"MK:1","sid":"1","ext":"n1"},{}]`)
	f.Add("/hooks/tencent/"+hookSecret+"/reply", `{"nationcode":"86","mobile":"13800138000","text":"1","time":1e400}`)
	f.Add("/hooks/tencent/x/reply", `[`)
	s := hookSender(f)
	f.Fuzz(func(t *testing.T, path, body string) {
		r := httptest.NewRequest(http.MethodPost, "/", nil)
		r.URL.Path = path
		evs, _, _, err := s.ParseHook(r, []byte(body))
		switch {
		case err == nil && !strings.Contains(path, "/"+hookSecret+"/"):
			t.Fatalf("let in by %s", path)
		case err != nil && (evs != nil || !errors.Is(err, alerts.ErrForged) && !errors.Is(err, alerts.ErrMalformed)):
			t.Fatalf("refused with %v and %v", evs, err)
		}
		for _, e := range evs {
			if e.Inbound == (e.State != "") || e.Inbound && (e.From == "" || !strings.HasPrefix(e.Key, "tencent|in|")) || !e.Inbound && !alerts.IsRef(e.Ref) || e.Class != "" && e.State != alerts.Failed {
				t.Fatalf("event %+v", e)
			}
		}
	})
}
