package tencent

import (
	"strings"

	"onekeyd/alerts"
	"onekeyd/alerts/sms/post"
)

// classOfAnswer is the class of a refused send. The codes are at https://cloud.tencent.com/document/api/382/59177;
// one that is not in the table goes by its first word, which is Tencent's own
// order of them.
func classOfAnswer(status int, code string) alerts.Class {
	switch code {
	case "InternalError.RequestTimeException", // this machine's clock
		"InternalError.SigFieldMissing", "InternalError.SigVerificationFail", "InternalError.RestApiInterfaceNotExist",
		"FailedOperation.InsufficientBalanceInSmsPackage", "FailedOperation.NotEnterpriseCertification",
		"LimitExceeded.AppDailyLimit", "LimitExceeded.DailyLimit", // the account's own caps
		"InvalidParameterValue.SdkAppIdNotExist", "InvalidParameter.AppidAndBizId",
		"InvalidAction", "NoSuchVersion", "NoSuchProduct", "UnsupportedRegion", "IpInBlacklist", "IpNotInWhitelist":
		return alerts.BadAccount
	case "FailedOperation.PhoneNumberInBlacklist", "InvalidParameterValue.IncorrectPhoneNumber",
		"UnsupportedOperation.UnsuportedRegion": // Tencent's spelling
		return alerts.BadNumber
	case "InternalError.JsonParseFail", "LimitExceeded.PhoneNumberCountLimit", "UnauthorizedOperation.IndividualUserMarketingSmsPermissionDeny":
		return alerts.BadContent
	}
	first, _, _ := strings.Cut(code, ".")
	switch first {
	case "RequestLimitExceeded", "ResourceInsufficient", "ResourceUnavailable", "ServiceUnavailable":
		return alerts.Transient
	case "InternalError": // a timeout behind the gateway among them: it may have been sent
		return alerts.Unclear
	case "LimitExceeded": // of this number: in half a minute, an hour, a day, or of this text
		return alerts.BadNumber
	case "AuthFailure", "UnauthorizedOperation":
		return alerts.BadAccount
	case "FailedOperation", "InvalidParameter", "InvalidParameterValue", "MissingParameter", "UnknownParameter", "UnsupportedOperation", "InvalidRequest":
		return alerts.BadContent
	}
	return post.ClassOfStatus(status)
}
