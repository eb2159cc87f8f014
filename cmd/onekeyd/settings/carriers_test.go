package settings_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const hookSecret = "k7Pq2_xW-9vRtY4m"

// templateFile is a file of approved templates.
func templateFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "templates.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const (
	byName     = "[[template]]\nkind='responder_alert'\nlanguage='zh'\ncode='SMS_1'\nvars={a='${addr}'}\n[[template]]\nkind='family_alert'\nlanguage='zh'\ncode='SMS_2'\nvars={a='${addr}'}\n"
	byPosition = "[[template]]\nkind='responder_alert'\nlanguage='zh'\ncode='1'\nvars=['${addr}']\n[[template]]\nkind='family_alert'\nlanguage='zh'\ncode='2'\nvars=['${addr}']\n"
)

func aliyunEnv(t *testing.T) string {
	return "ONEKEYD_SMS_ALIYUN_ACCESS_KEY_ID=id ONEKEYD_SMS_ALIYUN_ACCESS_KEY_SECRET=hunter2 ONEKEYD_SMS_ALIYUN_SIGN_NAME=安康 ONEKEYD_SMS_ALIYUN_HOOK_SECRET=" + hookSecret +
		" ONEKEYD_SMS_ALIYUN_BASE_URL=http://127.0.0.1:9/ ONEKEYD_SMS_ALIYUN_TEMPLATES=" + templateFile(t, byName) + " "
}

func tencentEnv(t *testing.T) string {
	return "ONEKEYD_SMS_TENCENT_SECRET_ID=id ONEKEYD_SMS_TENCENT_SECRET_KEY=hunter2 ONEKEYD_SMS_TENCENT_APP_ID=1400 ONEKEYD_SMS_TENCENT_SIGN_NAME=安康 ONEKEYD_SMS_TENCENT_HOOK_SECRET=" + hookSecret +
		" ONEKEYD_SMS_TENCENT_BASE_URL=http://127.0.0.1:9 ONEKEYD_SMS_TENCENT_TEMPLATES=" + templateFile(t, byPosition) + " "
}

const webhookEnv = "ONEKEYD_SMS_WEBHOOK_URL=http://127.0.0.1:9/n ONEKEYD_SMS_WEBHOOK_SECRET=" + hookSecret + " "

func TestCarriersTogether(t *testing.T) {
	s := must(t, "[sms.aliyun]\nhook_from = '203.0.113.0/24, 198.51.100.7'\n[sms.webhook]\nprefixes = '+86,+852'\nper_second = 2\n", aliyunEnv(t)+tencentEnv(t)+webhookEnv+"ONEKEYD_SMS_UNSERVED=warn", "")
	c := s.SMS
	if !c.On() || !c.Aliyun.On() || !c.Tencent.On() || !c.Webhook.On() || c.Twilio.On() || c.Unserved != "warn" {
		t.Errorf("%+v", c)
	}
	if c.Aliyun.BaseURL != "http://127.0.0.1:9" || c.Aliyun.HookFrom != "203.0.113.0/24, 198.51.100.7" || c.Tencent.Region != "ap-guangzhou" || c.Webhook.PerSecond != 2 {
		t.Errorf("%+v", c)
	}
	var missing int
	for _, w := range s.Warnings() {
		if strings.Contains(w, "has no template for accept_confirm, ") {
			missing++
		}
	}
	if missing != 2 || len(s.Warnings()) != 2 {
		t.Errorf("warnings %q", s.Warnings())
	}
}

func TestCarriersWrongOneByOne(t *testing.T) {
	aliyun, tencent := aliyunEnv(t), tencentEnv(t)
	for name, c := range map[string]struct{ env, want string }{
		"aliyun without its key":       {env: strings.Replace(aliyun, "ACCESS_KEY_ID=id", "ACCESS_KEY_ID=", 1), want: "sms.aliyun.access_key_id (ONEKEYD_SMS_ALIYUN_ACCESS_KEY_ID, -sms-aliyun-access-key-id) is missing beside"},
		"aliyun without a secret":      {env: strings.Replace(aliyun, "hunter2", "", 1), want: "sms.aliyun.access_key_secret"},
		"aliyun without a signature":   {env: strings.Replace(aliyun, "安康", "", 1), want: "sms.aliyun.sign_name"},
		"aliyun without hooks":         {env: strings.Replace(aliyun, hookSecret, "", 1), want: "sms.aliyun.hook_secret"},
		"short hook secret":            {env: strings.Replace(aliyun, hookSecret, "hunter2", 1), want: "sms.aliyun.hook_secret (ONEKEYD_SMS_ALIYUN_HOOK_SECRET, -sms-aliyun-hook-secret) is not 16"},
		"hook secret with a slash":     {env: strings.Replace(aliyun, hookSecret, "hunter2/hunter2/hunter2", 1), want: "holds more than letters"},
		"hooks from nowhere":           {env: aliyun + "ONEKEYD_SMS_ALIYUN_HOOK_FROM=here", want: `sms.aliyun.hook_from (ONEKEYD_SMS_ALIYUN_HOOK_FROM, -sms-aliyun-hook-from) holds "here", which is no address`},
		"aliyun's address":             {env: strings.Replace(aliyun, "http://127.0.0.1:9/", "ftp://a", 1), want: "sms.aliyun.base_url"},
		"no templates":                 {env: "ONEKEYD_SMS_ALIYUN_ACCESS_KEY_ID=id", want: "sms.aliyun.templates"},
		"no such file":                 {env: aliyun + "ONEKEYD_SMS_ALIYUN_TEMPLATES=/none.toml", want: "sms.aliyun.templates (ONEKEYD_SMS_ALIYUN_TEMPLATES, -sms-aliyun-templates) cannot be used: read templates: open /none.toml"},
		"a file of positions":          {env: aliyun + "ONEKEYD_SMS_ALIYUN_TEMPLATES=" + templateFile(t, byPosition), want: "vars must be a table"},
		"tencent without its app":      {env: strings.Replace(tencent, "1400", "", 1), want: "sms.tencent.app_id"},
		"tencent's region":             {env: tencent + "ONEKEYD_SMS_TENCENT_REGION=Guangzhou", want: "sms.tencent.region"},
		"a file of names":              {env: tencent + "ONEKEYD_SMS_TENCENT_TEMPLATES=" + templateFile(t, byName), want: "vars must be a list"},
		"secret without a gateway":     {env: "ONEKEYD_SMS_WEBHOOK_SECRET=" + hookSecret, want: "sms.webhook.url"},
		"gateway without a secret":     {env: "ONEKEYD_SMS_WEBHOOK_URL=http://a", want: "sms.webhook.secret"},
		"gateway with a short secret":  {env: "ONEKEYD_SMS_WEBHOOK_URL=http://a ONEKEYD_SMS_WEBHOOK_SECRET=hunter2", want: "sms.webhook.secret (ONEKEYD_SMS_WEBHOOK_SECRET, -sms-webhook-secret) is shorter than 16"},
		"beginnings of no number":      {env: webhookEnv + "ONEKEYD_SMS_WEBHOOK_PREFIXES=86", want: `sms.webhook.prefixes (ONEKEYD_SMS_WEBHOOK_PREFIXES, -sms-webhook-prefixes) holds "86"`},
		"neither refused nor warned":   {env: "ONEKEYD_SMS_UNSERVED=off", want: `sms.unserved (ONEKEYD_SMS_UNSERVED, -sms-unserved) is "off"; refuse or warn`},
		"a rate without a gateway":     {env: "ONEKEYD_SMS_WEBHOOK_PER_SECOND=5", want: "sms.webhook.url"},
		"calls without Twilio as ever": {env: aliyun + "ONEKEYD_VOICE_TWILIO_FROM=+15005550006", want: "voice.twilio.from"},
	} {
		_, err := load(t, "", c.env, "")
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v; want %q", name, err, c.want)
		}
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: a secret is in the error: %v", name, err)
		}
	}
	// An address that stands there for another day asks for nothing.
	if s := must(t, "", "ONEKEYD_SMS_ALIYUN_BASE_URL=http://127.0.0.1:9 ONEKEYD_SMS_TWILIO_HOOK_URL=https://a.example", ""); s.SMS.On() {
		t.Errorf("%+v", s.SMS)
	}
}

// Every fault of a template file is one line of the refusal, with the names it is set by.
func TestTemplateFaultsAreAllNamed(t *testing.T) {
	env := aliyunEnv(t) + "ONEKEYD_SMS_ALIYUN_TEMPLATES=" + templateFile(t, "[[template]]\nkind='x'\nlanguage='fr'\ncode=''\n")
	_, err := load(t, "", env, "")
	if err == nil || strings.Count(err.Error(), "sms.aliyun.templates (") != 5 {
		t.Errorf("%v", err)
	}
}

func TestCarriersThatCannotReachUs(t *testing.T) {
	env := strings.Replace(aliyunEnv(t), "ONEKEYD_SMS_ALIYUN_BASE_URL=http://127.0.0.1:9/", "", 1)
	for public, want := range map[string]bool{"": true, "ONEKEYD_HTTP_PUBLIC_URL=https://call.example": false} {
		said := false
		for _, w := range must(t, "", env+public, "").Warnings() {
			said = said || strings.Contains(w, "Aliyun cannot reach http://127.0.0.1:8080: set http.public_url")
		}
		if said != want {
			t.Errorf("with %q it is said: %v", public, said)
		}
	}
}
