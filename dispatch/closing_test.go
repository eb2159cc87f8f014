package dispatch

import (
	"testing"
	"time"
)

// Another node's clock is ahead: what it intended before the end is not one of the last words.
func TestLastWordsAreToldByTheirPlaceAndNotByAClock(t *testing.T) {
	ahead := record(2, Alerted{Alerts: []Alert{{ID: "a3", To: "R-3", Role: RoleResponder, Kind: "responder_alert"}}})
	ahead.At = t0.Add(time.Hour)
	inc := fold(t, raised(), ahead, record(3, Alerted{Alerts: []Alert{{ID: "a4", To: "E-1#1", Role: RoleContact, Kind: "resolved"}}}, Closed{Operator: "li", Disposition: Assisted}))
	if Wanted(inc, "a3") {
		t.Error("somebody is still to be asked after the end")
	}
	if !Wanted(inc, "a4") {
		t.Error("the family is not to be told how it ended")
	}
}

// What asks a person is dropped with the offer it is about.
func TestWhoIsNoLongerAskedIsNotAskedByAnOldMessage(t *testing.T) {
	for name, c := range map[string]struct {
		facts  []Fact
		wanted bool
	}{
		"the offer stands":              {nil, true},
		"it has lapsed":                 {[]Fact{moves("R-1", FactLapsed)}, true}, // the message may be the first they hear
		"undeliverable by one way":      {[]Fact{moves("R-1", FactUndeliverable)}, true},
		"they have declined":            {[]Fact{moves("R-1", FactDeclined)}, false},
		"they have accepted":            {[]Fact{moves("R-1", FactAccepted)}, false},
		"they were stood down":          {[]Fact{moves("R-1", FactStoodDown)}, false},
		"they accepted and were let go": {[]Fact{moves("R-1", FactAccepted), moves("R-1", FactLapsed)}, false},
		"they are asked anew":           {[]Fact{moves("R-1", FactLapsed), Dispatched{Offers: []Offer{{Responder: "R-1"}}}}, false},
		"the call is over":              {[]Fact{Closed{Operator: "li", Disposition: Assisted}}, false},
	} {
		begins := record(1, Raised{Code: "37", Kind: SOS, Urgency: Red, Press: PressSeen{ID: "p1", Device: "D-1", Kind: SOS}},
			Dispatched{Offers: []Offer{{Responder: "R-1"}}, Alerts: []Alert{{ID: "a1", To: "R-1", Role: RoleResponder, Kind: "responder_alert"}}})
		inc := fold(t, begins, record(2, append([]Fact{Noted{Operator: "li", Text: "x"}}, c.facts...)...))
		if Wanted(inc, "a1") != c.wanted {
			t.Errorf("%s: wanted %v", name, !c.wanted)
		}
	}
}
