package twilio

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	api "github.com/twilio/twilio-go/rest/api/v2010"

	"onekeyd/alerts"
	"onekeyd/alerts/twilioapi"
	"onekeyd/alerts/voice"
)

const name = "twilio-voice"

// ringing is how long a phone rings in seconds, about five rings: a mailbox
// that picks up later costs the time in which somebody else could be asked.
const ringing = 25

// Options configure a Sender.
type Options struct {
	// Account must have a HookURL: without it a key would go nowhere. The calls'
	// own addresses are HookURL + "/voice".
	twilioapi.Account
	// From is the number that rings people up, in E.164, able to call. Required.
	From string
	// PerSecond is how many calls a second the account may begin: 1 unless Twilio
	// raised it. What is more waits there in the order it came. 0: all at once.
	PerSecond int
	// Words is the table of words; nil: the embedded one.
	Words *voice.Words
}

// Check names every fault at once, and no secret.
func (o Options) Check() error {
	errs := []error{o.Account.Check()}
	if o.HookURL == "" {
		errs = append(errs, errors.New("hook url is empty: no key that is pressed could be heard"))
	}
	if n := strings.TrimPrefix(o.From, "+"); n == o.From || strings.Trim(n, "0123456789") != "" || len(n) < 7 || len(n) > 15 {
		errs = append(errs, errors.New("the calling number is not in E.164"))
	}
	if o.PerSecond < 0 {
		errs = append(errs, errors.New("calls per second cannot be negative"))
	}
	return errors.Join(errs...)
}

// Sender rings people up from one number of one Twilio account.
type Sender struct {
	opt    Options
	client *twilioapi.Client
	words  *voice.Words
}

var (
	_ alerts.Sender    = (*Sender)(nil)
	_ alerts.Hook      = (*Sender)(nil)
	_ alerts.Talker    = (*Sender)(nil)
	_ alerts.Canceller = (*Sender)(nil)
)

// New checks o, naming every fault at once, and makes a Sender.
func New(o Options) (*Sender, error) {
	if err := o.Check(); err != nil {
		return nil, fmt.Errorf("configure calls by twilio: %w", err)
	}
	s := &Sender{opt: o, words: o.Words}
	var err error
	if s.client, err = twilioapi.New(o.Account); err != nil {
		return nil, fmt.Errorf("configure calls by twilio: %w", err)
	}
	if s.words == nil {
		if s.words, err = voice.Load(); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// Close closes idle connections. Requests under way finish.
func (s *Sender) Close() { s.client.Close() }

// Name is "twilio-voice".
func (s *Sender) Name() string { return name }

// Caps: calls in our own words to every country but mainland China; keys come back.
func (s *Sender) Caps() alerts.Caps {
	return alerts.Caps{Media: alerts.Voice, FreeText: true, TwoWay: true, Receipts: true, Serves: Serves, PerSecond: float64(s.opt.PerSecond), Burst: 1}
}

// Serves excludes mainland China, see the package comment.
func Serves(e164 string) bool { return !strings.HasPrefix(e164, "+86") }

// Send has Twilio ring n.To up, once. See the package comment for what the
// classes promise.
func (s *Sender) Send(ctx context.Context, n alerts.Notice) (alerts.Receipt, error) {
	if err := n.Check(); err != nil {
		class := alerts.BadContent
		if errors.Is(err, alerts.ErrNumber) {
			class = alerts.BadNumber
		}
		return alerts.Receipt{}, fail(class, err)
	}
	if !Serves(n.To) {
		return alerts.Receipt{}, fail(alerts.BadNumber, errors.New("twilio does not call mainland China"))
	}
	doc, err := s.document(n)
	if err != nil {
		return alerts.Receipt{}, fail(alerts.BadContent, err)
	}
	release, err := s.client.Slot(ctx)
	if err != nil {
		return alerts.Receipt{}, fail(alerts.Transient, err)
	}
	defer release()
	if !n.NotAfter.IsZero() && !time.Now().Before(n.NotAfter) {
		return alerts.Receipt{}, fail(alerts.Stale, fmt.Errorf("notice %s was to be told before %s", n.ID, n.NotAfter.Format(time.RFC3339)))
	}
	p := new(api.CreateCallParams).SetTo(n.To).SetFrom(s.opt.From).SetTwiml(doc).SetTimeout(ringing)
	p.SetStatusCallback(s.client.Hook("/voice?d=" + n.ID)).SetStatusCallbackEvent([]string{"initiated", "ringing", "answered", "completed"})
	call, err := twilioapi.Ask(ctx, s.client, func(a *api.ApiService) (*api.ApiV2010Call, error) { return a.CreateCall(p) })
	if err != nil {
		return alerts.Receipt{}, classed(err)
	}
	return receipt(call)
}

// document is what n says, as often as fits.
func (s *Sender) document(n alerts.Notice) (string, error) {
	script, err := s.words.Call(n.Kind, n.Lang, n.Params)
	if err != nil {
		return "", err
	}
	action := s.action(question{notice: n.ID, kind: n.Kind, lang: script.Lang, attempt: 1})
	for times := repeats; times > 0; times-- {
		doc := document(script, action, s.words.Say(voice.NoKey, script.Lang), times)
		if utf8.RuneCount(doc) <= maxDocument {
			return string(doc), nil
		}
	}
	return "", fmt.Errorf("words of notice %s do not fit into a call", n.ID)
}

func receipt(call *api.ApiV2010Call) (alerts.Receipt, error) {
	if call.Sid == nil || *call.Sid == "" {
		return alerts.Receipt{}, fail(alerts.Unclear, errors.New("answer holds no call sid"))
	}
	r := alerts.Receipt{Ref: *call.Sid, State: alerts.Handed}
	if call.Status != nil && stateOf(*call.Status) == alerts.Failed {
		r.State = alerts.Failed
		return r, &alerts.Error{Provider: name, Class: classOfEnd(*call.Status, 0, 0), Code: *call.Status, Err: errors.New("refused in the answer to the create")}
	}
	return r, nil
}

func classed(err error) error { return twilioapi.Classed(name, err, classOfCode) }

func fail(class alerts.Class, err error) error {
	return &alerts.Error{Provider: name, Class: class, Err: err}
}
