package settings

import (
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
)

// Warnings are what a careful operator should know: allowed, and worth a thought.
func (s Settings) Warnings() []string { return slices.Clone(s.warnings) }

func (s *Settings) warn(format string, args ...any) {
	s.warnings = append(s.warnings, fmt.Sprintf(format, args...))
}

// shortToken is less than anyone would make with a generator; 16 characters of
// base32 are 80 bits.
const shortToken = 16

func (s *Settings) lookAround() {
	open := false
	if !onlyHere(s.HTTP.Listen) {
		open = true
		if !strings.HasPrefix(s.HTTP.PublicURL, "https://") {
			s.warn("http.listen %s can be reached from other machines and http.public_url is not https: passwords and addresses travel in the clear", s.HTTP.Listen)
		}
	}
	if s.MQTT.On() && !onlyHere(s.MQTT.Listen) {
		open = true
		s.warn("mqtt.listen %s can be reached from other machines and has no TLS: the gateway token travels in the clear", s.MQTT.Listen)
	}
	if s.NATS.Embedded() && !onlyHere(s.NATS.Listen) {
		open = true
		s.warn("nats.listen %s can be reached from other machines and has no TLS: credentials and presses travel in the clear", s.NATS.Listen)
	}
	for _, t := range []struct {
		name  string
		token Secret
	}{{"gateway_token", s.GatewayToken}, {"api_token", s.APIToken}} {
		if open && t.token.IsSet() && len(t.token.Reveal()) < shortToken {
			s.warn("%s is shorter than %d characters and other machines can try it", t.name, shortToken)
		}
	}
	if s.GatewayToken.IsSet() && s.GatewayToken == s.APIToken {
		s.warn("gateway_token and api_token are the same: whoever has a device can read every address")
	}
	if t := s.SMS.Twilio; t.On() && s.onlyHereURL(t.HookURL) && !s.onlyHereURL(t.BaseURL) {
		s.warn("Twilio cannot reach %s: set sms.twilio.hook_url, or texts count as sent and never as delivered", t.HookURL)
	}
	s.carriersReachUs()
}

// carriersReachUs warns of carriers whose receipts and replies cannot come here.
func (s *Settings) carriersReachUs() {
	for _, c := range []struct {
		name    string
		on      bool
		baseURL string
	}{{"Aliyun", s.SMS.Aliyun.On(), s.SMS.Aliyun.BaseURL}, {"Tencent", s.SMS.Tencent.On(), s.SMS.Tencent.BaseURL}} {
		if c.on && s.onlyHereURL(s.HTTP.PublicURL) && !s.onlyHereURL(c.baseURL) {
			s.warn("%s cannot reach %s: set http.public_url to an address it can, or no answer of a responder ever comes back", c.name, s.HTTP.PublicURL)
		}
	}
}

// PagesReach reports whether telephones can open what is on the public address:
// it is not of this machine, or the telephones are stand-ins on it, as the demo's.
func (s Settings) PagesReach() bool {
	return !s.onlyHereURL(s.HTTP.PublicURL) || s.onlyHereURL(s.SMS.Twilio.BaseURL)
}

func (s *Settings) onlyHereURL(v string) bool {
	u, err := url.Parse(v)
	return err == nil && isLoopback(u.Hostname())
}

func onlyHere(listen string) bool {
	host, _, err := net.SplitHostPort(listen)
	return err == nil && isLoopback(host)
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
