package templatesim

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// tencent speaks as https://cloud.tencent.com/document/api/382/55981 (SendSms),
// 382/59178 (reports) and 382/59179 (replies) have it.
type tencent struct{}

var authorization = regexp.MustCompile(`^TC3-HMAC-SHA256 Credential=([^/]+)/(\d{4}-\d\d-\d\d)/sms/tc3_request, SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})$`)

func (tencent) read(r *http.Request, body []byte, now time.Time, s *Sim) (send, refusal) {
	deny := func(code, message string) (send, refusal) {
		return send{}, refusal{code: code, message: message, gateway: true}
	}
	auth := authorization.FindStringSubmatch(r.Header.Get("Authorization"))
	seconds, err := strconv.ParseInt(r.Header.Get("X-TC-Timestamp"), 10, 64)
	at := time.Unix(seconds, 0).UTC()
	switch {
	case r.Method != http.MethodPost || r.URL.Path != "/":
		return deny("UnsupportedProtocol", "only POST / is taken here")
	case auth == nil:
		return deny("AuthFailure.InvalidAuthorization", "The Authorization header is not well formed.")
	case auth[1] != s.opt.KeyID:
		return deny("AuthFailure.SecretIdNotFound", "The SecretId is not found.")
	case err != nil || now.Sub(at).Abs() > 5*time.Minute || auth[2] != at.Format(time.DateOnly):
		return deny("AuthFailure.SignatureExpire", "The signature has expired.")
	case auth[4] != tencentSignature(r, body, auth[2], auth[3], s.opt.Secret):
		return deny("AuthFailure.SignatureFailure", "The provided credentials could not be validated.")
	case r.Header.Get("X-TC-Action") != "SendSms":
		return deny("InvalidAction", "The action is not found.")
	case r.Header.Get("X-TC-Version") != "2021-01-11":
		return deny("NoSuchVersion", "The version is not found.")
	case r.Header.Get("X-TC-Region") == "":
		return deny("MissingParameter", "The request is missing a required parameter: Region.")
	}
	var p struct {
		PhoneNumberSet                                    []string
		SmsSdkAppId, SignName, TemplateId, SessionContext string
		TemplateParamSet                                  []string
	}
	if err := json.Unmarshal(body, &p); err != nil {
		return deny("InvalidParameter", "The parameter could not be parsed.")
	}
	switch {
	case len(p.PhoneNumberSet) == 0:
		return deny("MissingParameter.EmptyPhoneNumberSet", "PhoneNumberSet is empty.")
	case len(p.PhoneNumberSet) > 1:
		return deny("LimitExceeded.PhoneNumberCountLimit", "one number at a time here")
	}
	x := send{to: p.PhoneNumberSet[0], template: p.TemplateId, sign: p.SignName, id: p.SessionContext, vars: map[string]string{}}
	for n, v := range p.TemplateParamSet {
		x.vars[strconv.Itoa(n+1)] = v
	}
	switch {
	case p.SmsSdkAppId != s.opt.App:
		return x, refusal{code: "UnauthorizedOperation.SmsSdkAppIdVerifyFail", message: "Verify SmsSdkAppId fail"}
	case len(p.SessionContext) >= 512:
		return x, refusal{code: "InvalidParameterValue", message: "SessionContext is too long"}
	}
	return x, refusal{}
}

// tencentSignature is written from https://cloud.tencent.com/document/api/382/52072,
// apart from the code it verifies.
func tencentSignature(r *http.Request, body []byte, date, signed, secret string) string {
	var headers strings.Builder
	for name := range strings.SplitSeq(signed, ";") {
		value := r.Header.Get(name)
		if name == "host" {
			value = r.Host
		}
		headers.WriteString(name + ":" + strings.ToLower(strings.TrimSpace(value)) + "\n")
	}
	request := fmt.Sprintf("POST\n/\n\n%s\n%s\n%x", headers.String(), signed, sha256.Sum256(body))
	text := fmt.Sprintf("TC3-HMAC-SHA256\n%s\n%s/sms/tc3_request\n%x", r.Header.Get("X-TC-Timestamp"), date, sha256.Sum256([]byte(request)))
	key := []byte("TC3" + secret)
	for _, part := range []string{date, "sms", "tc3_request", text} {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(part))
		key = mac.Sum(nil)
	}
	return hex.EncodeToString(key)
}

func (tencent) status(m Message, code, message string) map[string]any {
	return map[string]any{"SerialNo": m.Ref, "PhoneNumber": m.To, "Fee": 1, "SessionContext": m.NoticeID, "Code": code, "Message": message, "IsoCode": "CN"}
}

func (t tencent) accepted(m Message) []byte {
	return response("SendStatusSet", []any{t.status(m, "Ok", "send success")})
}

func (t tencent) refused(x refusal, m send) answer {
	a := answer{status: http.StatusOK} // whatever it says
	if x.gateway {
		a.body = response("Error", map[string]string{"Code": x.code, "Message": x.message})
	} else {
		st := t.status(Message{To: m.to, NoticeID: m.id}, x.code, x.message)
		st["Fee"] = 0
		a.body = response("SendStatusSet", []any{st})
	}
	return a
}

func response(name string, v any) []byte {
	return encode(map[string]any{"Response": map[string]any{name: v, "RequestId": "a0aabda6-cf91-4f3e-a81f-9198114a2279"}})
}

func (tencent) limited(limit string, _ int) refusal {
	code := map[string]string{
		"minute": "LimitExceeded.PhoneNumberThirtySecondLimit", "day": "LimitExceeded.PhoneNumberDailyLimit", "same": "LimitExceeded.PhoneNumberThirtySecondLimit",
	}[limit]
	return refusal{code: code, message: "the number has had enough"}
}

func (tencent) report(batch []Message, session bool) []byte {
	rows := make([]map[string]any, 0, len(batch))
	for _, m := range batch {
		row := map[string]any{
			"user_receive_time": clock(time.Now()), "nationcode": "86", "mobile": strings.TrimPrefix(m.To, "+86"),
			"report_status": "SUCCESS", "errmsg": "DELIVRD", "description": "用户短信送达成功", "sid": m.Ref,
		}
		if m.Code != "" {
			row["report_status"], row["errmsg"], row["description"] = "FAIL", m.Code, "用户短信接收失败"
		}
		if session {
			row["ext"] = m.NoticeID
		}
		rows = append(rows, row)
	}
	return encode(rows)
}

func (tencent) reply(m Message) (string, []byte) {
	return "/reply", encode(map[string]any{
		"extend": "", "mobile": strings.TrimPrefix(m.To, "+86"), "nationcode": "86", "sign": "", "text": m.Text, "time": m.Received.Unix(),
	})
}

func (tencent) taken(status int, body []byte) bool {
	var said struct{ Result *int }
	return status == http.StatusOK && json.Unmarshal(body, &said) == nil && said.Result != nil && *said.Result == 0
}

// A push that failed is repeated twice (https://cloud.tencent.com/document/api/382/59178);
// after how long is not said, nor how long an answer is waited for.
func (tencent) again() []time.Duration { return []time.Duration{time.Minute, 5 * time.Minute} }

func (tencent) patience() time.Duration { return 3 * time.Second }
