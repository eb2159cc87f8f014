// Package twilio rings people up through Twilio Programmable Voice, says what
// happened and takes a pressed key for an answer.
//
// # Promise
//
// A nil error from Send means Twilio answered 201 with a call's SID. Class
// Transient means that the request never left this machine or that Twilio says
// it was not processed; whenever it may have been processed the class is
// alerts.Unclear, and nothing here repeats a request: the callbacks of the call
// carry our own notice id and settle it. Requests, signatures and their limits
// are those of package twilioapi.
//
// Only a pressed key is an answer. That somebody or something picked up means
// nothing: an answering machine picks up, too.
//
// # What a call says, and how
//
// The document goes with the create (Twiml, at most 4,000 characters) and not
// by a Url that Twilio would fetch when the phone is answered: the person hears
// it without a round trip, and hears it even if this daemon is restarted or cut
// off meanwhile. Words that have become untrue are taken back by Cancel.
//
// It is said up to three times. 9 is each Gather's finishOnKey: pressed alone it
// ends the Gather without a request, and Twilio goes on with the next verb
// (https://www.twilio.com/docs/voice/twiml/gather), which says it again. So 9
// needs neither us nor a memory of what was said.
//
// # State of a call
//
//	handed     Twilio has it: queued, initiated, ringing
//	sent       something picked up: answered, in-progress
//	delivered  a key was pressed, so somebody has heard it; it comes with the
//	           inbound event, whatever becomes of that
//	failed     it is over without a key, with the reason as code: busy,
//	           no-answer, failed (with the network's own code), stopped for one
//	           that we ended, no-key for one that was answered
//
// A call that ends after its key reports no-key as well; delivered wins over
// failed in alerts.State.Join, in whatever order the two arrive.
//
// # Limits
//
// Not for +86: Twilio ended outbound calls to mainland China on 30 November 2023
// (https://support.twilio.com, article 360016488474). An account begins one call
// a second unless Twilio raised that, which Caps says; what is given to Twilio
// beyond it waits there in the order it came, and Cancel takes it out, too.
//
// # Concurrency
//
// A Sender is safe for concurrent use and starts no goroutine of its own.
package twilio
