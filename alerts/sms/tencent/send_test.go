package tencent_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"onekeyd/alerts"
	"onekeyd/alerts/sms"
	"onekeyd/alerts/sms/approved"
	"onekeyd/alerts/sms/templatesim"
	"onekeyd/alerts/sms/tencent"
)

const (
	zhang  = "+8613800138000"
	secret = "k7Pq2_xW-9vRtY4m"
)

func newSim(t testing.TB, change func(*templatesim.Options)) *templatesim.Sim {
	t.Helper()
	o := templatesim.Options{
		Dialect: templatesim.Tencent, KeyID: "id", Secret: "key", App: "1400006666", SignName: "安康一键通",
		Templates: []templatesim.Template{
			{Code: "1110", Text: "求助{1}号：{2}，{3}。接单回复1，去不了回复2。"}, {Code: "1112", Text: "求助{1}号：{2}，老人按下紧急键。接单回复1，去不了回复2。"},
			{Code: "1111", Text: "紧急求助：{1}于{2}按下求助键，地址{3}。"},
		},
	}
	if change != nil {
		change(&o)
	}
	s := templatesim.New(o)
	t.Cleanup(s.Close)
	return s
}

const templates = `
[[template]]
kind = "responder_alert"
language = "zh"
code = "1110"
vars = ["${code}", "${addr}", "${name}[，${age}岁${sex}][，${hint}]"]
[[template]]
kind = "responder_alert_min"
language = "zh"
code = "1112"
vars = ["${code}", "${addr}"]
[[template]]
kind = "family_alert"
language = "zh"
code = "1111"
vars = ["${name}", "${time}", "${addr}"]
[[template]]
kind = "drill"
language = "zh"
code = "9"
[[template]]
kind = "resolved"
language = "zh"
code = "1111"
vars = ["${name}"]
`

func options(t testing.TB) tencent.Options {
	t.Helper()
	texts, err := sms.Load(sms.Signatures{})
	if err != nil {
		t.Fatal(err)
	}
	table, err := approved.Read([]byte(templates), approved.Positional, texts)
	if err != nil {
		t.Fatal(err)
	}
	return tencent.Options{SecretID: "id", SecretKey: "key", AppID: "1400006666", SignName: "安康一键通", Templates: table, HookSecret: secret}
}

func sender(t testing.TB, sim *templatesim.Sim, change func(*tencent.Options)) *tencent.Sender {
	t.Helper()
	o := options(t)
	o.Transport = sim.RoundTripper()
	if change != nil {
		change(&o)
	}
	s, err := tencent.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func notice(to string) alerts.Notice {
	return alerts.Notice{ID: "i37-c9-1", Kind: alerts.ResponderAlert, Lang: "zh", To: to, Params: map[string]string{
		"code": "37", "addr": "幸福里3号楼2单元401", "name": "王秀兰", "age": "82", "sex": "女", "hint": "独居、听力差"}}
}

// The bytes on the wire.
func TestWire(t *testing.T) {
	var header http.Header
	var body, host string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, err := io.ReadAll(r.Body)
		if err != nil || r.Method != "POST" || r.URL.RequestURI() != "/" {
			t.Errorf("%s %s, %v", r.Method, r.URL, err)
		}
		header, body, host = r.Header, string(raw), r.Host
		io.WriteString(w, `{"Response":{"SendStatusSet":[{"SerialNo":"5000:1045710669157053657849499619","PhoneNumber":"+8613800138000","Fee":2,"SessionContext":"i37-c9-1","Code":"Ok","Message":"send success","IsoCode":"CN"}],"RequestId":"a0aabda6"}}`)
	}))
	defer srv.Close()
	o := options(t)
	o.BaseURL = srv.URL + "/"
	s, err := tencent.New(o)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	r, err := s.Send(t.Context(), notice(zhang))
	if err != nil || r != (alerts.Receipt{Ref: "5000:1045710669157053657849499619", State: alerts.Handed, Segments: 2}) {
		t.Fatalf("%+v, %v", r, err)
	}
	const want = `{"PhoneNumberSet":["+8613800138000"],"SmsSdkAppId":"1400006666","SignName":"安康一键通","TemplateId":"1110","TemplateParamSet":["37","幸福里3号楼2单元401","王秀兰，82岁女，独居、听力差"],"SessionContext":"i37-c9-1"}`
	if body != want {
		t.Errorf("body %s\nwant %s", body, want)
	}
	for k, v := range map[string]string{"Content-Type": "application/json; charset=utf-8", "X-Tc-Action": "SendSms", "X-Tc-Version": "2021-01-11", "X-Tc-Region": "ap-guangzhou"} {
		if header.Get(k) != v {
			t.Errorf("%s: %q", k, header.Get(k))
		}
	}
	if at, err := strconv.ParseInt(header.Get("X-Tc-Timestamp"), 10, 64); err != nil || time.Since(time.Unix(at, 0)).Abs() > time.Minute || host != strings.TrimPrefix(srv.URL, "http://") {
		t.Errorf("timestamp %q, host %s", header.Get("X-Tc-Timestamp"), host)
	}
	if !strings.HasPrefix(header.Get("Authorization"), "TC3-HMAC-SHA256 Credential=id/") {
		t.Errorf("authorization %q", header.Get("Authorization"))
	}
}

func TestSend(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim := newSim(t, nil)
		s := sender(t, sim, nil)
		n := notice(zhang)
		n.NotAfter = time.Now().Add(10 * time.Minute)
		r, err := s.Send(t.Context(), n)
		got := sim.Messages()
		if err != nil || len(got) != 1 || r.Ref != got[0].Ref || r.State != alerts.Handed {
			t.Fatalf("%+v of %+v, %v", r, got, err)
		}
		if m := got[0]; m.Text != "【安康一键通】求助37号：幸福里3号楼2单元401，王秀兰，82岁女，独居、听力差。接单回复1，去不了回复2。" || m.NoticeID != "i37-c9-1" || m.To != zhang {
			t.Errorf("message %+v", m)
		}
		n = notice(zhang)
		n.ID, n.Params["name"], n.Params["addr"] = "n2", "", strings.Repeat("长", 60)+"1401室"
		if _, err := s.Send(t.Context(), n); err != nil {
			t.Fatal(err)
		}
		if m := sim.Messages()[1]; m.Template != "1112" || !strings.Contains(m.Text, strings.Repeat("长", 60)+"1401室，老人") {
			t.Errorf("short form %+v", m)
		}
	})
}

func TestRefusedBeforeAnyRequest(t *testing.T) {
	sim := newSim(t, nil)
	s := sender(t, sim, nil)
	for _, c := range []struct {
		why    string
		change func(*alerts.Notice)
		want   alerts.Class
	}{
		{"Hong Kong", func(n *alerts.Notice) { n.To = "+85261234567" }, alerts.BadNumber},
		{"no number", func(n *alerts.Notice) { n.To = "张敏" }, alerts.BadNumber},
		{"long id", func(n *alerts.Notice) { n.ID = "0123456789abcdef" }, alerts.BadContent},
		{"no address", func(n *alerts.Notice) { n.Params["addr"] = "" }, alerts.BadContent},
		{"no template", func(n *alerts.Notice) { n.Kind = alerts.StandDown }, alerts.BadContent},
		{"stale", func(n *alerts.Notice) { n.NotAfter = time.Now().Add(-time.Second) }, alerts.Stale},
	} {
		n := notice(zhang)
		c.change(&n)
		if _, err := s.Send(t.Context(), n); alerts.ClassOf(err) != c.want {
			t.Errorf("%s: %v", c.why, err)
		}
	}
	if got := sim.Stats(); got != (templatesim.Stats{}) {
		t.Errorf("requests were made: %+v", got)
	}
	if c := s.Caps(); c.FreeText || !c.TwoWay || !c.Receipts || c.MaxVarLen != 0 || !c.Serves(zhang) || c.Serves("+85261234567") || c.Serves("+85366123456") || c.Serves("+886912345678") {
		t.Errorf("caps %+v", c)
	}
}

func TestAnswers(t *testing.T) {
	for _, c := range []struct {
		why   string
		o     templatesim.Outcome
		class alerts.Class
		code  string
	}{
		{"accepted", templatesim.Loses(), "", ""},
		{"bad number", templatesim.Refuses("InvalidParameterValue.IncorrectPhoneNumber", "+8613800138000 is no number"), alerts.BadNumber, "InvalidParameterValue.IncorrectPhoneNumber"},
		{"too soon", templatesim.Refuses("LimitExceeded.PhoneNumberThirtySecondLimit", "the number of sms messages sent exceeds"), alerts.BadNumber, "LimitExceeded.PhoneNumberThirtySecondLimit"},
		{"no money", templatesim.Refuses("FailedOperation.InsufficientBalanceInSmsPackage", "insufficient balance"), alerts.BadAccount, "FailedOperation.InsufficientBalanceInSmsPackage"},
		{"timeout behind the gateway", templatesim.Refuses("InternalError.Timeout", ""), alerts.Unclear, "InternalError.Timeout"},
		{"gateway", templatesim.Outcome{HTTP: 502}, alerts.Unclear, ""},
		{"busy", templatesim.Outcome{HTTP: 503}, alerts.Transient, ""},
		{"redirect", templatesim.Outcome{HTTP: 307}, alerts.BadAccount, ""},
		{"never connected", templatesim.Outcome{Cut: templatesim.CutRefused}, alerts.Transient, ""},
		{"cut before", templatesim.Outcome{Cut: templatesim.CutBefore}, alerts.Unclear, ""},
		{"cut after", templatesim.Outcome{Cut: templatesim.CutAfter}, alerts.Unclear, ""},
		{"hangs", templatesim.Outcome{Hang: true}, alerts.Unclear, ""},
	} {
		t.Run(c.why, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sim := newSim(t, func(o *templatesim.Options) { o.Behaviour = templatesim.Always(c.o) })
				start := time.Now()
				_, err := sender(t, sim, nil).Send(t.Context(), notice(zhang))
				if alerts.ClassOf(err) != c.class {
					t.Fatalf("class %q: %v", alerts.ClassOf(err), err)
				}
				if e, ok := errors.AsType[*alerts.Error](err); ok && (e.Code != c.code || e.Provider != "tencent") {
					t.Errorf("error %+v", e)
				}
				if err != nil && strings.Contains(err.Error(), "13800138") {
					t.Errorf("the error shows the number: %v", err)
				}
				if took := time.Since(start); c.o.Hang != (took == 3*time.Second) {
					t.Errorf("took %s", took)
				}
				if n := sim.Stats().Sends; n != 1 {
					t.Errorf("%d requests were made", n)
				}
			})
		})
	}
}

// What only a real service would tell: a wrong key, signature or template.
func TestRefusedByTheService(t *testing.T) {
	sim := newSim(t, nil)
	for _, c := range []struct {
		why    string
		change func(*tencent.Options)
		kind   alerts.Kind
		class  alerts.Class
		code   string
	}{
		{"wrong secret", func(o *tencent.Options) { o.SecretKey = "other" }, alerts.ResponderAlert, alerts.BadAccount, "AuthFailure.SignatureFailure"},
		{"wrong id", func(o *tencent.Options) { o.SecretID = "other" }, alerts.ResponderAlert, alerts.BadAccount, "AuthFailure.SecretIdNotFound"},
		{"wrong app", func(o *tencent.Options) { o.AppID = "1" }, alerts.ResponderAlert, alerts.BadAccount, "UnauthorizedOperation.SmsSdkAppIdVerifyFail"},
		{"wrong sign name", func(o *tencent.Options) { o.SignName = "东城养护" }, alerts.ResponderAlert, alerts.BadContent, "FailedOperation.SignatureIncorrectOrUnapproved"},
		{"template not approved", nil, alerts.Drill, alerts.BadContent, "FailedOperation.TemplateIncorrectOrUnapproved"},
		{"too few variables", nil, alerts.Resolved, alerts.BadContent, "FailedOperation.TemplateParamSetNotMatchApprovedTemplate"},
	} {
		n := notice(zhang)
		n.Kind = c.kind
		_, err := sender(t, sim, c.change).Send(t.Context(), n)
		e, ok := errors.AsType[*alerts.Error](err)
		if !ok || e.Class != c.class || e.Code != c.code {
			t.Errorf("%s: %v", c.why, err)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	_, err := tencent.New(tencent.Options{BaseURL: "ftp://a", HookSecret: "short!", HookFrom: "nowhere", Timeout: -1})
	for _, want := range []string{"secret id", "secret key", "app id", "sign name", "templates", "base url", "hook secret", "nowhere", "negative"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not named: %v", want, err)
		}
	}
	o := options(t)
	o.SecretID, o.BaseURL = "", "https://a.example/path"
	if _, err = tencent.New(o); err == nil || !strings.Contains(err.Error(), "has a path") || strings.Contains(err.Error(), secret) {
		t.Errorf("the error shows a secret: %v", err)
	}
}
