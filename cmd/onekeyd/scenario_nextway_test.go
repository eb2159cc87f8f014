package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"onekeyd/alerts/sms/twiliosim"
	"onekeyd/alerts/sms/webhook"
	"onekeyd/dispatch"
)

// gateway is the centre's own way to telephones, the second carrier: it takes
// every text and keeps what each number got, with the time.
type gateway struct {
	mu   sync.Mutex
	took map[string][]taken // by number
}

type taken struct {
	id, text string
	at       time.Time
}

func (g *gateway) RoundTrip(r *http.Request) (*http.Response, error) {
	var n struct{ ID, To, Text string }
	if err := json.NewDecoder(r.Body).Decode(&n); err != nil {
		return nil, err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.took[n.To] = append(g.took[n.To], taken{n.ID, n.Text, time.Now()})
	return &http.Response{StatusCode: http.StatusAccepted, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("{}")), Request: r}, nil
}

func (g *gateway) got(phone string) []taken {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.took[phone]
}

// twoCarriers is the estate with a second carrier of texts and nobody who is rung up.
func twoCarriers(t *testing.T, story func(t *testing.T, w *world, g *gateway)) {
	t.Helper()
	g := &gateway{took: map[string][]taken{}}
	scenarioWith(t, func(w *world) {
		textsOnly(w)
		w.extra = append(w.extra, "ONEKEYD_SMS_WEBHOOK_URL=https://gateway.example/notices", "ONEKEYD_SMS_WEBHOOK_SECRET="+hookSecret)
		w.way = byHost{"gateway.example": g, "api.twilio.com": w.sim.RoundTripper()}
	}, func(t *testing.T, w *world) { story(t, w, g) })
}

// says posts a receipt or reply of the gateway.
func (w *world) gatewaySays(event map[string]string) {
	w.t.Helper()
	body, err := json.Marshal(map[string]any{"events": []any{event}})
	w.must(err)
	req := httptest.NewRequest(http.MethodPost, "/hooks/webhook/events", bytes.NewReader(body))
	req.Header.Set("Onekeyd-Signature", webhook.Sign(hookSecret, time.Now(), body))
	rec := httptest.NewRecorder()
	w.d.handler.ServeHTTP(rec, req.WithContext(w.t.Context()))
	if rec.Code != http.StatusOK {
		w.t.Errorf("the gateway is answered %d %s", rec.Code, rec.Body)
	}
}

// A text that is not with the network after ten seconds, or not on the handset
// after twenty, or refused, takes the other carrier, once.
func TestATextThatDoesNotArriveTakesTheOtherCarrier(t *testing.T) {
	for name, c := range map[string]struct {
		outcome twiliosim.Outcome
		after   time.Duration // zero: never
	}{
		"arrives":               {twiliosim.Delivers(time.Second, 6*time.Second), 0},
		"nothing is heard":      {twiliosim.Outcome{}, 10 * time.Second},
		"sent and not received": {twiliosim.Loses(time.Second), 20 * time.Second},
		"undelivered":           {twiliosim.Fails(4*time.Second, 30003), 4 * time.Second},
		"refused":               {twiliosim.Refuses(http.StatusBadRequest, 21614), 10 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			twoCarriers(t, func(t *testing.T, w *world, g *gateway) {
				w.sim.SetBehaviour(twiliosim.ByNumber(map[string]twiliosim.Outcome{zhangPhone: c.outcome}, twiliosim.Typical()))
				pressed := time.Now()
				w.press("D-wang")
				after(24 * time.Second)
				got := g.got(zhangPhone)
				switch {
				case c.after == 0 && len(got) > 0:
					t.Errorf("a text that arrived took the other carrier as well: %+v", got)
				case c.after > 0 && len(got) != 1:
					t.Errorf("the other carrier got %d texts, want 1", len(got))
				case c.after > 0:
					if late := got[0].at.Sub(pressed) - c.after; late < 0 || late > 100*time.Millisecond {
						t.Errorf("the other carrier had it after %s, want %s", got[0].at.Sub(pressed), c.after)
					}
					if !strings.Contains(got[0].text, "幸福里3号楼2单元401") {
						t.Errorf("it says %q", got[0].text)
					}
				}
				if n := len(g.got(liPhone)); n != 0 {
					t.Errorf("Li, whose text arrived, got %d more", n)
				}
				w.closes()
				w.endsInSilence()
			})
		})
	}
}

// Twilio is out for everybody: the other carrier asks, brings the answer, and confirms.
func TestHelpComesOverTheOtherCarrier(t *testing.T) {
	twoCarriers(t, func(t *testing.T, w *world, g *gateway) {
		w.sim.SetBehaviour(twiliosim.Always(twiliosim.Outcome{Cut: twiliosim.CutRefused}))
		w.press("D-wang")
		after(15 * time.Second)
		got := g.got(zhangPhone)
		if len(got) != 1 {
			t.Fatalf("Zhang got %d texts over the other carrier", len(got))
		}
		w.gatewaySays(map[string]string{"id": got[0].id, "state": "delivered"})
		w.gatewaySays(map[string]string{"key": "mo-1", "from": zhangPhone, "text": "1"})
		after(2 * time.Second)
		w.helper(zhang).is(dispatch.Accepted)
		if got = g.got(zhangPhone); len(got) != 2 || !strings.Contains(got[1].text, "由您负责") {
			t.Errorf("Zhang hears %+v", got)
		}
		w.closes()
		after(5 * time.Second)
		if got := g.got(sonPhone); len(got) == 0 || !strings.Contains(got[len(got)-1].text, "safe") && !strings.Contains(got[len(got)-1].text, "closed") {
			t.Errorf("the family is not told how it ended: %+v", got)
		}
		w.endsInSilence()
	})
}

// No carrier brings a text; telephones ring, and one is answered.
func TestNoTextsAtAllAndATelephoneIsAnswered(t *testing.T) {
	scenario(t, func(t *testing.T, w *world) {
		w.sim.SetBehaviour(twiliosim.Always(twiliosim.Outcome{Cut: twiliosim.CutRefused}))
		w.rings(map[string]twiliosim.CallOutcome{liPhone: twiliosim.Presses(4*time.Second, 8*time.Second, "1")})
		w.press("D-wang")
		after(40 * time.Second)
		w.helper(li).is(dispatch.Accepted)
		for _, c := range w.sim.Calls() {
			if c.Live() {
				t.Errorf("the telephone of %s rings on", c.To)
			}
		}
		w.closes()
		w.endsInSilence()
		w.woke("carrier is out")
	})
}
