package dispatch

import (
	"context"
	"iter"
	"maps"
	"slices"
	"sync"
	"time"

	"onekeyd/geo"
)

// Places knows where every responder is: one R-tree a kind, filled from the
// directory's bases and moved by live positions. It is the [Locator].
//
// Look-ups never wait for moves: positions are queued, newest first, and the
// indices apply them in batches (see geo.Index). A position that has grown too
// old gives way to the base within a few seconds.
type Places struct {
	fresh  time.Duration
	habits *Habits
	index  map[ResponderKind]*geo.Index

	mu     sync.RWMutex // guards what follows
	dir    Directory
	people map[ResponderID]person
	live   map[ResponderID]livePosition
}

// person is what a search asks of everybody it meets, without reading the directory.
type person struct {
	kind   ResponderKind
	onDuty bool
}

type livePosition struct {
	point geo.Point
	at    time.Time
}

// NewPlaces makes an empty one; live positions count for the plan's UsableFor.
// Habits may be nil: then nothing is known of how people answer.
func NewPlaces(plan Plan, habits *Habits) *Places {
	p := &Places{fresh: plan.UsableFor, habits: habits, index: map[ResponderKind]*geo.Index{}, people: map[ResponderID]person{}, live: map[ResponderID]livePosition{}}
	for _, k := range ResponderKinds() {
		p.index[k] = geo.NewIndex()
	}
	return p
}

// Run applies moves and retires old positions until ctx ends. It owns one goroutine a kind and waits for them.
func (p *Places) Run(ctx context.Context) error {
	var indices sync.WaitGroup
	for _, x := range p.index {
		indices.Go(func() { _ = x.Run(ctx) }) // ends only with ctx
	}
	defer indices.Wait()
	tick := time.NewTicker(5 * time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case now := <-tick.C:
			p.retire(now)
		}
	}
}

// Load puts everybody at their place on a fresh directory. Look-ups go on in
// the old places until the new ones stand.
func (p *Places) Load(dir Directory, everybody iter.Seq[Responder]) {
	p.mu.RLock()
	live := maps.Clone(p.live)
	p.mu.RUnlock()
	points := map[ResponderKind]map[geo.ID]geo.Point{}
	people := map[ResponderID]person{}
	for r := range everybody {
		if points[r.Kind] == nil {
			points[r.Kind] = map[geo.ID]geo.Point{}
		}
		points[r.Kind][geo.ID(r.ID)] = where(r, live)
		people[r.ID] = person{r.Kind, r.OnDuty}
	}
	for kind, x := range p.index {
		x.Load(points[kind])
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.dir, p.people = dir, people
	for id, l := range p.live {
		who, known := people[id]
		if !known {
			delete(p.live, id)
		} else if l != live[id] { // moved while the places were being made
			p.index[who.kind].Move(geo.ID(id), l.point)
		}
	}
}

// Change follows a new directory in which only these responders differ.
func (p *Places) Change(dir Directory, changed []ResponderID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.dir = dir
	touched := map[ResponderKind]bool{}
	for _, id := range changed {
		r, known := dir.Responder(id)
		if old, was := p.people[id]; was && (!known || old.kind != r.Kind) {
			p.index[old.kind].Remove(geo.ID(id))
			delete(p.people, id)
			touched[old.kind] = true
		}
		if !known {
			delete(p.live, id)
			continue
		}
		p.people[id] = person{r.Kind, r.OnDuty}
		if x := p.index[r.Kind]; x != nil {
			x.Move(geo.ID(id), where(r, p.live))
			touched[r.Kind] = true
		}
	}
	for kind := range touched {
		p.index[kind].Flush()
	}
}

// Move takes a live position, seen at the given time. An older one than the
// last is ignored, and so is one of somebody the directory does not know.
func (p *Places) Move(id ResponderID, at geo.Point, seen time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	who, known := p.people[id]
	if !known || seen.Before(p.live[id].at) {
		return false
	}
	p.live[id] = livePosition{at, seen}
	p.index[who.kind].Move(geo.ID(id), at)
	return true
}

// Where implements [Locator].
func (p *Places) Where(id ResponderID) (geo.Point, time.Time, bool) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	l, ok := p.live[id]
	return l.point, l.at, ok
}

// Candidates implements [Locator].
func (p *Places) Candidates(home Premises, kinds []ResponderKind, count int, skip func(ResponderID, ResponderKind) string, now time.Time) ([]Candidate, []PassedOver) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	if p.dir == nil {
		return nil, nil
	}
	s := search{places: p, home: home, kinds: kinds, skip: skip, now: now, asked: map[ResponderID]bool{}}
	for _, area := range p.dir.Areas().Ancestors(home.Area) {
		if a, ok := p.dir.Areas().Get(area); !ok || a.Level.Depth() < geo.Community.Depth() {
			continue
		}
		for _, id := range p.dir.Serving(area) {
			if s.available(id) {
				s.take(id)
			}
		}
	}
	var near []geo.Neighbour
	for _, kind := range kinds {
		near = p.index[kind].Nearest(home.Point, count+spare, func(id geo.ID) bool { return s.available(ResponderID(id)) }, near[:0])
		for _, n := range near {
			s.take(ResponderID(n.ID))
		}
	}
	return s.found, s.passed
}

// search is one call of Candidates. The caller holds the places' lock.
type search struct {
	places *Places
	home   Premises
	kinds  []ResponderKind
	skip   func(ResponderID, ResponderKind) string
	now    time.Time
	asked  map[ResponderID]bool // whether available; the index asks more than once
	taken  []ResponderID
	found  []Candidate
	passed []PassedOver
}

func (s *search) available(id ResponderID) bool {
	if answer, known := s.asked[id]; known {
		return answer
	}
	who, ok := s.places.people[id]
	if !ok || !slices.Contains(s.kinds, who.kind) {
		return false
	}
	reason := ""
	switch {
	case !who.onDuty:
		reason = "off duty"
	default:
		reason = s.skip(id, who.kind)
	}
	if reason != "" && len(s.passed) < maxPassedOver {
		r, _ := s.places.dir.Responder(id)
		s.passed = append(s.passed, PassedOver{id, r.Name, reason})
	}
	s.asked[id] = reason == ""
	return reason == ""
}

func (s *search) take(id ResponderID) {
	if slices.Contains(s.taken, id) {
		return
	}
	s.taken = append(s.taken, id)
	if r, ok := s.places.dir.Responder(id); ok {
		s.found = append(s.found, s.places.candidate(s.home, r, s.now))
	}
}

// spare is how many of each kind are looked at beyond those needed, so that the
// reasons can name who came next.
const spare = 3

func (p *Places) candidate(home Premises, r Responder, now time.Time) Candidate {
	c := Candidate{Responder: r, At: r.Base}
	if l, ok := p.live[r.ID]; ok && now.Sub(l.at) <= p.fresh {
		c.At, c.Live, c.Age = l.point, true, max(0, now.Sub(l.at))
	}
	c.Distance = geo.Distance(home.Point, c.At)
	if p.habits != nil {
		c.Likely, c.Offers = p.habits.Likely(r.ID, now)
	}
	areas := p.dir.Areas()
	for _, served := range r.Areas {
		if level, ok := areas.Common(home.Area, served); ok && depth(level) > depth(c.Shared) {
			c.Shared = level
		}
	}
	return c
}

func where(r Responder, live map[ResponderID]livePosition) geo.Point {
	if l, ok := live[r.ID]; ok {
		return l.point
	}
	return r.Base
}

func (p *Places) retire(now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for id, l := range p.live {
		if now.Sub(l.at) <= p.fresh {
			continue
		}
		delete(p.live, id)
		if r, ok := p.dir.Responder(id); ok && p.index[r.Kind] != nil {
			p.index[r.Kind].Move(geo.ID(id), r.Base)
		}
	}
}
