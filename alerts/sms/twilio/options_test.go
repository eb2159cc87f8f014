package twilio

import (
	"errors"
	"strings"
	"testing"

	"onekeyd/alerts/twilioapi"
)

const (
	testSID   = "AC00000000000000000000000000000001"
	testToken = "test-token-5f3a"
)

func options() Options {
	return Options{Account: twilioapi.Account{AccountSID: testSID, AuthToken: testToken, HookURL: "https://desk.example/hooks/twilio"}, From: "+15005550006"}
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
		{"negative rate", func(o *Options) { o.PerSecond = -1 }, "per second"},
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
	if !errors.Is(err, twilioapi.ErrNoToken) || !strings.Contains(err.Error(), "account sid") || !strings.Contains(err.Error(), "sending number") {
		t.Errorf("not every fault is named: %v", err)
	}
	if _, err := New(options()); err != nil {
		t.Errorf("a good configuration is refused: %v", err)
	}
}

func TestServiceOfAStandIn(t *testing.T) {
	o := options()
	o.MessagingServiceSID = "MGtest"
	if _, err := New(o); err == nil {
		t.Error("Twilio's own services have 32 hex digits")
	}
	o.BaseURL = "http://127.0.0.1:9"
	if _, err := New(o); err != nil {
		t.Errorf("a stand-in's need not: %v", err)
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
