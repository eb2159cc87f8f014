package main

import (
	"errors"
	"fmt"
	"os"
	"slices"

	"onekeyd/alerts"
	"onekeyd/cmd/onekeyd/settings"
	"onekeyd/dispatch"
	"onekeyd/dispatch/plans"
)

// filePlans are the plans of the file that settings name, or the built-in one.
func filePlans(cfg settings.Settings) (dispatch.Plans, error) {
	at := zone(cfg.Centre.TimeZone)
	if cfg.Plans == "" {
		return dispatch.Plans{Default: dispatch.DefaultPlan(), Zone: at}, nil
	}
	data, err := os.ReadFile(cfg.Plans)
	if err != nil {
		return dispatch.Plans{}, fmt.Errorf("read the plans: %w", err)
	}
	p, err := plans.Read(data, dispatch.DefaultPlan(), at)
	if err != nil {
		return dispatch.Plans{}, fmt.Errorf("the plans of %s:\n%w", cfg.Plans, err)
	}
	return p, nil
}

// readPlans are the plans in force, with the people on call whom settings name
// in every one of them, and what they cannot promise.
//
// A file that names people on call has a rota, and one with a gap is refused:
// nobody would notice before the night in which it matters. Without any, the
// daemon serves, since a key must work on the first day, and says what is missing.
func readPlans(cfg settings.Settings) (dispatch.Plans, []string, error) {
	p, err := filePlans(cfg)
	if err != nil {
		return dispatch.Plans{}, nil, err
	}
	rota := false
	for _, plan := range plans.Each(p) {
		rota = rota || len(plan.OnCall) > 0
	}
	p = plans.WithOnCall(p, onCallOf(cfg.Centre))
	uncovered := plans.Uncovered(p)
	if !rota || len(uncovered) == 0 {
		return p, nobodyCalled(p), nil
	}
	wrong := make([]error, len(uncovered))
	for n, gap := range uncovered {
		wrong[n] = errors.New(gap)
	}
	return dispatch.Plans{}, nil, fmt.Errorf("the plans of %s leave hours without anybody to call:\n%w", cfg.Plans, errors.Join(wrong...))
}

// onCallOf are the people of a small centre, on call around the clock.
func onCallOf(c settings.Centre) []dispatch.OnCall {
	var people []dispatch.OnCall
	for _, o := range []dispatch.OnCall{
		{Role: dispatch.RoleSupervisor, Phone: c.Supervisor}, {Role: dispatch.RoleCentre, Phone: c.NextCentre}, {Role: dispatch.RoleEngineer, Phone: c.Engineer},
	} {
		if o.Phone != "" {
			o.Language = c.Language
			people = append(people, o)
		}
	}
	return people
}

// nobodyCalled says which steps of the plans would call nobody.
func nobodyCalled(p dispatch.Plans) []string {
	without := func(others ...dispatch.AlertRole) bool { // somebody, if these are covered
		var people []dispatch.OnCall
		for _, role := range others {
			people = append(people, dispatch.OnCall{Role: role, Phone: "covered"})
		}
		return len(plans.Uncovered(plans.WithOnCall(p, people))) > 0
	}
	supervisor, centre := without(dispatch.RoleCentre), without(dispatch.RoleSupervisor)
	switch {
	case supervisor && centre:
		return []string{"nobody is called when nobody answers: set centre.supervisor and centre.next_centre"}
	case supervisor:
		return []string{"no supervisor is called when nobody answers: set centre.supervisor"}
	case centre:
		return []string{"no next centre is called when nobody answers and no operator is there: set centre.next_centre"}
	}
	return nil
}

// unreachable names, without their numbers, the people on call whom no carrier serves.
func unreachable(p dispatch.Plans, serves func(e164 string) bool) []string {
	var out []string
	for _, plan := range plans.Each(p) {
		for _, o := range plan.OnCall {
			said := fmt.Sprintf("no carrier serves the number of the %s %s who is on call: they are not told when nobody answers", o.Role, dispatch.MaskPhone(o.Phone))
			if !serves(o.Phone) && !slices.Contains(out, said) {
				out = append(out, said)
			}
		}
	}
	return out
}

// servedBy reports whether any of the senders serves a number.
func servedBy(senders []alerts.Sender) func(e164 string) bool {
	return func(e164 string) bool {
		return slices.ContainsFunc(senders, func(s alerts.Sender) bool { return s.Caps().Serves(e164) })
	}
}

// misplaced names the plans whose areas the directory does not have: they are in force nowhere.
func misplaced(p dispatch.Plans, known func(code string) bool) []string {
	var out []string
	for areas, plan := range plans.Each(p) {
		for _, code := range areas {
			if !known(code) {
				out = append(out, fmt.Sprintf("plan %s is for the area %s, which the directory does not have", plan.Name, code))
			}
		}
	}
	return out
}
