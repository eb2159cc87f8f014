package dispatch

import (
	"testing"
	"time"
)

// Since when an elder waits, after each step of a story. A record is a second
// after the one before; are asked.
func TestSinceWhenTheElderWaits(t *testing.T) {
	const helped = 0
	press := func(k Kind) Fact { return Joined{Press: PressSeen{ID: "p9", Device: "D-1", Kind: k}} }
	done := func(how Disposition) Fact { return Moved{What: FactCleared, Responder: "R-1", Outcome: how} }
	for name, c := range map[string]struct {
		story []Fact
		waits int // seconds of the first record are 1; 0: does not wait
	}{
		"nobody has answered":                        {nil, 1},
		"somebody has accepted":                      {[]Fact{moves("R-1", FactAccepted)}, helped},
		"and does not come after all":                {[]Fact{moves("R-1", FactAccepted), moves("R-1", FactDeclined)}, 3},
		"but another still does":                     {[]Fact{moves("R-1", FactAccepted), moves("R-2", FactAccepted), moves("R-1", FactLapsed)}, helped},
		"somebody was there and has left":            {[]Fact{moves("R-1", FactOnScene), done(Assisted)}, helped},
		"and says nothing of how it ended":           {[]Fact{moves("R-1", FactOnScene), done("")}, helped},
		"and an old offer lapses":                    {[]Fact{moves("R-1", FactOnScene), done(Assisted), moves("R-2", FactLapsed)}, helped},
		"and who was stood down cannot go anyway":    {[]Fact{moves("R-1", FactOnScene), moves("R-2", FactStoodDown), done(Assisted), moves("R-2", FactDeclined)}, helped},
		"and another on the way turns back":          {[]Fact{moves("R-1", FactOnScene), moves("R-2", FactAccepted), done(Assisted), moves("R-2", FactDeclined)}, helped},
		"who was there could not get in":             {[]Fact{moves("R-1", FactOnScene), done(NoAccess)}, 3},
		"nor could who says so when asked":           {[]Fact{moves("R-1", FactOnScene), done(""), done(NoAccess)}, 4},
		"pressed again while somebody is there":      {[]Fact{moves("R-1", FactOnScene), press(SOS), done(Assisted)}, helped},
		"pressed again after they have left":         {[]Fact{moves("R-1", FactOnScene), done(Assisted), press(SOS)}, 4},
		"and who comes then is lost":                 {[]Fact{moves("R-1", FactOnScene), done(Assisted), press(SOS), moves("R-2", FactAccepted), moves("R-2", FactLapsed)}, 6},
		"a cancel is no call":                        {[]Fact{moves("R-1", FactOnScene), done(Assisted), press(Cancel)}, helped},
		"pressed again and again with nobody coming": {[]Fact{press(SOS), press(SOS)}, 1},
	} {
		records := []Record{raised()}
		for n, f := range c.story {
			records = append(records, record(uint64(n+2), f))
		}
		inc := fold(t, records...)
		want := time.Time{}
		if c.waits > 0 {
			want = t0.Add(time.Duration(c.waits) * time.Second)
		}
		if !inc.Waiting.Equal(want) {
			t.Errorf("%s: waits since %s, want %s", name, inc.Waiting.Format(time.TimeOnly), want.Format(time.TimeOnly))
		}
	}
}

// A cancel is for the desk, and what comes minutes later is a new call for help:
// nothing is overdue yet.
func TestACallAfterACancelWaitsFromItsOwnPress(t *testing.T) {
	cancel := record(1, Raised{Code: "37", Kind: Cancel, Urgency: Blue, Press: PressSeen{ID: "p1", Device: "D-1", Kind: Cancel}}, Dispatched{})
	sos := record(301, Joined{Press: PressSeen{ID: "p2", Device: "D-1", Kind: SOS}})
	inc := fold(t, cancel, sos)
	if !inc.Waiting.Equal(sos.At) || !inc.Urgent.Equal(sos.At) {
		t.Errorf("waits since %s, urgent since %s; want both %s", inc.Waiting, inc.Urgent, sos.At)
	}
	s, due := Next(DefaultPlan(), inc, lookAt(sos.At))
	if !s.Nothing() || !due.Equal(sos.At.Add(DefaultPlan().Unseen)) {
		t.Errorf("at once: %+v; looked at again after %s", s, due.Sub(sos.At))
	}
}

// lookAt sees nothing but the time.
func lookAt(now time.Time) Look {
	return Look{Now: now, Ways: func(string) []Way { return nil }, Where: NewPlaces(DefaultPlan(), nil).Where}
}

// Help that was asked for and does not come is followed up as the first was.
func TestMoreHelpThatDoesNotComeClimbsTheCircle(t *testing.T) {
	inc := fold(t, raised(), record(2, moves("R-1", FactOnScene)), record(3, Backup{By: "R-1"}))
	asked := t0.Add(3 * time.Second)
	for after, tier := range map[time.Duration]int{59 * time.Second: 0, time.Minute: 1, 90 * time.Second: 2, 3 * time.Minute: 3} {
		s, _ := Next(DefaultPlan(), inc, lookAt(asked.Add(after)))
		climbed := 0
		for _, f := range s.Facts {
			if e, ok := f.(Escalated); ok && e.Ladder == LadderCircle {
				climbed = e.Step
			}
		}
		if climbed != tier {
			t.Errorf("%s after more help was asked for the circle is at %d, want %d", after, climbed, tier)
		}
	}
	came := fold(t, raised(), record(2, moves("R-1", FactOnScene)), record(3, Backup{By: "R-1"}), record(4, moves("R-2", FactAccepted)))
	s, _ := Next(DefaultPlan(), came, lookAt(asked.Add(3*time.Minute)))
	for _, f := range s.Facts {
		if e, ok := f.(Escalated); ok {
			t.Errorf("it has come, and %s climbs to %d", e.Ladder, e.Step)
		}
	}
}

// Who was told that nobody comes has to be told when the helper who then came is lost.
func TestThoseOnCallAreToldOfEachWait(t *testing.T) {
	plan := DefaultPlan()
	plan.OnCall = []OnCall{{Role: RoleSupervisor, Name: "周", Phone: "+85251119001"}}
	look := lookAt(t0)
	look.Ways = func(string) []Way { return []Way{{Channel: ChannelSMS, Carrier: "first"}} }
	inc := fold(t, raised())
	told := func() (n int) {
		for _, a := range inc.Alerts {
			if a.Kind == "escalate" {
				n++
			}
		}
		return n
	}
	takes := func(seq uint64, at time.Time, facts ...Fact) {
		r := record(seq, facts...)
		r.At = at
		var err error
		if inc, err = Apply(inc, r); err != nil {
			t.Fatal(err)
		}
	}
	plans := func(seq uint64, at time.Time) {
		look.Now = at
		s, _ := Next(plan, inc, look)
		takes(seq, at, append(s.Facts, Alerted{Alerts: s.Tell})...)
	}
	plans(2, inc.RaisedAt.Add(2*time.Minute))
	if told() != 1 {
		t.Fatalf("after two minutes the supervisor has %d texts that nobody comes, want 1", told())
	}
	takes(3, inc.RaisedAt.Add(130*time.Second), moves("R-1", FactAccepted))
	takes(4, inc.RaisedAt.Add(10*time.Minute), moves("R-1", FactLapsed))
	plans(5, inc.RaisedAt.Add(11*time.Minute))
	if told() != 2 {
		t.Errorf("the helper was lost and nobody comes for a minute: the supervisor has %d texts, want 2", told())
	}
}
