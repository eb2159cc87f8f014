package main

import (
	"context"
	"net/http"
	"time"

	"onekeyd/dispatch"
	"onekeyd/dispatch/board"
	"onekeyd/dispatch/live"
	"onekeyd/dispatch/registry"
)

// follow takes a new directory into the dispatcher and moves who has moved; nil means everybody may have.
func (d *daemon) follow(s *registry.Snapshot, changed []dispatch.ResponderID) {
	d.dispatcher.Use(s)
	if changed == nil {
		d.places.Load(s, s.Responders())
		for id, p := range d.live.Positions(time.Now()) {
			d.moved(id, p)
		}
		return
	}
	d.places.Change(s, changed)
}

// observe is told every new fact, in order, with the incident after it.
func (d *daemon) observe(r dispatch.Record, inc *dispatch.Incident) {
	if inc.Canary() {
		if d.canary != nil { // another node's may fly, or one of an earlier run
			d.canary.Observe(r, inc)
		}
		return
	}
	d.measured.observe(r, inc)
	d.dispatcher.Observe(r, inc)
	d.pages.Keep(inc)
	if inc.Kind != dispatch.AreaStorm { // an area has no device that could speak
		d.downlink.Observe(r, inc)
	}
}

// unasked answers somebody of ours who writes while no call concerns them.
// Strangers are not answered: a carrier can be made to write to anybody.
func (d *daemon) unasked(number string) {
	s := d.registry.Snapshot()
	keys := s.ByPhone(number)
	if len(keys) == 0 {
		return
	}
	language := ""
	if r, ok := s.Responder(dispatch.ResponderID(keys[0].ID)); ok {
		language = r.Language
	}
	if c, ok := s.Contact(dispatch.ElderID(keys[0].ID), keys[0].Rank); ok && keys[0].Kind == registry.Contacts {
		language = c.Language
	}
	d.courtesy.Say(number, language, "no_call_open")
}

// links is what puts the address of somebody's page into a text, where a telephone can open it.
func (d *daemon) links(standIn http.RoundTripper) func(*dispatch.Incident, dispatch.Alert) string {
	if standIn == nil && !d.cfg.PagesReach() {
		return nil
	}
	return func(inc *dispatch.Incident, a dispatch.Alert) string { return d.pages.Link(inc, a) }
}

// wanted reports whether an alert of an incident still has to be sent.
func (d *daemon) wanted(inc *dispatch.Incident, id dispatch.AlertID) bool {
	now, _ := d.board.Case(inc.Case)
	if now.Canary() && time.Since(now.RaisedAt) > dispatch.CanaryLife {
		return false
	}
	return now != nil && now.ID == inc.ID && d.dispatcher.Wanted(now, id)
}

// applied is told how far a console that can be heard has come.
func (d *daemon) applied(seq uint64) {
	if d.canary != nil {
		d.canary.Applied(seq)
	}
}

// history is how far back the habits of responders are learned from.
const history = 60 * 24 * time.Hour

// learn reads how people have answered, now and as calls end. Nobody waits for
// it: until it has caught up people are ranked by their way alone.
func (d *daemon) learn(ctx context.Context) error {
	return d.journal.FollowArchive(ctx, time.Now().Add(-history), func(doc []byte) {
		if inc, err := board.Unfold(doc); err == nil { // the board says what cannot be read
			d.habits.Learn(inc)
		}
	}, func() {})
}

// moved brings a live position, of whichever node, to where candidates are looked for.
func (d *daemon) moved(id dispatch.ResponderID, p live.Position) { d.places.Move(id, p.Point, p.At) }

// beat tells the other nodes how many of this one's consoles can be heard.
func (d *daemon) beat(ctx context.Context) error {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case now := <-tick.C:
			d.live.Armed(d.node, d.console.Armed(armedFor), now)
		}
	}
}
