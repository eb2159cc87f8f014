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
