package main

import (
	"bytes"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"onekeyd/dispatch"
	"onekeyd/dispatch/registry"
)

// A responder or a family that no carrier can tell is named by everything that
// says how the daemon is, and by no more than a number of them.
func TestMainlandNumbersAreSaid(t *testing.T) {
	scenario(t, func(t *testing.T, w *world) {
		said := func() []string {
			t.Helper()
			w.d.unservedWords() // whoever looks first begins the count
			synctest.Wait()
			var ready readiness
			if code := w.get("/readyz", &ready); code != http.StatusOK {
				t.Errorf("not ready for it: %d", code)
			}
			bars := w.d.troubles()
			var both []string
			for _, s := range ready.Warnings {
				if strings.Contains(s, "number") {
					both = append(both, s)
					if !slices.Contains(bars, s) {
						t.Errorf("the desk is not told %q", s)
					}
				}
			}
			var out bytes.Buffer
			broken, _ := look(&out, w.d.cfg, w.d.carriers, w.d.registry.Snapshot())
			refused := len(broken) > 0 && strings.Contains(broken[len(broken)-1], "none of twilio serves the numbers")
			if refused != (both != nil) || !strings.Contains(out.String(), "texts go through twilio") {
				t.Errorf("check says %q and %q while the daemon says %q", out.String(), broken, both)
			}
			return both
		}
		if got := said(); got != nil {
			t.Errorf("all can be served, and it says %q", got)
		}
		b := registry.NewBatch()
		for _, r := range []dispatch.Responder{
			{ID: "R-m1", Name: "孙丽", Kind: dispatch.Worker, Phone: "+8613800138001", Language: "zh"},
			{ID: "R-m2", Name: "周平", Kind: dispatch.Worker, Phone: "+8613800138002", Language: "zh"},
		} {
			w.must(b.AddResponder(r))
		}
		w.must(b.AddContact(dispatch.Contact{Elder: liu, Rank: 1, Name: "刘军", Relation: "儿子", Phone: "+8613800138003", Language: "zh"}))
		if _, err := w.d.registry.Import(t.Context(), b, registry.Options{By: "test"}); err != nil {
			t.Fatal(err)
		}
		after(1e9)
		want := []string{
			"2 responders and 1 family contact have numbers (such as ***001) that none of twilio serves: they are shown as not sent",
			`with such numbers this daemon goes on, and refuses to start again: for mainland China set up sms.aliyun, sms.tencent or sms.webhook, or, if that is known and meant, set sms.unserved to "warn"`,
		}
		if got := said(); !slices.Equal(got, want) {
			t.Errorf("it says %q, want %q", got, want)
		}
		// Counted once a version: whoever asks again gets the same without a count.
		w.d.unserved.mu.Lock()
		if w.d.unserved.counting || w.d.unserved.counted != w.d.registry.Snapshot().Version() {
			t.Errorf("counted version %d of %d", w.d.unserved.counted, w.d.registry.Snapshot().Version())
		}
		w.d.unserved.mu.Unlock()
	})
}
