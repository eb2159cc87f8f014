package pages

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"onekeyd/dispatch"
)

func TestLinksAreLongAndBound(t *testing.T) {
	c := open(t, nil)
	inc := c.press(time.Minute, "zh")
	seen := map[string]bool{}
	for _, a := range inc.Alerts {
		link := c.pages.Link(inc, a)
		if a.Role == dispatch.RoleSupervisor {
			if link != "" {
				t.Errorf("somebody on call has the link %s", link)
			}
			continue
		}
		path := ResponderPath
		if a.Role == dispatch.RoleContact {
			path = FamilyPath
		}
		token, ok := strings.CutPrefix(link, "https://help.example"+path)
		if raw, err := base64.RawURLEncoding.DecodeString(token); !ok || err != nil || len(raw) != 16 || len(token) != tokenChars || seen[token] {
			t.Errorf("link %s of %s", link, a.To)
		}
		seen[token] = true
		if other := c.pages.Link(&dispatch.Incident{ID: "20261121-another000"}, a); strings.HasSuffix(other, token) {
			t.Error("one token for two incidents")
		}
	}
	if c.pages.Link(inc, dispatch.Alert{Role: dispatch.RoleContact, To: string(zhang)}) == c.pages.Link(inc, dispatch.Alert{Role: dispatch.RoleResponder, To: string(zhang)}) {
		t.Error("one link for two roles")
	}
}

// Whatever is wrong with a link, the answer is the same, byte for byte, to GET and POST.
func TestNoLinkIsLikeAnother(t *testing.T) {
	c := open(t, nil)
	c.press(time.Minute, "zh")
	good, family := strings.TrimPrefix(c.path(string(zhang)), ResponderPath), strings.TrimPrefix(c.path(son), FamilyPath)
	last := good[:21] + string(map[bool]byte{true: 'B', false: good[21] + 1}[good[21] == 'A']) // the same 16 bytes, written otherwise
	want := c.get(ResponderPath + "AAAAAAAAAAAAAAAAAAAAAA")
	must(t, want.body, "此链接已失效", `href="tel:02161234567"`)
	if want.status != 404 {
		t.Fatalf("status %d", want.status)
	}
	for name, path := range map[string]string{
		"short": ResponderPath + good[:21], "long": ResponderPath + good + "A", "role": FamilyPath + good, "other role": ResponderPath + family, "spelling": ResponderPath + last,
		"standard alphabet": ResponderPath + strings.Repeat("+", 22), "dots": ResponderPath + "..%2f..%2fetc%2fpasswd", "zero": ResponderPath + "%00", "huge": ResponderPath + strings.Repeat("A", 5000),
		"nobody told": ResponderPath + tokenOf(c, Person{theCall, dispatch.RoleResponder, "R-stranger"}), "another call": ResponderPath + tokenOf(c, Person{"20261121-another000", dispatch.RoleResponder, string(zhang)}),
	} {
		for _, method := range []string{"GET", "POST"} {
			r := c.do(method, path, map[string]string{"POST": "do=accept"}[method])
			if r.status != want.status || r.raw != want.raw || fmt.Sprint(r.header) != fmt.Sprint(want.header) {
				t.Errorf("%s, %s: %d %v\n%s", name, method, r.status, r.header, r.raw)
			}
		}
	}
	if c.desk.did() != 0 {
		t.Errorf("the desk was told %d things", c.desk.did())
	}
	if r := c.get(ResponderPath + good); r.status != 200 {
		t.Errorf("the right one: %d", r.status)
	}
}

func tokenOf(c *centre, who Person) string {
	token, _ := c.pages.links.token(who)
	return token
}

func TestLinksEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := open(t, nil)
		c.press(time.Minute, "zh")
		is := func(when string, responder, family int) {
			t.Helper()
			if r, f := c.get(c.path(string(zhang))), c.get(c.path(son)); r.status != responder || f.status != family {
				t.Errorf("%s: responder %d, family %d; want %d, %d", when, r.status, f.status, responder, family)
			}
		}
		time.Sleep(30 * time.Hour)
		is("open for a day", 200, 200)
		c.closed(dispatch.Assisted, 0)
		delete(c.board.cases, dispatch.CaseID(wang)) // archived
		is("closed", 200, 200)
		time.Sleep(responderAfter)
		is("two hours later", 200, 200)
		time.Sleep(time.Second)
		is("and a second", 404, 200)
		time.Sleep(familyAfter - responderAfter - time.Second)
		is("a day later", 404, 200)
		time.Sleep(time.Second)
		is("and a second", 404, 404)
		c.pages.Keep(&dispatch.Incident{ID: "another", Case: "E-2", State: dispatch.StateRaised}) // sweeps
		if n := len(c.pages.links.byToken); n != 0 {
			t.Errorf("%d links are still kept", n)
		}
	})
}

// A restart knows what is open from the board, and what was closed lately from the archive.
func TestKeptOnStart(t *testing.T) {
	c := open(t, nil)
	c.press(time.Hour, "zh")
	inc := c.closed(dispatch.Conveyed, time.Hour)
	old := *inc
	old.Ended = &dispatch.Ending{Disposition: dispatch.Assisted, At: time.Now().Add(-25 * time.Hour)}
	old.ID = "20261119-old0000000"
	again := open(t, nil)
	again.pages.Keep(inc)
	again.pages.Keep(inc)
	again.pages.Keep(&old)
	must(t, again.get(c.path(son)).body, "已送往医院")
	if n := len(again.pages.links.calls); n != 1 {
		t.Errorf("%d calls are kept, want 1", n)
	}
}

// A daemon that has just begun does not tell anybody that their call is over.
func TestBeforeTheBeginning(t *testing.T) {
	c := open(t, nil)
	inc := c.press(time.Minute, "zh")
	again := open(t, nil)
	again.board.cases = c.board.cases
	again.pages.begun.Store(false)
	r := again.get(c.path(son))
	must(t, r.body, "正在启动", `href="tel:120"`)
	if r.status != 503 || r.header.Get("Refresh") != "3" {
		t.Errorf("status %d, refresh %q", r.status, r.header.Get("Refresh"))
	}
	if r := again.do("POST", c.path(string(zhang)), "do=accept"); r.status != 503 || again.desk.did() != 0 {
		t.Errorf("an answer: status %d", r.status)
	}
	again.pages.Begin([]*dispatch.Incident{inc})
	if r := again.get(c.path(son)); r.status != 200 {
		t.Errorf("begun: %d", r.status)
	}
}

// The board of this node is ahead of who tells the pages, or another node has closed and archived.
func TestThePageIsAsNewAsTheBoard(t *testing.T) {
	c := open(t, nil)
	c.press(time.Minute, "zh")
	c.board.silent = true
	c.moved(dispatch.FactAccepted, zhang)
	must(t, c.get(c.path(string(zhang))).body, "您已接单")
	c.closed(dispatch.Assisted, 0)
	must(t, c.get(c.path(string(zhang))).body, "求助已结束")
	c = open(t, nil)
	c.press(time.Minute, "zh")
	c.board.cases[dispatch.CaseID(wang)] = nil
	if r := c.get(c.path(son)); r.status != 404 {
		t.Errorf("gone, and nobody knows how: %d", r.status)
	}
	// The elder has called again: the old link must not show the new call.
	next := *c.press(time.Minute, "zh")
	next.ID = "20261121-second0000"
	c.board.cases[dispatch.CaseID(wang)] = &next
	if r := c.get(c.path(son)); r.status != 404 {
		t.Errorf("a link of another call: %d", r.status)
	}
}

func TestAnotherKeyEndsAllLinks(t *testing.T) {
	c := open(t, nil)
	c.press(time.Minute, "zh")
	old, oldFamily := c.path(string(zhang)), c.path(son)
	c.seals.mu.Lock()
	c.seals.epoch++
	c.seals.mu.Unlock()
	for _, path := range []string{old, oldFamily} {
		if r := c.get(path); r.status != 404 {
			t.Errorf("revoked: %d", r.status)
		}
	}
	if r := c.get(c.path(string(zhang))); r.status != 200 {
		t.Errorf("new link: %d", r.status)
	}
	c.seals.mu.Lock()
	c.seals.epoch = 0
	c.seals.mu.Unlock()
	if link := c.pages.Link(&dispatch.Incident{ID: theCall}, dispatch.Alert{To: son, Role: dispatch.RoleContact}); link != "" {
		t.Errorf("link without a key: %s", link)
	}
}

func TestEndedCallsAreBounded(t *testing.T) {
	l := newLinks(&seals{epoch: 1})
	now := time.Now()
	for n := range keptEnded + 7 {
		id := dispatch.IncidentID(fmt.Sprint("i", n))
		l.calls[id] = &call{id: id, ended: &ended{at: now.Add(time.Duration(n-keptEnded-8) * time.Second)}}
	}
	l.mu.Lock()
	l.sweep(now)
	l.mu.Unlock()
	if _, oldest := l.calls["i6"]; len(l.calls) != keptEnded || oldest {
		t.Errorf("%d calls are kept, the oldest among them: %v", len(l.calls), oldest)
	}
}

// A stranger's guess costs a look-up: no hash, no board, no page made anew but the one that says no.
func TestAGuessAsksNobody(t *testing.T) {
	c := open(t, nil)
	c.press(time.Minute, "zh")
	if k := c.pages.links.find("AAAAAAAAAAAAAAAAAAAAAA", dispatch.RoleResponder); k != nil {
		t.Fatal("found")
	}
	guess := "AAAAAAAAAAAAAAAAAAAAAA"
	if n := testing.AllocsPerRun(100, func() { c.pages.links.find(guess, dispatch.RoleResponder) }); n > 4 {
		t.Errorf("%v allocations for a guess", n) // the pasteboard seal formats; the real one returns its epoch
	}
}

func TestBudgetOfALink(t *testing.T) {
	var p pace
	now := time.Now()
	taken := func(b budget, n int) (got int) {
		for range n {
			if p.take(b, now) {
				got++
			}
		}
		return got
	}
	for b, most := range map[budget]int{reads: 60, writes: 12, moves: 3} {
		if got := taken(b, 200); got != most {
			t.Errorf("budget %d gave %d at once, want %d", b, got, most)
		}
		each, _ := b.limits()
		now = now.Add(2 * each)
		if got := taken(b, 200); got != 2 {
			t.Errorf("budget %d gave %d after two steps", b, got)
		}
	}
	c := open(t, nil)
	c.press(time.Minute, "zh")
	var last reply
	for range 20 {
		last = c.do("POST", c.path(string(zhang)), "do=decline")
	}
	if last.status != 429 || len(c.desk.answers) != 12 {
		t.Errorf("status %d after %d answers", last.status, len(c.desk.answers))
	}
	must(t, last.body, "按得太快", "您去不了")
	if r := c.do("POST", c.path(string(li)), "do=decline"); r.status != 303 {
		t.Errorf("another's link pays for it: %d", r.status)
	}
}

func BenchmarkKeep(b *testing.B) {
	c := open(b, nil)
	inc := c.press(time.Minute, "zh")
	for b.Loop() {
		c.pages.Keep(inc)
	}
}

func BenchmarkGuess(b *testing.B) {
	c := open(b, nil)
	for b.Loop() {
		c.pages.links.find("AAAAAAAAAAAAAAAAAAAAAA", dispatch.RoleResponder)
	}
}

func BenchmarkPage(b *testing.B) {
	c := open(b, nil)
	c.press(time.Minute, "zh")
	path := c.path(string(zhang))
	k := c.pages.links.find(strings.TrimPrefix(path, ResponderPath), dispatch.RoleResponder)
	for b.Loop() {
		k.pace = pace{}
		if r := c.get(path); r.status != 200 {
			b.Fatal(r.status)
		}
	}
}
