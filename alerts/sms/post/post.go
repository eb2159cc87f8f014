// Package post sends a request to a carrier once and says what is known about
// it afterwards.
//
// Promise: every request is written to at most one connection. An error says
// whether it can have left this machine: a [LostError] that has not Left certainly
// has not, and the notice in it may be sent again by anyone. A nil error means
// that the carrier answered, whatever it answered.
//
// No header named Idempotency-Key is set and no redirect is followed: net/http
// would take either as leave to send a POST again.
//
// Full: at most Options.MaxConns requests are in flight; others wait in Do until
// a slot is free or their context ends. The timeout starts with the request, not
// with the wait, and the request is built after it, so that its time is fresh.
//
// Concurrency: a Client is safe for concurrent use and starts no goroutine of
// its own; net/http's end with their idle connections or with Close.
package post

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"onekeyd/alerts"
)

// Defaults of Options.
const (
	DefaultTimeout  = 3 * time.Second
	DefaultMaxConns = 64
)

// maxAnswer bounds what is read of an answer; a carrier's is under 2 KiB.
const maxAnswer = 64 << 10

// Options configure a Client. Zero values are the defaults named.
type Options struct {
	Timeout  time.Duration // of one request, DefaultTimeout when 0
	MaxConns int           // requests in flight, DefaultMaxConns when 0
	// Transport carries the requests; nil: a pool of our own.
	Transport http.RoundTripper
}

// Client sends to one carrier.
type Client struct {
	http    *http.Client
	timeout time.Duration
	traced  bool          // the transport reports when it got a connection
	slots   chan struct{} // one token a request in flight
}

// Answer is what a carrier answered.
type Answer struct {
	Status     int
	Body       []byte
	RetryAfter time.Duration // 0: it did not say
}

// LostError is a request that got no answer. Left is false only when it is
// certain that no byte of it was written to any connection.
type LostError struct {
	Left bool
	Err  error
}

func (e *LostError) Error() string {
	if e.Left {
		return fmt.Sprintf("no answer to a request that may have been processed: %v", e.Err)
	}
	return fmt.Sprintf("request did not leave: %v", e.Err)
}

// Unwrap gives the cause.
func (e *LostError) Unwrap() error { return e.Err }

// Class is what the loss means for the notice.
func (e *LostError) Class() alerts.Class {
	if e.Left {
		return alerts.Unclear
	}
	return alerts.Transient
}

// New makes a Client.
func New(o Options) *Client {
	if o.Timeout == 0 {
		o.Timeout = DefaultTimeout
	}
	if o.MaxConns == 0 {
		o.MaxConns = DefaultMaxConns
	}
	if o.Transport == nil {
		o.Transport = &http.Transport{
			Proxy:               http.ProxyFromEnvironment,
			MaxIdleConns:        o.MaxConns,
			MaxIdleConnsPerHost: o.MaxConns, // the default of 2 opens a connection a send in a burst
			// Below the 60 s after which common load balancers close an idle
			// connection: a POST written to one just closed is an unclear send.
			IdleConnTimeout:     50 * time.Second,
			TLSHandshakeTimeout: o.Timeout,
			ForceAttemptHTTP2:   true,
		}
	}
	_, traced := o.Transport.(*http.Transport)
	return &Client{
		http: &http.Client{
			Transport:     o.Transport,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		timeout: o.Timeout, traced: traced, slots: make(chan struct{}, o.MaxConns),
	}
}

// Close closes idle connections. Requests under way finish.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Do waits for a slot, builds the request and sends it. An error of build comes
// back as it is, and nothing was sent; any other is a *LostError.
func (c *Client) Do(ctx context.Context, build func() (*http.Request, error)) (Answer, error) {
	select {
	case c.slots <- struct{}{}:
		defer func() { <-c.slots }()
	case <-ctx.Done():
		return Answer{}, &LostError{Err: fmt.Errorf("wait for a free connection: %w", ctx.Err())}
	}
	req, err := build()
	if err != nil {
		return Answer{}, err
	}
	req.Header.Set("User-Agent", "onekeyd")
	// Nothing can be written before a connection is got. The request being
	// cancelled in between leaves it to net/http whether it still writes, so
	// having got one is already "may have left".
	var gotConn atomic.Bool
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { gotConn.Store(true) }})
	res, err := c.http.Do(req.WithContext(ctx))
	if err != nil {
		// The url.Error around the cause repeats the URL, which may hold a secret.
		if ue, ok := errors.AsType[*url.Error](err); ok {
			err = ue.Err
		}
		return Answer{}, &LostError{Left: !dialFailed(err) && (gotConn.Load() || !c.traced), Err: err}
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return Answer{}, &LostError{Left: true, Err: fmt.Errorf("read the answer with status %d: %w", res.StatusCode, err)}
	}
	// What is left is read so that the connection can be used again; if it cannot
	// be, the connection is lost and the answer is not.
	_, _ = io.CopyN(io.Discard, res.Body, maxAnswer)
	return Answer{Status: res.StatusCode, Body: body, RetryAfter: retryAfter(res.Header.Get("Retry-After"), time.Now())}, nil
}

// dialFailed reports that the last thing tried was to connect. net/http tries
// again after a connection only when nothing was written to it, so nothing left us.
func dialFailed(err error) bool {
	oe, ok := errors.AsType[*net.OpError](err)
	return ok && oe.Op == "dial"
}

// retryAfter reads RFC 9110 §10.2.3: seconds or a date.
func retryAfter(h string, now time.Time) time.Duration {
	if s, err := strconv.Atoi(h); err == nil && s > 0 && s < 86400 {
		return time.Duration(s) * time.Second
	}
	if at, err := http.ParseTime(h); err == nil && at.After(now) {
		return at.Sub(now)
	}
	return 0
}

// Says is the beginning of an answer that could not be read, for an error.
func (a Answer) Says() string {
	return fmt.Sprintf("http status %d: %s", a.Status, strings.ToValidUTF8(strings.TrimSpace(string(a.Body[:min(len(a.Body), 120)])), ""))
}

// ClassOfStatus is the class of an answer whose words are not known. One that
// says it succeeded and cannot be read may have.
func ClassOfStatus(status int) alerts.Class {
	switch {
	case status == 429, status == 503, status == 408:
		return alerts.Transient
	case status >= 500, status/100 == 2:
		return alerts.Unclear
	case status == 401, status == 403, status == 404, // wrong key, wrong address
		status < 400: // a redirect: the base URL is not the carrier's
		return alerts.BadAccount
	}
	return alerts.BadContent
}

// Origin parses an absolute http or https URL without a query, which requests go
// to, and takes a slash off its end.
func Origin(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		return nil, errors.New("is no url") // the parser's error repeats it, and with it a password
	case u.Scheme != "http" && u.Scheme != "https", u.Hostname() == "":
		return nil, errors.New("is no absolute http or https url")
	case u.User != nil, u.Fragment != "", u.RawQuery != "":
		return nil, errors.New("carries a password, a query or a fragment")
	}
	u.Path, u.RawPath = strings.TrimSuffix(u.Path, "/"), ""
	return u, nil
}
