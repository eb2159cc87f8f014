package alerts

import (
	"errors"
	"strings"
	"time"
)

// ErrNumber is what Notice.Check wraps when the receiver is no phone number.
// ErrForged and ErrMalformed are what a Hook returns for a request it refuses.
var (
	ErrNumber    = errors.New("not an E.164 number")
	ErrForged    = errors.New("request is not signed by the carrier")
	ErrMalformed = errors.New("request makes no sense")
)

// Class says what a failed send means and what to do next.
type Class string

// The classes, each with its one next step.
const (
	// Transient: certainly not processed, and the provider's own trouble: the next
	// provider is tried at once; may be repeated after RetryAfter. A limit on one
	// number is not Transient but BadNumber: three of these in a row take the
	// provider out for everyone.
	Transient Class = "transient"
	// Unclear: may have been processed. Wait for the receipt that carries our
	// id, then use another provider or voice. Never repeat blindly.
	Unclear Class = "ambiguous"
	// BadNumber: permanent for this number on this channel: mark the contact,
	// voice now.
	BadNumber Class = "bad_number"
	// BadContent: certainly not told, and permanent for this text, template or
	// sender: the next provider at once, and operations must hear of it.
	BadContent Class = "bad_content"
	// BadAccount: certainly not processed, and the provider is out for everyone:
	// open the breaker, next provider at once.
	BadAccount Class = "bad_account"
	// NoCarrier: nobody is configured to carry it. Show it as not sent.
	NoCarrier Class = "no_carrier"
	// Stale: NotAfter had passed, so it was not handed over. Nothing to repeat.
	Stale Class = "stale"
)

// State is what a send that ended in this class leaves behind.
func (c Class) State() State {
	switch c {
	case Transient, NoCarrier, Stale:
		return NotSent
	case BadNumber, BadContent, BadAccount:
		return Failed
	}
	return Ambiguous
}

// Error is what a Sender returns.
type Error struct {
	Provider   string
	Class      Class
	Code       string        // the provider's code, "" when there is none
	RetryAfter time.Duration // 0: the provider did not say
	Err        error
}

// Error gives provider, class, code and cause with phone numbers masked:
// carriers quote the number in their messages.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Provider)
	b.WriteString(": ")
	b.WriteString(string(e.Class))
	if e.Code != "" {
		b.WriteString(" ")
		b.WriteString(e.Code)
	}
	if e.Err != nil {
		b.WriteString(": ")
		b.WriteString(MaskPhones(e.Err.Error()))
	}
	return b.String()
}

// Unwrap gives the cause, whose own text may hold the receiver's number.
func (e *Error) Unwrap() error { return e.Err }

// ClassOf is the class of err, "" for nil. An error that is no *Error is
// Unclear: whoever made it did not say that the notice stayed here.
func ClassOf(err error) Class {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*Error](err); ok && e.Class != "" {
		return e.Class
	}
	return Unclear
}

// StateOf is what is known about a notice after Send returned r and err.
func StateOf(r Receipt, err error) State {
	if err != nil {
		return ClassOf(err).State()
	}
	return Handed.Join(r.State)
}
