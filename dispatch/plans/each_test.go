package plans_test

import (
	"slices"
	"testing"
	"time"

	"onekeyd/dispatch"
	"onekeyd/dispatch/plans"
)

func TestEachPlanComesOnce(t *testing.T) {
	a, b := dispatch.DefaultPlan(), dispatch.DefaultPlan()
	a.Name, b.Name = "a", "b"
	p := dispatch.Plans{Default: dispatch.DefaultPlan(), Areas: map[string]dispatch.Plan{"C3": a, "C1": b, "C2": a, "C0": a}}
	var got []string
	for areas, plan := range plans.Each(p) {
		got = append(got, plan.Name)
		got = append(got, areas...)
	}
	if want := []string{"default-2", "a", "C0", "C2", "C3", "b", "C1"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	for areas := range plans.Each(p) { // may be left early
		if areas != nil {
			break
		}
	}
}

func TestPeopleOnCallInEveryPlan(t *testing.T) {
	supervisor := dispatch.OnCall{Role: dispatch.RoleSupervisor, Phone: "+8613812345678", Language: "zh"}
	centre := dispatch.OnCall{Role: dispatch.RoleCentre, Phone: "+8613812345679"}
	p := read(t, "[default]\non_call = [{ role = \"supervisor\", name = \"Li\", phone = \"13812345678\" }]\n[[community]]\narea = 'C1'\non_call = []\n")
	if got := plans.Uncovered(p); len(got) != 3 {
		t.Errorf("before: %q", got)
	}
	with := plans.WithOnCall(p, []dispatch.OnCall{supervisor, centre})
	differ(t, []dispatch.OnCall{{Role: dispatch.RoleSupervisor, Name: "Li", Phone: "+8613812345678"}, centre}, with.Default.OnCall)
	differ(t, []dispatch.OnCall{supervisor, centre}, with.Areas["C1"].OnCall)
	if got := plans.Uncovered(with); len(got) != 0 {
		t.Errorf("after: %q", got)
	}
	if len(p.Default.OnCall) != 1 || len(p.Areas["C1"].OnCall) != 0 {
		t.Error("the plans given were changed")
	}
}

func TestUncoveredHoursAreNamed(t *testing.T) {
	p := read(t, "[default]\nname = \"county\"\non_call = [{ role = \"supervisor\", phone = \"13812345678\", hours = \"06:00-02:00\" }, { role = \"centre\", phone = \"13812345679\" }]\n")
	differ(t, []string{"plan county: no supervisor is on call from 02:00 to 06:00"}, plans.Uncovered(p))
	p.Default.OnCall[0].To = p.Default.OnCall[0].From + 24*time.Hour - 4*time.Hour // the same, as a number past midnight
	if p.Default.OnCall[0].On(3 * time.Hour) {
		t.Error("on call at three in the night")
	}
}
