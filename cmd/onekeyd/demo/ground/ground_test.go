package ground_test

import (
	"errors"
	"flag"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"onekeyd/cmd/onekeyd/demo/ground"
	"onekeyd/cmd/onekeyd/settings"
)

// prepare loads the settings as the command does.
func prepare(t *testing.T, args, env []string, keep bool) (*ground.Ground, error) {
	t.Helper()
	set := flag.NewFlagSet("demo", flag.ContinueOnError)
	loader := settings.NewLoader(set)
	if err := set.Parse(args); err != nil {
		t.Fatal(err)
	}
	env = append(env, "HOME="+t.TempDir(), "TMPDIR="+t.TempDir())
	cfg, err := loader.Load(env)
	if err != nil {
		t.Fatal(err)
	}
	return ground.Prepare(cfg, set, env, keep)
}

// taken is an address that somebody listens on.
func taken(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l.Addr().String()
}

func TestUsualPortsGiveWay(t *testing.T) {
	for _, addr := range []string{"127.0.0.1:8080", "127.0.0.1:4222", "127.0.0.1:1883"} {
		if l, err := net.Listen("tcp", addr); err == nil { // otherwise somebody else has taken it
			t.Cleanup(func() { l.Close() })
		}
	}
	g, err := prepare(t, nil, nil, false)
	if err != nil {
		t.Fatal(err)
	}
	defer g.Leave()
	s := g.Settings
	for _, addr := range []string{s.HTTP.Listen, s.NATS.Listen, s.MQTT.Listen} {
		l, err := net.Listen("tcp", addr)
		if err != nil {
			t.Errorf("%s was given and is taken: %v", addr, err)
			continue
		}
		l.Close()
	}
	if !g.Moved || s.HTTP.PublicURL != "http://"+s.HTTP.Listen {
		t.Errorf("moved %v: HTTP is at %s and its links lead to %s", g.Moved, s.HTTP.Listen, s.HTTP.PublicURL)
	}
}

func TestPortsSetByHandAreUsedOrAnError(t *testing.T) {
	busy := taken(t)
	for _, c := range []struct{ args, env []string }{
		{args: []string{"-http-listen", busy}},
		{env: []string{"ONEKEYD_NATS_LISTEN=" + busy}},
		{args: []string{"-mqtt-listen=" + busy}},
	} {
		if g, err := prepare(t, c.args, c.env, false); err == nil {
			t.Errorf("%v %v: taken, and the demo went elsewhere", c.args, c.env)
			g.Leave()
		}
	}
	g, err := prepare(t, []string{"-http-listen", "127.0.0.1:0", "-mqtt-listen", "off"}, nil, false)
	if err != nil {
		t.Fatal(err)
	}
	defer g.Leave()
	if strings.HasSuffix(g.Settings.HTTP.Listen, ":0") || g.Settings.MQTT.Listen != "off" {
		t.Errorf("listens on %s and %s", g.Settings.HTTP.Listen, g.Settings.MQTT.Listen)
	}
}

// Somebody's real account may be in the environment of the machine the demo is shown on.
func TestNoRealCarrierIsUsed(t *testing.T) {
	real := []string{"TWILIO_ACCOUNT_SID=AC0000000000000000000000000000ea1f", "TWILIO_AUTH_TOKEN=real-token", "TWILIO_FROM=+12025550199", "ONEKEYD_SMS_TWILIO_API_KEY=SKreal", "ONEKEYD_SMS_TWILIO_API_SECRET=real",
		"ONEKEYD_SMS_WEBHOOK_URL=http://gateway.example", "ONEKEYD_SMS_WEBHOOK_SECRET=sixteen-characters"}
	g, err := prepare(t, nil, real, false)
	if err != nil {
		t.Fatal(err)
	}
	defer g.Leave()
	g.Carrier("+18085550100")
	c := g.Settings.SMS.Twilio
	if c.AccountSID == "AC0000000000000000000000000000ea1f" || c.AuthToken.Reveal() == "real-token" || c.APIKey != "" || c.APISecret.IsSet() || c.From != "+18085550100" || c.BaseURL != "" {
		t.Errorf("the demo would send as %+v", c)
	}
	if other := g.Settings.SMS; other.Webhook.On() || other.Aliyun.On() || other.Tencent.On() {
		t.Errorf("the demo would send through %+v", other)
	}
	if want := "http://" + g.Settings.HTTP.Listen; c.HookURL != want {
		t.Errorf("the carrier would report to %s, we are at %s", c.HookURL, want)
	}
}

func TestNoRealDataIsTouched(t *testing.T) {
	lived := t.TempDir()
	if err := os.WriteFile(filepath.Join(lived, "gateway.token"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := prepare(t, []string{"-data", lived}, nil, false); err == nil {
		t.Error("the demo moved in with real elders")
	}
	if _, err := prepare(t, []string{"-nats-url", "nats://cluster:4222"}, nil, false); err == nil {
		t.Error("the demo joined a cluster")
	}
}

func TestFolders(t *testing.T) {
	own := filepath.Join(t.TempDir(), "demo")
	for range 2 { // empty, and then its own from before
		g, err := prepare(t, nil, []string{"ONEKEYD_DATA=" + own}, false)
		if err != nil {
			t.Fatal(err)
		}
		if err := g.Leave(); err != nil || g.Settings.Data != own {
			t.Fatalf("data in %s, left with %v", g.Settings.Data, err)
		}
		if _, err := os.Stat(own); err != nil {
			t.Fatalf("a folder set by hand is gone: %v", err)
		}
	}
	for _, keep := range []bool{false, true} {
		g, err := prepare(t, nil, nil, keep)
		if err != nil {
			t.Fatal(err)
		}
		if err := g.Leave(); err != nil {
			t.Fatal(err)
		}
		_, err = os.Stat(g.Settings.Data)
		if gone := errors.Is(err, fs.ErrNotExist); gone == keep {
			t.Errorf("keep %v: the temporary folder is gone: %v", keep, gone)
		}
		os.RemoveAll(g.Settings.Data)
	}
}
