package tencent

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"onekeyd/alerts/sms/approved"
	"onekeyd/alerts/sms/post"
	"onekeyd/alerts/sms/secretpath"
)

// Defaults of Options.
const (
	DefaultBaseURL = "https://sms.tencentcloudapi.com"
	DefaultRegion  = "ap-guangzhou"
)

// Options configure a Sender.
type Options struct {
	// SecretID and SecretKey sign the requests. Required.
	SecretID, SecretKey string
	// AppID is the SmsSdkAppId, SignName the registered signature without 【】.
	// Required.
	AppID, SignName string
	// Region is Tencent's, DefaultRegion when empty.
	Region string
	// Templates are the approved templates, with positional variables. Required.
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
	opt       Options
	url, host string
	guard     secretpath.Guard
	post      *post.Client
}

// New checks o, naming every fault at once and no secret, and makes a Sender.
func New(o Options) (*Sender, error) {
	if o.BaseURL == "" {
		o.BaseURL = DefaultBaseURL
	}
	if o.Region == "" {
		o.Region = DefaultRegion
	}
	var errs []error
	need := func(ok bool, what string) {
		if !ok {
			errs = append(errs, errors.New(what))
		}
	}
	need(o.SecretID != "", "secret id is empty")
	need(o.SecretKey != "", "secret key is empty")
	need(o.AppID != "", "app id is empty")
	need(o.SignName != "", "sign name is empty")
	need(o.Templates != nil, "there are no templates")
	need(o.Timeout >= 0 && o.MaxConns >= 0, "timeout and connections cannot be negative")
	base, err := post.Origin(o.BaseURL)
	if err != nil {
		errs = append(errs, fmt.Errorf("base url %w", err))
	} else {
		need(base.Path == "", "base url has a path, and the signature is over none")
	}
	guard, err := secretpath.New(o.HookSecret, o.HookFrom)
	errs = append(errs, err)
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("configure tencent: %w", err)
	}
	return &Sender{
		opt: o, url: base.String() + "/", host: base.Host, guard: guard,
		post: post.New(post.Options{Timeout: o.Timeout, MaxConns: o.MaxConns, Transport: o.Transport}),
	}, nil
}

// Close closes idle connections. Sends under way finish.
func (s *Sender) Close() { s.post.Close() }
