package dispatch

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// call is an incident's beginning: two are asked, Zhang 170 s away and the clinic 400 s.
func call() []Fact {
	return []Fact{
		Raised{Code: "37", Kind: SOS, Urgency: Red, Language: "zh", Press: PressSeen{ID: "p1", Device: "D-1", Kind: SOS}, Elder: "E-1", Name: "王秀兰"},
		Dispatched{Plan: "p", Asked: true, Offers: []Offer{
			{Responder: "R-1", Name: "张敏", Kind: Worker, ETA: 170 * time.Second},
			{Responder: "R-2", Name: "卫生站", Kind: Clinic, ETA: 400 * time.Second},
		}, Alerts: []Alert{{ID: "a1", To: "R-1", Role: RoleResponder}, {ID: "a2", To: "R-2", Role: RoleResponder}, {ID: "a3", To: "E-1#1", Role: RoleContact}}},
	}
}

func says(a AlertID, s AlertState) Fact { return Reported{Reports: []Report{{Alert: a, State: s}}} }
func moves(r ResponderID, f FactType) Fact {
	return Moved{What: f, Responder: r, Via: "sms"}
}

// What the elder is told after each step of a story. Records are a second apart
// unless the step says otherwise.
func TestAssurance(t *testing.T) {
	type step struct {
		after   time.Duration // since the step before; 1 s if zero
		facts   []Fact
		stage   Stage
		comfort Comfort
		who     string
		minutes int
	}
	do := func(stage Stage, comfort Comfort, facts ...Fact) step {
		return step{facts: facts, stage: stage, comfort: comfort}
	}
	for name, story := range map[string][]step{
		"as it should go": {
			do(StageReceived, ComfortReceived, call()...),
			do(StageReceived, ComfortReceived, says("a1", AlertAmbiguous)),
			do(StageReceived, ComfortReceived, says("a3", AlertDelivered)), // the family is not who comes
			do(StageDispatching, ComfortAsking, says("a2", AlertHanded)),
			{facts: []Fact{moves("R-1", FactAccepted)}, stage: StageComing, comfort: ComfortComing, who: "张敏", minutes: 3},
			{after: time.Minute, facts: []Fact{says("a1", AlertDelivered)}, stage: StageComing, comfort: ComfortComing, who: "张敏", minutes: 3}, // nothing that a human did
			{facts: []Fact{Joined{Press: PressSeen{ID: "p2", Device: "D-1", Kind: SOS}}}, stage: StageComing, comfort: ComfortComing, who: "张敏", minutes: 2},
			{facts: []Fact{moves("R-1", FactEnRoute)}, stage: StageComing, comfort: ComfortComing, who: "张敏", minutes: 3}, // only now she sets out
			{after: 2 * time.Minute, facts: []Fact{moves("R-1", FactOnScene)}, stage: StageArrived, comfort: ComfortArrived, who: "张敏"},
			do(StageArrived, ComfortVisited, moves("R-1", FactCleared)),
			do(StageEnded, ComfortEnded, Closed{Operator: "li", Disposition: Assisted}),
		},
		"minutes that are over are not promised again": {
			do(StageReceived, ComfortReceived, call()...),
			{facts: []Fact{moves("R-1", FactAccepted)}, stage: StageComing, comfort: ComfortComing, who: "张敏", minutes: 3},
			{after: 169 * time.Second, facts: []Fact{Noted{Text: "x"}}, stage: StageComing, comfort: ComfortComing, who: "张敏", minutes: 1},
			{after: time.Second, facts: []Fact{Noted{Text: "x"}}, stage: StageComing, comfort: ComfortComing, who: "张敏"},
		},
		"the first to arrive is named": {
			do(StageReceived, ComfortReceived, call()...),
			{facts: []Fact{moves("R-2", FactAccepted)}, stage: StageComing, comfort: ComfortComing, who: "卫生站", minutes: 7},
			{facts: []Fact{moves("R-1", FactAccepted)}, stage: StageComing, comfort: ComfortComing, who: "张敏", minutes: 3},
			{facts: []Fact{moves("R-1", FactStoodDown)}, stage: StageComing, comfort: ComfortComing, who: "卫生站", minutes: 7},
			{facts: []Fact{moves("R-2", FactOnScene)}, stage: StageArrived, comfort: ComfortArrived, who: "卫生站"},
		},
		"who was coming is lost": {
			do(StageReceived, ComfortReceived, call()...),
			do(StageDispatching, ComfortAsking, says("a2", AlertSent)),
			{facts: []Fact{moves("R-1", FactAccepted)}, stage: StageComing, comfort: ComfortComing, who: "张敏", minutes: 3},
			do(StageDispatching, ComfortAnother, moves("R-1", FactDeclined)),
			do(StageDispatching, ComfortAnother, Acknowledged{Operator: "li"}),
			{facts: []Fact{moves("R-2", FactAccepted)}, stage: StageComing, comfort: ComfortComing, who: "卫生站", minutes: 7},
			do(StageDispatching, ComfortAnother, moves("R-2", FactLapsed)),
		},
		"a loss while others still come": {
			do(StageReceived, ComfortReceived, call()...),
			{facts: []Fact{moves("R-1", FactAccepted), moves("R-2", FactAccepted)}, stage: StageComing, comfort: ComfortComing, who: "张敏", minutes: 3},
			{facts: []Fact{moves("R-1", FactDeclined)}, stage: StageComing, comfort: ComfortComing, who: "卫生站", minutes: 7},
		},
		"the desk has it and nobody has accepted": {
			do(StageReceived, ComfortReceived, call()...),
			do(StageDispatching, ComfortCentre, Acknowledged{Operator: "li"}),
			do(StageDispatching, ComfortCentre, says("a1", AlertDelivered)),
		},
		"nobody can be asked": {
			do(StageReceived, ComfortDesk, call()[0], Dispatched{Plan: "p", Asked: true, Desk: "no responder on duty could be found"}),
			do(StageDispatching, ComfortCentre, Acknowledged{Operator: "li"}),
		},
		"raised and not decided yet": {do(StageReceived, ComfortReceived, call()[0])},
		"nobody could be reached": {
			do(StageReceived, ComfortReceived, call()...),
			do(StageReceived, ComfortReceived, says("a1", AlertFailed), says("a2", AlertNotSent)),
			do(StageReceived, ComfortDesk, moves("R-1", FactUndeliverable), moves("R-2", FactUndeliverable)),
		},
		"everybody declines, and one is asked anew": {
			do(StageReceived, ComfortReceived, call()...),
			do(StageDispatching, ComfortAsking, says("a1", AlertDelivered)),
			do(StageDispatching, ComfortDesk, moves("R-1", FactDeclined), moves("R-2", FactLapsed)),
			do(StageReceived, ComfortReceived, Dispatched{Plan: "p", Offers: []Offer{{Responder: "R-1"}}, Alerts: []Alert{{ID: "b1", To: "R-1", Role: RoleResponder}}}),
			do(StageDispatching, ComfortAsking, says("b1", AlertHanded)),
		},
		"pressed again after the helper left": {
			do(StageReceived, ComfortReceived, call()...),
			{facts: []Fact{moves("R-1", FactOnScene)}, stage: StageArrived, comfort: ComfortArrived, who: "张敏"},
			do(StageArrived, ComfortVisited, moves("R-1", FactCleared)),
			do(StageReceived, ComfortReceived, Joined{Press: PressSeen{ID: "p2", Device: "D-1", Kind: SOS}}),
		},
		"a test": {
			do(StageEnded, ComfortTested, Raised{Code: "38", Kind: Test, Press: PressSeen{ID: "p1", Device: "D-1", Kind: Test}}, Closed{Operator: "dispatcher", Disposition: TestPress}),
		},
	} {
		t.Run(name, func(t *testing.T) {
			var inc *Incident
			at := t0
			for n, s := range story {
				at = at.Add(max(s.after, time.Second))
				r := record(uint64(n+1), s.facts...)
				r.At = at
				next, err := Apply(inc, r)
				if err != nil {
					t.Fatalf("step %d: %v", n+1, err)
				}
				inc = next
				got := AssuranceOf(inc)
				want := Assurance{Incident: "i-1", Code: inc.Code, Stage: s.stage, Comfort: s.comfort, About: inc.Kind, Who: s.who, Role: got.Role, Minutes: s.minutes, Language: inc.Language}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("after step %d (-want +got):\n%s", n+1, diff)
				}
			}
		})
	}
	if got := AssuranceOf(nil); got != (Assurance{}) {
		t.Errorf("of nothing: %+v", got)
	}
}

// Whatever happens in whatever order, nobody is said to come or to be there who is not.
func TestAssuranceIsTrue(t *testing.T) {
	moved := []FactType{FactAccepted, FactDeclined, FactEnRoute, FactOnScene, FactCleared, FactLapsed, FactUndeliverable, FactStoodDown}
	rapid.Check(t, func(rt *rapid.T) {
		inc, err := Apply(nil, record(1, call()...))
		if err != nil {
			rt.Fatal(err)
		}
		for seq := range uint64(rapid.IntRange(1, 12).Draw(rt, "steps")) {
			f := rapid.SampledFrom([]Fact{
				moves(rapid.SampledFrom([]ResponderID{"R-1", "R-2"}).Draw(rt, "who"), rapid.SampledFrom(moved).Draw(rt, "moves")),
				says("a1", AlertHanded), Acknowledged{Operator: "li"}, Joined{Press: PressSeen{ID: "p2", Device: "D-1", Kind: SOS}},
			}).Draw(rt, "fact")
			r := record(seq+2, f)
			r.At = inc.Touched.Add(time.Duration(rapid.IntRange(0, 300).Draw(rt, "seconds")) * time.Second)
			next, err := Apply(inc, r)
			if err != nil {
				continue // the lifecycle has no such step
			}
			inc = next
			a := AssuranceOf(inc)
			var coming, there bool
			for _, o := range inc.Offers {
				coming, there = coming || o.State.Active(), there || o.State == OnScene
			}
			switch {
			case (a.Stage == StageComing) != (coming && !there):
				rt.Fatalf("says %s, offers %+v", a.Stage, inc.Offers)
			case (a.Comfort == ComfortArrived) != there:
				rt.Fatalf("says %s, offers %+v", a.Comfort, inc.Offers)
			case (a.Who != "") != (coming || there), a.Minutes != 0 && a.Stage != StageComing:
				rt.Fatalf("says %+v, offers %+v", a, inc.Offers)
			}
		}
	})
}
