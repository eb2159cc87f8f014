// Package twilioapi is one Twilio account as its senders share it: the way its
// requests go out, what their errors mean, and how its webhooks are known.
// twilio-go makes the requests; this package carries them.
//
// # Promise
//
// An error says whether the request may have been processed: a status below
// 500, or a request that never left this machine, was certainly not, and of
// everything else nobody here claims to know. No request is ever repeated here:
// Twilio's creates are not idempotent (https://www.twilio.com/docs/errors/20500).
// A form that [Client.Verify] returns was signed with our token for this very
// address.
//
// No header named Idempotency-Key or X-Idempotency-Key is ever set: net/http
// takes it as leave to send a POST again after a lost connection.
//
// # Concurrency and limits
//
// A [Client] is safe for concurrent use and starts no goroutine of its own;
// net/http's end with their idle connections or with Close. Full: at most
// Account.MaxConns holders of a [Client.Slot] are let in, others wait until one
// is free or their context ends. The timeout of a request starts with the
// request, not with the wait.
//
// Webhooks carry neither time nor nonce, so a captured one can be replayed: the
// caller drops events whose key it has already seen.
package twilioapi
