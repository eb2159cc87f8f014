package twilio

import "onekeyd/alerts"

// classOfCode classes Twilio's error codes for calls, "" for one not in the
// table. Each is described at https://www.twilio.com/docs/api/errors/<code>.
func classOfCode(code int) alerts.Class {
	switch code {
	case 20429, 20503, // too many requests, service unavailable
		10004: // as many calls at once as the account may have
		return alerts.Transient
	case 20500: // internal error; the create may have happened
		return alerts.Unclear
	case 21202, 21203, // premium number, country not enabled
		21211, 21214, 21217, // not a valid number, cannot be reached
		21215, 21216, // not permitted by geography, blocked
		21219,                             // not verified, on a trial account
		13223, 13224, 13225, 13226, 13227: // format, not in service, forbidden, unknown country, no permission
		return alerts.BadNumber
	case 21205, 21609, 21626, // our address or events are refused
		21210, 21212, 21213, 21218, // the caller is not ours, no number, missing; no such application
		12100, 12200: // our document is refused
		return alerts.BadContent
	case 20003, 20005, 10001, // wrong credentials, account not active
		10002, 10005: // a trial account may not, calls are switched off
		return alerts.BadAccount
	case 22005: // it waited in Twilio's queue for too long
		return alerts.Stale
	}
	return ""
}

// classOfEnd is the class of a call that ended without a key. code is the
// carrier's or 0, sip the SIP status the called network answered with or 0.
func classOfEnd(status string, code, sip int) alerts.Class {
	if c := classOfCode(code); c != "" && c != alerts.Unclear {
		return c
	}
	switch {
	case sip == 404, sip == 410, sip == 484, sip == 604: // RFC 3261: no such number, gone, incomplete, nowhere
		return alerts.BadNumber
	case status == "canceled": // by us: somebody else is going
		return alerts.Stale
	}
	return alerts.Transient // busy, no answer, nobody pressed: worth trying again
}

// stateOf maps Twilio's call status
// (https://www.twilio.com/docs/voice/api/call-resource#call-status-values); the
// package comment says why.
func stateOf(status string) alerts.State {
	switch status {
	case "queued", "initiated", "ringing":
		return alerts.Handed
	case "in-progress", "answered":
		return alerts.Sent
	case "completed", "busy", "no-answer", "failed", "canceled":
		return alerts.Failed
	}
	return ""
}
