package dispatch

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"onekeyd/geo"
)

// Plan says who is asked and told, when, and who is left when nobody answers.
// It is data: what a community wants otherwise is another plan, not other code.
// plans.toml in dispatch/plans is the default one, with a reason at each number.
type Plan struct {
	Name string
	Asks map[Kind]Ask
	Desk []DeskStep // what is done while no operator has taken the incident, in order of After
	// Unseen is how long an incident waits for a console that can be heard before
	// the desk's next step is taken at once.
	Unseen time.Duration
	Waits  Waits
	OnCall []OnCall
	Storm  Storm
	// Speed at which helpers move, metres a second, and Detour, the ratio of the
	// way to the straight line.
	Speed, Detour float64
	// A live position counts fully until FreshFor, ranks behind until UsableFor,
	// and then gives way to the base.
	FreshFor, UsableFor time.Duration
}

// Ask is whom one kind of press reaches.
type Ask struct {
	Shares   []Share       // asked at once and kept outstanding: who falls out is replaced
	Enough   int           // acceptances after which the others are stood down
	OfferFor time.Duration // how long an offer stands, once it was sent, before somebody else is asked beside it
	Tiers    []Tier        // in order of After
	Family   bool          // contacts are told at once
	Nobody   bool          // recorded only: a test
	// Arrive and Remind replace the plan's waits of that name where they are not
	// 0: a plumber is not late after ten minutes.
	Arrive, Remind time.Duration
}

// Share asks Count responders out of these kinds together.
type Share struct {
	Kinds []ResponderKind
	Count int
	Words string // kind of the text, "responder_alert" if empty; "responder_alert_min" tells no name
	Stays bool   // not stood down when enough others have accepted
}

// Tier widens the circle while nobody has accepted. After counts from when the
// elder began to wait: the press, or the moment the last accepter was lost.
type Tier struct {
	After  time.Duration
	Shares []Share       // asked beside those of the tiers before
	Call   []AlertRole   // people on call who are told: supervisor, centre
	Family bool          // contacts who have not answered are called by telephone
	Every  time.Duration // repeated until a human has taken it; 0: once
}

// DeskDeed is what happens at the desk, or to those above it, when no operator takes an incident.
type DeskDeed string

// The deeds of the desk's ladder.
const (
	RingAll    DeskDeed = "ring_all"    // every console rings, whoever's area it is
	Louder     DeskDeed = "louder"      // consoles ring louder
	Supervisor DeskDeed = "supervisor"  // the supervisor's telephone
	NextCentre DeskDeed = "next_centre" // the next centre, or whoever is on call above this one
)

// DeskStep is one deadline for the desk's acknowledgement.
type DeskStep struct {
	After time.Duration
	Deed  DeskDeed
}

// Waits are how long each silence is waited for before it counts as an answer.
type Waits struct {
	Sent      time.Duration // from intended to the network; then the next channel
	Delivered time.Duration // from intended to the handset; then the next channel
	Answer    time.Duration // from intended to a reply; then a telephone call
	Calls     int           // how many unanswered responders are called at once
	Move      time.Duration // from accepted to a first sign of moving, where live positions show it
	Arrive    time.Duration // least time from accepted to on scene
	ArriveETA float64       // and at least this many times the estimated time of arrival
	Remind    time.Duration // an open incident on which nothing happens comes back after it
	Close     time.Duration // from cleared with an outcome until the plan closes what no operator watches
}

// OnCall is somebody above the responders who can be told by telephone. The
// hours are of the centre's clock; From equal to To is all day.
type OnCall struct {
	Role     AlertRole
	Name     string
	Phone    string // E.164
	Language string
	From, To time.Duration // since midnight; To before From ends on the next day
}

// On reports whether the person is on call at this time of the centre's day.
func (o OnCall) On(clock time.Duration) bool {
	switch {
	case o.From == o.To:
		return true
	case o.From < o.To:
		return clock >= o.From && clock < o.To
	}
	return clock >= o.From || clock < o.To
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

// Lapses is when the silence of somebody who is asked, or the absence of
// somebody who has accepted, counts as an answer; false where none is waited for.
func (p Plan) Lapses(k Kind, o Offer) (time.Time, bool) {
	ask := p.Ask(k)
	switch o.State {
	case Offered:
		if o.ToldAt.IsZero() { // the carrier has not taken the message yet; it is not waited for longer than it is worth
			return o.Since.Add(p.Waits.Sent + ask.OfferFor), true
		}
		return o.ToldAt.Add(ask.OfferFor), true
	case Accepted, EnRoute:
		least := p.Waits.Arrive
		if ask.Arrive > 0 {
			least = ask.Arrive
		}
		return o.Since.Add(max(least, time.Duration(p.Waits.ArriveETA*float64(o.ETA)))), true
	}
	return time.Time{}, false
}

// Calls lists who of a role is on call at this time of the centre's day.
func (p Plan) Calls(role AlertRole, clock time.Duration) []OnCall {
	var out []OnCall
	for _, o := range p.OnCall {
		if o.Role == role && o.On(clock) {
			out = append(out, o)
		}
	}
	return out
}

// Check says what is wrong with a plan, everything at once.
func (p Plan) Check() []error {
	var wrong []error
	bad := func(format string, args ...any) {
		wrong = append(wrong, fmt.Errorf("plan %s: "+format, append([]any{p.Name}, args...)...))
	}
	if !(p.Speed > 0) || !(p.Detour >= 1) { // not a number is neither
		bad("speed must be above 0 m/s and detour at least 1")
	}
	if p.FreshFor <= 0 || p.UsableFor < p.FreshFor {
		bad("a position must be fresh for some time, and usable at least as long")
	}
	if _, ok := p.Asks[SOS]; !ok {
		bad("no ask for an sos press")
	}
	if w := p.Waits; w.Sent <= 0 || w.Delivered <= 0 || w.Answer <= 0 || w.Move <= 0 || w.Arrive <= 0 || !(w.ArriveETA >= 1) || w.Remind <= 0 || w.Close <= 0 || w.Calls < 0 {
		bad("each wait must be above 0 and arrive_eta at least 1")
	}
	if s := p.Storm; s.Devices < 2 || !(s.Share > 0 && s.Share <= 1) || s.Least < 2 || s.Within <= 0 || s.Calm <= 0 {
		bad("a storm needs devices and least of at least 2, a share between 0 and 1, and times above 0")
	}
	if p.Unseen <= 0 || p.Unseen > 3*time.Second {
		bad("unseen must be above 0 and at most 3s: a press that no console shows is escalated within that")
	}
	if !slices.IsSortedFunc(p.Desk, func(a, b DeskStep) int { return int(a.After - b.After) }) || len(p.Desk) == 0 {
		bad("the desk needs at least one step, in order of after")
	}
	for _, s := range p.Desk {
		if !slices.Contains([]DeskDeed{RingAll, Louder, Supervisor, NextCentre}, s.Deed) || s.After <= 0 {
			bad("the desk's step %q after %s is none; ring_all, louder, supervisor and next_centre are known", s.Deed, s.After)
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(p.Asks)) {
		p.checkAsk(kind, p.Asks[kind], bad)
	}
	for _, o := range p.OnCall {
		if o.Role != RoleSupervisor && o.Role != RoleCentre && o.Role != RoleEngineer {
			bad("%s is on call as %q; supervisor, centre and engineer are possible", o.Name, o.Role)
		}
		if o.Phone == "" {
			bad("%s is on call and has no telephone", o.Name)
		}
	}
	return wrong
}

func (p Plan) checkAsk(kind Kind, ask Ask, bad func(string, ...any)) {
	shares := slices.Clone(ask.Shares)
	for n, t := range ask.Tiers {
		shares = append(shares, t.Shares...)
		if t.After <= 0 || n > 0 && t.After <= ask.Tiers[n-1].After {
			bad("tier %d of %s is not after the one before it", n+1, kind)
		}
		for _, role := range t.Call {
			if role != RoleSupervisor && role != RoleCentre && role != RoleEngineer {
				bad("tier %d of %s calls %q; supervisor, centre and engineer are possible", n+1, kind, role)
			}
		}
		if len(t.Shares) == 0 && len(t.Call) == 0 && !t.Family {
			bad("tier %d of %s does nothing", n+1, kind)
		}
	}
	for _, s := range shares {
		if s.Count < 1 || len(s.Kinds) == 0 {
			bad("a share of %s asks nobody", kind)
		}
		for _, k := range s.Kinds {
			if !slices.Contains(ResponderKinds(), k) {
				bad("%s asks a %q, which no responder is", kind, k)
			}
		}
	}
	switch {
	case ask.Nobody && kind != Test:
		bad("only a test press may reach nobody, not %s", kind)
	case len(ask.Shares) == 0:
		return // for the desk, whose ladder is its way out
	case ask.Enough < 1:
		bad("enough of %s must be at least 1", kind)
	case ask.OfferFor <= 0:
		bad("an offer of %s must stand for some time", kind)
	case len(ask.Tiers) == 0 || len(ask.Tiers[len(ask.Tiers)-1].Call) == 0 || ask.Tiers[len(ask.Tiers)-1].Every <= 0:
		bad("%s ends in silence: its last tier must call somebody, every so often", kind)
	}
}

// Uncovered says, in words, at which hours nobody of the roles that the plan
// calls could be told. Nil is cover around the clock.
func (p Plan) Uncovered() []string {
	need := map[AlertRole]bool{}
	for _, a := range p.Asks {
		for _, t := range a.Tiers {
			for _, r := range t.Call {
				need[r] = true
			}
		}
	}
	for _, s := range p.Desk {
		switch s.Deed {
		case Supervisor:
			need[RoleSupervisor] = true
		case NextCentre:
			need[RoleCentre] = true
		}
	}
	// Cover can change only where somebody's hours begin or end.
	edges := []time.Duration{0, 24 * time.Hour}
	for _, o := range p.OnCall {
		edges = append(edges, o.From%(24*time.Hour), o.To%(24*time.Hour))
	}
	slices.Sort(edges)
	edges = slices.Compact(edges)
	var out []string
	for _, role := range []AlertRole{RoleSupervisor, RoleCentre, RoleEngineer} {
		from := time.Duration(-1)
		for _, clock := range edges {
			covered := !need[role] || clock == 24*time.Hour || len(p.Calls(role, clock)) > 0
			if !covered && from < 0 {
				from = clock
			}
			if covered && from >= 0 {
				out = append(out, fmt.Sprintf("plan %s: no %s is on call from %s to %s", p.Name, role, clockWords(from), clockWords(clock)))
				from = -1
			}
		}
	}
	return out
}

func clockWords(d time.Duration) string {
	return fmt.Sprintf("%02d:%02d", int(d.Hours()), int(d.Minutes())%60)
}

// Plans is the default plan and those of communities that want another.
type Plans struct {
	Default Plan
	Areas   map[string]Plan // by area code; the smallest area that has one decides
	Zone    *time.Location  // of the hours on call; nil is UTC
}

// For is the plan of a home whose areas are these, the smallest first.
func (p Plans) For(areas []string) Plan {
	for _, a := range areas {
		if plan, ok := p.Areas[a]; ok {
			return plan
		}
	}
	return p.Default
}

// Clock is the time of day at the centre.
func (p Plans) Clock(at time.Time) time.Duration {
	zone := p.Zone
	if zone == nil {
		zone = time.UTC
	}
	h, m, s := at.In(zone).Clock()
	return time.Duration(h)*time.Hour + time.Duration(m)*time.Minute + time.Duration(s)*time.Second
}

// Check says what is wrong with any of the plans.
func (p Plans) Check() []error {
	wrong := p.Default.Check()
	seen := map[string]bool{}
	for _, area := range slices.Sorted(maps.Keys(p.Areas)) {
		for _, err := range p.Areas[area].Check() {
			if !seen[err.Error()] { // one plan may be for many areas
				seen[err.Error()] = true
				wrong = append(wrong, err)
			}
		}
	}
	return wrong
}
