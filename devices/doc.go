// Package devices turns bytes from a key into a press, and tells the device
// what became of it.
//
// # Promise
//
// A device is told "received" only after its press is on stable storage. Where
// that cannot be promised the device is told so in the words of its protocol
// (HTTP 503, a closed MQTT connection without an acknowledgement), so that it
// tries again: a press told twice is joined, a press told never is a person on
// the floor.
//
// # Shape
//
// One folder per protocol (httpgate, mqttgate) does bytes and answers; what
// they share is here: [Intake] gives a press its identity, admits it, has it
// stored within a bounded time, and measures it. The store is behind [Store].
// The way back is downlink: it follows the facts of incidents and says to each
// device how far help has come, through the Speaker of its protocol.
//
// # Who waits for whom
//
// [Intake.Take] runs in its caller's goroutine, one press a call, and waits for
// storage for at most the intake's wait. Presses of one device queue behind
// each other once a few of them are being stored; presses of different devices
// never wait for each other here. When a device, a source or the whole intake
// has as many presses waiting as it may, the next one gets [ErrBusy] at once and
// must come again. The package starts no goroutines.
//
// # Ordering
//
// None is promised between presses. Two presses of one key within a
// millisecond may be stored in either order; both name one call for help.
package devices
