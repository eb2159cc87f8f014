package pages

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"onekeyd/dispatch"
	"onekeyd/geo"
)

func TestHeaders(t *testing.T) {
	c := open(t, nil)
	c.press(time.Minute, "zh")
	for _, path := range []string{c.path(string(zhang)), c.path(son), ResponderPath + "nothing"} {
		r := c.get(path)
		policy := r.header.Get("Content-Security-Policy")
		for _, part := range []string{"default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'", "connect-src 'self'", "require-trusted-types-for 'script'", "trusted-types 'none'"} {
			if !strings.Contains(policy, part) {
				t.Errorf("policy lacks %s: %s", part, policy)
			}
		}
		if strings.Contains(policy, "unsafe") || strings.Contains(policy, "*") {
			t.Errorf("policy is open: %s", policy)
		}
		style := regexp.MustCompile(`(?s)<style>(.*?)</style>`).FindStringSubmatch(r.raw)
		if style == nil {
			t.Fatal("no style")
		}
		if sum := sha256.Sum256([]byte(style[1])); !strings.Contains(policy, "'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'") {
			t.Error("the policy does not let the page's own style in")
		}
		if regexp.MustCompile(`\sstyle=|\son\w+=|<script>|javascript:`).MatchString(r.raw) {
			t.Error("inline style or script")
		}
		for key, want := range map[string]string{
			"Referrer-Policy": "strict-origin", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", "X-Frame-Options": "DENY", "Strict-Transport-Security": "max-age=31536000",
			"Content-Type": "text/html; charset=utf-8",
		} {
			if got := r.header.Get(key); got != want {
				t.Errorf("%s: %q, want %q", key, got, want)
			}
		}
		if got := r.header.Get("X-Robots-Tag"); !strings.Contains(got, "noindex") {
			t.Errorf("robots: %q", got)
		}
		if len(r.header["Set-Cookie"]) != 0 {
			t.Error("a cookie")
		}
	}
}

// Previews, scanners and prefetchers do as they like.
func TestGetDoesNothing(t *testing.T) {
	c := open(t, nil)
	c.press(time.Minute, "zh")
	c.moved(dispatch.FactAccepted, li)
	for _, who := range []string{string(zhang), string(li), son} {
		path := c.path(who)
		for _, more := range []string{"", "?do=accept", "?o=1", "?o=" + strings.Repeat("A", 11), "?n=refused", "?v=1", "?n=<script>"} {
			if r := c.get(path + more); r.status != 200 {
				t.Errorf("GET %s: %d", more, r.status)
			}
			if r := c.do("HEAD", path+more, ""); r.status != 200 {
				t.Errorf("HEAD %s: %d", more, r.status)
			}
		}
		for _, more := range []string{"/seen", "/at"} {
			if r := c.get(path + more); r.status != 405 && r.status != 404 {
				t.Errorf("GET %s: %d", more, r.status)
			}
		}
		for _, method := range []string{"PUT", "DELETE", "PATCH", "OPTIONS"} {
			if r := c.do(method, path, "do=accept"); r.status != 405 {
				t.Errorf("%s: %d", method, r.status)
			}
		}
	}
	mustNot(t, c.get(c.path(string(li))+"?o=AAAAAAAAAAA").body, opened...)
	if c.desk.did() != 0 || len(c.places.moves()) != 0 {
		t.Errorf("the desk was told %d things", c.desk.did())
	}
}

func TestCrossOriginPostIsRefused(t *testing.T) {
	c := open(t, nil)
	c.press(time.Minute, "zh")
	for _, who := range []string{string(zhang), son} {
		for _, path := range []string{c.path(who), c.path(who) + "/seen"} {
			for name, headers := range map[string][]string{
				"cross-site":     {"Sec-Fetch-Site", "cross-site"},
				"sibling":        {"Sec-Fetch-Site", "same-site"},
				"foreign origin": {"Origin", "https://evil.example"},
				"null origin":    {"Origin", "null"},
				"forged":         {"Origin", "https://evil.example", "X-Forwarded-Host", "evil.example"},
			} {
				if r := c.do("POST", path, "do=accept", headers...); r.status != 403 {
					t.Errorf("%s %s: %d", path, name, r.status)
				}
			}
		}
	}
	if c.desk.did() != 0 {
		t.Errorf("%d came through", c.desk.did())
	}
	for name, headers := range map[string][]string{"same origin": {"Sec-Fetch-Site", "same-origin"}, "old browser": {"Origin", "https://help.example"}, "older browser": nil} {
		if r := c.do("POST", c.path(string(zhang)), "do=decline", headers...); r.status != 303 {
			t.Errorf("%s: %d", name, r.status)
		}
	}
}

func TestHostileForms(t *testing.T) {
	c := open(t, nil)
	c.press(time.Minute, "zh")
	c.moved(dispatch.FactAccepted, zhang)
	path := c.path(string(zhang))
	for name, body := range map[string]string{
		"nothing": "x=1", "unknown": "do=rm", "outcome beside": "do=arrived assisted", "no outcome": "do=done", "foreign outcome": "do=done test", "long": "do=accept&x=" + strings.Repeat("A", maxForm),
		"broken": "do=%zz", "semicolon": "do=accept;do=decline",
	} {
		c.pages.links.find(strings.TrimPrefix(path, ResponderPath), dispatch.RoleResponder).pace = pace{}
		if r := c.do("POST", path, body); r.status != 400 {
			t.Errorf("%s: %d", name, r.status)
		}
	}
	if r := c.do("POST", path, `{"do":"accept"}`, "Content-Type", "application/json"); r.status != 400 {
		t.Errorf("JSON: %d", r.status)
	}
	if r := c.do("POST", path+"?do=accept", "x=1"); r.status != 400 { // the address is not the form
		t.Errorf("in the address: %d", r.status)
	}
	if len(c.desk.answers) != 0 {
		t.Errorf("came through: %v", c.desk.answers)
	}
}

// Names, addresses and notes are what an import brought; nothing of them is ever markup.
func TestHostileDirectory(t *testing.T) {
	const evil = `"><script>alert(1)</script><img src=x onerror=alert(1)>'{{.}}` + "\u202e"
	c := open(t, func(o *Options) {
		o.Directory = func() Directory { return hostile(evil) }
		o.Centre = evil
	})
	inc := *c.press(time.Minute, "zh")
	inc.Name, inc.Hints, inc.Premises = evil, evil, &dispatch.Premises{Address: evil, Floor: evil, Point: home}
	for n := range inc.Offers {
		inc.Offers[n].Name, inc.Offers[n].Kind, inc.Offers[n].From = evil, dispatch.ResponderKind(evil), evil
	}
	c.board.cases[dispatch.CaseID(wang)] = &inc
	p := c.tap(c.path(string(zhang)), "accept")
	pages := []string{p.raw, c.get(c.path(son)).raw, c.get(c.path(string(li))).raw}
	c.closed(evil, 0)
	pages = append(pages, c.get(c.path(son)).raw, c.get(c.path(string(zhang))).raw)
	for _, page := range pages {
		if strings.Contains(page, "<script>alert") || strings.Contains(page, "<img") {
			t.Errorf("markup came through: %s", inside(page))
		}
		for _, m := range regexp.MustCompile(`href="([^"]*)"`).FindAllStringSubmatch(page, -1) {
			if !regexp.MustCompile(`^(tel:[0-9&#;+]+|https://(uri\.amap|api\.map\.baidu|maps\.apple)\.com/|geo:|data:,)`).MatchString(m[1]) {
				t.Errorf("link %q", m[1])
			}
		}
	}
}

type hostile string

func (h hostile) Elder(id dispatch.ElderID) (dispatch.Elder, bool) {
	return dispatch.Elder{ID: id, Name: string(h), Phone: "javascript:alert(1)", Medical: string(h), Premises: dispatch.Premises{AccessNote: string(h)}}, true
}

func (h hostile) Contacts(id dispatch.ElderID) []dispatch.Contact {
	return []dispatch.Contact{{Elder: id, Rank: 1, Name: string(h), Relation: string(h), Phone: "+86138,//evil"}}
}

// Nothing is known of who pressed: the page still says what can be done.
func TestUnknownElder(t *testing.T) {
	c := open(t, nil)
	inc := *c.press(time.Minute, "zh")
	inc.Elder, inc.Name, inc.Premises, inc.Sex, inc.Age, inc.Hints = "", "", nil, "", 0, ""
	c.board.cases[dispatch.CaseID(wang)] = &inc
	must(t, c.get(c.path(string(zhang))).body, "地址不明", "指挥中心")
	must(t, c.get(c.path(son)).body, "家人的求助")
	p := c.tap(c.path(string(zhang)), "accept")
	must(t, p.body, "地址不明", "没有登记门禁或钥匙")
	// A home without coordinates has no map, and no distance to the middle of the sea.
	inc.Premises = &dispatch.Premises{Address: "朝阳里7号楼", Point: geo.Point{}}
	c.board.cases[dispatch.CaseID(wang)] = &inc
	mustNot(t, c.get(c.path(string(zhang))).body, "<figure", "公里", "amap")
}

func TestAnswersTheDeskDidNotTake(t *testing.T) {
	c := open(t, nil)
	c.press(time.Minute, "zh")
	path := c.path(string(zhang))
	c.desk.fail = errors.New("no quorum")
	r := c.do("POST", path, "do=accept")
	must(t, r.body, "没有存上", `name="do" value="accept"`)
	if r.status != 503 {
		t.Errorf("status %d", r.status)
	}
	c.desk.fail = fmt.Errorf("too late: %w", dispatch.ErrRefused)
	r = c.do("POST", path, "do=accept")
	if r.status != 303 {
		t.Fatalf("status %d", r.status)
	}
	page := c.get(r.location)
	must(t, page.body, "情况已有变化")
	mustNot(t, page.body, theirs...)
	// Whoever comes too late is told kindly.
	c.desk.fail = nil
	c.moved(dispatch.FactStoodDown, zhang)
	inc, _ := c.board.Case(dispatch.CaseID(wang))
	c.pages.opt.Desk = refusing{c.desk, inc}
	r = c.do("POST", path, "do=accept")
	page = c.get(r.location)
	must(t, page.body, "已有足够的人前往")
	mustNot(t, page.body, theirs...)
	if len(c.desk.revealed) != 0 {
		t.Errorf("shown to one who does not go: %v", c.desk.revealed)
	}
	// The notice is no part of what the page asks for: it stands until things change.
	version := regexp.MustCompile(`data-v="(\w+)"`).FindStringSubmatch(page.raw)[1]
	if r := c.get(path + "?v=" + version); r.status != 204 || r.raw != "" {
		t.Errorf("status %d while nothing changed", r.status)
	}
	c.moved(dispatch.FactAccepted, li)
	if r := c.get(path + "?v=" + version); r.status != 200 {
		t.Errorf("status %d after a change", r.status)
	}
}

// refusing takes an answer and changes nothing, as the desk does when enough others go.
type refusing struct {
	*desk
	inc *dispatch.Incident
}

func (r refusing) Answer(context.Context, dispatch.Answer) (*dispatch.Incident, error) {
	return r.inc, nil
}

func TestSecondTapAsksOnce(t *testing.T) {
	c := open(t, nil)
	c.press(time.Minute, "zh")
	c.moved(dispatch.FactAccepted, zhang)
	path := c.path(string(zhang))
	for range 3 { // a thumb in a hurry: the same page three times
		if r := c.do("POST", path, "do=backup&more=0"); r.status != 303 {
			t.Fatalf("status %d", r.status)
		}
	}
	if len(c.desk.answers) != 1 {
		t.Errorf("more help was asked for %d times", len(c.desk.answers))
	}
	c.tap(path, "backup") // from the new page it is meant
	if len(c.desk.answers) != 2 {
		t.Errorf("asked %d times", len(c.desk.answers))
	}
	for _, do := range []string{"arrived", "arrived"} {
		if r := c.do("POST", path, "do="+do); r.status != 303 {
			t.Errorf("%s: %d", do, r.status)
		}
	}
	must(t, c.get(path).body, "您已到场")
}

func TestSeenCountsOnce(t *testing.T) {
	c := open(t, nil)
	c.press(time.Minute, "zh")
	c.desk.fail = errors.New("no quorum")
	if r := c.do("POST", c.path(son)+"/seen", ""); r.status != 503 {
		t.Errorf("not stored: %d", r.status)
	}
	c.desk.fail = nil
	for range 3 {
		if r := c.do("POST", c.path(son)+"/seen", ""); r.status != 204 {
			t.Errorf("status %d", r.status)
		}
	}
	if want := (Person{theCall, dispatch.RoleContact, son}); len(c.desk.seen) != 2 || c.desk.seen[1] != want {
		t.Errorf("seen %v, want %v told again after it was not stored", c.desk.seen, want)
	}
}

func TestPositions(t *testing.T) {
	c := open(t, nil)
	c.press(time.Minute, "zh")
	path := c.path(string(zhang)) + "/at"
	at := func(body string) int {
		c.pages.links.find(strings.TrimSuffix(strings.TrimPrefix(path, ResponderPath), "/at"), dispatch.RoleResponder).pace = pace{}
		return c.do("POST", path, body).status
	}
	good := url.Values{"lat": {"31.2301"}, "lon": {"121.4731"}, "acc": {"12"}, "age": {"4000"}}.Encode()
	if got := at(good); got != 410 || len(c.places.moves()) != 0 {
		t.Errorf("before accepting: %d, moved %v", got, c.places.moves())
	}
	c.moved(dispatch.FactAccepted, zhang)
	if got := at(good); got != 204 {
		t.Errorf("status %d", got)
	}
	for _, bad := range []string{"", "lat=31&lon=121", "lat=NaN&lon=121&acc=1&age=0", "lat=91&lon=121&acc=1&age=0", "lat=0&lon=0&acc=1&age=0", "lat=31&lon=121&acc=-1&age=0", "lat=31&lon=121&acc=1&age=-5", "lat=31&lon=121&acc=NaN&age=0", "lat=31&lon=121&acc=1&age=Inf"} {
		if got := at(bad); got != 400 && bad != "lat=31&lon=121&acc=1&age=Inf" {
			t.Errorf("%q: %d", bad, got)
		}
	}
	for _, useless := range []string{"lat=31&lon=121&acc=1&age=130000", "lat=31&lon=121&acc=5000&age=0", "lat=31&lon=121&acc=1&age=Inf"} {
		if got := at(useless); got != 204 {
			t.Errorf("%q: %d", useless, got)
		}
	}
	if got := c.places.moves(); len(got) != 1 || got[0] != "R-zhang 31.230100,121.473100 4s" {
		t.Errorf("moved %v", got)
	}
	c.moved(dispatch.FactOnScene, zhang)
	c.moved(dispatch.FactCleared, zhang)
	if got := at(good); got != 410 {
		t.Errorf("after leaving: %d", got)
	}
	for n, status := range []int{410, 410, 410, 429} { // three at once, then one in two seconds
		if n == 0 {
			c.pages.links.find(strings.TrimSuffix(strings.TrimPrefix(path, ResponderPath), "/at"), dispatch.RoleResponder).pace = pace{}
		}
		if r := c.do("POST", path, good); r.status != status {
			t.Errorf("position %d: %d, want %d", n, r.status, status)
		}
	}
}

// On 2G every kilobyte is a third of a second: all of it, style and script too, is below 20 kB.
func TestPagesAreSmall(t *testing.T) {
	for _, lang := range languages() {
		c := open(t, nil)
		inc := *c.press(time.Minute, lang)
		long := strings.Repeat("长宁区新华路街道幸福里小区", 3)
		inc.Name, inc.Hints, inc.Premises = "阿卜杜热依木江", "独居、听力差、需轮椅，"+long, &dispatch.Premises{Address: long + "13号楼2单元1401室", Floor: "14", Point: home}
		c.board.cases[dispatch.CaseID(wang)] = &inc
		script := c.get(c.pages.assets.src)
		if script.status != 200 || !strings.Contains(script.header.Get("Cache-Control"), "immutable") {
			t.Fatalf("script: %d", script.status)
		}
		p := c.tap(c.path(string(zhang)), "accept")
		for name, page := range map[string]string{"responder": p.raw, "family": c.get(c.path(son)).raw} {
			if size := len(page) + len(script.raw); size > 20_000 {
				t.Errorf("%s in %s: %d bytes with style and script", name, lang, size)
			} else {
				t.Logf("%s in %s: %d bytes, of them script %d, style %d", name, lang, size, len(script.raw), len(c.pages.assets.style))
			}
		}
	}
	c := open(t, nil)
	if r := c.get("/pages/000000000000/page.js"); r.status != 404 {
		t.Errorf("a script of another build: %d", r.status)
	}
}
