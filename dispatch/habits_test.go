package dispatch

import (
	"testing"
	"time"
)

func over(at time.Time, states map[ResponderID]AssignmentState) *Incident {
	inc := &Incident{Kind: SOS, RaisedAt: at, State: StateClosed}
	for id, s := range states {
		inc.Offers = append(inc.Offers, Offer{Responder: id, State: s})
	}
	return inc
}

func TestHabitsAreOfTheHour(t *testing.T) {
	h := NewHabits(nil)
	night, noon := time.Date(2026, 11, 1, 2, 0, 0, 0, time.UTC), time.Date(2026, 11, 1, 13, 0, 0, 0, time.UTC)
	for range 10 {
		h.Learn(over(night, map[ResponderID]AssignmentState{"R-1": Lapsed, "R-2": Cleared}))
		h.Learn(over(noon, map[ResponderID]AssignmentState{"R-1": OnScene, "R-2": Declined}))
	}
	likely := func(id ResponderID, at time.Time) float64 { p, _ := h.Likely(id, at); return p }
	if likely("R-1", night) >= likely("R-1", noon) || likely("R-2", night) <= likely("R-2", noon) {
		t.Errorf("R-1 at night %.2f, at noon %.2f; R-2 %.2f, %.2f", likely("R-1", night), likely("R-1", noon), likely("R-2", night), likely("R-2", noon))
	}
	if p := likely("R-1", night); p <= 0 || p >= usualAnswer {
		t.Errorf("who never answers at night is likely to by %.2f", p)
	}
	if p := likely("R-1", night.Add(-4*time.Hour)); p <= likely("R-1", night) || p >= likely("R-1", noon) {
		t.Errorf("at an hour without history %.2f, which is not between the others", p)
	}
}

func TestWhatSaysNothingOfAPerson(t *testing.T) {
	h := NewHabits(nil)
	at := time.Date(2026, 11, 1, 13, 0, 0, 0, time.UTC)
	for range 20 {
		h.Learn(over(at, map[ResponderID]AssignmentState{"R-1": StoodDown, "R-2": Undeliverable}))
		test := over(at, map[ResponderID]AssignmentState{"R-3": Lapsed})
		test.Kind = Test
		h.Learn(test)
	}
	for range 4 {
		h.Learn(over(at, map[ResponderID]AssignmentState{"R-4": Lapsed}))
	}
	for _, id := range []ResponderID{"R-1", "R-2", "R-3", "R-4", "R-9"} {
		if p, n := h.Likely(id, at); n != 0 {
			t.Errorf("%s is likely to accept by %.2f from %d offers", id, p, n)
		}
	}
	gone := over(at, map[ResponderID]AssignmentState{"R-5": Lapsed})
	gone.Offers[0].Released = true // they accepted and did not come in time: they do answer
	for range 10 {
		h.Learn(gone)
	}
	if p, _ := h.Likely("R-5", at); p < 0.6 {
		t.Errorf("who always accepts is likely to by %.2f", p)
	}
}
