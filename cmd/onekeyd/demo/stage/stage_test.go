package stage_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"onekeyd/alerts/sms/twiliosim"
	"onekeyd/cmd/onekeyd/demo/stage"
	"onekeyd/dispatch"
)

// gateway stands for the daemon's: it keeps what is posted.
type gateway struct {
	t       *testing.T
	mu      sync.Mutex
	presses []dispatch.Press
	refuse  int // requests to answer with 503 first
}

func (g *gateway) RoundTrip(r *http.Request) (*http.Response, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	answer := func(status int, body string) (*http.Response, error) {
		return &http.Response{StatusCode: status, Status: http.StatusText(status), Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	p, err := dispatch.DecodePress(body)
	if err != nil || p.ID == "" || r.Header.Get("Authorization") != "Bearer secret" {
		g.t.Errorf("no press: %s %v", body, err)
	}
	g.presses = append(g.presses, p)
	if g.refuse > 0 {
		g.refuse--
		return answer(http.StatusServiceUnavailable, `{}`)
	}
	return answer(http.StatusAccepted, `{"press":"`+string(p.ID)+`"}`)
}

var keys = []dispatch.DeviceID{"K-1", "K-2", "K-3", "K-4"}

// press runs the presses for a while and gives what the gateway and the operator heard.
func press(t *testing.T, g *gateway, open func() []dispatch.DeviceID, during time.Duration) (said []string) {
	t.Helper()
	p := stage.Presses{
		URL: "http://gateway/v1/presses", Token: "secret", Keys: keys, First: 3 * time.Second, Every: 45 * time.Second, Open: open,
		Say: func(s string) { said = append(said, s) }, Dice: stage.NewDice(1), Log: slog.New(slog.DiscardHandler), Transport: g,
	}
	ctx, cancel := context.WithTimeout(t.Context(), during)
	defer cancel()
	if err := p.Run(ctx); err != context.DeadlineExceeded {
		t.Errorf("ended with %v", err)
	}
	return said
}

func TestEveryKindIsPressedBeforeLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &gateway{t: t}
		began := time.Now()
		press(t, g, func() []dispatch.DeviceID { return keys[:1] }, 10*time.Minute)
		seen := map[string]bool{}
		for _, p := range g.presses {
			switch {
			case p.Device[:3] == "K-9":
				seen["unknown"] = true
			case p.Device == "K-1":
				t.Error("a key was pressed again while others were quiet")
			case p.At.Before(began):
				seen["late"] = true
			default:
				seen[string(p.Kind)] = true
			}
		}
		for _, kind := range []string{"sos", "fall", "inactivity", "test", "late", "unknown", "service"} {
			if !seen[kind] {
				t.Errorf("no %s in ten minutes", kind)
			}
		}
		if n := len(g.presses); n != 14 { // at 3 s, 48 s … 588 s
			t.Errorf("%d presses", n)
		}
		if g.presses[0].Kind != dispatch.SOS {
			t.Errorf("the first is %s", g.presses[0].Kind)
		}
	})
}

func TestKeysRestWhenNobodyIsAtTheDesk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &gateway{t: t}
		many := make([]dispatch.DeviceID, 20)
		until := time.Now().Add(5 * time.Minute)
		said := press(t, g, func() []dispatch.DeviceID {
			if time.Now().Before(until) {
				return many
			}
			return nil
		}, 6*time.Minute)
		if len(said) != 1 || len(g.presses) != 1 { // the one at 318 s
			t.Errorf("said %q and pressed %d times", said, len(g.presses))
		}
	})
}

func TestAPressIsSentAgainUntilItIsStored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &gateway{t: t, refuse: 2}
		press(t, g, func() []dispatch.DeviceID { return nil }, 10*time.Second)
		if len(g.presses) != 3 {
			t.Fatalf("sent %d times", len(g.presses))
		}
		for _, p := range g.presses {
			if p.ID != g.presses[0].ID {
				t.Error("sent again under another identity")
			}
		}
	})
}

const (
	ask   = "【安康一键通】求助37号：和平社区3号楼2单元401，王秀兰，85岁女。接单回复1，去不了回复2。"
	made  = "【安康一键通】求助37号由您负责，请立即前往和平社区3号楼2单元401。到达回复3，需增援回复9，有危险先打120。"
	there = "【安康一键通】已记录您到达求助37号现场。处理完请回复完成加结果（平安、误按或送医），需增援回复9。"
	how   = "【安康一键通】已记录求助37号处理完毕。结果如何？请回复完成37平安，或误按、送医。"
)

// talk sends a text to each number and gives what came back within a time. hand
// types on the phones as somebody on the page would.
func talk(t *testing.T, numbers []string, outcome twiliosim.Outcome, hand func(*twiliosim.Sim), during time.Duration) map[string][]string {
	t.Helper()
	said := map[string][]string{}
	var mu sync.Mutex
	var sim *twiliosim.Sim
	send := func(to, body string) {
		form := "To=%2B" + to[1:] + "&From=%2B18085550100&Body=" + strings.NewReplacer("，", "%EF%BC%8C").Replace(body)
		sid, token := sim.Account()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://carrier/2010-04-01/Accounts/"+sid+"/Messages.json", strings.NewReader(form))
		if err != nil {
			t.Fatal(err)
		}
		r.SetBasicAuth(sid, token)
		res, err := sim.RoundTripper().RoundTrip(r)
		if err != nil || res.StatusCode != http.StatusCreated {
			t.Errorf("text to %s: %v", to, err)
		}
	}
	daemon := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		from, text := r.PostFormValue("From"), r.PostFormValue("Body")
		said[from] = append(said[from], text)
		switch {
		case strings.HasPrefix(text, "1"):
			send(from, made)
		case strings.HasPrefix(text, "3"):
			send(from, there)
		case text == "完成37":
			send(from, how)
		}
	})
	sim = twiliosim.New(twiliosim.Options{HookURL: "http://daemon/hooks/twilio", Behaviour: twiliosim.Always(outcome), Callbacks: twiliosim.ServeWith(daemon)})
	defer sim.Close()
	people := stage.People{Sim: sim, Dice: stage.NewDice(2), Log: slog.New(slog.DiscardHandler), Least: 8 * time.Second, Most: 40 * time.Second, Way: 30 * time.Second}
	ctx, cancel := context.WithTimeout(t.Context(), during)
	defer cancel()
	var running sync.WaitGroup
	defer running.Wait()
	running.Go(func() {
		if err := people.Run(ctx); err != context.DeadlineExceeded {
			t.Errorf("people ended with %v", err)
		}
	})
	for _, n := range numbers {
		send(n, ask)
	}
	if hand != nil {
		hand(sim)
	}
	<-ctx.Done()
	running.Wait()
	mu.Lock()
	defer mu.Unlock()
	return said
}

func crowd(n int) []string {
	var numbers []string
	for n := range n {
		numbers = append(numbers, "+120255501"+string(rune('0'+n/10))+string(rune('0'+n%10)))
	}
	return numbers
}

// Each story is told to its end: who goes arrives, mostly says so, and says what it was.
func TestSomeComeSomeCannotSomeAreSilent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		said := talk(t, crowd(80), twiliosim.Delivers(time.Second, 5*time.Second), nil, 10*time.Minute)
		count := map[string]int{}
		for number, texts := range said {
			story := strings.Join(texts, ", ")
			for _, end := range []string{"平安", "误按", "送医"} {
				story = strings.Replace(story, "完成37"+end, "完成37 and how", 1)
			}
			switch count[story]++; story {
			case "2 37", "1 37", "1 37, 2 37", "1 37, 9 37", "1 37, 3 37, 9 37", "1 37, 完成37 and how", "1 37, 3 37, 完成37 and how", "1 37, 完成37, 完成37 and how", "1 37, 3 37, 完成37, 完成37 and how":
			default:
				t.Errorf("%s said %s", number, story)
			}
		}
		if count["1 37, 3 37, 完成37 and how"] < 10 || count["2 37"] < 8 || count["1 37, 3 37, 完成37, 完成37 and how"] < 1 || len(said) > 72 {
			t.Errorf("of eighty: %v", count)
		}
	})
}

// A text that did not arrive cannot be answered.
func TestNobodyAnswersWhatDidNotArrive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		if said := talk(t, crowd(80), twiliosim.Fails(4*time.Second, 30003), nil, 5*time.Minute); len(said) != 0 {
			t.Errorf("answers came: %v", said)
		}
	})
}

// Whoever plays a phone on the page plays it to the end.
func TestAHandOnThePhoneWins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		said := talk(t, crowd(80), twiliosim.Delivers(time.Second, 5*time.Second), func(sim *twiliosim.Sim) {
			for _, n := range crowd(80) {
				if err := sim.Reply(t.Context(), n, "+18085550100", "1"); err != nil {
					t.Error(err)
				}
			}
		}, 5*time.Minute)
		if len(said) != 80 {
			t.Errorf("%d were heard", len(said))
		}
		for n, texts := range said {
			if len(texts) != 1 {
				t.Errorf("%s said %q, and only the 1 was typed by hand", n, texts)
			}
		}
	})
}
