package twilio_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"onekeyd/alerts"
	"onekeyd/alerts/hooks"
	"onekeyd/alerts/sms/twiliosim"
	"onekeyd/alerts/twilioapi"
	"onekeyd/alerts/voice/twilio"
	"onekeyd/dispatch"
)

const (
	ours    = "+15005550006"
	zhang   = "+85261234567"
	hookURL = "https://desk.example/hooks/twilio"
)

// desk is a daemon as far as a call sees it: a sender, the webhook handler, and
// one incident that told Zhang, whose offer her answers move.
type desk struct {
	t       *testing.T
	sim     *twiliosim.Sim
	sender  *twilio.Sender
	handler http.Handler

	mu      sync.Mutex // guards what follows
	offer   dispatch.AssignmentState
	closed  bool
	broken  int // so many answers cannot be stored
	state   dispatch.AlertState
	order   []dispatch.AlertState
	code    string
	replies []dispatch.Reply
	seen    map[string]bool
}

func newDesk(t *testing.T, o twiliosim.Options) *desk {
	t.Helper()
	d := &desk{t: t, offer: dispatch.Offered, seen: map[string]bool{}}
	o.Callbacks = twiliosim.ServeWith(d)
	d.sim = twiliosim.New(o)
	t.Cleanup(func() {
		if err := d.sim.Close(); err != nil {
			t.Error(err)
		}
	})
	sid, token := d.sim.Account()
	var err error
	d.sender, err = twilio.New(twilio.Options{Account: twilioapi.Account{AccountSID: sid, AuthToken: token, HookURL: hookURL, Transport: d.sim.RoundTripper()}, From: ours})
	if err != nil {
		t.Fatal(err)
	}
	d.handler = hooks.Handler(hooks.Options{
		Hook: d.sender, Carrier: d.sender.Name(), Ready: func() bool { return true }, ByAlert: d.byAlert, Record: d.record, Reply: d.reply,
		Forged: func() { t.Error("a webhook of ours counts as forged") }, Log: slog.New(slog.DiscardHandler),
	})
	return d
}

func (d *desk) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/hooks/twilio/voice" {
		d.t.Errorf("a webhook came to %s", r.URL.Path)
	}
	d.handler.ServeHTTP(w, r)
}

func (d *desk) incident() *dispatch.Incident {
	state := dispatch.StateDispatched
	if d.closed {
		state = dispatch.StateClosed
	}
	return &dispatch.Incident{
		ID: "i1", Case: "E-wang", State: state, Alerts: []dispatch.Alert{{ID: "n1", To: "R-zhang", Phone: zhang}},
		Offers: []dispatch.Offer{{Responder: "R-zhang", State: d.offer}},
	}
}

func (d *desk) byAlert(id dispatch.AlertID) (*dispatch.Incident, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.incident(), id == "n1" && !d.closed
}

func (d *desk) record(_ context.Context, _ dispatch.CaseID, _ dispatch.IncidentID, reports ...dispatch.Report) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, r := range reports {
		if joined := d.state.Join(r.State); joined != d.state {
			d.state, d.code = joined, r.Code
		}
		d.order = append(d.order, r.State)
	}
	return nil
}

func (d *desk) reply(_ context.Context, r dispatch.Reply) (*dispatch.Incident, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.broken > 0 {
		d.broken--
		return nil, errors.New("no space left on device")
	}
	if d.closed {
		return nil, dispatch.ErrNoIncident
	}
	if d.seen[r.Key] {
		return nil, nil
	}
	d.seen[r.Key] = true
	d.replies = append(d.replies, r)
	fact := map[string]dispatch.FactType{dispatch.VerbAccept: dispatch.FactAccepted, dispatch.VerbDecline: dispatch.FactDeclined}[r.Verb]
	if next, ok := d.offer.After(fact); ok {
		d.offer = next
	}
	return d.incident(), nil
}

func notice(kind alerts.Kind, lang string) alerts.Notice {
	return alerts.Notice{ID: "n1", Kind: kind, Lang: lang, To: zhang, Params: map[string]string{
		"code": "37", "addr": "幸福里3号楼2单元401", "name": "王秀兰", "age": "82", "sex": "女", "hint": "独居、听力差"}}
}

// call rings Zhang up and lets an hour pass.
func (d *desk) call(n alerts.Notice) twiliosim.Call {
	d.t.Helper()
	r, err := d.sender.Send(d.t.Context(), n)
	if err != nil {
		d.t.Fatal(err)
	}
	if r.State != alerts.Handed || r.Segments != 0 {
		d.t.Errorf("receipt %+v", r)
	}
	time.Sleep(time.Hour)
	synctest.Wait()
	c := d.sim.CallsTo(zhang)[0]
	if c.SID != r.Ref || c.Live() {
		d.t.Errorf("after an hour the call %s is %+v", r.Ref, c)
	}
	return c
}

func TestCalls(t *testing.T) {
	const s = time.Second
	accepted, silent := "is yours", "No key was pressed"
	for _, c := range []struct {
		why    string
		o      twiliosim.CallOutcome
		before func(*desk)
		kind   alerts.Kind
		status string // as the carrier shows it
		state  dispatch.AlertState
		code   string
		offer  dispatch.AssignmentState
		times  int    // the message was begun
		ends   string // the last words
	}{
		{why: "accepts", o: twiliosim.Presses(5*s, 8*s, "1"), status: "completed", state: dispatch.AlertDelivered, offer: dispatch.Accepted, times: 1, ends: accepted},
		{why: "cannot go", o: twiliosim.Presses(5*s, 8*s, "2"), status: "completed", state: dispatch.AlertDelivered, offer: dispatch.Declined, times: 1, ends: "cannot go"},
		{why: "hears it again", o: twiliosim.Presses(5*s, 20*s, "91"), status: "completed", state: dispatch.AlertDelivered, offer: dispatch.Accepted, times: 2, ends: accepted},
		{why: "hears it again and again", o: twiliosim.Presses(5*s, 20*s, "991"), status: "completed", state: dispatch.AlertDelivered, offer: dispatch.Accepted, times: 3, ends: accepted},
		{why: "hears it once too often", o: twiliosim.Presses(5*s, 8*s, "9991"), status: "completed", state: dispatch.AlertDelivered, offer: dispatch.Accepted, times: 3, ends: accepted},
		{why: "presses late", o: twiliosim.Presses(5*s, 70*s, "1"), status: "completed", state: dispatch.AlertDelivered, offer: dispatch.Accepted, times: 3, ends: accepted},
		{why: "presses another key first", o: twiliosim.Presses(5*s, 8*s, "51"), status: "completed", state: dispatch.AlertDelivered, offer: dispatch.Accepted, times: 1, ends: accepted},
		{why: "presses nonsense", o: twiliosim.Presses(5*s, 4*s, "543"), status: "completed", state: dispatch.AlertFailed, code: "no-key", offer: dispatch.Offered, times: 1, ends: silent},
		{why: "an answering machine", o: twiliosim.PicksUp(20 * s), status: "completed", state: dispatch.AlertFailed, code: "no-key", offer: dispatch.Offered, times: 3, ends: silent},
		{why: "hangs up", o: twiliosim.PutsDown(5*s, 10*s), status: "completed", state: dispatch.AlertFailed, code: "no-key", offer: dispatch.Offered, times: 1, ends: "press 1"},
		{why: "never answers", o: twiliosim.CallOutcome{}, status: "no-answer", state: dispatch.AlertFailed, code: "no-answer", offer: dispatch.Offered},
		{why: "answers after it stopped", o: twiliosim.Presses(26*s, 5*s, "1"), status: "no-answer", state: dispatch.AlertFailed, code: "no-answer", offer: dispatch.Offered},
		{why: "busy", o: twiliosim.TurnsAway(3 * s), status: "busy", state: dispatch.AlertFailed, code: "busy", offer: dispatch.Offered},
		{why: "no such phone", o: twiliosim.NoWay(s), status: "failed", state: dispatch.AlertFailed, code: "failed 13224", offer: dispatch.Offered},
		{why: "already taken", o: twiliosim.Presses(5*s, 8*s, "1"), before: func(d *desk) { d.offer = dispatch.Cleared }, status: "completed", state: dispatch.AlertDelivered, offer: dispatch.Cleared, times: 1, ends: "need not go"},
		{why: "over", o: twiliosim.Presses(5*s, 8*s, "1"), before: func(d *desk) { d.closed = true }, status: "completed", offer: dispatch.Offered, times: 1, ends: "is over"},
		{why: "not stored at first", o: twiliosim.Presses(5*s, 10*s, "11"), before: func(d *desk) { d.broken = 1 }, status: "completed", state: dispatch.AlertDelivered, offer: dispatch.Accepted, times: 1, ends: accepted},
		{why: "never stored", o: twiliosim.Presses(5*s, 10*s, "111"), before: func(d *desk) { d.broken = 3 }, status: "completed", state: dispatch.AlertDelivered, offer: dispatch.Offered, times: 1, ends: "ring the centre"},
		{why: "family", o: twiliosim.Presses(5*s, 8*s, "1"), kind: alerts.FamilyAlert, status: "completed", state: dispatch.AlertDelivered, offer: dispatch.Accepted, times: 1, ends: accepted},
		{why: "supervisor has no second key", o: twiliosim.Presses(5*s, 8*s, "21"), kind: alerts.Escalate, status: "completed", state: dispatch.AlertDelivered, offer: dispatch.Accepted, times: 1, ends: "yours to direct"},
	} {
		t.Run(c.why, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newDesk(t, twiliosim.Options{Calls: twiliosim.AllCalls(c.o)})
				if c.before != nil {
					c.before(d)
				}
				if c.kind == "" {
					c.kind = alerts.ResponderAlert
				}
				got := d.call(notice(c.kind, "en"))
				if got.Status != c.status || d.state != c.state || d.code != c.code || d.offer != c.offer {
					t.Errorf("the call ended %s, its alert %q %q, the offer %s", got.Status, d.state, d.code, d.offer)
				}
				times := 0
				for _, words := range got.Said {
					if strings.HasPrefix(words, "This is OneKey") {
						times++
					}
				}
				if times != c.times || len(got.Said) > 0 && !strings.Contains(got.Said[len(got.Said)-1], c.ends) {
					t.Errorf("the message was said %d times, and then: %q", times, got.Said)
				}
				for _, r := range d.replies {
					if r.Phone != zhang || !strings.HasPrefix(r.Key, "twilio-voice|in|"+got.SID) {
						t.Errorf("reply %+v", r)
					}
				}
				if st := d.sim.Stats(); st.CallbacksFailed != 0 {
					t.Errorf("stats %+v", st)
				}
			})
		})
	}
}

// What Twilio reports of a call, in order, and that only the key delivers.
func TestCallbacksInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, twiliosim.Options{Calls: twiliosim.AllCalls(twiliosim.Presses(5*time.Second, 8*time.Second, "1"))})
		d.call(notice(alerts.ResponderAlert, "zh"))
		want := []dispatch.AlertState{dispatch.AlertHanded, dispatch.AlertHanded, dispatch.AlertSent, dispatch.AlertDelivered, dispatch.AlertFailed}
		if !slices.Equal(d.order, want) || len(d.replies) != 1 || d.replies[0].Verb != dispatch.VerbAccept || d.replies[0].Text != "1" {
			t.Errorf("reported %q with replies %+v", d.order, d.replies)
		}
	})
}

// The create times out, but the callbacks bring our own id: the ambiguity
// settles itself.
func TestUnclearSettledByCallback(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := twiliosim.Presses(5*time.Second, 8*time.Second, "1")
		o.Create.Hang = true
		d := newDesk(t, twiliosim.Options{Calls: twiliosim.AllCalls(o)})
		if _, err := d.sender.Send(t.Context(), notice(alerts.ResponderAlert, "zh")); alerts.ClassOf(err) != alerts.Unclear {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if d.state != dispatch.AlertDelivered || d.offer != dispatch.Accepted || d.sim.Stats().Creates != 1 {
			t.Errorf("alert %q, offer %s, %+v", d.state, d.offer, d.sim.Stats())
		}
	})
}
