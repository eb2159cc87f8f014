package dispatch

import (
	"slices"
	"testing"
	"time"
)

func TestOnCallAtThisHour(t *testing.T) {
	const h = time.Hour
	for name, c := range map[string]struct {
		from, to, clock time.Duration
		on              bool
	}{
		"all day":              {0, 0, 3 * h, true},
		"all day, by any hour": {8 * h, 8 * h, 7 * h, true},
		"as it begins":         {8 * h, 20 * h, 8 * h, true},
		"before it begins":     {8 * h, 20 * h, 8*h - time.Second, false},
		"as it ends":           {8 * h, 20 * h, 20 * h, false},
		"before it ends":       {8 * h, 20 * h, 20*h - time.Second, true},
		"over midnight, late":  {20 * h, 8 * h, 23 * h, true},
		"over midnight, early": {20 * h, 8 * h, 7 * h, true},
		"over midnight, noon":  {20 * h, 8 * h, 12 * h, false},
		"until midnight":       {20 * h, 24 * h, 23 * h, true},
	} {
		if got := (OnCall{From: c.from, To: c.to}).On(c.clock); got != c.on {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// The hours at which a step of the plan would call nobody, in words.
func TestHoursWithoutAnybodyOnCall(t *testing.T) {
	const h = time.Hour
	day := func(r AlertRole) OnCall { return OnCall{Role: r, From: 8 * h, To: 20 * h} }
	night := func(r AlertRole) OnCall { return OnCall{Role: r, From: 20 * h, To: 8 * h} }
	always := func(r AlertRole) OnCall { return OnCall{Role: r} }
	for name, c := range map[string]struct {
		on   []OnCall
		want []string
	}{
		"nobody":   {nil, []string{"plan p: no supervisor is on call from 00:00 to 24:00", "plan p: no centre is on call from 00:00 to 24:00"}},
		"always":   {[]OnCall{always(RoleSupervisor), always(RoleCentre)}, nil},
		"in turns": {[]OnCall{day(RoleSupervisor), night(RoleSupervisor), always(RoleCentre)}, nil},
		"by day":   {[]OnCall{day(RoleSupervisor), always(RoleCentre)}, []string{"plan p: no supervisor is on call from 00:00 to 08:00", "plan p: no supervisor is on call from 20:00 to 24:00"}},
		"by night": {[]OnCall{always(RoleSupervisor), night(RoleCentre)}, []string{"plan p: no centre is on call from 08:00 to 20:00"}},
		"a gap of a minute": {[]OnCall{{Role: RoleSupervisor, From: 0, To: 12 * h}, {Role: RoleSupervisor, From: 12*h + time.Minute, To: 24 * h}, always(RoleCentre)},
			[]string{"plan p: no supervisor is on call from 12:00 to 12:01"}},
		"the wrong role": {[]OnCall{always(RoleEngineer), always(RoleCentre)}, []string{"plan p: no supervisor is on call from 00:00 to 24:00"}},
	} {
		p := DefaultPlan()
		p.Name, p.OnCall = "p", c.on
		if got := p.Uncovered(); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	p := DefaultPlan()
	p.Name, p.OnCall = "p", []OnCall{always(RoleSupervisor), always(RoleCentre)}
	sos := p.Asks[SOS]
	sos.Tiers = append(slices.Clone(sos.Tiers), Tier{After: 5 * time.Minute, Call: []AlertRole{RoleEngineer}, Every: time.Minute})
	p.Asks[SOS] = sos
	if got := p.Uncovered(); !slices.Equal(got, []string{"plan p: no engineer is on call from 00:00 to 24:00"}) {
		t.Errorf("a tier that calls the engineer: %q", got)
	}
}
