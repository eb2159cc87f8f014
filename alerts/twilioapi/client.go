package twilioapi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/twilio/twilio-go/client"
	api "github.com/twilio/twilio-go/rest/api/v2010"
)

// Client carries the requests of one account and verifies its webhooks.
type Client struct {
	account Account
	base    *url.URL // nil: the library's own, which honours TWILIO_EDGE and TWILIO_REGION
	hook    *url.URL // nil: no webhooks
	http    *http.Client
	traced  bool          // the transport reports when it got a connection
	slots   chan struct{} // one token a holder of a slot
}

// New checks a, naming every fault at once, and makes a Client.
func New(a Account) (*Client, error) {
	if err := a.Check(); err != nil {
		return nil, err
	}
	a = a.withDefaults()
	c := &Client{account: a, slots: make(chan struct{}, a.MaxConns)}
	var err error
	if a.BaseURL != DefaultBaseURL {
		if c.base, err = origin(a.BaseURL); err != nil {
			return nil, err
		}
	}
	if a.HookURL != "" {
		if c.hook, err = origin(a.HookURL); err != nil {
			return nil, err
		}
	}
	transport := a.Transport
	if transport == nil {
		transport = &http.Transport{
			Proxy:               http.ProxyFromEnvironment,
			MaxIdleConns:        a.MaxConns,
			MaxIdleConnsPerHost: a.MaxConns, // the default of 2 opens a connection a send in a burst
			// Below the 60 s after which common load balancers close an idle
			// connection: a POST written to one just closed is an unclear send.
			IdleConnTimeout:     50 * time.Second,
			TLSHandshakeTimeout: a.Timeout,
			ForceAttemptHTTP2:   true,
		}
	}
	_, c.traced = transport.(*http.Transport)
	c.http = &http.Client{
		Transport: transport,
		// A redirected POST would become a GET, or be sent twice.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return c, nil
}

// Close closes idle connections. Requests under way finish.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Hook is the public address path of our webhooks, "" where none is configured.
func (c *Client) Hook(path string) string {
	if c.hook == nil {
		return ""
	}
	return c.hook.String() + path
}

// Slot waits for leave to make a request; the error is ctx's.
func (c *Client) Slot(ctx context.Context) (release func(), err error) {
	select {
	case c.slots <- struct{}{}:
		return func() { <-c.slots }, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for a free connection: %w", ctx.Err())
	}
}

// Ask makes one request through twilio-go, within ctx and the account's timeout.
func Ask[T any](ctx context.Context, c *Client, request func(*api.ApiService) (T, error)) (T, error) {
	ctx, cancel := context.WithTimeout(ctx, c.account.Timeout)
	defer cancel()
	return request(api.NewApiServiceWithClient(bound{ctx, c}))
}

// maxAnswer bounds what is read of an answer; a message resource is about 1 KiB.
const maxAnswer = 64 << 10

// bound is twilio-go's client.BaseClient bound to one context: the library has
// no context of its own, leaks the body of every error answer, and loses the
// status and Retry-After of an answer that is not JSON.
type bound struct {
	ctx context.Context
	c   *Client
}

func (b bound) AccountSid() string     { return b.c.account.AccountSID }
func (bound) SetTimeout(time.Duration) {}
func (bound) SetOauth(client.OAuth)    {}
func (bound) OAuth() client.OAuth      { return nil }

// SendRequest is called by the generated code for every request.
func (b bound) SendRequest(method, rawURL string, data url.Values, headers map[string]any, _ ...byte) (*http.Response, error) {
	u, err := url.Parse(rawURL)
	if err != nil {
		return nil, &wireError{err: err}
	}
	var body io.Reader
	if method == http.MethodPost {
		body = strings.NewReader(data.Encode())
	} else {
		u.RawQuery = data.Encode()
	}
	if base := b.c.base; base != nil {
		u.Scheme, u.Host, u.Path = base.Scheme, base.Host, base.Path+u.Path
	}
	// Nothing can be written before a connection is got. The request being
	// cancelled in between leaves it to net/http whether it still writes, so
	// having got one is already "may have left".
	var gotConn atomic.Bool
	ctx := httptrace.WithClientTrace(b.ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { gotConn.Store(true) }})
	req, err := http.NewRequestWithContext(ctx, method, u.String(), body)
	if err != nil {
		return nil, &wireError{err: err}
	}
	req.SetBasicAuth(b.c.account.User, b.c.account.Password)
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "onekeyd")
	for k, v := range headers {
		if s, ok := v.(string); ok {
			req.Header.Set(k, s)
		}
	}
	res, err := b.c.http.Do(req)
	if err != nil {
		// The url.Error around the cause repeats the URL with the account in it.
		if ue, ok := errors.AsType[*url.Error](err); ok {
			err = ue.Err
		}
		return nil, &wireError{left: !dialFailed(err) && (gotConn.Load() || !b.c.traced), err: err}
	}
	if res.StatusCode < 300 {
		res.Body = drained{Reader: io.LimitReader(res.Body, maxAnswer), body: res.Body}
		return res, nil
	}
	return nil, readError(res)
}

// dialFailed reports that the last thing tried was to connect. net/http tries
// again after a connection only when nothing was written to it (a POST has no
// other leave), so nothing left us.
func dialFailed(err error) bool {
	oe, ok := errors.AsType[*net.OpError](err)
	return ok && oe.Op == "dial"
}

// drained reads what is left of a body before closing it, so that the connection
// can be used again.
type drained struct {
	io.Reader
	body io.Closer
}

func (d drained) Close() error {
	_, err := io.Copy(io.Discard, d.Reader)
	return errors.Join(err, d.body.Close())
}
