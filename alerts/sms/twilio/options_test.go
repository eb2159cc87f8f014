package twilio

import (
	"errors"
	"go/parser"
	"go/token"
	"os"
	"strings"
	"testing"
)

const (
	testSID   = "AC00000000000000000000000000000001"
	testToken = "test-token-5f3a"
)

func options() Options {
	return Options{AccountSID: testSID, AuthToken: testToken, From: "+15005550006", HookURL: "https://desk.example/hooks/twilio"}
}

func TestNewRefuses(t *testing.T) {
	for _, c := range []struct {
		why    string
		change func(*Options)
		says   string
	}{
		{"no token", func(o *Options) { o.AuthToken = "" }, "auth token is empty"},
		{"no token but an API key", func(o *Options) { o.AuthToken, o.User, o.Password = "", "SK1", "s" }, "auth token is empty"},
		{"no account", func(o *Options) { o.AccountSID = "" }, "account sid"},
		{"an API key for an account", func(o *Options) { o.AccountSID = "SK" + testSID[2:] }, "account sid"},
		{"no sender", func(o *Options) { o.From = "" }, "neither a sending number"},
		{"a number for a service", func(o *Options) { o.MessagingServiceSID = "+1500" }, "messaging service sid"},
		{"user without password", func(o *Options) { o.User = "SK1" }, "go together"},
		{"relative hook", func(o *Options) { o.HookURL = "/hooks/twilio" }, "hook url"},
		{"hook with query", func(o *Options) { o.HookURL += "?a=1" }, "query"},
		{"hook with password", func(o *Options) { o.HookURL = "https://u:hush@desk.example/" }, "hook url"},
		{"hook with fragment", func(o *Options) { o.HookURL += "#rc=2" }, "fragment"},
		{"ftp", func(o *Options) { o.BaseURL = "ftp://desk.example" }, "base url"},
		{"negative timeout", func(o *Options) { o.Timeout = -1 }, "negative"},
	} {
		o := options()
		c.change(&o)
		_, err := New(o)
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", c.why, err)
			continue
		}
		for _, secret := range []string{testToken, "hush"} {
			if strings.Contains(err.Error(), secret) {
				t.Errorf("%s: the error shows a secret: %v", c.why, err)
			}
		}
	}
	_, err := New(Options{})
	if !errors.Is(err, errNoToken) || !strings.Contains(err.Error(), "account sid") || !strings.Contains(err.Error(), "sending number") {
		t.Errorf("not every fault is named: %v", err)
	}
	if _, err := New(options()); err != nil {
		t.Errorf("a good configuration is refused: %v", err)
	}
}

// Twilio's own SIDs are strict; a stand-in's need only look alike, and what
// New takes is what the checks that settings use take.
func TestStandInsAreFreer(t *testing.T) {
	for _, c := range []struct {
		sid, base string
		taken     bool
	}{
		{testSID, "", true},
		{testSID, "http://127.0.0.1:9", true},
		{"ACtest", "", false},
		{"ACtest", DefaultBaseURL, false},
		{"ACtest", "https://API.Twilio.com", false},
		{"ACtest", "https://api.dublin.ie1.twilio.com", false},
		{"ACtest", "http://127.0.0.1:9", true},
		{"AC1", "https://nottwilio.com", true},
		{"AC" + strings.Repeat("z", 40), "http://127.0.0.1:9", true},
		{"AC" + strings.Repeat("z", 41), "http://127.0.0.1:9", false},
		{"AC", "http://127.0.0.1:9", false},
		{"AC/../x", "http://127.0.0.1:9", false},
		{"SKtest", "http://127.0.0.1:9", false},
	} {
		if err := CheckAccountSID(c.sid, c.base); (err == nil) != c.taken {
			t.Errorf("check %s at %q: %v", c.sid, c.base, err)
		}
		o := options()
		o.AccountSID, o.BaseURL = c.sid, c.base
		if _, err := New(o); (err == nil) != c.taken {
			t.Errorf("new with %s at %q: %v", c.sid, c.base, err)
		}
		o = options()
		o.MessagingServiceSID, o.BaseURL = strings.Replace(c.sid, "AC", "MG", 1), c.base
		if _, err := New(o); (err == nil) != c.taken {
			t.Errorf("new with %s at %q: %v", o.MessagingServiceSID, c.base, err)
		}
	}
}

func TestServes(t *testing.T) {
	s, err := New(options())
	if err != nil {
		t.Fatal(err)
	}
	for to, want := range map[string]bool{"+8613800138000": false, "+862112345678": false, "+85261234567": true, "+85366123456": true, "+886912345678": true, "+447700900123": true} {
		if got := s.Caps().Serves(to); got != want {
			t.Errorf("serves %s: %v, want %v", to, got, want)
		}
	}
}

// The root package of twilio-go takes 40 s and 900 MB to build.
func TestImports(t *testing.T) {
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), f.Name(), nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, imp := range parsed.Imports {
			path := strings.Trim(imp.Path.Value, `"`)
			if rest, ok := strings.CutPrefix(path, "github.com/twilio/twilio-go"); ok {
				seen++
				if rest != "/client" && rest != "/rest/api/v2010" {
					t.Errorf("%s imports %s", f.Name(), path)
				}
			}
			if rest, ok := strings.CutPrefix(path, "onekeyd/"); ok && !strings.HasPrefix(rest, "alerts") {
				t.Errorf("%s imports %s", f.Name(), path)
			}
		}
	}
	if seen == 0 {
		t.Error("no import of twilio-go was seen")
	}
}
