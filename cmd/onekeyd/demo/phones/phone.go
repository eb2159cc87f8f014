package phones

import (
	"cmp"
	"slices"
	"time"
)

// Person is who has a number.
type Person struct {
	Name         string
	Role         string // kind of responder, or family
	Organisation string // of a responder
	Relation     string // of family, to Elder
	Elder        string
}

// phone is one telephone as the page draws it, newest text first.
type phone struct {
	Number       string `json:"number"`
	Name         string `json:"name,omitempty"`
	Role         string `json:"role"`
	Organisation string `json:"organisation,omitempty"`
	Relation     string `json:"relation,omitempty"`
	Elder        string `json:"elder,omitempty"`
	// Code is the newest incident's, if the phone was told of more than one: an
	// answer must then name it.
	Code   string `json:"code,omitempty"`
	Latest uint64 `json:"latest"` // number of its newest text; orders the phones
	Texts  []text `json:"texts"`
}

type text struct {
	Seq   uint64    `json:"seq"`
	At    time.Time `json:"at"`
	Mine  bool      `json:"mine,omitempty"` // typed on this phone
	Body  string    `json:"body"`
	State string    `json:"state"` // Twilio's word
	Fault int       `json:"fault,omitempty"`
	Code  string    `json:"code,omitempty"` // of the incident
}

// shownTexts of one phone; what is older is of no use to who plays it.
const shownTexts = 30

// phones sorts the carrier's messages, oldest first, by the phone they were sent to or typed on.
func (p *Page) phones() []phone {
	by := map[string]*phone{}
	codes := map[string]map[string]bool{}
	for _, m := range slices.Backward(p.opt.Sim.Messages()) {
		number := m.To
		if m.Inbound {
			number = m.From
		}
		ph := by[number]
		if ph == nil {
			who := p.opt.Who(number)
			ph = &phone{Number: number, Name: who.Name, Role: cmp.Or(who.Role, "stranger"), Organisation: who.Organisation, Relation: who.Relation, Elder: who.Elder, Latest: m.Seq, Texts: []text{}}
			by[number], codes[number] = ph, map[string]bool{}
		}
		code := ""
		if !m.Inbound {
			code = p.opt.Code(m.Body)
		}
		if code != "" {
			codes[number][code] = true
			ph.Code = cmp.Or(ph.Code, code)
		}
		if len(ph.Texts) < shownTexts {
			ph.Texts = append(ph.Texts, text{Seq: m.Seq, At: m.Received.UTC(), Mine: m.Inbound, Body: m.Body, State: m.Status, Fault: m.Code, Code: code})
		}
	}
	list := make([]phone, 0, len(by))
	for number, ph := range by {
		if len(codes[number]) < 2 {
			ph.Code = ""
		}
		list = append(list, *ph)
	}
	slices.SortFunc(list, func(a, b phone) int { return -cmp.Compare(a.Latest, b.Latest) })
	return list
}
