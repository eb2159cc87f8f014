package aliyun

import (
	"net/url"
	"testing"
)

// The first is the example of Aliyun's own document of this signature; the
// second was computed by another program in another language.
func TestSignatureVectors(t *testing.T) {
	doc := url.Values{
		"AccessKeyId": {"testId"}, "Action": {"SendSms"}, "Format": {"XML"}, "OutId": {"123"}, "PhoneNumbers": {"15300000001"}, "RegionId": {"cn-hangzhou"},
		"SignName": {"阿里云短信测试专用"}, "SignatureMethod": {"HMAC-SHA1"}, "SignatureNonce": {"45e25e9b-0a6f-4070-8c85-2956eda1b466"}, "SignatureVersion": {"1.0"},
		"TemplateCode": {"SMS_71390007"}, "TemplateParam": {`{"customer":"test"}`}, "Timestamp": {"2017-07-12T02:42:19Z"}, "Version": {"2017-05-25"},
	}
	if got := sign("GET", doc, "testSecret"); got != "zJDF+Lrzhj/ThnlvIToysFRq6t4=" {
		t.Errorf("the documented example signs as %s", got)
	}
	doc.Del("RegionId")
	doc.Set("Format", "JSON")
	doc.Set("PhoneNumbers", "13800138000")
	doc.Set("TemplateParam", `{"addr":"幸福里3号楼*~ +&=%/","code":"37"}`)
	doc.Set("Signature", "not signed")
	if got := sign("POST", doc, "testSecret"); got != "+O+xfcVtNVkYu0h4PJP8Hdi85hY=" {
		t.Errorf("every awkward character signs as %s", got)
	}
}
