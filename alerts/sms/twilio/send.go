package twilio

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	api "github.com/twilio/twilio-go/rest/api/v2010"

	"onekeyd/alerts"
	"onekeyd/alerts/sms"
	"onekeyd/alerts/twilioapi"
)

const name = "twilio"

// maxValidity is the longest ValidityPeriod in seconds
// (https://www.twilio.com/docs/api/errors/90007).
const maxValidity = 36000

// Sender sends SMS through one Twilio account.
type Sender struct {
	opt    Options
	client *twilioapi.Client
	texts  *sms.Texts
}

var (
	_ alerts.Sender  = (*Sender)(nil)
	_ alerts.Hook    = (*Sender)(nil)
	_ alerts.Querier = (*Sender)(nil)
)

// New checks o, naming every fault at once, and makes a Sender.
func New(o Options) (*Sender, error) {
	if err := o.Check(); err != nil {
		return nil, fmt.Errorf("configure twilio: %w", err)
	}
	s := &Sender{opt: o, texts: o.Texts}
	var err error
	if s.client, err = twilioapi.New(o.Account); err != nil {
		return nil, fmt.Errorf("configure twilio: %w", err)
	}
	if s.texts == nil {
		if s.texts, err = sms.Load(sms.Signatures{}); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// Close closes idle connections. Sends under way finish.
func (s *Sender) Close() { s.client.Close() }

// Name is "twilio".
func (s *Sender) Name() string { return name }

// Caps: free text to every country but mainland China, with replies and receipts
// where a hook URL is configured.
func (s *Sender) Caps() alerts.Caps {
	heard := s.opt.HookURL != ""
	return alerts.Caps{Media: alerts.SMS, FreeText: true, TwoWay: heard, Receipts: heard, Serves: Serves, PerSecond: float64(s.opt.PerSecond), Burst: 1}
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
	release, err := s.client.Slot(ctx)
	if err != nil {
		return alerts.Receipt{}, fail(alerts.Transient, err)
	}
	defer release()
	p, err := s.params(n, text, time.Now())
	if err != nil {
		return alerts.Receipt{}, fail(alerts.Stale, err)
	}
	m, err := twilioapi.Ask(ctx, s.client, func(a *api.ApiService) (*api.ApiV2010Message, error) { return a.CreateMessage(p) })
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
	if hook := s.client.Hook("/status?d=" + n.ID); hook != "" {
		p.SetStatusCallback(hook)
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
	if !twilioapi.IsRef(ref) {
		return alerts.Event{}, fail(alerts.BadContent, errors.New("reference is no message sid"))
	}
	m, err := twilioapi.Ask(ctx, s.client, func(a *api.ApiService) (*api.ApiV2010Message, error) { return a.FetchMessage(ref, nil) })
	if r, ok := errors.AsType[*twilioapi.Refusal](err); ok && r.Status == http.StatusNotFound {
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

func classed(err error) error { return twilioapi.Classed(name, err, classOfCode) }

func fail(class alerts.Class, err error) error {
	return &alerts.Error{Provider: name, Class: class, Err: err}
}
