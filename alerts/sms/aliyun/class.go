package aliyun

import (
	"strings"

	"onekeyd/alerts"
	"onekeyd/alerts/sms/post"
)

// classOfAnswer is the class of a refused send. The code decides where it is
// known, then who says it: isv is our fault, anything else Aliyun's.
func classOfAnswer(status int, code string) alerts.Class {
	if c := classOfCode(code); c != "" {
		return c
	}
	if status/100 == 2 && strings.HasPrefix(code, "isv.") {
		return alerts.BadContent
	}
	return post.ClassOfStatus(status)
}

// classOfDelivery is the class of a message that failed after it was accepted.
// A code nobody classed yet says only that this message did not arrive.
func classOfDelivery(code string) alerts.Class {
	if c := classOfCode(code); c != "" && c != alerts.Unclear {
		return c
	}
	return alerts.Transient
}

// classOfCode classes Aliyun's codes, "" for one not in the table. Those of the
// API are at https://help.aliyun.com/document_detail/101346.html, those of
// receipts at https://help.aliyun.com/document_detail/101347.html.
func classOfCode(code string) alerts.Class {
	switch code {
	case "isp.SYSTEM_ERROR", "isp.GATEWAY_ERROR", // "call again"
		"Throttling", "Throttling.User", "Throttling.Api", "ServiceUnavailable",
		"IS_CLOSE",              // the channel was closed: "try later"
		"MOBILE_NOT_ON_SERVICE", // off, out of reach, or no longer a number
		"MOBLLE_TERMINAL_ERROR", // memory or SIM full; Aliyun's spelling
		"REQUEST_SUCCESS",       // no receipt came from the mobile carrier
		"SP_UNKNOWN_ERROR":
		return alerts.Transient
	case "InternalError", "SignatureNonceUsed": // somebody has had this very request before
		return alerts.Unclear
	case "isv.MOBILE_NUMBER_ILLEGAL", "isv.DOMESTIC_NUMBER_NOT_SUPPORTED", "isv.BLACK_KEY_CONTROL_LIMIT", "isv.CUSTOMER_REFUSED", "isv.SMS_TEST_NUMBER_LIMIT",
		"isv.BUSINESS_LIMIT_CONTROL", "MOBILE_SEND_LIMIT", // this number has had enough, for a minute, an hour or a day
		"MOBILE_ACCOUNT_ABNORMAL", "MOBILE_IN_BLACK", "INVALID_NUMBER", "USER_REJECT", "SP_NOT_BY_INTER_SMS":
		return alerts.BadNumber
	case "isv.SMS_TEMPLATE_ILLEGAL", "isv.SMS_SIGNATURE_ILLEGAL", "isv.SMS_SIGNATURE_SCENE_ILLEGAL", "isv.SIGN_STATE_ILLEGAL", "isv.SMS_SIGN_ILLEGAL", "isv.SIGN_NAME_ILLEGAL",
		"isv.SMS_CONTENT_ILLEGAL", "isv.UNSUPPORTED_CONTENT", "isv.SMS_CONTENT_MISMATCH_TEMPLATE_TYPE", "isv.SMS_TEST_SIGN_TEMPLATE_LIMIT", "isv.SMS_TEST_TEMPLATE_PARAMS_ILLEGAL",
		"isv.TEMPLATE_MISSING_PARAMETERS", "isv.TEMPLATE_PARAMS_ILLEGAL", "isv.INVALID_PARAMETERS", "isv.INVALID_JSON_PARAM", "isv.PARAM_LENGTH_LIMIT", "isv.PARAM_NOT_SUPPORT_URL",
		"isv.EXTEND_CODE_ERROR", "isv.ONE_CODE_MULTIPLE_SIGN", "isv.CODE_EXCEED_LIMIT", "isv.CODE_ERROR", "isv.MOBILE_COUNT_OVER_LIMIT", "SIGNATURE_BLACKLIST",
		"PARAMS_ILLEGAL", "CONTENT_KEYWORD", "CONTENT_ERROR", "NO_ROUTE",
		"PORT_NOT_REGISTERED": // the signature's real-name filing is not through
		return alerts.BadContent
	case "isv.OUT_OF_SERVICE", "isv.AMOUNT_NOT_ENOUGH", // no money
		"isv.DAY_LIMIT_CONTROL", "isv.MONTH_LIMIT_CONTROL", // the account's own caps
		"isv.DENY_IP_RANGE", // this machine is not in mainland China
		"isv.ACCOUNT_NOT_EXISTS", "isv.ACCOUNT_ABNORMAL", "isv.SECURITY_FROZEN_ACCOUNT", "isv.PRODUCT_UN_SUBSCRIPT", "isv.PRODUCT_UNSUBSCRIBE", "isp.RAM_PERMISSION_DENY",
		"SignatureDoesNotMatch", "IncompleteSignature", "InvalidAccessKeyId.NotFound", "InvalidAccessKeyId.Inactive", "Forbidden.RAM", "Forbidden.RiskControl", "NoPermission",
		"InvalidTimeStamp.Expired", "InvalidTimeStamp.Format", // this machine's clock
		"InvalidVersion", "InvalidAction.NotFound":
		return alerts.BadAccount
	}
	return ""
}
