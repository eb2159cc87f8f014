package plans_test

import (
	"bytes"
	"strings"
	"testing"

	"onekeyd/dispatch"
	"onekeyd/dispatch/plans"
)

func explained(t *testing.T, p dispatch.Plans, facts plans.Facts) string {
	t.Helper()
	var b bytes.Buffer
	if err := plans.Explain(&b, p, facts); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// A reviewer of a changed word or rule sees what people will read.
func TestExplainedPlans(t *testing.T) {
	p := read(t, `
[default]
name = "county"
on_call = [
  { role = "supervisor", name = "王经理", phone = "13812345678", hours = "08:00-20:00" },
  { role = "supervisor", name = "李主任", phone = "13812345111", hours = "20:00-08:00" },
  { role = "centre", name = "市中心", phone = "0546-2521222" },
  { role = "engineer", phone = "+12125550142" },
]
[[community]]
area = ["C1", "C2"]
[community.sos]
offer_for = "40s"
shares = [{ kinds = "worker" }, { kinds = ["clinic", "doctor"], count = 2, stays = true }]
[[community]]
area = "C9"
name = "same"
[[community]]
area = "C4"
name = "night"
on_call = [{ role = "supervisor", phone = "13812345999" }]
desk = [{ after = "5s", do = "next_centre" }]
[community.inactivity]
shares = []
[community.service]
family = true
`)
	names := map[string]string{"C1": "和平社区", "C2": "永兴社区", "C4": "新兴社区"}
	facts := plans.Facts{
		OnDuty: map[dispatch.ResponderKind]int{dispatch.Worker: 3, dispatch.Clinic: 1, dispatch.Provider: 2},
		Area:   func(code string) (string, bool) { name, ok := names[code]; return name, ok },
	}
	golden(t, "testdata/explained.golden", []byte(explained(t, p, facts)))
}

// Whoever has configured nothing is told in capitals what will not happen.
func TestExplainedWithoutAnybodyOnCall(t *testing.T) {
	got := explained(t, dispatch.Plans{Default: dispatch.DefaultPlan()}, plans.Facts{})
	for _, want := range []string{"The last resort is NOBODY: no supervisor and no next centre is configured.", "on call: nobody."} {
		if !strings.Contains(strings.Join(strings.Fields(got), " "), want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if strings.Contains(got, "on duty") {
		t.Errorf("without a directory it speaks of duty:\n%s", got)
	}
}

// Explanations are pasted into letters: they hold no telephone number.
func TestExplainedNumbersAreMasked(t *testing.T) {
	p := plans.WithOnCall(dispatch.Plans{Default: dispatch.DefaultPlan()}, []dispatch.OnCall{{Role: dispatch.RoleSupervisor, Phone: "+8613812345678"}})
	got := explained(t, p, plans.Facts{})
	if !strings.Contains(got, "***678") || strings.Contains(got, "2345678") {
		t.Error(got)
	}
}
