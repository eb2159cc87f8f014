// Package settings is what an operator can set, and nothing else.
//
// # Promise
//
// There is one struct, [Settings]; its fields and their tags are the only list
// of settings there is. From them one walk makes the keys of the TOML file, the
// names in the environment, the flags and the commented default file, so the
// four cannot disagree. The empty value of a setting always means its
// documented default; "off" turns a listener off.
//
// # Precedence
//
// default < TOML file < environment < flags. A setting a.b_c is the key b_c of
// table [a] in the file, ONEKEYD_A_B_C in the environment and -a-b-c as a flag.
// A secret can also be read from the file named by ONEKEYD_A_B_C_FILE, which is
// how systemd and Kubernetes hand secrets over. An empty variable is as good as
// none. Twilio's own variables count below ours.
//
// # Errors
//
// [Loader.Load] reports everything that is wrong at once, each with the names
// the operator can set it by. The package starts no goroutines and reads
// nothing but the files it is told of and the host's name.
package settings

import "time"

// Settings of one daemon. After [Loader.Load] no field with a default is empty.
type Settings struct {
	Data         string `toml:"data" help:"folder of the journal and everything else that must survive" unset:"$STATE_DIRECTORY, else $XDG_STATE_HOME/onekeyd, else ~/.local/state/onekeyd, else ./data"`
	Plans        string `toml:"plans" help:"TOML file of plans: who is asked and told, when, and who is on call; onekeyd check -print-plan prints one" unset:"the built-in plan"`
	GatewayToken Secret `toml:"gateway_token" help:"bearer token and MQTT password of gateways and devices" unset:"made on first start and kept in the data folder"`
	APIToken     Secret `toml:"api_token" help:"bearer token of the API" unset:"made on first start and kept in the data folder"`

	HTTP    HTTP    `toml:"http"`
	NATS    NATS    `toml:"nats"`
	MQTT    MQTT    `toml:"mqtt"`
	Redis   Redis   `toml:"redis"`
	SMS     SMS     `toml:"sms"`
	Voice   Voice   `toml:"voice"`
	Centre  Centre  `toml:"centre"`
	Canary  Canary  `toml:"canary"`
	Node    Node    `toml:"node"`
	Metrics Metrics `toml:"metrics"`
	Log     Log     `toml:"log"`

	warnings  []string
	dataNamed bool
}

// DataNamed reports whether the data folder was named by whoever started this
// process, and not taken from the folder of their home or of the service.
func (s Settings) DataNamed() bool { return s.dataNamed }

// WithDataNamed is s with its data folder confirmed by whoever started this process.
func (s Settings) WithDataNamed() Settings {
	s.dataNamed = true
	return s
}

// HTTP serves the console, the API, the gateway for presses and the carriers' hooks.
type HTTP struct {
	Listen    string `toml:"listen" default:"127.0.0.1:8080" check:"listen" help:"address of console, API, presses over HTTP and carriers' hooks"`
	PublicURL string `toml:"public_url" check:"url" help:"how operators' browsers, responders' phones and carriers reach it: the TLS proxy's address" unset:"http:// and the listen address"`
}

// NATS is the journal: embedded unless URL is set.
type NATS struct {
	Listen   string `toml:"listen" default:"127.0.0.1:4222" check:"listen" help:"address of the embedded NATS server; not used with nats.url"`
	URL      string `toml:"url" check:"natsurl" help:"external NATS cluster, addresses separated by commas" unset:"the embedded server"`
	User     string `toml:"user" help:"user name at the external cluster"`
	Password Secret `toml:"password" help:"password at the external cluster; without nats.user it is a token"`
	Replicas int    `toml:"replicas" check:"replicas" help:"copies of each stream: 1, 3 or 5" unset:"1 embedded, 3 with nats.url"`
}

// MQTT is the listener for devices.
type MQTT struct {
	Listen string `toml:"listen" default:"127.0.0.1:1883" check:"listen off" help:"address for presses over MQTT 3.1.1 and 5, or off"`
}

// Redis shares live state between nodes.
type Redis struct {
	URL Secret `toml:"url" check:"redisurl" help:"redis://, rediss:// or unix:// address of shared live state" unset:"kept in this process"`
}

// SMS is how people are told. Several carriers may be set up: each number goes
// to the first that serves it, in the order Aliyun, Tencent, Twilio, webhook.
type SMS struct {
	Unserved string `toml:"unserved" default:"refuse" check:"unserved" help:"what to do when a responder or relative has a number that no carrier serves: refuse to start, or warn"`

	Twilio  Twilio  `toml:"twilio"`
	Aliyun  Aliyun  `toml:"aliyun"`
	Tencent Tencent `toml:"tencent"`
	Webhook Webhook `toml:"webhook"`
}

// On reports whether any carrier is set up. Without one no text leaves the
// house: notices go to the outbox, shown in the console as not sent.
func (s SMS) On() bool { return s.Twilio.On() || s.Aliyun.On() || s.Tencent.On() || s.Webhook.On() }

// Twilio is the carrier for all countries but mainland China.
type Twilio struct {
	AccountSID          string `toml:"account_sid" env:"TWILIO_ACCOUNT_SID" help:"account; without it no texts go through Twilio"`
	AuthToken           Secret `toml:"auth_token" env:"TWILIO_AUTH_TOKEN" help:"token of the account, which also signs what Twilio sends us"`
	APIKey              string `toml:"api_key" help:"key to send with instead of the account's token"`
	APISecret           Secret `toml:"api_secret" help:"secret of api_key"`
	From                string `toml:"from" env:"TWILIO_FROM" check:"sender" help:"sender: a number such as +15005550006 or a name of at most 11 letters and digits"`
	MessagingServiceSID string `toml:"messaging_service_sid" help:"messaging service that chooses the sender, instead of from"`
	PerSecond           int    `toml:"per_second" check:"rate" help:"texts a second Twilio is given, red ones first: 1 for a long code, 100 for a short code" unset:"all at once, to wait in Twilio's queue in order of arrival"`
	BaseURL             string `toml:"base_url" default:"https://api.twilio.com" check:"url" help:"address of Twilio's API, or of a stand-in"`
	HookURL             string `toml:"hook_url" check:"url" help:"how Twilio reaches /hooks/twilio/ here; its signatures are over this address" unset:"http.public_url"`
}

// Voice is how people are rung up who do not answer a text.
type Voice struct {
	Twilio TwilioVoice `toml:"twilio"`
}

// TwilioVoice rings people up through the account of sms.twilio.
type TwilioVoice struct {
	From      string `toml:"from" check:"caller off" help:"number that rings people up, such as +15005550006 and able to call, or off" unset:"sms.twilio.from if it is such a number, else off"`
	PerSecond int    `toml:"per_second" check:"rate" help:"calls a second the account may begin, red ones first" unset:"1, which an account has unless Twilio raised it"`
}

// Aliyun is a carrier for mainland China.
type Aliyun struct {
	AccessKeyID     string `toml:"access_key_id" help:"access key; without it no texts go through Aliyun"`
	AccessKeySecret Secret `toml:"access_key_secret" help:"secret of access_key_id, which signs what is sent"`
	SignName        string `toml:"sign_name" help:"registered signature, without 【】"`
	Templates       string `toml:"templates" help:"TOML file with the approved templates, variables by name; see alerts/sms/approved"`
	HookSecret      Secret `toml:"hook_secret" check:"hooksecret" help:"16 to 128 letters and digits: Aliyun's console is given http.public_url + /hooks/aliyun/ + this + /report and /up"`
	HookFrom        string `toml:"hook_from" check:"from" help:"addresses and networks those calls may come from, separated by commas; not behind a proxy" unset:"anywhere"`
	BaseURL         string `toml:"base_url" default:"https://dysmsapi.aliyuncs.com" check:"url" help:"address of Aliyun's SMS API, or of a stand-in"`
}

// Tencent is a carrier for mainland China.
type Tencent struct {
	SecretID   string `toml:"secret_id" help:"API key; without it no texts go through Tencent"`
	SecretKey  Secret `toml:"secret_key" help:"secret of secret_id, which signs what is sent"`
	AppID      string `toml:"app_id" help:"SmsSdkAppId of the application"`
	SignName   string `toml:"sign_name" help:"registered signature, without 【】"`
	Region     string `toml:"region" default:"ap-guangzhou" check:"region" help:"Tencent's region: ap-guangzhou, ap-beijing or ap-nanjing"`
	Templates  string `toml:"templates" help:"TOML file with the approved templates, variables by position; see alerts/sms/approved"`
	HookSecret Secret `toml:"hook_secret" check:"hooksecret" help:"16 to 128 letters and digits: Tencent's console is given http.public_url + /hooks/tencent/ + this + /report and /reply"`
	HookFrom   string `toml:"hook_from" check:"from" help:"addresses and networks those calls may come from, separated by commas; not behind a proxy" unset:"anywhere"`
	BaseURL    string `toml:"base_url" default:"https://sms.tencentcloudapi.com" check:"url" help:"address of Tencent's SMS API, or of a stand-in"`
}

// Webhook is a gateway of the centre's own.
type Webhook struct {
	URL       string `toml:"url" check:"url" help:"where notices are posted as signed JSON, see alerts/sms/webhook; it answers to http.public_url + /hooks/webhook/"`
	Secret    Secret `toml:"secret" help:"signs both ways, 16 characters at least"`
	Prefixes  string `toml:"prefixes" check:"prefixes" help:"beginnings of the numbers it serves, such as +86,+852" unset:"every number"`
	PerSecond int    `toml:"per_second" check:"rate" help:"notices a second it is given, red ones first" unset:"all at once, to wait in its own queue"`
}

// Centre is who speaks in texts and on the console, and who is called when
// nobody answers. The three numbers are on call around the clock in every plan;
// a rota with hours stands in the file of plans.
type Centre struct {
	Name     string `toml:"name" default:"onekeyd" help:"name of the command centre, as people know it"`
	Phone    string `toml:"phone" check:"dialled" help:"number people call back, as they would dial it"`
	TimeZone string `toml:"time_zone" default:"Asia/Shanghai" check:"zone" help:"time zone of texts, rotas and reports"`
	Language string `toml:"language" default:"zh" check:"language" help:"language where a person's own is not known: zh or en"`

	Supervisor string `toml:"supervisor" check:"e164" help:"telephone of the supervisor, called when nobody answers: E.164 such as +8613912345678"`
	NextCentre string `toml:"next_centre" check:"e164" help:"telephone of the next centre, called when the supervisor does not answer, either: E.164"`
	Engineer   string `toml:"engineer" check:"e164" help:"telephone of whoever keeps this daemon running, for plans that call the engineer: E.164"`
}

// Canary is the daemon's own test press, which shows that a press of anybody
// would go its whole way. Both settings must be the same on every node.
type Canary struct {
	Every  string `toml:"every" default:"60s" check:"every off" help:"time between two test presses of the daemon itself, 10s to 1h, or off: they reach nobody but canary.number, and when they do not come through the engineer is told"`
	Number string `toml:"number" check:"e164" help:"telephone that gets a text with each of them, such as one of the centre's own that nobody looks at: E.164" unset:"no text is sent, and the way through the carrier is not tried"`
}

// Node tells daemons of one centre apart.
type Node struct {
	Name string `toml:"name" check:"name" help:"name of this daemon among others" unset:"the host's name"`
}

// Metrics are on the HTTP listener, and on one of their own if set.
type Metrics struct {
	Listen string `toml:"listen" default:"off" check:"listen off" help:"address of a listener for /metrics, /livez and /readyz alone, or off: they are on http.listen"`
}

// Log goes to standard error.
type Log struct {
	Level  string `toml:"level" default:"info" check:"level" help:"debug, info, warn or error"`
	Format string `toml:"format" default:"json" check:"format" help:"json or text"`
}

// Off is the value that turns a listener off.
const Off = "off"

// What sms.unserved may be.
const (
	Refuse = "refuse"
	Warn   = "warn"
)

// Embedded reports whether this process runs the NATS server itself.
func (n NATS) Embedded() bool { return n.URL == "" }

// Period is the time between two test presses; 0: there are none.
func (c Canary) Period() time.Duration {
	d, err := time.ParseDuration(c.Every)
	if err != nil {
		return 0 // off: anything else was refused
	}
	return d
}

// On reports whether devices are served over MQTT.
func (m MQTT) On() bool { return m.Listen != Off }

// On reports whether texts are sent through Twilio.
func (t Twilio) On() bool { return t.AccountSID != "" }

// On reports whether people are rung up, once settings are loaded.
func (t TwilioVoice) On() bool { return t.From != "" && t.From != Off }

// On reports whether texts are sent through Aliyun.
func (a Aliyun) On() bool { return a.AccessKeyID != "" }

// On reports whether texts are sent through Tencent.
func (t Tencent) On() bool { return t.SecretID != "" }

// On reports whether texts are handed to a gateway of the centre's own.
func (w Webhook) On() bool { return w.URL != "" }
