package plans

import (
	"fmt"
	"strings"
	"time"

	"onekeyd/dispatch"
)

var roleWords = map[dispatch.AlertRole]string{
	dispatch.RoleSupervisor: "supervisor", dispatch.RoleCentre: "next centre", dispatch.RoleEngineer: "engineer",
}

var deedWords = map[dispatch.DeskDeed]string{
	dispatch.RingAll: "every console rings, whoever's area it is", dispatch.Louder: "consoles ring louder",
	dispatch.Supervisor: "the supervisor is called", dispatch.NextCentre: "the next centre is called",
}

var kindWords = map[dispatch.ResponderKind][2]string{
	dispatch.Worker: {"worker", "workers"}, dispatch.GridLeader: {"grid leader", "grid leaders"}, dispatch.Volunteer: {"volunteer", "volunteers"},
	dispatch.Doctor: {"doctor", "doctors"}, dispatch.Clinic: {"clinic", "clinics"}, dispatch.Hospital: {"hospital", "hospitals"},
	dispatch.Police: {"police station", "police stations"}, dispatch.Provider: {"service provider", "service providers"},
}

// kindsInWords says "workers or grid leaders", as many of them as count.
func kindsInWords(kinds []dispatch.ResponderKind, count int) string {
	all := make([]string, len(kinds))
	for n, k := range kinds {
		all[n] = kindWords[k][min(count, 2)-1]
	}
	return joined(all, ", ", " or ")
}

// rolesInWords says "the supervisor and the next centre are", or "is".
func rolesInWords(roles []dispatch.AlertRole) string {
	all := make([]string, len(roles))
	for n, r := range roles {
		all[n] = "the " + roleWords[r]
	}
	if len(all) == 1 {
		return all[0] + " is"
	}
	return joined(all, ", ", " and ") + " are"
}

// onCallInWords says who it is and when, with no more of the number than tells two apart.
func onCallInWords(o dispatch.OnCall) string {
	when := "around the clock"
	if o.From != o.To {
		when = clockText(o.From) + " to " + clockText(o.To)
	}
	who := "the " + roleWords[o.Role]
	if o.Name != "" {
		who += " " + o.Name
	}
	return who + " (" + dispatch.MaskPhone(o.Phone) + ", " + when + ")"
}

// spoken is a time as people at a desk say it: seconds up to two minutes.
func spoken(d time.Duration) string {
	switch {
	case d <= 2*time.Minute:
		return strings.TrimSuffix(fmt.Sprintf("%.1f", d.Seconds()), ".0") + unbroken + "s"
	case d%time.Hour == 0:
		return fmt.Sprintf("%d%sh", d/time.Hour, unbroken)
	case d%time.Minute == 0:
		return fmt.Sprintf("%d%smin", d/time.Minute, unbroken)
	}
	return durationText(d)
}
