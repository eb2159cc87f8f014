package dispatch

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"time"
)

const (
	// patient is how often a last step is repeated at its own pace; later ones come
	// slower by one of its times each, down to the pace of reminders.
	patient = 5
	// abandoned is after how long a call that no human takes is reminded of by the
	// hour: whoever did not pick up forty times needs no forty more, and what is
	// kept of an incident must not grow without end.
	abandoned, hourly = 6 * time.Hour, time.Hour
)

// circle climbs the plan's tiers while nobody is on the way.
func (n *next) circle() {
	tiers := n.ask.Tiers
	have, want := n.helpers()
	if len(tiers) == 0 || n.listed() || have >= want || n.inc.Waiting.IsZero() && n.inc.More == 0 {
		return
	}
	from, lack := n.inc.Needed, "nobody is on the way"
	switch {
	case n.inc.Waiting.IsZero():
		lack = "the help that was asked for is not on the way"
	case from.After(n.inc.RaisedAt) && from.After(n.inc.Urgent):
		from = from.Add(-tiers[0].After) // who lost a helper has waited already
	}
	for at := n.inc.Tier; at < len(tiers); at++ {
		t := tiers[at]
		if !n.come(from.Add(t.After)) {
			return
		}
		n.climb(t, at+1, fmt.Sprintf("%s after %s", lack, n.look.Now.Sub(n.inc.Needed).Round(time.Second)))
	}
	last := tiers[len(tiers)-1]
	if last.Every <= 0 || n.inc.Acked != nil {
		return
	}
	pause := min(last.Every*time.Duration(max(1, n.inc.Times-patient+1)), max(last.Every, n.remind(n.inc.Needed)))
	if n.come(n.inc.TierAt.Add(pause)) {
		n.climb(last, n.inc.Tier, fmt.Sprintf("%s after %s, and no operator has taken it", lack, n.look.Now.Sub(n.inc.Needed).Round(time.Second)))
	}
}

func (n *next) climb(t Tier, step int, why string) {
	n.fact(Escalated{Ladder: LadderCircle, Step: step, Why: n.onCallWords(why, t.Call)})
	for _, role := range t.Call {
		if n.inc.Acked == nil || t.Every == 0 { // what is repeated until a human takes it is not for one who has
			n.onCall(role, "escalate", fmt.Sprintf("circle%d/%d/%d", step, n.inc.Times, n.inc.Needed.UnixNano()))
		}
	}
	if t.Family {
		for _, c := range n.family() {
			if !n.answered(c.To) {
				n.call(n.asked(c.To, 0), n.look.Now)
			}
		}
	}
}

// desk climbs the desk's ladder while no operator has taken the incident and
// nobody is on the way. If no console that can be heard has shown it, the first
// step that rings a telephone is taken at once.
func (n *next) desk() {
	inc, steps := n.inc, n.plan.Desk
	if inc.Acked != nil || inc.Urgency > Amber || inc.attended() || n.look.Gathered {
		return // what an area's incident has gathered is escalated there
	}
	if !heard(inc) && n.come(inc.Urgent.Add(n.plan.Unseen)) {
		at := slices.IndexFunc(steps, func(s DeskStep) bool { return s.Deed == Supervisor || s.Deed == NextCentre })
		if at < 0 { // nobody above the desk: its consoles at least
			at = 0
		}
		if at >= inc.DeskStep {
			n.deskStep(at, "no console that can be heard has shown it")
		}
	}
	for at := n.inc.DeskStep; at < len(steps); at++ {
		s := steps[at]
		if !n.come(inc.Urgent.Add(s.After)) {
			return
		}
		n.deskStep(at, fmt.Sprintf("no operator has taken it after %s", s.After))
	}
}

func (n *next) deskStep(at int, why string) {
	deed := n.plan.Desk[at].Deed
	role := map[DeskDeed]AlertRole{Supervisor: RoleSupervisor, NextCentre: RoleCentre}[deed]
	if role != "" {
		why = n.onCallWords(why, []AlertRole{role})
	}
	n.fact(Escalated{Ladder: LadderDesk, Step: at + 1, Deed: deed, Why: why})
	if role != "" {
		n.onCall(role, "desk_call", "desk"+strconv.Itoa(at+1))
	}
}

// heard reports whether a console has shown the incident with its sound running.
func heard(inc *Incident) bool {
	return slices.ContainsFunc(inc.SeenBy, func(s Seen) bool { return s.Audio == "running" })
}

// onCall tells everybody of a role who is on call, by text and by telephone at
// once: whoever is above the responders is the last to ask.
func (n *next) onCall(role AlertRole, kind, step string) {
	if n.look.Gathered {
		return // they are told of the area, not of each of its calls
	}
	for _, o := range n.plan.Calls(role, n.look.Clock) {
		a := Alert{To: string(role) + "~" + shortHash(6, o.Phone), Name: o.Name, Role: role, Kind: kind, Language: o.Language, Phone: o.Phone}
		a.Args.Minutes = minutes(n.look.Now.Sub(n.inc.RaisedAt))
		ways := n.look.Ways(o.Phone)
		call, calls := wayOf(ways, ChannelVoice)
		if texts := n.inc.Times < 2 || !calls; texts { // later repeats ring only
			words := a
			words.Channel = ChannelSMS
			words.ID = newAlertID(n.inc.ID, a.To, kind+"/"+step, 0)
			n.tell(words)
		}
		if calls {
			a.Channel, a.Via = ChannelVoice, call.Carrier
			a.ID = newAlertID(n.inc.ID, a.To, kind+"/"+step, 1)
			n.tell(a)
		}
	}
}

// onCallWords adds to a reason that a role which is to be told has nobody.
func (n *next) onCallWords(why string, roles []AlertRole) string {
	for _, role := range roles {
		if len(n.plan.Calls(role, n.look.Clock)) == 0 {
			why += fmt.Sprintf("; nobody is on call as %s", role)
		}
	}
	return why
}

// remind is the pace at which what began at a moment is brought back.
func (n *next) remind(since time.Time) time.Duration {
	pace := cmp.Or(n.ask.Remind, n.plan.Waits.Remind)
	if n.look.Now.Sub(since) > abandoned {
		return max(pace, hourly)
	}
	return pace
}

// idle brings back an incident on which nothing happens: one without an outcome
// keeps alarming (DOMAIN: Luleå).
func (n *next) idle() {
	last := n.inc.Touched
	if n.inc.IdleAt.After(last) {
		last = n.inc.IdleAt
	}
	if !n.come(last.Add(n.remind(n.inc.RaisedAt))) {
		return
	}
	n.fact(Escalated{Ladder: LadderIdle, Step: n.inc.Idles + 1, Why: fmt.Sprintf("open for %s, and nothing has happened since %s", n.look.Now.Sub(n.inc.RaisedAt).Round(time.Minute), last.UTC().Format("15:04:05 MST"))})
	if n.inc.Acked == nil {
		n.onCall(RoleSupervisor, "idle", "idle"+strconv.Itoa(n.inc.Idles))
	}
	for _, o := range n.inc.Offers {
		if o.State == OnScene && n.inc.Idles == 1 {
			n.say(o, "still_there")
		}
	}
}
