package dispatch

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var t0 = time.Date(2026, 11, 21, 14, 32, 0, 0, time.UTC)

func record(seq uint64, facts ...Fact) Record {
	return Record{Seq: seq, StoredAt: t0, Entry: Entry{Case: "E-1", Incident: "i-1", At: t0.Add(time.Duration(seq) * time.Second), By: "dispatcher", Node: "n1", Facts: facts}}
}

func fold(t *testing.T, records ...Record) *Incident {
	t.Helper()
	var inc *Incident
	for _, r := range records {
		var err error
		if inc, err = Apply(inc, r); err != nil {
			t.Fatal(err)
		}
	}
	return inc
}

func raised() Record {
	return record(1, Raised{Code: "37", Kind: SOS, Urgency: Red, Press: PressSeen{ID: "p1", Device: "D-1", Kind: SOS}, Elder: "E-1", Name: "王秀兰"},
		Dispatched{Plan: "p", Offers: []Offer{{Responder: "R-1"}, {Responder: "R-2"}}, Alerts: []Alert{{ID: "a1", To: "R-1"}, {ID: "a2", To: "R-2"}}})
}

func TestApplyKeepsTheOldValue(t *testing.T) {
	before := fold(t, raised())
	kept := fmt.Sprintf("%+v", *before)
	for _, f := range []Fact{
		Joined{Press: PressSeen{ID: "p2", Device: "D-1", Kind: Fall}}, Moved{What: FactAccepted, Responder: "R-1"},
		Reported{Reports: []Report{{Alert: "a1", State: AlertDelivered, At: t0}}}, Retaken{Alerts: []AlertID{"a2"}}, Alerted{Alerts: []Alert{{ID: "a3"}}},
		Noted{Operator: "li", Text: "x"}, Seen{Operator: "li"}, Replied{Key: "k"}, Acknowledged{Operator: "li"}, Closed{Operator: "li", Disposition: Assisted},
	} {
		if _, err := Apply(before, record(2, f)); err != nil {
			t.Fatal(err)
		}
		if now := fmt.Sprintf("%+v", *before); now != kept {
			t.Fatalf("%s changed an incident that others may be reading:\n%s\n%s", f.Type(), kept, now)
		}
	}
}

func TestRepeatPressRaisesUrgencyAndNeverLowersIt(t *testing.T) {
	low := record(1, Raised{Code: "37", Kind: Inactivity, Urgency: Amber, Press: PressSeen{ID: "p1", Device: "D-1", Kind: Inactivity}}, Dispatched{})
	inc := fold(t, low, record(2, Joined{Press: PressSeen{ID: "p2", Device: "D-1", Kind: SOS}}))
	if inc.Urgency != Red || inc.Kind != SOS || inc.Pressed != 2 {
		t.Errorf("urgency %d kind %s pressed %d, want red, sos, 2", inc.Urgency, inc.Kind, inc.Pressed)
	}
	inc = fold(t, raised(), record(2, Joined{Press: PressSeen{ID: "p2", Device: "D-1", Kind: Cancel}}))
	if inc.Urgency != Red || inc.Kind != SOS {
		t.Errorf("a cancel made it urgency %d kind %s; somebody must still look", inc.Urgency, inc.Kind)
	}
}

func TestAStuckKeyIsCountedNotCollected(t *testing.T) {
	inc := fold(t, raised())
	for n := range uint64(500) {
		next, err := Apply(inc, record(n+2, Joined{Press: PressSeen{ID: PressID(fmt.Sprint(n)), Device: "D-1", Kind: SOS}}))
		if err != nil {
			t.Fatal(err)
		}
		inc = next
	}
	if inc.Pressed != 501 || len(inc.Presses) > keptPresses || len(inc.Timeline) > keptLines {
		t.Errorf("pressed %d, kept %d presses and %d lines", inc.Pressed, len(inc.Presses), len(inc.Timeline))
	}
	if inc.Presses[0].ID != "p1" || inc.Timeline[0].What != FactRaised {
		t.Error("how it began is gone")
	}
}

func TestReportsAreALattice(t *testing.T) {
	states := []AlertState{AlertIntended, AlertAmbiguous, AlertHanded, AlertSent, AlertDelivered, AlertFailed, AlertNotSent}
	rapid.Check(t, func(rt *rapid.T) {
		order := rapid.SliceOfN(rapid.SampledFrom(states), 1, 8).Draw(rt, "reports")
		shuffled := rapid.Permutation(order).Draw(rt, "another order")
		outcome := func(list []AlertState) AlertState {
			inc := fold(t, raised())
			for n, s := range list {
				inc, _ = Apply(inc, record(uint64(n)+2, Reported{Reports: []Report{{Alert: "a1", State: s, At: t0}}}))
			}
			a, _ := inc.Alert("a1")
			return a.State
		}
		if a, b := outcome(order), outcome(shuffled); a != b {
			rt.Fatalf("%v gives %s, %v gives %s", order, a, shuffled, b)
		}
	})
}

func TestApplyRefuses(t *testing.T) {
	open := fold(t, raised())
	closed := fold(t, raised(), record(2, Closed{Operator: "li", Disposition: Assisted}))
	other := record(3, Noted{Operator: "li", Text: "x"})
	other.Incident = "i-2"
	for name, c := range map[string]struct {
		on *Incident
		r  Record
	}{
		"a note on nothing":                  {nil, record(2, Noted{})},
		"a second raise":                     {open, record(2, Raised{})},
		"a fact of another incident":         {open, other},
		"an acceptance without an offer":     {open, record(2, Moved{What: FactAccepted, Responder: "R-9"})},
		"cleared without having been there":  {open, record(2, Moved{What: FactCleared, Responder: "R-1"})},
		"an alert after the end":             {closed, record(3, Alerted{})},
		"a press after the end, not a raise": {closed, record(3, Joined{})},
	} {
		if _, err := Apply(c.on, c.r); !errors.Is(err, ErrRefused) {
			t.Errorf("%s: %v, want ErrRefused", name, err)
		}
	}
}

func TestACaseBeginsAgain(t *testing.T) {
	again := raised()
	again.Seq, again.Incident = 3, "i-2"
	inc := fold(t, raised(), record(2, Closed{Operator: "li", Disposition: FalseAlarm}), again)
	if inc.ID != "i-2" || inc.State != StateDispatched || inc.Ended != nil || inc.Pressed != 1 {
		t.Errorf("the second incident of a case carries something of the first: %+v", inc)
	}
}

func TestNobodyIsAskedTwice(t *testing.T) {
	inc := fold(t, raised(), record(2, Dispatched{Offers: []Offer{{Responder: "R-1"}, {Responder: "R-3"}}}))
	var ids []ResponderID
	for _, o := range inc.Offers {
		ids = append(ids, o.Responder)
	}
	if diff := cmp.Diff([]ResponderID{"R-1", "R-2", "R-3"}, ids); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestReplyDecidesOnce(t *testing.T) {
	inc := fold(t, raised())
	told, _ := inc.Alert("a1")
	told.Role = RoleResponder
	facts := replied(DefaultPlan(), inc, told, Reply{Verb: VerbAccept, Text: "1", Key: "k1", Via: "sms"}, "")
	inc, err := Apply(inc, record(2, facts...))
	if err != nil {
		t.Fatal(err)
	}
	if o, _ := inc.Offer("R-1"); o.State != Accepted {
		t.Errorf("R-1 answered 1 and is %s", o.State)
	}
	if facts := replied(DefaultPlan(), inc, told, Reply{Verb: VerbAccept, Text: "1", Key: "k2", Via: "sms"}, ""); len(facts) != 1 {
		t.Errorf("a second 1 makes %d facts, want only the reply itself", len(facts))
	}
}

func TestWordsDoNotSteerTheScreen(t *testing.T) {
	for in, want := range map[string]string{"平安\x1b[31m": "平安[31m", "a\u202eb": "ab", " 两行\n文字 ": "两行\n文字", "\x00": ""} {
		if got := plain(in); got != want {
			t.Errorf("plain(%q) is %q, want %q", in, got, want)
		}
	}
}

// 30 bits met once every other day among 33,000 incidents: two elders were one.
func TestIncidentIDsDoNotMeet(t *testing.T) {
	seen := map[IncidentID]bool{}
	for n := range 200_000 {
		id := newIncidentID(CaseID(fmt.Sprint("E-", n)), Press{ID: "1", Device: "D"}, t0, 0)
		if seen[id] {
			t.Fatalf("after %d incidents of one day two are called %s", n, id)
		}
		seen[id] = true
	}
	if newIncidentID("E-1", Press{ID: "1", Device: "D"}, t0, 0) == newIncidentID("E-1", Press{ID: "1", Device: "D"}, t0, 7) {
		t.Error("two incidents of one case and press have one id")
	}
}
