package twilio

import "onekeyd/alerts"

// classOfDelivery is the class of a message that failed after it was accepted.
// A code nobody classed yet says only that this message did not arrive.
func classOfDelivery(code int) alerts.Class {
	if c := classOfCode(code); c != "" && c != alerts.Unclear {
		return c
	}
	return alerts.Transient
}

// classOfCode classes Twilio's error codes, "" for one not in the table.
// Each is described at https://www.twilio.com/docs/api/errors/<code>.
func classOfCode(code int) alerts.Class {
	switch code {
	case 20429, 20503, // too many requests, service unavailable
		21611,        // the sender's queue is full
		30001,        // queue overflow
		30003,        // handset off or out of reach: "retry"
		30008, 30017, // unknown error at the carrier, carrier congestion
		63017: // account's rate
		return alerts.Transient
	case 20500: // internal error; the create may have happened
		return alerts.Unclear
	case 21211, 21214, 21217, 21265, // not a valid number
		21408,        // the country is not enabled
		21610,        // opted out
		21612, 21614, // no route, not a mobile
		30005, 30006: // unknown handset, landline
		return alerts.BadNumber
	case 21602, 21617, 21619, // no body, body too long
		21603, 21606, // sender missing, sender cannot send
		30004, 30007, // blocked, filtered
		30032, 30034: // sender not registered
		return alerts.BadContent
	case 20003, 20005, // wrong credentials, account not active
		30002,        // account suspended
		63038, 60728: // daily, hourly cap
		return alerts.BadAccount
	case 30036: // its validity period ended in Twilio's queue
		return alerts.Stale
	}
	return ""
}
