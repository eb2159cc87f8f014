package devices

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"onekeyd/dispatch"
)

// Store makes a press durable.
type Store interface {
	// PublishPress returns when p is on stable storage, and not before. A press
	// whose (device, id) is stored already is not stored again and is reported
	// as a duplicate. Any error means that nobody can say whether it is stored;
	// it should wrap [ErrNotStored]. It must return soon after ctx ends, and it
	// is called by many goroutines at once.
	PublishPress(ctx context.Context, p dispatch.Press) (Stored, error)
}

// Stored says when a press became durable.
type Stored struct {
	At        time.Time
	Duplicate bool // it was there before
}

// Receipt is what a device may be told once its press is durable.
type Receipt struct {
	Press dispatch.PressID
	Stored
}

// Via says how a press came in.
type Via struct {
	Protocol string // "http", "mqtt": a label of the metrics
	Source   string // who is behind it, for the limit per source: an address without its port
	// MayThrottle: the protocol can say "too fast" without the device taking it
	// for "received" and without making it send the same press again at once.
	MayThrottle bool
}

// Outcome is what became of one attempt to hand in a press.
type Outcome string

// The outcomes that are counted.
const (
	Kept         Outcome = "stored"
	Again        Outcome = "duplicate" // a retransmission of a stored press
	Unstored     Outcome = "unstored"
	Busy         Outcome = "busy"
	Throttled    Outcome = "throttled"
	Malformed    Outcome = "malformed"    // refused: the device was told which field
	Unauthorised Outcome = "unauthorised" // bad credentials or a forbidden topic
)

// Meter is told of every attempt: after took, counted from the moment the
// gateway had the press. It must not block.
type Meter func(protocol string, o Outcome, took time.Duration)

// DefaultWait is how long a device waits for an answer at most. Devices repeat
// an unanswered call after some seconds (SCAIP: 20 s) and a person holding the
// key waits for its light, so the answer "not stored" must come well before.
const DefaultWait = 2500 * time.Millisecond

// Intake is the one way from any gateway into the store.
type Intake struct {
	store  Store
	limits *admission
	wait   time.Duration
	meter  Meter
}

// IntakeOptions: the zero value is what production uses.
type IntakeOptions struct {
	Wait   time.Duration // 0: DefaultWait
	Limits Limits
	Meter  Meter // nil: nobody counts
}

// NewIntake returns an intake in front of store.
func NewIntake(store Store, o IntakeOptions) *Intake {
	if o.Wait <= 0 {
		o.Wait = DefaultWait
	}
	if o.Meter == nil {
		o.Meter = func(string, Outcome, time.Duration) {}
	}
	return &Intake{store: store, limits: newAdmission(o.Limits.orDefaults()), wait: o.Wait, meter: o.Meter}
}

// Take makes p durable and returns what the device may be told. p.Received must
// be set; a press without an id gets a random one, so the caller who wants to
// recognise a retransmission must set it before.
//
// Errors wrap [ErrNotStored], [ErrBusy] or [ErrThrottled].
func (in *Intake) Take(ctx context.Context, via Via, p dispatch.Press) (Receipt, error) {
	if p.ID == "" {
		p.ID = NewPressID()
	}
	// A device that hangs up after its last byte has still been pressed: its
	// press is stored whether or not it waits for the answer.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), in.wait)
	defer cancel()

	r, err := in.take(ctx, via, p)
	if !p.Canary() { // it has metrics of its own
		in.meter(via.Protocol, outcomeOf(r, err), time.Since(p.Received))
	}
	if err != nil {
		return Receipt{}, fmt.Errorf("take press %s of device %s: %w", p.ID, p.Device, err)
	}
	return r, nil
}

func (in *Intake) take(ctx context.Context, via Via, p dispatch.Press) (Receipt, error) {
	leave, err := in.limits.enter(ctx, via, p)
	if err != nil {
		return Receipt{}, err
	}
	defer leave()
	stored, err := in.store.PublishPress(ctx, p)
	if err != nil {
		if !errors.Is(err, ErrNotStored) {
			err = fmt.Errorf("%w: %w", ErrNotStored, err)
		}
		return Receipt{}, err
	}
	return Receipt{Press: p.ID, Stored: stored}, nil
}

// Refused counts an attempt that never became a press.
func (in *Intake) Refused(protocol string, o Outcome, took time.Duration) {
	in.meter(protocol, o, took)
}

func outcomeOf(r Receipt, err error) Outcome {
	switch {
	case err == nil && r.Duplicate:
		return Again
	case err == nil:
		return Kept
	case errors.Is(err, ErrThrottled):
		return Throttled
	case errors.Is(err, ErrBusy):
		return Busy
	}
	return Unstored
}

// NewPressID is an identity for a press whose device gave it none: 130 random
// bits, so that no two presses of the world share one.
func NewPressID() dispatch.PressID { return dispatch.PressID(rand.Text()) }
