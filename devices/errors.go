package devices

import "errors"

// What [Intake.Take] may return, always wrapped with the press it is about.
var (
	// ErrNotStored: nobody can promise that the press is on stable storage. It
	// may be. The device must not be told "received" and must send it again.
	ErrNotStored = errors.New("the press is not known to be stored")
	// ErrBusy: too many presses of this device, this source or altogether are
	// waiting for storage. Nothing was stored; the device must send it again.
	ErrBusy = errors.New("too many presses are waiting")
	// ErrThrottled: this device sends presses that are not red faster than
	// anyone presses a key. Nothing was stored, and nothing red ever gets this.
	ErrThrottled = errors.New("the device sends too fast")
)
