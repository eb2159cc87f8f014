package twilio

import (
	"testing"

	"onekeyd/alerts"
)

// Every code that the next step depends on, by class.
func TestClassOfEveryCode(t *testing.T) {
	table := map[alerts.Class][]int{
		alerts.Transient:  {20429, 20503, 10004},
		alerts.Unclear:    {20500},
		alerts.BadNumber:  {21202, 21203, 21211, 21214, 21215, 21216, 21217, 21219, 13223, 13224, 13225, 13226, 13227},
		alerts.BadContent: {21205, 21210, 21212, 21213, 21218, 21609, 21626, 12100, 12200},
		alerts.BadAccount: {20003, 20005, 10001, 10002, 10005},
		alerts.Stale:      {22005},
	}
	known := map[int]bool{}
	for want, codes := range table {
		for _, code := range codes {
			known[code] = true
			if got := classOfCode(code); got != want {
				t.Errorf("%d is %q, want %q", code, got, want)
			}
			if want == alerts.Unclear { // a call that has ended is not unclear
				want = alerts.Transient
			}
			if got := classOfEnd("failed", code, 0); got != want {
				t.Errorf("a call that failed with %d is %q, want %q", code, got, want)
			}
		}
	}
	for code := range 100_000 { // and the table above leaves none out
		if !known[code] && classOfCode(code) != "" {
			t.Errorf("code %d is classed but not in this table", code)
		}
	}
}

func TestHowACallEnds(t *testing.T) {
	for _, c := range []struct {
		status    string
		code, sip int
		class     alerts.Class
		says      string
	}{
		{"busy", 0, 486, alerts.Transient, "busy"},
		{"no-answer", 0, 487, alerts.Transient, "no-answer"},
		{"completed", 0, 200, alerts.Transient, "no-key"},
		{"canceled", 0, 487, alerts.Stale, "stopped"},
		{"failed", 0, 0, alerts.Transient, "failed"},
		{"failed", 0, 503, alerts.Transient, "failed sip 503"},
		{"failed", 0, 404, alerts.BadNumber, "failed sip 404"},
		{"failed", 0, 604, alerts.BadNumber, "failed sip 604"},
		{"failed", 13227, 403, alerts.BadNumber, "failed 13227"},
		{"failed", 99999, 0, alerts.Transient, "failed 99999"},
	} {
		if class, says := classOfEnd(c.status, c.code, c.sip), endCode(c.status, c.code, c.sip); class != c.class || says != c.says {
			t.Errorf("%+v is %q and says %q", c, class, says)
		}
	}
}

func TestStates(t *testing.T) {
	for status, want := range map[string]alerts.State{
		"queued": alerts.Handed, "initiated": alerts.Handed, "ringing": alerts.Handed, "in-progress": alerts.Sent, "answered": alerts.Sent,
		"completed": alerts.Failed, "busy": alerts.Failed, "no-answer": alerts.Failed, "failed": alerts.Failed, "canceled": alerts.Failed, "": "", "parked": "",
	} {
		if got := stateOf(status); got != want {
			t.Errorf("%q is %q, want %q", status, got, want)
		}
	}
}
