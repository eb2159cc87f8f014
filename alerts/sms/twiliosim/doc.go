// Package twiliosim is a stateful stand-in for Twilio's Messages API: it takes
// creates, keeps the messages, signs and posts status callbacks, and turns a
// reply typed on a make-believe phone into a signed inbound webhook. Tests, the
// demo and the bench use it; nothing here ever reaches a carrier.
//
// Promise: what it answers and posts has the shape and the signature of the real
// thing (its answers are checked against Twilio's OpenAPI in the tests), and a
// Behaviour can make it as unkind as a carrier gets: late, lost, twice, out of
// order, refused, silent after accepting, cut before or after processing.
//
// Ordering: OnMessage is called before the create is answered. Callbacks of one
// message are posted one after the other in the order of its steps, each waiting
// for the answer to the one before; messages do not wait for each other.
//
// Concurrency: everything is safe for concurrent use. One goroutine runs for
// each message that still has callbacks to post; Close stops them and waits for
// them, and for the listener of Start. RoundTripper serves in the caller's
// goroutine. All of it works inside a testing/synctest bubble.
//
// Full: the newest Options.Keep messages are kept, older ones are forgotten.
// Subscribers are woken, not fed, so a slow one loses nothing but time.
package twiliosim
