package twilioapi

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"net"
	"net/url"
	"slices"
	"strings"
)

// signature is Twilio's: base64(HMAC-SHA1(auth token, URL + every key and value
// of the form, keys sorted)), https://www.twilio.com/docs/usage/security. A
// repeated key contributes each of its distinct values, sorted, as Twilio's
// Python and Node libraries have it; twilio-go takes the first value only and
// refuses such requests.
func signature(token, rawURL string, form url.Values) []byte {
	mac := hmac.New(sha1.New, []byte(token))
	buf := make([]byte, 0, 1024)
	buf = append(buf, rawURL...)
	keys := make([]string, 0, len(form))
	for k := range form {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		values := form[k]
		if len(values) > 1 {
			values = slices.Compact(slices.Sorted(slices.Values(values)))
		}
		for _, v := range values {
			buf = append(append(buf, k...), v...)
		}
	}
	mac.Write(buf) // a hash never returns an error
	sum := mac.Sum(buf[:0])
	return base64.StdEncoding.AppendEncode(nil, sum)
}

// signed reports whether header signs form as posted to requestURI at the
// configured public origin. Twilio signs with or without the port,
// inconsistently, so both count; scheme and host come from configuration only.
func (c *Client) signed(requestURI string, form url.Values, header string) bool {
	ok := false
	for _, host := range c.hostForms() {
		want := signature(c.account.AuthToken, c.hook.Scheme+"://"+host+requestURI, form)
		ok = hmac.Equal(want, []byte(header)) || ok
	}
	return ok
}

// hostForms are the public host without and with its port.
func (c *Client) hostForms() [2]string {
	bare := c.hook.Hostname()
	port := c.hook.Port()
	if port == "" {
		port = "443"
		if c.hook.Scheme == "http" {
			port = "80"
		}
	}
	full := net.JoinHostPort(bare, port)
	if strings.Contains(bare, ":") {
		bare = "[" + bare + "]"
	}
	return [2]string{bare, full}
}
