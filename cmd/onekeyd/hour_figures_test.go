package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"onekeyd/dispatch"
)

// lived is what one incident went through.
type lived struct {
	inc                                       *dispatch.Incident // as it was in the end
	received                                  time.Time
	handed, delivered, acked, accepted, there time.Duration // since received; 0: never
	handling                                  time.Duration // received to dispatched
	turnout, travel, goes, stay               []time.Duration
	escalated                                 map[string]int
	moved                                     map[string]int
	texts, calls                              int
}

// figures are the columns of the table.
type figures struct {
	staff                           staffing
	presses, tests, cancels, repeat int
	help, service                   []*lived
	texts, calls                    map[string]int // by telephone
	roles                           map[string]string
	reached                         []time.Duration // who needed somebody: from the press until one stood at the door
	unreached                       int
	took                            time.Duration
}

// lives folds the tape.
func (h *townHour) lives() map[dispatch.IncidentID]*lived {
	h.tape.mu.Lock()
	records := slices.Clone(h.tape.records)
	h.tape.mu.Unlock()
	slices.SortFunc(records, func(a, b dispatch.Record) int { return int(a.Seq) - int(b.Seq) })
	now, out := map[dispatch.CaseID]*dispatch.Incident{}, map[dispatch.IncidentID]*lived{}
	for _, r := range records {
		inc, err := dispatch.Apply(now[r.Case], r)
		if err != nil {
			h.t.Errorf("record %d does not fold: %v", r.Seq, err)
			continue
		}
		before := now[r.Case]
		now[r.Case] = inc
		l := out[inc.ID]
		if l == nil {
			l = &lived{received: inc.Presses[0].Received, escalated: map[string]int{}, moved: map[string]int{}}
			out[inc.ID] = l
		}
		l.inc = inc
		for _, f := range r.Facts {
			l.take(before, r, f)
		}
	}
	return out
}

// take notes one fact; before is the incident it happened to.
func (l *lived) take(before *dispatch.Incident, r dispatch.Record, f dispatch.Fact) {
	first := func(d *time.Duration, at time.Time) {
		if *d == 0 {
			*d = max(1, at.Sub(l.received))
		}
	}
	switch f := f.(type) {
	case dispatch.Dispatched:
		first(&l.handling, r.At)
	case dispatch.Acknowledged:
		first(&l.acked, r.At)
	case dispatch.Escalated:
		step := fmt.Sprint(f.Step)
		if f.Ladder == dispatch.LadderCircle && before.Tier == f.Step {
			step += " again"
		}
		if f.Ladder == dispatch.LadderIdle {
			step = ""
		}
		l.escalated[strings.TrimSpace(string(f.Ladder)+" "+step)]++
	case dispatch.Reported:
		for _, rep := range f.Reports {
			a, _ := l.inc.Alert(rep.Alert)
			if a.Role != dispatch.RoleResponder {
				continue
			}
			switch rep.State {
			case dispatch.AlertHanded, dispatch.AlertSent:
				first(&l.handed, rep.At)
			case dispatch.AlertDelivered:
				first(&l.handed, rep.At)
				first(&l.delivered, rep.At)
			}
		}
	case dispatch.Moved:
		o, _ := before.Offer(f.Responder)
		since, what := r.At.Sub(o.Since), string(f.What)
		if o.State.Active() && f.What != dispatch.FactOnScene && f.What != dispatch.FactEnRoute {
			what += " on the way"
		}
		l.moved[what]++
		switch f.What {
		case dispatch.FactAccepted:
			first(&l.accepted, r.At)
		case dispatch.FactEnRoute:
			first(&l.accepted, r.At)
			l.turnout = append(l.turnout, since)
		case dispatch.FactOnScene:
			first(&l.accepted, r.At)
			first(&l.there, r.At)
			switch o.State {
			case dispatch.EnRoute:
				l.travel = append(l.travel, since)
			case dispatch.Accepted:
				l.goes = append(l.goes, since)
			}
		case dispatch.FactCleared:
			if o.State == dispatch.OnScene && f.Why == "" {
				l.stay = append(l.stay, since)
			}
		}
	}
}

func (h *townHour) figures() figures {
	f := figures{staff: h.staff, presses: h.posted, texts: map[string]int{}, calls: map[string]int{}, roles: map[string]string{}}
	lives := h.lives()
	byNotice := map[string]*lived{}
	for _, l := range lives {
		if l.inc.Canary() {
			continue
		}
		f.repeat += l.inc.Pressed - 1
		switch l.inc.Kind {
		case dispatch.Test:
			f.tests++
			continue
		case dispatch.Cancel: // of a call that is over: for the desk, which asks why
			f.cancels++
			continue
		case dispatch.Service:
			f.service = append(f.service, l)
		default:
			f.help = append(f.help, l)
		}
		for _, a := range l.inc.Alerts {
			byNotice[string(a.ID)] = l
		}
		c := h.calls[l.inc.Elder]
		switch {
		case c.what == mistake:
		case c.there.IsZero():
			f.unreached++
		default:
			f.reached = append(f.reached, c.there.Sub(c.at))
		}
	}
	for number, who := range h.phone {
		f.roles[number] = who.kind
	}
	for _, m := range h.sim.Messages() {
		if l := byNotice[m.NoticeID]; l != nil && !m.Inbound {
			l.texts++
			f.texts[m.To]++
		}
	}
	for _, c := range h.sim.Calls() {
		if l := byNotice[c.NoticeID]; l != nil {
			l.calls++
			f.calls[c.To]++
		}
	}
	return f
}
