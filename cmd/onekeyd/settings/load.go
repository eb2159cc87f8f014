package settings

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// Loader puts settings together.
type Loader struct {
	config string
	flags  map[string]string // flag name to value, of those given
	given  []string          // names of flags given, in their order
}

// NewLoader registers a flag for every setting, and -config, on set. The caller
// parses it together with flags of its own and then calls Load.
func NewLoader(set *flag.FlagSet) *Loader {
	l := &Loader{flags: map[string]string{}}
	set.StringVar(&l.config, "config", "", "TOML `file` with settings (ONEKEYD_CONFIG)")
	for _, f := range walk(new(Settings)) {
		name := f.flag()
		usage := f.tag.Get("help") + " (" + f.env() + ")"
		if d := f.tag.Get("default"); d != "" {
			usage += ", default " + d
		}
		set.Func(name, usage, func(raw string) error {
			l.flags[name] = raw
			l.given = append(l.given, name)
			return nil
		})
	}
	return l
}

// Load returns the settings of this process, or everything that is wrong with
// them, one error a line. environ is os.Environ().
func (l *Loader) Load(environ []string) (Settings, error) {
	var s Settings
	var wrong []error
	env := map[string]string{}
	for _, kv := range environ {
		if name, value, ok := strings.Cut(kv, "="); ok && value != "" {
			env[name] = value
		}
	}
	if path := first(l.config, env["ONEKEYD_CONFIG"]); path != "" {
		wrong = append(wrong, readFile(path, &s)...)
	}
	fields := walk(&s)
	wrong = append(wrong, readEnv(fields, env)...)
	for _, f := range fields {
		if raw, ok := l.flags[f.flag()]; ok {
			if err := f.set(raw); err != nil {
				wrong = append(wrong, problem(f, err))
			}
			if f.secret() {
				s.warn("-%s on the command line can be read by every user of this machine: use %s_FILE", f.flag(), f.env())
			}
		}
	}
	unknown(&s, fields, env)
	for _, f := range fields {
		if d := f.tag.Get("default"); d != "" && f.empty() {
			if err := f.set(d); err != nil {
				panic("default of " + f.path + " " + err.Error())
			}
		}
	}
	wrong = append(wrong, validate(&s)...)
	if len(wrong) > 0 {
		return Settings{}, errors.Join(wrong...)
	}
	derive(&s, env) // from good values only, so that one mistake is reported once
	s.lookAround()
	return s, nil
}

// readFile reads what it can and names every key that is not a setting.
func readFile(path string, s *Settings) []error {
	data, err := os.ReadFile(path)
	if err != nil {
		return []error{fmt.Errorf("read settings: %w", err)}
	}
	err = toml.NewDecoder(bytes.NewReader(data)).DisallowUnknownFields().Decode(s)
	if missing, ok := errors.AsType[*toml.StrictMissingError](err); ok {
		var all []error
		for _, e := range missing.Errors {
			row, col := e.Position()
			all = append(all, fmt.Errorf("%s:%d:%d: there is no setting %s", path, row, col, strings.Join(e.Key(), ".")))
		}
		return all
	}
	if bad, ok := errors.AsType[*toml.DecodeError](err); ok {
		row, col := bad.Position()
		return []error{fmt.Errorf("%s:%d:%d: %w", path, row, col, err)}
	}
	if err != nil {
		return []error{fmt.Errorf("read settings %s: %w", path, err)}
	}
	return nil
}

func readEnv(fields []field, env map[string]string) (wrong []error) {
	for _, f := range fields {
		raw, ok := env[f.env()]
		if file, named := env[f.env()+"_FILE"]; named && f.secret() {
			data, err := os.ReadFile(file)
			switch {
			case ok:
				err = fmt.Errorf("is given by %s and %s_FILE", f.env(), f.env())
			case err != nil:
				err = fmt.Errorf("cannot be read from %s_FILE: %w", f.env(), reason(err))
			case len(bytes.TrimSpace(data)) == 0:
				err = fmt.Errorf("is empty in the file that %s_FILE names", f.env())
			}
			if err != nil {
				wrong = append(wrong, problem(f, err))
				continue
			}
			raw, ok = strings.TrimRight(string(data), "\r\n"), true
		}
		if alias := f.tag.Get("env"); !ok && alias != "" {
			raw, ok = env[alias]
		}
		if !ok {
			continue
		}
		if err := f.set(raw); err != nil {
			wrong = append(wrong, problem(f, err))
		}
	}
	return wrong
}

// reason keeps the path out: a secret put into …_FILE by mistake is no file name.
func reason(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err
	}
	return err
}

// unknown warns of variables that look like settings and are none. They may be
// meant for another version, so they are no errors.
func unknown(s *Settings, fields []field, env map[string]string) {
	known := map[string]bool{"ONEKEYD_CONFIG": true}
	for _, f := range fields {
		known[f.env()] = true
		if f.secret() {
			known[f.env()+"_FILE"] = true
		}
	}
	var odd []string
	for name := range env {
		if strings.HasPrefix(name, "ONEKEYD_") && !strings.HasPrefix(name, "ONEKEYD_TEST_") && !known[name] {
			odd = append(odd, name)
		}
	}
	slices.Sort(odd)
	for _, name := range odd {
		s.warn("%s is in the environment and is no setting", name)
	}
}

// derive fills in the defaults that depend on others or on the machine.
func derive(s *Settings, env map[string]string) {
	s.dataNamed = s.Data != ""
	if !s.dataNamed {
		s.Data = dataFolder(env)
	}
	if s.NATS.Replicas == 0 {
		s.NATS.Replicas = 1
		if !s.NATS.Embedded() {
			s.NATS.Replicas = 3
		}
	}
	if s.HTTP.PublicURL == "" {
		s.HTTP.PublicURL = "http://" + reachable(s.HTTP.Listen)
	}
	s.HTTP.PublicURL = strings.TrimRight(s.HTTP.PublicURL, "/")
	for _, base := range []*string{&s.SMS.Twilio.BaseURL, &s.SMS.Aliyun.BaseURL, &s.SMS.Tencent.BaseURL} {
		*base = strings.TrimRight(*base, "/")
	}
	s.SMS.Twilio.HookURL = strings.TrimRight(first(s.SMS.Twilio.HookURL, s.HTTP.PublicURL), "/")
	deriveVoice(s)
	if s.Node.Name == "" {
		s.Node.Name = hostName()
	}
}

// deriveVoice lets the number of texts ring, if it is one that could.
func deriveVoice(s *Settings) {
	v := &s.Voice.Twilio
	if v.PerSecond == 0 {
		v.PerSecond = 1
	}
	switch from := s.SMS.Twilio.From; {
	case v.From != "":
	case s.SMS.Twilio.On() && caller.MatchString(from):
		v.From = from
	default:
		v.From = Off
		if s.SMS.Twilio.On() {
			s.warn("nobody is rung up who does not answer a text: sms.twilio.from is no number that could call; set voice.twilio.from, or off")
		}
	}
}

// dataFolder is where a service keeps its state: systemd says so, else the XDG
// base directory specification does, so that no root is needed.
func dataFolder(env map[string]string) string {
	if dir, _, _ := strings.Cut(env["STATE_DIRECTORY"], ":"); dir != "" {
		return dir
	}
	if dir := env["XDG_STATE_HOME"]; filepath.IsAbs(dir) {
		return filepath.Join(dir, "onekeyd")
	}
	if home := env["HOME"]; filepath.IsAbs(home) {
		return filepath.Join(home, ".local", "state", "onekeyd")
	}
	return "data"
}

// reachable turns "all addresses" into one that a browser on this machine can open.
func reachable(listen string) string {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return listen
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}

// hostName is made fit for a token of a NATS subject.
func hostName() string {
	name, err := os.Hostname()
	if err != nil {
		return "onekeyd"
	}
	name = strings.Map(func(r rune) rune {
		if okInName(r) {
			return r
		}
		return '-'
	}, name)
	return first(name[:min(len(name), maxName)], "onekeyd")
}

func first(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}
