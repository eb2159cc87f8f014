package twilioapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"onekeyd/alerts"
)

// Refusal is an error answer of the API.
type Refusal struct {
	Status     int
	Code       int
	Message    string
	RetryAfter time.Duration
	RequestID  string
}

func (e *Refusal) Error() string {
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

func readError(res *http.Response) error {
	body := drained{Reader: io.LimitReader(res.Body, maxAnswer), body: res.Body}
	defer body.Close()
	// What could be read is worth showing even when the rest was lost.
	raw, _ := io.ReadAll(body)
	e := &Refusal{RequestID: res.Header.Get("Twilio-Request-Id"), RetryAfter: retryAfter(res.Header.Get("Retry-After"), time.Now())}
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

// Classed is what a request that ended in err means, as provider's
// *alerts.Error. The code decides where ofCode knows it ("" if not), else the
// HTTP status, else whether anything left this machine.
func Classed(provider string, err error, ofCode func(code int) alerts.Class) error {
	out := &alerts.Error{Provider: provider, Class: alerts.Unclear, Err: err}
	if r, ok := errors.AsType[*Refusal](err); ok {
		out.Class, out.RetryAfter = ClassOfStatus(r.Status), r.RetryAfter
		if c := ofCode(r.Code); c != "" {
			out.Class = c
		}
		if r.Code != 0 {
			out.Code = strconv.Itoa(r.Code)
		}
	} else if w, ok := errors.AsType[*wireError](err); ok && !w.left {
		out.Class = alerts.Transient
	}
	return out
}

// ClassOfStatus is the class of an error answer to a create, by its HTTP status.
func ClassOfStatus(status int) alerts.Class {
	switch {
	case status == 429, // never processed: https://www.twilio.com/docs/errors/20429
		status == 503, status == 408:
		return alerts.Transient
	case status >= 500: // may have been processed: https://www.twilio.com/docs/errors/20500
		return alerts.Unclear
	case status == 401, status == 403, status == 404, // wrong key, wrong account
		status < 400: // a redirect: the base URL is not Twilio's
		return alerts.BadAccount
	}
	return alerts.BadContent
}
