package console

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"onekeyd/dispatch"
	"onekeyd/dispatch/access"
)

func TestWhoMayRead(t *testing.T) {
	c := open(t, nil, nil)
	c.board.put(call("20261121-aaaaaa", testTime))
	for _, path := range []string{"/v1/snapshot", "/v1/events"} {
		for token, want := range map[string]int{"": 401, "wrong": 401, "gateway-token": 401} {
			res, body := c.get(path, token)
			if res.StatusCode != want || strings.Contains(string(body), "王秀英") {
				t.Errorf("%s with token %q: %s %s", path, token, res.Status, body)
			}
		}
	}
	for name, holds := range map[string][2]string{"李敏": {"+8613800004471", ""}, "wall": {`"urgency":1`, "王秀英"}} {
		req, err := http.NewRequestWithContext(t.Context(), "GET", c.url+"/v1/snapshot", nil)
		if err != nil {
			t.Fatal(err)
		}
		res, body := c.do(c.login(name), req)
		if res.StatusCode != 200 || !strings.Contains(string(body), holds[0]) || holds[1] != "" && strings.Contains(string(body), holds[1]) {
			t.Errorf("%s reads %s %s", name, res.Status, body)
		}
	}
}

func TestHeadersAndCookies(t *testing.T) {
	for _, tc := range []struct {
		public, cookie string
		secure         bool
	}{{"", "ok", false}, {"http://127.0.0.1:8080", "ok", false}, {"https://console.example", "__Host-ok", true}} {
		t.Run(tc.public, func(t *testing.T) {
			c := open(t, func(o *Options) { o.PublicURL = tc.public }, nil)
			client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
			res, err := client.PostForm(c.url+"/login", url.Values{"name": {"李敏"}, "password": {testPassword}})
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
			cookies := res.Cookies()
			if len(cookies) != 1 {
				t.Fatalf("cookies %v", cookies)
			}
			k := cookies[0]
			if k.Name != tc.cookie || k.Secure != tc.secure || !k.HttpOnly || k.SameSite != http.SameSiteLaxMode || k.Path != "/" || k.Domain != "" || k.MaxAge < 11*3600 || k.MaxAge > 12*3600 {
				t.Errorf("cookie %+v", k)
			}
			if hsts := res.Header.Get("Strict-Transport-Security") != ""; hsts != tc.secure {
				t.Errorf("HSTS %v, want %v", hsts, tc.secure)
			}
			res, body := c.get("/login", "")
			policy := res.Header.Get("Content-Security-Policy")
			for _, must := range []string{"default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'", "require-trusted-types-for 'script'"} {
				if !strings.Contains(policy, must) {
					t.Errorf("policy lacks %s: %s", must, policy)
				}
			}
			if strings.Contains(policy, "unsafe") || strings.Contains(policy, "*") {
				t.Errorf("policy is open: %s", policy)
			}
			if strings.Contains(string(body), "<script") || strings.Contains(string(body), " style=") {
				t.Errorf("the login page has a script or inline style")
			}
			for key, want := range map[string]string{"Referrer-Policy": "strict-origin", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", "X-Frame-Options": "DENY"} {
				if got := res.Header.Get(key); got != want {
					t.Errorf("%s: %q, want %q", key, got, want)
				}
			}
		})
	}
}

// onIncident are the addresses of the commands on one incident.
func onIncident() []string {
	var paths []string
	for _, do := range []string{"acknowledge", "note", "close", "seen", "assign", "answer", "call", "takeover", "morehelp", "reveal"} {
		paths = append(paths, "/v1/incidents/20261121-aaaaaa/"+do)
	}
	return paths
}

func TestGetNeverActs(t *testing.T) {
	c := open(t, nil, nil)
	c.board.put(call("20261121-aaaaaa", testTime))
	client := c.login("李敏")
	for _, path := range append(onIncident(), "/v1/consoles/state", "/logout") {
		req, err := http.NewRequestWithContext(t.Context(), "GET", c.url+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if res, _ := c.do(client, req); res.StatusCode != http.StatusMethodNotAllowed {
			t.Errorf("GET %s: %s", path, res.Status)
		}
	}
	link, err := c.access.OneTimeLink(t.Context(), "李敏", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 { // a preview, a scanner, the person
		if res, body := c.get(link, ""); res.StatusCode != 200 || len(res.Cookies()) != 0 || !strings.Contains(string(body), `method="post"`) {
			t.Fatalf("GET of a link: %s %s", res.Status, body)
		}
	}
	client.Jar = nil
	for n, want := range []int{http.StatusSeeOther, http.StatusNotFound} {
		res, err := client.PostForm(c.url+link, nil)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != want || (want == http.StatusSeeOther) != (len(res.Cookies()) == 1) {
			t.Errorf("use %d of the link: %s, cookies %v", n+1, res.Status, res.Cookies())
		}
	}
	if res, _ := c.get("/link/unknown", ""); res.StatusCode != http.StatusNotFound {
		t.Errorf("unknown link: %s", res.Status)
	}
	if c.board.appended() != 0 || c.con.Armed(time.Minute) != 0 {
		t.Errorf("%d desk calls, %d armed consoles", c.board.appended(), c.con.Armed(time.Minute))
	}
	if secret := strings.TrimPrefix(link, access.LinkPath); strings.Contains(c.log.String(), secret) || strings.Contains(c.log.String(), testPassword) {
		t.Error("a secret is in the log")
	}
}

func TestCrossSitePostIsRefused(t *testing.T) {
	c := open(t, nil, nil)
	c.board.put(call("20261121-aaaaaa", testTime))
	client := c.login("李敏")
	path, body := "/v1/incidents/20261121-aaaaaa/acknowledge", map[string]any{"version": 1}
	for name, headers := range map[string][]string{
		"cross-site":        {"Sec-Fetch-Site", "cross-site"},
		"sibling":           {"Sec-Fetch-Site", "same-site"},
		"foreign origin":    {"Origin", "https://evil.example"},
		"null origin":       {"Origin", "null"},
		"not JSON":          {"Content-Type", "text/plain"},
		"forged forwarding": {"Origin", "https://evil.example", "X-Forwarded-Host", "evil.example"},
	} {
		if status, _ := c.post(client, path, body, headers...); status != http.StatusForbidden && status != http.StatusUnsupportedMediaType {
			t.Errorf("%s: status %d", name, status)
		}
	}
	if c.board.appended() != 0 {
		t.Fatalf("%d commands came through", c.board.appended())
	}
	for _, do := range append(onIncident(), "/v1/handover") {
		if status, _ := c.post(client, do, body, "Sec-Fetch-Site", "cross-site"); status != http.StatusForbidden {
			t.Errorf("cross-site %s: status %d", do, status)
		}
	}
	if status, _ := c.post(client, path, body, "Sec-Fetch-Site", "same-origin"); status != http.StatusOK {
		t.Errorf("same origin: status %d", status)
	}
}

func TestTwoAcknowledgementsOneConflict(t *testing.T) {
	c := open(t, nil, nil)
	inc := c.board.put(call("20261121-aaaaaa", testTime))
	clients := map[string]*http.Client{"李敏": c.login("李敏"), "陈刚": c.login("陈刚")}
	var mu sync.Mutex
	var wins []string
	var lost map[string]any
	var wg sync.WaitGroup
	for name, client := range clients {
		wg.Go(func() {
			status, answer := c.post(client, "/v1/incidents/20261121-aaaaaa/acknowledge", map[string]any{"version": inc.Seq})
			mu.Lock()
			defer mu.Unlock()
			switch status {
			case http.StatusOK:
				wins = append(wins, name)
			case http.StatusConflict:
				lost = answer
			default:
				t.Errorf("%s: status %d %v", name, status, answer)
			}
		})
	}
	wg.Wait()
	if len(wins) != 1 || lost == nil {
		t.Fatalf("won by %v, lost with %v", wins, lost)
	}
	if lost["by"] != wins[0] || lost["incident"].(map[string]any)["acked"].(map[string]any)["operator"] != wins[0] {
		t.Errorf("the loser was told %v, the winner is %s", lost, wins[0])
	}
}

func TestCommandsAreChecked(t *testing.T) {
	c := open(t, nil, nil)
	c.board.put(call("20261121-aaaaaa", testTime))
	op, wall := c.login("李敏"), c.login("wall")
	base := "/v1/incidents/20261121-aaaaaa/"
	for _, tc := range []struct {
		client *http.Client
		path   string
		body   map[string]any
		want   int
	}{
		{http.DefaultClient, base + "acknowledge", map[string]any{"version": 1}, 401},
		{wall, base + "acknowledge", map[string]any{"version": 1}, 403},
		{wall, base + "seen", map[string]any{"version": 1, "audio": "running"}, 403},
		{op, base + "acknowledge", map[string]any{}, 400},
		{op, base + "note", map[string]any{"text": "  "}, 400},
		{op, base + "note", map[string]any{"text": strings.Repeat("长", 1000)}, 400},
		{op, base + "close", map[string]any{"version": 1, "disposition": "bored"}, 400},
		{op, base + "close", map[string]any{"version": 1, "disposition": "other"}, 400},
		{op, "/v1/incidents/nope/acknowledge", map[string]any{"version": 1}, 404},
		{op, base + "seen", map[string]any{"version": 1, "audio": "loud"}, 400},
		{op, base + "seen", map[string]any{"version": 1, "audio": "running", "console": "c1"}, 204},
		{op, base + "note", map[string]any{"text": "已回拨"}, 200},
		{wall, base + "assign", map[string]any{"responder": "R-3"}, 403},
		{wall, "/v1/handover", map[string]any{"note": "x"}, 403},
		{op, base + "assign", map[string]any{"responder": "R 3"}, 400},
		{op, base + "assign", map[string]any{"responder": "R-999"}, 409},
		{op, base + "assign", map[string]any{"responder": "R-1"}, 409},
		{op, base + "answer", map[string]any{"verb": "accept"}, 400},
		{op, base + "answer", map[string]any{"who": "R-1", "verb": "maybe"}, 400},
		{op, base + "answer", map[string]any{"who": "R-1", "verb": "accept", "outcome": "assisted"}, 400},
		{op, base + "answer", map[string]any{"who": "R-1", "verb": "done", "outcome": "bored"}, 400},
		{op, base + "answer", map[string]any{"who": "R-999", "verb": "accept"}, 409},
		{op, base + "call", map[string]any{"outcome": "spoke"}, 400},
		{op, base + "call", map[string]any{"whom": "elder", "outcome": "fine"}, 400},
		{op, base + "call", map[string]any{"whom": "R-999", "outcome": "spoke"}, 409},
		{op, base + "takeover", map[string]any{"reason": "x"}, 400},
		{op, base + "takeover", map[string]any{"from": "陈刚"}, 400},
		{op, base + "reveal", map[string]any{"what": "everything"}, 400},
		{op, "/v1/incidents/nope/reveal", map[string]any{"what": "medical"}, 404},
		{op, base + "close", map[string]any{"version": 1, "disposition": "assisted"}, 409},
		{op, base + "close", map[string]any{"version": 2, "disposition": "assisted"}, 200},
	} {
		if status, answer := c.post(tc.client, tc.path, tc.body); status != tc.want {
			t.Errorf("%s %v: status %d, want %d: %v", tc.path, tc.body, status, tc.want, answer)
		}
	}
}

func TestSameKeySameAnswer(t *testing.T) {
	c := open(t, nil, nil)
	inc := c.board.put(call("20261121-aaaaaa", testTime))
	client := c.login("李敏")
	for range 3 {
		if status, answer := c.post(client, "/v1/incidents/20261121-aaaaaa/note", map[string]any{"text": "已回拨"}, "Idempotency-Key", "k1"); status != 200 || answer["incident"] == nil {
			t.Fatalf("status %d %v", status, answer)
		}
	}
	if c.board.appended() != 1 {
		t.Errorf("%d notes stored, want 1", c.board.appended())
	}
	notes := 0
	for _, l := range c.board.get(inc.ID).Timeline {
		if l.What == dispatch.FactNoted && l.Text == "已回拨" {
			notes++
		}
	}
	if notes != 1 {
		t.Errorf("%d notes on the timeline", notes)
	}
}

func TestLoginIsThrottled(t *testing.T) {
	c := open(t, nil, nil)
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	try := func(password string) *http.Response {
		req, err := http.NewRequestWithContext(t.Context(), "POST", c.url+"/login", strings.NewReader(url.Values{"name": {"李敏"}, "password": {password}}.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("X-Forwarded-For", time.Now().String()) // must not make it another address
		res, _ := c.do(client, req)
		return res
	}
	for range 5 {
		if res := try("wrong-password"); res.StatusCode != http.StatusUnauthorized {
			t.Fatalf("wrong password: %s", res.Status)
		}
	}
	res := try(testPassword)
	if res.StatusCode != http.StatusTooManyRequests || res.Header.Get("Retry-After") == "" {
		t.Errorf("sixth attempt: %s, Retry-After %q", res.Status, res.Header.Get("Retry-After"))
	}
	if strings.Contains(c.log.String(), "wrong-password") {
		t.Error("a password is in the log")
	}
}

func TestPasswordPage(t *testing.T) {
	c := open(t, nil, nil)
	client := c.login("李敏")
	other := c.login("李敏")
	post := func(form url.Values) int {
		res, err := client.PostForm(c.url+"/password", form)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		return res.StatusCode
	}
	for name, tc := range map[string]struct {
		form url.Values
		want int
	}{
		"differ":    {url.Values{"old": {testPassword}, "new": {"12345678a"}, "again": {"12345678b"}}, 400},
		"wrong old": {url.Values{"old": {"nope-nope"}, "new": {"12345678a"}, "again": {"12345678a"}}, 401},
		"too short": {url.Values{"old": {testPassword}, "new": {"1234567"}, "again": {"1234567"}}, 400},
	} {
		if got := post(tc.form); got != tc.want {
			t.Errorf("%s: %d, want %d", name, got, tc.want)
		}
	}
	if got := post(url.Values{"old": {testPassword}, "new": {"12345678a"}, "again": {"12345678a"}}); got != http.StatusSeeOther {
		t.Fatalf("right: %d", got)
	}
	if status, _ := c.post(client, "/v1/consoles/state", map[string]any{"console": "c"}); status != 200 {
		t.Errorf("own session ended: %d", status)
	}
	if status, _ := c.post(other, "/v1/consoles/state", map[string]any{"console": "c"}); status != 401 {
		t.Errorf("other session goes on: %d", status)
	}
}

func TestPresenceExpires(t *testing.T) {
	p := presence{consoles: map[string]presentConsole{}}
	now := testTime
	p.put("li", stateRequest{Console: "a", Armed: true}, now)
	p.put("li", stateRequest{Console: "b"}, now)
	p.put("chen", stateRequest{Console: "a", Armed: true}, now)
	for _, tc := range []struct {
		after, within time.Duration
		want          int
	}{{0, time.Second, 2}, {5 * time.Second, 12 * time.Second, 2}, {5 * time.Second, 3 * time.Second, 0}, {13 * time.Second, time.Hour, 0}} {
		if got := p.armed(now.Add(tc.after), tc.within); got != tc.want {
			t.Errorf("after %s within %s: %d armed, want %d", tc.after, tc.within, got, tc.want)
		}
	}
	p.put("li", stateRequest{Console: "a", Armed: true}, now)
	p.put("li", stateRequest{Console: "a", Gone: true}, now)
	if got := p.armed(now, time.Hour); got != 0 {
		t.Errorf("%d armed after the page was left", got)
	}
}

func TestAssets(t *testing.T) {
	c := open(t, nil, nil)
	base := "/static/" + c.con.assets.hash
	for path, kind := range map[string]string{"/app/main.mjs": "text/javascript; charset=utf-8", "/vendor/preact.mjs": "text/javascript; charset=utf-8", "/console.css": "text/css; charset=utf-8", "/i18n/zh-CN.json": "application/json; charset=utf-8"} {
		res, body := c.get(base+path, "")
		if res.StatusCode != 200 || res.Header.Get("Content-Type") != kind || len(body) == 0 || !strings.Contains(res.Header.Get("Cache-Control"), "immutable") {
			t.Errorf("%s: %s %v", path, res.Status, res.Header)
		}
	}
	for _, path := range []string{"/static/000000000000/app/main.mjs", base + "/pages/login.html", base + "/../console.go", base + "/app/"} {
		if res, _ := c.get(path, ""); res.StatusCode == 200 {
			t.Errorf("%s is served", path)
		}
	}
}
