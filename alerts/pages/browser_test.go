package pages

import (
	"context"
	"fmt"
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

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
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
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"))
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

// serve puts a centre on a listener.
func (c *centre) serve(t *testing.T) string {
	t.Helper()
	srv := httptest.NewServer(c.mux)
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
			Source: `document.addEventListener('securitypolicyviolation', e => console.warn('CSP ' + e.violatedDirective + ' ' + e.blockedURI))`,
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

// Pictures for eyes; nothing is wide enough to scroll sideways, whatever the language.
func TestPagesFitATelephone(t *testing.T) {
	ctx := browser(t)
	for _, lang := range languages() {
		c := open(t, nil)
		c.press(72*time.Second, lang)
		p := newTelephone(t, ctx, c.serve(t))
		look := func(name, path string) {
			for _, scheme := range []string{"light", "dark"} {
				p.scheme(scheme)
				p.open(path)
				p.until(`document.querySelector('header')`)
				p.shot(name + "-" + lang + "-" + scheme)
				if wide := eval[int](p, "document.documentElement.scrollWidth"); wide > 390 {
					t.Errorf("%s in %s is %d wide", name, lang, wide)
				}
			}
		}
		look("r1-asked", c.path(string(zhang)))
		look("f1-asked", c.path(son))
		opened := c.tap(c.path(string(zhang)), "accept").location
		look("r2-accepted", opened)
		look("r2-closedbook", c.path(string(zhang)))
		look("f2-accepted", c.path(son))
		c.tap(opened, "en_route")
		look("r3-enroute", opened)
		look("f3-enroute", c.path(son))
		c.tap(opened, "arrived")
		look("r4-onscene", opened)
		look("f4-onscene", c.path(son))
		look("r5-li", c.path(string(li)))
		c.tap(c.path(son), "accept")
		look("f5-coming", c.path(girl))
		c.tap(opened, "done assisted")
		look("r6-cleared", opened)
		c.closed("assisted", 0)
		look("r7-closed", opened)
		look("f7-closed", c.path(son))
		look("g-gone", "/r/AAAAAAAAAAAAAAAAAAAAAA?x="+lang)
		if bad := p.complaints(); len(bad) > 0 {
			t.Errorf("complaints: %q", bad)
		}
	}
}
