package secretpath

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"onekeyd/alerts"
)

const secret = "k7Pq2_xW-9vRtY4m"

func TestOpen(t *testing.T) {
	for _, c := range []struct {
		path, from, remote string
		ok                 bool
	}{
		{"/hooks/aliyun/" + secret + "/report", "", "192.0.2.1:5", true},
		{"/behind/a/proxy/" + secret + "/report", "", "", true},
		{"/hooks/aliyun/" + secret + "x/report", "", "192.0.2.1:5", false},
		{"/hooks/aliyun/" + secret[1:] + "/report", "", "192.0.2.1:5", false},
		{"/hooks/aliyun//report", "", "192.0.2.1:5", false},
		{"/hooks/aliyun/report", "", "192.0.2.1:5", false},
		{"/report", "", "192.0.2.1:5", false},
		{"/hooks/aliyun/" + secret, "", "192.0.2.1:5", false},
		{"/hooks/aliyun/" + secret + "/report/more", "", "192.0.2.1:5", false},
		{"/hooks/aliyun/" + secret + "/report", "192.0.2.0/24, 2001:db8::/32", "192.0.2.1:5", true},
		{"/hooks/aliyun/" + secret + "/report", "192.0.2.1", "192.0.2.1:5", true},
		{"/hooks/aliyun/" + secret + "/report", "192.0.2.0/24", "[::ffff:192.0.2.1]:5", true},
		{"/hooks/aliyun/" + secret + "/report", "2001:db8::/32", "[2001:db8::7]:5", true},
		{"/hooks/aliyun/" + secret + "/report", "192.0.2.0/24", "198.51.100.1:5", false},
		{"/hooks/aliyun/" + secret + "/report", "192.0.2.0/24", "nonsense", false},
	} {
		g, err := New(secret, c.from)
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest(http.MethodPost, c.path, nil)
		r.RemoteAddr = c.remote
		r.Header.Set("X-Forwarded-For", "192.0.2.1") // anybody can write this
		what, err := g.Open(r)
		if c.ok && (err != nil || what != "report") || !c.ok && (!errors.Is(err, alerts.ErrForged) || what != "") {
			t.Errorf("%s from %s with %q: %q, %v", c.path, c.remote, c.from, what, err)
		}
		if err != nil && strings.Contains(err.Error(), secret) {
			t.Errorf("the refusal shows the secret: %v", err)
		}
	}
	if _, err := (Guard{}).Open(httptest.NewRequest(http.MethodPost, "/hooks//report", nil)); !errors.Is(err, alerts.ErrForged) {
		t.Errorf("a guard that was never made lets in: %v", err)
	}
}

func TestNewRefuses(t *testing.T) {
	for _, c := range []struct{ secret, from, says string }{
		{"", "", "16 to 128"}, {"short", "", "16 to 128"}, {strings.Repeat("x", 129), "", "16 to 128"}, {"sixteen or more/", "", "letters, digits"},
		{secret, "192.0.2.1,here", `holds "here", which is no address`}, {secret, "fe80::1%eth0", "no address"}, {"short", "there/24", "there/24"},
	} {
		_, err := New(c.secret, c.from)
		if err == nil || !strings.Contains(err.Error(), c.says) || c.secret != "" && strings.Contains(err.Error(), c.secret) {
			t.Errorf("%q from %q: %v", c.secret, c.from, err)
		}
	}
}
