package phones_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"onekeyd/alerts/sms/twiliosim"
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
		const how = "chromium is not installed (apt-get install chromium fonts-noto-cjk)"
		if slices.Contains(strings.Split(os.Getenv("ONEKEYD_TEST_REQUIRE"), ","), "chromium") {
			t.Fatal(how)
		}
		t.Skip(how)
	}
	alloc, cancelAlloc := chromedp.NewExecAllocator(context.Background(),
		chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck, chromedp.Headless, chromedp.NoSandbox, chromedp.ExecPath(path), chromedp.WindowSize(1366, 768),
		chromedp.Flag("disable-gpu", true), chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-sync", true),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"))
	t.Cleanup(cancelAlloc)
	ctx, cancel := chromedp.NewContext(alloc)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil { // without a deadline, which would end the browser
		t.Fatalf("start chromium: %v", err)
	}
	return ctx
}

// The page works under its own strict policy, in both languages: a text appears,
// its key is pressed, and the answer reaches the daemon.
func TestThePageInABrowser(t *testing.T) {
	ctx := browser(t)
	var mu sync.Mutex
	var bad []string
	err := chromedp.Listen(ctx, func(ev any) {
		mu.Lock()
		defer mu.Unlock()
		switch ev := ev.(type) {
		case *runtime.EventExceptionThrown:
			bad = append(bad, fmt.Sprint(ev.ExceptionDetails.Text, " ", ev.ExceptionDetails.Exception.Description))
		case *runtime.EventConsoleAPICalled:
			for _, a := range ev.Args {
				bad = append(bad, string(a.Value))
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ lang, title, role, accept string }{{"zh-CN", "演示手机", "社工", "接单"}, {"en", "Demo phones", "worker", "accept"}} {
		t.Run(c.lang, func(t *testing.T) {
			p := newPage(t, twiliosim.Delivers(10*time.Millisecond, 20*time.Millisecond))
			p.text(son, "紧急求助：王秀兰按下求助键。")
			ctx, cancel := context.WithTimeout(ctx, 40*time.Second)
			defer cancel()
			var steps []chromedp.Action[chromedp.Void]
			steps = append(steps, chromedp.Navigate(p.url+"?lang="+c.lang), chromedp.WaitVisible(`article.family [data-state="delivered"]`))
			if err := chromedp.Do(ctx, steps...); err != nil {
				t.Fatal(err)
			}
			p.text(worker, p.asked("37")) // by the stream
			card := `article[data-number="` + worker + `"]`
			if err := chromedp.Do(ctx, chromedp.WaitVisible(card+` [data-state="delivered"]`), chromedp.Click(card+` [data-key="1"]`), chromedp.WaitVisible(card+" .mine")); err != nil {
				t.Fatal(err)
			}
			if heard := p.answers(); len(heard) == 0 || heard[len(heard)-1].Get("Body") != "1" || heard[len(heard)-1].Get("From") != worker {
				t.Errorf("the daemon heard %v", heard)
			}
			got, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](`[document.documentElement.lang, document.title, document.querySelector('`+card+` .role').textContent, document.querySelector('`+card+` [data-key="1"]').textContent, document.querySelector('article').dataset.number]`))
			if err != nil {
				t.Fatal(err)
			}
			if want := []string{c.lang, c.title, c.role, "1" + c.accept, worker}; !slices.Equal(got, want) {
				t.Errorf("the page shows %q, want %q", got, want)
			}
			// It rings, is picked up, says its words and takes a key.
			p.ring(worker)
			ring := card + ` .ring `
			if err := chromedp.Do(ctx, chromedp.WaitVisible(ring+`[data-do="answer"]`), chromedp.Click(ring+`[data-do="answer"]`), chromedp.WaitVisible(ring+`[data-do="9"]`), chromedp.Click(ring+`[data-do="2"]`), chromedp.WaitVisible(card+` .call[data-state="completed"]`)); err != nil {
				t.Fatal(err)
			}
			if heard := p.answers(); heard[len(heard)-1].Get("Digits") != "2" {
				t.Errorf("the daemon heard %v", heard)
			}
			if hidden, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`document.querySelector('`+card+` .ring').hidden`)); err != nil || !hidden {
				t.Errorf("it still rings: %v", err)
			}
			// A script that is not a file of ours does not run.
			ran, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`(() => { try { const s = document.createElement('script'); s.text = 'window.ran = true'; document.head.append(s); } catch {} return window.ran === true; })()`))
			if err != nil || ran {
				t.Errorf("an inline script ran: %v, %v", ran, err)
			}
		})
	}
	mu.Lock()
	defer mu.Unlock()
	for _, s := range bad {
		t.Errorf("the browser complains: %s", s)
	}
}
