package settings

import (
	"errors"
	"strings"

	"onekeyd/alerts/sms"
	"onekeyd/alerts/sms/approved"
	"onekeyd/alerts/sms/webhook"
	"onekeyd/alerts/twilioapi"
)

// validateCarriers checks what only makes sense together.
func validateCarriers(s *Settings, byPath map[string]field) (wrong []error) {
	bad := func(path, why string) { wrong = append(wrong, problem(byPath[path], errors.New(why))) }
	// whole reports whether a carrier is on and has all it needs beside head.
	whole := func(head, name string, needed ...string) bool {
		table := byPath[head].table
		if byPath[head].empty() {
			for _, f := range byPath {
				// An address alone asks for nothing: it may stand there for another day.
				if f.table == table && !strings.HasSuffix(f.key, "_url") && !f.empty() && f.text() != f.tag.Get("default") {
					bad(head, "is missing beside the other settings of "+name)
					break
				}
			}
			return false
		}
		for _, path := range needed {
			if byPath[path].empty() {
				bad(path, "is needed with "+head)
			}
		}
		return true
	}
	if whole("sms.twilio.account_sid", "Twilio") {
		twilioTogether(s.SMS.Twilio, bad)
	} else if s.Voice.Twilio.On() {
		bad("voice.twilio.from", "rings people up through the account of sms.twilio.account_sid, which is not set")
	}
	texts, err := sms.Load(sms.Signatures{})
	if err != nil {
		return append(wrong, err)
	}
	// templates reads a carrier's file, for its faults and for what is not in it.
	templates := func(path, name string, style approved.Style) {
		file := byPath[path].text()
		if file == "" {
			return
		}
		table, err := approved.ReadFile(file, style, texts)
		if err != nil {
			for fault := range strings.SplitSeq(err.Error(), "\n") {
				bad(path, "cannot be used: "+fault)
			}
			return
		}
		if missing := table.Missing(); len(missing) > 0 {
			s.warn("%s has no template for %s: those texts do not go through it", name, strings.Join(missing, ", "))
		}
	}
	if whole("sms.aliyun.access_key_id", "Aliyun", "sms.aliyun.access_key_secret", "sms.aliyun.sign_name", "sms.aliyun.templates", "sms.aliyun.hook_secret") {
		templates("sms.aliyun.templates", "Aliyun", approved.Named)
	}
	if whole("sms.tencent.secret_id", "Tencent", "sms.tencent.secret_key", "sms.tencent.app_id", "sms.tencent.sign_name", "sms.tencent.templates", "sms.tencent.hook_secret") {
		templates("sms.tencent.templates", "Tencent", approved.Positional)
	}
	if whole("sms.webhook.url", "the gateway", "sms.webhook.secret") && s.SMS.Webhook.Secret.IsSet() && len(s.SMS.Webhook.Secret.Reveal()) < webhook.MinSecret {
		bad("sms.webhook.secret", "is shorter than 16 characters: it signs what is believed of the gateway")
	}
	return wrong
}

// twilioTogether lets the sender's own checks decide, so that nothing is taken
// here that it refuses at start.
func twilioTogether(t Twilio, bad func(path, why string)) {
	base := first(t.BaseURL, twilioapi.DefaultBaseURL)
	if err := twilioapi.CheckAccountSID(t.AccountSID, base); err != nil {
		bad("sms.twilio.account_sid", err.Error())
	}
	if err := twilioapi.CheckServiceSID(t.MessagingServiceSID, base); err != nil && t.MessagingServiceSID != "" {
		bad("sms.twilio.messaging_service_sid", err.Error())
	}
	if !t.AuthToken.IsSet() {
		bad("sms.twilio.auth_token", "is missing: it signs Twilio's receipts, and without it anyone could forge them (an api_key does not)")
	}
	if (t.APIKey == "") != !t.APISecret.IsSet() {
		bad("sms.twilio.api_secret", "and sms.twilio.api_key are needed together")
	}
	if (t.From == "") == (t.MessagingServiceSID == "") {
		bad("sms.twilio.from", "or sms.twilio.messaging_service_sid is needed, and not both")
	}
}
