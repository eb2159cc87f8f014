package dispatch

import (
	"slices"
	"strconv"
	"time"
)

// choose is the fact that says who is asked and told when an incident opens. If
// nobody can be chosen the desk is, with the reason: no branch ends in silence.
func (d *Dispatcher) choose(now time.Time, id IncidentID, p Press, h Home, open *Incident) Dispatched {
	plan := d.planFor(h)
	f := Dispatched{Plan: plan.Name, Directory: h.Version, Desk: h.Unknown}
	if h.Elder == nil {
		return f
	}
	ask := plan.Ask(p.Kind)
	s := finder{d: d, plan: plan, home: h, open: open, service: p.Service, now: now}
	s.once = p.Kind.Urgency() == Amber && d.storms.any() && d.storms.over(d.community(h.Elder.Premises.Area))
	s.find(ask.Shares)
	if s.once && len(s.offers) == 0 && len(ask.Shares) > 0 && len(h.Contacts) == 0 {
		one := ask.Shares[0]
		one.Count = 1
		s.pass(one, false) // the list is not enough for somebody of whom no family is told
	}
	f.Asked, f.Short, f.Offers, f.PassedOver = len(ask.Shares) > 0, s.short, s.offers, s.passed
	switch {
	case s.once && len(f.Offers) == 0:
		f.Desk = "one of many in its area, and on the list there"
	case len(ask.Shares) == 0:
		f.Desk = "a " + string(p.Kind) + " press is for the desk"
	case len(f.Offers) == 0:
		f.Desk = "no responder on duty could be found"
	}
	f.Alerts = d.asking(id, f.Offers, open)
	if ask.Family {
		for _, a := range d.tellingFamily(id, h.Contacts) {
			if _, told := open.alert(a.ID); !told {
				f.Alerts = append(f.Alerts, a)
			}
		}
	}
	return f
}

// finder looks for whom to ask, share by share, for one decision.
type finder struct {
	d       *Dispatcher
	plan    Plan
	home    Home
	open    *Incident // nil: the incident is being raised
	service string    // category of the service that is wanted
	once    bool      // nobody who is asked already is asked about this too
	now     time.Time

	offers []Offer
	passed []PassedOver
	short  bool // fewer were found than wanted
}

// find fills the shares. Those who are free come first; somebody who is already
// asked for another call, was asked here in an earlier tier and did not answer, or
// could not come when somebody was needed before, is asked only where there are
// too few of them: we would rather ask somebody twice than nobody. A silence in a
// storm is the exception: whoever is free is asked, and the rest goes by the
// area's list.
func (s *finder) find(shares []Share) {
	for _, share := range shares {
		found := s.pass(share, true)
		if found < share.Count {
			share.Count -= found
			if s.once || s.pass(share, false) < share.Count {
				s.short = true
			}
		}
	}
}

// A search ends when it has met so many who are not to be asked. On a day on
// which all of a town are asked already, each press would else look at everybody
// there is: first for somebody free, farther and farther away, where somebody near
// would be here sooner even if they are asked twice; and then for anybody at all.
const enoughBusy, tooBusy = 60, 2000

func (s *finder) pass(share Share, strict bool) int {
	met, most := 0, tooBusy
	if strict {
		most = enoughBusy
	}
	skip := func(id ResponderID, kind ResponderKind) string {
		why := s.why(id, kind, strict)
		if why == "" || met == most {
			return "" // which ends the search; whoever is not to be asked is left out below
		}
		met++
		return why
	}
	candidates, passed := s.d.locator.Candidates(s.home.Elder.Premises, share.Kinds, share.Count, skip, s.now)
	if met == most {
		candidates = slices.DeleteFunc(candidates, func(c Candidate) bool { return s.why(c.Responder.ID, c.Responder.Kind, strict) != "" })
	}
	offers, others := Select(s.plan, share, candidates)
	for _, o := range offers {
		if before, asked := s.open.offer0(o.Responder); asked {
			o.Round = before.Round + 1
		}
		o.Tier = s.open.tier()
		s.offers = append(s.offers, o)
	}
	if strict {
		s.passed = append(append(s.passed, passed...), others...)
	}
	return len(offers)
}

// silentFor is how long somebody who has not answered is left in peace once the
// last tier is only repeated: the call goes on, and so does its last step.
const silentFor = 5 * time.Minute

// why says why a responder is not to be asked, or "".
func (s *finder) why(id ResponderID, kind ResponderKind, strict bool) string {
	if slices.ContainsFunc(s.offers, func(o Offer) bool { return o.Responder == id }) {
		return "is being asked"
	}
	if o, asked := s.open.offer0(id); asked {
		switch {
		case o.State.Live():
			return "is asked already"
		case o.State == StoodDown:
		case o.State == Cleared && o.Since.Before(s.open.Needed):
		case o.State == Cleared:
			return "was there and has left"
		case !strict && o.Since.Before(s.open.Needed): // somebody is needed anew: they may say otherwise now
		case o.State == Declined:
			return "has declined"
		case o.Released:
			return "accepted and did not come"
		case o.State == Undeliverable:
			return "cannot be reached"
		case strict || o.Tier >= s.open.tier() || s.open.Times > 1 && s.now.Sub(o.Since) < silentFor:
			return "did not answer"
		}
	}
	bound, offered := s.d.cases.Busy(id)
	switch {
	case bound >= kind.Capacity():
		return "on another call"
	case strict && bound+offered >= kind.Capacity():
		return "asked for another call"
	}
	if s.service != "" && kind == Provider {
		if r, ok := s.d.responder(id); ok && !slices.Contains(r.Categories, s.service) {
			return "does not do " + s.service
		}
	}
	return ""
}

// asking are the alerts that ask these responders, each by the first way to their telephone.
func (d *Dispatcher) asking(id IncidentID, offers []Offer, open *Incident) []Alert {
	var out []Alert
	for _, o := range offers {
		a := Alert{To: string(o.Responder), Name: o.Name, Role: RoleResponder, Kind: o.Words, Phone: o.Phone, Round: o.Round, Tier: open.tier()}
		if a.Kind == "" {
			a.Kind = "responder_alert"
		}
		if r, ok := d.responder(o.Responder); ok {
			a.Language = r.Language
		}
		out = append(out, d.firstWay(id, a))
	}
	return out
}

func (d *Dispatcher) tellingFamily(id IncidentID, contacts []Contact) []Alert {
	var out []Alert
	for _, c := range contacts {
		out = append(out, d.firstWay(id, Alert{
			To: string(c.Elder) + "#" + strconv.Itoa(c.Rank), Name: c.Name, Role: RoleContact, Kind: "family_alert", Language: c.Language, Phone: c.Phone,
		}))
	}
	return out
}

// firstWay gives an alert its channel, and an id that another decision of the same gives too.
func (d *Dispatcher) firstWay(id IncidentID, a Alert) Alert {
	a.ID, a.Channel = newAlertID(id, a.To, a.Kind, a.Round), ChannelSMS
	if ways := d.teller.Ways(a.Phone); len(ways) > 0 {
		a.Channel = ways[0].Channel
	}
	return a
}

func (d *Dispatcher) responder(id ResponderID) (Responder, bool) {
	dir := d.directory.Load()
	if dir == nil {
		return Responder{}, false
	}
	return (*dir).Responder(id)
}

// The three below read an incident that may not be there yet.

func (i *Incident) tier() int {
	if !i.Open() {
		return 0
	}
	return i.rung()
}

func (i *Incident) offer0(r ResponderID) (Offer, bool) {
	if !i.Open() {
		return Offer{}, false
	}
	return i.Offer(r)
}

func (i *Incident) alert(id AlertID) (Alert, bool) {
	if !i.Open() {
		return Alert{}, false
	}
	return i.Alert(id)
}
