package twilio

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	api "github.com/twilio/twilio-go/rest/api/v2010"

	"onekeyd/alerts"
	"onekeyd/alerts/sms"
)

const name = "twilio"

// maxValidity is the longest ValidityPeriod in seconds
// (https://www.twilio.com/docs/api/errors/90007).
const maxValidity = 36000

// Sender sends SMS through one Twilio account.
type Sender struct {
	opt    Options
	base   *url.URL // nil: the library's own, which honours TWILIO_EDGE and TWILIO_REGION
	hook   *url.URL // nil: no webhooks
	texts  *sms.Texts
	http   *http.Client
	traced bool          // the transport reports when it got a connection
	slots  chan struct{} // one token a request in flight
}

var (
	_ alerts.Sender  = (*Sender)(nil)
	_ alerts.Hook    = (*Sender)(nil)
	_ alerts.Querier = (*Sender)(nil)
)

// New checks o, naming every fault at once, and makes a Sender.
func New(o Options) (*Sender, error) {
	o = o.withDefaults()
	if err := o.Check(); err != nil {
		return nil, fmt.Errorf("configure twilio: %w", err)
	}
	s := &Sender{opt: o, texts: o.Texts, slots: make(chan struct{}, o.MaxConns)}
	var err error
	if s.texts == nil {
		if s.texts, err = sms.Load(sms.Signatures{}); err != nil {
			return nil, err
		}
	}
	if o.BaseURL != DefaultBaseURL {
		if s.base, err = origin(o.BaseURL); err != nil {
			return nil, err
		}
	}
	if o.HookURL != "" {
		if s.hook, err = origin(o.HookURL); err != nil {
			return nil, err
		}
	}
	transport := o.Transport
	if transport == nil {
		transport = &http.Transport{
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
	_, s.traced = transport.(*http.Transport)
	s.http = &http.Client{
		Transport: transport,
		// A redirected POST would become a GET, or be sent twice.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return s, nil
}

// Close closes idle connections. Sends under way finish.
func (s *Sender) Close() { s.http.CloseIdleConnections() }

// Name is "twilio".
func (s *Sender) Name() string { return name }

// Caps: free text to every country but mainland China, with replies and receipts
// where a hook URL is configured.
func (s *Sender) Caps() alerts.Caps {
	return alerts.Caps{Media: alerts.SMS, FreeText: true, TwoWay: s.hook != nil, Receipts: s.hook != nil, Serves: Serves}
}

// Serves excludes mainland China, see the package comment. +852, +853 and +886
// are other countries' codes.
func Serves(e164 string) bool { return !strings.HasPrefix(e164, "+86") }

// Send renders n and hands it to Twilio, once. See the package comment for what
// the classes promise.
func (s *Sender) Send(ctx context.Context, n alerts.Notice) (alerts.Receipt, error) {
	if err := n.Check(); err != nil {
		class := alerts.BadContent
		if errors.Is(err, alerts.ErrNumber) {
			class = alerts.BadNumber
		}
		return alerts.Receipt{}, fail(class, err)
	}
	if !Serves(n.To) {
		return alerts.Receipt{}, fail(alerts.BadNumber, errors.New("twilio does not carry two-way SMS to mainland China"))
	}
	text, err := s.texts.Render(string(n.Kind), n.Lang, n.Params)
	if err != nil {
		return alerts.Receipt{}, fail(alerts.BadContent, err)
	}
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
	case <-ctx.Done():
		return alerts.Receipt{}, fail(alerts.Transient, fmt.Errorf("wait for a free connection: %w", ctx.Err()))
	}
	p, err := s.params(n, text, time.Now())
	if err != nil {
		return alerts.Receipt{}, fail(alerts.Stale, err)
	}
	ctx, cancel := context.WithTimeout(ctx, s.opt.Timeout)
	defer cancel()
	m, err := api.NewApiServiceWithClient(caller{ctx, s}).CreateMessage(p)
	if err != nil {
		return alerts.Receipt{}, classed(err)
	}
	return receipt(m, text)
}

func (s *Sender) params(n alerts.Notice, text string, now time.Time) (*api.CreateMessageParams, error) {
	p := new(api.CreateMessageParams).SetTo(n.To).SetBody(text)
	if s.opt.MessagingServiceSID != "" {
		p.SetMessagingServiceSid(s.opt.MessagingServiceSID)
	} else {
		p.SetFrom(s.opt.From)
	}
	if s.hook != nil {
		p.SetStatusCallback(s.hook.String() + "/status?d=" + n.ID)
	}
	if !n.NotAfter.IsZero() {
		left := n.NotAfter.Sub(now) / time.Second
		if left < 1 {
			return nil, fmt.Errorf("notice %s was to be sent before %s", n.ID, n.NotAfter.Format(time.RFC3339))
		}
		p.SetValidityPeriod(int(min(left, maxValidity)))
	}
	// Receivers are enrolled responders and relatives, not strangers, and a fraud
	// check that holds back a call for help is worse than any fraud here.
	p.SetRiskCheck("disable")
	return p, nil
}

func receipt(m *api.ApiV2010Message, text string) (alerts.Receipt, error) {
	if m.Sid == nil || *m.Sid == "" {
		return alerts.Receipt{}, fail(alerts.Unclear, errors.New("answer holds no message sid"))
	}
	r := alerts.Receipt{Ref: *m.Sid, State: alerts.Handed}
	if m.Status != nil {
		r.State = r.State.Join(stateOf(*m.Status))
	}
	if r.State == alerts.Failed {
		code := 0
		if m.ErrorCode != nil {
			code = *m.ErrorCode
		}
		return r, &alerts.Error{Provider: name, Class: classOfDelivery(code), Code: strconv.Itoa(code), Err: errors.New("refused in the answer to the create")}
	}
	if m.NumSegments != nil {
		r.Segments, _ = strconv.Atoi(*m.NumSegments)
	}
	if r.Segments == 0 { // a Messaging Service has not chosen its sender yet
		_, _, r.Segments = sms.Segments(text)
	}
	return r, nil
}

// Query asks Twilio how far the message ref (its SID) got.
func (s *Sender) Query(ctx context.Context, ref string) (alerts.Event, error) {
	if !isRef(ref) {
		return alerts.Event{}, fail(alerts.BadContent, errors.New("reference is no message sid"))
	}
	ctx, cancel := context.WithTimeout(ctx, s.opt.Timeout)
	defer cancel()
	m, err := api.NewApiServiceWithClient(caller{ctx, s}).FetchMessage(ref, nil)
	if ae, ok := errors.AsType[*apiError](err); ok && ae.Status == http.StatusNotFound {
		return alerts.Event{}, fail(alerts.BadContent, err) // this message, not the account
	}
	if err != nil {
		return alerts.Event{}, classed(err)
	}
	if m.Status == nil {
		return alerts.Event{}, fail(alerts.Unclear, errors.New("answer holds no status"))
	}
	ev := alerts.Event{Key: statusKey(ref, *m.Status), Ref: ref, State: stateOf(*m.Status), At: time.Now()}
	if m.To != nil {
		ev.To = *m.To
	}
	if m.From != nil {
		ev.From = *m.From
	}
	if m.ErrorCode != nil && *m.ErrorCode != 0 {
		ev.Code = strconv.Itoa(*m.ErrorCode)
	}
	if ev.State == alerts.Failed {
		code, _ := strconv.Atoi(ev.Code)
		ev.Class = classOfDelivery(code)
	}
	return ev, nil
}

func fail(class alerts.Class, err error) error {
	return &alerts.Error{Provider: name, Class: class, Err: err}
}
