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
)

// Reply is one answer that came back from a phone.
type Reply struct {
	Phone string // E.164 of the sender
	Verb  string
	Code  string // the incident's code, if the text had one
	Text  string
	Key   string // the carrier's id of the message: the same answer counts once
}

// Reply records an answer on the incident it belongs to, moves the sender's
// assignment and sends the words that answer it. It returns [ErrNoIncident]
// when no open incident has told this number, and [ErrRefused] when several
// have and the text does not say which.
func (d *Desk) Reply(ctx context.Context, r Reply) (*Incident, error) {
	inc, alert, err := d.addressed(r)
	if err != nil {
		return nil, err
	}
	return d.act(ctx, inc.ID, "person "+alert.To, func(inc *Incident) ([]Fact, error) {
		if slices.Contains(inc.ReplyKeys, r.Key) {
			return nil, nil
		}
		return answer(inc, alert, r), nil
	})
}

func (d *Desk) addressed(r Reply) (*Incident, Alert, error) {
	var found *Incident
	var alert Alert
	for _, inc := range d.cases.Open() {
		if r.Code != "" && inc.Code != r.Code {
			continue
		}
		n := slices.IndexFunc(inc.Alerts, func(a Alert) bool { return a.Phone == r.Phone })
		if n < 0 {
			continue
		}
		if found != nil {
			return nil, Alert{}, fmt.Errorf("%s was told of incidents %s and %s and names neither: %w", MaskPhone(r.Phone), found.Code, inc.Code, ErrRefused)
		}
		found, alert = inc, inc.Alerts[n]
	}
	if found == nil {
		return nil, Alert{}, fmt.Errorf("reply of %s: %w", MaskPhone(r.Phone), ErrNoIncident)
	}
	return found, alert, nil
}

// answer is pure: the facts that one reply makes.
func answer(inc *Incident, told Alert, r Reply) []Fact {
	facts := []Fact{Replied{To: told.To, Alert: told.ID, Text: clip(r.Text, 160), Verb: r.Verb, Key: r.Key}}
	moved, words := FactType(""), ""
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
