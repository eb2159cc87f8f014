package twilio

import (
	"errors"
	"fmt"

	"onekeyd/alerts/sms"
	"onekeyd/alerts/twilioapi"
)

// Options configure a Sender. Zero values are the defaults named.
type Options struct {
	twilioapi.Account
	// From is the sending number; MessagingServiceSID, when set, takes its place.
	// One of the two is required.
	From, MessagingServiceSID string
	// PerSecond is how many texts a second Twilio is given: 1 is what a long code
	// of the US or Canada sends, a short code about 100
	// (https://support.twilio.com/hc/en-us/articles/360057082693). 0: all at once,
	// and they wait in Twilio's own queue, where red ones do not overtake.
	PerSecond int
	// Texts is the text table; nil: the embedded one.
	Texts *sms.Texts
}

// Check names every fault at once, and no secret.
func (o Options) Check() error {
	errs := []error{o.Account.Check()}
	switch {
	case o.MessagingServiceSID != "":
		if err := twilioapi.CheckServiceSID(o.MessagingServiceSID, o.BaseURL); err != nil {
			errs = append(errs, fmt.Errorf("messaging service sid %w", err))
		}
	case o.From == "":
		errs = append(errs, errors.New("neither a sending number nor a messaging service is set"))
	}
	if o.PerSecond < 0 {
		errs = append(errs, errors.New("texts per second cannot be negative"))
	}
	return errors.Join(errs...)
}
