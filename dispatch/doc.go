// Package dispatch takes one press of an elder's key to help at the door.
//
// # Promise
//
// A press that a device was told is received has an incident, and every alert
// that incident intends is sent at least once. We would rather tell someone
// twice than not at all, and no effect (SMS, console, downlink) happens before
// the fact that orders it is on stable storage.
//
// # Shape
//
// State is a fold of facts: [Apply] and [Select] are pure, [Dispatcher] is the
// only place that decides, and everything that touches a disk or a network is
// behind the small interfaces of ports.go. The package imports the standard
// library and geo, nothing else; a test in cmd/onekeyd states that law.
//
// # Ordering
//
// All facts of one elder's open incident are on one subject of the journal, the
// case, and each append names the last sequence it has seen there. So the facts
// of a case have one order, and two dispatchers that decide at once cannot both
// win: the loser gets [ErrConflict], reloads and decides again.
//
// # Concurrency
//
// [Dispatcher.Run] owns a fixed number of workers fed by one queue that is
// ordered by urgency, then arrival. No worker waits for a case: a press whose
// case is taken hangs there, and whoever has the case takes it along in its next
// append. No lock is held across an append. [Recorder] owns a goroutine a case
// while facts wait there. When the intake is full, the caller
// of [Dispatcher.Hear] is told so and the stored copy of the press brings it
// again: nothing is dropped that has not been stored.
package dispatch
