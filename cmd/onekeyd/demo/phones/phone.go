package phones

import (
	"cmp"
	"slices"
	"strings"
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
	Latest int64  `json:"latest"`         // when its newest text or call came, in microseconds; orders the phones
	Ring   *ring  `json:"ring,omitempty"` // the call that it rings with, or that is answered
	Texts  []text `json:"texts"`
}

// text is one that lies on a phone, or a call that is over.
type text struct {
	At    time.Time `json:"at"`
	Mine  bool      `json:"mine,omitempty"` // typed on this phone
	Body  string    `json:"body"`
	State string    `json:"state"` // Twilio's word
	Fault int       `json:"fault,omitempty"`
	Code  string    `json:"code,omitempty"` // of the incident
	Call  bool      `json:"call,omitempty"`
	Keys  string    `json:"keys,omitempty"` // that were pressed in the call
}

// ring is a call that is not over.
type ring struct {
	SID   string `json:"sid"`
	State string `json:"state"` // Twilio's word
	Words string `json:"words"` // what is being said
	Keys  string `json:"keys"`
}

// shownTexts of one phone; what is older is of no use to who plays it.
const shownTexts = 30

// phones sorts what the carrier has by the phone it was sent to or typed on.
func (p *Page) phones() []phone {
	by := map[string]*phone{}
	of := func(number string) *phone {
		ph := by[number]
		if ph == nil {
			who := p.opt.Who(number)
			ph = &phone{Number: number, Name: who.Name, Role: cmp.Or(who.Role, "stranger"), Organisation: who.Organisation, Relation: who.Relation, Elder: who.Elder, Texts: []text{}}
			by[number] = ph
		}
		return ph
	}
	p.texts(of)
	p.calls(of)
	list := make([]phone, 0, len(by))
	for _, ph := range by {
		slices.SortStableFunc(ph.Texts, func(a, b text) int { return b.At.Compare(a.At) })
		ph.Texts = ph.Texts[:min(len(ph.Texts), shownTexts)]
		list = append(list, *ph)
	}
	slices.SortFunc(list, func(a, b phone) int { return cmp.Or(-cmp.Compare(a.Latest, b.Latest), cmp.Compare(a.Number, b.Number)) })
	return list
}

// texts puts each message, newest first, on its phone.
func (p *Page) texts(of func(number string) *phone) {
	codes := map[string]map[string]bool{}
	for _, m := range slices.Backward(p.opt.Sim.Messages()) {
		number := m.To
		if m.Inbound {
			number = m.From
		}
		ph := of(number)
		ph.Latest = max(ph.Latest, m.Received.UnixMicro())
		if codes[number] == nil {
			codes[number] = map[string]bool{}
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
			ph.Texts = append(ph.Texts, text{At: m.Received.UTC(), Mine: m.Inbound, Body: m.Body, State: m.Status, Fault: m.Code, Code: code})
		}
	}
	for number, told := range codes {
		if len(told) < 2 {
			of(number).Code = ""
		}
	}
}

// calls puts each call on the phone it rings.
func (p *Page) calls(of func(number string) *phone) {
	for _, c := range p.opt.Sim.Calls() {
		ph := of(c.To)
		ph.Latest = max(ph.Latest, c.Received.UnixMicro())
		if c.Live() {
			words := ""
			if len(c.Said) > 0 {
				words = c.Said[len(c.Said)-1]
			}
			ph.Ring = &ring{SID: c.SID, State: c.Status, Words: words, Keys: c.Keys}
			continue
		}
		ph.Texts = append(ph.Texts, text{At: c.Received.UTC(), Body: heard(c.Said), State: c.Status, Fault: c.Code, Call: true, Keys: c.Keys})
	}
}

// heard is what a call said, without what it said again.
func heard(said []string) string {
	if len(said) < 2 {
		return strings.Join(said, "")
	}
	return said[0] + "\n" + said[len(said)-1]
}
