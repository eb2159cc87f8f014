package dispatch

import (
	"testing"
	"time"

	"onekeyd/geo"
)

// R-1 was asked 1000 m north of the home and has accepted; what is seen of them
// since then decides whether they are believed to come.
func TestWhatPositionsSayOfWhoHasAccepted(t *testing.T) {
	const soon, late = time.Minute, 3*time.Minute + time.Second
	for name, c := range map[string]struct {
		from string
		at   geo.Point     // where they are seen
		seen time.Duration // since they accepted
		now  time.Duration // likewise
		want AssignmentState
	}{
		"nearer":                               {"live", north(home, 850), soon, soon, EnRoute},
		"a little nearer":                      {"live", north(home, 950), soon, soon, Accepted},
		"where they were, soon":                {"live", north(home, 1000), soon, soon, Accepted},
		"where they were, after three minutes": {"live", north(home, 1000), late, late, Lapsed},
		"the position is old":                  {"live", north(home, 1000), soon, late + time.Minute, Accepted},
		"seen before they accepted only":       {"live", north(home, 1000), -time.Second, late, Accepted},
		"gone round by another way":            {"live", north(home, 1300), late, late, Accepted},
		"not at the base, and nearer":          {"base", north(home, 400), soon, soon, Accepted},  // they may sit there
		"not at the base, and farther":         {"base", north(home, 3000), late, late, Accepted}, // they may be on the way
		"at the base, after three minutes":     {"base", north(home, 1000), late, late, Lapsed},
	} {
		inc := fold(t, record(1, Raised{Code: "37", Kind: SOS, Urgency: Red, Press: PressSeen{ID: "p1", Device: "D-1", Kind: SOS}, Premises: &Premises{Point: home}},
			Dispatched{Offers: []Offer{{Responder: "R-1", From: c.from, Distance: 1000, ETA: 9 * time.Minute, At: north(home, 1000)}}}), record(2, moves("R-1", FactAccepted)))
		accepted := t0.Add(2 * time.Second)
		look := lookAt(accepted.Add(c.now))
		look.Where = func(ResponderID) (geo.Point, time.Time, bool) { return c.at, accepted.Add(c.seen), true }
		if got := after(t, inc, look); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
		inc.Kind = Service
		if got := after(t, inc, look); got != Accepted {
			t.Errorf("%s: somebody who comes for a service, some time today, is %s", name, got)
		}
	}
}

// after is how R-1 stands after what the plan wants now.
func after(t *testing.T, inc *Incident, look Look) AssignmentState {
	t.Helper()
	s, due := Next(DefaultPlan(), inc, look)
	if due.IsZero() {
		t.Error("an open incident is never looked at again")
	}
	next, err := Apply(inc, record(inc.Seq+1, append([]Fact{Noted{Operator: "li", Text: "x"}}, s.Facts...)...))
	if err != nil {
		t.Fatal(err)
	}
	o, _ := next.Offer("R-1")
	return o.State
}

// Only a number that takes nothing makes somebody unreachable: our own account,
// a telephone that is off, or one that nobody picks up says nothing for good.
func TestWhoCannotBeReached(t *testing.T) {
	for name, c := range map[string]struct {
		alerts []Alert
		want   AssignmentState
	}{
		"refused at once":             {[]Alert{{Code: "bad_number 21211"}}, Undeliverable},
		"by receipt":                  {[]Alert{{Code: "30005", Class: "bad_number"}}, Undeliverable},
		"by one of two carriers":      {[]Alert{{Code: "bad_number 21211"}, {State: AlertSent}}, Offered},
		"by both":                     {[]Alert{{Code: "bad_number 21211"}, {Code: "30006", Class: "bad_number"}}, Undeliverable},
		"switched off":                {[]Alert{{Code: "30003", Class: "transient"}}, Offered},
		"nobody picks up":             {[]Alert{{Code: "no-answer", Class: "transient"}}, Offered},
		"our account is suspended":    {[]Alert{{Code: "30002", Class: "bad_account"}}, Offered},
		"our text is filtered":        {[]Alert{{Code: "30007", Class: "bad_content"}}, Offered},
		"refused for our account":     {[]Alert{{Code: "bad_account 20003"}}, Offered},
		"no carrier serves it":        {[]Alert{{State: AlertNotSent, Code: "no carrier serves this number"}}, Offered},
		"a carrier that says nothing": {[]Alert{{State: AlertHanded}}, Offered},
	} {
		for n := range c.alerts {
			a := &c.alerts[n]
			if a.State == "" {
				a.State = AlertFailed
			}
			a.ID, a.To, a.Role, a.Kind = AlertID(rune('a'+n)), "R-1", RoleResponder, "responder_alert"
		}
		inc := fold(t, raised())
		inc.Alerts = c.alerts
		if got := after(t, inc, lookAt(t0.Add(2*time.Second))); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}
