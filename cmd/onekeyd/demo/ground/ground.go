// Package ground is what the demo stands on: a data folder and ports that are
// its own, and a carrier that is not a real one.
//
// # Promise
//
// Whatever the settings say, the demo sends no text to a carrier, joins no
// cluster and writes into no data folder but a fresh one or one that was a
// demo's before. What is set by hand is used or is an error; what is not gives
// way: a port that is taken becomes a free one, the data folder is temporary.
//
// The package starts no goroutines.
package ground

import (
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"

	"onekeyd/cmd/onekeyd/settings"
)

// Ground is prepared settings and what to do at the end.
type Ground struct {
	Settings settings.Settings
	// Moved says that the usual HTTP address was taken, or another one is set.
	Moved bool
	temp  string // folder to remove; "" keeps it
}

// marker is the file that tells a demo's data folder from a real one's.
const marker = "demo-only"

// ports that are free for sure; the kernel's choice.
const anyPort = "127.0.0.1:0"

// Prepare makes the ground from the settings as they were loaded. flags are
// those of the command line, parsed. The error is in words for the operator.
func Prepare(cfg settings.Settings, flags *flag.FlagSet, environ []string, keep bool) (*Ground, error) {
	if !cfg.NATS.Embedded() {
		return nil, errors.New("the demo has a NATS server of its own: nats.url would put its made-up elders into a real cluster")
	}
	usual, err := defaults(environ)
	if err != nil {
		return nil, err
	}
	byHand := givenBy(flags, environ)
	g := &Ground{Settings: cfg}
	s := &g.Settings
	followed := s.HTTP.PublicURL == "http://"+here(s.HTTP.Listen) // nobody set another
	for _, l := range []struct {
		name          string
		listen        *string
		usual, hasOff string
	}{
		{"http.listen", &s.HTTP.Listen, usual.HTTP.Listen, ""},
		{"nats.listen", &s.NATS.Listen, usual.NATS.Listen, ""},
		{"mqtt.listen", &s.MQTT.Listen, usual.MQTT.Listen, settings.Off},
	} {
		if *l.listen == l.hasOff {
			continue
		}
		if *l.listen, err = address(*l.listen, byHand(l.name) || *l.listen != l.usual); err != nil {
			return nil, fmt.Errorf("%s: %w", l.name, err)
		}
	}
	g.Moved = s.HTTP.Listen != usual.HTTP.Listen
	if followed {
		s.HTTP.PublicURL = "http://" + here(s.HTTP.Listen)
	}
	s.Redis.URL = settings.Secret{}
	if s.Centre.Name == usual.Centre.Name {
		s.Centre.Name = "垦利街道指挥中心（演示）"
	}
	if !byHand("log.level") && s.Log.Level == usual.Log.Level {
		s.Log.Level = "warn" // the links must not drown
	}
	if !byHand("log.format") && s.Log.Format == usual.Log.Format {
		s.Log.Format = "text"
	}
	if err := g.folder(byHand("data") || s.Data != usual.Data, keep); err != nil {
		return nil, err
	}
	return g, nil
}

// Carrier points the way to Twilio at a stand-in on this machine, and leaves no
// other carrier: even with real ones in the settings nothing leaves it.
func (g *Ground) Carrier(from string) {
	g.Settings.SMS = settings.SMS{Unserved: g.Settings.SMS.Unserved, Twilio: settings.Twilio{
		AccountSID: "AC00000000000000000000000000000de0", AuthToken: settings.NewSecret(rand.Text()), From: from,
		HookURL: "http://" + here(g.Settings.HTTP.Listen),
	}}
	g.Settings.Voice.Twilio = settings.TwilioVoice{From: from, PerSecond: 1}
}

// OnCall replaces whoever settings and a file of plans have on call, so that the
// demo shows made-up numbers only.
func (g *Ground) OnCall(supervisor, nextCentre, engineer string) {
	c := &g.Settings.Centre
	c.Supervisor, c.NextCentre, c.Engineer, g.Settings.Plans = supervisor, nextCentre, engineer, ""
}

// Leave removes the temporary folder.
func (g *Ground) Leave() error {
	if g.temp == "" {
		return nil
	}
	if err := os.RemoveAll(g.temp); err != nil {
		return fmt.Errorf("remove the demo's data: %w", err)
	}
	return nil
}

func (g *Ground) folder(byHand, keep bool) (err error) {
	if !byHand {
		if g.Settings.Data, err = os.MkdirTemp("", "onekeyd-demo-"); err != nil {
			return fmt.Errorf("make a data folder for the demo: %w", err)
		}
		if !keep {
			g.temp = g.Settings.Data
		}
	} else if err = usable(g.Settings.Data); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(g.Settings.Data, marker), []byte("made-up elders live here\n"), 0o600); err != nil {
		return errors.Join(fmt.Errorf("mark the demo's data folder: %w", err), g.Leave())
	}
	return nil
}

// usable makes the folder, or refuses one in which somebody real may live.
func usable(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make the data folder: %w", err)
	}
	there, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("look into the data folder: %w", err)
	}
	if _, err := os.Stat(filepath.Join(dir, marker)); err != nil && len(there) > 0 {
		return fmt.Errorf("%s is not empty and no demo's: the demo would put made-up elders among real ones", dir)
	}
	return nil
}

// address is where to listen: the one wanted, or a free port if that is taken
// and nobody insists. Port 0 becomes the port it stands for, since links and
// signatures name it.
func address(want string, insist bool) (string, error) {
	l, err := net.Listen("tcp", want)
	if err != nil && !insist {
		l, err = net.Listen("tcp", anyPort)
	}
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// here is how this machine reaches an address.
func here(listen string) string {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return listen
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}

// defaults are the settings of somebody who set nothing.
func defaults(environ []string) (settings.Settings, error) {
	var bare []string
	for _, kv := range environ {
		if !strings.HasPrefix(kv, "ONEKEYD_") && !strings.HasPrefix(kv, "TWILIO_") {
			bare = append(bare, kv)
		}
	}
	s, err := settings.NewLoader(flag.NewFlagSet("", flag.ContinueOnError)).Load(bare)
	if err != nil {
		return s, fmt.Errorf("read the default settings: %w", err)
	}
	return s, nil
}

// givenBy tells which settings came by flag or environment. One that a file
// sets to its own default is not seen, and gives way like the default.
func givenBy(flags *flag.FlagSet, environ []string) func(path string) bool {
	given := map[string]bool{}
	flags.Visit(func(f *flag.Flag) { given["-"+f.Name] = true })
	for _, kv := range environ {
		if name, value, ok := strings.Cut(kv, "="); ok && value != "" {
			given[name] = true
		}
	}
	return func(path string) bool {
		return given["-"+strings.NewReplacer(".", "-", "_", "-").Replace(path)] || given["ONEKEYD_"+strings.ToUpper(strings.ReplaceAll(path, ".", "_"))]
	}
}
