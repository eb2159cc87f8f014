package console

import (
	"bufio"
	"net/http"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"onekeyd/dispatch"
)

func canary() dispatch.Incident {
	return dispatch.Incident{
		ID: "20261121-canary", Case: "test~canary@n1~x", Code: "40", Kind: dispatch.Test, Urgency: dispatch.Blue, State: dispatch.StateClosed, Device: "canary@n1",
		Ended: &dispatch.Ending{Disposition: dispatch.TestPress},
	}
}

// A daemon's own test press is for the page to answer, and for nobody to see or count.
func TestCanaryIsForPagesAlone(t *testing.T) {
	c := open(t, nil, nil)
	client := c.login("李敏")
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.url+"/v1/events?after=0", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { res.Body.Close() })
	desk, program := &sse{t, res, bufio.NewScanner(res.Body)}, c.stream("?after=0", "api-token")
	desk.in.Buffer(nil, 1<<20)

	c.board.put(canary())
	inc := c.board.put(call("20261121-aaaaaa", testTime))
	if ev := desk.want("canary"); ev.id != "1" || ev.data != "{}" {
		t.Errorf("the desk's page is told %+v", ev)
	}
	if ev := desk.want("incident"); ev.id != strconv.FormatUint(inc.Seq, 10) {
		t.Errorf("and then %+v", ev)
	}
	if ev := program.want("incident"); ev.id != "2" {
		t.Errorf("a program is told %+v, want the call alone", ev)
	}
}

func TestPageSaysWhatItHasTakenIn(t *testing.T) {
	var applied atomic.Uint64
	c := open(t, func(o *Options) { o.Applied = applied.Store }, nil)
	li, wall := c.login("李敏"), c.login("wall")
	for _, step := range []struct {
		who       *http.Client
		state     map[string]any
		following int
		applied   uint64
	}{
		{li, map[string]any{"console": "old", "armed": true}, 0, 0}, // a page of an older build
		{li, map[string]any{"console": "c", "armed": false, "applied": 4}, 0, 0},
		{wall, map[string]any{"console": "w", "armed": true, "applied": 5}, 0, 0},
		{li, map[string]any{"console": "c", "armed": true, "applied": 6}, 1, 6},
		{li, map[string]any{"console": "d", "armed": true, "applied": 7}, 2, 7},
		{li, map[string]any{"console": "c", "gone": true}, 1, 7},
	} {
		if status, _ := c.post(step.who, "/v1/consoles/state", step.state); status != http.StatusOK {
			t.Fatalf("%v: status %d", step.state, status)
		}
		if got := c.con.Following(); got != step.following || applied.Load() != step.applied {
			t.Errorf("after %v %d follow, up to %d; want %d, up to %d", step.state, got, applied.Load(), step.following, step.applied)
		}
	}
}

func TestPageAnswersACanaryAtOnce(t *testing.T) {
	var applied atomic.Uint64
	c := open(t, func(o *Options) { o.Applied = applied.Store }, nil)
	p := newTab(t, browser(t))
	c.board.put(call("20261121-ab12cd", time.Now().UTC()))
	p.login(c, "李敏")
	waitFor(t, "the console to follow", func() bool { return c.con.Following() == 1 })
	before := time.Now()
	seq := c.board.put(canary()).Seq
	waitFor(t, "the page's answer", func() bool { return applied.Load() == seq })
	t.Logf("on the board → answered by the page: %s", time.Since(before))
	if took := time.Since(before); took > 2*time.Second {
		t.Errorf("the page answered after %s; that is its beat, and not an answer", took)
	}
	if open := eval[int](p, "window.onekeyd.open().length"); open != 1 {
		t.Errorf("%d incidents are shown, want the call alone", open)
	}
	if bad := p.complaints(c.url); len(bad) > 0 {
		t.Errorf("violations, script errors or foreign requests: %q", bad)
	}
}
