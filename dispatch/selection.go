package dispatch

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"onekeyd/geo"
)

// maxPassedOver bounds the reasons kept about people who were not asked.
const maxPassedOver = 12

// Select ranks candidates for one share of a plan and returns the offers, with
// the reason for each, and those passed over, with theirs. It is pure.
//
// Grid first, metres second: who shares the smaller area goes before who is
// nearer, because grids are cut along roads and rivers, and the one across the
// river is not near. Within one area the time until help is there decides: the
// way, and how long this person is likely to keep us waiting; a position older than the plan's FreshFor ranks behind all fresh ones of that area.
func Select(plan Plan, share Share, candidates []Candidate) ([]Offer, []PassedOver) {
	ranked := slices.Clone(candidates)
	slices.SortFunc(ranked, func(a, b Candidate) int {
		return cmp.Or(
			-cmp.Compare(depth(a.Shared), depth(b.Shared)),
			compareBool(stale(plan, a), stale(plan, b)),
			cmp.Compare(expected(plan, a), expected(plan, b)),
			cmp.Compare(a.Distance, b.Distance),
			cmp.Compare(a.Responder.ID, b.Responder.ID),
		)
	})
	var offers []Offer
	var passed []PassedOver
	for n, c := range ranked {
		if n < share.Count {
			o := offer(plan, c)
			o.Words, o.Stays = share.Words, share.Stays
			offers = append(offers, o)
		} else if len(passed) < maxPassedOver {
			passed = append(passed, PassedOver{c.Responder.ID, c.Responder.Name, fmt.Sprintf("%d others rank before: %s", n, why(plan, c))})
		}
	}
	return offers, passed
}

func offer(plan Plan, c Candidate) Offer {
	o := Offer{
		Responder: c.Responder.ID, Name: c.Responder.Name, Kind: c.Responder.Kind, Phone: c.Responder.Phone,
		Distance: c.Distance, ETA: plan.ETA(c.Distance), Shared: string(c.Shared), From: "base", At: c.At, Why: why(plan, c),
	}
	if c.Live {
		o.From = "live"
	}
	return o
}

// why says in words what Select ranked by, in the order it did.
func why(plan Plan, c Candidate) string {
	var b strings.Builder
	if c.Shared != "" {
		fmt.Fprintf(&b, "same %s, ", c.Shared)
	} else {
		b.WriteString("no shared area, ")
	}
	fmt.Fprintf(&b, "%.0f m, about %s", float64(c.Distance), plan.ETA(c.Distance).Round(time.Second))
	switch {
	case !c.Live:
		b.WriteString(" from base")
	case stale(plan, c):
		fmt.Fprintf(&b, " from a position %s old", c.Age.Round(time.Second))
	default:
		b.WriteString(" from live position")
	}
	b.WriteString(habit(c))
	return b.String()
}

func stale(plan Plan, c Candidate) bool { return c.Live && c.Age > plan.FreshFor }

// depth orders the shared levels: the smaller the area, the larger. Areas above
// the community are no neighbourhood, so sharing them counts as nothing.
func depth(l geo.Level) int {
	if l == "" || l.Depth() < geo.Community.Depth() {
		return 0
	}
	return l.Depth()
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}
