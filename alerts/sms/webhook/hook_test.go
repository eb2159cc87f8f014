package webhook

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
)

const secret = "k7Pq2_xW-9vRtY4m"

func hookSender(t testing.TB) *Sender {
	t.Helper()
	s, err := New(Options{URL: "https://gateway.example/notices", Secret: secret})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Computed by another program in another language.
func TestSignatureVector(t *testing.T) {
	body := []byte(`{"id":"i37-c9-1","text":"求"}`)
	at := time.Unix(1764061200, 0)
	const want = "t=1764061200,v1=8d2f4b91942cea021e28437c7a2641c16c87b07b99bf9d8d5f155707af692712"
	if got := Sign(secret, at, body); got != want {
		t.Fatalf("signed as %s", got)
	}
	for _, c := range []struct {
		value string
		now   time.Time
		ok    bool
	}{
		{want, at, true},
		{strings.ToUpper(want[:2]) + want[2:], at, false},
		{strings.Replace(want, "8d2f", "8D2F", 1), at, true},
		{want, at.Add(5 * time.Minute), true},
		{want, at.Add(-5 * time.Minute), true},
		{want, at.Add(5*time.Minute + time.Second), false},
		{want, at.Add(-5*time.Minute - time.Second), false},
		{strings.Replace(want, "1764061200", "1764061201", 1), at, false},
		{strings.Replace(want, "8d2f", "8d2e", 1), at, false},
		{Sign("", at, body), at, false},
		{want[:40], at, false},
		{"t=1764061200,v1=", at, false},
		{"v1=8d2f,t=1764061200", at, false},
		{"", at, false},
	} {
		if got := signed(secret, c.value, body, c.now); got != c.ok {
			t.Errorf("%s at %s: %v", c.value, c.now, got)
		}
	}
}

func parse(s *Sender, body string) ([]alerts.Event, string, []byte, error) {
	r := httptest.NewRequest(http.MethodPost, "/hooks/webhook/events", strings.NewReader(body))
	r.Header.Set("Onekeyd-Signature", Sign(secret, time.Now(), []byte(body)))
	return s.ParseHook(r, []byte(body))
}

func TestParseHookEvents(t *testing.T) {
	s := hookSender(t)
	got, contentType, answer, err := parse(s, `{"events": [
		{"id": "i37-c9-1", "state": "delivered"},
		{"ref": "77", "state": "failed", "code": "E12", "class": "bad_number"},
		{"id": "n2", "ref": "78", "state": "failed", "class": "stale"},
		{"id": "n3", "state": "handed", "to": "+8613800138000", "unknown": 1},
		{"key": "mo-9", "from": "+8613800138000", "to": "10690", "text": "1 收到"},
		{"key": "mo-10", "from": "+85261234567", "text": ""}
	]}`)
	want := []alerts.Event{
		{Key: "webhook|i37-c9-1||delivered", NoticeID: "i37-c9-1", State: alerts.Delivered},
		{Key: "webhook||77|failed", Ref: "77", State: alerts.Failed, Code: "E12", Class: alerts.BadNumber},
		{Key: "webhook|n2|78|failed", NoticeID: "n2", Ref: "78", State: alerts.Failed, Class: alerts.Transient},
		{Key: "webhook|n3||handed", NoticeID: "n3", To: "+8613800138000", State: alerts.Handed},
		{Key: "webhook|in|mo-9", From: "+8613800138000", To: "10690", Text: "1 收到", Inbound: true},
		{Key: "webhook|in|mo-10", From: "+85261234567", Inbound: true},
	}
	if d := cmp.Diff(want, got, cmpopts.IgnoreFields(alerts.Event{}, "At")); d != "" || err != nil || contentType != "application/json" || string(answer) != `{"ok":true}` {
		t.Errorf("%q %s %v (-want +got):\n%s", contentType, answer, err, d)
	}
	if len(got) > 0 && time.Since(got[0].At) > time.Minute {
		t.Errorf("at %v", got[0].At)
	}
	if got, _, _, err := parse(s, `{"events":[]}`); err != nil || len(got) != 0 {
		t.Errorf("no events: %v, %v", got, err)
	}
}

func TestParseHookRefuses(t *testing.T) {
	s := hookSender(t)
	for _, c := range []struct{ body, says string }{
		{"x", "no JSON"}, {"{}", "no JSON with events"}, {`{"events":5}`, "no JSON"}, {`{"id":"n1","kind":"drill"}`, "no JSON with events"}, // one of our own, sent back
		{`{"events":[{"id":"n1","state":"delivered"},{}]}`, "event 2 has neither"},
		{`{"events":[{"id":"n1"}]}`, "event 1 has no state"}, {`{"events":[{"id":"n1","state":"ambiguous"}]}`, "has no state"},
		{`{"events":[{"ref":"a b","state":"sent"}]}`, "neither"}, {`{"events":[{"id":"n","ref":"a b","state":"sent"}]}`, "has a ref"}, {`{"events":[{"id":"n","code":"号","state":"sent"}]}`, "has a ref or code"},
		{`{"events":[{"from":"+8613800138000","text":"1"}]}`, "without a key"}, {`{"events":[{"key":"a|b","from":"+8613800138000","text":"1"}]}`, "without a key"},
		{`{"events":[{"key":"k","from":"13800138000","text":"1"}]}`, "no E.164"}, {`{"events":[{"key":"k","from":"+861380013800O","text":"1"}]}`, "no E.164"},
		{`{"events":[{"key":"k","from":"+8613800138000","text":"1","state":"sent"}]}`, "a reply and a receipt"},
		{`{"events":[]` + strings.Repeat(" ", alerts.MaxHookBody) + "}", "over"},
	} {
		evs, _, _, err := parse(s, c.body)
		if !errors.Is(err, alerts.ErrMalformed) || evs != nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "13800138") {
			t.Errorf("%.60s: %v, %v", c.body, evs, err)
		}
	}
	const good = `{"events":[{"id":"n1","state":"delivered"}]}`
	for why, value := range map[string]string{
		"unsigned": "", "another secret": Sign("another-secret-of-theirs", time.Now(), []byte(good)), "another body": Sign(secret, time.Now(), []byte(good+" ")),
		"yesterday's": Sign(secret, time.Now().Add(-24*time.Hour), []byte(good)),
	} {
		r := httptest.NewRequest(http.MethodPost, "/hooks/webhook/", strings.NewReader(good))
		r.Header.Set(header, value)
		if evs, _, _, err := s.ParseHook(r, []byte(good)); !errors.Is(err, alerts.ErrForged) || evs != nil {
			t.Errorf("%s: %v, %v", why, evs, err)
		}
	}
	r := httptest.NewRequest(http.MethodGet, "/hooks/webhook/", nil)
	if _, _, _, err := s.ParseHook(r, nil); !errors.Is(err, alerts.ErrMalformed) {
		t.Errorf("GET: %v", err)
	}
}

func FuzzParseHook(f *testing.F) {
	f.Add(`{"events":[{"id":"n1","state":"failed","class":"bad_number","code":"1"},{"key":"k","from":"+8613800138000","text":"1"}]}`, "", true)
	f.Add(`{"events":[{}]}`, "t=1,v1=00", false)
	f.Add(`{"events":null}`, "t=,v1=", true)
	s := hookSender(f)
	f.Fuzz(func(t *testing.T, body, value string, sign bool) {
		if sign {
			value = Sign(secret, time.Now(), []byte(body))
		}
		r := httptest.NewRequest(http.MethodPost, "/", nil)
		r.Header.Set(header, value)
		evs, _, _, err := s.ParseHook(r, []byte(body))
		switch {
		case err == nil && !sign:
			t.Fatalf("let in with %q", value)
		case err != nil && (evs != nil || !errors.Is(err, alerts.ErrForged) && !errors.Is(err, alerts.ErrMalformed)):
			t.Fatalf("refused with %v and %v", evs, err)
		}
		for _, e := range evs {
			if e.Inbound == (e.State != "") || e.Inbound && !alerts.IsRef(strings.TrimPrefix(e.Key, "webhook|in|")) || (e.Class != "") != (e.State == alerts.Failed) {
				t.Fatalf("event %+v", e)
			}
		}
	})
}
