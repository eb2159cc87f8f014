package templatesim

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

var (
	variables = regexp.MustCompile(`\$\{(\w+)\}|\{(\d+)\}`)
	mobile    = regexp.MustCompile(`^\+861\d{10}$`)
	link      = regexp.MustCompile(`(?i)https?://|www\.`)
)

// check applies the rules of templates.
func (s *Sim) check(x send) refusal {
	tencentish := s.opt.Dialect == Tencent
	pick := func(aliyun, tencent, message string) refusal {
		if tencentish {
			return refusal{code: tencent, message: message}
		}
		return refusal{code: aliyun, message: message}
	}
	t, known := s.texts[x.template]
	switch {
	case !mobile.MatchString(x.to):
		return pick("isv.MOBILE_NUMBER_ILLEGAL", "InvalidParameterValue.IncorrectPhoneNumber", x.to+"invalid mobile number")
	case x.sign != s.opt.SignName:
		return pick("isv.SMS_SIGNATURE_ILLEGAL", "FailedOperation.SignatureIncorrectOrUnapproved", "该账号下找不到对应签名")
	case !known:
		return pick("isv.SMS_TEMPLATE_ILLEGAL", "FailedOperation.TemplateIncorrectOrUnapproved", "该账号下找不到对应模板")
	}
	wanted := names(t.Text)
	if tencentish && len(wanted) != len(x.vars) {
		return refusal{code: "FailedOperation.TemplateParamSetNotMatchApprovedTemplate", message: "the number of parameters does not match the template"}
	}
	for _, name := range wanted {
		v, ok := x.vars[name]
		switch {
		case !ok || v == "":
			return pick("isv.TEMPLATE_MISSING_PARAMETERS", "FailedOperation.TemplateParamSetNotMatchApprovedTemplate", "模板变量中存在未赋值变量 "+name)
		case s.opt.MaxVar > 0 && utf8.RuneCountInString(v) > s.opt.MaxVar:
			return pick("isv.PARAM_LENGTH_LIMIT", "InvalidParameterValue.TemplateParameterLengthLimit", "参数超过长度限制 "+name)
		case link.MatchString(v):
			return pick("isv.PARAM_NOT_SUPPORT_URL", "InvalidParameterValue.ProhibitedUseUrlInTemplateParameter", "变量不支持传入URL "+name)
		case strings.ContainsAny(v, "【】〖〗『』「」•①★※→❤™\n"):
			return pick("isv.UNSUPPORTED_CONTENT", "FailedOperation.ContainSensitiveWord", "不支持的短信内容 "+name)
		}
	}
	return refusal{}
}

func names(text string) []string {
	var out []string
	for _, m := range variables.FindAllStringSubmatch(text, -1) {
		out = append(out, m[1]+m[2])
	}
	return out
}

func render(text string, vars map[string]string) string {
	return variables.ReplaceAllStringFunc(text, func(v string) string { return vars[strings.Trim(v, "${}")] })
}
