package twiliosim_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"onekeyd/alerts/sms/twiliosim"
)

// office answers the webhooks of calls with what the test wants, and keeps them.
type office struct {
	mu     sync.Mutex // guards what follows
	heard  []url.Values
	answer map[string]string // by path
}

func (o *office) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	form, _ := url.ParseQuery(string(body))
	o.mu.Lock()
	defer o.mu.Unlock()
	if r.Header.Get("X-Twilio-Signature") != twiliosim.Sign("twiliosim-token", "https://desk.example"+r.URL.RequestURI(), form) {
		form.Set("forged", "yes")
	}
	form.Set("path", r.URL.Path)
	o.heard = append(o.heard, form)
	doc, ok := o.answer[r.URL.Path]
	if !ok {
		w.WriteHeader(http.StatusNotFound)
	}
	_, _ = io.WriteString(w, doc)
}

// at lists one field of the webhooks that came to a path.
func (o *office) at(path, field string) []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	var out []string
	for _, f := range o.heard {
		if f.Get("path") == path {
			out = append(out, f.Get(field))
		}
	}
	return out
}

func newOffice(t *testing.T, o twiliosim.Options, answer map[string]string) (*twiliosim.Sim, *office) {
	t.Helper()
	off := &office{answer: answer}
	o.Callbacks = twiliosim.ServeWith(off)
	sim := twiliosim.New(o)
	t.Cleanup(func() {
		if err := sim.Close(); err != nil {
			t.Error(err)
		}
	})
	return sim, off
}

// api makes one request of the Calls API and gives its status and JSON.
func api(t *testing.T, sim *twiliosim.Sim, method, resource string, form url.Values) (int, map[string]any) {
	t.Helper()
	sid, token := sim.Account()
	r, err := http.NewRequestWithContext(t.Context(), method, "https://api.twilio.com/2010-04-01/Accounts/"+sid+"/"+resource, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.SetBasicAuth(sid, token)
	res, err := sim.RoundTripper().RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	var v map[string]any
	if err := json.NewDecoder(res.Body).Decode(&v); err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, v
}

func dial(t *testing.T, sim *twiliosim.Sim, kv ...string) string {
	t.Helper()
	form := url.Values{"To": {zhang}, "From": {from}, "Twiml": {`<Response><Say>hello</Say></Response>`}}
	for i := 0; i < len(kv); i += 2 {
		form.Del(kv[i])
		for _, v := range strings.Split(kv[i+1], ",") {
			form.Add(kv[i], v)
		}
	}
	status, v := api(t, sim, "POST", "Calls.json", form)
	if status != http.StatusCreated {
		t.Fatalf("%d %v", status, v)
	}
	return v["sid"].(string)
}

const everyEvent = "initiated,ringing,answered,completed"

// A call by Url: the document is got when the phone is answered, digits go to
// its action, relative addresses are of the document's, and a redirect leads on.
func TestCallByURL(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim, off := newOffice(t, twiliosim.Options{Calls: twiliosim.AllCalls(twiliosim.Presses(3*time.Second, 2*time.Second, "42#"))}, map[string]string{
			"/start":  `<?xml version="1.0"?><Response><Say language="en-US" voice="Polly.Joanna">Your code &amp; hash</Say><Redirect>ask</Redirect><Say>never</Say></Response>`,
			"/ask":    `<Response><Gather action="take" timeout="3"><Say>now</Say><Pause/></Gather><Say>never</Say></Response>`,
			"/take":   `<Response><Say>thanks</Say><Hangup/><Say>never</Say></Response>`,
			"/status": "",
		})
		sid := dial(t, sim, "Twiml", "", "Url", "https://desk.example/start", "StatusCallback", "https://desk.example/status?d=n7", "StatusCallbackEvent", everyEvent)
		time.Sleep(time.Minute)
		synctest.Wait()
		c := sim.Calls()[0]
		if c.SID != sid || c.Status != "completed" || c.Keys != "42#" || c.NoticeID != "n7" || !slices.Equal(c.Said, []string{"Your code & hash", "now", "thanks"}) {
			t.Errorf("%+v", c)
		}
		if got := off.at("/take", "Digits"); !slices.Equal(got, []string{"42"}) {
			t.Errorf("digits %q", got)
		}
		if got := off.at("/status", "CallStatus"); !slices.Equal(got, []string{"initiated", "ringing", "in-progress", "completed"}) {
			t.Errorf("status %q", got)
		}
		if got := off.at("/status", "SequenceNumber"); !slices.Equal(got, []string{"0", "1", "2", "3"}) {
			t.Errorf("sequence %q", got)
		}
		for _, f := range off.heard {
			if f.Get("forged") != "" || f.Get("CallSid") != sid || f.Get("To") != zhang || f.Get("From") != from {
				t.Errorf("webhook %v", f)
			}
		}
		if want := strconv.Itoa(int(c.Ended.Sub(c.Answered).Seconds())); off.at("/status", "CallDuration")[3] != want {
			t.Errorf("duration %q, want %s", off.at("/status", "CallDuration"), want)
		}
	})
}

// How Gather ends: by the number of digits, by its finishing key, by silence.
func TestGather(t *testing.T) {
	for _, c := range []struct {
		attrs, keys string
		thinks      time.Duration
		digits      []string // what came to the action
		fellThrough bool
	}{
		{`numDigits="1" finishOnKey=""`, "#", time.Second, []string{"#"}, false},
		{`numDigits="1" finishOnKey="9"`, "9", time.Second, nil, true},
		{`numDigits="1" finishOnKey="9"`, "1", time.Second, []string{"1"}, false},
		{`numDigits="2"`, "12", time.Second, []string{"12"}, false},
		{`numDigits="3"`, "12", time.Second, []string{"12"}, false}, // silence ends it
		{``, "12#", time.Second, []string{"12"}, false},
		{``, "#", time.Second, nil, true},
		{``, "1", 20 * time.Second, nil, true}, // too late
		{`timeout="30" numDigits="1"`, "1", 20 * time.Second, []string{"1"}, false},
	} {
		synctest.Test(t, func(t *testing.T) {
			sim, off := newOffice(t, twiliosim.Options{Calls: twiliosim.AllCalls(twiliosim.Presses(time.Second, c.thinks, c.keys))}, map[string]string{"/take": `<Response/>`})
			dial(t, sim, "Twiml", `<Response><Gather action="https://desk.example/take" `+c.attrs+`><Say>key?</Say></Gather><Say>fell through</Say></Response>`)
			time.Sleep(time.Minute)
			synctest.Wait()
			call := sim.Calls()[0]
			if got := off.at("/take", "Digits"); !slices.Equal(got, c.digits) || (len(call.Said) == 2) != c.fellThrough {
				t.Errorf("%s with %q: digits %q, said %q", c.attrs, c.keys, got, call.Said)
			}
		})
	}
}

// A document that Twilio would refuse ends the call in Twilio's words.
func TestBrokenDocuments(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim, _ := newOffice(t, twiliosim.Options{Calls: twiliosim.AllCalls(twiliosim.Presses(time.Second, time.Second, "1"))}, map[string]string{
			"/circle": `<Response><Redirect>circle</Redirect></Response>`, "/text": `hello`,
		})
		for n, c := range []struct {
			doc  string
			code int
		}{
			{`<Response><Speak>x</Speak></Response>`, 12100},
			{`<Response><Say voise="x">x</Say></Response>`, 12100},
			{`<Response><Gather><Hangup/></Gather></Response>`, 12100},
			{`<Response><Say>`, 12100},
			{`<Response/><Response/>`, 12100},
			{`hello`, 12100},
			{`<Response><Redirect>https://desk.example/text</Redirect></Response>`, 12100},
			{`<Response><Redirect>https://desk.example/nothing</Redirect></Response>`, 11200},
			{`<Response><Redirect>https://desk.example/circle</Redirect></Response>`, 11200},
			{`<Response><Redirect>relative</Redirect></Response>`, 11100},
			{`<Response><Redirect method="GET">https://desk.example/text</Redirect></Response>`, 11100},
			{`<Response><Gather numDigits="1"/></Response>`, 11100}, // no document's own address to go to
		} {
			dial(t, sim, "Twiml", c.doc)
			time.Sleep(time.Minute)
			synctest.Wait()
			call := sim.Calls()[n]
			if call.Code != c.code || call.Status != "completed" || len(call.Said) != 1 || !strings.HasPrefix(call.Said[0], "An application error") {
				t.Errorf("%s: %+v", c.doc, call)
			}
		}
	})
}

// What a hand does on the phone counts at once, and what was planned is dropped.
func TestByHand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim, off := newOffice(t, twiliosim.Options{Calls: twiliosim.AllCalls(twiliosim.Presses(10*time.Second, time.Second, "2"))}, map[string]string{"/take": `<Response><Say>so be it</Say></Response>`})
		changed, stop := sim.Subscribe()
		defer stop()
		sid := dial(t, sim, "Twiml", `<Response><Gather numDigits="1" timeout="600" action="https://desk.example/take"><Say>key?</Say></Gather></Response>`)
		time.Sleep(5 * time.Second)
		for _, do := range []twiliosim.Hand{twiliosim.PickUp, "1"} {
			<-changed
			if err := sim.Phone(t.Context(), sid, do); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Minute) // past what was planned
			synctest.Wait()
		}
		if c := sim.Calls()[0]; c.Keys != "1" || c.Status != "completed" || !slices.Equal(off.at("/take", "Digits"), []string{"1"}) {
			t.Errorf("%+v heard %q", c, off.at("/take", "Digits"))
		}
		for _, do := range []twiliosim.Hand{twiliosim.HangUp, "1"} {
			if err := sim.Phone(t.Context(), sid, do); err == nil {
				t.Errorf("%s after the end", do)
			}
		}
		other := dial(t, sim)
		for _, do := range []twiliosim.Hand{"", "12", "x", "ring"} {
			if err := sim.Phone(t.Context(), other, do); err == nil {
				t.Errorf("%q was done", do)
			}
		}
		if err := sim.Phone(t.Context(), "CA0", twiliosim.PickUp); err == nil {
			t.Error("a call that is none was picked up")
		}
	})
}

// Calls begin one a second, in the order they were made, and one that still
// waits can be taken back.
func TestCallsPerSecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim, off := newOffice(t, twiliosim.Options{CallsPerSecond: 1}, map[string]string{"/status": ""})
		began := time.Now()
		var last string
		for range 4 {
			last = dial(t, sim, "StatusCallback", "https://desk.example/status", "StatusCallbackEvent", everyEvent)
		}
		if _, v := api(t, sim, "POST", "Calls/"+last+".json", url.Values{"Status": {"canceled"}}); v["status"] != "canceled" {
			t.Errorf("%v", v)
		}
		synctest.Wait()
		for n := range 3 {
			synctest.Wait()
			if got := len(off.at("/status", "CallStatus")); got != 2*n+2 { // one that rings since, one that begins, and the one taken back
				t.Errorf("after %s %q", time.Since(began), off.at("/status", "CallStatus"))
			}
			time.Sleep(time.Second)
		}
	})
}

func TestCallsThatAreRefused(t *testing.T) {
	sim, _ := newOffice(t, twiliosim.Options{}, nil)
	sid := dial(t, sim)
	for _, c := range []struct {
		resource string
		form     url.Values
		status   int
		code     float64
	}{
		{"Calls.json", url.Values{"From": {from}, "Twiml": {"x"}}, 400, 21201},
		{"Calls.json", url.Values{"To": {"x"}, "From": {from}, "Twiml": {"x"}}, 400, 21211},
		{"Calls.json", url.Values{"To": {zhang}, "Twiml": {"x"}}, 400, 21213},
		{"Calls.json", url.Values{"To": {zhang}, "From": {"KENLI"}, "Twiml": {"x"}}, 400, 21212},
		{"Calls.json", url.Values{"To": {zhang}, "From": {from}}, 400, 21205},
		{"Calls.json", url.Values{"To": {zhang}, "From": {from}, "Twiml": {strings.Repeat("长", 4001)}}, 400, 20001},
		{"Calls.json", url.Values{"To": {zhang}, "From": {from}, "Twiml": {"x"}, "Timeout": {"601"}}, 400, 21208},
		{"Calls.json", url.Values{"To": {zhang}, "From": {from}, "Twiml": {"x"}, "StatusCallbackEvent": {"ended"}}, 400, 21626},
		{"Calls/" + sid + ".json", url.Values{"Status": {"paused"}}, 400, 20001},
		{"Calls/CA1.json", url.Values{"Status": {"canceled"}}, 404, 20404},
		{"Calls/" + sid + ".json", url.Values{"Status": {"canceled"}}, 200, 0},
		{"Calls/" + sid + ".json", url.Values{"Status": {"completed"}}, 400, 21220},
	} {
		status, v := api(t, sim, "POST", c.resource, c.form)
		if code, _ := v["code"].(float64); status != c.status || code != c.code {
			t.Errorf("%s %v: %d %v", c.resource, c.form, status, v)
		}
	}
}

// Old calls are forgotten, and a closed simulator waits for nobody.
func TestCallsAreBounded(t *testing.T) {
	sim := twiliosim.New(twiliosim.Options{Keep: 2})
	for range 5 {
		dial(t, sim)
	}
	calls := sim.Calls()
	if len(calls) != 2 || calls[0].Seq != 4 || calls[1].Seq != 5 || !calls[1].Live() {
		t.Errorf("%+v", calls)
	}
	if err := sim.Close(); err != nil {
		t.Error(err)
	}
	if err := sim.Phone(t.Context(), calls[1].SID, twiliosim.PickUp); err == nil {
		t.Error("a phone rings after the end")
	}
}
