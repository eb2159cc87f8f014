package aliyun

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"onekeyd/alerts"
	"onekeyd/alerts/sms/post"
)

const name = "aliyun"

// maxVar is the longest variable in characters (isv.PARAM_LENGTH_LIMIT,
// https://help.aliyun.com/document_detail/101346.html).
const maxVar = 35

// china is the only country served: messages to others need another kind of
// template and have no replies.
const china = "+86"

var (
	_ alerts.Sender = (*Sender)(nil)
	_ alerts.Hook   = (*Sender)(nil)
)

// Name is "aliyun".
func (s *Sender) Name() string { return name }

// Caps: approved templates to mainland China, with replies and receipts.
func (s *Sender) Caps() alerts.Caps {
	return alerts.Caps{Media: alerts.SMS, TwoWay: true, Receipts: true, Serves: Serves, MaxVarLen: maxVar}
}

// Serves is mainland China. +852, +853 and +886 are other countries' codes.
func Serves(e164 string) bool { return strings.HasPrefix(e164, china) }

// Send fills n's template and hands it to Aliyun, once. See the package comment
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
		return alerts.Receipt{}, fail(alerts.BadNumber, errors.New("aliyun carries SMS to mainland China only"))
	}
	filled, err := s.opt.Templates.Fill(string(n.Kind), n.Lang, n.Params, maxVar)
	if err != nil {
		return alerts.Receipt{}, fail(alerts.BadContent, err)
	}
	vars := make(map[string]string, len(filled.Vars))
	for _, v := range filled.Vars {
		vars[v.Name] = v.Value
	}
	param, err := json.Marshal(vars)
	if err != nil {
		return alerts.Receipt{}, fail(alerts.BadContent, err)
	}
	form := url.Values{
		"Action": {"SendSms"}, "Version": {"2017-05-25"}, "Format": {"JSON"},
		"SignatureMethod": {"HMAC-SHA1"}, "SignatureVersion": {"1.0"}, "AccessKeyId": {s.opt.AccessKeyID},
		"PhoneNumbers": {strings.TrimPrefix(n.To, china)}, "SignName": {s.opt.SignName},
		"TemplateCode": {filled.Code}, "TemplateParam": {string(param)}, "OutId": {n.ID},
	}
	answer, err := s.post.Do(ctx, func() (*http.Request, error) { return s.request(form, n, time.Now()) })
	if lost, ok := errors.AsType[*post.LostError](err); ok {
		return alerts.Receipt{}, fail(lost.Class(), err)
	}
	if err != nil {
		return alerts.Receipt{}, err
	}
	return receipt(answer)
}

// request is built right before it leaves: Aliyun refuses one 15 minutes old,
// and a notice may have turned stale while it waited.
func (s *Sender) request(form url.Values, n alerts.Notice, now time.Time) (*http.Request, error) {
	if !n.NotAfter.IsZero() && !now.Before(n.NotAfter) {
		return nil, fail(alerts.Stale, fmt.Errorf("notice %s was to be sent before %s", n.ID, n.NotAfter.Format(time.RFC3339)))
	}
	form.Set("Timestamp", now.UTC().Format("2006-01-02T15:04:05Z"))
	form.Set("SignatureNonce", rand.Text())
	form.Set("Signature", sign(http.MethodPost, form, s.opt.AccessKeySecret))
	req, err := http.NewRequest(http.MethodPost, s.url, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, fail(alerts.BadAccount, err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	return req, nil
}

func receipt(a post.Answer) (alerts.Receipt, error) {
	var body struct{ Code, Message, BizId string }
	if err := json.Unmarshal(a.Body, &body); err != nil || body.Code == "" {
		return alerts.Receipt{}, &alerts.Error{Provider: name, Class: post.ClassOfStatus(a.Status), RetryAfter: a.RetryAfter, Err: errors.New(a.Says())}
	}
	if body.Code == "OK" && a.Status/100 == 2 {
		return alerts.Receipt{Ref: body.BizId, State: alerts.Handed}, nil
	}
	return alerts.Receipt{}, &alerts.Error{Provider: name, Class: classOfAnswer(a.Status, body.Code), Code: body.Code, RetryAfter: a.RetryAfter, Err: errors.New(body.Message)}
}

func fail(class alerts.Class, err error) error {
	return &alerts.Error{Provider: name, Class: class, Err: err}
}
