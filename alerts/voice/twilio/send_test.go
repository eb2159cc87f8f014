package twilio_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"onekeyd/alerts"
	"onekeyd/alerts/sms/twiliosim"
	"onekeyd/alerts/twilioapi"
	"onekeyd/alerts/voice/twilio"
)

// spy keeps the forms that go over the wire.
type spy struct {
	next  http.RoundTripper
	forms []url.Values
}

func (s *spy) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := r.GetBody()
	if err != nil {
		return nil, err
	}
	again := r.Clone(r.Context())
	again.Body = body
	if err := again.ParseForm(); err != nil {
		return nil, err
	}
	s.forms = append(s.forms, again.PostForm)
	return s.next.RoundTrip(r)
}

func sender(t *testing.T, sim *twiliosim.Sim, transport http.RoundTripper) *twilio.Sender {
	t.Helper()
	sid, token := sim.Account()
	s, err := twilio.New(twilio.Options{Account: twilioapi.Account{AccountSID: sid, AuthToken: token, HookURL: hookURL, Transport: transport}, From: ours})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func newSim(t *testing.T, o twiliosim.CallOutcome) *twiliosim.Sim {
	t.Helper()
	sim := twiliosim.New(twiliosim.Options{NoCallbacks: true, Calls: twiliosim.AllCalls(o)})
	t.Cleanup(func() {
		if err := sim.Close(); err != nil {
			t.Error(err)
		}
	})
	return sim
}

func TestSend(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim := newSim(t, twiliosim.CallOutcome{})
		wire := &spy{next: sim.RoundTripper()}
		r, err := sender(t, sim, wire).Send(t.Context(), notice(alerts.ResponderAlert, "zh"))
		if err != nil {
			t.Fatal(err)
		}
		if c := sim.Calls(); len(c) != 1 || r.Ref != c[0].SID || r.State != alerts.Handed || c[0].NoticeID != "n1" {
			t.Errorf("receipt %+v of %+v", r, c)
		}
		got := wire.forms[0]
		if doc := got.Get("Twiml"); !strings.Contains(doc, "求助3 7号") || !strings.Contains(doc, "/voice?d=n1&amp;k=responder_alert&amp;l=zh&amp;n=1") {
			t.Errorf("document %s", doc)
		}
		got.Del("Twiml")
		want := url.Values{
			"To": {zhang}, "From": {ours}, "Timeout": {"25"}, "StatusCallback": {hookURL + "/voice?d=n1"},
			"StatusCallbackEvent": {"initiated", "ringing", "answered", "completed"},
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("form (-want +got):\n%s", d)
		}
	})
}

func TestRefusedBeforeAnyRequest(t *testing.T) {
	sim := newSim(t, twiliosim.CallOutcome{})
	s := sender(t, sim, sim.RoundTripper())
	for why, c := range map[string]struct {
		change func(*alerts.Notice)
		want   alerts.Class
	}{
		"mainland number": {func(n *alerts.Notice) { n.To = "+8613800138000" }, alerts.BadNumber},
		"no number":       {func(n *alerts.Notice) { n.To = "张敏" }, alerts.BadNumber},
		"long id":         {func(n *alerts.Notice) { n.ID = "0123456789abcdef" }, alerts.BadContent},
		"no address":      {func(n *alerts.Notice) { n.Params = nil }, alerts.BadContent},
		"told by SMS":     {func(n *alerts.Notice) { n.Kind = alerts.StandDown }, alerts.BadContent},
		"too long":        {func(n *alerts.Notice) { n.Params["hint"] = strings.Repeat("长", 4000) }, alerts.BadContent},
		"stale":           {func(n *alerts.Notice) { n.NotAfter = time.Now().Add(-time.Second) }, alerts.Stale},
	} {
		n := notice(alerts.ResponderAlert, "zh")
		c.change(&n)
		if _, err := s.Send(t.Context(), n); alerts.ClassOf(err) != c.want {
			t.Errorf("%s: %v", why, err)
		}
	}
	if got := sim.Stats(); got != (twiliosim.Stats{}) {
		t.Errorf("requests were made: %+v", got)
	}
}

func TestAnswers(t *testing.T) {
	for _, c := range []struct {
		why   string
		o     twiliosim.Outcome
		class alerts.Class
		code  string
	}{
		{"accepted", twiliosim.Outcome{}, "", ""},
		{"bad number", twiliosim.Refuses(400, 21217), alerts.BadNumber, "21217"},
		{"country", twiliosim.Refuses(400, 21215), alerts.BadNumber, "21215"},
		{"not our number", twiliosim.Refuses(400, 21210), alerts.BadContent, "21210"},
		{"too many at once", twiliosim.Refuses(400, 10004), alerts.Transient, "10004"},
		{"too many", twiliosim.Outcome{HTTP: 429, Code: 20429, RetryAfter: 7 * time.Second}, alerts.Transient, "20429"},
		{"internal", twiliosim.Refuses(500, 20500), alerts.Unclear, "20500"},
		{"gateway", twiliosim.Refuses(502, 0), alerts.Unclear, ""},
		{"suspended", twiliosim.Refuses(401, 20003), alerts.BadAccount, "20003"},
		{"never connected", twiliosim.Outcome{Cut: twiliosim.CutRefused}, alerts.Transient, ""},
		{"cut before", twiliosim.Outcome{Cut: twiliosim.CutBefore}, alerts.Unclear, ""},
		{"cut after", twiliosim.Outcome{Cut: twiliosim.CutAfter}, alerts.Unclear, ""},
		{"hangs", twiliosim.Outcome{Hang: true}, alerts.Unclear, ""},
	} {
		t.Run(c.why, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sim := newSim(t, twiliosim.CallOutcome{Create: c.o})
				_, err := sender(t, sim, sim.RoundTripper()).Send(t.Context(), notice(alerts.ResponderAlert, "zh"))
				if alerts.ClassOf(err) != c.class {
					t.Fatalf("class %q: %v", alerts.ClassOf(err), err)
				}
				if e, ok := errors.AsType[*alerts.Error](err); ok && (e.Code != c.code || e.RetryAfter != c.o.RetryAfter || e.Provider != "twilio-voice") {
					t.Errorf("error %+v", e)
				}
				if err != nil && strings.Contains(err.Error(), "6123456") {
					t.Errorf("the error shows the number: %v", err)
				}
				if n := sim.Stats().Creates; n != 1 {
					t.Errorf("%d requests were made", n)
				}
			})
		})
	}
}

// An answer without a call is no acceptance.
func TestOddAnswers(t *testing.T) {
	for body, want := range map[string]alerts.Class{`{}`: alerts.Unclear, `{"sid":""}`: alerts.Unclear, `{"sid":"CA1","status":"failed"}`: alerts.Transient, `{"sid":"CA1"}`: ""} {
		answer := twiliosim.ServeWith(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusCreated)
			_, _ = w.Write([]byte(body))
		}))
		sim := newSim(t, twiliosim.CallOutcome{})
		if _, err := sender(t, sim, answer).Send(t.Context(), notice(alerts.ResponderAlert, "zh")); alerts.ClassOf(err) != want {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	good := func() twilio.Options {
		return twilio.Options{Account: twilioapi.Account{AccountSID: "AC00000000000000000000000000000001", AuthToken: "t0ken", HookURL: hookURL}, From: ours}
	}
	for why, c := range map[string]struct {
		change func(*twilio.Options)
		says   string
	}{
		"no hook":   {func(o *twilio.Options) { o.HookURL = "" }, "no key that is pressed could be heard"},
		"no token":  {func(o *twilio.Options) { o.AuthToken = "" }, "auth token is empty"},
		"no number": {func(o *twilio.Options) { o.From = "" }, "E.164"},
		"a name":    {func(o *twilio.Options) { o.From = "KENLI" }, "E.164"},
		"short":     {func(o *twilio.Options) { o.From = "+10086" }, "E.164"},
		"bare":      {func(o *twilio.Options) { o.From = "15005550006" }, "E.164"},
		"rate":      {func(o *twilio.Options) { o.PerSecond = -1 }, "per second"},
	} {
		o := good()
		c.change(&o)
		if _, err := twilio.New(o); err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "t0ken") {
			t.Errorf("%s: %v", why, err)
		}
	}
	o := good()
	o.PerSecond = 3
	s, err := twilio.New(o)
	if err != nil {
		t.Fatal(err)
	}
	caps := s.Caps()
	if caps.Media != alerts.Voice || !caps.TwoWay || !caps.Receipts || caps.PerSecond != 3 || caps.Burst != 1 || caps.Serves("+8613800138000") || !caps.Serves(zhang) || !caps.Serves("+886912345678") {
		t.Errorf("caps %+v", caps)
	}
}
