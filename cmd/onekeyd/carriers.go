package main

import (
	"fmt"
	"net/http"
	"strings"

	"onekeyd/alerts"
	"onekeyd/alerts/sms"
	"onekeyd/alerts/sms/aliyun"
	"onekeyd/alerts/sms/approved"
	"onekeyd/alerts/sms/tencent"
	"onekeyd/alerts/sms/twilio"
	"onekeyd/alerts/sms/webhook"
	"onekeyd/alerts/twilioapi"
	"onekeyd/cmd/onekeyd/settings"
	"onekeyd/dispatch"
)

// carrier is one that is set up: it sends, hears what comes back, and is closed.
type carrier interface {
	alerts.Sender
	alerts.Hook
	Close()
}

// carriers are all that are set up, in order of preference.
type carriers []carrier

// setUpCarriers makes the carriers of the settings. Each serves some numbers
// only, so the order decides between those that serve the same: the ones made
// for a country before the centre's own gateway. transport takes the place of
// the network; nil: the network.
func setUpCarriers(cfg settings.Settings, transport http.RoundTripper) (all carriers, err error) {
	defer func() {
		if err != nil {
			all.close()
		}
	}()
	texts, err := sms.Load(sms.Signatures{})
	if err != nil {
		return nil, err
	}
	add := func(name string, c carrier, err error) error {
		if err != nil {
			return fmt.Errorf("set up %s: %w", name, err)
		}
		all = append(all, c)
		return nil
	}
	if c := cfg.SMS.Aliyun; c.On() {
		table, err := approved.ReadFile(c.Templates, approved.Named, texts)
		if err != nil {
			return all, fmt.Errorf("set up aliyun: %w", err)
		}
		s, err := aliyun.New(aliyun.Options{
			AccessKeyID: c.AccessKeyID, AccessKeySecret: c.AccessKeySecret.Reveal(), SignName: c.SignName, Templates: table,
			HookSecret: c.HookSecret.Reveal(), HookFrom: c.HookFrom, BaseURL: c.BaseURL, Transport: transport,
		})
		if err := add("aliyun", s, err); err != nil {
			return all, err
		}
	}
	if c := cfg.SMS.Tencent; c.On() {
		table, err := approved.ReadFile(c.Templates, approved.Positional, texts)
		if err != nil {
			return all, fmt.Errorf("set up tencent: %w", err)
		}
		s, err := tencent.New(tencent.Options{
			SecretID: c.SecretID, SecretKey: c.SecretKey.Reveal(), AppID: c.AppID, SignName: c.SignName, Region: c.Region, Templates: table,
			HookSecret: c.HookSecret.Reveal(), HookFrom: c.HookFrom, BaseURL: c.BaseURL, Transport: transport,
		})
		if err := add("tencent", s, err); err != nil {
			return all, err
		}
	}
	if c := cfg.SMS.Twilio; c.On() {
		s, err := twilio.New(twilio.Options{Account: twilioAccount(c, transport), From: c.From, MessagingServiceSID: c.MessagingServiceSID, PerSecond: c.PerSecond})
		if err := add("twilio", s, err); err != nil {
			return all, err
		}
	}
	if c := cfg.SMS.Webhook; c.On() {
		s, err := webhook.New(webhook.Options{URL: c.URL, Secret: c.Secret.Reveal(), Prefixes: c.Prefixes, PerSecond: c.PerSecond, Texts: texts, Transport: transport})
		if err := add("webhook", s, err); err != nil {
			return all, err
		}
	}
	return all, nil
}

// twilioAccount is the account that texts and calls share.
func twilioAccount(c settings.Twilio, transport http.RoundTripper) twilioapi.Account {
	return twilioapi.Account{
		AccountSID: c.AccountSID, AuthToken: c.AuthToken.Reveal(), User: c.APIKey, Password: c.APISecret.Reveal(),
		BaseURL: c.BaseURL, HookURL: c.HookURL + "/hooks/twilio", Transport: transport,
	}
}

// senders is what the fan-out chooses from; without a carrier, the outbox.
func (cs carriers) senders() []alerts.Sender {
	if len(cs) == 0 {
		return []alerts.Sender{alerts.Outbox{}}
	}
	var out []alerts.Sender
	for _, c := range cs {
		out = append(out, c)
	}
	return out
}

// serves reports whether any of them carries texts to a number.
func (cs carriers) serves(e164 string) bool {
	for _, c := range cs {
		if c.Caps().Serves(e164) {
			return true
		}
	}
	return false
}

// names are for people: "aliyun, twilio".
func (cs carriers) names() string {
	var names []string
	for _, c := range cs {
		names = append(names, c.Name())
	}
	return strings.Join(names, ", ")
}

func (cs carriers) close() {
	for _, c := range cs {
		c.Close()
	}
}

// mount puts the carriers' webhooks where they are told to call. Aliyun asks
// with GET whether an address is there.
func (d *daemon) mount(mux *http.ServeMux) {
	for _, c := range d.carriers {
		path := "/hooks/" + c.Name() + "/"
		mux.Handle("POST "+path, d.hook(c, c.Name()))
		if _, asks := c.(*aliyun.Sender); asks {
			mux.Handle("GET "+path, d.hook(c, c.Name()))
		}
	}
}

// byRef finds the alert that a carrier has under its own id, among those of open
// incidents: receipts come for a few minutes, so what is closed is told.
func (d *daemon) byRef(carrier, ref string) (dispatch.AlertID, *dispatch.Incident, bool) {
	if ref == "" {
		return "", nil, false
	}
	for _, inc := range d.board.Open() {
		for _, a := range inc.Alerts {
			if a.Ref == ref && a.Carrier == carrier {
				return a.ID, inc, true
			}
		}
	}
	return "", nil, false
}
