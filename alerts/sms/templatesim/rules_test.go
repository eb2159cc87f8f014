package templatesim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

var approvedHere = Options{KeyID: "id", Secret: "key", App: "1400006666", SignName: "安康一键通"}

// ask posts a form, signed here unless it is signed already.
func askAliyun(s *Sim, change func(url.Values)) (status int, code string) {
	form := url.Values{
		"Action": {"SendSms"}, "Version": {"2017-05-25"}, "Format": {"JSON"}, "SignatureMethod": {"HMAC-SHA1"}, "SignatureVersion": {"1.0"}, "AccessKeyId": {"id"},
		"PhoneNumbers": {"13800138000"}, "SignName": {"安康一键通"}, "TemplateCode": {"T1"}, "TemplateParam": {`{"code":"37","addr":"幸福里"}`}, "OutId": {"n1"},
		"Timestamp": {time.Now().UTC().Format("2006-01-02T15:04:05Z")}, "SignatureNonce": {fmt.Sprint(time.Now().UnixNano())},
	}
	if change != nil {
		change(form)
	}
	if form.Get("Signature") == "" {
		form.Set("Signature", aliyunSignature("POST", form, "key"))
	}
	rec := httptest.NewRecorder()
	s.ServeHTTP(rec, httptest.NewRequest(http.MethodPost, "/", strings.NewReader(form.Encode())))
	var answer struct{ Code string }
	if err := json.Unmarshal(rec.Body.Bytes(), &answer); err != nil {
		return rec.Code, err.Error()
	}
	return rec.Code, answer.Code
}

func TestAliyunRules(t *testing.T) {
	o := approvedHere
	o.Dialect, o.Templates = Aliyun, []Template{{Code: "T1", Text: "求助${code}号：${addr}。"}}
	s := New(o)
	defer s.Close()
	param := func(v string) func(url.Values) { return func(f url.Values) { f.Set("TemplateParam", v) } }
	set := func(k, v string) func(url.Values) { return func(f url.Values) { f.Set(k, v) } }
	for _, c := range []struct {
		why    string
		change func(url.Values)
		status int
		code   string
	}{
		{"good", nil, 200, "OK"},
		{"35 characters", param(`{"code":"37","addr":"` + strings.Repeat("里", 35) + `"}`), 200, "OK"},
		{"36 characters", param(`{"code":"37","addr":"` + strings.Repeat("里", 36) + `"}`), 200, "isv.PARAM_LENGTH_LIMIT"},
		{"with +86", set("PhoneNumbers", "+8613800138000"), 200, "OK"},
		{"missing variable", param(`{"code":"37"}`), 200, "isv.TEMPLATE_MISSING_PARAMETERS"},
		{"empty variable", param(`{"code":"37","addr":""}`), 200, "isv.TEMPLATE_MISSING_PARAMETERS"},
		{"no variables", param(""), 200, "isv.TEMPLATE_MISSING_PARAMETERS"},
		{"a number for a text", param(`{"code":37,"addr":"幸福里"}`), 200, "isv.INVALID_JSON_PARAM"},
		{"a link", param(`{"code":"37","addr":"http://a"}`), 200, "isv.PARAM_NOT_SUPPORT_URL"},
		{"a symbol", param(`{"code":"37","addr":"★"}`), 200, "isv.UNSUPPORTED_CONTENT"},
		{"no such template", set("TemplateCode", "T9"), 200, "isv.SMS_TEMPLATE_ILLEGAL"},
		{"no such signature", set("SignName", "银行"), 200, "isv.SMS_SIGNATURE_ILLEGAL"},
		{"a landline", set("PhoneNumbers", "02161234567"), 200, "isv.MOBILE_NUMBER_ILLEGAL"},
		{"two numbers", set("PhoneNumbers", "13800138000,13800138001"), 200, "isv.MOBILE_COUNT_OVER_LIMIT"},
		{"long id", set("OutId", strings.Repeat("n", 256)), 200, "isv.INVALID_PARAMETERS"},
		{"clock", set("Timestamp", "2017-07-12T02:42:19Z"), 400, "InvalidTimeStamp.Expired"},
		{"no time", set("Timestamp", "now"), 400, "InvalidTimeStamp.Format"},
		{"signature of another form", set("Signature", "zJDF+Lrzhj/ThnlvIToysFRq6t4="), 400, "SignatureDoesNotMatch"},
		{"another key", set("AccessKeyId", "x"), 404, "InvalidAccessKeyId.NotFound"},
		{"another action", set("Action", "SendBatchSms"), 404, "InvalidAction.NotFound"},
		{"another version", set("Version", "2018-05-01"), 400, "InvalidVersion"},
		{"no nonce", set("SignatureNonce", ""), 400, "IncompleteSignature"},
		{"nonce", set("SignatureNonce", "once"), 200, "OK"},
		{"the same nonce", set("SignatureNonce", "once"), 400, "SignatureNonceUsed"},
	} {
		if status, code := askAliyun(s, c.change); status != c.status || code != c.code {
			t.Errorf("%s: %d %s, want %d %s", c.why, status, code, c.status, c.code)
		}
	}
}

func TestTencentRules(t *testing.T) {
	o := approvedHere
	o.Dialect, o.MaxVar, o.Templates = Tencent, 12, []Template{{Code: "T1", Text: "求助{1}号：{2}。"}}
	s := New(o)
	defer s.Close()
	type body = map[string]any
	set := func(k string, v any) func(body, http.Header) { return func(b body, _ http.Header) { b[k] = v } }
	header := func(k, v string) func(body, http.Header) {
		return func(_ body, h http.Header) { h.Set(k, v) }
	}
	for _, c := range []struct {
		why    string
		change func(body, http.Header)
		code   string
	}{
		{"good", nil, "Ok"},
		{"12 characters", set("TemplateParamSet", []string{"37", strings.Repeat("里", 12)}), "Ok"},
		{"13 characters of a personal account", set("TemplateParamSet", []string{"37", strings.Repeat("里", 13)}), "InvalidParameterValue.TemplateParameterLengthLimit"},
		{"one variable too few", set("TemplateParamSet", []string{"37"}), "FailedOperation.TemplateParamSetNotMatchApprovedTemplate"},
		{"one too many", set("TemplateParamSet", []string{"37", "a", "b"}), "FailedOperation.TemplateParamSetNotMatchApprovedTemplate"},
		{"an empty one", set("TemplateParamSet", []string{"37", ""}), "FailedOperation.TemplateParamSetNotMatchApprovedTemplate"},
		{"a link", set("TemplateParamSet", []string{"37", "www.a.cn"}), "InvalidParameterValue.ProhibitedUseUrlInTemplateParameter"},
		{"no such template", set("TemplateId", "T9"), "FailedOperation.TemplateIncorrectOrUnapproved"},
		{"no such signature", set("SignName", "银行"), "FailedOperation.SignatureIncorrectOrUnapproved"},
		{"no such app", set("SmsSdkAppId", "1"), "UnauthorizedOperation.SmsSdkAppIdVerifyFail"},
		{"without +86", set("PhoneNumberSet", []string{"13800138000"}), "InvalidParameterValue.IncorrectPhoneNumber"},
		{"no number", set("PhoneNumberSet", []string{}), "MissingParameter.EmptyPhoneNumberSet"},
		{"two numbers", set("PhoneNumberSet", []string{"+8613800138000", "+8613800138001"}), "LimitExceeded.PhoneNumberCountLimit"},
		{"long session", set("SessionContext", strings.Repeat("n", 512)), "InvalidParameterValue"},
		{"clock", header("X-TC-Timestamp", "1551113065"), "AuthFailure.SignatureExpire"},
		{"another action", header("X-TC-Action", "SendStatus"), "InvalidAction"},
		{"another version", header("X-TC-Version", "2019-07-11"), "NoSuchVersion"},
		{"no region", header("X-TC-Region", ""), "MissingParameter"},
		{"no signature", header("Authorization", "Bearer x"), "AuthFailure.InvalidAuthorization"},
		{"changed after signing", header("Content-Type", "text/plain"), "AuthFailure.SignatureFailure"},
	} {
		b := body{"PhoneNumberSet": []string{"+8613800138000"}, "SmsSdkAppId": "1400006666", "SignName": "安康一键通", "TemplateId": "T1", "TemplateParamSet": []string{"37", "幸福里"}, "SessionContext": "n1"}
		h, date := http.Header{}, time.Now().UTC().Format(time.DateOnly)
		for k, v := range map[string]string{"Content-Type": "application/json", "X-TC-Action": "SendSms", "X-TC-Version": "2021-01-11", "X-TC-Region": "ap-guangzhou", "X-TC-Timestamp": fmt.Sprint(time.Now().Unix())} {
			h.Set(k, v)
		}
		changed := h.Clone()
		if c.change != nil {
			c.change(b, changed)
		}
		raw, err := json.Marshal(b)
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(string(raw)))
		r.Header = h
		signature := tencentSignature(r, raw, date, "content-type;host", "key")
		if r.Header = changed; r.Header.Get("Authorization") == "" {
			r.Header.Set("Authorization", "TC3-HMAC-SHA256 Credential=id/"+date+"/sms/tc3_request, SignedHeaders=content-type;host, Signature="+signature)
		}
		rec := httptest.NewRecorder()
		s.ServeHTTP(rec, r)
		var answer struct {
			Response struct {
				Error         struct{ Code string }
				SendStatusSet []struct{ Code string }
			}
		}
		if err := json.Unmarshal(rec.Body.Bytes(), &answer); err != nil {
			t.Fatal(err)
		}
		got := answer.Response.Error.Code
		if len(answer.Response.SendStatusSet) == 1 {
			got = answer.Response.SendStatusSet[0].Code
		}
		if rec.Code != http.StatusOK || got != c.code {
			t.Errorf("%s: %d %s, want %s", c.why, rec.Code, got, c.code)
		}
	}
}
