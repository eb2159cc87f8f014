package phones_test

import (
	"bufio"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"onekeyd/alerts/sms/twiliosim"
	"onekeyd/cmd/onekeyd/demo/phones"
	"onekeyd/cmd/onekeyd/demo/stage"
)

const (
	desk   = "+18085550100"
	worker = "+12025550101"
	clinic = "+12025550102"
	son    = "+12025550103"
)

// page is the page on a socket, with its carrier and a daemon that only listens.
type page struct {
	t   *testing.T
	sim *twiliosim.Sim
	url string

	mu    sync.Mutex // guards what follows
	heard []url.Values
	deaf  bool // the daemon refuses what comes
}

func newPage(t *testing.T, o twiliosim.Outcome) *page {
	t.Helper()
	p := &page{t: t}
	daemon := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.deaf {
			http.Error(w, "no", http.StatusServiceUnavailable)
			return
		}
		_ = r.ParseForm()
		p.heard = append(p.heard, r.PostForm)
		if r.PostForm.Has("Digits") {
			_, _ = w.Write([]byte(`<Response><Say>好的。</Say></Response>`))
		}
	})
	p.sim = twiliosim.New(twiliosim.Options{HookURL: "http://daemon/hooks/twilio", Behaviour: twiliosim.Always(o), Callbacks: twiliosim.ServeWith(daemon)})
	t.Cleanup(func() { p.sim.Close() })
	who := map[string]phones.Person{
		worker: {Name: "张敏", Role: "worker", Organisation: "和平社区居委会"},
		clinic: {Name: "和平社区卫生服务站", Role: "clinic", Organisation: "和平社区卫生服务站"},
		son:    {Name: "王建国", Role: "family", Relation: "儿子", Elder: "王秀兰"},
	}
	pg, err := phones.New(phones.Options{Sim: p.sim, Desk: desk, Zone: "Asia/Shanghai", Who: func(n string) phones.Person { return who[n] }, Code: stage.CodeIn, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	pg.Register(mux)
	srv := httptest.NewServer(mux)
	t.Cleanup(func() {
		srv.CloseClientConnections() // a stream has no end of its own
		srv.Close()
	})
	p.url = srv.URL + phones.Path
	return p
}

// text sends one through the carrier as the daemon would.
func (p *page) text(to, body string) {
	p.t.Helper()
	sid, token := p.sim.Account()
	form := url.Values{"To": {to}, "From": {desk}, "Body": {body}}
	r, err := http.NewRequestWithContext(p.t.Context(), http.MethodPost, "http://carrier/2010-04-01/Accounts/"+sid+"/Messages.json", strings.NewReader(form.Encode()))
	if err != nil {
		p.t.Fatal(err)
	}
	r.SetBasicAuth(sid, token)
	if res, err := p.sim.RoundTripper().RoundTrip(r); err != nil || res.StatusCode != http.StatusCreated {
		p.t.Fatalf("text to %s: %v %v", to, res, err)
	}
}

func (p *page) asked(code string) string {
	return "【安康一键通】求助" + code + "号：和平社区3号楼2单元401，王秀兰，85岁女。接单回复1，去不了回复2。"
}

func (p *page) answers() []url.Values {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]url.Values(nil), p.heard...)
}

// ring calls a number as the daemon would.
func (p *page) ring(to string) {
	p.t.Helper()
	sid, token := p.sim.Account()
	form := url.Values{"To": {to}, "From": {desk}, "Twiml": {`<Response><Gather numDigits="1" timeout="60" action="http://daemon/hooks/twilio/voice"><Say>` + spoken + `</Say></Gather></Response>`}}
	r, err := http.NewRequestWithContext(p.t.Context(), http.MethodPost, "http://carrier/2010-04-01/Accounts/"+sid+"/Calls.json", strings.NewReader(form.Encode()))
	if err != nil {
		p.t.Fatal(err)
	}
	r.SetBasicAuth(sid, token)
	if res, err := p.sim.RoundTripper().RoundTrip(r); err != nil || res.StatusCode != http.StatusCreated {
		p.t.Fatalf("call to %s: %v %v", to, res, err)
	}
}

const spoken = "求助3 7号，老人按下了紧急求助键。能去请按1，去不了请按2。"

// until waits for the page to show a phone as it should be.
func (p *page) until(number string, ok func(shownPhone) bool) shownPhone {
	p.t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); {
		for _, ph := range p.list().Phones {
			if ph.Number == number && ok(ph) {
				return ph
			}
		}
		changed, stop := p.sim.Subscribe()
		select {
		case <-changed:
		case <-time.After(100 * time.Millisecond):
		}
		stop()
	}
	p.t.Fatalf("%s is shown as %+v", number, p.list())
	return shownPhone{}
}

type shown struct {
	Zone   string
	Phones []shownPhone
}

type shownPhone struct {
	Number, Name, Role, Code string
	Ring                     *struct{ SID, State, Words, Keys string }
	Texts                    []struct {
		Body, State, Code, Keys string
		Mine, Call              bool
	}
}

func (p *page) list() (s shown) {
	p.t.Helper()
	res, err := http.Get(p.url + "texts")
	if err != nil {
		p.t.Fatal(err)
	}
	defer res.Body.Close()
	if err := json.NewDecoder(res.Body).Decode(&s); err != nil {
		p.t.Fatal(err)
	}
	return s
}

func (p *page) post(body string) *http.Response { return p.postTo("reply", body) }

func (p *page) postTo(where, body string) *http.Response {
	p.t.Helper()
	res, err := http.Post(p.url+where, "application/json", strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	res.Body.Close()
	return res
}

func TestTextsLieOnTheirPhonesNewestFirst(t *testing.T) {
	p := newPage(t, twiliosim.Outcome{})
	p.text(worker, p.asked("37"))
	p.text(son, "紧急求助：王秀兰按下求助键。")
	p.text("+12025550199", "?")
	if res := p.post(`{"number":"` + worker + `","text":" 1 "}`); res.StatusCode != http.StatusNoContent {
		t.Fatal(res.Status)
	}
	got := p.list()
	if len(got.Phones) != 3 || got.Zone != "Asia/Shanghai" {
		t.Fatalf("%+v", got)
	}
	first := got.Phones[0]
	if first.Number != worker || first.Name != "张敏" || first.Role != "worker" || first.Code != "" || len(first.Texts) != 2 ||
		!first.Texts[0].Mine || first.Texts[0].Body != "1" || first.Texts[1].Code != "37" || first.Texts[1].State != "queued" {
		t.Errorf("the phone that was typed on: %+v", first)
	}
	if got.Phones[1].Role != "stranger" || got.Phones[2].Role != "family" {
		t.Errorf("the others: %+v", got.Phones[1:])
	}
	heard := p.answers()
	if len(heard) != 1 || heard[0].Get("From") != worker || heard[0].Get("To") != desk || heard[0].Get("Body") != "1" {
		t.Errorf("the daemon heard %v", heard)
	}
}

// With two incidents on one phone an answer must say which, so the page offers it.
func TestAPhoneWithTwoIncidentsNamesTheNewest(t *testing.T) {
	p := newPage(t, twiliosim.Outcome{})
	p.text(worker, p.asked("37"))
	p.text(worker, p.asked("38"))
	p.text(worker, "已记录您无法前往，已转通知其他人员。")
	if got := p.list().Phones; len(got) != 1 || got[0].Code != "38" {
		t.Errorf("%+v", got)
	}
}

func TestRepliesThatCannotBe(t *testing.T) {
	p := newPage(t, twiliosim.Outcome{})
	p.text(worker, p.asked("37"))
	for _, c := range []struct {
		body string
		want int
	}{
		{`{"number":"` + worker + `","text":"  "}`, 400},
		{`{"number":"` + worker + `","text":"` + strings.Repeat("一", 600) + `"}`, 400},
		{`{"number":"+12025550177","text":"1"}`, 404},
		{`nonsense`, 400},
	} {
		if res := p.post(c.body); res.StatusCode != c.want {
			t.Errorf("%.60s: %s, want %d", c.body, res.Status, c.want)
		}
	}
	p.mu.Lock()
	p.deaf = true
	p.mu.Unlock()
	if res := p.post(`{"number":"` + worker + `","text":"1"}`); res.StatusCode != http.StatusBadGateway {
		t.Errorf("a deaf daemon: %s", res.Status)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.url+"reply", strings.NewReader(`{"number":"`+worker+`","text":"1"}`))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusForbidden {
		t.Errorf("another site's page: %s", res.Status)
	}
}

// A phone rings on the page, is picked up there, says its words, and its key
// goes the way a key goes; the call that is over stays with what it said.
func TestACallIsAnsweredOnThePage(t *testing.T) {
	p := newPage(t, twiliosim.Outcome{})
	p.text(worker, p.asked("37"))
	p.ring(worker)
	ringing := p.until(worker, func(ph shownPhone) bool { return ph.Ring != nil && ph.Ring.State == "ringing" })
	act := func(do string, want int) {
		t.Helper()
		if res := p.postTo("call", `{"sid":"`+ringing.Ring.SID+`","do":"`+do+`"}`); res.StatusCode != want {
			t.Errorf("%s: %s, want %d", do, res.Status, want)
		}
	}
	act("answer", http.StatusNoContent)
	p.until(worker, func(ph shownPhone) bool { return ph.Ring != nil && ph.Ring.Words == spoken })
	act("1", http.StatusNoContent)
	over := p.until(worker, func(ph shownPhone) bool { return ph.Ring == nil })
	if call := over.Texts[0]; len(over.Texts) != 2 || !call.Call || call.State != "completed" || call.Keys != "1" || call.Body != spoken+"\n好的。" || over.Texts[1].Call {
		t.Errorf("afterwards it shows %+v", over)
	}
	if heard := p.answers(); len(heard) != 1 || heard[0].Get("Digits") != "1" || heard[0].Get("To") != worker {
		t.Errorf("the daemon heard %v", heard)
	}
	act("1", http.StatusConflict)
	if res := p.postTo("call", `nonsense`); res.StatusCode != http.StatusBadRequest {
		t.Errorf("nonsense: %s", res.Status)
	}
	if res := p.postTo("call", `{"sid":"`+ringing.Ring.SID+`","do":"ring"}`); res.StatusCode != http.StatusConflict {
		t.Errorf("nothing to do on a phone: %s", res.Status)
	}
}

func TestTheStreamBeginsWithAllAndGoesOnWithNews(t *testing.T) {
	p := newPage(t, twiliosim.Delivers(100*time.Millisecond, 300*time.Millisecond))
	p.text(worker, p.asked("37"))
	p.text(son, "紧急求助：王秀兰按下求助键。")
	res, err := http.Get(p.url + "events")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if ct := res.Header.Get("Content-Type"); ct != "text/event-stream" {
		t.Fatalf("content type %q", ct)
	}
	lines := bufio.NewScanner(res.Body)
	next := func() (s shown) {
		t.Helper()
		for lines.Scan() {
			if data, ok := strings.CutPrefix(lines.Text(), "data: {"); ok {
				if err := json.Unmarshal([]byte("{"+data), &s); err != nil {
					t.Fatal(err)
				}
				return s
			}
		}
		t.Fatalf("the stream ended: %v", lines.Err())
		return s
	}
	if first := next(); len(first.Phones) != 2 {
		t.Fatalf("it began with %+v", first)
	}
	for delivered := false; !delivered; { // the carrier's own callbacks
		for _, ph := range next().Phones {
			delivered = delivered || ph.Texts[0].State == "delivered"
		}
	}
	p.text(clinic, p.asked("37"))
	for {
		for _, ph := range next().Phones {
			if ph.Number == clinic {
				return
			}
		}
	}
}
