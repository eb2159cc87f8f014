package tencent

import (
	"strings"
	"time"

	"onekeyd/alerts"
	"onekeyd/alerts/sms/post"
)

// classOfAnswer is the class of a refused send, and after how long it may be
// repeated. The codes are at https://cloud.tencent.com/document/api/382/59177;
// one that is not in the table goes by its first word, which is Tencent's own
// order of them.
func classOfAnswer(status int, code string) (alerts.Class, time.Duration) {
	switch code {
	case "LimitExceeded.PhoneNumberThirtySecondLimit":
		return alerts.Transient, 30 * time.Second
	case "InternalError.RequestTimeException", // this machine's clock
		"InternalError.SigFieldMissing", "InternalError.SigVerificationFail", "InternalError.RestApiInterfaceNotExist",
		"FailedOperation.InsufficientBalanceInSmsPackage", "FailedOperation.NotEnterpriseCertification",
		"LimitExceeded.AppDailyLimit", "LimitExceeded.DailyLimit", // the account's own caps
		"InvalidParameterValue.SdkAppIdNotExist", "InvalidParameter.AppidAndBizId",
		"InvalidAction", "NoSuchVersion", "NoSuchProduct", "UnsupportedRegion", "IpInBlacklist", "IpNotInWhitelist":
		return alerts.BadAccount, 0
	case "FailedOperation.PhoneNumberInBlacklist", "InvalidParameterValue.IncorrectPhoneNumber",
		"UnsupportedOperation.UnsuportedRegion": // Tencent's spelling
		return alerts.BadNumber, 0
	case "InternalError.JsonParseFail", "LimitExceeded.PhoneNumberCountLimit", "UnauthorizedOperation.IndividualUserMarketingSmsPermissionDeny":
		return alerts.BadContent, 0
	}
	first, _, _ := strings.Cut(code, ".")
	switch first {
	case "RequestLimitExceeded", "ResourceInsufficient", "ResourceUnavailable", "ServiceUnavailable":
		return alerts.Transient, 0
	case "InternalError": // a timeout behind the gateway among them: it may have been sent
		return alerts.Unclear, 0
	case "LimitExceeded": // of this number: in an hour, a day, of this text
		return alerts.BadNumber, 0
	case "AuthFailure", "UnauthorizedOperation":
		return alerts.BadAccount, 0
	case "FailedOperation", "InvalidParameter", "InvalidParameterValue", "MissingParameter", "UnknownParameter", "UnsupportedOperation", "InvalidRequest":
		return alerts.BadContent, 0
	}
	return post.ClassOfStatus(status), 0
}
