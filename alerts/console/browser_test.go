package console

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"onekeyd/dispatch"
	"onekeyd/dispatch/access"
)

// browser starts a headless Chromium that can reach this machine only, or skips.
// ONEKEYD_TEST_REQUIRE=chromium makes the skip a failure.
func browser(t *testing.T) context.Context {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if p, err := exec.LookPath(name); err == nil {
			path = p
			break
		}
	}
	if path == "" {
		if slices.Contains(strings.Split(os.Getenv("ONEKEYD_TEST_REQUIRE"), ","), "chromium") {
			t.Fatal("chromium is required and not installed (apt-get install chromium fonts-noto-cjk)")
		}
		t.Skip("chromium is not installed (apt-get install chromium fonts-noto-cjk)")
	}
	alloc, cancelAlloc := chromedp.NewExecAllocator(context.Background(),
		chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck, chromedp.Headless, chromedp.NoSandbox, chromedp.ExecPath(path), chromedp.WindowSize(1920, 1080),
		chromedp.Flag("disable-gpu", true), chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true), chromedp.Flag("mute-audio", true),
		chromedp.Flag("host-resolver-rules", "MAP centre.example 127.0.0.1 , MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"))
	t.Cleanup(cancelAlloc)
	ctx, cancel := chromedp.NewContext(alloc)
	t.Cleanup(cancel)
	// The first use starts the browser and must not carry a deadline: it would kill the browser when it ends.
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil {
		t.Fatalf("start chromium: %v", err)
	}
	return ctx
}

// tab is one page under test with what it asked for and complained about.
type tab struct {
	t    *testing.T
	ctx  context.Context
	mu   sync.Mutex
	urls []string
	bad  []string
}

func newTab(t *testing.T, browser context.Context, as ...chromedp.ContextOption) *tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(browser, as...)
	t.Cleanup(cancel)
	p := &tab{t: t, ctx: ctx}
	err := chromedp.Listen(ctx, func(ev any) {
		p.mu.Lock()
		defer p.mu.Unlock()
		switch ev := ev.(type) {
		case *network.EventRequestWillBeSent:
			p.urls = append(p.urls, ev.Request.URL)
		case *runtime.EventExceptionThrown:
			p.bad = append(p.bad, fmt.Sprint(ev.ExceptionDetails.Text, " ", ev.ExceptionDetails.Exception.Description))
		case *runtime.EventConsoleAPICalled:
			for _, a := range ev.Args {
				if s := string(a.Value); strings.Contains(s, "CSP ") {
					p.bad = append(p.bad, s)
				}
			}
		}
	})
	if err == nil {
		_, err = chromedp.Call(ctx, network.Enable, network.EnableParams{})
	}
	if err == nil {
		_, err = chromedp.Call(ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{
			Source: `document.addEventListener('securitypolicyviolation', e => console.warn('CSP ' + e.violatedDirective + ' ' + e.blockedURI))`,
		})
	}
	if err != nil {
		t.Fatalf("open a tab: %v", err)
	}
	return p
}

func (p *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, 40*time.Second)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		p.t.Fatalf("browser: %v\nbad: %q", err, p.complaints(""))
	}
}

// eval runs an expression without a user's gesture.
func eval[T any](p *tab, expr string) T {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, 40*time.Second)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expr))
	if err != nil {
		p.t.Fatalf("evaluate %s: %v", expr, err)
	}
	return v
}

// until waits for an expression to be true. A page that is being left has no answer and is asked again.
func (p *tab) until(expr string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, 30*time.Second)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		yes, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("Boolean("+expr+")"))
		if yes {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			p.t.Fatalf("waiting for %s: %v\nbad: %q\npage: %s", expr, err, p.complaints(""), eval[string](p, "document.body.innerText.slice(0,2000)"))
		}
	}
}

// complaints lists script errors, policy violations, and requests that left the origin.
func (p *tab) complaints(origin string) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	list := slices.Clone(p.bad)
	for _, u := range p.urls {
		if at, err := url.Parse(u); origin != "" && (err != nil || at.Scheme != "data" && at.Scheme+"://"+at.Host != origin && u != "about:blank") {
			list = append(list, "request to "+u)
		}
	}
	return list
}

func (p *tab) login(c *centre, name string) {
	p.t.Helper()
	p.do(chromedp.Navigate(c.url+"/login"), chromedp.WaitVisible("#enter"),
		chromedp.SendKeys(`input[name="name"]`, name), chromedp.SendKeys(`input[name="password"]`, testPassword), chromedp.Click("#enter"))
	p.until("window.onekeyd?.link() === 'live'")
}

// shot keeps a picture in $ONEKEYD_TEST_SHOTS, for eyes.
func (p *tab) shot(name string) {
	p.t.Helper()
	dir := os.Getenv("ONEKEYD_TEST_SHOTS")
	if dir == "" {
		return
	}
	png, err := chromedp.Run(p.ctx, chromedp.CaptureScreenshot())
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644)
	}
	if err != nil {
		p.t.Errorf("screenshot %s: %v", name, err)
	}
}

func TestLoginArmsTheAlarmAndF2StopsIt(t *testing.T) {
	c := open(t, nil, nil)
	p := newTab(t, browser(t))
	p.do(chromedp.Navigate(c.url + "/login"))
	p.shot("login")
	p.login(c, "李敏")
	p.until("window.onekeyd.audio() === 'running'")
	if eval[bool](p, "Boolean(document.getElementById('blocked'))") {
		t.Fatal("the blocking bar shows although the login click armed the alarm")
	}
	waitFor(t, "the console to count as armed", func() bool { return c.con.Armed(5*time.Second) == 1 })
	p.shot("calm")
	if rms := eval[float64](p, "window.onekeyd.rms()"); rms != 0 {
		t.Fatalf("silent console has RMS %v", rms)
	}

	// Heard by the page's own meter, on the clock both sides share.
	p.do(chromedp.Evaluate[chromedp.Void](`(() => { window.heardAt = 0; const look = () => { if (window.onekeyd.rms() > 0.05) window.heardAt = performance.timeOrigin + performance.now(); else setTimeout(look, 1); }; look(); })()`))
	sent := time.Now()
	inc := c.board.put(call("20261121-ab12cd", sent.UTC()))
	p.until("window.heardAt > 0")
	heard := time.UnixMicro(int64(eval[float64](p, "window.heardAt * 1000"))).Sub(sent)
	t.Logf("on the board → RMS > 0.05 in the page: %s", heard)
	if heard > 300*time.Millisecond {
		t.Errorf("the alarm took %s, want at most 300 ms", heard)
	}
	p.until("document.querySelector('.big h1')?.innerText.includes('朝阳里 7号楼')")
	waitFor(t, "a receipt", func() bool { return len(c.desk.receipts()) > 0 })
	if s := c.desk.receipts()[0]; s.Operator != "李敏" || s.Audio != "running" || !s.Visible || s.Version != inc.Seq {
		t.Errorf("receipt %+v", s)
	}
	p.shot("alarm")

	p.do(chromedp.KeyEvent(kb.F2))
	p.until("window.onekeyd.rms() === 0")
	waitFor(t, "the acknowledgement", func() bool {
		i := c.board.get(inc.ID)
		return i != nil && i.Acked != nil && i.Acked.Operator == "李敏"
	})
	// Quiet must hold for longer than a burst's period.
	loudest := evalAsync[float64](p, `new Promise(done => { let top = 0; const end = performance.now() + 4500; const look = () => { top = Math.max(top, window.onekeyd.rms()); performance.now() < end ? setTimeout(look, 10) : done(top) }; setTimeout(look, 300) })`)
	if loudest != 0 {
		t.Errorf("RMS %v after the acknowledgement", loudest)
	}
	p.shot("acknowledged")
	if bad := p.complaints(c.url); len(bad) > 0 {
		t.Errorf("violations, script errors or foreign requests: %q", bad)
	}
}

func evalAsync[T any](p *tab, expr string) T {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, 40*time.Second)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expr, chromedp.EvalAwaitPromise))
	if err != nil {
		p.t.Fatalf("evaluate: %v", err)
	}
	return v
}

func TestNoteAndCloseAtTheConsole(t *testing.T) {
	c := open(t, nil, nil)
	p := newTab(t, browser(t))
	inc := c.board.put(call("20261121-ab12cd", time.Now().UTC()))
	p.login(c, "李敏")
	p.until("document.getElementById('note') !== null")
	p.do(chromedp.KeyEvent(kb.F2))
	p.until("document.querySelector('.timer small').innerText.includes('李敏')")
	p.do(chromedp.KeyEvent(kb.F9), chromedp.SendKeys("#note", "老人已应答,神志清楚"), chromedp.KeyEvent(kb.Enter))
	p.until("document.querySelector('.log').innerText.includes('神志清楚')")
	p.do(chromedp.Click("#close"), chromedp.WaitVisible(`input[value="assisted"]`))
	p.shot("closing")
	p.do(chromedp.Click(`input[value="assisted"]`), chromedp.Click("#close-do"))
	waitFor(t, "the incident to be closed", func() bool { return c.board.get(inc.ID) == nil })
	p.until("window.onekeyd.open().length === 0")
	p.shot("closed")
	if bad := p.complaints(c.url); len(bad) > 0 {
		t.Errorf("violations, script errors or foreign requests: %q", bad)
	}
}

func TestColdLoadShowsTheBlockingBar(t *testing.T) {
	c := open(t, nil, nil)
	p := newTab(t, browser(t))
	token, _, err := c.access.Login(t.Context(), "李敏", testPassword, "127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(p.ctx, network.SetCookie, network.SetCookieParams{Name: "ok", Value: token, URL: c.url}); err != nil {
		t.Fatal(err)
	}
	p.do(chromedp.Navigate(c.url + "/"))
	p.until("window.onekeyd?.link() === 'live' && document.getElementById('blocked') !== null")
	if got := eval[string](p, "window.onekeyd.audio()"); got != "suspended" {
		t.Fatalf("audio is %s on a cold load", got)
	}
	c.board.put(call("20261121-ab12cd", time.Now().UTC()))
	p.until("document.querySelector('.big h1') !== null")
	waitFor(t, "a receipt that says suspended", func() bool {
		r := c.desk.receipts()
		return len(r) > 0 && r[0].Audio == "suspended"
	})
	if n := c.con.Armed(12 * time.Second); n != 0 {
		t.Errorf("%d armed consoles, want none", n)
	}
	p.shot("blocked")
	p.until("document.querySelector('.stake').innerText.startsWith('正有 1 起呼救等待接警：紧急呼救，王秀英，朝阳里 7号楼 2单元 1202，已等 00:0')")
	p.do(chromedp.KeyEvent(kb.F2)) // arms, and takes nothing that has not been read
	p.until("window.onekeyd.audio() === 'running' && window.onekeyd.rms() > 0.05 && document.getElementById('blocked') === null")
	if inc := c.board.get("20261121-ab12cd"); inc.Acked != nil {
		t.Errorf("the key that armed the alarm acknowledged as well: %+v", inc.Acked)
	}
	waitFor(t, "a receipt that says running", func() bool {
		r := c.desk.receipts()
		return r[len(r)-1].Audio == "running"
	})
	waitFor(t, "the console to count as armed", func() bool { return c.con.Armed(5*time.Second) == 1 })
}

// link stands between the page and the console and can break in three ways.
type faultyLink struct {
	mu    sync.Mutex
	mode  string // ok, 503, stall
	cut   chan struct{}
	opens int
}

func (f *faultyLink) set(mode string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.mode = mode
}

func (f *faultyLink) kill() {
	f.mu.Lock()
	defer f.mu.Unlock()
	close(f.cut)
	f.cut = make(chan struct{})
}

// line is one connection. Once stalled it stays so: open, silent, and what is
// written into it is gone.
type line struct {
	http.ResponseWriter
	f    *faultyLink
	dead bool
}

func (l *line) Write(p []byte) (int, error) {
	l.f.mu.Lock()
	l.dead = l.dead || l.f.mode == "stall"
	dead := l.dead
	l.f.mu.Unlock()
	if dead {
		return len(p), nil
	}
	return l.ResponseWriter.Write(p)
}

func (l *line) Unwrap() http.ResponseWriter { return l.ResponseWriter }

func (f *faultyLink) wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/v1/events" {
			next.ServeHTTP(w, r)
			return
		}
		f.mu.Lock()
		mode, cut := f.mode, f.cut
		f.opens++
		f.mu.Unlock()
		if mode == "503" {
			http.Error(w, "no", http.StatusServiceUnavailable)
			return
		}
		ctx, cancel := context.WithCancel(r.Context())
		defer cancel()
		go func() {
			select {
			case <-cut:
				cancel()
			case <-ctx.Done():
			}
		}()
		next.ServeHTTP(&line{ResponseWriter: w, f: f}, r.WithContext(ctx))
	})
}

func TestStreamSurvivesKill503AndStall(t *testing.T) {
	f := &faultyLink{mode: "ok", cut: make(chan struct{})}
	c := open(t, func(o *Options) { o.Heartbeat = 400 * time.Millisecond }, f.wrap)
	p := newTab(t, browser(t))
	p.login(c, "李敏")

	stop := make(chan struct{})
	var pushed sync.WaitGroup
	pushed.Go(func() { // a change every 20 ms, of ten incidents
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for n := 0; ; n++ {
			select {
			case <-stop:
				return
			case <-tick.C:
				inc := call("20261121-"+string(rune('a'+n%10)), testTime)
				inc.Pressed = n
				c.board.put(inc)
			}
		}
	})
	grew := func() {
		n := eval[int](p, "window.onekeyd.trace.ids.length")
		p.until("window.onekeyd.trace.ids.length > " + strconv.Itoa(n+10))
	}
	grew()
	f.kill()
	grew()
	f.set("503")
	f.kill()
	waitFor(t, "a refused reconnect", func() bool { f.mu.Lock(); defer f.mu.Unlock(); return f.opens >= 4 })
	f.set("ok")
	grew()
	f.set("stall")
	p.until("window.onekeyd.link() === 'late' || window.onekeyd.link() === 'lost'")
	waitFor(t, "the watchdog to reopen", func() bool { f.mu.Lock(); defer f.mu.Unlock(); return f.opens >= 6 })
	p.until("document.querySelector('.bar.lost') !== null")
	p.shot("lost")
	f.set("ok")
	grew()
	close(stop)
	pushed.Wait()
	last, open := c.board.Snapshot()
	p.until("window.onekeyd.trace.ids.at(-1) === " + strconv.Itoa(int(last)))

	ids := eval[[]uint64](p, "window.onekeyd.trace.ids")
	for n := 1; n < len(ids); n++ {
		if ids[n] != ids[n-1]+1 {
			t.Fatalf("after event %d came %d", ids[n-1], ids[n])
		}
	}
	if ids[len(ids)-1] != last {
		t.Errorf("last event %d, the board has %d", ids[len(ids)-1], last)
	}
	var want []uint64
	for _, inc := range open {
		want = append(want, inc.Seq)
	}
	got := eval[[]uint64](p, "window.onekeyd.versions()")
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("the page holds versions %v, the board %v", got, want)
	}
	t.Logf("%d events over %d connections, %s", len(ids), eval[int](p, "window.onekeyd.trace.opened"), eval[string](p, "JSON.stringify({dup: window.onekeyd.trace.duplicates, resets: window.onekeyd.trace.resets})"))
	if bad := p.complaints(c.url); len(bad) > 0 {
		t.Errorf("violations, script errors or foreign requests: %q", bad)
	}
}

func TestOneTimeLinkArmsTheAlarmToo(t *testing.T) {
	c := open(t, func(o *Options) {
		o.Status = func() []string { return []string{"没有配置短信通道：通知不会发出"} }
	}, nil)
	if err := c.access.CreateOperator(t.Context(), "admin", access.RoleAdministrator); err != nil {
		t.Fatal(err)
	}
	link, err := c.access.OneTimeLink(t.Context(), "admin", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	p := newTab(t, browser(t))
	p.do(chromedp.EmulateViewport(1366, 768), chromedp.Navigate(c.url+link+"?lang=en"), chromedp.WaitVisible("#enter"))
	p.shot("link")
	p.do(chromedp.Click("#enter"))
	p.until("window.onekeyd?.link() === 'live' && window.onekeyd.audio() === 'running'")

	// Nobody is known behind this key: the desk has to act, and the page must say so without a name or a place.
	c.board.put(dispatch.Incident{
		ID: "20261121-unknown", Code: "41", State: dispatch.StateDispatched, Kind: dispatch.SOS, Urgency: dispatch.Red, Device: "D-99", Unknown: "unknown device", Desk: "unknown device",
		RaisedAt: time.Now().UTC(), Pressed: 3, Presses: []dispatch.PressSeen{{ID: "p", Device: "D-99", Kind: dispatch.SOS, Received: time.Now().UTC()}},
		Timeline: []dispatch.Line{{At: time.Now().UTC(), What: dispatch.FactRaised, By: "node n1", Who: "D-99"}},
	})
	p.until("window.onekeyd.rms() > 0.05 && document.querySelector('.banner.must')?.innerText.includes('unknown device')")
	p.until("document.querySelector('.bar.warn')?.innerText.includes('没有配置短信通道')")
	other := call("20261121-amber", time.Now().UTC())
	other.Kind, other.Urgency, other.Acked = dispatch.Inactivity, dispatch.Amber, &dispatch.Ack{Operator: "陈刚", At: time.Now().UTC()}
	other.Offers[0].State = dispatch.EnRoute
	c.board.put(other)
	p.until("document.querySelectorAll('.card').length === 2")
	p.shot("english-1366")
	p.do(chromedp.Click("#card-20261121-amber button"))
	p.until("document.querySelector('.schematic .on') !== null")
	p.shot("english-1366-enroute")

	// Composing text in an input method is no command; the same key alone is one.
	p.do(chromedp.Evaluate[chromedp.Void](`dispatchEvent(new KeyboardEvent('keydown', {key: 'F2', isComposing: true, bubbles: true})); dispatchEvent(new KeyboardEvent('keydown', {key: 'F2', keyCode: 229, bubbles: true}))`))
	if eval[bool](p, "document.getElementById('ack').disabled") {
		t.Error("a composing key acknowledged")
	}
	p.do(chromedp.KeyEvent(kb.F2))
	waitFor(t, "the acknowledgement", func() bool { return c.board.get("20261121-unknown").Acked != nil })
	if bad := p.complaints(c.url); len(bad) > 0 {
		t.Errorf("violations, script errors or foreign requests: %q", bad)
	}
}

// On plain HTTP a browser trusts this machine's own address only. From any other
// it sends no Sec-Fetch-Site, and the origin of a form is all that says whose it is.
func TestConsoleOnTheCentresOwnNetwork(t *testing.T) {
	var mu sync.Mutex
	var referers []string
	c := open(t, nil, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			referers = append(referers, r.Referer())
			mu.Unlock()
			next.ServeHTTP(w, r)
		})
	})
	c.url = strings.Replace(c.url, "127.0.0.1", "centre.example", 1)
	link, err := c.access.OneTimeLink(t.Context(), "陈刚", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	p := newTab(t, browser(t))
	p.login(c, "李敏")
	if eval[bool](p, "isSecureContext") {
		t.Fatal("the browser trusts this address, so the test shows nothing")
	}
	c.board.put(call("20261121-aaaaaa", time.Now().UTC()))
	p.until("document.querySelector('#ack:enabled') !== null")
	p.do(chromedp.KeyEvent(kb.F2))
	waitFor(t, "the acknowledgement", func() bool { return c.board.get("20261121-aaaaaa").Acked != nil })
	p.do(chromedp.Click(`form[action="/logout"] button`), chromedp.WaitVisible("#enter"),
		chromedp.Navigate(c.url+link), chromedp.WaitVisible("#enter"), chromedp.Click("#enter"))
	p.until("window.onekeyd?.link() === 'live'")
	if bad := p.complaints(c.url); len(bad) > 0 {
		t.Errorf("violations, script errors or foreign requests: %q", bad)
	}
	mu.Lock()
	defer mu.Unlock()
	for _, r := range referers {
		if r != "" && r != c.url+"/" {
			t.Errorf("a request says that it comes from %s", r)
		}
	}
}

func TestTheLoserOfARaceIsToldWhoWon(t *testing.T) {
	c := open(t, nil, nil)
	p := newTab(t, browser(t))
	p.login(c, "李敏")
	inc := c.board.put(call("20261121-ab12cd", time.Now().UTC()))
	p.until("window.onekeyd.open().length === 1")
	// The page's stream is held back, so that it still offers what is taken already.
	p.do(chromedp.Evaluate[chromedp.Void](`window.realFetch = window.fetch; window.fetch = (u, o) => String(u).includes('/acknowledge') ? new Promise(go => { window.goOn = () => go(window.realFetch(u, o)); }) : window.realFetch(u, o)`), chromedp.KeyEvent(kb.F2))
	p.until("typeof window.goOn === 'function'")
	if _, err := c.desk.Acknowledge(t.Context(), inc.ID, "陈刚", inc.Seq); err != nil {
		t.Fatal(err)
	}
	p.do(chromedp.Evaluate[chromedp.Void](`window.goOn()`))
	p.until("document.querySelector('.notice.bad')?.innerText === '已由 陈刚 接警。' && document.querySelector('.timer small').innerText.includes('陈刚')")
	p.shot("conflict")
	if got := c.board.get(inc.ID).Acked.Operator; got != "陈刚" {
		t.Errorf("acknowledged by %s", got)
	}
}
