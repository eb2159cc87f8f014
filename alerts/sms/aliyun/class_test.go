package aliyun

import (
	"testing"

	"onekeyd/alerts"
)

// Every code that the next step depends on, by class.
func TestClassOfEveryCode(t *testing.T) {
	for want, codes := range map[alerts.Class][]string{
		alerts.Transient: {
			"isp.SYSTEM_ERROR", "isp.GATEWAY_ERROR", "Throttling", "Throttling.User", "Throttling.Api", "ServiceUnavailable",
			"IS_CLOSE", "MOBILE_NOT_ON_SERVICE", "MOBLLE_TERMINAL_ERROR", "REQUEST_SUCCESS", "SP_UNKNOWN_ERROR",
		},
		alerts.Unclear: {"InternalError", "SignatureNonceUsed"},
		alerts.BadNumber: {
			"isv.MOBILE_NUMBER_ILLEGAL", "isv.DOMESTIC_NUMBER_NOT_SUPPORTED", "isv.BLACK_KEY_CONTROL_LIMIT", "isv.CUSTOMER_REFUSED", "isv.SMS_TEST_NUMBER_LIMIT",
			"isv.BUSINESS_LIMIT_CONTROL", "MOBILE_SEND_LIMIT", "MOBILE_ACCOUNT_ABNORMAL", "MOBILE_IN_BLACK", "INVALID_NUMBER", "USER_REJECT", "SP_NOT_BY_INTER_SMS",
		},
		alerts.BadContent: {
			"isv.SMS_TEMPLATE_ILLEGAL", "isv.SMS_SIGNATURE_ILLEGAL", "isv.SMS_SIGNATURE_SCENE_ILLEGAL", "isv.SIGN_STATE_ILLEGAL", "isv.SMS_SIGN_ILLEGAL", "isv.SIGN_NAME_ILLEGAL",
			"isv.SMS_CONTENT_ILLEGAL", "isv.UNSUPPORTED_CONTENT", "isv.SMS_CONTENT_MISMATCH_TEMPLATE_TYPE", "isv.TEMPLATE_MISSING_PARAMETERS", "isv.TEMPLATE_PARAMS_ILLEGAL",
			"isv.INVALID_PARAMETERS", "isv.INVALID_JSON_PARAM", "isv.PARAM_LENGTH_LIMIT", "isv.PARAM_NOT_SUPPORT_URL", "isv.EXTEND_CODE_ERROR", "isv.ONE_CODE_MULTIPLE_SIGN",
			"isv.CODE_EXCEED_LIMIT", "isv.CODE_ERROR", "isv.MOBILE_COUNT_OVER_LIMIT", "isv.SMS_TEST_SIGN_TEMPLATE_LIMIT", "isv.SMS_TEST_TEMPLATE_PARAMS_ILLEGAL",
			"SIGNATURE_BLACKLIST", "PARAMS_ILLEGAL", "CONTENT_KEYWORD", "CONTENT_ERROR", "NO_ROUTE", "PORT_NOT_REGISTERED",
		},
		alerts.BadAccount: {
			"isv.OUT_OF_SERVICE", "isv.AMOUNT_NOT_ENOUGH", "isv.DAY_LIMIT_CONTROL", "isv.MONTH_LIMIT_CONTROL", "isv.DENY_IP_RANGE", "isv.ACCOUNT_NOT_EXISTS", "isv.ACCOUNT_ABNORMAL",
			"isv.SECURITY_FROZEN_ACCOUNT", "isv.PRODUCT_UN_SUBSCRIPT", "isv.PRODUCT_UNSUBSCRIBE", "isp.RAM_PERMISSION_DENY", "SignatureDoesNotMatch", "IncompleteSignature",
			"InvalidAccessKeyId.NotFound", "InvalidAccessKeyId.Inactive", "Forbidden.RAM", "Forbidden.RiskControl", "NoPermission", "InvalidTimeStamp.Expired",
			"InvalidTimeStamp.Format", "InvalidVersion", "InvalidAction.NotFound",
		},
	} {
		for _, code := range codes {
			if got := classOfAnswer(200, code); got != want {
				t.Errorf("answer with %s is %q, want %q", code, got, want)
			}
			delivery := want
			if want == alerts.Unclear { // a message already accepted is not unclear
				delivery = alerts.Transient
			}
			if got := classOfDelivery(code); got != delivery {
				t.Errorf("delivery with %s is %q, want %q", code, got, delivery)
			}
		}
	}
	for _, c := range []struct {
		status int
		code   string
		want   alerts.Class
	}{
		{200, "isv.NEW_FAULT_OF_OURS", alerts.BadContent}, {200, "isp.NEW_FAULT_OF_THEIRS", alerts.Unclear}, {400, "MissingPhoneNumbers", alerts.BadContent},
		{403, "Forbidden.Anything", alerts.BadAccount}, {500, "Anything", alerts.Unclear}, {503, "Anything", alerts.Transient},
		{429, "", alerts.Transient}, {408, "", alerts.Transient}, {302, "", alerts.BadAccount}, {401, "", alerts.BadAccount}, {404, "", alerts.BadAccount},
		{502, "", alerts.Unclear}, {504, "", alerts.Unclear}, {200, "", alerts.Unclear}, {400, "", alerts.BadContent},
	} {
		if got := classOfAnswer(c.status, c.code); got != c.want {
			t.Errorf("status %d with %q is %q, want %q", c.status, c.code, got, c.want)
		}
	}
	if got := classOfDelivery("SOMETHING_NEW"); got != alerts.Transient {
		t.Errorf("a failure nobody knows is %q", got)
	}
}
