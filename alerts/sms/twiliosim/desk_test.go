package twiliosim_test

import (
	"errors"
	"net/http"
	"slices"
	"sync"
	"testing"

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

// desk is the least a daemon does with the carrier: a sender, and the webhooks
// folded into a state a notice, replays dropped by key.
type desk struct {
	t      testing.TB
	sim    *twiliosim.Sim
	sender *twilio.Sender

	mu      sync.Mutex // guards what follows
	state   map[string]alerts.State
	seen    map[string]bool
	order   []alerts.State // as they came
	replies []alerts.Event
	replays int
}

func newDesk(t testing.TB, o twiliosim.Options) *desk {
	t.Helper()
	d := &desk{t: t, state: map[string]alerts.State{}, seen: map[string]bool{}}
	o.HookURL, o.Callbacks = hookURL, twiliosim.ServeWith(d)
	d.sim = twiliosim.New(o)
	t.Cleanup(func() {
		if err := d.sim.Close(); err != nil {
			t.Error(err)
		}
	})
	sid, token := d.sim.Account()
	var err error
	d.sender, err = twilio.New(twilio.Options{Account: twilioapi.Account{AccountSID: sid, AuthToken: token, HookURL: hookURL, Transport: d.sim.RoundTripper()}, From: from})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func (d *desk) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := alerts.ReadHook(w, r)
	if err != nil {
		d.t.Error(err)
		return
	}
	evs, contentType, answer, err := d.sender.ParseHook(r, body)
	if errors.Is(err, alerts.ErrForged) {
		w.WriteHeader(http.StatusForbidden)
		return
	}
	if err != nil {
		d.t.Error(err)
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, e := range evs {
		switch {
		case d.seen[e.Key]:
			d.replays++
		case e.Inbound:
			d.replies = append(d.replies, e)
		default:
			d.state[e.NoticeID] = d.state[e.NoticeID].Join(e.State)
			d.order = append(d.order, e.State)
		}
		d.seen[e.Key] = true
	}
	w.Header().Set("Content-Type", contentType)
	_, _ = w.Write(answer)
}

func (d *desk) send(id string) error {
	d.t.Helper()
	r, err := d.sender.Send(d.t.Context(), alerts.Notice{ID: id, Kind: alerts.Drill, Lang: "zh", To: zhang, Params: map[string]string{"code": "37"}})
	d.mu.Lock()
	defer d.mu.Unlock()
	d.state[id] = d.state[id].Join(alerts.StateOf(r, err))
	return err
}

func (d *desk) expect(id string, state alerts.State, order ...alerts.State) {
	d.t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.state[id] != state || !slices.Equal(d.order, order) {
		d.t.Errorf("%s is %q after %q, want %q after %q", id, d.state[id], d.order, state, order)
	}
}
