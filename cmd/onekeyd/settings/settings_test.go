package settings_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"onekeyd/cmd/onekeyd/settings"
)

// load is one start of the daemon.
func load(t *testing.T, file, env, args string) (settings.Settings, error) {
	t.Helper()
	environ := append([]string{"HOME=/home/ann"}, strings.Fields(env)...)
	if file != "" {
		path := filepath.Join(t.TempDir(), "onekeyd.toml")
		if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
		environ = append(environ, "ONEKEYD_CONFIG="+path)
	}
	set := flag.NewFlagSet("onekeyd", flag.ContinueOnError)
	set.SetOutput(io.Discard)
	l := settings.NewLoader(set)
	if err := set.Parse(strings.Fields(args)); err != nil {
		t.Fatal(err)
	}
	return l.Load(environ)
}

func must(t *testing.T, file, env, args string) settings.Settings {
	t.Helper()
	s, err := load(t, file, env, args)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestDefaults(t *testing.T) {
	s := must(t, "", "", "")
	for name, got := range map[string][2]any{
		"http.listen":              {s.HTTP.Listen, "127.0.0.1:8080"},
		"http.public_url":          {s.HTTP.PublicURL, "http://127.0.0.1:8080"},
		"nats.listen":              {s.NATS.Listen, "127.0.0.1:4222"},
		"nats.replicas":            {s.NATS.Replicas, 1},
		"mqtt.listen":              {s.MQTT.Listen, "127.0.0.1:1883"},
		"data":                     {s.Data, "/home/ann/.local/state/onekeyd"},
		"sms.twilio.base_url":      {s.SMS.Twilio.BaseURL, "https://api.twilio.com"},
		"sms.twilio.hook_url":      {s.SMS.Twilio.HookURL, "http://127.0.0.1:8080"},
		"centre.time_zone":         {s.Centre.TimeZone, "Asia/Shanghai"},
		"log.level and log.format": {s.Log.Level + s.Log.Format, "infojson"},
		"twilio on":                {s.SMS.Twilio.On(), false},
		"any carrier on":           {s.SMS.On(), false},
		"sms.unserved":             {s.SMS.Unserved, "refuse"},
		"sms.aliyun.base_url":      {s.SMS.Aliyun.BaseURL, "https://dysmsapi.aliyuncs.com"},
		"sms.tencent.base_url":     {s.SMS.Tencent.BaseURL + " " + s.SMS.Tencent.Region, "https://sms.tencentcloudapi.com ap-guangzhou"},
	} {
		if got[0] != got[1] {
			t.Errorf("%s is %v, want %v", name, got[0], got[1])
		}
	}
	if s.Node.Name == "" || len(s.Warnings()) != 0 {
		t.Errorf("node %q, warnings %q", s.Node.Name, s.Warnings())
	}
}

func TestPrecedence(t *testing.T) {
	const ours = "AC000000000000000000000000000000bb"
	file := "gateway_token = 'from-file'\n[http]\nlisten = '127.0.0.1:1'\n[sms.twilio]\nfrom = '+15005550001'\naccount_sid = 'AC000000000000000000000000000000fe'\nauth_token = 'x'\n"
	s := must(t, file, "", "")
	if s.HTTP.Listen != "127.0.0.1:1" || s.GatewayToken.Reveal() != "from-file" || s.SMS.Twilio.From != "+15005550001" {
		t.Errorf("file: %+v", s)
	}
	env := "ONEKEYD_HTTP_LISTEN=127.0.0.1:2 TWILIO_FROM=+15005550002 TWILIO_ACCOUNT_SID=AC000000000000000000000000000000aa ONEKEYD_SMS_TWILIO_ACCOUNT_SID=" + ours + " ONEKEYD_GATEWAY_TOKEN="
	s = must(t, file, env, "")
	if s.HTTP.Listen != "127.0.0.1:2" || s.SMS.Twilio.From != "+15005550002" || s.SMS.Twilio.AccountSID != ours || s.GatewayToken.Reveal() != "from-file" {
		t.Errorf("environment: %+v", s)
	}
	s = must(t, file, env, "-http-listen 127.0.0.1:3 -sms-twilio-from KENLI -mqtt-listen off -http-listen 127.0.0.1:4")
	if s.HTTP.Listen != "127.0.0.1:4" || s.SMS.Twilio.From != "KENLI" || s.MQTT.On() || s.HTTP.PublicURL != "http://127.0.0.1:4" {
		t.Errorf("flags: %+v", s)
	}
}

func TestDataFolder(t *testing.T) {
	for env, want := range map[string]string{
		"XDG_STATE_HOME=/s":                        "/s/onekeyd",
		"XDG_STATE_HOME=s":                         "/home/ann/.local/state/onekeyd",
		"STATE_DIRECTORY=/var/lib/onekeyd:/x":      "/var/lib/onekeyd",
		"ONEKEYD_DATA=here STATE_DIRECTORY=/there": "here",
	} {
		s := must(t, "", env, "")
		if s.Data != want {
			t.Errorf("%s: %s, want %s", env, s.Data, want)
		}
		if named := strings.Contains(env, "ONEKEYD_DATA"); s.DataNamed() != named {
			t.Errorf("%s: named %v", env, s.DataNamed())
		}
	}
	if !must(t, "data = 'd'\n", "", "").DataNamed() || !must(t, "", "", "-data d").DataNamed() {
		t.Error("a folder that a file or a flag names counts as nobody's choice")
	}
	set := flag.NewFlagSet("onekeyd", flag.ContinueOnError)
	if s, err := settings.NewLoader(set).Load(nil); err != nil || s.Data != "data" {
		t.Errorf("without a home: %s, %v", s.Data, err)
	}
}

func TestSecretFromFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "token")
	os.WriteFile(path, []byte("k7 k8\n"), 0o600)
	if s := must(t, "", "ONEKEYD_GATEWAY_TOKEN_FILE="+path, ""); s.GatewayToken.Reveal() != "k7 k8" {
		t.Errorf("token %q", s.GatewayToken.Reveal())
	}
	for env, want := range map[string]string{
		"ONEKEYD_GATEWAY_TOKEN_FILE=" + path + " ONEKEYD_GATEWAY_TOKEN=x": "is given by",
		"ONEKEYD_API_TOKEN_FILE=" + dir + "/none":                         "no such file",
		"ONEKEYD_API_TOKEN_FILE=hunter2":                                  "no such file",
		"ONEKEYD_API_TOKEN_FILE=/dev/null":                                "is empty in the file",
	} {
		_, err := load(t, "", env, "")
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", env, err)
		}
	}
}

// Everything that is wrong is said at once, each with the names to set it by.
func TestAllThatIsWrong(t *testing.T) {
	file := "dta = 'x'\n[http]\nlisten = 'here'\n[sms.twillio]\nfrom = 'x'\n"
	env := "ONEKEYD_NATS_REPLICAS=many ONEKEYD_CENTRE_TIME_ZONE=Mars/Base ONEKEYD_REDIS_URL=hunter2 ONEKEYD_NATS_USER=u ONEKEYD_SMS_TWILIO_FROM=+15005550006"
	_, err := load(t, file, env, "-log-level loud -sms-twilio-base-url twilio.com -centre-language de -http-public-url https://u:hunter2@x")
	if err == nil {
		t.Fatal("nothing is wrong")
	}
	got := err.Error()
	for _, want := range []string{
		"onekeyd.toml:1:1: there is no setting dta",
		"onekeyd.toml:4:2: there is no setting sms.twillio",
		`http.listen (ONEKEYD_HTTP_LISTEN, -http-listen) is "here"`,
		`nats.replicas (ONEKEYD_NATS_REPLICAS, -nats-replicas) is "many"`,
		"centre.time_zone (ONEKEYD_CENTRE_TIME_ZONE, -centre-time-zone)",
		"redis.url (ONEKEYD_REDIS_URL, -redis-url) is no redis://",
		"nats.user (ONEKEYD_NATS_USER, -nats-user) is for an external cluster",
		"sms.twilio.account_sid (ONEKEYD_SMS_TWILIO_ACCOUNT_SID, -sms-twilio-account-sid) is missing",
		`log.level (ONEKEYD_LOG_LEVEL, -log-level) is "loud"; debug or info or warn or error is expected`,
		"sms.twilio.base_url (ONEKEYD_SMS_TWILIO_BASE_URL, -sms-twilio-base-url) is no address",
		"http.public_url (ONEKEYD_HTTP_PUBLIC_URL, -http-public-url) must not hold",
		"centre.language",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("missing: %s", want)
		}
	}
	if strings.Contains(got, "hunter2") {
		t.Error("a secret is in the error")
	}
	if t.Failed() {
		t.Log(got)
	}
}

func TestWrongOneByOne(t *testing.T) {
	twilio := "ONEKEYD_SMS_TWILIO_ACCOUNT_SID=AC00000000000000000000000000000001 "
	for name, c := range map[string]struct{ file, env, want string }{
		"not TOML":             {file: "a = \n", want: "onekeyd.toml:1:5: "},
		"wrong type":           {file: "[http]\nlisten = 5\n", want: "onekeyd.toml:2:10: "},
		"no such file":         {env: "ONEKEYD_CONFIG=/none.toml", want: "read settings: open /none.toml"},
		"port too high":        {env: "ONEKEYD_MQTT_LISTEN=127.0.0.1:65536", want: "mqtt.listen"},
		"off not for http":     {env: "ONEKEYD_HTTP_LISTEN=off", want: "http.listen"},
		"two replicas":         {env: "ONEKEYD_NATS_REPLICAS=2", want: `is "2"; 1 or 3 or 5`},
		"embedded replicas":    {env: "ONEKEYD_NATS_REPLICAS=3", want: "must be 1 without nats.url"},
		"nats password":        {env: "ONEKEYD_NATS_URL=nats://a,nats://b ONEKEYD_NATS_USER=u", want: "needed with"},
		"nats url":             {env: "ONEKEYD_NATS_URL=nats://a,http://b", want: "nats.url"},
		"webhook token":        {env: twilio + "TWILIO_FROM=+15005550006", want: "sms.twilio.auth_token"},
		"no sender":            {env: twilio + "TWILIO_AUTH_TOKEN=x", want: "sms.twilio.from"},
		"two senders":          {env: twilio + "TWILIO_AUTH_TOKEN=x TWILIO_FROM=12345 ONEKEYD_SMS_TWILIO_MESSAGING_SERVICE_SID=MG1", want: "not both"},
		"half a key":           {env: twilio + "TWILIO_AUTH_TOKEN=x TWILIO_FROM=12345 ONEKEYD_SMS_TWILIO_API_KEY=SK1", want: "sms.twilio.api_secret"},
		"sender":               {env: twilio + "TWILIO_AUTH_TOKEN=x TWILIO_FROM=+0123", want: "sms.twilio.from"},
		"node with dot":        {env: "ONEKEYD_NODE_NAME=a.b", want: "node.name"},
		"account":              {env: "TWILIO_ACCOUNT_SID=ACtest TWILIO_AUTH_TOKEN=x TWILIO_FROM=12345", want: "sms.twilio.account_sid (ONEKEYD_SMS_TWILIO_ACCOUNT_SID, -sms-twilio-account-sid) is not AC and 32 hex digits"},
		"stand-in's account":   {env: "TWILIO_ACCOUNT_SID=test TWILIO_AUTH_TOKEN=x TWILIO_FROM=12345 ONEKEYD_SMS_TWILIO_BASE_URL=http://127.0.0.1:9", want: "is not AC and at most 40"},
		"service":              {env: twilio + "TWILIO_AUTH_TOKEN=x ONEKEYD_SMS_TWILIO_MESSAGING_SERVICE_SID=MG1", want: "sms.twilio.messaging_service_sid (ONEKEYD_SMS_TWILIO_MESSAGING_SERVICE_SID, -sms-twilio-messaging-service-sid) is not MG"},
		"hook with a query":    {env: twilio + "TWILIO_AUTH_TOKEN=x TWILIO_FROM=12345 ONEKEYD_SMS_TWILIO_HOOK_URL=https://a/?b=c", want: "sms.twilio.hook_url"},
		"rate below none":      {env: twilio + "TWILIO_AUTH_TOKEN=x TWILIO_FROM=12345 ONEKEYD_SMS_TWILIO_PER_SECOND=-1", want: "sms.twilio.per_second (ONEKEYD_SMS_TWILIO_PER_SECOND, -sms-twilio-per-second) is -1; 1 to 10000"},
		"rate of nothing":      {env: "ONEKEYD_SMS_TWILIO_PER_SECOND=1", want: "sms.twilio.account_sid"},
		"a name that rings":    {env: twilio + "TWILIO_AUTH_TOKEN=x TWILIO_FROM=12345 ONEKEYD_VOICE_TWILIO_FROM=KENLI", want: "voice.twilio.from (ONEKEYD_VOICE_TWILIO_FROM, -voice-twilio-from) is \"KENLI\"; a number such as"},
		"calls without Twilio": {env: "ONEKEYD_VOICE_TWILIO_FROM=+15005550006", want: "voice.twilio.from (ONEKEYD_VOICE_TWILIO_FROM, -voice-twilio-from) rings"},
		"supervisor at home":   {env: "ONEKEYD_CENTRE_SUPERVISOR=13912345678", want: "centre.supervisor (ONEKEYD_CENTRE_SUPERVISOR, -centre-supervisor) is not a telephone number; E.164 such as +8613912345678 is expected"},
		"next centre's form":   {file: "[centre]\nnext_centre = '+86 139-1234-5678'\n", want: "centre.next_centre (ONEKEYD_CENTRE_NEXT_CENTRE, -centre-next-centre) is a telephone number, but not in E.164"},
		"canary too often":     {env: "ONEKEYD_CANARY_EVERY=1s", want: "canary.every (ONEKEYD_CANARY_EVERY, -canary-every) is \"1s\"; a time such as 60s, from 10s to 1h, or off is expected"},
		"engineer's digits":    {env: "ONEKEYD_CENTRE_ENGINEER=+861391234567", want: "centre.engineer (ONEKEYD_CENTRE_ENGINEER, -centre-engineer) is not a possible telephone number of CN"},
		"token without Twilio": {env: "TWILIO_AUTH_TOKEN=x", want: "sms.twilio.account_sid"},
	} {
		if _, err := load(t, c.file, c.env, ""); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v; want %q", name, err, c.want)
		}
	}
}

// Whoever sends texts from a number rings from it, unless told otherwise.
func TestWhoRings(t *testing.T) {
	const twilio = "TWILIO_ACCOUNT_SID=AC00000000000000000000000000000001 TWILIO_AUTH_TOKEN=x "
	for env, want := range map[string]string{
		"":                                settings.Off,
		twilio + "TWILIO_FROM=12345":      settings.Off,
		twilio + "TWILIO_FROM=KENLI":      settings.Off,
		twilio + "TWILIO_FROM=+447700900": "+447700900",
		twilio + "TWILIO_FROM=+15005550006 ONEKEYD_VOICE_TWILIO_FROM=off":                      settings.Off,
		twilio + "TWILIO_FROM=KENLI ONEKEYD_VOICE_TWILIO_FROM=+15005550007":                    "+15005550007",
		twilio + "ONEKEYD_SMS_TWILIO_MESSAGING_SERVICE_SID=MG00000000000000000000000000000001": settings.Off,
	} {
		v := must(t, "", env, "").Voice.Twilio
		if v.From != want || v.On() != (want != settings.Off) || v.PerSecond != 1 {
			t.Errorf("%s: %+v", env, v)
		}
	}
	if v := must(t, "[voice.twilio]\nper_second = 5\n", twilio+"TWILIO_FROM=+15005550006", "").Voice.Twilio; v.PerSecond != 5 {
		t.Errorf("five a second: %+v", v)
	}
}

func TestWarnings(t *testing.T) {
	long := "abcdefghijklmnop"
	for name, c := range map[string]struct {
		env, args string
		want      []string
	}{
		"loopback":         {env: "ONEKEYD_GATEWAY_TOKEN=g ONEKEYD_HTTP_LISTEN=[::1]:0"},
		"open":             {env: "ONEKEYD_HTTP_LISTEN=:8080 ONEKEYD_GATEWAY_TOKEN=g", want: []string{"http.listen :8080", "gateway_token is shorter"}},
		"behind TLS":       {env: "ONEKEYD_HTTP_LISTEN=0.0.0.0:8080 ONEKEYD_HTTP_PUBLIC_URL=https://call.example ONEKEYD_API_TOKEN=" + long},
		"mqtt and nats":    {env: "ONEKEYD_MQTT_LISTEN=:1883 ONEKEYD_NATS_LISTEN=10.0.0.1:4222", want: []string{"mqtt.listen", "nats.listen"}},
		"nats not used":    {env: "ONEKEYD_NATS_LISTEN=10.0.0.1:4222 ONEKEYD_NATS_URL=tls://n1"},
		"same tokens":      {env: "ONEKEYD_GATEWAY_TOKEN=g ONEKEYD_API_TOKEN=g", want: []string{"are the same"}},
		"typo":             {env: "ONEKEYD_HTTP_LISTN=x ONEKEYD_TEST_REQUIRE=redis", want: []string{"ONEKEYD_HTTP_LISTN"}},
		"secret in ps":     {args: "-api-token x", want: []string{"ONEKEYD_API_TOKEN_FILE"}},
		"no receipts":      {env: "TWILIO_ACCOUNT_SID=AC00000000000000000000000000000001 TWILIO_AUTH_TOKEN=x TWILIO_FROM=+15005550006", want: []string{"hook_url"}},
		"nobody is rung":   {env: "TWILIO_ACCOUNT_SID=AC1 TWILIO_AUTH_TOKEN=x TWILIO_FROM=12345 ONEKEYD_SMS_TWILIO_BASE_URL=http://127.0.0.1:9/", want: []string{"voice.twilio.from"}},
		"calls are off":    {env: "TWILIO_ACCOUNT_SID=AC1 TWILIO_AUTH_TOKEN=x TWILIO_FROM=12345 ONEKEYD_VOICE_TWILIO_FROM=off ONEKEYD_SMS_TWILIO_BASE_URL=http://127.0.0.1:9/"},
		"stand-in carrier": {env: "TWILIO_ACCOUNT_SID=AC1 TWILIO_AUTH_TOKEN=x TWILIO_FROM=+15005550006 ONEKEYD_SMS_TWILIO_BASE_URL=http://127.0.0.1:9/"},
	} {
		got := must(t, "", c.env, c.args).Warnings()
		if len(got) != len(c.want) {
			t.Errorf("%s: %q", name, got)
			continue
		}
		for i, want := range c.want {
			if !strings.Contains(got[i], want) {
				t.Errorf("%s: %q, want %q", name, got[i], want)
			}
		}
	}
}

// The printed file changes nothing, and with its comments taken off it is
// accepted whole and still changes nothing.
func TestPrintedDefaults(t *testing.T) {
	var b bytes.Buffer
	if err := settings.PrintDefault(&b); err != nil {
		t.Fatal(err)
	}
	want := must(t, "", "", "")
	var live strings.Builder
	n := 0
	for line := range strings.Lines(b.String()) {
		if key, _, ok := strings.Cut(line, " = "); ok && strings.HasPrefix(key, "# ") && !strings.Contains(key[2:], " ") {
			line = line[2:]
			n++
		}
		live.WriteString(line)
	}
	if n < 28 {
		t.Fatalf("%d settings printed:\n%s", n, b.String())
	}
	same := cmp.Exporter(func(reflect.Type) bool { return true })
	for _, file := range []string{b.String(), live.String()} {
		if diff := cmp.Diff(want, must(t, file, "", ""), same); diff != "" {
			t.Error(diff)
		}
	}
}

func TestSecretStaysSecret(t *testing.T) {
	s := must(t, "", "ONEKEYD_GATEWAY_TOKEN=hunter2 ONEKEYD_REDIS_URL=redis://:hunter2@r", "")
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("start", "settings", s, "token", s.GatewayToken, "redis", &s.Redis.URL)
	slog.New(slog.NewTextHandler(&log, nil)).Info("start", "settings", s, "token", s.GatewayToken)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&log, verb+verb+verb+"\n", s, s.GatewayToken, &s.Redis)
	}
	data, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	log.Write(data)
	for _, leak := range []string{"hunter2", "68756e74657232"} {
		if strings.Contains(log.String(), leak) {
			t.Errorf("%s in %s", leak, log.String())
		}
	}
	if !strings.Contains(log.String(), "[secret]") {
		t.Error("nothing was printed, so nothing was tested")
	}
}

// FuzzFile: whatever the file holds, it is taken or refused in words, and a
// good one loads the same twice.
func FuzzFile(f *testing.F) {
	f.Add("[http]\nlisten = ':1'\n")
	f.Add("gateway_token = \"\"\"x\"\"\"\n[sms]\ntwilio = {from = 'A'}\n")
	f.Add("http = 5")
	f.Add("[nats]\nreplicas = -1")
	f.Fuzz(func(t *testing.T, file string) {
		if file == "" {
			return
		}
		a, err := load(t, file, "", "")
		if err != nil {
			if strings.TrimSpace(err.Error()) == "" {
				t.Fatal("refused without a word")
			}
			return
		}
		b, err := load(t, file, "", "")
		if err != nil {
			t.Fatal(err)
		}
		if fmt.Sprintf("%+v", a) != fmt.Sprintf("%+v", b) {
			t.Fatal("two loads differ")
		}
	})
}
