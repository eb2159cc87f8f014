package twiliosim_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"onekeyd/alerts"
	"onekeyd/alerts/sms/twilio"
	"onekeyd/alerts/sms/twiliosim"
	"onekeyd/alerts/twilioapi"
	voice "onekeyd/alerts/voice/twilio"
)

const openAPI = "../../../../shared/twilio/twilio_api_v2010_trimmed_strict.json"

// contract checks every request and answer that passes against Twilio's OpenAPI.
type contract struct {
	t      testing.TB
	router routers.Router
	next   http.RoundTripper
	seen   map[int]int // answers by status
	faults []error
}

func newContract(t testing.TB, next http.RoundTripper) *contract {
	t.Helper()
	loader := openapi3.NewLoader()
	doc, err := loader.LoadFromFile(openAPI)
	if errors.Is(err, os.ErrNotExist) {
		t.Skip("Twilio's OpenAPI document is not beside this checkout")
	}
	if err != nil {
		t.Fatal(err)
	}
	// Upstream's own examples break upstream's own schema.
	if err := doc.Validate(loader.Context, openapi3.DisableExamplesValidation()); err != nil {
		t.Fatal(err)
	}
	doc.Servers = nil
	for _, p := range doc.Paths.Map() {
		p.Servers = nil
	}
	router, err := gorillamux.NewRouter(doc)
	if err != nil {
		t.Fatal(err)
	}
	return &contract{t: t, router: router, next: next, seen: map[int]int{}}
}

func (c *contract) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
		r.Body.Close()
	}
	again := func() io.ReadCloser { return io.NopCloser(bytes.NewReader(body)) }
	q := r.Clone(r.Context())
	q.Body = again()
	route, path, err := c.router.FindRoute(q)
	if err != nil {
		return nil, err
	}
	in := &openapi3filter.RequestValidationInput{Request: q, PathParams: path, Route: route,
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, MultiError: true, IncludeResponseStatus: true}}
	if err := openapi3filter.ValidateRequest(r.Context(), in); err != nil {
		c.faults = append(c.faults, err)
	}
	c.keys(route, body)
	r = r.Clone(r.Context())
	r.Body = again()
	res, err := c.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	c.seen[res.StatusCode]++
	out := &openapi3filter.ResponseValidationInput{RequestValidationInput: in, Status: res.StatusCode, Header: res.Header, Options: in.Options}
	out.SetBodyBytes(answer)
	if err := openapi3filter.ValidateResponse(context.Background(), out); err != nil {
		c.faults = append(c.faults, err)
	}
	res.Body = io.NopCloser(bytes.NewReader(answer))
	return res, nil
}

// keys catches a misspelt form field, which no validator of forms does.
func (c *contract) keys(route *routers.Route, body []byte) {
	if route.Operation.RequestBody == nil {
		return
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		c.faults = append(c.faults, err)
	}
	schema := route.Operation.RequestBody.Value.Content["application/x-www-form-urlencoded"].Schema.Value
	for k := range form {
		if schema.Properties[k] == nil {
			c.faults = append(c.faults, errors.New("no such form field: "+k))
		}
	}
}

func TestContract(t *testing.T) {
	act := twiliosim.Outcome{}
	sim := twiliosim.New(twiliosim.Options{NoCallbacks: true, Behaviour: func(twiliosim.Message) twiliosim.Outcome { return act }})
	defer sim.Close()
	c := newContract(t, sim.RoundTripper())
	sid, token := sim.Account()
	for _, o := range []twilio.Options{
		{Account: twilioapi.Account{HookURL: hookURL}, From: from},
		{MessagingServiceSID: "MG00000000000000000000000000000002"},
	} {
		o.AccountSID, o.AuthToken, o.Transport = sid, token, c
		s, err := twilio.New(o)
		if err != nil {
			t.Fatal(err)
		}
		n := alerts.Notice{ID: "n1", Kind: alerts.Drill, To: zhang, Params: map[string]string{"code": "37"}, NotAfter: time.Now().Add(time.Hour)}
		act = twiliosim.Outcome{}
		r, err := s.Send(t.Context(), n)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Query(t.Context(), r.Ref); err != nil {
			t.Error(err)
		}
		for status, code := range map[int]int{400: 21211, 401: 20003, 429: 20429, 500: 20500, 503: 20503} {
			act = twiliosim.Refuses(status, code)
			if _, err := s.Send(t.Context(), n); err == nil {
				t.Errorf("%d was accepted", status)
			}
		}
		if _, err := s.Query(t.Context(), "SM00000000000000000000000000000000"); err == nil {
			t.Error("an unknown message was found")
		}
	}
	if len(c.faults) > 0 {
		t.Error(errors.Join(c.faults...))
	}
	for _, status := range []int{201, 200, 400, 401, 404, 429, 500, 503} {
		if c.seen[status] != 2 {
			t.Errorf("answer %d was checked %d times", status, c.seen[status])
		}
	}
}

// What the voice sender asks and what the simulator answers, at every stage of a call.
func TestContractOfCalls(t *testing.T) {
	c := newContract(t, nil)
	synctest.Test(t, func(t *testing.T) {
		act := twiliosim.CallOutcome{}
		sim := twiliosim.New(twiliosim.Options{NoCallbacks: true, Calls: func(twiliosim.Call) twiliosim.CallOutcome { return act }})
		defer sim.Close()
		c.next = sim.RoundTripper()
		sid, token := sim.Account()
		s, err := voice.New(voice.Options{Account: twilioapi.Account{AccountSID: sid, AuthToken: token, HookURL: hookURL, Transport: c}, From: from})
		if err != nil {
			t.Fatal(err)
		}
		n := alerts.Notice{ID: "n1", Kind: alerts.ResponderAlert, Lang: "zh", To: zhang, Params: map[string]string{"code": "37", "addr": "幸福里"}}
		for _, after := range []time.Duration{0, 5 * time.Second, time.Hour} { // waits, somebody listens, over
			act = twiliosim.PicksUp(2 * time.Second)
			r, err := s.Send(t.Context(), n)
			if err != nil {
				t.Fatal(err)
			}
			time.Sleep(after)
			synctest.Wait()
			fetch, err := http.NewRequestWithContext(t.Context(), "GET", "https://api.twilio.com/2010-04-01/Accounts/"+sid+"/Calls/"+r.Ref+".json", nil)
			if err != nil {
				t.Fatal(err)
			}
			fetch.SetBasicAuth(sid, token)
			if _, err := c.RoundTrip(fetch); err != nil {
				t.Fatal(err)
			}
			if err := s.Cancel(t.Context(), r.Ref); err != nil {
				t.Error(err)
			}
		}
		for status, code := range map[int]int{400: 21211, 401: 20003, 429: 20429, 500: 20500, 503: 20503} {
			act = twiliosim.RefusesCall(status, code)
			if _, err := s.Send(t.Context(), n); err == nil {
				t.Errorf("%d was accepted", status)
			}
		}
		if err := s.Cancel(t.Context(), "CA00000000000000000000000000000000"); err == nil {
			t.Error("an unknown call was ended")
		}
		if len(c.faults) > 0 {
			t.Error(errors.Join(c.faults...))
		}
		// Three fetches; one cancel, two of a call in progress, and two refused of one that is over.
		for status, want := range map[int]int{201: 3, 200: 6, 400: 3, 401: 1, 404: 1, 429: 1, 500: 1, 503: 1} {
			if c.seen[status] != want {
				t.Errorf("answer %d was checked %d times, want %d", status, c.seen[status], want)
			}
		}
	})
}

// The contract itself must be able to fail.
func TestContractCatches(t *testing.T) {
	const messages = "https://api.twilio.com/2010-04-01/Accounts/AC00000000000000000000000000000001/Messages.json"
	ok := http.Header{"Content-Type": {"application/json"}}
	for why, f := range map[string]struct {
		form   url.Values
		answer string
	}{
		"missing To":     {url.Values{"From": {from}, "Body": {"x"}}, `{}`},
		"misspelt field": {url.Values{"To": {zhang}, "Bdy": {"x"}}, `{}`},
		"bad enum":       {url.Values{"To": {zhang}, "RiskCheck": {"off"}}, `{}`},
		"no integer":     {url.Values{"To": {zhang}, "ValidityPeriod": {"soon"}}, `{}`},
		"bad sid":        {url.Values{"To": {zhang}}, `{"sid":"SM1"}`},
		"bad status":     {url.Values{"To": {zhang}}, `{"status":"done"}`},
	} {
		answers := twiliosim.ServeWith(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Content-Type"] = ok["Content-Type"]
			w.WriteHeader(201)
			io.WriteString(w, f.answer)
		}))
		c := newContract(t, answers)
		r, err := http.NewRequestWithContext(t.Context(), "POST", messages, bytes.NewReader([]byte(f.form.Encode())))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		res, err := c.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if len(c.faults) == 0 {
			t.Errorf("%s was not caught", why)
		}
	}
}
