package plans_test

import (
	"bytes"
	"flag"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"onekeyd/dispatch"
	"onekeyd/dispatch/plans"
)

var update = flag.Bool("update", false, "write golden files anew")

func golden(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s: %s", path, diff)
	}
}

// plans.toml is the built-in plan for people to read, and to begin their own with.
func TestTheBuiltInPlanInWriting(t *testing.T) {
	p := dispatch.Plans{Default: dispatch.DefaultPlan()}
	var b bytes.Buffer
	if err := plans.Print(&b, p); err != nil {
		t.Fatal(err)
	}
	golden(t, "plans.toml", b.Bytes())
	differ(t, p, read(t, b.String()))
	// Every key has its explanation where it comes first.
	explained := 0
	for line := range strings.Lines(b.String()) {
		if strings.HasPrefix(line, "#") {
			explained++
		}
	}
	if explained < 35 {
		t.Errorf("only %d lines explain anything", explained)
	}
}

// Whatever a plan is, what is printed of it is read as the same.
func TestWhatIsPrintedIsReadAsTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := dispatch.Plans{Default: somePlan(t, "default")}
		for n := range rapid.IntRange(0, 3).Draw(t, "communities") {
			plan := p.Default
			if rapid.Bool().Draw(t, "different") {
				plan = somePlan(t, "community")
				plan.FreshFor, plan.UsableFor = min(plan.FreshFor, p.Default.UsableFor), p.Default.UsableFor // positions are of all areas together
			}
			plan.Name = string(rune('a'+n)) + plan.Name // names are of one plan each
			for m := range rapid.IntRange(1, 3).Draw(t, "areas") {
				if p.Areas == nil {
					p.Areas = map[string]dispatch.Plan{}
				}
				p.Areas[string(rune('A'+n))+string(rune('0'+m))] = plan
			}
		}
		again(t, p)
	})
}

func somePlan(t *rapid.T, what string) dispatch.Plan {
	p := dispatch.DefaultPlan()
	duration := rapid.Map(rapid.IntRange(1, 24*3600*10), func(n int) time.Duration { return time.Duration(n) * 100 * time.Millisecond })
	perhaps := rapid.OneOf(rapid.Just(time.Duration(0)), duration)
	number := rapid.Float64Range(1, 99)
	kinds := rapid.SliceOfNDistinct(rapid.SampledFrom(dispatch.ResponderKinds()), 1, 3, rapid.ID)
	text := rapid.StringMatching(`x[a-z"'\\#王 =\]]{0,8}x`).Draw
	share := rapid.Custom(func(t *rapid.T) dispatch.Share {
		return dispatch.Share{
			Kinds: kinds.Draw(t, "kinds"), Count: rapid.IntRange(1, 50).Draw(t, "count"),
			Words: rapid.SampledFrom([]string{"", "responder_alert", "service_order"}).Draw(t, "words"), Stays: rapid.Bool().Draw(t, "stays"),
		}
	})
	role := rapid.SampledFrom([]dispatch.AlertRole{dispatch.RoleSupervisor, dispatch.RoleCentre, dispatch.RoleEngineer})
	ask := func() dispatch.Ask {
		a := dispatch.Ask{
			Shares: rapid.SliceOfN(share, 0, 3).Draw(t, "shares"), Enough: rapid.IntRange(1, 50).Draw(t, "enough"),
			OfferFor: duration.Draw(t, "offer_for"), Family: rapid.Bool().Draw(t, "family"),
			Arrive: perhaps.Draw(t, "arrive"), Remind: perhaps.Draw(t, "remind"),
		}
		after := time.Duration(0)
		for range rapid.IntRange(1, 3).Draw(t, "tiers") {
			after += time.Duration(rapid.IntRange(1, 3600).Draw(t, "after")) * time.Second
			a.Tiers = append(a.Tiers, dispatch.Tier{
				After: after, Shares: rapid.SliceOfN(share, 0, 2).Draw(t, "shares"), Call: rapid.SliceOfNDistinct(role, 1, 2, rapid.ID).Draw(t, "call"),
				Family: rapid.Bool().Draw(t, "family"), Every: perhaps.Draw(t, "every"),
			})
		}
		a.Tiers[len(a.Tiers)-1].Every = duration.Draw(t, "last") // no plan ends in silence
		return a
	}
	p.Name = what + text(t, "name")
	p.Asks = map[dispatch.Kind]dispatch.Ask{
		dispatch.SOS: ask(), dispatch.Fall: ask(), dispatch.Inactivity: ask(), dispatch.Service: ask(), dispatch.AreaStorm: ask(),
		dispatch.Cancel: p.Asks[dispatch.Cancel], dispatch.Test: p.Asks[dispatch.Test],
	}
	p.Unseen = time.Duration(rapid.IntRange(1, 3000).Draw(t, "unseen")) * time.Millisecond
	p.Speed, p.Detour = number.Draw(t, "speed"), number.Draw(t, "detour")
	p.UsableFor = duration.Draw(t, "usable")
	p.FreshFor = min(p.UsableFor, duration.Draw(t, "fresh"))
	p.Waits = dispatch.Waits{
		Sent: duration.Draw(t, "sent"), Delivered: duration.Draw(t, "delivered"), Answer: duration.Draw(t, "answer"), Calls: rapid.IntRange(0, 50).Draw(t, "calls"),
		Move: duration.Draw(t, "move"), Arrive: duration.Draw(t, "arrive"), ArriveETA: number.Draw(t, "eta"), Remind: duration.Draw(t, "remind"), Close: duration.Draw(t, "close"),
	}
	p.Storm = dispatch.Storm{
		Devices: rapid.IntRange(2, 50).Draw(t, "devices"), Share: rapid.Float64Range(0.01, 1).Draw(t, "share"), Least: rapid.IntRange(2, 50).Draw(t, "least"),
		Within: duration.Draw(t, "within"), Calm: duration.Draw(t, "calm"),
	}
	for range rapid.IntRange(0, 3).Draw(t, "people") {
		from, to := rapid.IntRange(0, 1439).Draw(t, "from"), rapid.IntRange(0, 1440).Draw(t, "to")
		o := dispatch.OnCall{Role: role.Draw(t, "role"), Name: text(t, "name"), Phone: rapid.SampledFrom([]string{"+8613812345678", "+85261234567"}).Draw(t, "phone"), Language: rapid.SampledFrom([]string{"", "zh", "en"}).Draw(t, "language")}
		if to-from != 0 && to-from != 1440 { // the whole day is written in one way only
			o.From, o.To = time.Duration(from)*time.Minute, time.Duration(to)*time.Minute
		}
		p.OnCall = append(p.OnCall, o)
	}
	return p
}
