package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"onekeyd/dispatch"
	"onekeyd/dispatch/live"
	"onekeyd/geo"
)

// goes takes somebody who has accepted to the door, or not.
func (h *townHour) goes(who *somebody, inc *dispatch.Incident) {
	h.mu.Lock()
	if who.off[inc.ID] != nil || inc.Premises == nil {
		h.mu.Unlock()
		return
	}
	ctx, off := context.WithCancel(h.ctx)
	defer off()
	who.bound, who.off[inc.ID] = inc.ID, off
	h.mu.Unlock()
	defer func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		if who.bound == inc.ID {
			who.bound = ""
		}
	}()
	rest := func(d time.Duration) bool {
		select {
		case <-ctx.Done():
			return false
		case <-time.After(d):
			return true
		}
	}
	r := dice("goes", who.phone, inc.Elder)
	leaves, way := min(about(r, 40*time.Second), 4*time.Minute), geo.Distance(who.base, inc.Premises.Point)
	if who.kind == string(dispatch.Provider) {
		leaves = between(r, 10*time.Minute, 50*time.Minute)
	}
	switch x := r.IntN(100); {
	case x < neverComes:
		<-ctx.Done()
		return
	case x < neverComes+thinksBetter:
		if rest(between(r, time.Minute, 3*time.Minute)) {
			h.say(who, "2 "+inc.Code)
		}
		return
	}
	if !rest(leaves) {
		return
	}
	const steps = 8
	travel := time.Duration(float64(way) / who.speed * float64(time.Second))
	for n := range steps {
		if !rest(travel / steps) {
			return
		}
		if who.handset {
			part := float64(n+1) / steps
			h.tellPosition(who, geo.Point{
				Lat: who.base.Lat + part*(inc.Premises.Point.Lat-who.base.Lat), Lon: who.base.Lon + part*(inc.Premises.Point.Lon-who.base.Lon),
			})
		}
	}
	h.stands(who, inc, rest)
}

// stands is what happens at the door, and after it.
func (h *townHour) stands(who *somebody, inc *dispatch.Incident, rest func(time.Duration) bool) {
	r := dice("stands", who.phone, inc.Elder)
	c := h.calls[inc.Elder]
	h.mu.Lock()
	if c.there.IsZero() {
		c.there = time.Now()
	}
	h.mu.Unlock()
	if r.IntN(100) < saysArrived {
		h.say(who, "3")
	}
	stays := between(r, 2*time.Minute, 6*time.Minute)
	switch c.what {
	case needy:
		stays = between(r, 8*time.Minute, 20*time.Minute)
	case rescue:
		stays = between(r, 15*time.Minute, 30*time.Minute)
		if r.IntN(4) == 0 && rest(time.Minute) {
			h.say(who, "9")
		}
	}
	if !rest(stays) || r.IntN(100) >= saysDone {
		return
	}
	words := "完成"
	if r.IntN(6) > 0 {
		words += h.words(inc.Elder)
	}
	h.say(who, words)
}

// words say how it ended.
func (h *townHour) words(e dispatch.ElderID) string {
	return map[matter]string{mistake: "误按", needy: "平安", rescue: "送医"}[h.calls[e].what]
}

// turns turns somebody round who is on the way.
func (h *townHour) turns(who *somebody, id dispatch.IncidentID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	who.said[id] = true
	if off := who.off[id]; off != nil {
		off()
	}
}

// walk tells now and then where those with a handset are who go nowhere.
func (h *townHour) walk() {
	for {
		h.mu.Lock()
		var idle []*somebody
		for _, s := range h.phone {
			if s.handset && s.id != "" && s.bound == "" {
				idle = append(idle, s)
			}
		}
		h.mu.Unlock()
		for _, s := range idle {
			h.tellPosition(s, s.base)
		}
		if !h.rest(5 * time.Minute) {
			return
		}
	}
}

func (h *townHour) tellPosition(who *somebody, at geo.Point) {
	body, err := json.Marshal(map[string]any{"responder": who.id, "lat": at.Lat, "lon": at.Lon})
	if err != nil {
		h.t.Error(err)
		return
	}
	req := httptest.NewRequest(http.MethodPost, live.PositionsPath, bytes.NewReader(body)).WithContext(h.ctx)
	req.Header.Set("Authorization", "Bearer "+testAPI)
	rec := httptest.NewRecorder()
	h.d.handler.ServeHTTP(rec, req)
	if rec.Code != http.StatusAccepted {
		h.t.Errorf("a position is answered %s", fmt.Sprint(rec.Code, rec.Body))
	}
}
