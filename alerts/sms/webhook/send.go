package webhook

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"onekeyd/alerts"
	"onekeyd/alerts/sms"
	"onekeyd/alerts/sms/post"
)

const name = "webhook"

var (
	_ alerts.Sender = (*Sender)(nil)
	_ alerts.Hook   = (*Sender)(nil)
)

// Name is "webhook".
func (s *Sender) Name() string { return name }

// Caps: free text to the numbers configured. Whether receipts and replies come
// back is up to the gateway.
func (s *Sender) Caps() alerts.Caps {
	return alerts.Caps{Media: alerts.SMS, FreeText: true, TwoWay: true, Receipts: true, Serves: s.serves, PerSecond: float64(s.perSecond), Burst: 1}
}

func (s *Sender) serves(e164 string) bool {
	for _, p := range s.prefixes {
		if strings.HasPrefix(e164, p) {
			return true
		}
	}
	return len(s.prefixes) == 0
}

// notice is what is posted, see the package comment.
type notice struct {
	ID       string            `json:"id"`
	Kind     string            `json:"kind"`
	Language string            `json:"language"`
	To       string            `json:"to"`
	Text     string            `json:"text"`
	Params   map[string]string `json:"params"`
	NotAfter *time.Time        `json:"not_after,omitempty"`
}

// Send renders n and hands it to the gateway, once. See the package comment for
// what the classes promise.
func (s *Sender) Send(ctx context.Context, n alerts.Notice) (alerts.Receipt, error) {
	if err := n.Check(); err != nil {
		class := alerts.BadContent
		if errors.Is(err, alerts.ErrNumber) {
			class = alerts.BadNumber
		}
		return alerts.Receipt{}, fail(class, err)
	}
	if !s.serves(n.To) {
		return alerts.Receipt{}, fail(alerts.BadNumber, errors.New("the gateway does not serve this number"))
	}
	text, err := s.texts.Render(string(n.Kind), n.Lang, n.Params)
	if err != nil {
		return alerts.Receipt{}, fail(alerts.BadContent, err)
	}
	x := notice{ID: n.ID, Kind: string(n.Kind), Language: n.Lang, To: n.To, Text: text, Params: n.Params}
	if !n.NotAfter.IsZero() {
		at := n.NotAfter.UTC()
		x.NotAfter = &at
	}
	body, err := json.Marshal(x)
	if err != nil {
		return alerts.Receipt{}, fail(alerts.BadContent, err)
	}
	answer, err := s.post.Do(ctx, func() (*http.Request, error) { return s.request(body, n, time.Now()) })
	if lost, ok := errors.AsType[*post.LostError](err); ok {
		return alerts.Receipt{}, fail(lost.Class(), err)
	}
	if err != nil {
		return alerts.Receipt{}, err
	}
	_, _, parts := sms.Segments(text)
	return receipt(answer, parts)
}

// request is built right before it leaves: the gateway may refuse an old
// signature, and a notice may have turned stale while it waited.
func (s *Sender) request(body []byte, n alerts.Notice, now time.Time) (*http.Request, error) {
	if !n.NotAfter.IsZero() && !now.Before(n.NotAfter) {
		return nil, fail(alerts.Stale, fmt.Errorf("notice %s was to be sent before %s", n.ID, n.NotAfter.Format(time.RFC3339)))
	}
	req, err := http.NewRequest(http.MethodPost, s.url, bytes.NewReader(body))
	if err != nil {
		return nil, fail(alerts.BadAccount, err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set(header, Sign(s.secret, now, body))
	return req, nil
}

func receipt(a post.Answer, parts int) (alerts.Receipt, error) {
	var said struct {
		Ref   string       `json:"ref"`
		Class alerts.Class `json:"class"`
		Code  string       `json:"code"`
	}
	// A gateway need not say anything beside its status.
	_ = json.Unmarshal(a.Body, &said)
	if a.Status/100 == 2 {
		if !alerts.IsRef(said.Ref) {
			said.Ref = ""
		}
		return alerts.Receipt{Ref: said.Ref, State: alerts.Handed, Segments: parts}, nil
	}
	e := &alerts.Error{Provider: name, Class: post.ClassOfStatus(a.Status), RetryAfter: a.RetryAfter, Err: errors.New(a.Says())}
	if a.Status >= 400 && a.Status < 500 && e.Class != alerts.Transient && blame(said.Class) {
		e.Class = said.Class
	}
	if alerts.IsRef(said.Code) {
		e.Code = said.Code
	}
	return alerts.Receipt{}, e
}

// blame: a class that a gateway may give to what it refuses for good.
func blame(c alerts.Class) bool {
	return c == alerts.BadNumber || c == alerts.BadContent || c == alerts.BadAccount
}

func fail(class alerts.Class, err error) error {
	return &alerts.Error{Provider: name, Class: class, Err: err}
}
