package twilio

import (
	"errors"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"onekeyd/alerts"
	"onekeyd/alerts/sms/twiliosim"
	"onekeyd/alerts/twilioapi"
)

const testRef = "SM0123456789abcdef0123456789abcdef"

func hookSender(t testing.TB, hookURL string) *Sender {
	t.Helper()
	o := options()
	o.HookURL = hookURL
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// parse posts form to target, signed for the URL signedAs.
func parse(s *Sender, signedAs, target string, form url.Values) ([]alerts.Event, string, []byte, error) {
	body := form.Encode()
	r := httptest.NewRequest("POST", target, strings.NewReader(body))
	r.Header.Set("X-Twilio-Signature", twiliosim.Sign(testToken, signedAs, form))
	return s.ParseHook(r, []byte(body))
}

func statusForm(status string, kv ...string) url.Values {
	f := url.Values{"AccountSid": {testSID}, "MessageSid": {testRef}, "MessageStatus": {status}, "From": {"+15005550006"}, "To": {"+85261234567"}}
	for i := 0; i < len(kv); i += 2 {
		f[kv[i]] = append(f[kv[i]], kv[i+1])
	}
	return f
}

func inboundForm(text string) url.Values {
	return url.Values{"AccountSid": {testSID}, "MessageSid": {testRef}, "SmsStatus": {"received"}, "From": {"+85261234567"}, "To": {"+15005550006"}, "Body": {text}}
}

func TestParseHookEvents(t *testing.T) {
	s := hookSender(t, "https://desk.example/hooks/twilio")
	const statusURL = "https://desk.example/hooks/twilio/status?d=i37-c9-1"
	base := alerts.Event{NoticeID: "i37-c9-1", Ref: testRef, From: "+15005550006", To: "+85261234567"}
	for _, c := range []struct {
		form   url.Values
		change func(*alerts.Event)
	}{
		{statusForm("queued"), func(e *alerts.Event) { e.State = alerts.Handed }},
		{statusForm("sent"), func(e *alerts.Event) { e.State = alerts.Sent }},
		{statusForm("delivered", "ErrorCode", ""), func(e *alerts.Event) { e.State = alerts.Delivered }},
		{statusForm("undelivered", "ErrorCode", "30005"), func(e *alerts.Event) { e.State, e.Code, e.Class = alerts.Failed, "30005", alerts.BadNumber }},
		{statusForm("failed"), func(e *alerts.Event) { e.State, e.Class = alerts.Failed, alerts.Transient }},
		{statusForm("failed", "ErrorCode", "30036"), func(e *alerts.Event) { e.State, e.Code, e.Class = alerts.Failed, "30036", alerts.Stale }},
		{statusForm("sent", "MessageStatus", "sent"), func(e *alerts.Event) { e.State = alerts.Sent }}, // the same value twice
	} {
		want := base
		want.Key = "twilio|" + testRef + "|" + c.form.Get("MessageStatus")
		c.change(&want)
		got, ct, answer, err := parse(s, statusURL, statusURL, c.form)
		if err != nil || ct != "" || len(answer) != 0 {
			t.Errorf("%v: %q %q %v", c.form, ct, answer, err)
		}
		if d := cmp.Diff([]alerts.Event{want}, got, cmpopts.IgnoreFields(alerts.Event{}, "At")); d != "" {
			t.Errorf("%v (-want +got):\n%s", c.form, d)
		}
	}
	inbound := "https://desk.example/hooks/twilio/inbound"
	got, ct, answer, err := parse(s, inbound, inbound, inboundForm("1 收到&马上到"))
	want := []alerts.Event{{Key: "twilio|in|" + testRef, Ref: testRef, From: "+85261234567", To: "+15005550006", Text: "1 收到&马上到", Inbound: true}}
	if d := cmp.Diff(want, got, cmpopts.IgnoreFields(alerts.Event{}, "At")); d != "" || err != nil || ct != "text/xml" || string(answer) != "<Response/>" {
		t.Errorf("%q %q %v (-want +got):\n%s", ct, answer, err, d)
	}
	if len(got) == 1 && time.Since(got[0].At) > time.Minute {
		t.Errorf("event at %v", got[0].At)
	}
}

func TestSignedURLs(t *testing.T) {
	const path = "/hooks/twilio/status?d=a%20b&x=1"
	for _, c := range []struct {
		why, hook, signedAs, target string
		ok                          bool
	}{
		{"exact", "https://desk.example/hooks/twilio", "https://desk.example" + path, path, true},
		{"signed with the default port", "https://desk.example/hooks/twilio", "https://desk.example:443" + path, path, true},
		{"http and its default port", "http://desk.example/hooks/twilio", "http://desk.example:80" + path, path, true},
		{"configured port", "https://desk.example:8443/hooks/twilio", "https://desk.example:8443" + path, path, true},
		{"configured port left out by the signer", "https://desk.example:8443/hooks/twilio", "https://desk.example" + path, path, true},
		{"another port", "https://desk.example:8443/hooks/twilio", "https://desk.example:9443" + path, path, false},
		{"IPv6", "https://[2001:db8::1]:8443/hooks/twilio", "https://[2001:db8::1]" + path, path, true},
		{"Host header is not trusted", "https://desk.example/hooks/twilio", "https://evil.example" + path, "https://evil.example" + path, false},
		{"behind a proxy", "https://desk.example/hooks/twilio", "https://desk.example" + path, "http://10.0.0.7:8080" + path, true},
		{"http is not https", "https://desk.example/hooks/twilio", "http://desk.example" + path, path, false},
		{"query re-encoded", "https://desk.example/hooks/twilio", "https://desk.example" + path, "/hooks/twilio/status?d=a+b&x=1", false},
		{"another notice", "https://desk.example/hooks/twilio", "https://desk.example" + path, "/hooks/twilio/status?d=other", false},
	} {
		_, _, _, err := parse(hookSender(t, c.hook), c.signedAs, c.target, statusForm("sent"))
		if c.ok && err != nil || !c.ok && !errors.Is(err, alerts.ErrForged) {
			t.Errorf("%s: %v", c.why, err)
		}
	}
}

func TestParseHookRefuses(t *testing.T) {
	s := hookSender(t, "https://desk.example/hooks/twilio")
	const u = "https://desk.example/hooks/twilio/status"
	other := statusForm("sent")
	other.Set("AccountSid", "AC00000000000000000000000000000009")
	noAccount := statusForm("sent")
	noAccount.Del("AccountSid")
	noRef := statusForm("sent")
	noRef.Del("MessageSid")
	neither := statusForm("")
	call := url.Values{"AccountSid": {testSID}, "CallSid": {"CA1"}, "CallStatus": {"ringing"}}
	for _, c := range []struct {
		why  string
		form url.Values
		want error
	}{
		{"another account", other, alerts.ErrForged},
		{"no sid", noRef, alerts.ErrMalformed},
		{"odd sid", statusForm("sent", "SmsSid", "x", "MessageSid", "|"), alerts.ErrMalformed},
		{"neither status nor message", neither, alerts.ErrMalformed},
		{"a call", call, alerts.ErrMalformed},
		{"two statuses", statusForm("sent", "MessageStatus", "delivered"), alerts.ErrMalformed},
		{"two receivers", statusForm("sent", "To", "+447700900123"), alerts.ErrMalformed},
		{"two bodies", func() url.Values { f := inboundForm("1"); f.Add("Body", "2"); return f }(), alerts.ErrMalformed},
	} {
		evs, _, _, err := parse(s, u, u, c.form)
		if !errors.Is(err, c.want) || evs != nil {
			t.Errorf("%s: %v, %v", c.why, evs, err)
		}
	}

	body := statusForm("sent").Encode()
	good := twiliosim.Sign(testToken, u, statusForm("sent"))
	for _, c := range []struct {
		why, method, sig, body string
		want                   error
	}{
		{"no signature", "POST", "", body, alerts.ErrForged},
		{"signed with the empty key", "POST", twiliosim.Sign("", u, statusForm("sent")), body, alerts.ErrForged},
		{"changed after signing", "POST", good, strings.Replace(body, "sent", "delivered", 1), alerts.ErrForged},
		{"GET", "GET", good, body, alerts.ErrMalformed},
		{"no form", "POST", good, "%zz", alerts.ErrMalformed},
		{"huge", "POST", good, body + "&x=" + strings.Repeat("a", alerts.MaxHookBody), alerts.ErrMalformed},
	} {
		r := httptest.NewRequest(c.method, u, nil)
		r.Header.Set("X-Twilio-Signature", c.sig)
		if evs, _, _, err := s.ParseHook(r, []byte(c.body)); !errors.Is(err, c.want) || evs != nil {
			t.Errorf("%s: %v, %v", c.why, evs, err)
		}
	}
	o := options()
	o.HookURL = ""
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, _, err := parse(s, u, u, statusForm("sent")); !errors.Is(err, alerts.ErrForged) {
		t.Errorf("without a hook url: %v", err)
	}
}

func FuzzParseHook(f *testing.F) {
	f.Add("/hooks/twilio/status?d=i1", statusForm("sent").Encode(), "x", true)
	f.Add("/hooks/twilio/status", statusForm("undelivered", "ErrorCode", "30003", "To", "x").Encode(), "", true)
	f.Add("/hooks/twilio/inbound", inboundForm("1 收到").Encode(), "", true)
	f.Add("/hooks/twilio/inbound?%zz", "Body=%&Body=2;", "AAAA", false)
	f.Add("//evil/x", "", "", true)
	s := hookSender(f, "https://desk.example:8443/hooks/twilio")
	f.Fuzz(func(t *testing.T, target, body, header string, sign bool) {
		u, err := url.ParseRequestURI(target)
		if err != nil {
			t.Skip()
		}
		form, formErr := url.ParseQuery(body)
		r := httptest.NewRequest("POST", "/", nil)
		r.URL = u
		if sign && formErr == nil {
			header = twiliosim.Sign(testToken, "https://desk.example"+u.RequestURI(), form)
		}
		r.Header.Set("X-Twilio-Signature", header)
		evs, _, _, err := s.ParseHook(r, []byte(body))
		switch {
		case err == nil && (!sign || formErr != nil):
			t.Fatalf("accepted unsigned: %+v", evs)
		case err != nil && (evs != nil || !errors.Is(err, alerts.ErrForged) && !errors.Is(err, alerts.ErrMalformed)):
			t.Fatalf("refused with %v and %v", evs, err)
		case err != nil && strings.Contains(err.Error(), "+8526123"):
			t.Fatalf("the refusal shows a number: %v", err)
		}
		for _, e := range evs {
			if !strings.HasPrefix(e.Key, "twilio|") || !twilioapi.IsSID(e.Ref, "SM") && !twilioapi.IsSID(e.Ref, "MM") || form.Get("AccountSid") != testSID {
				t.Fatalf("event %+v from %v", e, form)
			}
			if e.Inbound == (form.Get("MessageStatus") != "") || e.Inbound && e.State != "" || e.Class != "" && e.State != alerts.Failed {
				t.Fatalf("event %+v from %v", e, form)
			}
		}
	})
}
