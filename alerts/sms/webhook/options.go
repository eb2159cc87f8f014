package webhook

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"

	"onekeyd/alerts/sms"
	"onekeyd/alerts/sms/post"
)

// MinSecret is the shortest secret in characters: 16 of base32 are 80 bits.
const MinSecret = 16

// Options configure a Sender.
type Options struct {
	// URL is where notices are posted. Required.
	URL string
	// Secret signs both ways. Required.
	Secret string
	// Prefixes are the beginnings of the numbers served, such as +86 and +852,
	// separated by commas; "" is every number.
	Prefixes string
	// PerSecond is how many notices a second the gateway is given, red ones first;
	// 0: all at once, and they wait in its own queue.
	PerSecond int
	// Texts is the text table; nil: the embedded one.
	Texts *sms.Texts
	// Timeout of one request and MaxConns in flight: defaults of package post.
	Timeout  time.Duration
	MaxConns int
	// Transport carries the requests; nil: a pool of our own.
	Transport http.RoundTripper
}

// Sender hands notices to one gateway.
type Sender struct {
	url, secret string
	prefixes    []string
	perSecond   int
	texts       *sms.Texts
	post        *post.Client
}

var prefix = regexp.MustCompile(`^\+[1-9][0-9]{0,14}$`)

// ParsePrefixes reads a list of beginnings of numbers.
func ParsePrefixes(list string) (out []string, err error) {
	for part := range strings.SplitSeq(list, ",") {
		part = strings.TrimSpace(part)
		switch {
		case part == "":
		case !prefix.MatchString(part):
			err = errors.Join(err, fmt.Errorf("holds %q, which is no beginning of a number such as +86", part))
		default:
			out = append(out, part)
		}
	}
	return out, err
}

// New checks o, naming every fault at once and no secret, and makes a Sender.
func New(o Options) (*Sender, error) {
	var errs []error
	if _, err := post.Origin(o.URL); err != nil {
		errs = append(errs, fmt.Errorf("url %w", err))
	}
	if len(o.Secret) < MinSecret {
		errs = append(errs, fmt.Errorf("secret is shorter than %d characters", MinSecret))
	}
	if o.Timeout < 0 || o.MaxConns < 0 || o.PerSecond < 0 {
		errs = append(errs, errors.New("timeout, connections and notices per second cannot be negative"))
	}
	prefixes, err := ParsePrefixes(o.Prefixes)
	if err != nil {
		errs = append(errs, fmt.Errorf("prefixes: %w", err))
	}
	if o.Texts == nil {
		o.Texts, err = sms.Load(sms.Signatures{})
		errs = append(errs, err)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("configure webhook: %w", err)
	}
	return &Sender{
		url: o.URL, secret: o.Secret, prefixes: prefixes, perSecond: o.PerSecond, texts: o.Texts,
		post: post.New(post.Options{Timeout: o.Timeout, MaxConns: o.MaxConns, Transport: o.Transport}),
	}, nil
}

// Close closes idle connections. Sends under way finish.
func (s *Sender) Close() { s.post.Close() }
