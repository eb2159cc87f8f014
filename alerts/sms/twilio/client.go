package twilio

import (
	"context"
	"encoding/json"
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

	"github.com/twilio/twilio-go/client"
)

// maxAnswer bounds what is read of an answer; a message resource is about 1 KiB.
const maxAnswer = 64 << 10

// caller is twilio-go's client.BaseClient bound to one context: the library has
// no context of its own, leaks the body of every error answer, and loses the
// status and Retry-After of an answer that is not JSON.
type caller struct {
	ctx context.Context
	s   *Sender
}

func (c caller) AccountSid() string     { return c.s.opt.AccountSID }
func (caller) SetTimeout(time.Duration) {}
func (caller) SetOauth(client.OAuth)    {}
func (caller) OAuth() client.OAuth      { return nil }

// apiError is an error answer.
type apiError struct {
	Status     int
	Code       int
	Message    string
	RetryAfter time.Duration
	RequestID  string
}

func (e *apiError) Error() string {
	return fmt.Sprintf("http status %d, code %d, request %q: %s", e.Status, e.Code, e.RequestID, e.Message)
}

// wireError is a request that got no answer. left is false only when it is
// certain that no byte of it was written to any connection.
type wireError struct {
	left bool
	err  error
}

func (e *wireError) Error() string {
	if e.left {
		return fmt.Sprintf("no answer to a request that may have been processed: %v", e.err)
	}
	return fmt.Sprintf("request did not leave: %v", e.err)
}

func (e *wireError) Unwrap() error { return e.err }

// SendRequest is called by the generated code for every request.
func (c caller) SendRequest(method, rawURL string, data url.Values, headers map[string]any, _ ...byte) (*http.Response, error) {
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
	if base := c.s.base; base != nil {
		u.Scheme, u.Host, u.Path = base.Scheme, base.Host, base.Path+u.Path
	}
	// Nothing can be written before a connection is got. The request being
	// cancelled in between leaves it to net/http whether it still writes, so
	// having got one is already "may have left".
	var gotConn atomic.Bool
	ctx := httptrace.WithClientTrace(c.ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { gotConn.Store(true) }})
	req, err := http.NewRequestWithContext(ctx, method, u.String(), body)
	if err != nil {
		return nil, &wireError{err: err}
	}
	req.SetBasicAuth(c.s.opt.User, c.s.opt.Password)
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "onekeyd")
	for k, v := range headers {
		if s, ok := v.(string); ok {
			req.Header.Set(k, s)
		}
	}
	res, err := c.s.http.Do(req)
	if err != nil {
		// The url.Error around the cause repeats the URL with the account in it.
		if ue, ok := errors.AsType[*url.Error](err); ok {
			err = ue.Err
		}
		return nil, &wireError{left: !dialFailed(err) && (gotConn.Load() || !c.s.traced), err: err}
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

func readError(res *http.Response) error {
	body := drained{Reader: io.LimitReader(res.Body, maxAnswer), body: res.Body}
	defer body.Close()
	// What could be read is worth showing even when the rest was lost.
	raw, _ := io.ReadAll(body)
	e := &apiError{RequestID: res.Header.Get("Twilio-Request-Id"), RetryAfter: retryAfter(res.Header.Get("Retry-After"), time.Now())}
	var answer struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
	}
	if json.Unmarshal(raw, &answer) == nil {
		e.Code, e.Message = answer.Code, answer.Message
	}
	if e.Message == "" {
		e.Message = strings.ToValidUTF8(strings.TrimSpace(string(raw[:min(len(raw), 120)])), "")
	}
	e.Status = res.StatusCode
	return e
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
