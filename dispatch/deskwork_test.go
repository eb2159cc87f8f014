package dispatch

import (
	"errors"
	"testing"
	"time"
)

// heedless is a teller that tells nobody.
type heedless struct{ Teller }

func (heedless) Tell(*Incident, []Alert) {}

// deskOf is a desk with one open incident.
func deskOf(t *testing.T, records ...Record) (*Desk, *one) {
	t.Helper()
	o := &one{inc: fold(t, records...)}
	return &Desk{journal: o, cases: o, teller: heedless{}, node: "n1", plan: func(*Incident) Plan { return DefaultPlan() },
		find: func(id IncidentID) (CaseID, bool) { return "E-1", id == "i-1" }}, o
}

func TestClosingAsAccidentalNeedsASecondLook(t *testing.T) {
	d, o := deskOf(t, raised())
	for range 2 { // the same operator twice is one look
		inc, err := d.Close(t.Context(), "i-1", "li", FalseAlarm, "", 99)
		if !errors.Is(err, ErrSecondLook) || !errors.Is(err, ErrRefused) || !inc.Open() || inc.Proposed == nil || inc.Proposed.Operator != "li" {
			t.Fatalf("one operator alone: %v, open %v, proposed %+v", err, inc.Open(), inc.Proposed)
		}
	}
	if len(o.appends) != 1 {
		t.Errorf("%d appends for a proposal made twice, want 1", len(o.appends))
	}
	inc, err := d.Close(t.Context(), "i-1", "chen", TestPress, "", 99)
	if err != nil || inc.Open() || inc.Ended.Operator != "chen" || inc.Ended.Disposition != TestPress {
		t.Fatalf("the second operator: %v, %+v", err, inc.Ended)
	}
}

func TestAVoiceOrSomebodyAtTheDoorSparesTheSecondLook(t *testing.T) {
	for name, f := range map[string]Fact{
		"spoken":   Called{Operator: "li", Whom: "elder", Outcome: CallSpoke},
		"on scene": Moved{What: FactOnScene, Responder: "R-1", Via: "sms"},
	} {
		d, _ := deskOf(t, raised(), record(2, f))
		if inc, err := d.Close(t.Context(), "i-1", "li", FalseAlarm, "", 99); err != nil || inc.Open() {
			t.Errorf("%s: %v", name, err)
		}
	}
	d, _ := deskOf(t, raised(), record(2, Called{Operator: "li", Whom: "elder", Outcome: CallNoVoice}))
	if _, err := d.Close(t.Context(), "i-1", "li", FalseAlarm, "", 99); !errors.Is(err, ErrSecondLook) {
		t.Errorf("a line without a voice: %v", err)
	}
}

func TestAnOfferLapsesWhenThePlanSaysItDoes(t *testing.T) {
	plan := DefaultPlan()
	offers := fold(t, raised(), record(2, Moved{What: FactAccepted, Responder: "R-2", Via: "sms"}))
	offers.Offers[1].ETA = 8 * time.Minute
	for _, id := range []ResponderID{"R-1", "R-2"} {
		inc := *offers
		o, _ := inc.Offer(id)
		inc.Offers = []Offer{o}
		inc.More = 1 // so that nobody is stood down
		at, ok := plan.Lapses(inc.Kind, o)
		if !ok {
			t.Fatalf("%s never lapses while %s", id, o.State)
		}
		lapsed := func(now time.Time) bool {
			s, _ := Next(plan, &inc, Look{Now: now, Ways: func(string) []Way { return nil }, Where: NewPlaces(plan, nil).Where})
			for _, f := range s.Facts {
				if m, ok := f.(Moved); ok && m.What == FactLapsed && m.Responder == id {
					return true
				}
			}
			return false
		}
		if lapsed(at.Add(-time.Millisecond)) || !lapsed(at) {
			t.Errorf("%s, who is %s, does not lapse at %s", id, o.State, at.Sub(o.Since))
		}
	}
	if _, ok := plan.Lapses(SOS, Offer{State: OnScene}); ok {
		t.Error("who is on scene lapses")
	}
}

func TestHandingOverWaitsForTheOther(t *testing.T) {
	d, _ := deskOf(t, raised(), record(2, Acknowledged{Operator: "li"}))
	for name, try := range map[string][2]string{"who does not have it": {"wang", "chen"}, "to oneself": {"li", "li"}, "to nobody": {"li", ""}} {
		if _, err := d.HandOver(t.Context(), "i-1", try[0], try[1], "x"); !errors.Is(err, ErrRefused) {
			t.Errorf("%s: %v", name, err)
		}
	}
	inc, err := d.HandOver(t.Context(), "i-1", "li", "chen", "")
	if err != nil || inc.HandTo != "chen" || inc.Acked.Operator != "li" {
		t.Fatalf("handed over: %v, to %q, had by %+v", err, inc.HandTo, inc.Acked)
	}
	inc, err = d.TakeOver(t.Context(), "i-1", "chen", "li", "the shift ends")
	if err != nil || inc.HandTo != "" || inc.Acked.Operator != "chen" {
		t.Fatalf("taken over: %v, to %q, had by %+v", err, inc.HandTo, inc.Acked)
	}
	if last := inc.Timeline[len(inc.Timeline)-2]; last.What != FactNoted || last.Who != "li" || last.Data != "chen" {
		t.Errorf("on the timeline: %+v", last)
	}
}

func TestServedNeedsACallAfterTheWork(t *testing.T) {
	spoke := Called{Operator: "li", Whom: "elder", Outcome: CallSpoke}
	order := record(1, Raised{Code: "37", Kind: Service, Urgency: Blue, Press: PressSeen{ID: "p1", Device: "D-1", Kind: Service}, Elder: "E-1"}, Dispatched{Plan: "p", Offers: []Offer{{Responder: "P-1"}}})
	work := []Record{record(3, Moved{What: FactOnScene, Responder: "P-1", Via: "sms"}), record(4, Moved{What: FactCleared, Responder: "P-1", Via: "sms"})}
	for name, tc := range map[string]struct {
		records []Record
		want    bool
	}{
		"never":           {append([]Record{order}, work...), false},
		"before the work": {append([]Record{order, record(2, spoke)}, work...), false},
		"after it":        {append(append([]Record{order}, work...), record(5, spoke)), true},
		"no answer":       {append(append([]Record{order}, work...), record(5, Called{Operator: "li", Whom: "elder", Outcome: CallNoAnswer})), false},
		"no visit needed": {[]Record{order, record(2, spoke)}, true},
	} {
		d, _ := deskOf(t, tc.records...)
		_, err := d.Close(t.Context(), "i-1", "li", Served, "", 99)
		if (err == nil) != tc.want || err != nil && !errors.Is(err, ErrRefused) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// An operator can put down what a supervisor says by telephone. The record must
// not say that the supervisor did it.
func TestWhatAnOperatorPutsDownIsTheirWord(t *testing.T) {
	told := Alert{ID: "a", To: "supervisor~abc234", Name: "周", Role: RoleSupervisor, Kind: "desk_call", Phone: "+85251119001"}
	for who, via := range map[string]string{"operator li": "operator li", "person supervisor~abc234": "voice"} {
		d, o := deskOf(t, raised(), record(2, Alerted{Alerts: []Alert{told}}))
		inc, err := d.Answer(t.Context(), Answer{Incident: "i-1", Who: told.To, Verb: VerbAccept, Via: via})
		if err != nil || inc.Acked == nil || inc.Acked.Operator != "周" {
			t.Fatalf("%s: %v, %+v", via, err, inc.Acked)
		}
		if by := o.appends[0].By; by != who {
			t.Errorf("via %s it is the word of %q, want %q", via, by, who)
		}
	}
}
