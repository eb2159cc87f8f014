package metrics

import (
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"onekeyd/dispatch"
)

// Every interval of one press is there from the start and counts what the facts say.
func TestEachIntervalOfAPress(t *testing.T) {
	reg := prometheus.NewRegistry()
	zero := func() float64 { return 0 }
	m, err := New(reg, zero, zero, zero)
	if err != nil {
		t.Fatal(err)
	}
	pressed := time.Date(2026, 11, 21, 14, 32, 0, 0, time.UTC)
	at := func(d time.Duration) time.Time { return pressed.Add(d) }
	var inc *dispatch.Incident
	tell := func(after time.Duration, facts ...dispatch.Fact) {
		t.Helper()
		seq := uint64(1)
		if inc != nil {
			seq = inc.Seq + 1
		}
		r := dispatch.Record{Seq: seq, StoredAt: at(after), Entry: dispatch.Entry{Case: "E-1", Incident: "i1", At: at(after), Facts: facts}}
		if inc, err = dispatch.Apply(inc, r); err != nil {
			t.Fatal(err)
		}
		m.Observe(r, inc)
	}
	m.Stored("http", 800*time.Microsecond)
	tell(2*time.Millisecond,
		dispatch.Raised{Kind: dispatch.SOS, Press: dispatch.PressSeen{ID: "1", Device: "D", Kind: dispatch.SOS, Received: pressed}},
		dispatch.Dispatched{Alerts: []dispatch.Alert{{ID: "a", Role: dispatch.RoleResponder}}})
	tell(10*time.Millisecond, dispatch.Reported{Reports: []dispatch.Report{{Alert: "a", State: dispatch.AlertHanded, Carrier: "x", At: at(5 * time.Millisecond)}}})
	tell(6*time.Second, dispatch.Reported{Reports: []dispatch.Report{{Alert: "a", State: dispatch.AlertDelivered, Carrier: "x", At: at(6 * time.Second)}}})
	tell(7*time.Second, dispatch.Seen{Operator: "li", At: at(50 * time.Millisecond)})
	tell(8*time.Second, dispatch.Seen{Operator: "chen", At: at(time.Second)}) // the second console is no receipt of the first sight

	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	sums := map[string]float64{}
	for _, f := range families {
		for _, s := range f.GetMetric() {
			if h := s.GetHistogram(); h != nil && strings.HasPrefix(f.GetName(), "onekeyd_") {
				sums[f.GetName()] += h.GetSampleSum()
			}
		}
	}
	for name, want := range map[string]float64{
		"onekeyd_press_stored_seconds": 0.0008, "onekeyd_press_dispatched_seconds": 0.002, "onekeyd_alert_handed_seconds": 0.003,
		"onekeyd_alert_delivered_seconds": 5.995, "onekeyd_press_seen_seconds": 0.048,
	} {
		if got, there := sums[name]; !there || got < want*0.999 || got > want*1.001 {
			t.Errorf("%s is %v (there: %v), want %v", name, got, there, want)
		}
	}
}

// What becomes of a call, from the first answer to the door and away from it.
func TestTheCourseOfACall(t *testing.T) {
	reg := prometheus.NewRegistry()
	zero := func() float64 { return 0 }
	m, err := New(reg, zero, zero, zero)
	if err != nil {
		t.Fatal(err)
	}
	raised := time.Date(2026, 11, 21, 14, 32, 0, 0, time.UTC)
	var inc *dispatch.Incident
	tell := func(after time.Duration, facts ...dispatch.Fact) {
		t.Helper()
		seq := uint64(1)
		if inc != nil {
			seq = inc.Seq + 1
		}
		r := dispatch.Record{Seq: seq, Entry: dispatch.Entry{Case: "E-1", Incident: "i1", At: raised.Add(after), Facts: facts}}
		if inc, err = dispatch.Apply(inc, r); err != nil {
			t.Fatal(err)
		}
		m.Observe(r, inc)
	}
	move := func(id dispatch.ResponderID, what dispatch.FactType) dispatch.Fact {
		return dispatch.Moved{What: what, Responder: id}
	}
	tell(0, dispatch.Raised{Kind: dispatch.SOS}, dispatch.Dispatched{Offers: []dispatch.Offer{{Responder: "R-1"}, {Responder: "R-2"}}})
	tell(12*time.Second, dispatch.Acknowledged{Operator: "li"})
	tell(20*time.Second, move("R-1", dispatch.FactAccepted))
	tell(25*time.Second, move("R-2", dispatch.FactAccepted)) // the second is not the first
	tell(50*time.Second, move("R-1", dispatch.FactEnRoute), dispatch.Escalated{Ladder: dispatch.LadderIdle, Step: 1})
	tell(170*time.Second, move("R-1", dispatch.FactOnScene))
	tell(200*time.Second, move("R-2", dispatch.FactOnScene))
	tell(770*time.Second, move("R-1", dispatch.FactCleared))

	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string][2]float64{}
	for _, f := range families {
		if h := f.GetMetric()[0].GetHistogram(); h != nil {
			got[f.GetName()] = [2]float64{float64(h.GetSampleCount()), h.GetSampleSum()}
		}
	}
	for name, want := range map[string][2]float64{
		"onekeyd_desk_answer_seconds": {1, 12}, "onekeyd_call_accepted_seconds": {1, 20}, "onekeyd_call_arrived_seconds": {1, 170},
		"onekeyd_turnout_seconds": {1, 30}, "onekeyd_travel_seconds": {2, 120 + 175}, "onekeyd_on_scene_seconds": {1, 600},
	} {
		if got[name] != want {
			t.Errorf("%s has count and sum %v, want %v", name, got[name], want)
		}
	}
}
