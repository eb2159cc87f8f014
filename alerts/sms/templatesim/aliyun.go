package templatesim

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"sort"
	"strings"
	"time"
)

// aliyun speaks as https://help.aliyun.com/document_detail/419273.html (SendSms),
// 101867 (SmsReport) and smsup-http (SmsUp) have it.
type aliyun struct{}

var bare = regexp.MustCompile(`^(\+|\+86|0086|86)?(1\d{10})$`)

func (aliyun) read(r *http.Request, body []byte, now time.Time, s *Sim) (send, refusal) {
	deny := func(code, message string) (send, refusal) {
		return send{}, refusal{code: code, message: message, gateway: true}
	}
	form, err := url.ParseQuery(string(body))
	switch {
	case r.Method != http.MethodPost || r.URL.Path != "/" || err != nil:
		return deny("InvalidAction.NotFound", "Specified api is not found, please check your url and method.")
	case form.Get("Action") != "SendSms" || form.Get("Format") != "JSON":
		return deny("InvalidAction.NotFound", "Specified api is not found, please check your url and method.")
	case form.Get("Version") != "2017-05-25":
		return deny("InvalidVersion", "Specified parameter Version is not valid.")
	case form.Get("AccessKeyId") != s.opt.KeyID:
		return deny("InvalidAccessKeyId.NotFound", "Specified access key is not found.")
	case form.Get("SignatureMethod") != "HMAC-SHA1" || form.Get("SignatureVersion") != "1.0" || form.Get("SignatureNonce") == "":
		return deny("IncompleteSignature", "The request signature does not conform to Aliyun standards.")
	case form.Get("Signature") != aliyunSignature("POST", form, s.opt.Secret):
		return deny("SignatureDoesNotMatch", "Specified signature is not matched with our calculation.")
	}
	at, err := time.Parse("2006-01-02T15:04:05Z", form.Get("Timestamp"))
	if err != nil {
		return deny("InvalidTimeStamp.Format", "Specified time stamp or date value is not well formatted.")
	}
	if age := now.Sub(at).Abs(); age > 15*time.Minute {
		return deny("InvalidTimeStamp.Expired", "Specified time stamp or date value is expired.")
	}
	s.mu.Lock()
	used := s.nonces[form.Get("SignatureNonce")]
	s.nonces[form.Get("SignatureNonce")] = true
	s.mu.Unlock()
	if used {
		return deny("SignatureNonceUsed", "Specified signature nonce was used already.")
	}
	x := send{to: form.Get("PhoneNumbers"), template: form.Get("TemplateCode"), sign: form.Get("SignName"), id: form.Get("OutId"), vars: map[string]string{}}
	if m := bare.FindStringSubmatch(x.to); m != nil {
		x.to = "+86" + m[2]
	}
	if strings.Contains(x.to, ",") {
		return x, refusal{code: "isv.MOBILE_COUNT_OVER_LIMIT", message: "one number at a time here"}
	}
	if len(x.id) >= 256 {
		return x, refusal{code: "isv.INVALID_PARAMETERS", message: "OutId is too long"}
	}
	if raw := form.Get("TemplateParam"); raw != "" && json.Unmarshal([]byte(raw), &x.vars) != nil {
		return x, refusal{code: "isv.INVALID_JSON_PARAM", message: "JSON参数不合法，只接受字符串值"}
	}
	return x, refusal{}
}

// aliyunSignature is written from the document, apart from the code it verifies.
func aliyunSignature(method string, form url.Values, secret string) string {
	var pairs []string
	for k, vs := range form {
		if k != "Signature" {
			pairs = append(pairs, percent(k)+"="+percent(vs[0]))
		}
	}
	sort.Strings(pairs)
	mac := hmac.New(sha1.New, []byte(secret+"&"))
	fmt.Fprintf(mac, "%s&%s&%s", method, percent("/"), percent(strings.Join(pairs, "&")))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// percent escapes all but the unreserved characters of RFC 3986.
func percent(s string) string {
	var b strings.Builder
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9', c >= 'A' && c <= 'Z', c >= 'a' && c <= 'z', strings.IndexByte("-_.~", c) >= 0:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

func (aliyun) accepted(m Message) []byte {
	return encode(map[string]string{"Message": "OK", "RequestId": "F655A8D5-B967-440B-8683-DAD6FF8DE990", "Code": "OK", "BizId": m.Ref})
}

func (aliyun) refused(x refusal, _ send) answer {
	status := http.StatusOK // the service itself answers 200 whatever it says
	switch {
	case x.gateway && x.code == "InvalidAction.NotFound", x.gateway && x.code == "InvalidAccessKeyId.NotFound":
		status = http.StatusNotFound
	case x.gateway:
		status = http.StatusBadRequest
	}
	return answer{status: status, body: encode(map[string]string{"Message": x.message, "RequestId": "F655A8D5-B967-440B-8683-DAD6FF8DE991", "Code": x.code})}
}

func (aliyun) limited(limit string, most int) refusal {
	level := map[string]string{"minute": "分钟", "day": "天"}[limit]
	return refusal{code: "isv.BUSINESS_LIMIT_CONTROL", message: fmt.Sprintf("触发%s级流控Permits:%d", level, most)}
}

// clock is how both services write times, in China's.
func clock(t time.Time) string {
	return t.In(time.FixedZone("CST", 8*3600)).Format("2006-01-02 15:04:05")
}

func (aliyun) report(batch []Message, _ bool) []byte {
	rows := make([]map[string]any, 0, len(batch))
	for _, m := range batch {
		code, words := "DELIVERED", "用户接收成功"
		if m.Code != "" {
			code, words = m.Code, "用户接收失败"
		}
		rows = append(rows, map[string]any{
			"phone_number": strings.TrimPrefix(m.To, "+86"), "send_time": clock(m.Received), "report_time": clock(time.Now()),
			"success": m.Code == "", "err_code": code, "err_msg": words, "sms_size": "1", "biz_id": m.Ref, "out_id": m.NoticeID,
		})
	}
	return encode(rows)
}

func (aliyun) reply(m Message) (string, []byte) {
	return "/up", encode([]map[string]any{{
		"phone_number": strings.TrimPrefix(m.To, "+86"), "content": m.Text, "send_time": clock(m.Received), "dest_code": "1234",
		"sequence_id": fmt.Sprint(1000000000 + m.Seq),
	}})
}

func (aliyun) taken(status int, body []byte) bool {
	var said struct{ Code *json.Number }
	return status == http.StatusOK && json.Unmarshal(body, &said) == nil && said.Code != nil
}

// https://help.aliyun.com/document_detail/101867.html
func (aliyun) again() []time.Duration {
	return []time.Duration{time.Minute, 5 * time.Minute, 10 * time.Minute}
}

func (aliyun) patience() time.Duration { return 700 * time.Millisecond }

func encode(v any) []byte {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err) // strings, numbers and maps of them always marshal
	}
	return raw
}
