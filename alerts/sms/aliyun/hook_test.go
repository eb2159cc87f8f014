package aliyun

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
code = "SMS_1"
vars = { code = "${code}", addr = "${addr}", who = "${name}[，${age}岁${sex}][，${hint}]" }
[[template]]
kind = "responder_alert_min"
language = "zh"
code = "SMS_2"
vars = { code = "${code}", addr = "${addr}" }
[[template]]
kind = "family_alert"
language = "zh"
code = "SMS_3"
vars = { name = "${name}", time = "${time}", addr = "${addr}" }
`
)

func hookSender(t testing.TB) *Sender {
	t.Helper()
	texts, err := sms.Load(sms.Signatures{})
	if err != nil {
		t.Fatal(err)
	}
	table, err := approved.Read([]byte(templates), approved.Named, texts)
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(Options{AccessKeyID: "id", AccessKeySecret: "key", SignName: "安康一键通", Templates: table, HookSecret: hookSecret})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func parse(s *Sender, method, path, body string) ([]alerts.Event, string, []byte, error) {
	return s.ParseHook(httptest.NewRequest(method, "/hooks/aliyun/"+hookSecret+path, strings.NewReader(body)), []byte(body))
}

// The lines are those of Aliyun's documents, today's and the ones before.
func TestParseHookEvents(t *testing.T) {
	s := hookSender(t)
	for _, c := range []struct {
		why, path, body string
		want            []alerts.Event
	}{
		{"delivered", "/report", `[{"phone_number":"13800138000","send_time":"2017-01-01 00:00:00","report_time":"2017-01-01 00:00:00","success":true,"err_code":"DELIVERED","err_msg":"用户接收成功","sms_size":"1","biz_id":"12345^0","out_id":"i37-c9-1"}]`,
			[]alerts.Event{{Key: "aliyun|12345^0|delivered", NoticeID: "i37-c9-1", Ref: "12345^0", To: "+8613800138000", State: alerts.Delivered}}},
		{"failed, and one of no sense beside it", "/report", `[{"phone_number":"13800138000","success":false,"err_code":"MOBILE_IN_BLACK","biz_id":"1","out_id":"n1"},{"phone_number":"13800138000"},5,{"success":true,"biz_id":"a|b"},
			{"phone_number":"8613800138001","success":false,"err_code":"x y","biz_id":"2","out_id":null}]`,
			[]alerts.Event{
				{Key: "aliyun|1|failed", NoticeID: "n1", Ref: "1", To: "+8613800138000", State: alerts.Failed, Code: "MOBILE_IN_BLACK", Class: alerts.BadNumber},
				{Key: "aliyun|2|failed", Ref: "2", To: "+8613800138001", State: alerts.Failed, Class: alerts.Transient},
			}},
		{"a reply", "/up", `[{"phone_number":"13800138000","content":"1 收到","send_time":"2017-09-01 00:00:00","dest_code":"1234","sequence_id":"1234567890"}]`,
			[]alerts.Event{{From: "+8613800138000", To: "1234", Text: "1 收到", Inbound: true}}},
		{"a reply of the older document", "/up", `[{"phone_number":"13800138000","send_time":"2017-09-01 00:00:00","content":"1","sign_name":"签名","dest_code":"1234","sequence_id":1234567890}]`,
			[]alerts.Event{{From: "+8613800138000", To: "1234", Text: "1", Inbound: true}}},
		{"an empty list", "/report", `[]`, nil},
	} {
		got, contentType, answer, err := parse(s, http.MethodPost, c.path, c.body)
		if err != nil || contentType != "application/json" || string(answer) != `{"code":0,"msg":"ok"}` {
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
	got, _, answer, err := parse(s, http.MethodGet, "/report", "")
	if err != nil || len(got) != 0 || string(answer) != accepted {
		t.Errorf("asked whether we are there: %v, %s, %v", got, answer, err)
	}
}

// A repeated reply has the same key, and no other reply has it.
func TestReplyKeys(t *testing.T) {
	s := hookSender(t)
	seen := map[string]string{}
	for _, line := range []string{
		`{"phone_number":"13800138000","content":"1","send_time":"2017-09-01 00:00:00","dest_code":"1234","sequence_id":"7"}`,
		`{"phone_number":"13800138001","content":"1","send_time":"2017-09-01 00:00:00","dest_code":"1234","sequence_id":"7"}`,
		`{"phone_number":"13800138000","content":"2","send_time":"2017-09-01 00:00:00","dest_code":"1234","sequence_id":"7"}`,
		`{"phone_number":"13800138000","content":"1","send_time":"2017-09-01 00:00:01","dest_code":"1234","sequence_id":"7"}`,
		`{"phone_number":"13800138000","content":"1","send_time":"2017-09-01 00:00:00","dest_code":"1234","sequence_id":"8"}`,
		`{"phone_number":"13800138000","content":"1","send_time":"2017-09-01 00:00:00","dest_code":"1234"}`,
		`{"phone_number":"13800138000","content":"1","send_time":"2017-09-01 00:00:00","dest_code":"1234","sequence_id":"a|b"}`,
	} {
		var keys [2]string
		for n := range keys {
			evs, _, _, err := parse(s, http.MethodPost, "/up", "["+line+"]")
			if err != nil || len(evs) != 1 {
				t.Fatalf("%s: %v, %v", line, evs, err)
			}
			keys[n] = evs[0].Key
		}
		if keys[0] != keys[1] || !strings.HasPrefix(keys[0], "aliyun|in|") {
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
	const good = `[{"phone_number":"13800138000","success":true,"biz_id":"1","out_id":"n1"}]`
	for _, c := range []struct {
		why, method, path, body string
		want                    error
	}{
		{"no such hook", "POST", "/else", good, alerts.ErrMalformed},
		{"PUT", "PUT", "/report", good, alerts.ErrMalformed},
		{"no JSON", "POST", "/report", "x=1", alerts.ErrMalformed},
		{"no list", "POST", "/report", `{"success":true}`, alerts.ErrMalformed},
		{"only nonsense", "POST", "/report", `[{"success":"yes"}]`, alerts.ErrMalformed},
		{"a report where replies come", "POST", "/up", good, alerts.ErrMalformed},
		{"a reply of nobody", "POST", "/up", `[{"phone_number":"张敏","content":"1"}]`, alerts.ErrMalformed},
		{"huge", "POST", "/report", "[" + strings.Repeat(" ", alerts.MaxHookBody) + "]", alerts.ErrMalformed},
	} {
		if evs, _, _, err := parse(s, c.method, c.path, c.body); !errors.Is(err, c.want) || evs != nil {
			t.Errorf("%s: %v, %v", c.why, evs, err)
		}
	}
	for _, path := range []string{"/hooks/aliyun/wrong-wrong-wrong/report", "/hooks/aliyun//report", "/hooks/aliyun/report"} {
		for _, method := range []string{"GET", "POST"} {
			r := httptest.NewRequest(method, path, strings.NewReader(good))
			if evs, _, _, err := s.ParseHook(r, []byte(good)); !errors.Is(err, alerts.ErrForged) || evs != nil {
				t.Errorf("%s %s: %v, %v", method, path, evs, err)
			}
		}
	}
}

func TestNumbers(t *testing.T) {
	for in, want := range map[string]string{
		"13800138000": "+8613800138000", "+8613800138000": "+8613800138000", "8613800138000": "+8613800138000", "008613800138000": "+8613800138000",
		"": "", "138001380001234": "", "张敏": "", "1380013800O": "",
	} {
		if got := e164(in); got != want {
			t.Errorf("%q is %q, want %q", in, got, want)
		}
	}
}

func FuzzParseHook(f *testing.F) {
	f.Add("/hooks/aliyun/"+hookSecret+"/report", `[{"phone_number":"13800138000","success":false,"err_code":"X","biz_id":"1","out_id":"n1"},{}]`)
	f.Add("/hooks/aliyun/"+hookSecret+"/up", `[{"phone_number":"13800138000","content":"1","sequence_id":[1,{"a":2}]}]`)
	f.Add("/hooks/aliyun/x/up", `[`)
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
			if e.Inbound == (e.State != "") || e.Inbound && (e.From == "" || !strings.HasPrefix(e.Key, "aliyun|in|")) || !e.Inbound && !alerts.IsRef(e.Ref) || e.Class != "" && e.State != alerts.Failed {
				t.Fatalf("event %+v", e)
			}
		}
	})
}
