// Package alerts is how onekeyd tells humans.
//
// Promise: a Sender that returns a nil error has had a notice accepted by a
// carrier; every other outcome is an *Error whose Class says whether the notice
// may have gone out and therefore what to do next. Nothing here pretends: with
// no carrier configured the Outbox refuses every notice with class NoCarrier.
//
// A Notice carries a kind, a language and parameters, never a rendered text:
// carriers that take free text render it from the text table (package sms),
// carriers that take approved templates map the kind to a template of theirs.
//
// Ordering: none. Carriers report delivery late, twice and out of order, so
// states are joined (State.Join), never assigned.
//
// Concurrency: a Sender is used by many goroutines at once. Send blocks until
// the carrier answered or ctx ended; it starts nothing that outlives the call.
// The package starts no goroutines and holds no state.
//
// Personal data: Notice, Event and Receipt implement slog.LogValuer and mask
// themselves. A phone keeps its last three digits; names, addresses, texts and
// parameters are never written.
package alerts
