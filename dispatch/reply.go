package dispatch

import (
	"context"
	"fmt"
	"slices"
	"strconv"
)

// The verbs a reply can have; alerts/sms reads them from the text.
const (
	VerbAccept  = "accept"
	VerbDecline = "decline"
	VerbArrived = "arrived"
	VerbBackup  = "backup"
	VerbUnknown = "unknown"
	// VerbAmbiguous is given here: the reply could mean several incidents.
	VerbAmbiguous = "ambiguous"
)

// Reply is one answer that came back from a phone.
type Reply struct {
	Phone string  // E.164 of the sender
	Alert AlertID // the alert it answers, where the way it came tells: a call or a page does
	Via   string  // sms, voice or page
	Verb  string
	Code  string // the incident's code, if the text had one
	Text  string
	Key   string // the carrier's id of the message: the same answer counts once
}

// Reply records an answer on the incident it belongs to, moves the sender's
// assignment and sends the words that answer it. Where it could belong to
// several, it is recorded on each and the sender is asked which is meant. It
// returns [ErrNoIncident] when no open incident has told this number.
func (d *Desk) Reply(ctx context.Context, r Reply) (*Incident, error) {
	if d.cases.Replied(r.Key) {
		return nil, nil // the carrier says it again; it counted once
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
	n := toldBy(inc, r.Phone)
	told := inc.Alerts[n]
	return d.act(ctx, inc.ID, "person "+told.To, func(inc *Incident) ([]Fact, error) {
		if slices.Contains(inc.ReplyKeys, r.Key) {
			return nil, nil
		}
		return answer(inc, told, r, words), nil
	})
}

// meant are the open incidents a reply can belong to: the one whose number it
// names, else those in which the sender is still asked or bound, else all that
// told this telephone. A number that fits none of them counts as none.
func (d *Desk) meant(r Reply) []*Incident {
	var told, asked, named []*Incident
	for _, inc := range d.cases.Open() {
		n := toldBy(inc, r.Phone)
		if n < 0 {
			continue
		}
		told = append(told, inc)
		if r.Code != "" && inc.Code == r.Code {
			named = append(named, inc)
		}
		if o, ok := inc.Offer(ResponderID(inc.Alerts[n].To)); ok && (o.State == Offered || o.State.Active()) {
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

func toldBy(inc *Incident, phone string) int {
	return slices.IndexFunc(inc.Alerts, func(a Alert) bool { return a.Phone == phone })
}

// answer is pure: the facts that one reply makes.
func answer(inc *Incident, told Alert, r Reply, words string) []Fact {
	facts := []Fact{Replied{To: told.To, Alert: told.ID, Text: clip(plain(r.Text), 160), Verb: r.Verb, Key: r.Key}}
	if r.Code != "" && r.Code != inc.Code {
		facts[0] = Replied{To: told.To, Alert: told.ID, Text: clip(plain(r.Text), 160), Verb: VerbUnknown, Key: r.Key}
		r.Verb = VerbUnknown
	}
	moved := FactType("")
	switch r.Verb {
	case VerbAccept:
		moved, words = FactAccepted, "accept_confirm"
	case VerbDecline:
		moved, words = FactDeclined, "cannot_go_ack"
	case VerbArrived:
		moved = FactOnScene
	case VerbUnknown:
		words = "unknown_reply"
	}
	if offer, asked := inc.Offer(ResponderID(told.To)); moved != "" {
		if !asked {
			return facts // a relative: their answer is on the timeline, they are bound to nothing
		}
		if _, ok := offer.State.After(moved); !ok {
			return facts
		}
		facts = append(facts, Moved{What: moved, Responder: offer.Responder, Via: "sms"})
	}
	if words == "" || (words == "unknown_reply" && told.Role != RoleResponder) {
		return facts
	}
	if (words == "unknown_reply" || words == "ambiguous_reply") && alreadySaid(inc, told.To, words) {
		return facts // an automatic answer on the other side would go on for ever
	}
	again := told
	again.Kind = words
	again.ID = newAlertID(inc.ID, told.To, words+strconv.Itoa(len(inc.Alerts)), 0)
	return append(facts, Alerted{Alerts: []Alert{again.fresh()}})
}

// fresh is an alert as it is intended, without what became of the one it was copied from.
func (a Alert) fresh() Alert {
	return Alert{ID: a.ID, To: a.To, Name: a.Name, Role: a.Role, Channel: a.Channel, Kind: a.Kind, Language: a.Language, Phone: a.Phone}
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
