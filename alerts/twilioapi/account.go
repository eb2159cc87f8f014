package twilioapi

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Defaults of an Account.
const (
	DefaultBaseURL  = "https://api.twilio.com"
	DefaultTimeout  = 3 * time.Second
	DefaultMaxConns = 64
)

// Account is an account at Twilio and the way to it. Zero values are the
// defaults named.
type Account struct {
	// AccountSID is the account, "AC" and 32 hex digits. Required. A stand-in
	// at BaseURL is freer: "AC" and up to 40 letters and digits.
	AccountSID string
	// AuthToken is the account's primary auth token. Required: webhooks are
	// signed with it, never with an API key's secret
	// (https://www.twilio.com/docs/errors/57012), and a signature made with the
	// empty key can be made by anyone.
	AuthToken string
	// User and Password sign in to the API: an API key's SID and secret. Empty:
	// AccountSID and AuthToken.
	User, Password string
	// BaseURL is where the API is, DefaultBaseURL when empty.
	BaseURL string
	// HookURL is the public URL of the webhooks, such as
	// https://desk.example.org/hooks/twilio, as Twilio sees it in front of any
	// proxy. Empty: nothing is reported back, and every webhook is refused.
	HookURL string
	// Timeout of one request, DefaultTimeout when 0.
	Timeout time.Duration
	// MaxConns bounds requests in flight, and so connections; DefaultMaxConns
	// when 0.
	MaxConns int
	// Transport carries the requests; nil: a pool of our own.
	Transport http.RoundTripper
}

// ErrNoToken is spelled out because the failure it prevents is silent.
var ErrNoToken = errors.New("auth token is empty: webhooks could be forged by anyone; set TWILIO_AUTH_TOKEN")

func (a Account) withDefaults() Account {
	if a.User == "" && a.Password == "" {
		a.User, a.Password = a.AccountSID, a.AuthToken
	}
	if a.BaseURL == "" {
		a.BaseURL = DefaultBaseURL
	}
	if a.Timeout == 0 {
		a.Timeout = DefaultTimeout
	}
	if a.MaxConns == 0 {
		a.MaxConns = DefaultMaxConns
	}
	return a
}

// CheckAccountSID says what is wrong with an account's SID at this BaseURL
// (empty: Twilio's own). Settings ask it too, so that a daemon never learns
// only at its start that its sender refuses what they took.
func CheckAccountSID(sid, baseURL string) error { return checkSID(sid, "AC", baseURL) }

// CheckServiceSID says the same of a messaging service's.
func CheckServiceSID(sid, baseURL string) error { return checkSID(sid, "MG", baseURL) }

func checkSID(sid, prefix, baseURL string) error {
	switch {
	case IsSID(sid, prefix):
		return nil
	case twilios(baseURL):
		return fmt.Errorf("is not %s and 32 hex digits", prefix)
	case !likeSID(sid, prefix):
		return fmt.Errorf("is not %s and at most 40 letters and digits", prefix)
	}
	return nil
}

// twilios reports whether requests go to Twilio itself; its regions have hosts
// such as api.dublin.ie1.twilio.com (https://www.twilio.com/docs/global-infrastructure).
func twilios(baseURL string) bool {
	u, err := url.Parse(baseURL)
	if baseURL == "" || err != nil {
		return true
	}
	host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	return host == "twilio.com" || strings.HasSuffix(host, ".twilio.com")
}

// Check names every fault at once, and no secret.
func (a Account) Check() error {
	var errs []error
	add := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if err := CheckAccountSID(a.AccountSID, a.BaseURL); err != nil {
		add("account sid %w", err)
	}
	if a.AuthToken == "" {
		errs = append(errs, ErrNoToken)
	}
	if (a.User == "") != (a.Password == "") {
		add("user and password go together")
	}
	if a.BaseURL != "" {
		if _, err := origin(a.BaseURL); err != nil {
			add("base url: %w", err)
		}
	}
	if a.HookURL != "" {
		u, err := origin(a.HookURL)
		switch {
		case err != nil:
			add("hook url: %w", err)
		case u.RawQuery != "":
			add("hook url has a query, which would be lost when the callback's is added")
		}
	}
	if a.Timeout < 0 || a.MaxConns < 0 {
		add("timeout and connections cannot be negative")
	}
	return errors.Join(errs...)
}

// origin parses an absolute http or https URL.
func origin(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		return nil, err
	case u.Scheme != "http" && u.Scheme != "https", u.Hostname() == "":
		return nil, fmt.Errorf("%q is not an absolute http or https url", raw)
	case u.User != nil, u.Fragment != "":
		return nil, errors.New("carries a password or a fragment")
	}
	u.Path, u.RawPath = strings.TrimSuffix(u.Path, "/"), ""
	return u, nil
}

// IsSID reports whether s is prefix, two letters, and 32 hex digits.
func IsSID(s, prefix string) bool {
	if len(s) != 34 || s[:2] != prefix {
		return false
	}
	for i := 2; i < len(s); i++ {
		c := s[i]
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') && (c < 'A' || c > 'F') {
			return false
		}
	}
	return true
}

func likeSID(s, prefix string) bool {
	rest, ok := strings.CutPrefix(s, prefix)
	if !ok || rest == "" || len(rest) > 40 {
		return false
	}
	return !strings.ContainsFunc(rest, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	})
}

// IsRef takes any carrier's id of a message or a call: Twilio's are two letters
// and 32 hex digits, a stand-in's may be shorter.
func IsRef(ref string) bool {
	if ref == "" || len(ref) > 64 {
		return false
	}
	for _, c := range []byte(ref) {
		if c <= ' ' || c > '~' || c == '/' || c == '|' {
			return false
		}
	}
	return true
}
