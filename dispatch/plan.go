package dispatch

import (
	"fmt"
	"time"

	"onekeyd/geo"
)

// Plan says, for each kind of press, who is asked and told at once. Tiers,
// offer times and the last resort come with the escalation of unanswered calls;
// a plan is data, so that they are new fields and not new code.
type Plan struct {
	Name string
	Asks map[Kind]Ask
	// Speed at which helpers move, metres a second, and Detour, the ratio of the
	// way to the straight line.
	Speed, Detour float64
	// A live position counts fully until FreshFor, ranks behind until UsableFor,
	// and then gives way to the base.
	FreshFor, UsableFor time.Duration
}

// Ask is whom one kind of press reaches.
type Ask struct {
	Shares []Share
	Family bool // contacts are told at once
	Nobody bool // recorded only: a test
}

// Share asks Count responders out of these kinds together.
type Share struct {
	Kinds []ResponderKind
	Count int
}

// DefaultPlan asks three workers or grid leaders and the nearest clinic and
// tells the family (DESIGN section 4). Helpers move at a median 2.3 m/s (DOMAIN:
// volunteer responder studies); the detour of 1.3 is our assumption until there
// are routes.
func DefaultPlan() Plan {
	urgent := Ask{Shares: []Share{{Kinds: []ResponderKind{Worker, GridLeader}, Count: 3}, {Kinds: []ResponderKind{Clinic}, Count: 1}}, Family: true}
	desk := Ask{}
	return Plan{
		Name:  "default-1",
		Asks:  map[Kind]Ask{SOS: urgent, Fall: urgent, Inactivity: urgent, Service: desk, Cancel: desk, Test: {Nobody: true}},
		Speed: 2.3, Detour: 1.3, FreshFor: 15 * time.Minute, UsableFor: 30 * time.Minute,
	}
}

// Ask of a kind; a kind the plan does not know is treated as an SOS.
func (p Plan) Ask(k Kind) Ask {
	if a, ok := p.Asks[k]; ok {
		return a
	}
	return p.Asks[SOS]
}

// ETA is the time a helper needs for a straight-line distance, to the second.
func (p Plan) ETA(d geo.Metres) time.Duration {
	return time.Duration(float64(d) * p.Detour / p.Speed * float64(time.Second)).Round(time.Second)
}

// Check says what is wrong with a plan.
func (p Plan) Check() error {
	if p.Speed <= 0 || p.Detour < 1 {
		return fmt.Errorf("plan %s: speed must be above 0 m/s and detour at least 1", p.Name)
	}
	if _, ok := p.Asks[SOS]; !ok {
		return fmt.Errorf("plan %s: no ask for an sos press", p.Name)
	}
	for kind, ask := range p.Asks {
		for _, s := range ask.Shares {
			if s.Count < 1 || len(s.Kinds) == 0 {
				return fmt.Errorf("plan %s: a share of %s asks nobody", p.Name, kind)
			}
		}
		if ask.Nobody && kind != Test {
			return fmt.Errorf("plan %s: only a test press may reach nobody, not %s", p.Name, kind)
		}
	}
	return nil
}
