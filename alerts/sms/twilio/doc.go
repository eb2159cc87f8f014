// Package twilio sends SMS through Twilio and reads what Twilio reports back.
//
// Promise: a nil error from Send means Twilio answered 201 with a message SID.
// Class Transient means that the request never left this machine or that Twilio
// says it was not processed; whenever the request may have been processed the
// class is alerts.Unclear, and nothing here repeats a request. Twilio's create
// is not idempotent (https://www.twilio.com/docs/errors/20500), so the status
// callback carries our own notice id and settles an unclear send by itself.
//
// No header named Idempotency-Key or X-Idempotency-Key is ever set: net/http
// takes it as leave to send a POST again after a lost connection.
//
// Not for +86. Two-way SMS, links and voice to mainland China are not served by
// Twilio (https://www.twilio.com/en/guidelines/cn/sms): a responder there could
// never answer, so Caps().Serves says no and Send refuses.
//
// Full: at most Options.MaxConns requests are in flight; others wait in Send
// until a slot is free or their context ends (Transient). The timeout of a
// request starts with the request, not with the wait.
//
// Concurrency: a Sender is safe for concurrent use and starts no goroutine of
// its own; net/http's end with their idle connections or with Close.
//
// Webhooks carry neither time nor nonce, so a captured one can be replayed: the
// caller drops events whose Key it has already seen.
package twilio
