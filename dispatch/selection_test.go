package dispatch

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"onekeyd/geo"
)

func candidate(id string, shared geo.Level, metres float64, change ...func(*Candidate)) Candidate {
	c := Candidate{Responder: Responder{ID: ResponderID(id), Name: id, Kind: Worker, OnDuty: true}, Distance: geo.Metres(metres), Shared: shared}
	for _, f := range change {
		f(&c)
	}
	return c
}

func live(age time.Duration) func(*Candidate) {
	return func(c *Candidate) { c.Live, c.Age = true, age }
}

func answers(p float64) func(*Candidate) {
	return func(c *Candidate) { c.Likely, c.Offers = p, 20 }
}

func TestSelectRanksGridFirstThenArrival(t *testing.T) {
	for name, c := range map[string]struct {
		from []Candidate
		want []ResponderID
	}{
		"same grid before nearer across the river": {
			from: []Candidate{candidate("across", "community", 50), candidate("grid", "grid", 900)},
			want: []ResponderID{"grid", "across"},
		},
		"same stairwell before same building": {
			from: []Candidate{candidate("building", "building", 1), candidate("unit", "unit", 30), candidate("group", "group", 0)},
			want: []ResponderID{"unit", "building", "group"},
		},
		"a shared city is no neighbourhood": {
			from: []Candidate{candidate("city", "city", 400), candidate("stranger", "", 300)},
			want: []ResponderID{"stranger", "city"},
		},
		"within a grid the time of arrival": {
			from: []Candidate{candidate("far", "grid", 700), candidate("near", "grid", 70)},
			want: []ResponderID{"near", "far"},
		},
		"an old position ranks behind a fresh one": {
			from: []Candidate{candidate("old", "grid", 10, live(20*time.Minute)), candidate("fresh", "grid", 500, live(time.Minute)), candidate("base", "grid", 600)},
			want: []ResponderID{"fresh", "base", "old"},
		},
		"who answers at this hour before who is a little nearer and does not": {
			from: []Candidate{candidate("silent", "grid", 50, answers(0.05)), candidate("willing", "grid", 200, answers(0.8)), candidate("unknown", "grid", 120)},
			want: []ResponderID{"willing", "unknown", "silent"},
		},
		"ties by id, so that every node chooses alike": {
			from: []Candidate{candidate("b", "grid", 10), candidate("a", "grid", 10)},
			want: []ResponderID{"a", "b"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			offers, _ := Select(DefaultPlan(), Share{Count: 9}, c.from)
			var got []ResponderID
			for _, o := range offers {
				got = append(got, o.Responder)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestSelectSaysWhy(t *testing.T) {
	offers, passed := Select(DefaultPlan(), Share{Count: 1}, []Candidate{candidate("near", "grid", 230), candidate("next", "community", 460, live(time.Minute))})
	if len(offers) != 1 || len(passed) != 1 {
		t.Fatalf("%d offers and %d passed over, want one of each", len(offers), len(passed))
	}
	for _, word := range []string{"same grid", "230 m", "2m10s", "base"} {
		if !strings.Contains(offers[0].Why, word) {
			t.Errorf("why %q does not say %q", offers[0].Why, word)
		}
	}
	for _, word := range []string{"1 others", "same community", "live position"} {
		if !strings.Contains(passed[0].Why, word) {
			t.Errorf("passed over because %q, which does not say %q", passed[0].Why, word)
		}
	}
}

// 2.3 m/s and a detour of 1.3: 230 m take 130 s.
func TestETA(t *testing.T) {
	if got := DefaultPlan().ETA(230); got != 130*time.Second {
		t.Errorf("230 m take %s, want 2m10s", got)
	}
}

func TestPlanCheck(t *testing.T) {
	if wrong := DefaultPlan().Check(); len(wrong) > 0 {
		t.Fatal(wrong)
	}
	for name, spoil := range map[string]func(*Plan){
		"no ask for sos":          func(p *Plan) { delete(p.Asks, SOS) },
		"nobody hears an sos":     func(p *Plan) { p.Asks[SOS] = Ask{Nobody: true} },
		"a share of nobody":       func(p *Plan) { p.Asks[SOS] = Ask{Shares: []Share{{Kinds: []ResponderKind{Worker}}}} },
		"helpers that never move": func(p *Plan) { p.Speed = 0 },
		"an end in silence": func(p *Plan) {
			a := p.Asks[SOS]
			a.Tiers = a.Tiers[:1]
			p.Asks[SOS] = a
		},
		"a press nobody need see":  func(p *Plan) { p.Unseen = time.Minute },
		"a desk without deadlines": func(p *Plan) { p.Desk = nil },
		"on call without a number": func(p *Plan) { p.OnCall = []OnCall{{Role: RoleSupervisor, Name: "周"}} },
	} {
		p := DefaultPlan()
		spoil(&p)
		if wrong := p.Check(); len(wrong) == 0 {
			t.Errorf("%s: the plan passes", name)
		}
	}
}
