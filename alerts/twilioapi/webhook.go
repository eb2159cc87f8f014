package twilioapi

import (
	"fmt"
	"net/http"
	"net/url"

	"onekeyd/alerts"
)

// Verify returns the form of a webhook whose signature is right. It returns an
// error wrapping alerts.ErrForged for one that is not from our account at
// Twilio, and alerts.ErrMalformed for one that is no form.
func (c *Client) Verify(r *http.Request, body []byte) (Form, error) {
	if c.hook == nil {
		return Form{}, fmt.Errorf("no hook url is configured, so nothing can be verified: %w", alerts.ErrForged)
	}
	if r.Method != http.MethodPost {
		return Form{}, fmt.Errorf("method is not POST: %w", alerts.ErrMalformed)
	}
	if len(body) > alerts.MaxHookBody {
		return Form{}, fmt.Errorf("body is over %d bytes: %w", alerts.MaxHookBody, alerts.ErrMalformed)
	}
	values, err := url.ParseQuery(string(body))
	if err != nil {
		// The parser's error would quote the body.
		return Form{}, fmt.Errorf("body is no form: %w", alerts.ErrMalformed)
	}
	if !c.signed(r.URL.RequestURI(), values, r.Header.Get("X-Twilio-Signature")) {
		return Form{}, alerts.ErrForged
	}
	f := Form{values: values}
	// The signature is what proves it; a stand-in may leave the account out.
	if account := f.One("AccountSid"); account != "" && account != c.account.AccountSID {
		return Form{}, fmt.Errorf("webhook for another account: %w", alerts.ErrForged)
	}
	return f, nil
}

// Form reads a webhook's form and notices a field that has two different values:
// the signature joins keys and values without a mark between them, so which of
// the two Twilio meant cannot be known.
type Form struct {
	values  url.Values
	doubled bool
}

// One is the value of a field, "" without one.
func (f *Form) One(key string) string {
	vs := f.values[key]
	if len(vs) == 0 {
		return ""
	}
	for _, v := range vs[1:] {
		f.doubled = f.doubled || v != vs[0]
	}
	return vs[0]
}

// Has reports whether the field is there, even if empty.
func (f *Form) Has(key string) bool { return f.values.Has(key) }

// Doubled reports whether a field that One was asked for had two values.
func (f *Form) Doubled() bool { return f.doubled }
