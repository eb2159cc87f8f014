package twilio_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"onekeyd/alerts"
	"onekeyd/alerts/sms/twilio"
	"onekeyd/alerts/sms/twiliosim"
	"onekeyd/alerts/twilioapi"
)

const (
	from    = "+15005550006"
	zhang   = "+85261234567"
	hookURL = "https://desk.example/hooks/twilio"
)

// sender makes a Sender that talks to sim in-process.
func sender(t testing.TB, sim *twiliosim.Sim, change func(*twilio.Options)) *twilio.Sender {
	t.Helper()
	sid, token := sim.Account()
	o := twilio.Options{Account: twilioapi.Account{AccountSID: sid, AuthToken: token, HookURL: hookURL, Transport: sim.RoundTripper()}, From: from}
	if change != nil {
		change(&o)
	}
	s, err := twilio.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func newSim(t testing.TB, o twiliosim.Options) *twiliosim.Sim {
	t.Helper()
	sim := twiliosim.New(o)
	t.Cleanup(func() {
		if err := sim.Close(); err != nil {
			t.Error(err)
		}
	})
	return sim
}

func notice(to string) alerts.Notice {
	return alerts.Notice{ID: "i37-c9-1", Kind: alerts.ResponderAlert, Lang: "zh", To: to, Params: map[string]string{
		"code": "37", "addr": "幸福里3号楼2单元401", "name": "王秀兰", "age": "82", "sex": "女", "hint": "独居、听力差"}}
}

// spy keeps what goes over the wire.
type spy struct {
	next http.RoundTripper
	seen []*http.Request
	form []url.Values
}

func (s *spy) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := r.GetBody()
	if err != nil {
		return nil, err
	}
	form := r.Clone(r.Context())
	form.Body = body
	if err := form.ParseForm(); err != nil {
		return nil, err
	}
	s.seen, s.form = append(s.seen, form), append(s.form, form.PostForm)
	return s.next.RoundTrip(r)
}

func TestSend(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim := newSim(t, twiliosim.Options{NoCallbacks: true})
		wire := &spy{next: sim.RoundTripper()}
		s := sender(t, sim, func(o *twilio.Options) { o.Transport = wire })
		n := notice(zhang)
		n.NotAfter = time.Now().Add(10 * time.Minute)
		r, err := s.Send(t.Context(), n)
		if err != nil {
			t.Fatal(err)
		}
		got := sim.Messages()
		if len(got) != 1 || r.Ref != got[0].SID || r.State != alerts.Handed || r.Segments != 1 {
			t.Fatalf("receipt %+v of %+v", r, got)
		}
		want := url.Values{
			"To": {zhang}, "From": {from}, "ValidityPeriod": {"600"}, "RiskCheck": {"disable"}, "StatusCallback": {hookURL + "/status?d=i37-c9-1"},
			"Body": {"【安康一键通】求助37号：幸福里3号楼2单元401，王秀兰，82岁女，独居、听力差。接单回复1，去不了回复2。"},
		}
		if d := cmp.Diff(want, wire.form[0]); d != "" {
			t.Errorf("form (-want +got):\n%s", d)
		}
		for h := range wire.seen[0].Header {
			if strings.Contains(strings.ToLower(h), "idempotency") {
				t.Errorf("header %s would make net/http repeat the request", h)
			}
		}
	})
}

func TestServiceTakesThePlaceOfFrom(t *testing.T) {
	sim := newSim(t, twiliosim.Options{NoCallbacks: true})
	s := sender(t, sim, func(o *twilio.Options) {
		o.MessagingServiceSID, o.HookURL = "MG00000000000000000000000000000002", ""
	})
	r, err := s.Send(t.Context(), notice(zhang))
	if err != nil || r.Segments != 1 || r.State != alerts.Handed {
		t.Fatalf("%+v, %v", r, err)
	}
	m := sim.Messages()[0]
	if m.From != "" || m.Service != "MG00000000000000000000000000000002" || m.StatusCallback != "" || m.Validity != 0 {
		t.Errorf("message %+v", m)
	}
	if c := s.Caps(); c.TwoWay || c.Receipts {
		t.Error("receipts are promised without a hook url")
	}
}

func TestRefusedBeforeAnyRequest(t *testing.T) {
	sim := newSim(t, twiliosim.Options{})
	s := sender(t, sim, nil)
	for _, c := range []struct {
		why    string
		change func(*alerts.Notice)
		want   alerts.Class
	}{
		{"mainland number", func(n *alerts.Notice) { n.To = "+8613800138000" }, alerts.BadNumber},
		{"no number", func(n *alerts.Notice) { n.To = "张敏" }, alerts.BadNumber},
		{"long id", func(n *alerts.Notice) { n.ID = "0123456789abcdef" }, alerts.BadContent},
		{"no address", func(n *alerts.Notice) { n.Params = nil }, alerts.BadContent},
		{"unknown kind", func(n *alerts.Notice) { n.Kind = "nonsense" }, alerts.BadContent},
		{"stale", func(n *alerts.Notice) { n.NotAfter = time.Now().Add(-time.Second) }, alerts.Stale},
		{"stale in less than the shortest validity", func(n *alerts.Notice) { n.NotAfter = time.Now().Add(900 * time.Millisecond) }, alerts.Stale},
	} {
		n := notice(zhang)
		c.change(&n)
		if _, err := s.Send(t.Context(), n); alerts.ClassOf(err) != c.want {
			t.Errorf("%s: %v", c.why, err)
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
		{"bad number", twiliosim.Refuses(400, 21211), alerts.BadNumber, "21211"},
		{"opted out", twiliosim.Refuses(400, 21610), alerts.BadNumber, "21610"},
		{"too many", twiliosim.Outcome{HTTP: 429, Code: 20429, RetryAfter: 7 * time.Second}, alerts.Transient, "20429"},
		{"internal", twiliosim.Refuses(500, 20500), alerts.Unclear, "20500"},
		{"gateway", twiliosim.Refuses(502, 0), alerts.Unclear, ""},
		{"busy, in HTML", twiliosim.Outcome{HTTP: 503, RetryAfter: 7 * time.Second}, alerts.Transient, ""},
		{"suspended", twiliosim.Refuses(401, 20003), alerts.BadAccount, "20003"},
		{"redirect", twiliosim.Refuses(307, 0), alerts.BadAccount, ""},
		{"never connected", twiliosim.Outcome{Cut: twiliosim.CutRefused}, alerts.Transient, ""},
		{"cut before", twiliosim.Outcome{Cut: twiliosim.CutBefore}, alerts.Unclear, ""},
		{"cut after", twiliosim.Outcome{Cut: twiliosim.CutAfter}, alerts.Unclear, ""},
		{"hangs", twiliosim.Outcome{Hang: true}, alerts.Unclear, ""},
	} {
		t.Run(c.why, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sim := newSim(t, twiliosim.Options{Behaviour: twiliosim.Always(c.o)})
				start := time.Now()
				_, err := sender(t, sim, nil).Send(t.Context(), notice(zhang))
				if alerts.ClassOf(err) != c.class {
					t.Fatalf("class %q: %v", alerts.ClassOf(err), err)
				}
				if e, ok := errors.AsType[*alerts.Error](err); ok && (e.Code != c.code || e.RetryAfter != c.o.RetryAfter || e.Provider != "twilio") {
					t.Errorf("error %+v", e)
				}
				if err != nil && strings.Contains(err.Error(), "6123456") {
					t.Errorf("the error shows the number: %v", err)
				}
				if took := time.Since(start); c.o.Hang != (took == twilioapi.DefaultTimeout) {
					t.Errorf("took %s", took)
				}
				if n := sim.Stats().Creates; n != 1 {
					t.Errorf("%d requests were made", n)
				}
			})
		})
	}
}

// Waiting for a free connection never counts against the request's own timeout,
// and giving up while waiting is known not to have left.
func TestBoundedInFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim := newSim(t, twiliosim.Options{NoCallbacks: true, Behaviour: twiliosim.Always(twiliosim.Outcome{Delay: 2 * time.Second})})
		s := sender(t, sim, func(o *twilio.Options) { o.MaxConns = 1 })
		errs := make(chan error)
		for range 3 {
			go func() {
				_, err := s.Send(t.Context(), notice(zhang))
				errs <- err
			}()
		}
		synctest.Wait()
		if n := len(sim.Messages()); n != 1 {
			t.Errorf("%d in flight, want 1", n)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := s.Send(ctx, notice(zhang)); alerts.ClassOf(err) != alerts.Transient {
			t.Errorf("gave up waiting: %v", err)
		}
		for range 3 { // the last one waits 4 s and takes 2 s, with a timeout of 3 s
			if err := <-errs; err != nil {
				t.Error(err)
			}
		}
	})
}

// A notice may turn stale while it waits.
func TestStaleWhileWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim := newSim(t, twiliosim.Options{NoCallbacks: true, Behaviour: twiliosim.Always(twiliosim.Outcome{Delay: 2 * time.Second})})
		s := sender(t, sim, func(o *twilio.Options) { o.MaxConns = 1 })
		first := make(chan error)
		go func() {
			_, err := s.Send(t.Context(), notice(zhang))
			first <- err
		}()
		synctest.Wait()
		n := notice(zhang)
		n.NotAfter = time.Now().Add(2 * time.Second)
		if _, err := s.Send(t.Context(), n); alerts.ClassOf(err) != alerts.Stale {
			t.Errorf("%v", err)
		}
		if err := <-first; err != nil {
			t.Error(err)
		}
	})
}

func TestQuery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim := newSim(t, twiliosim.Options{Behaviour: twiliosim.Always(twiliosim.Fails(4*time.Second, 30005)), Callbacks: twiliosim.ServeWith(http.NotFoundHandler())})
		s := sender(t, sim, nil)
		r, err := s.Send(t.Context(), notice(zhang))
		if err != nil {
			t.Fatal(err)
		}
		ev, err := s.Query(t.Context(), r.Ref)
		if err != nil || ev.State != alerts.Handed || ev.Ref != r.Ref || ev.To != zhang {
			t.Errorf("at once: %+v, %v", ev, err)
		}
		time.Sleep(5 * time.Second)
		synctest.Wait()
		ev, err = s.Query(t.Context(), r.Ref)
		if err != nil || ev.State != alerts.Failed || ev.Code != "30005" || ev.Class != alerts.BadNumber || ev.Key != "twilio|"+r.Ref+"|undelivered" {
			t.Errorf("later: %+v, %v", ev, err)
		}
		if _, err := s.Query(t.Context(), "../Accounts"); alerts.ClassOf(err) != alerts.BadContent {
			t.Errorf("bad reference: %v", err)
		}
		if _, err := s.Query(t.Context(), "SM"+strings.Repeat("0", 32)); alerts.ClassOf(err) != alerts.BadContent {
			t.Errorf("unknown message: %v", err)
		}
	})
}
