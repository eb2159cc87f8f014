package main

import (
	"errors"
	"slices"
	"time"

	"onekeyd/dispatch"
)

// sits puts somebody at the desk: an operator, who takes what comes, or whoever
// was on call, took something by telephone and now sees to it.
func (h *townHour) sits(name string, operator bool) {
	desk := &seat{townHour: h, name: name, operator: operator, chosen: map[dispatch.IncidentID]time.Time{}}
	h.people.Go(func() {
		for h.rest(time.Second) {
			desk.look()
		}
	})
	if operator && name == "operator1" {
		h.people.Go(h.shows)
	}
}

// shows is the consoles' receipts: each incident is painted with its sound running.
func (h *townHour) shows() {
	seen := map[dispatch.IncidentID]bool{}
	desk := consoleDesk{h.d.desk, h.d.recorder, h.d.board}
	for cursor, _ := h.d.board.Snapshot(); ; {
		events, err := h.d.board.Next(h.ctx, cursor)
		if err != nil {
			return
		}
		for _, e := range events {
			cursor = e.Seq
			if !e.Incident.Open() || seen[e.Incident.ID] {
				continue
			}
			seen[e.Incident.ID] = true
			h.people.Go(func() {
				if h.rest(400 * time.Millisecond) {
					err := desk.Seen(h.ctx, e.Incident.ID, dispatch.Seen{Operator: "operator1", Console: "c1", Version: e.Seq, Audio: "running", Visible: true, At: time.Now()})
					h.minor(err)
				}
			})
		}
	}
}

// seat is one person at the desk. They do one thing at a time.
type seat struct {
	*townHour
	name     string
	operator bool
	done     int
	chosen   map[dispatch.IncidentID]time.Time // when this seat last sent somebody
}

// minor lets pass what the desk is told when somebody else was quicker.
func (h *townHour) minor(err error) bool {
	for _, usual := range []error{nil, dispatch.ErrRefused, dispatch.ErrStale, dispatch.ErrNoIncident, dispatch.ErrSecondLook} {
		if errors.Is(err, usual) {
			return err == nil
		}
	}
	if h.ctx.Err() == nil {
		h.t.Errorf("at the desk: %v", err)
	}
	return false
}

// look does the most urgent thing that is to be done: a new call, or the next
// step of one this seat has.
func (s *seat) look() {
	open := s.d.board.Open()
	if s.operator {
		for _, inc := range open {
			if inc.Acked == nil && time.Since(inc.RaisedAt) >= 2*time.Second && s.takes(inc) {
				return
			}
		}
	}
	for _, inc := range open {
		if inc.Acked != nil && inc.Acked.Operator == s.name && s.sees(inc) {
			return
		}
	}
}

func (s *seat) takes(inc *dispatch.Incident) bool {
	s.done++
	r := dice("takes", s.name, s.done)
	if !s.rest(between(r, time.Second, 5*time.Second)) {
		return true
	}
	if _, err := s.d.desk.Acknowledge(s.ctx, inc.ID, s.name, inc.Seq); !s.minor(err) {
		return false
	}
	s.speaks(inc)
	return true
}

// spoken reports whether this seat has tried to call the elder.
func (s *seat) spoken(inc *dispatch.Incident) bool {
	return slices.ContainsFunc(inc.Calls, func(c dispatch.Called) bool { return c.Whom == "elder" })
}

// speaks calls the elder. Most have pressed by mistake and say so; who needs
// help is less likely to answer.
func (s *seat) speaks(inc *dispatch.Incident) {
	if inc.Elder == "" {
		return
	}
	c := s.calls[inc.Elder]
	r := dice("speaks", s.name, inc.Elder)
	if !s.rest(between(r, 12*time.Second, 40*time.Second)) {
		return
	}
	said := dispatch.CallNoAnswer
	if r.IntN(100) < map[matter]int{mistake: 80, needy: 60, rescue: 35}[c.what] {
		said = dispatch.CallSpoke
	}
	_, err := s.d.desk.Call(s.ctx, inc.ID, s.name, "elder", said, "")
	if !s.minor(err) || !s.rest(between(r, 10*time.Second, 30*time.Second)) {
		return
	}
	switch {
	case c.what == mistake && said == dispatch.CallSpoke && inc.Kind != dispatch.Service:
		s.closes(inc, dispatch.FalseAlarm)
	case c.what == rescue && said == dispatch.CallSpoke:
		_, err := s.d.desk.Call(s.ctx, inc.ID, s.name, "ambulance", dispatch.CallSpoke, "")
		s.minor(err)
	}
}

// sees takes a call this seat has a step further, if there is one to take.
func (s *seat) sees(inc *dispatch.Incident) bool {
	if !s.spoken(inc) && inc.Kind != dispatch.Service {
		s.speaks(inc)
		return true
	}
	live, there, long := false, false, false
	for _, o := range inc.Offers {
		live = live || o.State.Active()
		there = there || o.State == dispatch.Cleared
		long = long || o.State == dispatch.OnScene && time.Since(o.Since) > 30*time.Minute // they left and did not say so
	}
	s.mu.Lock()
	really := inc.Elder != "" && !s.calls[inc.Elder].there.IsZero()
	s.mu.Unlock()
	switch {
	case long, there && !live:
		s.ends(inc)
		return true
	case live || inc.Kind == dispatch.Service || time.Since(inc.Acked.At) < 3*time.Minute || time.Since(s.chosen[inc.ID]) < 3*time.Minute:
		return false
	case really: // somebody was there who never wrote it: found out by telephone
		s.ends(inc)
		return true
	}
	s.chosen[inc.ID] = time.Now()
	s.sends(inc)
	return true
}

// sends rings the nearest who is free, and offers the call in their name if they go.
func (s *seat) sends(inc *dispatch.Incident) {
	near, _, err := s.d.desk.Candidates(inc.ID)
	r := dice("sends", s.name, inc.Elder, len(inc.Offers))
	if !s.minor(err) || len(near) == 0 || !s.rest(between(r, 15*time.Second, 40*time.Second)) {
		return
	}
	who := near[r.IntN(min(3, len(near)))]
	if _, err := s.d.desk.Assign(s.ctx, inc.ID, s.name, who.Responder); s.minor(err) && r.IntN(100) < 60 {
		_, err := s.d.desk.Answer(s.ctx, dispatch.Answer{Incident: inc.ID, Who: string(who.Responder), Verb: dispatch.VerbAccept, Via: "operator " + s.name})
		s.minor(err)
	}
}

func (s *seat) ends(inc *dispatch.Incident) {
	if inc.Kind == dispatch.Service {
		_, err := s.d.desk.Call(s.ctx, inc.ID, s.name, "elder", dispatch.CallSpoke, "")
		if s.minor(err) {
			s.closes(inc, dispatch.Served)
		}
		return
	}
	s.closes(inc, map[matter]dispatch.Disposition{mistake: dispatch.FalseAlarm, needy: dispatch.Assisted, rescue: dispatch.Conveyed}[s.calls[inc.Elder].what])
}

func (s *seat) closes(inc *dispatch.Incident, how dispatch.Disposition) {
	now, seq := s.d.board.Case(inc.Case)
	if now.Open() && now.ID == inc.ID {
		_, err := s.d.desk.Close(s.ctx, inc.ID, s.name, how, "", seq)
		s.minor(err)
	}
}
