package alerts

import (
	"context"
	"errors"
)

// Outbox is the Sender used when no carrier is configured. It refuses every
// notice with class NoCarrier, and StateOf makes that NotSent, which the console
// shows. It is an error and not a receipt because a nil error means that a
// carrier has the notice; a caller that forgot to look at the state would
// otherwise believe help had been told.
type Outbox struct{}

var errNoCarrier = errors.New("no carrier is configured, so nobody was told")

// Name is "outbox".
func (Outbox) Name() string { return "outbox" }

// Caps says that it takes any SMS notice to anyone, and that nothing comes back.
func (Outbox) Caps() Caps {
	return Caps{Media: SMS, FreeText: true, Serves: func(string) bool { return true }}
}

// Send always returns an *Error of class NoCarrier.
func (Outbox) Send(context.Context, Notice) (Receipt, error) {
	return Receipt{}, &Error{Provider: "outbox", Class: NoCarrier, Err: errNoCarrier}
}
