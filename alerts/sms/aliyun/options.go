package aliyun

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"onekeyd/alerts/sms/approved"
	"onekeyd/alerts/sms/post"
	"onekeyd/alerts/sms/secretpath"
)

// DefaultBaseURL is the service's address for all of mainland China.
const DefaultBaseURL = "https://dysmsapi.aliyuncs.com"

// Options configure a Sender.
type Options struct {
	// AccessKeyID and AccessKeySecret sign the requests. Required.
	AccessKeyID, AccessKeySecret string
	// SignName is the registered signature, without 【】. Required.
	SignName string
	// Templates are the approved templates, with named variables. Required.
	Templates *approved.Table
	// HookSecret is in the path of webhooks, see package secretpath. Required:
	// without webhooks no responder's answer ever comes back.
	HookSecret string
	// HookFrom are the addresses webhooks may come from; "" is anywhere.
	HookFrom string
	// BaseURL is where the API is, DefaultBaseURL when empty.
	BaseURL string
	// Timeout of one request and MaxConns in flight: defaults of package post.
	Timeout  time.Duration
	MaxConns int
	// Transport carries the requests; nil: a pool of our own.
	Transport http.RoundTripper
}

// Sender sends SMS through one account.
type Sender struct {
	opt   Options
	url   string
	guard secretpath.Guard
	post  *post.Client
}

// New checks o, naming every fault at once and no secret, and makes a Sender.
func New(o Options) (*Sender, error) {
	if o.BaseURL == "" {
		o.BaseURL = DefaultBaseURL
	}
	var errs []error
	need := func(ok bool, what string) {
		if !ok {
			errs = append(errs, errors.New(what))
		}
	}
	need(o.AccessKeyID != "", "access key id is empty")
	need(o.AccessKeySecret != "", "access key secret is empty")
	need(o.SignName != "", "sign name is empty")
	need(o.Templates != nil, "there are no templates")
	need(o.Timeout >= 0 && o.MaxConns >= 0, "timeout and connections cannot be negative")
	base, err := post.Origin(o.BaseURL)
	if err != nil {
		errs = append(errs, fmt.Errorf("base url %w", err))
	}
	guard, err := secretpath.New(o.HookSecret, o.HookFrom)
	errs = append(errs, err)
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("configure aliyun: %w", err)
	}
	return &Sender{opt: o, url: base.String() + "/", guard: guard, post: post.New(post.Options{Timeout: o.Timeout, MaxConns: o.MaxConns, Transport: o.Transport})}, nil
}

// Close closes idle connections. Sends under way finish.
func (s *Sender) Close() { s.post.Close() }
