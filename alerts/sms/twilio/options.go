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
	return errors.Join(errs...)
}
