package tencent

import (
	"testing"

	"onekeyd/alerts"
)

// Every code that a send may get (the service's own list), by class.
func TestClassOfEveryCode(t *testing.T) {
	for want, codes := range map[alerts.Class][]string{
		alerts.Transient: {"RequestLimitExceeded", "RequestLimitExceeded.UinLimitExceeded", "ResourceInsufficient", "ResourceUnavailable", "ServiceUnavailable"},
		alerts.Unclear: {
			"InternalError", "InternalError.OtherError", "InternalError.SendAndRecvFail", "InternalError.Timeout", "InternalError.UnknownError",
		},
		alerts.BadNumber: {
			"FailedOperation.PhoneNumberInBlacklist", "InvalidParameterValue.IncorrectPhoneNumber", "UnsupportedOperation.UnsuportedRegion", "LimitExceeded.DeliveryFrequencyLimit",
			"LimitExceeded.PhoneNumberThirtySecondLimit", "LimitExceeded.PhoneNumberDailyLimit", "LimitExceeded.PhoneNumberOneHourLimit", "LimitExceeded.PhoneNumberSameContentDailyLimit",
		},
		alerts.BadContent: {
			"FailedOperation.ContainSensitiveWord", "FailedOperation.FailResolvePacket", "FailedOperation.JsonParseFail", "FailedOperation.MarketingSendTimeConstraint", "FailedOperation.MissingSignature",
			"FailedOperation.OtherError", "FailedOperation.ParametersOtherError", "FailedOperation.SignatureIncorrectOrUnapproved", "FailedOperation.TemplateIncorrectOrUnapproved",
			"FailedOperation.TemplateParamSetNotMatchApprovedTemplate", "FailedOperation.TemplateUnapprovedOrNotExist", "InternalError.JsonParseFail", "InvalidParameter", "InvalidParameter.DirtyWordFound",
			"InvalidParameterValue", "InvalidParameterValue.ContentLengthLimit", "InvalidParameterValue.InvalidTemplateFormat", "InvalidParameterValue.ProhibitedUseUrlInTemplateParameter",
			"InvalidParameterValue.TemplateParameterFormatError", "InvalidParameterValue.TemplateParameterLengthLimit", "InvalidParameterValue.TemplateWithDirtyWords", "LimitExceeded.PhoneNumberCountLimit",
			"MissingParameter", "MissingParameter.EmptyPhoneNumberSet", "UnauthorizedOperation.IndividualUserMarketingSmsPermissionDeny", "UnsupportedOperation.ContainDomesticAndInternationalPhoneNumber",
		},
		alerts.BadAccount: {
			"AuthFailure.InvalidSecretId", "AuthFailure.SecretIdNotFound", "AuthFailure.SignatureExpire", "AuthFailure.SignatureFailure", "AuthFailure.UnauthorizedOperation",
			"FailedOperation.InsufficientBalanceInSmsPackage", "FailedOperation.NotEnterpriseCertification", "InternalError.RequestTimeException", "InternalError.SigFieldMissing",
			"InternalError.SigVerificationFail", "InternalError.RestApiInterfaceNotExist", "InvalidParameterValue.SdkAppIdNotExist", "InvalidParameter.AppidAndBizId", "LimitExceeded.AppDailyLimit",
			"LimitExceeded.DailyLimit", "UnauthorizedOperation", "UnauthorizedOperation.RequestIpNotInWhitelist", "UnauthorizedOperation.RequestPermissionDeny", "UnauthorizedOperation.SdkAppIdIsDisabled",
			"UnauthorizedOperation.SerivceSuspendDueToArrears", "UnauthorizedOperation.SmsSdkAppIdVerifyFail", "InvalidAction", "NoSuchVersion", "IpNotInWhitelist",
		},
	} {
		for _, code := range codes {
			if got := classOfAnswer(200, code); got != want {
				t.Errorf("%s is %q, want %q", code, got, want)
			}
		}
	}
	for status, want := range map[int]alerts.Class{
		200: alerts.Unclear, 302: alerts.BadAccount, 400: alerts.BadContent, 401: alerts.BadAccount, 403: alerts.BadAccount, 404: alerts.BadAccount,
		408: alerts.Transient, 429: alerts.Transient, 500: alerts.Unclear, 502: alerts.Unclear, 503: alerts.Transient, 504: alerts.Unclear,
	} {
		for _, code := range []string{"", "SomethingNew", "SomethingNew.Still"} {
			if got := classOfAnswer(status, code); got != want {
				t.Errorf("status %d with %q is %q, want %q", status, code, got, want)
			}
		}
	}
}
