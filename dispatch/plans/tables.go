package plans

import (
	"fmt"
	"slices"
	"strings"

	"onekeyd/dispatch"
)

// The readers of tables give what the file says over what was there.

func (r *reading) ask(place string, t askTable, a dispatch.Ask) dispatch.Ask {
	replace(r, place+".shares", t.Shares, &a.Shares, r.share)
	r.count(place+".enough", t.Enough, &a.Enough, 1)
	r.duration(place+".offer_for", t.OfferFor, &a.OfferFor)
	r.yes(place+".family", t.Family, &a.Family)
	r.durationOrNone(place+".arrive", t.Arrive, &a.Arrive)
	r.durationOrNone(place+".remind", t.Remind, &a.Remind)
	replace(r, place+".tiers", t.Tiers, &a.Tiers, r.tier)
	return a
}

// replace takes a list if it is there and every entry of it is in order. One
// that is not leaves the old list, so that the plan's own check does not
// complain of what is only half read.
func replace[T, V any](r *reading, place string, list []T, into *[]V, read func(place string, t T) V) {
	if list == nil {
		return
	}
	before := len(r.wrong)
	var all []V
	for n, t := range list {
		all = append(all, read(fmt.Sprintf("%s[%d]", place, n+1), t))
	}
	if len(r.wrong) == before {
		*into = all
	}
}

func (r *reading) share(place string, t shareTable) dispatch.Share {
	s := dispatch.Share{Count: 1, Words: r.text(place+".words", t.Words, "")}
	if s.Words != "" && !slices.Contains(Words(), s.Words) {
		r.bad(place+".words", "is %q; %s is expected", s.Words, strings.Join(Words(), " or "))
	}
	for _, k := range r.list(place+".kinds", t.Kinds) {
		kind := dispatch.ResponderKind(k)
		if !slices.Contains(dispatch.ResponderKinds(), kind) {
			r.bad(place+".kinds", "%q is none; %s are", k, joined(dispatch.ResponderKinds(), ", ", " and "))
		}
		s.Kinds = append(s.Kinds, kind)
	}
	if t.Kinds == nil {
		r.bad(place, "kinds is missing: who is asked")
	}
	r.count(place+".count", t.Count, &s.Count, 1)
	r.yes(place+".stays", t.Stays, &s.Stays)
	return s
}

// Words are the kinds of text by which a share can be asked; the table of texts
// has all of them.
func Words() []string {
	return []string{"responder_alert", "responder_alert_min", "service_order", "storm"}
}

func (r *reading) tier(place string, t tierTable) dispatch.Tier {
	var tier dispatch.Tier
	r.needed(place, "after", t.After)
	r.duration(place+".after", t.After, &tier.After)
	replace(r, place+".shares", t.Shares, &tier.Shares, r.share)
	for _, s := range r.list(place+".call", t.Call) {
		tier.Call = append(tier.Call, r.role(place+".call", s))
	}
	r.yes(place+".family", t.Family, &tier.Family)
	r.durationOrNone(place+".every", t.Every, &tier.Every)
	return tier
}

func (r *reading) step(place string, t deskTable) dispatch.DeskStep {
	var s dispatch.DeskStep
	r.needed(place, "after", t.After)
	r.duration(place+".after", t.After, &s.After)
	r.needed(place, "do", t.Do)
	s.Deed = dispatch.DeskDeed(r.text(place+".do", t.Do, ""))
	if t.Do != nil && !slices.Contains(deeds(), s.Deed) {
		r.bad(place+".do", "is %q; %s is expected", s.Deed, joined(deeds(), ", ", " or "))
	}
	return s
}

func deeds() []dispatch.DeskDeed {
	return []dispatch.DeskDeed{dispatch.RingAll, dispatch.Louder, dispatch.Supervisor, dispatch.NextCentre}
}

func (r *reading) waits(place string, t waitsTable, w *dispatch.Waits) {
	r.duration(place+".sent", t.Sent, &w.Sent)
	r.duration(place+".delivered", t.Delivered, &w.Delivered)
	r.duration(place+".answer", t.Answer, &w.Answer)
	r.count(place+".calls", t.Calls, &w.Calls, 0)
	r.duration(place+".move", t.Move, &w.Move)
	r.duration(place+".arrive", t.Arrive, &w.Arrive)
	r.number(place+".arrive_eta", t.ArriveETA, &w.ArriveETA)
	r.duration(place+".remind", t.Remind, &w.Remind)
	r.duration(place+".close", t.Close, &w.Close)
}

// mostKeys is more than any community has: a plan that says so gathers nothing.
const mostKeys = 1_000_000

func (r *reading) gather(place string, t gatherTable, s *dispatch.Storm) {
	r.within(place+".devices", t.Devices, &s.Devices, 2, mostKeys)
	r.number(place+".share", t.Share, &s.Share)
	r.within(place+".least", t.Least, &s.Least, 2, mostKeys)
	r.duration(place+".within", t.Within, &s.Within)
	r.duration(place+".calm", t.Calm, &s.Calm)
}

func (r *reading) onCall(place string, t onCallTable) dispatch.OnCall {
	o := dispatch.OnCall{Name: r.text(place+".name", t.Name, ""), Language: r.text(place+".language", t.Language, "")}
	r.needed(place, "role", t.Role)
	if t.Role != nil {
		o.Role = r.role(place+".role", r.text(place+".role", t.Role, ""))
	}
	r.needed(place, "phone", t.Phone)
	if number := r.text(place+".phone", t.Phone, ""); number != "" {
		e164, _, err := r.phones.E164(number)
		if err != nil {
			r.bad(place+".phone", "%w", err)
		}
		o.Phone = e164
	}
	if !slices.Contains([]string{"", "zh", "en"}, o.Language) {
		r.bad(place+".language", "is %q; zh or en is expected", o.Language)
	}
	if hours := r.text(place+".hours", t.Hours, ""); hours != "" {
		from, to, err := parseHours(hours)
		if err != nil {
			r.bad(place+".hours", "%w", err)
		}
		o.From, o.To = from, to
	}
	return o
}

func (r *reading) role(place, s string) dispatch.AlertRole {
	role := dispatch.AlertRole(s)
	if !slices.Contains(roles(), role) {
		r.bad(place, "is %q; %s is expected", s, joined(roles(), ", ", " or "))
	}
	return role
}

func roles() []dispatch.AlertRole {
	return []dispatch.AlertRole{dispatch.RoleSupervisor, dispatch.RoleCentre, dispatch.RoleEngineer}
}
