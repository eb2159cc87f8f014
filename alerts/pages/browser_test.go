package pages

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	cdpbrowser "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"onekeyd/dispatch"
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
		chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck, chromedp.Headless, chromedp.NoSandbox, chromedp.ExecPath(path), chromedp.WindowSize(390, 844),
		chromedp.Flag("disable-gpu", true), chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true), chromedp.Flag("hide-scrollbars", true),
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

// telephone is one tab of the size of a telephone, with what it complained about.
type telephone struct {
	t    *testing.T
	ctx  context.Context
	url  string
	mu   sync.Mutex
	urls []string
	bad  []string
}

// serve puts a centre on a listener. While it is down, connections end without an answer.
func (c *centre) serve(t *testing.T) string {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c.down.Load() {
			panic(http.ErrAbortHandler)
		}
		c.mux.ServeHTTP(w, r)
	}))
	t.Cleanup(func() { srv.CloseClientConnections(); srv.Close() })
	return srv.URL
}

func newTelephone(t *testing.T, browser context.Context, at string) *telephone {
	t.Helper()
	ctx, cancel := chromedp.NewContext(browser)
	t.Cleanup(cancel)
	p := &telephone{t: t, ctx: ctx, url: at}
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
			Source: `window.shift = 0; { const now = Date.now.bind(Date); Date.now = () => now() + window.shift; } document.addEventListener('securitypolicyviolation', e => console.warn('CSP ' + e.violatedDirective + ' ' + e.blockedURI))`,
		})
	}
	if err == nil {
		_, err = chromedp.Call(ctx, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: 390, Height: 844, DeviceScaleFactor: 1, Mobile: true})
	}
	if err != nil {
		t.Fatalf("open a tab: %v", err)
	}
	return p
}

func (p *telephone) do(steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, 40*time.Second)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		p.t.Fatalf("browser: %v\nbad: %q", err, p.complaints())
	}
}

func (p *telephone) open(path string) { p.t.Helper(); p.do(chromedp.Navigate(p.url + path)) }

// eval runs an expression without a user's gesture.
func eval[T any](p *telephone, expr string) T {
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
func (p *telephone) until(expr string) {
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
			p.t.Fatalf("waiting for %s: %v\nbad: %q\npage: %s", expr, err, p.complaints(), eval[string](p, "document.body.innerText.slice(0,2000)"))
		}
	}
}

// complaints lists script errors, policy violations, and requests that left the origin.
func (p *telephone) complaints() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	list := slices.Clone(p.bad)
	for _, u := range p.urls {
		if at, err := url.Parse(u); err != nil || at.Scheme != "data" && at.Scheme+"://"+at.Host != p.url && u != "about:blank" {
			list = append(list, "request to "+u)
		}
	}
	return list
}

// shot keeps a picture in $ONEKEYD_TEST_SHOTS, for eyes.
func (p *telephone) shot(name string) {
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

func (p *telephone) scheme(name string) {
	p.t.Helper()
	_, err := chromedp.Call(p.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}}})
	if err != nil {
		p.t.Fatal(err)
	}
}

// Pictures for eyes. Nothing is wide enough to scroll sideways, and nothing to
// tap is smaller than a thumb, whatever the state and the language.
func TestPagesFitATelephone(t *testing.T) {
	ctx := browser(t)
	for _, lang := range languages() {
		c := open(t, nil)
		c.press(72*time.Second, lang)
		p := newTelephone(t, ctx, c.serve(t))
		look := func(name, path string) {
			t.Helper()
			for _, scheme := range []string{"light", "dark"} {
				p.scheme(scheme)
				p.open(path)
				p.until(`document.querySelector('header')`)
				p.shot(name + "-" + lang + "-" + scheme)
			}
			if wide := eval[int](p, "document.documentElement.scrollWidth"); wide > 390 {
				t.Errorf("%s in %s is %d wide", name, lang, wide)
			}
			small := `[...document.querySelectorAll('a,button,summary')].filter(e => e.offsetParent && (e.offsetHeight < 56 || e.offsetWidth < 56)).map(e => e.textContent).join()`
			if s := eval[string](p, small); s != "" {
				t.Errorf("%s in %s: too small for a thumb: %s", name, lang, s)
			}
		}
		zhangs := c.path(string(zhang))
		look("r1-asked", zhangs)
		look("f1-asked", c.path(son))
		opened := c.tap(zhangs, "accept").location
		look("r2-accepted", opened)
		look("r2-unopened", zhangs)
		look("f2-accepted", c.path(son))
		c.tap(opened, "en_route")
		look("r3-enroute", opened)
		look("f3-enroute", c.path(son))
		c.tap(opened, "arrived")
		look("r4-onscene", opened)
		p.do(chromedp.Click("#done summary"))
		p.until(`document.querySelector('[value="done assisted"]').offsetHeight >= 56`)
		p.shot("r4-done-" + lang)
		look("r5-second", c.path(string(li)))
		c.tap(c.path(son), "accept")
		look("f5-coming", c.path(girl))
		c.tap(opened, "done assisted")
		look("r6-cleared", opened)
		c.closed("assisted", 0)
		look("r7-closed", opened)
		look("f7-closed", c.path(son))
		look("g-gone", "/r/AAAAAAAAAAAAAAAAAAAAAA")
		if bad := p.complaints(); len(bad) > 0 {
			t.Errorf("complaints: %q", bad)
		}
	}
}

// With a script the page never leaves: answers, and what others do, come in place.
func TestAnswersInPlace(t *testing.T) {
	c := open(t, nil)
	c.press(72*time.Second, "zh")
	p := newTelephone(t, browser(t), c.serve(t))
	p.open(c.path(string(zhang)))
	waitFor(t, "the page to say that it was seen", func() bool { return c.desk.did() == 1 })
	p.until(`document.querySelector('.t').textContent.startsWith('01:1')`)
	p.do(chromedp.Evaluate[chromedp.Void](`void (window.stays = true)`), chromedp.Click(`[value="accept"]`))
	p.until(`document.querySelector('h1').textContent.includes('您已接单') && document.body.textContent.includes('门禁1202#3306') && location.search.startsWith('?o=')`)
	c.moved(dispatch.FactAccepted, li)
	p.now()
	p.until(`document.body.textContent.includes('已有 1 人接单')`)
	p.do(chromedp.Click(`[value="arrived"]`))
	p.until(`document.querySelector('h1').textContent.includes('您已到场')`)
	p.do(chromedp.Click("#done summary"))
	c.moved(dispatch.FactEnRoute, li)
	c.moved(dispatch.FactStoodDown, li)
	p.now()
	p.until(`!document.body.textContent.includes('已有 1 人接单') && document.getElementById('done').open`)
	p.do(chromedp.Click(`[value="done conveyed"]`))
	p.until(`document.querySelector('h1').textContent.includes('您已处理完')`)
	c.closed(dispatch.Conveyed, 0)
	p.now()
	p.until(`document.querySelector('h1').textContent.includes('求助已结束') && window.stays`)
	if bad := p.complaints(); len(bad) > 0 {
		t.Errorf("complaints: %q", bad)
	}
	if n := len(c.desk.seen); n != 1 {
		t.Errorf("seen %d times", n)
	}
}

// What did not arrive is said, and can be tried again.
func TestWithoutNetwork(t *testing.T) {
	c := open(t, nil)
	c.press(time.Minute, "zh")
	p := newTelephone(t, browser(t), c.serve(t))
	p.open(c.path(son))
	p.until(`document.getElementById('fresh').textContent === '更新 0 秒前'`)
	c.down.Store(true)
	p.do(chromedp.Click(`[value="accept"]`))
	p.until(`document.getElementById('net').textContent.includes('没有送达') && !document.querySelector('[value="accept"]').disabled`)
	p.do(chromedp.Evaluate[chromedp.Void](`void (window.shift = 30000)`))
	p.until(`document.getElementById('fresh').classList.contains('old') && /更新 3\d 秒前/.test(document.getElementById("fresh").textContent)`)
	p.shot("f8-lost")
	c.down.Store(false)
	p.do(chromedp.Click(`[value="accept"]`))
	p.until(`document.body.textContent.includes('您已告知：正在赶去') && document.getElementById('net').hidden && !document.getElementById('fresh').classList.contains('old')`)
	p.do(chromedp.Evaluate[chromedp.Void](`void (window.shift = 60000)`))
	p.until(`document.getElementById('net').textContent.includes('网络不通，以下是 3')`)
	p.now()
	p.until(`document.getElementById('net').hidden`)
	// A link that has ended meanwhile says so.
	c.seals.mu.Lock()
	c.seals.epoch++
	c.seals.mu.Unlock()
	p.now()
	p.until(`document.querySelector('h1').textContent.includes('This link has ended')`)
	if bad := p.complaints(); len(bad) > 0 {
		t.Errorf("complaints: %q", bad)
	}
}

// Nothing is asked of the telephone before the button, and nothing is sent after the end.
func TestPositionAfterConsent(t *testing.T) {
	c := open(t, nil)
	c.press(time.Minute, "zh")
	c.moved(dispatch.FactAccepted, zhang)
	p := newTelephone(t, browser(t), c.serve(t))
	lat, lon, acc := 31.2301, 121.4741, 12.0
	if _, err := chromedp.Call(p.ctx, emulation.SetGeolocationOverride, emulation.SetGeolocationOverrideParams{Latitude: &lat, Longitude: &lon, Accuracy: &acc}); err != nil {
		t.Fatal(err)
	}
	permit := func(s cdpbrowser.PermissionSetting) {
		t.Helper()
		if _, err := chromedp.Call(p.ctx, cdpbrowser.SetPermission, cdpbrowser.SetPermissionParams{Permission: &cdpbrowser.PermissionDescriptor{Name: "geolocation"}, Setting: s, Origin: p.url}); err != nil {
			t.Fatal(err)
		}
	}
	permit(cdpbrowser.PermissionSettingDenied)
	p.open(c.path(string(zhang)))
	p.until(`!document.getElementById('share').hidden && document.getElementById('sharing').textContent.includes('随时可以停')`)
	p.do(chromedp.Click("#shareon"))
	p.until(`document.getElementById('sharing').textContent.includes('手机没有给出位置') && !document.getElementById('shareon').hidden`)
	permit(cdpbrowser.PermissionSettingGranted)
	p.open(c.path(string(zhang)))
	waitFor(t, "the page to be seen", func() bool { return len(c.desk.sights()) == 1 })
	if got := c.places.moves(); len(got) != 0 {
		t.Fatalf("sent without consent: %v", got)
	}
	p.do(chromedp.Click("#shareon"))
	waitFor(t, "a position", func() bool { return len(c.places.moves()) == 1 })
	if got := c.places.moves()[0]; !strings.HasPrefix(got, "R-zhang 31.230100,121.474100") {
		t.Errorf("sent %s", got)
	}
	p.until(`document.getElementById('sharing').textContent.includes('误差 12 米')`)
	p.shot("r8-sharing")
	p.do(chromedp.Click(`[value="en_route"]`)) // it goes on over an answer, and over a new page in this tab
	p.until(`document.querySelector('h1').textContent.includes('您在路上') && document.getElementById('shareon').hidden`)
	p.open(c.path(string(zhang)))
	p.until(`document.getElementById('shareon').hidden && document.getElementById('sharing').textContent.includes('误差 12 米')`)
	p.do(chromedp.Click("#shareoff"))
	p.until(`!document.getElementById('shareon').hidden && sessionStorage.getItem('share') === ''`)
	p.do(chromedp.Click("#shareon"))
	p.until(`document.getElementById('shareon').hidden`)
	c.closed(dispatch.Assisted, 0)
	p.now()
	p.until(`document.querySelector('h1').textContent.includes('求助已结束') && !document.getElementById('share')`)
	if bad := p.complaints(); len(bad) > 0 {
		t.Errorf("complaints: %q", bad)
	}
}

// The same without a script, in a real browser with its forms, policies and
// redirects, and on an address that it does not trust: plain HTTP, as in a trial.
func TestBrowserWithoutJavaScript(t *testing.T) {
	c := open(t, nil)
	c.press(72*time.Second, "zh")
	p := newTelephone(t, browser(t), strings.Replace(c.serve(t), "127.0.0.1", "centre.example", 1))
	if _, err := chromedp.Call(p.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
		t.Fatal(err)
	}
	p.open(c.path(son))
	p.until(`document.querySelector('meta[http-equiv=refresh]')?.content === '10' && document.body.innerText.includes('每 10 秒自动刷新')`)
	p.shot("f9-noscript")
	p.do(chromedp.Click(`[value="decline"]`))
	p.until(`document.body.textContent.includes('您已告知：赶不了')`)
	p.open(c.path(string(zhang)))
	p.do(chromedp.Click(`[value="accept"]`))
	p.until(`document.body.textContent.includes('门禁1202#3306')`)
	p.shot("r9-noscript")
	if eval[bool](p, `document.getElementById('share').offsetParent !== null`) {
		t.Error("sharing is offered, which needs a script")
	}
	p.do(chromedp.Click(`[value="en_route"]`))
	p.until(`document.querySelector('h1').textContent.includes('您在路上')`)
	p.do(chromedp.Click(`[value="arrived"]`))
	p.until(`document.querySelector('h1').textContent.includes('您已到场')`)
	p.do(chromedp.Click("#done summary"))
	p.do(chromedp.Click(`[value="done other"]`))
	p.until(`document.body.textContent.includes('需后续跟进')`)
	if n := len(c.desk.sights()); n != 0 {
		t.Errorf("%d pages were seen without a script", n)
	}
	if bad := p.complaints(); len(bad) > 0 {
		t.Errorf("complaints: %q", bad)
	}
}

// now has the page ask for news at once, as it does when its network comes back.
func (p *telephone) now() {
	p.t.Helper()
	p.do(chromedp.Evaluate[chromedp.Void](`void dispatchEvent(new Event('online'))`))
}

func waitFor(t *testing.T, what string, done func() bool) {
	t.Helper()
	deadline := time.After(20 * time.Second)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("waited 20 s for %s", what)
		}
	}
}
