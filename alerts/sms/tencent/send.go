package tencent

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"onekeyd/alerts"
	"onekeyd/alerts/sms/post"
)

const (
	name    = "tencent"
	service = "sms"
	// china is the only country served: messages to others need another kind of
	// template and have no replies.
	china = "+86"
)

var (
	_ alerts.Sender = (*Sender)(nil)
	_ alerts.Hook   = (*Sender)(nil)
)

// Name is "tencent".
func (s *Sender) Name() string { return name }

// Caps: approved templates to mainland China, with replies and receipts. A
// company's variables have no limit of their own.
func (s *Sender) Caps() alerts.Caps {
	return alerts.Caps{Media: alerts.SMS, TwoWay: true, Receipts: true, Serves: Serves}
}

// Serves is mainland China. +852, +853 and +886 are other countries' codes.
func Serves(e164 string) bool { return strings.HasPrefix(e164, china) }

// request is SendSms (https://cloud.tencent.com/document/api/382/55981).
type request struct {
	PhoneNumberSet   []string
	SmsSdkAppId      string
	SignName         string
	TemplateId       string
	TemplateParamSet []string
	SessionContext   string
}

// Send fills n's template and hands it to Tencent, once. See the package comment
// for what the classes promise.
func (s *Sender) Send(ctx context.Context, n alerts.Notice) (alerts.Receipt, error) {
	if err := n.Check(); err != nil {
		class := alerts.BadContent
		if errors.Is(err, alerts.ErrNumber) {
			class = alerts.BadNumber
		}
		return alerts.Receipt{}, fail(class, err)
	}
	if !Serves(n.To) {
		return alerts.Receipt{}, fail(alerts.BadNumber, errors.New("tencent carries SMS to mainland China only"))
	}
	filled, err := s.opt.Templates.Fill(string(n.Kind), n.Lang, n.Params, 0)
	if err != nil {
		return alerts.Receipt{}, fail(alerts.BadContent, err)
	}
	values := make([]string, len(filled.Vars))
	for i, v := range filled.Vars {
		values[i] = v.Value
	}
	body, err := json.Marshal(request{
		PhoneNumberSet: []string{n.To}, SmsSdkAppId: s.opt.AppID, SignName: s.opt.SignName,
		TemplateId: filled.Code, TemplateParamSet: values, SessionContext: n.ID,
	})
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
	return receipt(answer)
}

// request is built right before it leaves: Tencent refuses one 5 minutes old,
// and a notice may have turned stale while it waited.
func (s *Sender) request(body []byte, n alerts.Notice, now time.Time) (*http.Request, error) {
	if !n.NotAfter.IsZero() && !now.Before(n.NotAfter) {
		return nil, fail(alerts.Stale, fmt.Errorf("notice %s was to be sent before %s", n.ID, n.NotAfter.Format(time.RFC3339)))
	}
	req, err := http.NewRequest(http.MethodPost, s.url, bytes.NewReader(body))
	if err != nil {
		return nil, fail(alerts.BadAccount, err)
	}
	req.Host = s.host
	for k, v := range map[string]string{
		"Content-Type": jsonType, "Authorization": authorize(s.opt.SecretID, s.opt.SecretKey, service, s.host, body, now),
		"X-TC-Action": "SendSms", "X-TC-Version": "2021-01-11", "X-TC-Region": s.opt.Region, "X-TC-Timestamp": strconv.FormatInt(now.Unix(), 10),
	} {
		req.Header.Set(k, v)
	}
	return req, nil
}

// receipt reads an answer: what became of the request, or of the number in it.
func receipt(a post.Answer) (alerts.Receipt, error) {
	type verdict struct{ Code, Message string }
	var body struct {
		Response struct {
			Error         *verdict
			SendStatusSet []struct {
				verdict
				SerialNo string
				Fee      int
			}
		}
	}
	err := json.Unmarshal(a.Body, &body)
	set := body.Response.SendStatusSet
	switch {
	case err == nil && body.Response.Error != nil:
		return alerts.Receipt{}, refused(a, body.Response.Error.Code, body.Response.Error.Message)
	case err != nil || len(set) != 1:
		return alerts.Receipt{}, &alerts.Error{Provider: name, Class: post.ClassOfStatus(a.Status), RetryAfter: a.RetryAfter, Err: errors.New(a.Says())}
	case set[0].Code != "Ok":
		return alerts.Receipt{}, refused(a, set[0].Code, set[0].Message)
	}
	return alerts.Receipt{Ref: set[0].SerialNo, State: alerts.Handed, Segments: set[0].Fee}, nil
}

func refused(a post.Answer, code, message string) error {
	return &alerts.Error{Provider: name, Class: classOfAnswer(a.Status, code), Code: code, RetryAfter: a.RetryAfter, Err: errors.New(message)}
}

func fail(class alerts.Class, err error) error {
	return &alerts.Error{Provider: name, Class: class, Err: err}
}
