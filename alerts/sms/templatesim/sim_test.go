package templatesim_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"onekeyd/alerts"
	"onekeyd/alerts/sms"
	"onekeyd/alerts/sms/aliyun"
	"onekeyd/alerts/sms/approved"
	"onekeyd/alerts/sms/templatesim"
	"onekeyd/alerts/sms/tencent"
	"onekeyd/alerts/sms/twiliosim"
)

const (
	zhang  = "+8613800138000"
	secret = "k7Pq2_xW-9vRtY4m"
)

// carrier is a sender with its hook.
type carrier interface {
	alerts.Sender
	alerts.Hook
	Close()
}

// desk is a daemon at the other end: it reads what the simulator pushes with the
// real sender, and believes it.
type desk struct {
	t      *testing.T
	sim    *templatesim.Sim
	sender carrier

	mu   sync.Mutex // guards what follows
	away func() bool
	got  tally
}

// tally is what a desk has read.
type tally struct {
	pushes  int
	states  map[string]alerts.State // by our id
	reports int
	replies map[string]string // by key
}

// seen is what the desk has read until now.
func (d *desk) seen() tally {
	d.mu.Lock()
	defer d.mu.Unlock()
	return tally{d.got.pushes, maps.Clone(d.got.states), d.got.reports, maps.Clone(d.got.replies)}
}

// leave has the desk answer only while away says no.
func (d *desk) leave(away func() bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.away = away
}

func (d *desk) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := alerts.ReadHook(w, r)
	if err != nil {
		d.t.Error(err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.got.pushes++
	if d.away != nil && d.away() {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	evs, contentType, answer, err := d.sender.ParseHook(r, body)
	if err != nil {
		d.t.Errorf("%s: %v", body, err)
	}
	for _, e := range evs {
		if e.Inbound {
			d.got.replies[e.Key] = e.From + " " + e.Text
			continue
		}
		d.got.reports++
		id := e.NoticeID
		if id == "" {
			id = e.Ref
		}
		d.got.states[id] = d.got.states[id].Join(e.State)
	}
	w.Header().Set("Content-Type", contentType)
	_, _ = w.Write(answer)
}

// options is a simulator's with everything approved.
func options(d templatesim.Dialect) templatesim.Options {
	o := templatesim.Options{Dialect: d, KeyID: "id", Secret: "key", App: "1400006666", SignName: "安康一键通", HookURL: "http://desk.example/hooks/" + string(d) + "/" + secret}
	o.Templates = []templatesim.Template{{Code: "T1", Text: "求助${code}号：${addr}。"}, {Code: "T2", Text: "${name}按下求助键。"}}
	if d == templatesim.Tencent {
		o.Templates = []templatesim.Template{{Code: "T1", Text: "求助{1}号：{2}。"}, {Code: "T2", Text: "{1}按下求助键。"}}
	}
	return o
}

func newDesk(t *testing.T, o templatesim.Options) *desk {
	t.Helper()
	d := &desk{t: t, got: tally{states: map[string]alerts.State{}, replies: map[string]string{}}}
	o.Pushes = twiliosim.ServeWith(d)
	d.sim = templatesim.New(o)
	t.Cleanup(d.sim.Close)
	d.sender = senderOf(t, o.Dialect, "", d.sim.RoundTripper())
	return d
}

// senderOf is the real sender of a dialect.
func senderOf(t *testing.T, dialect templatesim.Dialect, base string, transport http.RoundTripper) carrier {
	t.Helper()
	texts, err := sms.Load(sms.Signatures{})
	if err != nil {
		t.Fatal(err)
	}
	style, vars, family := approved.Named, `{ code = "${code}", addr = "${addr}" }`, `{ name = "${name}" }`
	if dialect == templatesim.Tencent {
		style, vars, family = approved.Positional, `["${code}", "${addr}"]`, `["${name}"]`
	}
	file := fmt.Sprintf("[[template]]\nkind='responder_alert'\nlanguage='zh'\ncode='T1'\nvars=%s\n[[template]]\nkind='family_alert'\nlanguage='zh'\ncode='T2'\nvars=%s\n", vars, family)
	table, err := approved.Read([]byte(file), style, texts)
	if err != nil {
		t.Fatal(err)
	}
	var c carrier
	if dialect == templatesim.Tencent {
		c, err = tencent.New(tencent.Options{SecretID: "id", SecretKey: "key", AppID: "1400006666", SignName: "安康一键通", Templates: table, HookSecret: secret, BaseURL: base, Transport: transport})
	} else {
		c, err = aliyun.New(aliyun.Options{AccessKeyID: "id", AccessKeySecret: "key", SignName: "安康一键通", Templates: table, HookSecret: secret, BaseURL: base, Transport: transport})
	}
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (d *desk) send(id, to string, kind alerts.Kind) error {
	_, err := d.sender.Send(d.t.Context(), alerts.Notice{ID: id, Kind: kind, Lang: "zh", To: to, Params: map[string]string{"code": "37", "addr": "幸福里3号楼", "name": "王秀兰" + id}})
	return err
}

func (d *desk) must(id, to string) {
	d.t.Helper()
	if err := d.send(id, to, alerts.ResponderAlert); err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) state(id string) alerts.State {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.got.states[id]
}

// both tells a story with each service in a bubble.
func both(t *testing.T, story func(t *testing.T, dialect templatesim.Dialect)) {
	for _, dialect := range []templatesim.Dialect{templatesim.Aliyun, templatesim.Tencent} {
		t.Run(string(dialect), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { story(t, dialect) })
		})
	}
}

func after(d time.Duration) {
	time.Sleep(d) // in a bubble
	synctest.Wait()
}

func TestDelivery(t *testing.T) {
	for _, c := range []struct {
		why     string
		o       templatesim.Outcome
		state   alerts.State
		reports int
		shown   string
	}{
		{"usual", templatesim.Delivers(6 * time.Second), alerts.Delivered, 1, "delivered"},
		{"late", templatesim.Delivers(50 * time.Minute), alerts.Delivered, 1, "delivered"},
		{"twice", templatesim.Twice(templatesim.Delivers(time.Second)), alerts.Delivered, 2, "delivered"},
		{"lost", templatesim.Loses(), "", 0, "accepted"},
		{"black list", templatesim.Fails(4*time.Second, "MOBILE_IN_BLACK"), alerts.Failed, 1, "failed"},
	} {
		t.Run(c.why, func(t *testing.T) {
			both(t, func(t *testing.T, dialect templatesim.Dialect) {
				o := options(dialect)
				o.Behaviour = templatesim.Always(c.o)
				d := newDesk(t, o)
				d.must("n1", zhang)
				after(time.Hour)
				if d.state("n1") != c.state || d.seen().reports != c.reports || d.sim.To(zhang)[0].State != c.shown {
					t.Errorf("%s after %d reports, shown as %+v", d.state("n1"), d.seen().reports, d.sim.To(zhang))
				}
				if st := d.sim.Stats(); st.PushesFailed != 0 || st.GivenUp != 0 || st.Accepted != 1 {
					t.Errorf("stats %+v", st)
				}
			})
		})
	}
}

// The answer is lost, but the report brings our id: the doubt settles itself.
func TestUnclearSettledByReport(t *testing.T) {
	both(t, func(t *testing.T, dialect templatesim.Dialect) {
		for _, o := range []templatesim.Outcome{{Hang: true}, {Cut: templatesim.CutAfter}} {
			with := options(dialect)
			o.Reports = templatesim.Delivers(6 * time.Second).Reports
			with.Behaviour = templatesim.Always(o)
			d := newDesk(t, with)
			if err := d.send("n1", zhang, alerts.ResponderAlert); alerts.ClassOf(err) != alerts.Unclear {
				t.Fatal(err)
			}
			after(time.Minute)
			if d.state("n1") != alerts.Delivered {
				t.Errorf("%+v: %v", o, d.seen().states)
			}
		}
	})
}

// Where Tencent was not asked to, a report brings its own id alone.
func TestWithoutSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := options(templatesim.Tencent)
		o.NoSession = true
		d := newDesk(t, o)
		d.must("n1", zhang)
		after(time.Minute)
		if ref := d.sim.To(zhang)[0].Ref; d.state("n1") != "" || d.state(ref) != alerts.Delivered {
			t.Errorf("%v, ref %s", d.seen().states, ref)
		}
	})
}

// Reports that come together go together, a hundred at a time.
func TestBatches(t *testing.T) {
	both(t, func(t *testing.T, dialect templatesim.Dialect) {
		d := newDesk(t, options(dialect))
		for n := range 250 {
			d.must(fmt.Sprintf("n%d", n), fmt.Sprintf("+86138%08d", n))
		}
		after(time.Minute)
		if d.seen().pushes != 3 || d.seen().reports != 250 || len(d.seen().states) != 250 {
			t.Errorf("%d reports of %d messages in %d pushes", d.seen().reports, len(d.seen().states), d.seen().pushes)
		}
	})
}

// What is not taken comes again as the documents say, and then no more.
func TestPushesAreRepeated(t *testing.T) {
	both(t, func(t *testing.T, dialect templatesim.Dialect) {
		d := newDesk(t, options(dialect))
		back := time.Now().Add(2 * time.Minute)
		d.leave(func() bool { return time.Now().Before(back) })
		d.must("n1", zhang)
		if err := d.sim.Reply(zhang, "1"); err == nil || !strings.Contains(err.Error(), "503") {
			t.Errorf("reply while away: %v", err)
		}
		after(time.Minute)
		if d.state("n1") != "" || len(d.seen().replies) != 0 {
			t.Errorf("%v, %v while away", d.seen().states, d.seen().replies)
		}
		after(10 * time.Minute)
		if d.state("n1") != alerts.Delivered || len(d.seen().replies) != 1 || d.sim.Stats().GivenUp != 0 {
			t.Errorf("%v, %v, %+v when back", d.seen().states, d.seen().replies, d.sim.Stats())
		}
		d.leave(func() bool { return true })
		before := d.seen().pushes
		d.must("n2", zhang)
		after(24 * time.Hour)
		want := map[templatesim.Dialect]int{templatesim.Aliyun: 4, templatesim.Tencent: 3}[dialect]
		if got := d.seen().pushes - before; got != want || d.sim.Stats().GivenUp != 1 {
			t.Errorf("pushed %d times, given up %d", got, d.sim.Stats().GivenUp)
		}
	})
}

// An answer that keeps a push waiting too long is none, and what comes again
// has the same key.
func TestSlowAnswers(t *testing.T) {
	both(t, func(t *testing.T, dialect templatesim.Dialect) {
		o := options(dialect)
		d := newDesk(t, o)
		first := true
		d.leave(func() bool {
			if first {
				first = false
				time.Sleep(5 * time.Second) // in a bubble: a disk that hangs
			}
			return false
		})
		if err := d.sim.Reply(zhang, "1"); err == nil {
			t.Error("taken too late, and believed taken")
		}
		after(2 * time.Minute)
		if d.seen().pushes != 2 || len(d.seen().replies) != 1 {
			t.Errorf("%d pushes, replies %v", d.seen().pushes, d.seen().replies)
		}
	})
}

func TestReplies(t *testing.T) {
	both(t, func(t *testing.T, dialect templatesim.Dialect) {
		d := newDesk(t, options(dialect))
		for _, text := range []string{"１ ３７", "去不了"} {
			if err := d.sim.Reply(zhang, text); err != nil {
				t.Fatal(err)
			}
		}
		var said []string
		for _, r := range d.seen().replies {
			said = append(said, r)
		}
		if all := strings.Join(said, "|"); len(said) != 2 || !strings.Contains(all, zhang+" １ ３７") || !strings.Contains(all, zhang+" 去不了") {
			t.Errorf("%q", said)
		}
		if len(d.sim.To(zhang)) != 0 || len(d.sim.Messages()) != 2 {
			t.Errorf("%+v", d.sim.Messages())
		}
		d.sim.SetHookURL("")
		if err := d.sim.Reply(zhang, "1"); err == nil || !strings.Contains(err.Error(), "hook url") {
			t.Errorf("without a hook: %v", err)
		}
	})
}

// The limits of one number, where they are switched on.
func TestLimits(t *testing.T) {
	both(t, func(t *testing.T, dialect templatesim.Dialect) {
		o := options(dialect)
		o.Limits = templatesim.UsualLimits(dialect)
		d := newDesk(t, o)
		d.must("n1", zhang)
		n := 1
		if dialect == templatesim.Tencent {
			if err := d.send("n2", zhang, alerts.ResponderAlert); alerts.ClassOf(err) != alerts.BadNumber {
				t.Errorf("the same text at once: %v", err)
			}
			if err := d.send("n2", zhang, alerts.FamilyAlert); err != nil {
				t.Errorf("another text at once: %v", err)
			}
			n++
			after(31 * time.Second)
		}
		for ; n < o.Limits.PerDay; n++ {
			d.must(fmt.Sprintf("m%d", n), zhang)
			after(31 * time.Second)
		}
		if err := d.send("x", zhang, alerts.ResponderAlert); alerts.ClassOf(err) != alerts.BadNumber {
			t.Errorf("one more than a day's: %v", err)
		}
		d.must("other", "+8613800138001")
		if dialect == templatesim.Aliyun {
			if err := d.send("y", zhang, alerts.FamilyAlert); err != nil {
				t.Errorf("another template: %v", err)
			}
		}
		after(25 * time.Hour)
		d.must("z", zhang)
	})
	synctest.Test(t, func(t *testing.T) {
		o := options(templatesim.Aliyun)
		o.Limits.PerMinute = 1
		d := newDesk(t, o)
		d.must("n1", zhang)
		if err := d.send("n2", zhang, alerts.ResponderAlert); alerts.ClassOf(err) != alerts.BadNumber {
			t.Errorf("twice in a minute: %v", err)
		}
		after(time.Minute)
		d.must("n3", zhang)
	})
}

// The same over sockets, both ways.
func TestSocket(t *testing.T) {
	for _, dialect := range []templatesim.Dialect{templatesim.Aliyun, templatesim.Tencent} {
		o := options(dialect)
		o.Gather = time.Millisecond
		o.Behaviour = templatesim.Always(templatesim.Delivers(0))
		d := newDesk(t, o)
		there := make(chan struct{}, 8)
		hooks := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			d.ServeHTTP(w, r)
			there <- struct{}{}
		}))
		defer hooks.Close()
		o.Pushes, o.HookURL = nil, hooks.URL+"/hooks/"+secret
		d.sim = templatesim.New(o)
		defer d.sim.Close()
		api := httptest.NewServer(d.sim)
		defer api.Close()
		d.sender = senderOf(t, dialect, api.URL, nil)
		defer d.sender.Close()
		d.must("n1", zhang)
		<-there
		if d.state("n1") != alerts.Delivered {
			t.Errorf("%s: %v", dialect, d.seen().states)
		}
	}
}
