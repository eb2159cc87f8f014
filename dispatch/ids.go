package dispatch

import (
	"fmt"
	"unicode"
	"unicode/utf8"
)

// Identifiers are typed so that a device's id can never be passed for an elder's.
type (
	// DeviceID names a key: pendant, pull-cord, telephone. It is also the last token of its NATS subject.
	DeviceID string
	// ElderID names the person whose key it is.
	ElderID string
	// ResponderID names a person or house that may be sent or asked.
	ResponderID string
	// PressID tells two presses of one device apart; retransmissions carry the same one.
	PressID string
	// IncidentID names one call for help, for ever.
	IncidentID string
	// CaseID is the journal subject on which an incident's facts are ordered: one open incident a case.
	CaseID string
	// AlertID names one intended message to one person; it travels to the carrier and comes back in its
	// receipts, so it is at most 15 ASCII bytes (the shortest such field among the carriers).
	AlertID string
	// NodeID names one run of one daemon: a restart is a new node, so its unfinished work can be told from a living one's.
	NodeID string
)

// maxID bounds every identifier that comes from outside, in bytes.
const maxID = 64

// CheckID says why s cannot be an identifier of a device, elder or responder.
//
// The identifiers become tokens of NATS subjects and levels of MQTT topics, so
// the separators and wildcards of both are refused, and so is '~', which marks
// the cases that belong to no elder. Letters of any script are welcome.
func CheckID(s string) error {
	switch {
	case s == "":
		return fmt.Errorf("is empty")
	case len(s) > maxID:
		return fmt.Errorf("is longer than %d bytes", maxID)
	case !utf8.ValidString(s):
		return fmt.Errorf("is not UTF-8")
	case s[0] == '$' || s[0] == '_':
		return fmt.Errorf("begins with %q", s[0])
	}
	for _, r := range s {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			continue
		}
		switch r {
		case '-', '_', ':', '@', '=':
		default:
			return fmt.Errorf("holds %q; letters, digits and - _ : @ = are allowed", r)
		}
	}
	return nil
}

// ElderCase is the case of a known elder's incident.
func ElderCase(id ElderID) CaseID { return CaseID(id) }

// DeviceCase is the case of a device that belongs to no elder we know.
func DeviceCase(id DeviceID) CaseID { return CaseID("device~" + id) }

// ServiceCase is the case of an elder's service requests, so that no call for help ever joins an order for a meal.
func ServiceCase(id ElderID) CaseID { return CaseID("service~" + id) }

// TestCase is the case of a device's test presses: they have a lane of their
// own, so that a test can neither hide in nor disturb a call for help.
func TestCase(id DeviceID) CaseID { return CaseID("test~" + id) }
