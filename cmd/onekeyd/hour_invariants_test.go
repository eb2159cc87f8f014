package main

import (
	"fmt"
	"time"

	"onekeyd/dispatch"
)

// invariants are what no behaviour of people may break.
func (h *townHour) invariants() {
	h.t.Helper()
	seen := map[dispatch.PressID]int{}
	h.tape.mu.Lock()
	for _, r := range h.tape.records {
		for _, f := range r.Facts {
			switch f := f.(type) {
			case dispatch.Raised:
				seen[f.Press.ID]++
			case dispatch.Joined:
				seen[f.Press.ID]++
			}
		}
	}
	h.tape.mu.Unlock()
	for n := range h.posted {
		if id := dispatch.PressID(fmt.Sprintf("h%d", n)); seen[id] != 1 {
			h.t.Errorf("press %s has %d incidents", id, seen[id])
		}
	}
	for id, l := range h.lives() {
		inc := l.inc
		switch {
		case !inc.Open() && (inc.Ended == nil || inc.Ended.Disposition == ""):
			h.t.Errorf("incident %s is over without an outcome", id)
		case inc.Open():
			h.looksAhead(inc)
		}
		if inc.Kind != dispatch.Test && inc.Kind != dispatch.Service && inc.Kind != dispatch.Cancel && len(inc.Offers) == 0 {
			h.t.Errorf("nobody was asked about incident %s, a %s", id, inc.Kind)
		}
	}
	asked := h.asks()
	sent := map[string]int{}
	for _, m := range h.sim.Messages() {
		if end, asks := asked[m.NoticeID]; asks && !end.IsZero() && m.Received.After(end.Add(time.Second)) {
			h.t.Errorf("%s was asked about a call %s after it was over: %s", dispatch.MaskPhone(m.To), m.Received.Sub(end), m.Body)
		}
		if sent[m.NoticeID]++; m.NoticeID != "" && sent[m.NoticeID] == 2 {
			h.t.Errorf("the text %s to %s went out twice: %s", m.NoticeID, dispatch.MaskPhone(m.To), m.Body)
		}
	}
}

// asks are the alerts that want somebody to go, and when their call ended; zero if it did not.
func (h *townHour) asks() map[string]time.Time {
	out := map[string]time.Time{}
	for _, l := range h.lives() {
		for _, a := range l.inc.Alerts {
			switch a.Kind {
			case "responder_alert", "responder_alert_min", "family_alert", "service_order", "escalate", "desk_call", "idle":
				out[string(a.ID)] = time.Time{}
				if l.inc.Ended != nil {
					out[string(a.ID)] = l.inc.Ended.At
				}
			}
		}
	}
	return out
}

// looksAhead: whoever still waits waits for something.
func (h *townHour) looksAhead(inc *dispatch.Incident) {
	h.t.Helper()
	look := dispatch.Look{Now: time.Now(), Clock: h.d.plans.Clock(time.Now()), Ways: h.d.fanout.Ways, Where: h.d.places.Where}
	if step, due := dispatch.Next(h.d.plans.Default, inc, look); step.Nothing() && !due.After(look.Now) {
		h.t.Errorf("incident %s is open and nothing will ever be done about it", inc.ID)
	}
}
