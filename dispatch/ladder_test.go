package dispatch

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// What the plan does by itself, rule by rule: what is written down and who is
// told, at a moment of a story. are asked and never answer; a text
// and a call reach everybody.
func TestWhatThePlanDoesWhen(t *testing.T) {
	type line struct {
		name  string
		story []Fact // a second after the other, from one second after the press
		at    time.Duration
		want  string
	}
	const s, m = time.Second, time.Minute
	heard := Seen{Operator: "li", Console: "c", Audio: "running"}
	has := Acknowledged{Operator: "li"}
	step := func(l Ladder, n int) Fact { return Escalated{Ladder: l, Step: n} }
	gone := []Fact{moves("R-1", FactDeclined), moves("R-2", FactDeclined)} // so that only ladders are left
	with := func(more ...Fact) []Fact { return append(slices.Clone(gone), more...) }
	for _, c := range []line{
		{"nothing is due", with(), 2400 * time.Millisecond, ""},
		{"no console has shown it", with(), 2500 * time.Millisecond, "desk 3; supervisor desk_call sms; supervisor desk_call voice"},
		{"one with its sound off", with(Seen{Operator: "li", Console: "c", Audio: "suspended"}), 3 * s, "desk 3; supervisor desk_call sms; supervisor desk_call voice"},
		{"one that can be heard", with(heard), 5 * s, ""},
		{"the desk is slow", with(heard), 10 * s, "desk 1"},
		{"and slower", with(heard, step(LadderDesk, 1)), 15 * s, "desk 2"},
		{"for half a minute", with(heard, step(LadderDesk, 2)), 30 * s, "desk 3; supervisor desk_call sms; supervisor desk_call voice"},
		{"for a minute", with(heard, step(LadderDesk, 3), step(LadderCircle, 1)), m, "desk 4; centre desk_call sms; centre desk_call voice"},
		{"the desk has it", with(has), 59 * s, ""},
		{"somebody is on the way", with(moves("R-1", FactAccepted)), 2 * m, ""},

		{"the circle grows", with(has), m, "circle 1; E-1#1 family_alert voice"},
		{"the family has answered", with(has, Coming{Contact: "E-1#1"}), m, "circle 1"},
		{"the supervisor is told", with(has, step(LadderCircle, 1)), 90 * s, "circle 2; supervisor escalate sms; supervisor escalate voice"},
		{"the centre, and again the supervisor", with(heard, step(LadderDesk, 4), step(LadderCircle, 2)), 3 * m,
			"circle 3; supervisor escalate sms; supervisor escalate voice; centre escalate sms; centre escalate voice"},
		{"not those who are rung until somebody has it, once somebody has", with(has, step(LadderCircle, 2)), 3 * m, "circle 3"},
		{"several steps at once, after a time down", with(has), 3 * m, "circle 1; circle 2; circle 3; E-1#1 family_alert voice; supervisor escalate sms; supervisor escalate voice"},

		{"nothing has happened", with(has, step(LadderCircle, 3)), 10*m + 3*s, "idle 1"},
		{"and nobody has it", with(moves("R-1", FactOnScene), step(LadderDesk, 4)), 10*m + 3*s, "idle 1; supervisor idle sms; supervisor idle voice; R-1 still_there sms"},
		{"somebody is asked once whether it is over", with(moves("R-1", FactOnScene), has, step(LadderIdle, 1)), 20*m + 8*s, "idle 2"},
	} {
		story := append([]Fact{Alerted{Alerts: []Alert{{ID: "f", To: "E-1#1", Role: RoleContact, Channel: ChannelSMS, Kind: "family_alert", Phone: "+85251118101"}}}, says("f", AlertDelivered)}, c.story...)
		inc := fold(t, raised())
		raisedAt := inc.RaisedAt
		inc.Offers[0].Phone = "+85251110001"
		for n, f := range story {
			r := record(uint64(n)+2, f)
			r.At = raisedAt.Add(time.Duration(n) * 10 * time.Millisecond)
			var err error
			if inc, err = Apply(inc, r); err != nil {
				t.Fatal(err)
			}
		}
		plan := DefaultPlan()
		plan.OnCall = []OnCall{{Role: RoleSupervisor, Name: "周", Phone: "+85251119001"}, {Role: RoleCentre, Name: "中心", Phone: "+85251119002"}}
		look := lookAt(raisedAt.Add(c.at))
		look.Ways = func(string) []Way { return []Way{{ChannelSMS, "first", true}, {ChannelVoice, "bell", true}} }
		did, _ := Next(plan, inc, look)
		var got []string
		for _, f := range did.Facts {
			if e, ok := f.(Escalated); ok {
				got = append(got, fmt.Sprintf("%s %d", e.Ladder, e.Step))
			}
		}
		for _, a := range did.Tell {
			if slices.Contains([]string{"desk_call", "escalate", "family_alert", "idle", "still_there"}, a.Kind) { // others are words about people
				who, _, _ := strings.Cut(a.To, "~")
				got = append(got, fmt.Sprintf("%s %s %s", who, a.Kind, a.Channel))
			}
		}
		if strings.Join(got, "; ") != c.want {
			t.Errorf("%s (after %s): %q, want %q", c.name, c.at, strings.Join(got, "; "), c.want)
		}
	}
}

// The last step is repeated at its own pace, then more and more slowly, and never ends.
func TestTheLastStepIsRepeatedMoreSlowly(t *testing.T) {
	inTown(t, func(t *testing.T, p *play) {
		p.only(Clinic) // nobody's business here
		p.off["R-8"], p.off["R-9"] = true, true
		p.press()
		var at []time.Duration
		times := 0
		for range 60 {
			p.wait(15 * time.Second)
			if inc := p.inc(); inc.Tier == 3 && inc.Times != times {
				times = inc.Times
				at = append(at, inc.TierAt.Sub(inc.RaisedAt))
			}
		}
		want := []time.Duration{3, 4, 5, 6, 7, 8, 10, 13}
		for n, w := range want {
			if n >= len(at) || at[n] != w*time.Minute {
				t.Fatalf("the last step is repeated after %v, want it to begin with %v minutes", at, want)
			}
		}
	})
}

// A plan whose desk has nobody above it escalates what no console shows all the same.
func TestUnseenIsEscalatedWhateverTheDesksSteps(t *testing.T) {
	plan := DefaultPlan()
	plan.Desk = []DeskStep{{10 * time.Second, RingAll}, {20 * time.Second, Louder}}
	inc := fold(t, raised())
	s, _ := Next(plan, inc, lookAt(inc.RaisedAt.Add(plan.Unseen)))
	if len(s.Facts) != 1 || s.Facts[0].(Escalated).Deed != RingAll {
		t.Errorf("no console has shown it, and the plan does %+v", s.Facts)
	}
}
