package dispatch

import (
	"fmt"
	"strings"
	"time"

	"onekeyd/geo"
)

const (
	// maxOffers bounds whom one incident asks: seven of thirty within a kilometre
	// save most lives (DOMAIN), and a carrier that fails for everybody must not
	// send us through the whole town.
	maxOffers = 40
	// lookAtMoves is how often the way of an accepter is looked at, where it can be seen.
	lookAtMoves = 15 * time.Second
	// seenFor is how old a position may be that says somebody has not moved.
	seenFor = 2 * time.Minute
	// closer is how far counts as moving, and nearby is from where it cannot be told.
	closer, nearby = 30, 100
)

// assignments lets go who does not answer, cannot be reached, does not move or
// does not arrive, and stands down who is no longer needed.
func (n *next) assignments() {
	for _, o := range n.inc.Offers {
		lapses, _ := n.plan.Lapses(n.inc.Kind, o)
		switch o.State {
		case Offered:
			if n.come(lapses) {
				n.move(o, FactLapsed, "plan", fmt.Sprintf("no answer in %s", n.ask.OfferFor))
			} else if n.unreachable(o) {
				n.move(o, FactUndeliverable, "plan", "the carrier says that this number cannot be reached")
			}
		case Accepted, EnRoute:
			n.onTheWay(o, lapses)
		}
	}
	if have, want := n.helpers(); have < want || len(n.ask.Shares) == 0 {
		return
	}
	for _, o := range n.inc.Offers {
		if o.State == Offered && !o.Stays {
			n.move(o, FactStoodDown, "plan", "enough others have accepted")
		}
	}
}

// onTheWay watches somebody who has accepted.
func (n *next) onTheWay(o Offer, lapses time.Time) {
	if n.come(lapses) {
		n.move(o, FactLapsed, "plan", fmt.Sprintf("not on scene %s after %s", lapses.Sub(o.Since).Round(time.Second), o.State))
		return
	}
	at, seen, ok := n.look.Where(o.Responder)
	if !ok || o.State != Accepted || n.inc.Premises == nil || n.ask.Arrive > 0 { // who has a day to come need not move yet
		return
	}
	n.come(n.look.Now.Add(lookAtMoves))
	if seen.Before(o.Since) || n.look.Now.Sub(seen) > seenFor || o.Distance < nearby {
		return
	}
	// Where they set out from is known if their position was when they were asked,
	// or if they are still there: the base says only where people are as a rule.
	left, enough := geo.Distance(n.inc.Premises.Point, at), max(closer, o.Distance/10)
	switch {
	case o.Distance-left >= enough && o.From == "live":
		n.move(o, FactEnRoute, "position", fmt.Sprintf("%.0f m nearer", float64(o.Distance-left)))
	case geo.Distance(o.At, at) < enough && n.come(o.Since.Add(n.plan.Waits.Move)):
		n.move(o, FactLapsed, "plan", fmt.Sprintf("has not moved in %s", n.plan.Waits.Move))
	}
}

// unreachable reports whether carriers have refused this person's number for
// good. A fault of ours (account, text, no carrier) says nothing about them, and
// a telephone that is off or busy may be on in a minute.
func (n *next) unreachable(o Offer) bool {
	asked := n.asked(string(o.Responder), o.Round)
	for _, a := range asked {
		if a.State != AlertFailed || a.class() != "bad_number" {
			return false
		}
	}
	return len(asked) > 0
}

// class is the class of a failure: of a receipt, or the first word of the code
// where the carrier had refused the message at once.
func (a Alert) class() string {
	if a.Class != "" {
		return a.Class
	}
	first, _, _ := strings.Cut(a.Code, " ")
	return first
}

// listed reports whether nobody is asked about this call alone: a silence in a
// storm is on its area's list, and those who are asked go by that.
func (n *next) listed() bool { return n.look.Gathered && n.inc.Urgency == Amber }

// missing finds out how many more responders of which kinds are to be asked.
func (n *next) missing() {
	have, want := n.helpers()
	if have >= want || len(n.ask.Shares) == 0 || n.inc.Premises == nil || len(n.inc.Offers) >= maxOffers || n.listed() {
		return
	}
	shares := n.ask.Shares[:len(n.ask.Shares):len(n.ask.Shares)]
	for _, t := range n.ask.Tiers[:min(n.inc.Tier, len(n.ask.Tiers))] {
		shares = append(shares, t.Shares...)
	}
	standing := map[ResponderKind]int{}
	for _, o := range n.inc.Offers {
		if o.State == Offered {
			standing[o.Kind]++
		}
	}
	var need []Share
	for _, s := range shares {
		for _, k := range s.Kinds {
			take := min(standing[k], s.Count)
			standing[k] -= take
			s.Count -= take
		}
		if s.Count > 0 {
			need = append(need, s)
		}
	}
	looked := n.look.Looked
	if n.inc.Looked.At.After(looked.At) {
		looked = n.inc.Looked
	}
	if len(need) > 0 && (looked != lookedOn(n.inc, looked.At) || n.come(looked.At.Add(askAgain))) {
		n.step.Need = need
	}
}
