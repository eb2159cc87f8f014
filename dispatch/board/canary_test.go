package board

import (
	"testing"
	"time"

	"onekeyd/dispatch"
)

// A canary waits for its receipts and then leaves nothing: neither facts nor a document.
func TestCanaryLeavesNothing(t *testing.T) {
	l := newLog()
	follow(t, l, func(t *testing.T, b *Board) {
		const c = "test~canary@n1~abc"
		l.add(c, "i1", dispatch.Raised{Code: "10", Kind: dispatch.Test, Press: dispatch.PressSeen{ID: "p", Device: "canary@n1"}},
			dispatch.Alerted{Alerts: []dispatch.Alert{{ID: "a", To: "canary"}}}, dispatch.Closed{Disposition: dispatch.TestPress})
		l.add("test~D-1", "i2", dispatch.Raised{Code: "11", Kind: dispatch.Test, Press: dispatch.PressSeen{ID: "q", Device: "D-1"}}, dispatch.Closed{Disposition: dispatch.TestPress})
		time.Sleep(time.Minute) // in a bubble
		if inc, ok := b.ByAlert("a"); !ok || !inc.Canary() {
			t.Error("a receipt after a minute does not find the canary")
		}
		l.add(c, "i1", dispatch.Reported{Reports: []dispatch.Report{{Alert: "a", State: dispatch.AlertDelivered}}})
		time.Sleep(dispatch.CanaryLife)
		if records, _ := l.CaseRecords(t.Context(), c); len(records) != 0 || l.document("i1") != nil {
			t.Errorf("left in the journal: %v, in the archive: %s", records, l.document("i1"))
		}
		if inc, seq := b.Case(c); inc != nil || seq != 0 {
			t.Errorf("left on the board: %v, %d", inc, seq)
		}
		if _, known := b.ByAlert("a"); known {
			t.Error("its text is still known")
		}
		if l.document("i2") == nil {
			t.Error("the test of a real device has no document")
		}
	})
}
