package main

import (
	"context"
	"strings"
	"time"

	"onekeyd/alerts/sms/twiliosim"
	"onekeyd/dispatch"
	"onekeyd/geo"
)

// The published rates by which the people of the hour live (DOMAIN and ALERTS
// give the sources), in percent, and our assumptions where nothing is published.
const (
	textFails    = 5  // of texts are never read: half of them the carrier says so
	textLater    = 38 // of the others do not come at the first attempt
	noticedLate  = 35 // of texts are noticed too late
	neverAnswers = 30 // of people: 17 to 47 % answer, and who does not is predictable
	saysNo       = 35 // of those who do not say yes; the rest says nothing (assumed)
	picksUp      = 55 // of calls (assumed); one in ten of the others is a mailbox
	neverComes   = 4  // of those who accept (assumed)
	thinksBetter = 3  // of those who accept decline afterwards (assumed)
	saysArrived  = 85 // of those who arrive (assumed)
	saysDone     = 80 // of those who leave (assumed); one in six of them not how it ended
)

// somebody has a telephone.
type somebody struct {
	phone   string
	id      dispatch.ResponderID // "" for the family, and whoever is on call
	kind    string               // of responder; family, supervisor, centre
	base    geo.Point
	answers float64 // chance that they say yes to a text they have noticed
	speed   float64 // metres a second, detours included
	handset bool    // tells where they are

	// hour.mu guards what follows.
	texts, calls, carried int                 // had so far
	busy                  time.Time           // until when a call occupies the telephone
	last                  string              // what they wrote last, without a number
	bound                 dispatch.IncidentID // where they go or are
	said                  map[dispatch.IncidentID]bool
	off                   map[dispatch.IncidentID]context.CancelFunc // turns them round
}

// meet gives everybody of the city a character.
func (h *townHour) meet() {
	add := func(phone, kind string) *somebody {
		r := dice("character", phone)
		s := &somebody{
			phone: phone, kind: kind, answers: 0.05, speed: max(1.2, 2.3+0.4*r.NormFloat64()) / (1.1 + 0.4*r.Float64()), handset: r.IntN(100) < 40,
			said: map[dispatch.IncidentID]bool{}, off: map[dispatch.IncidentID]context.CancelFunc{},
		}
		if r.IntN(100) >= neverAnswers {
			s.answers = 0.25 + 0.35*r.Float64()
		}
		h.phone[phone] = s
		return s
	}
	for p := range h.city.Responders() {
		s := add(p.Phone, string(p.Kind))
		s.id, s.base = p.ID, p.Base
		s.handset = s.handset && (p.Kind == dispatch.Worker || p.Kind == dispatch.GridLeader)
	}
	for e := range h.city.Elders() {
		for _, c := range h.city.Contacts(e.ID) {
			add(c.Phone, "family")
		}
	}
	if h.staff.onCall {
		add(supervisorPhone, "supervisor")
		add(centrePhone, "centre")
	}
}

// read hands each text to whoever has it.
func (h *townHour) read() {
	changed, stop := h.sim.Subscribe()
	defer stop()
	for last := uint64(0); ; {
		for _, m := range h.sim.Since(last) {
			last = m.Seq
			if who := h.phone[m.To]; !m.Inbound && who != nil {
				h.people.Go(func() { h.has(who, m) })
			}
		}
		select {
		case <-h.ctx.Done():
			return
		case <-changed:
		}
	}
}

// has is what somebody does with one text.
func (h *townHour) has(who *somebody, m twiliosim.Message) {
	inc, ok := h.d.board.ByAlert(dispatch.AlertID(m.NoticeID))
	if !ok {
		return // it tells how a call ended
	}
	a, _ := inc.Alert(dispatch.AlertID(m.NoticeID))
	h.mu.Lock()
	comes, arrives := h.comes[m.NoticeID]
	r := dice("reads", who.phone, who.texts)
	who.texts++
	h.mu.Unlock()
	switch a.Kind {
	case "accept_confirm", "service_confirm":
		h.goes(who, inc) // they know by the key or the word they gave, whether or not this comes
		return
	}
	if !arrives || !h.rest(comes) {
		return
	}
	notices := about(r, 15*time.Second)
	if r.IntN(100) < noticedLate {
		notices = between(r, 2*time.Minute, 15*time.Minute)
	}
	switch a.Kind {
	case "responder_alert", "responder_alert_min", "service_order":
		if h.rest(notices) {
			h.answersText(who, inc, r.Float64(), r.IntN(100), r.IntN(2) == 0)
		}
	case "ambiguous_reply":
		if h.rest(notices) {
			h.mu.Lock()
			verb := who.last
			h.mu.Unlock()
			h.say(who, verb+" "+inc.Code)
		}
	case "stand_down", "late_accept", "released":
		if h.rest(min(notices, 30*time.Second)) { // who is on the way looks at their phone
			h.turns(who, inc.ID)
		}
	case "family_alert":
		if x := r.IntN(100); x < 50 && h.rest(notices) {
			h.say(who, map[bool]string{true: "1", false: "2"}[x < 20])
		}
	case "still_there":
		if r.IntN(100) < 60 && h.rest(notices) {
			h.say(who, "完成"+inc.Code+h.words(inc.Elder))
		}
	case "done_ask":
		if r.IntN(100) < 70 && h.rest(notices) {
			h.say(who, "完成"+inc.Code+h.words(inc.Elder))
		}
	case "escalate", "desk_call", "idle":
		if h.rest(notices) {
			if now, _ := h.d.board.Case(inc.Case); now.Open() && now.ID == inc.ID && now.Acked == nil {
				h.say(who, "1 "+inc.Code)
			}
		}
	}
}

// answersText is one ask that was noticed.
func (h *townHour) answersText(who *somebody, inc *dispatch.Incident, yes float64, no int, named bool) {
	h.mu.Lock()
	verb := ""
	switch {
	case who.bound != "" || who.said[inc.ID]:
	case yes < who.answers:
		verb = "1"
	case no < saysNo:
		verb = "2"
	}
	who.said[inc.ID] = who.said[inc.ID] || verb != ""
	h.mu.Unlock()
	switch {
	case verb == "":
	case named:
		h.say(who, verb+" "+inc.Code)
	default:
		h.say(who, verb)
	}
}

func (h *townHour) say(who *somebody, text string) {
	h.mu.Lock()
	who.last, _, _ = strings.Cut(text, " ")
	h.mu.Unlock()
	if err := h.sim.Reply(h.ctx, who.phone, "+15005550006", text); err != nil && h.ctx.Err() == nil {
		h.t.Errorf("%q of a %s: %v", text, who.kind, err)
	}
}
