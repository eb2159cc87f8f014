package aliyun_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"onekeyd/alerts"
	"onekeyd/alerts/sms"
	"onekeyd/alerts/sms/aliyun"
	"onekeyd/alerts/sms/approved"
	"onekeyd/alerts/sms/templatesim"
)

const (
	zhang  = "+8613800138000"
	secret = "k7Pq2_xW-9vRtY4m"
)

func newSim(t testing.TB, change func(*templatesim.Options)) *templatesim.Sim {
	t.Helper()
	o := templatesim.Options{
		Dialect: templatesim.Aliyun, KeyID: "id", Secret: "key", SignName: "安康一键通",
		Templates: []templatesim.Template{
			{Code: "SMS_1", Text: "求助${code}号：${addr}，${who}。接单回复1，去不了回复2。"}, {Code: "SMS_2", Text: "求助${code}号：${addr}，老人按下紧急键。接单回复1，去不了回复2。"},
			{Code: "SMS_3", Text: "紧急求助：${name}于${time}按下求助键，地址${addr}。"},
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
[[template]]
kind = "drill"
language = "zh"
code = "SMS_9"
`

func options(t testing.TB) aliyun.Options {
	t.Helper()
	texts, err := sms.Load(sms.Signatures{})
	if err != nil {
		t.Fatal(err)
	}
	table, err := approved.Read([]byte(templates), approved.Named, texts)
	if err != nil {
		t.Fatal(err)
	}
	return aliyun.Options{AccessKeyID: "id", AccessKeySecret: "key", SignName: "安康一键通", Templates: table, HookSecret: secret}
}

func sender(t testing.TB, sim *templatesim.Sim, change func(*aliyun.Options)) *aliyun.Sender {
	t.Helper()
	o := options(t)
	o.Transport = sim.RoundTripper()
	if change != nil {
		change(&o)
	}
	s, err := aliyun.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func notice(to string) alerts.Notice {
	return alerts.Notice{ID: "i37-c9-1", Kind: alerts.ResponderAlert, Lang: "zh", To: to, Params: map[string]string{
		"code": "37", "addr": "幸福里3号楼2单元401", "name": "王秀兰", "age": "82", "sex": "女", "hint": "独居、听力差"}}
}

// The bytes on the wire, all of them but the nonce and the signature over it.
func TestWire(t *testing.T) {
	var got url.Values
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		if got, err = url.ParseQuery(string(raw)); err != nil || r.Method != "POST" || r.URL.RequestURI() != "/" || r.Header.Get("Content-Type") != "application/x-www-form-urlencoded" {
			t.Errorf("%s %s %q, %v", r.Method, r.URL, r.Header, err)
		}
		io.WriteString(w, `{"Message":"OK","RequestId":"F655","Code":"OK","BizId":"9006197469364984^0"}`)
	}))
	defer srv.Close()
	o := options(t)
	o.BaseURL = srv.URL + "/"
	s, err := aliyun.New(o)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	r, err := s.Send(t.Context(), notice(zhang))
	if err != nil || r != (alerts.Receipt{Ref: "9006197469364984^0", State: alerts.Handed}) {
		t.Fatalf("%+v, %v", r, err)
	}
	if at, err := time.Parse("2006-01-02T15:04:05Z", got.Get("Timestamp")); err != nil || time.Since(at).Abs() > time.Minute {
		t.Errorf("timestamp %q", got.Get("Timestamp"))
	}
	if len(got.Get("SignatureNonce")) < 20 || len(got.Get("Signature")) != 28 {
		t.Errorf("nonce %q, signature %q", got.Get("SignatureNonce"), got.Get("Signature"))
	}
	for _, k := range []string{"Timestamp", "SignatureNonce", "Signature"} {
		got.Del(k)
	}
	want := url.Values{
		"AccessKeyId": {"id"}, "Action": {"SendSms"}, "Format": {"JSON"}, "OutId": {"i37-c9-1"}, "PhoneNumbers": {"13800138000"}, "SignName": {"安康一键通"},
		"SignatureMethod": {"HMAC-SHA1"}, "SignatureVersion": {"1.0"}, "TemplateCode": {"SMS_1"}, "Version": {"2017-05-25"},
		"TemplateParam": {`{"addr":"幸福里3号楼2单元401","code":"37","who":"王秀兰，82岁女，独居、听力差"}`},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("form (-want +got):\n%s", d)
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
		if m := sim.Messages()[1]; m.Template != "SMS_2" || !strings.Contains(m.Text, "长长1401室，老人") {
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
	if c := s.Caps(); c.FreeText || !c.TwoWay || !c.Receipts || c.MaxVarLen != 35 || !c.Serves(zhang) || c.Serves("+85261234567") || c.Serves("+85366123456") || c.Serves("+886912345678") {
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
		{"bad number", templatesim.Refuses("isv.MOBILE_NUMBER_ILLEGAL", "13800138000invalid mobile number"), alerts.BadNumber, "isv.MOBILE_NUMBER_ILLEGAL"},
		{"too many in a minute", templatesim.Refuses("isv.BUSINESS_LIMIT_CONTROL", "触发分钟级流控Permits:1"), alerts.BadNumber, "isv.BUSINESS_LIMIT_CONTROL"},
		{"no money", templatesim.Refuses("isv.OUT_OF_SERVICE", "业务停机"), alerts.BadAccount, "isv.OUT_OF_SERVICE"},
		{"system error", templatesim.Refuses("isp.SYSTEM_ERROR", ""), alerts.Transient, "isp.SYSTEM_ERROR"},
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
				if e, ok := errors.AsType[*alerts.Error](err); ok && (e.Code != c.code || e.Provider != "aliyun") {
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
		change func(*aliyun.Options)
		kind   alerts.Kind
		class  alerts.Class
		code   string
	}{
		{"wrong secret", func(o *aliyun.Options) { o.AccessKeySecret = "other" }, alerts.ResponderAlert, alerts.BadAccount, "SignatureDoesNotMatch"},
		{"wrong key", func(o *aliyun.Options) { o.AccessKeyID = "other" }, alerts.ResponderAlert, alerts.BadAccount, "InvalidAccessKeyId.NotFound"},
		{"wrong path", func(o *aliyun.Options) { o.BaseURL = "https://a.example/elsewhere" }, alerts.ResponderAlert, alerts.BadAccount, "InvalidAction.NotFound"},
		{"wrong sign name", func(o *aliyun.Options) { o.SignName = "东城养护" }, alerts.ResponderAlert, alerts.BadContent, "isv.SMS_SIGNATURE_ILLEGAL"},
		{"template not approved", nil, alerts.Drill, alerts.BadContent, "isv.SMS_TEMPLATE_ILLEGAL"},
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
	_, err := aliyun.New(aliyun.Options{BaseURL: "ftp://a", HookSecret: "short!", HookFrom: "nowhere", Timeout: -1})
	for _, want := range []string{"access key id", "access key secret", "sign name", "templates", "base url", "hook secret", "nowhere", "negative"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not named: %v", want, err)
		}
	}
	o := options(t)
	o.AccessKeyID = ""
	if _, err = aliyun.New(o); err == nil || strings.Contains(err.Error(), secret) {
		t.Errorf("the error shows a secret: %v", err)
	}
}
