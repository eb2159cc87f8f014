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
)

const (
	testRef = "CA0123456789abcdef0123456789abcdef"
	origin  = "https://desk.example"
	base    = origin + "/hooks/twilio"
	ours    = "+15005550006"
	theirs  = "+85261234567"
)

// parse posts form to target, signed for it.
func parse(s *Sender, target string, form url.Values) ([]alerts.Event, string, []byte, error) {
	body := form.Encode()
	r := httptest.NewRequest("POST", target, strings.NewReader(body))
	r.Header.Set("X-Twilio-Signature", twiliosim.Sign(testToken, target, form))
	return s.ParseHook(r, []byte(body))
}

func form(kv ...string) url.Values {
	f := url.Values{"AccountSid": {testSID}, "CallSid": {testRef}, "From": {ours}, "To": {theirs}, "Direction": {"outbound-api"}}
	for i := 0; i < len(kv); i += 2 {
		f[kv[i]] = append(f[kv[i]], kv[i+1])
	}
	return f
}

func TestProgress(t *testing.T) {
	s := testSender(t, base)
	for _, c := range []struct {
		form   url.Values
		change func(*alerts.Event)
	}{
		{form("CallStatus", "initiated"), func(e *alerts.Event) { e.State = alerts.Handed }},
		{form("CallStatus", "ringing"), func(e *alerts.Event) { e.State = alerts.Handed }},
		{form("CallStatus", "in-progress"), func(e *alerts.Event) { e.State = alerts.Sent }},
		{form("CallStatus", "completed", "SipResponseCode", "200"), func(e *alerts.Event) { e.State, e.Class, e.Code = alerts.Failed, alerts.Transient, "no-key" }},
		{form("CallStatus", "busy", "SipResponseCode", "486"), func(e *alerts.Event) { e.State, e.Class, e.Code = alerts.Failed, alerts.Transient, "busy" }},
		{form("CallStatus", "failed", "ErrorCode", "13227"), func(e *alerts.Event) { e.State, e.Class, e.Code = alerts.Failed, alerts.BadNumber, "failed 13227" }},
		{form("CallStatus", "canceled"), func(e *alerts.Event) { e.State, e.Class, e.Code = alerts.Failed, alerts.Stale, "stopped" }},
		{form("CallStatus", "something-new"), func(*alerts.Event) {}},
	} {
		want := alerts.Event{NoticeID: "i37-c9-1", Ref: testRef, From: ours, To: theirs, Key: "twilio-voice|" + testRef + "|" + c.form.Get("CallStatus")}
		c.change(&want)
		got, contentType, answer, err := parse(s, base+"/voice?d=i37-c9-1", c.form)
		if err != nil || contentType != "" || len(answer) != 0 {
			t.Errorf("%v: %q %q %v", c.form, contentType, answer, err)
		}
		if d := cmp.Diff([]alerts.Event{want}, got, cmpopts.IgnoreFields(alerts.Event{}, "At")); d != "" {
			t.Errorf("%v (-want +got):\n%s", c.form, d)
		}
		if len(got) == 1 && time.Since(got[0].At) > time.Minute {
			t.Errorf("event at %v", got[0].At)
		}
	}
}

// Whatever the order in which a call's end and its key arrive, the key counts.
func TestAKeyOutlivesTheEnd(t *testing.T) {
	s := testSender(t, base)
	end, _, _, err := parse(s, base+"/voice?d=n1", form("CallStatus", "completed"))
	if err != nil {
		t.Fatal(err)
	}
	key, _, _, err := parse(s, s.action(question{notice: "n1", kind: alerts.ResponderAlert, lang: "zh", attempt: 1}), form("CallStatus", "in-progress", "Digits", "2"))
	if err != nil {
		t.Fatal(err)
	}
	if a, b := end[0].State.Join(key[0].State), key[0].State.Join(end[0].State); a != alerts.Delivered || b != alerts.Delivered {
		t.Errorf("joined to %q and %q", a, b)
	}
}

func TestKeys(t *testing.T) {
	s := testSender(t, base)
	for _, c := range []struct {
		kind    alerts.Kind
		lang    string
		attempt int
		digits  string
		event   bool
		says    string
		again   bool
	}{
		{alerts.ResponderAlert, "zh", 1, "1", true, "已记录", false},
		{alerts.ResponderAlert, "en", 2, "2", true, "noted", false},
		{alerts.FamilyAlert, "zh", 1, "1", true, "已记录", false},
		{alerts.Escalate, "zh", 1, "1", true, "已记录", false},
		{alerts.Escalate, "zh", 1, "2", false, "由您接手请按1", true},
		{alerts.ResponderAlert, "zh", 1, "9", false, "能去请按1", true}, // backup, if anybody read it as a reply
		{alerts.ResponderAlert, "zh", 1, "3", false, "能去请按1", true}, // arrived
		{alerts.ResponderAlert, "en", 2, "#", false, "press 1", true},
		{alerts.ResponderAlert, "zh", 1, "12", false, "能去请按1", true},
		{alerts.ResponderAlert, "zh", 1, "", false, "能去请按1", true},
		{alerts.ResponderAlert, "en", 3, "5", false, "No key", false},
		{alerts.StandDown, "zh", 1, "1", false, "没有用处", true},
	} {
		q := question{notice: "i37-c9-1", kind: c.kind, lang: c.lang, attempt: c.attempt}
		evs, contentType, answer, err := parse(s, s.action(q), form("CallStatus", "in-progress", "Digits", c.digits, "msg", "Gather End"))
		if err != nil || contentType != "text/xml" || !strings.Contains(string(answer), c.says) {
			t.Errorf("%+v: %q %s %v", c, contentType, answer, err)
		}
		if strings.Contains(string(answer), "<Gather") != c.again || !strings.HasSuffix(string(answer), "<Hangup></Hangup></Response>") {
			t.Errorf("%+v: %s", c, answer)
		}
		var want []alerts.Event
		if c.event {
			want = []alerts.Event{{Key: "twilio-voice|in|" + testRef + "|" + string(rune('0'+c.attempt)), NoticeID: "i37-c9-1", Ref: testRef, From: theirs, To: ours, State: alerts.Delivered, Text: c.digits, Inbound: true}}
		}
		if d := cmp.Diff(want, evs, cmpopts.IgnoreFields(alerts.Event{}, "At")); d != "" {
			t.Errorf("%+v (-want +got):\n%s", c, d)
		}
	}
}

// A key that could not be stored is asked for again under another key of its
// own, and not for ever.
func TestUnstoredIsAskedAgain(t *testing.T) {
	s := testSender(t, base)
	q := question{notice: "n1", kind: alerts.ResponderAlert, lang: "zh", attempt: 1}
	for attempt := 1; attempt <= maxAttempts; attempt++ {
		q.attempt = attempt
		_, answer := s.Answer(httptest.NewRequest("POST", s.action(q), nil), alerts.Event{}, alerts.BecameUnstored)
		next := q
		next.attempt++
		if last := attempt == maxAttempts; strings.Contains(string(answer), strings.ReplaceAll(s.action(next), "&", "&amp;")) == last || !strings.Contains(string(answer), "指挥中心") {
			t.Errorf("attempt %d: %s", attempt, answer)
		}
	}
}

func TestWhatAnAnswerSays(t *testing.T) {
	s := testSender(t, base)
	for b, want := range map[alerts.Became][2]string{
		alerts.BecameAccepted: {"由您负责", "is yours"}, alerts.BecameDeclined: {"去不了", "cannot go"}, alerts.BecameTaken: {"无需前往", "need not go"},
		alerts.BecameNoted: {"已记录", "noted"}, alerts.BecameOver: {"已经结束", "is over"},
	} {
		for n, lang := range []string{"zh", "en"} {
			r := httptest.NewRequest("POST", s.action(question{notice: "n1", kind: alerts.ResponderAlert, lang: lang, attempt: 1}), nil)
			if _, answer := s.Answer(r, alerts.Event{}, b); !strings.Contains(string(answer), want[n]) || strings.Contains(string(answer), "<Gather") {
				t.Errorf("%s in %s: %s", b, lang, answer)
			}
		}
	}
}

func TestParseHookRefuses(t *testing.T) {
	s := testSender(t, base)
	const target = base + "/voice?d=n1&k=responder_alert&l=zh&n=1"
	other := form("CallStatus", "ringing")
	other.Set("AccountSid", "AC00000000000000000000000000000009")
	nobody := form("CallStatus", "ringing")
	nobody.Del("CallSid")
	for why, c := range map[string]struct {
		form url.Values
		want error
	}{
		"another account": {other, alerts.ErrForged},
		"no call":         {nobody, alerts.ErrMalformed},
		"odd call":        {form("CallStatus", "ringing", "CallSid", "|"), alerts.ErrMalformed},
		"neither":         {form(), alerts.ErrMalformed},
		"a message":       {url.Values{"AccountSid": {testSID}, "MessageSid": {"SM1"}, "MessageStatus": {"sent"}}, alerts.ErrMalformed},
		"two keys":        {form("CallStatus", "in-progress", "Digits", "1", "Digits", "2"), alerts.ErrMalformed},
		"two statuses":    {form("CallStatus", "ringing", "CallStatus", "busy"), alerts.ErrMalformed},
		"two receivers":   {form("CallStatus", "ringing", "To", "+447700900123"), alerts.ErrMalformed},
	} {
		if evs, _, answer, err := parse(s, target, c.form); !errors.Is(err, c.want) || evs != nil || answer != nil {
			t.Errorf("%s: %v, %v", why, evs, err)
		}
	}
	pressed := form("CallStatus", "in-progress", "Digits", "1")
	for why, signedFor := range map[string]string{"another notice": strings.Replace(target, "d=n1", "d=n2", 1), "another kind": strings.Replace(target, "responder", "family", 1), "another attempt": strings.Replace(target, "n=1", "n=2", 1)} {
		r := httptest.NewRequest("POST", target, nil)
		r.Header.Set("X-Twilio-Signature", twiliosim.Sign(testToken, signedFor, pressed))
		if evs, _, _, err := s.ParseHook(r, []byte(pressed.Encode())); !errors.Is(err, alerts.ErrForged) || evs != nil {
			t.Errorf("signed for %s: %v, %v", why, evs, err)
		}
	}
}

func FuzzParseHook(f *testing.F) {
	f.Add("/hooks/twilio/voice?d=i1", form("CallStatus", "ringing").Encode(), "x", true)
	f.Add("/hooks/twilio/voice?d=i1&k=responder_alert&l=en&n=1", form("CallStatus", "in-progress", "Digits", "1").Encode(), "", true)
	f.Add("/hooks/twilio/voice?d=%00&k=escalate&l=&n=-7", form("Digits", "2").Encode(), "", true)
	f.Add("/hooks/twilio/voice?n=99999999999999999999&k=family_alert", form("Digits", "9").Encode(), "", true)
	f.Add("/hooks/twilio/voice", form("CallStatus", "failed", "ErrorCode", "-1", "SipResponseCode", "404").Encode(), "", true)
	f.Add("/hooks/twilio/voice?%zz", "Digits=%&Digits=2;", "AAAA", false)
	f.Add("//evil/x", "", "", true)
	s := testSender(f, base)
	f.Fuzz(func(t *testing.T, target, body, header string, sign bool) {
		u, err := url.ParseRequestURI(target)
		if err != nil {
			t.Skip()
		}
		sent, formErr := url.ParseQuery(body)
		r := httptest.NewRequest("POST", "/", nil)
		r.URL = u
		if sign && formErr == nil {
			header = twiliosim.Sign(testToken, origin+u.RequestURI(), sent)
		}
		r.Header.Set("X-Twilio-Signature", header)
		evs, contentType, answer, err := s.ParseHook(r, []byte(body))
		switch {
		case err == nil && (!sign || formErr != nil):
			t.Fatalf("accepted unsigned: %+v", evs)
		case err != nil && (evs != nil || answer != nil || !errors.Is(err, alerts.ErrForged) && !errors.Is(err, alerts.ErrMalformed)):
			t.Fatalf("refused with %v and %v", evs, err)
		case err != nil && strings.Contains(err.Error(), "+8526123"):
			t.Fatalf("the refusal shows a number: %v", err)
		case err == nil && len(evs) == 0 && answer == nil:
			t.Fatal("a key that is no answer must be answered")
		}
		if _, faults := allowed(answer); contentType != "" && len(faults) > 0 {
			t.Fatalf("answered %s: %v", answer, errors.Join(faults...))
		}
		for _, e := range evs {
			if !strings.HasPrefix(e.Key, "twilio-voice|") {
				t.Fatalf("key %q", e.Key)
			}
			if e.Inbound != sent.Has("Digits") || e.Inbound && (e.Text != "1" && e.Text != "2" || e.State != alerts.Delivered) || !e.Inbound && e.State == alerts.Delivered {
				t.Fatalf("event %+v from %v", e, sent)
			}
			if (e.Class != "") != (e.State == alerts.Failed) {
				t.Fatalf("event %+v from %v", e, sent)
			}
			if e.Inbound {
				if _, again := s.Answer(r, e, alerts.BecameUnstored); len(again) == 0 {
					t.Fatal("nothing is said")
				} else if _, faults := allowed(again); len(faults) > 0 {
					t.Fatalf("answered %s: %v", again, errors.Join(faults...))
				}
			}
		}
	})
}
