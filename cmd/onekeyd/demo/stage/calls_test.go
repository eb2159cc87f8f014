package stage_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"onekeyd/alerts/sms/twiliosim"
	"onekeyd/cmd/onekeyd/demo/stage"
)

const asksByVoice = `<Response><Gather numDigits="1" timeout="6" action="http://daemon/hooks/twilio/voice"><Say>您好，求助3 7号，老人按下了紧急求助键。能去请按1，去不了请按2。</Say><Pause length="30"/></Gather></Response>`

// ring calls each number and gives the keys that came back within a time, and
// the texts that were typed afterwards by those who were told that it is theirs.
func ring(t *testing.T, numbers []string, hand func(*twiliosim.Sim, string)) (keys map[string]string, typed map[string][]string, sim *twiliosim.Sim) {
	t.Helper()
	keys, typed = map[string]string{}, map[string][]string{}
	var mu sync.Mutex
	post := func(resource string, form url.Values) {
		sid, token := sim.Account()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://carrier/2010-04-01/Accounts/"+sid+"/"+resource, strings.NewReader(form.Encode()))
		if err != nil {
			t.Error(err)
			return
		}
		r.SetBasicAuth(sid, token)
		if res, err := sim.RoundTripper().RoundTrip(r); err != nil || res.StatusCode != http.StatusCreated {
			t.Errorf("%s: %v %v", resource, res, err)
		}
	}
	daemon := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if digits := r.PostFormValue("Digits"); digits != "" {
			keys[r.PostFormValue("To")] += digits
			if digits == "1" {
				post("Messages.json", url.Values{"To": {r.PostFormValue("To")}, "From": {"+18085550100"}, "Body": {made}})
			}
			_, _ = io.WriteString(w, `<Response><Say>好的。</Say></Response>`)
			return
		}
		typed[r.PostFormValue("From")] = append(typed[r.PostFormValue("From")], r.PostFormValue("Body"))
	})
	sim = twiliosim.New(twiliosim.Options{HookURL: "http://daemon/hooks/twilio", NoCallbacks: true, Callbacks: twiliosim.ServeWith(daemon), CallsPerSecond: 1})
	people := stage.People{Sim: sim, Dice: stage.NewDice(2), Log: slog.New(slog.DiscardHandler), Least: 8 * time.Second, Most: 40 * time.Second, Way: 30 * time.Second}
	ctx, cancel := context.WithTimeout(t.Context(), 6*time.Minute)
	defer cancel()
	var running sync.WaitGroup
	running.Go(func() {
		if err := people.Run(ctx); err != context.DeadlineExceeded {
			t.Errorf("people ended with %v", err)
		}
	})
	for _, n := range numbers {
		post("Calls.json", url.Values{"To": {n}, "From": {"+18085550100"}, "Twiml": {asksByVoice}, "Timeout": {"25"}})
		if hand != nil {
			running.Go(func() { hand(sim, n) })
		}
	}
	<-ctx.Done()
	running.Wait()
	if err := sim.Close(); err != nil {
		t.Error(err)
	}
	return keys, typed, sim
}

func TestSomePickUpAndSomeDoNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		keys, typed, sim := ring(t, crowd(40), nil)
		count := map[string]int{}
		for _, k := range keys {
			count[k]++
		}
		ended := map[string]int{}
		for _, c := range sim.Calls() {
			ended[c.Status]++
		}
		if count["1"] < 10 || count["2"] < 4 || len(count) != 2 || ended["no-answer"] < 4 || ended["completed"] <= len(keys) || len(ended) != 2 {
			t.Errorf("of forty calls: keys %v, ended %v", count, ended)
		}
		if len(typed) < count["1"]*4/5 {
			t.Errorf("%d took it, and %d said what became of it", count["1"], len(typed))
		}
		for n, texts := range typed {
			if keys[n] != "1" {
				t.Errorf("%s pressed %q and typed %q", n, keys[n], texts)
			}
		}
	})
}

// Whoever answers a phone on the page has it to themselves.
func TestAHandOnTheCallWins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		keys, _, _ := ring(t, crowd(40), func(sim *twiliosim.Sim, number string) {
			for until := time.Now().Add(time.Minute); time.Now().Before(until); {
				if c := sim.CallsTo(number)[0]; c.Status == "ringing" {
					for _, do := range []twiliosim.Hand{twiliosim.PickUp, "2"} {
						if err := sim.Phone(t.Context(), c.SID, do); err != nil {
							t.Error(err)
						}
						time.Sleep(time.Second)
					}
					return
				}
				time.Sleep(time.Second)
			}
			t.Errorf("%s never rang", number)
		})
		for _, n := range crowd(40) {
			if keys[n] != "2" {
				t.Errorf("%s pressed %q, and only the 2 was by hand", n, keys[n])
			}
		}
	})
}

// Whoever has typed an answer does not say another one by telephone.
func TestNobodySaysTwoThings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		keys, typed, _ := ring(t, crowd(40), func(sim *twiliosim.Sim, number string) {
			if err := sim.Reply(t.Context(), number, "+18085550100", "2"); err != nil {
				t.Error(err)
			}
		})
		if len(keys) != 0 || len(typed) != 40 {
			t.Errorf("%d typed, and then pressed %v", len(typed), keys)
		}
	})
}
