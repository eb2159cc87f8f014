// Package twiliosim is a stateful stand-in for Twilio's Messages and Calls APIs: it
// takes creates, keeps the messages, signs and posts status callbacks, and turns a
// reply typed on a make-believe phone into a signed inbound webhook. A call rings
// such a phone; picked up, it executes its TwiML, keeps the words that were spoken
// and posts the keys that were pressed. Tests, the demo and the bench use it;
// nothing here ever reaches a carrier.
//
// Promise: what it answers and posts has the shape and the signature of the real
// thing (its answers are checked against Twilio's OpenAPI in the tests), and a
// Behaviour can make it as unkind as a carrier gets: late, lost, twice, out of
// order, refused, silent after accepting, cut before or after processing.
//
// Ordering: OnMessage is called before the create is answered. Callbacks of one
// message are posted one after the other in the order of its steps, each waiting
// for the answer to the one before; messages and calls do not wait for each
// other. A call's words do not wait for its callbacks, as with Twilio.
//
// Concurrency: everything is safe for concurrent use. One goroutine runs for
// each message that still has callbacks to post, and two for each call that is
// not over; Close stops them and waits for them, and for the listener of Start.
// RoundTripper serves in the caller's goroutine. All of it works inside a
// testing/synctest bubble.
//
// Full: the newest Options.Keep messages and calls are kept, older ones are
// forgotten. Subscribers are woken, not fed, so a slow one loses nothing but
// time.
package twiliosim
