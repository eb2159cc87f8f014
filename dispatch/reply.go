package dispatch

import (
	"context"
	"fmt"
	"slices"
)

// The verbs of answers; alerts/sms reads them from texts.
const (
	VerbAccept  = "accept"
	VerbDecline = "decline"
	VerbEnRoute = "en_route"
	VerbArrived = "arrived"
	VerbBackup  = "backup"
	VerbDone    = "done"
	VerbUnknown = "unknown"
	// VerbAmbiguous is given here: the reply could mean several incidents.
	VerbAmbiguous = "ambiguous"
)

// Reply is one answer that came back over a carrier.
type Reply struct {
	Phone string  // E.164 of the sender
	Alert AlertID // the alert it answers, where the way it came tells: a call does
	Via   string  // sms or voice; empty is sms
	Verb  string
	Code  string // the incident's code, if the text had one
	// Outcome is how it ended, with VerbDone, if the answer says.
	Outcome Disposition
	Text    string
	Key     string // the carrier's id of the message: the same answer counts once
}

// Reply records an answer on the incident it belongs to, moves the sender's
// assignment and sends the words that answer it. Where it could belong to
// several, it is recorded on each and the sender is asked which is meant. It
// returns [ErrNoIncident] when no open incident has told this number.
func (d *Desk) Reply(ctx context.Context, r Reply) (*Incident, error) {
	if d.cases.Replied(r.Key) {
		return nil, nil // the carrier says it again; it counted once
	}
	if r.Via == "" {
		r.Via = "sms"
	}
	meant := d.meant(r)
	switch len(meant) {
	case 0:
		return nil, fmt.Errorf("reply of %s: %w", MaskPhone(r.Phone), ErrNoIncident)
	case 1:
		return d.answerOn(ctx, meant[0], r, "")
	}
	var last *Incident
	for n, inc := range meant {
		words := ""
		if n == 0 {
			words = "ambiguous_reply"
		}
		unclear := r
		unclear.Verb = VerbAmbiguous
		var err error
		if last, err = d.answerOn(ctx, inc, unclear, words); err != nil {
			return nil, err
		}
	}
	return last, nil
}

func (d *Desk) answerOn(ctx context.Context, inc *Incident, r Reply, words string) (*Incident, error) {
	told := inc.Alerts[toldBy(inc, r)]
	return d.act(ctx, inc.ID, "person "+told.To, func(inc *Incident) ([]Fact, error) {
		if slices.Contains(inc.ReplyKeys, r.Key) {
			return nil, nil
		}
		return replied(d.plan(inc), inc, told, r, words), nil
	})
}

// meant are the open incidents a reply can belong to: the one whose alert it
// answers or whose number it names, else those it suits best by where the sender
// stands on them, of all that told this telephone. A number that fits none of
// them counts as none.
func (d *Desk) meant(r Reply) []*Incident {
	var named []*Incident
	var suited [unsuited + 1][]*Incident
	for _, inc := range d.cases.Open() {
		n := toldBy(inc, r)
		if n < 0 {
			continue
		}
		if r.Alert != "" {
			return []*Incident{inc}
		}
		if r.Code != "" && inc.Code == r.Code {
			named = append(named, inc)
		}
		o, _ := inc.Offer(ResponderID(inc.Alerts[n].To))
		s := r.suits(o)
		suited[s] = append(suited[s], inc)
	}
	if len(named) > 0 {
		return named
	}
	for _, those := range suited {
		if len(those) > 0 {
			return those
		}
	}
	return nil
}

// unsuited is the rank of an incident whose sender is not asked, or not any more.
const unsuited = 3

// suits ranks how an answer suits an offer to its sender, the best first. Whoever
// is bound to one call and asked about another has arrived at the one, and
// accepts the other. A refusal may be of either, and is asked back.
func (r Reply) suits(o Offer) int {
	bound, coming := o.State.Active(), o.State == Accepted || o.State == EnRoute
	rank := unsuited
	if o.State.Live() {
		rank = 2
	}
	switch r.Verb {
	case VerbAccept:
		if o.State == Offered {
			return 0
		}
	case VerbArrived, VerbEnRoute:
		switch {
		case coming:
			return 0
		case bound || o.Released:
			return 1
		case o.State == StoodDown || o.State == Lapsed || o.State == Undeliverable:
			return 2 // they may have gone all the same, and a call that has only asked them must not count as attended
		}
	case VerbDone:
		switch {
		case o.State == OnScene, o.State == Cleared && o.Outcome == "" && r.Outcome != "":
			return 0
		case coming, o.State == Cleared && o.Outcome == "": // they may say again that they have left
			return 1
		}
	case VerbBackup:
		if bound {
			return 0
		}
	}
	return rank
}

// toldBy is the alert that a reply answers: the one it names, else the first to
// its telephone that asked something, else any.
func toldBy(inc *Incident, r Reply) int {
	if r.Alert != "" {
		return slices.IndexFunc(inc.Alerts, func(a Alert) bool { return a.ID == r.Alert })
	}
	if n := slices.IndexFunc(inc.Alerts, func(a Alert) bool { return a.Phone == r.Phone && a.asks() }); n >= 0 {
		return n
	}
	return slices.IndexFunc(inc.Alerts, func(a Alert) bool { return a.Phone == r.Phone })
}

// replied is pure: the facts that one reply makes.
func replied(plan Plan, inc *Incident, told Alert, r Reply, words string) []Fact {
	if r.Code != "" && r.Code != inc.Code {
		r.Verb = VerbUnknown
	}
	facts := []Fact{Replied{To: told.To, Alert: told.ID, Text: clip(plain(r.Text), 160), Verb: r.Verb, Key: r.Key}}
	if r.Verb != VerbAmbiguous {
		var more []Fact
		more, words = answer(plan, inc, Answer{Incident: inc.ID, Who: told.To, Verb: r.Verb, Outcome: r.Outcome, Via: r.Via})
		facts = append(facts, more...)
	}
	switch changed := len(facts) > 1; {
	case words == "" || r.Via == "voice": // a call is answered by voice
		return facts
	case !changed && said(inc, told.To, words, roundOf(inc, told)):
		return facts // an automatic answer on the other side would go on for ever
	}
	return append(facts, Alerted{Alerts: []Alert{answering(inc, told, words)}})
}

// fresh is an alert as it is intended, without what became of the one it was copied from.
func (a Alert) fresh() Alert {
	return Alert{ID: a.ID, To: a.To, Name: a.Name, Role: a.Role, Channel: a.Channel, Via: a.Via, Kind: a.Kind, Language: a.Language, Phone: a.Phone, Round: a.Round}
}

func clip(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n])
	}
	return s
}

// said reports whether somebody was told these words in a round of being asked.
func said(inc *Incident, to, words string, round int) bool {
	return slices.ContainsFunc(inc.Alerts, func(a Alert) bool { return a.To == to && a.Kind == words && a.Round == round })
}

// roundOf is how often somebody was asked before this time, if they are a responder.
func roundOf(inc *Incident, told Alert) int {
	o, _ := inc.Offer(ResponderID(told.To))
	return o.Round
}
