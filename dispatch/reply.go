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
// answers or whose number it names, else those in which the sender is still
// asked or bound, else all that told this telephone. A number that fits none of
// them counts as none.
func (d *Desk) meant(r Reply) []*Incident {
	var told, asked, named []*Incident
	for _, inc := range d.cases.Open() {
		n := toldBy(inc, r)
		if n < 0 {
			continue
		}
		if r.Alert != "" {
			return []*Incident{inc}
		}
		told = append(told, inc)
		if r.Code != "" && inc.Code == r.Code {
			named = append(named, inc)
		}
		if o, ok := inc.Offer(ResponderID(inc.Alerts[n].To)); ok && o.State.Live() {
			asked = append(asked, inc)
		}
	}
	switch {
	case len(named) > 0:
		return named
	case len(asked) > 0:
		return asked
	}
	return told
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
	switch {
	case words == "" || r.Via == "voice": // a call is answered by voice
		return facts
	case (words == "unknown_reply" || words == "ambiguous_reply") && alreadySaid(inc, told.To, words):
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

func alreadySaid(inc *Incident, to, words string) bool {
	return slices.ContainsFunc(inc.Alerts, func(a Alert) bool { return a.To == to && a.Kind == words })
}
