// Package twilio sends SMS through Twilio and reads what Twilio reports back.
//
// Promise: a nil error from Send means Twilio answered 201 with a message SID.
// Class Transient means that the request never left this machine or that Twilio
// says it was not processed; whenever the request may have been processed the
// class is alerts.Unclear, and nothing here repeats a request. Twilio's create
// is not idempotent, so the status callback carries our own notice id and
// settles an unclear send by itself. Requests, signatures and their limits are
// those of package twilioapi.
//
// Not for +86. Two-way SMS, links and voice to mainland China are not served by
// Twilio (https://www.twilio.com/en/guidelines/cn/sms): a responder there could
// never answer, so Caps().Serves says no and Send refuses.
//
// Concurrency: a Sender is safe for concurrent use and starts no goroutine of
// its own.
package twilio
