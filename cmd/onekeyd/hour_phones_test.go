package main

import (
	"time"

	"onekeyd/alerts/sms/twiliosim"
	"onekeyd/dispatch"
)

// carry is the carrier: what becomes of a text.
func (h *townHour) carry(m twiliosim.Message) twiliosim.Outcome {
	h.mu.Lock()
	defer h.mu.Unlock()
	who := h.phone[m.To]
	r := dice("carrier", m.To, who.carried)
	who.carried++
	sent := between(r, 300*time.Millisecond, 1500*time.Millisecond)
	x := r.IntN(100)
	if 2*x < textFails {
		return twiliosim.Fails(between(r, 5*time.Second, 20*time.Second), 30003)
	}
	if x < textFails {
		return twiliosim.Loses(sent)
	}
	comes := between(r, 5*time.Second, 9*time.Second)
	if r.IntN(100) < textLater {
		comes = between(r, 30*time.Second, 2*time.Minute)
	}
	h.comes[m.NoticeID] = comes
	return twiliosim.Delivers(sent, comes)
}

// ring is what becomes of one call.
func (h *townHour) ring(c twiliosim.Call) twiliosim.CallOutcome {
	h.mu.Lock()
	defer h.mu.Unlock()
	who := h.phone[c.To]
	r := dice("rings", c.To, who.calls)
	who.calls++
	if time.Now().Before(who.busy) {
		return twiliosim.TurnsAway(time.Second)
	}
	who.busy = time.Now().Add(30 * time.Second)
	rings, listens, x := between(r, 3*time.Second, 14*time.Second), between(r, 6*time.Second, 14*time.Second), r.IntN(100)
	switch {
	case who.kind == "supervisor" || who.kind == "centre":
		if x < 85 {
			return twiliosim.Presses(rings, listens, "1")
		}
		return twiliosim.CallOutcome{}
	case x >= picksUp:
		if x >= 95 {
			return twiliosim.PicksUp(rings)
		}
		return twiliosim.CallOutcome{}
	case who.bound != "":
		return twiliosim.Presses(rings, listens, "2")
	}
	key := ""
	switch y := r.Float64(); {
	case y < 1.6*who.answers: // who picks up is there to answer
		key = "1"
	case y < 0.8:
		key = "2"
	default:
		return twiliosim.PutsDown(rings, listens)
	}
	if inc, ok := h.d.board.ByAlert(dispatch.AlertID(c.NoticeID)); ok {
		who.said[inc.ID] = true
	}
	return twiliosim.Presses(rings, listens, key)
}
