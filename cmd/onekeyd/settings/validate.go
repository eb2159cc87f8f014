package settings

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"onekeyd/alerts/sms/secretpath"
	"onekeyd/alerts/sms/webhook"
	"onekeyd/dispatch/phone"
)

// problem says what is wrong with a setting, by all the names it can be set by.
func problem(f field, err error) error { return fmt.Errorf("%s %w", f.names(), err) }

// validate checks each setting by itself and then those that depend on each other.
func validate(s *Settings) (wrong []error) {
	byPath := map[string]field{}
	for _, f := range walk(s) {
		byPath[f.path] = f
		if f.empty() {
			continue
		}
		kind, off, _ := strings.Cut(f.tag.Get("check"), " ")
		if kind == "" || off == Off && f.text() == Off {
			continue
		}
		if err := check(kind, f.text()); err != nil {
			wrong = append(wrong, problem(f, err))
		}
	}
	bad := func(path, why string) { wrong = append(wrong, problem(byPath[path], errors.New(why))) }

	if n := s.NATS; n.Embedded() {
		if n.Replicas > 1 {
			bad("nats.replicas", "must be 1 without nats.url: one server holds one copy")
		}
		if n.User != "" || n.Password.IsSet() {
			bad("nats.user", "is for an external cluster, and nats.url is not set")
		}
	} else if n.User != "" && !n.Password.IsSet() {
		bad("nats.password", "is needed with nats.user")
	}
	return append(wrong, validateCarriers(s, byPath)...)
}

var (
	// E.164, a short code, or an alphanumeric sender id of at most 11 characters with a letter
	// (https://www.twilio.com/docs/glossary/what-alphanumeric-sender-id).
	sender  = regexp.MustCompile(`^(\+[1-9][0-9]{6,14}|[0-9]{3,8}|[0-9]?[A-Za-z][0-9A-Za-z &+_-]{0,9})$`)
	caller  = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)
	region  = regexp.MustCompile(`^[a-z]{2}-[a-z-]{2,30}[0-9]*$`)
	dialled = regexp.MustCompile(`^[+]?[0-9][0-9 ()/-]{1,30}$`)
)

const (
	maxName = 32
	maxRate = 10_000
)

func okInName(r rune) bool {
	return r == '-' || r == '_' || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
}

// check says what is wrong with one value. It must not repeat the value of a
// Secret, which redisurl is.
func check(kind, v string) error {
	match := func(re *regexp.Regexp, want string) error {
		if re.MatchString(v) {
			return nil
		}
		return fmt.Errorf("is %q; %s is expected", v, want)
	}
	oneOf := func(words ...string) error {
		if slices.Contains(words, v) {
			return nil
		}
		return fmt.Errorf("is %q; %s is expected", v, strings.Join(words, " or "))
	}
	switch kind {
	case "listen":
		return checkListen(v)
	case "url":
		return checkURL(v, "http", "https")
	case "natsurl":
		for u := range strings.SplitSeq(v, ",") {
			if err := checkURL(strings.TrimSpace(u), "nats", "tls", "ws", "wss"); err != nil {
				return err
			}
		}
		return nil
	case "redisurl":
		// It may hold a password, so the error must not hold it.
		u, err := url.Parse(v)
		if err != nil || u.Scheme != "unix" && !strings.HasPrefix(u.Scheme, "redis") {
			return errors.New("is no redis://, rediss:// or unix:// address")
		}
		return nil
	case "rate":
		if n, err := strconv.Atoi(v); err != nil || n < 1 || n > maxRate {
			return fmt.Errorf("is %s; 1 to %d a second are expected, or 0 for no limit", v, maxRate)
		}
		return nil
	case "every":
		if d, err := time.ParseDuration(v); err != nil || d < 10*time.Second || d > time.Hour {
			return fmt.Errorf("is %q; a time such as 60s, from 10s to 1h, or off is expected", v)
		}
		return nil
	case "unserved":
		return oneOf(Refuse, Warn)
	case "hooksecret":
		return secretpath.CheckSecret(v)
	case "from":
		_, err := secretpath.ParseFrom(v)
		return err
	case "prefixes":
		_, err := webhook.ParsePrefixes(v)
		return err
	case "region":
		return match(region, "a region such as ap-guangzhou")
	case "replicas":
		return oneOf("1", "3", "5")
	case "level":
		return oneOf("debug", "info", "warn", "error")
	case "format":
		return oneOf("json", "text")
	case "language":
		return oneOf("zh", "en")
	case "sender":
		return match(sender, "a number such as +15005550006, a short code, or at most 11 letters and digits")
	case "caller":
		return match(caller, "a number such as +15005550006, or off,")
	case "e164":
		// The number is not repeated: errors are pasted into tickets.
		if e164, _, err := phone.New("ZZ").E164(v); err != nil {
			return fmt.Errorf("%w; E.164 such as +8613912345678 is expected", err)
		} else if e164 != v {
			return errors.New("is a telephone number, but not in E.164: + and digits, such as +8613912345678")
		}
		return nil
	case "dialled":
		return match(dialled, "a telephone number")
	case "name":
		if len(v) > maxName || strings.ContainsFunc(v, func(r rune) bool { return !okInName(r) }) {
			return fmt.Errorf("is %q; at most %d of a-z, A-Z, 0-9, - and _ are expected", v, maxName)
		}
		return nil
	case "zone":
		if _, err := time.LoadLocation(v); err != nil || v == "Local" {
			return fmt.Errorf("is %q; a name of the IANA time zone database such as Asia/Shanghai is expected", v)
		}
		return nil
	}
	panic("setting with an unknown check " + kind)
}

func checkListen(v string) error {
	host, port, err := net.SplitHostPort(v)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil || strings.ContainsAny(host, " /") {
		return fmt.Errorf("is %q; an address and port such as 127.0.0.1:8080 is expected", v)
	}
	return nil
}

func checkURL(v string, schemes ...string) error {
	u, err := url.Parse(v)
	if err != nil || u.Hostname() == "" || !slices.Contains(schemes, u.Scheme) {
		return fmt.Errorf("is no address that begins with %s://", strings.Join(schemes, ":// or "))
	}
	if u.User != nil {
		return errors.New("must not hold a user or password: it is shown to people and logged")
	}
	if u.RawQuery != "" || u.Fragment != "" {
		return errors.New("must not hold a query or a fragment: paths are put behind it")
	}
	return nil
}
