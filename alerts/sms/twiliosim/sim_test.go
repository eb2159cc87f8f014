package twiliosim_test

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"onekeyd/alerts"
	"onekeyd/alerts/sms"
	"onekeyd/alerts/sms/twilio"
	"onekeyd/alerts/sms/twiliosim"
	"onekeyd/alerts/twilioapi"
)

// Whatever order the callbacks come in and however often, the state ends right.
func TestDelivery(t *testing.T) {
	const s = time.Second
	for _, c := range []struct {
		why     string
		o       twiliosim.Outcome
		state   alerts.State
		order   []alerts.State
		replays int
		status  string // as the carrier shows it
	}{
		{"usual", twiliosim.Typical(), alerts.Delivered, []alerts.State{alerts.Sent, alerts.Delivered}, 0, "delivered"},
		{"late", twiliosim.Delivers(s, 50*time.Minute), alerts.Delivered, []alerts.State{alerts.Sent, alerts.Delivered}, 0, "delivered"},
		{"lost", twiliosim.Loses(s), alerts.Sent, []alerts.State{alerts.Sent}, 0, "sent"},
		{"never heard of", twiliosim.Outcome{}, alerts.Handed, nil, 0, "queued"},
		{"twice", twiliosim.Twice(twiliosim.Delivers(s, 2*s)), alerts.Delivered, []alerts.State{alerts.Sent, alerts.Delivered}, 2, "delivered"},
		{"out of order", twiliosim.Reversed(twiliosim.Delivers(s, 2*s)), alerts.Delivered, []alerts.State{alerts.Delivered, alerts.Sent}, 0, "delivered"},
		{"landline", twiliosim.Fails(4*s, 30006), alerts.Failed, []alerts.State{alerts.Sent, alerts.Failed}, 0, "undelivered"},
	} {
		t.Run(c.why, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newDesk(t, twiliosim.Options{Behaviour: twiliosim.Always(c.o)})
				if err := d.send("n1"); err != nil {
					t.Fatal(err)
				}
				d.expect("n1", alerts.Handed)
				time.Sleep(time.Hour)
				synctest.Wait()
				d.expect("n1", c.state, c.order...)
				if d.replays != c.replays {
					t.Errorf("%d replays, want %d", d.replays, c.replays)
				}
				if got := d.sim.To(zhang)[0].Status; got != c.status {
					t.Errorf("carrier shows %q, want %q", got, c.status)
				}
				if st := d.sim.Stats(); st.CallbacksFailed != 0 || st.Callbacks != uint64(len(c.o.Steps)) {
					t.Errorf("stats %+v", st)
				}
			})
		})
	}
}

// The create times out, but the callback brings our own id: the ambiguity
// settles itself.
func TestUnclearSettledByCallback(t *testing.T) {
	for _, o := range []twiliosim.Outcome{{Hang: true}, {Cut: twiliosim.CutAfter}} {
		synctest.Test(t, func(t *testing.T) {
			o.Steps = twiliosim.Delivers(4*time.Second, 6*time.Second).Steps
			start := time.Now()
			d := newDesk(t, twiliosim.Options{Behaviour: twiliosim.Always(o)})
			if err := d.send("n1"); alerts.ClassOf(err) != alerts.Unclear {
				t.Fatal(err)
			}
			d.expect("n1", alerts.Ambiguous)
			time.Sleep(time.Until(start.Add(5 * time.Second)))
			synctest.Wait()
			d.expect("n1", alerts.Sent, alerts.Sent)
			time.Sleep(time.Minute)
			synctest.Wait()
			d.expect("n1", alerts.Delivered, alerts.Sent, alerts.Delivered)
		})
	}
}

func TestCutBeforeStaysAmbiguous(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := twiliosim.Typical()
		o.Cut = twiliosim.CutBefore
		d := newDesk(t, twiliosim.Options{Behaviour: twiliosim.Always(o)})
		if err := d.send("n1"); alerts.ClassOf(err) != alerts.Unclear {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		d.expect("n1", alerts.Ambiguous)
		if st := d.sim.Stats(); st.Cut != 1 || st.Accepted != 0 || len(d.sim.Messages()) != 0 {
			t.Errorf("%+v", st)
		}
	})
}

// What waits longer at the carrier than it stays true is dropped there.
func TestValidity(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, twiliosim.Options{Behaviour: twiliosim.Always(twiliosim.Delivers(20*time.Minute, 21*time.Minute))})
		n := alerts.Notice{ID: "n1", Kind: alerts.Drill, To: zhang, Params: map[string]string{"code": "37"}, NotAfter: time.Now().Add(10 * time.Minute)}
		if _, err := d.sender.Send(t.Context(), n); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		d.expect("n1", alerts.Failed, alerts.Failed)
		if m := d.sim.Messages()[0]; m.Code != 30036 || m.NoticeID != "n1" || m.Validity != 10*time.Minute {
			t.Errorf("%+v", m)
		}
	})
}

func TestReply(t *testing.T) {
	d := newDesk(t, twiliosim.Options{NoCallbacks: true})
	if err := d.sim.Reply(t.Context(), zhang, from, "１ ３７"); err != nil {
		t.Fatal(err)
	}
	if len(d.replies) != 1 || d.replies[0].From != zhang || d.replies[0].To != from || sms.ParseReply(d.replies[0].Text) != (sms.Reply{Verb: sms.Accept, Code: "37"}) {
		t.Errorf("%+v", d.replies)
	}
	all := d.sim.Messages()
	if len(all) != 1 || !all[0].Inbound || all[0].Status != "received" || len(d.sim.To(zhang)) != 0 {
		t.Errorf("%+v", all)
	}

	// Opting out is heard by the desk and refuses what comes after.
	for _, c := range []struct {
		text string
		want alerts.Class
	}{{" stop ", alerts.BadNumber}, {"1", alerts.BadNumber}, {"START", ""}} {
		if err := d.sim.Reply(t.Context(), zhang, from, c.text); err != nil {
			t.Fatal(err)
		}
		if got := alerts.ClassOf(d.send("n1")); got != c.want {
			t.Errorf("after %q: class %q, want %q", c.text, got, c.want)
		}
	}
}

func TestReplyIsRefused(t *testing.T) {
	refuse := twiliosim.ServeWith(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }))
	sim := twiliosim.New(twiliosim.Options{Callbacks: refuse})
	if err := sim.Reply(t.Context(), zhang, from, "1"); err == nil || !strings.Contains(err.Error(), "hook url") {
		t.Errorf("without a hook url: %v", err)
	}
	sim.SetHookURL(hookURL + "/")
	if err := sim.Reply(t.Context(), zhang, from, "1"); err == nil || !strings.Contains(err.Error(), "503") {
		t.Errorf("refused by the daemon: %v", err)
	}
	if err := sim.Close(); err != nil {
		t.Error(err)
	}
	if err := sim.Reply(t.Context(), zhang, from, "1"); err == nil {
		t.Error("a closed simulator still takes replies")
	}
}

func TestPerNumberAndSetBehaviour(t *testing.T) {
	d := newDesk(t, twiliosim.Options{NoCallbacks: true, Behaviour: twiliosim.ByNumber(map[string]twiliosim.Outcome{zhang: twiliosim.Refuses(400, 21614)}, twiliosim.Outcome{})})
	if err := d.send("n1"); alerts.ClassOf(err) != alerts.BadNumber {
		t.Error(err)
	}
	other := alerts.Notice{ID: "n2", Kind: alerts.Drill, To: "+447700900123", Params: map[string]string{"code": "37"}}
	if _, err := d.sender.Send(t.Context(), other); err != nil {
		t.Error(err)
	}
	d.sim.SetBehaviour(twiliosim.Always(twiliosim.Outcome{}))
	if err := d.send("n3"); err != nil {
		t.Error(err)
	}
	if st := d.sim.Stats(); st.Creates != 3 || st.Refused != 1 || st.Accepted != 2 {
		t.Errorf("%+v", st)
	}
}

func TestMessagesAreKeptBounded(t *testing.T) {
	var heard []uint64
	d := newDesk(t, twiliosim.Options{NoCallbacks: true, Keep: 3, OnMessage: func(m twiliosim.Message) { heard = append(heard, m.Seq) }})
	changed, stop := d.sim.Subscribe()
	for range 5 {
		if err := d.send("n1"); err != nil {
			t.Fatal(err)
		}
	}
	select {
	case <-changed:
	default:
		t.Error("subscriber was not woken")
	}
	stop()
	if err := d.send("n1"); err != nil {
		t.Fatal(err)
	}
	select {
	case <-changed:
		t.Error("woken after stop")
	default:
	}
	got := d.sim.Messages()
	if len(got) != 3 || got[0].Seq != 4 || got[2].Seq != 6 || len(heard) != 6 || heard[5] != 6 {
		t.Errorf("kept %+v, heard %v", got, heard)
	}
	if since := d.sim.Since(5); len(since) != 1 || since[0].Seq != 6 {
		t.Errorf("since 5: %+v", since)
	}
	if since := d.sim.Since(99); len(since) != 0 {
		t.Errorf("since 99: %+v", since)
	}
	if _, err := d.sender.Query(t.Context(), got[0].SID); err != nil {
		t.Error(err)
	}
	if _, err := d.sender.Query(t.Context(), strings.Replace(got[0].SID, "4", "1", 1)); err == nil {
		t.Error("a forgotten message is still there")
	}
}

func TestSignIn(t *testing.T) {
	d := newDesk(t, twiliosim.Options{})
	sid, token := d.sim.Account()
	for _, c := range []struct{ account, token string }{{sid, token + "x"}, {"AC00000000000000000000000000000009", token}} {
		s, err := twilio.New(twilio.Options{Account: twilioapi.Account{AccountSID: c.account, AuthToken: c.token, Transport: d.sim.RoundTripper()}, From: from})
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.Send(t.Context(), alerts.Notice{ID: "n1", Kind: alerts.Drill, To: zhang, Params: map[string]string{"code": "37"}})
		if alerts.ClassOf(err) != alerts.BadAccount {
			t.Errorf("%v", err)
		}
	}
	if n := d.sim.Stats().Creates; n != 0 {
		t.Errorf("%d creates got in", n)
	}
}

// The same over sockets, both ways, with Close while an answer hangs.
func TestOverSockets(t *testing.T) {
	var hooks atomic.Int64
	delivered := make(chan struct{})
	var s *twilio.Sender
	desk := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := alerts.ReadHook(w, r)
		if err != nil {
			t.Error(err)
		}
		evs, _, answer, err := s.ParseHook(r, body)
		if err != nil {
			t.Error(err)
		}
		hooks.Add(1)
		if len(evs) == 1 && evs[0].State == alerts.Delivered {
			close(delivered)
		}
		w.Write(answer)
	})
	srv := newServer(t, desk)
	sim, err := twiliosim.Start("127.0.0.1:0", twiliosim.Options{HookURL: srv + "/hooks/twilio", Behaviour: twiliosim.ByNumber(map[string]twiliosim.Outcome{
		"+447700900001": {Hang: true}, "+447700900002": {Cut: twiliosim.CutBefore}, "+447700900003": twiliosim.Refuses(502, 0),
	}, twiliosim.Delivers(0, time.Millisecond))})
	if err != nil {
		t.Fatal(err)
	}
	sid, token := sim.Account()
	if s, err = twilio.New(twilio.Options{Account: twilioapi.Account{AccountSID: sid, AuthToken: token, BaseURL: sim.URL(), HookURL: srv + "/hooks/twilio"}, From: from}); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	send := func(to string) error {
		_, err := s.Send(t.Context(), alerts.Notice{ID: "n1", Kind: alerts.Drill, To: to, Params: map[string]string{"code": "37"}})
		return err
	}
	if err := send(zhang); err != nil {
		t.Fatal(err)
	}
	<-delivered
	if err := sim.Reply(t.Context(), zhang, from, "1"); err != nil {
		t.Error(err)
	}
	if n := hooks.Load(); n != 3 {
		t.Errorf("%d webhooks, want 3", n)
	}
	for _, to := range []string{"+447700900002", "+447700900003"} {
		if err := send(to); alerts.ClassOf(err) != alerts.Unclear {
			t.Errorf("%s: %v", to, err)
		}
	}
	changed, stop := sim.Subscribe()
	defer stop()
	hung := make(chan error)
	go func() { hung <- send("+447700900001") }()
	<-changed
	if err := sim.Close(); err != nil {
		t.Error(err)
	}
	if err := <-hung; alerts.ClassOf(err) != alerts.Unclear {
		t.Errorf("hanging when the carrier went away: %v", err)
	}
	if err := send(zhang); alerts.ClassOf(err) != alerts.Transient {
		t.Errorf("after close: %v", err)
	}
}
