package twilio

import (
	"testing"

	"onekeyd/alerts"
)

// Every code that the next step depends on, by class.
func TestClassOfEveryCode(t *testing.T) {
	table := map[alerts.Class][]int{
		alerts.Transient:  {20429, 20503, 21611, 30001, 30003, 30008, 30017, 63017},
		alerts.Unclear:    {20500},
		alerts.BadNumber:  {21211, 21214, 21217, 21265, 21408, 21610, 21612, 21614, 30005, 30006},
		alerts.BadContent: {21602, 21603, 21606, 21617, 21619, 30004, 30007, 30032, 30034},
		alerts.BadAccount: {20003, 20005, 30002, 63038, 60728},
		alerts.Stale:      {30036},
	}
	known := map[int]bool{}
	for want, codes := range table {
		for _, code := range codes {
			known[code] = true
			if got := classOfCode(code); got != want {
				t.Errorf("%d is %q, want %q", code, got, want)
			}
			if want == alerts.Unclear { // a message already accepted is not unclear
				want = alerts.Transient
			}
			if got := classOfDelivery(code); got != want {
				t.Errorf("delivery with %d is %q, want %q", code, got, want)
			}
		}
	}
	for code := range 100_000 { // and the table above leaves none out
		if !known[code] && classOfCode(code) != "" {
			t.Errorf("code %d is classed but not in this table", code)
		}
	}
	if got := classOfDelivery(0); got != alerts.Transient {
		t.Errorf("undelivered without a code is %q", got)
	}
}

func TestStates(t *testing.T) {
	for status, want := range map[string]alerts.State{
		"accepted": alerts.Handed, "scheduled": alerts.Handed, "queued": alerts.Handed, "sending": alerts.Handed,
		"sent": alerts.Sent, "partially_delivered": alerts.Sent, "delivered": alerts.Delivered, "read": alerts.Delivered,
		"undelivered": alerts.Failed, "failed": alerts.Failed, "canceled": alerts.Failed, "receiving": "", "": "",
	} {
		if got := stateOf(status); got != want {
			t.Errorf("%q is %q, want %q", status, got, want)
		}
	}
}
