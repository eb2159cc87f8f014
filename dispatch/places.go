package dispatch

import (
	"context"
	"iter"
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
	fresh time.Duration
	index map[ResponderKind]*geo.Index

	mu    sync.RWMutex // guards what follows
	dir   Directory
	kinds map[ResponderID]ResponderKind
	live  map[ResponderID]livePosition
}

type livePosition struct {
	point geo.Point
	at    time.Time
}

// NewPlaces makes an empty one; live positions count for the plan's UsableFor.
func NewPlaces(plan Plan) *Places {
	p := &Places{fresh: plan.UsableFor, index: map[ResponderKind]*geo.Index{}, kinds: map[ResponderID]ResponderKind{}, live: map[ResponderID]livePosition{}}
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

// Load puts everybody at their place on a fresh directory.
func (p *Places) Load(dir Directory, everybody iter.Seq[Responder]) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.dir = dir
	points := map[ResponderKind]map[geo.ID]geo.Point{}
	gone := p.kinds
	p.kinds = make(map[ResponderID]ResponderKind, len(gone))
	for r := range everybody {
		if points[r.Kind] == nil {
			points[r.Kind] = map[geo.ID]geo.Point{}
		}
		points[r.Kind][geo.ID(r.ID)] = p.where(r)
		p.kinds[r.ID] = r.Kind
	}
	for kind, x := range p.index {
		x.Load(points[kind])
	}
	for id := range p.live {
		if _, known := p.kinds[id]; !known {
			delete(p.live, id)
		}
	}
}

// Change follows a new directory in which only these responders differ.
func (p *Places) Change(dir Directory, changed []ResponderID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.dir = dir
	for _, id := range changed {
		r, known := dir.Responder(id)
		if old, was := p.kinds[id]; was && (!known || old != r.Kind) {
			p.index[old].Remove(geo.ID(id))
			delete(p.kinds, id)
		}
		if !known {
			delete(p.live, id)
			continue
		}
		p.kinds[id] = r.Kind
		if x := p.index[r.Kind]; x != nil {
			x.Move(geo.ID(id), p.where(r))
			x.Flush()
		}
	}
}

// Move takes a live position, seen at the given time. An older one than the
// last is ignored, and so is one of somebody the directory does not know.
func (p *Places) Move(id ResponderID, at geo.Point, seen time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	kind, known := p.kinds[id]
	if !known || seen.Before(p.live[id].at) {
		return false
	}
	p.live[id] = livePosition{at, seen}
	p.index[kind].Move(geo.ID(id), at)
	return true
}

// Candidates implements [Locator].
func (p *Places) Candidates(home Premises, kinds []ResponderKind, count int, busy func(ResponderID) int, now time.Time) ([]Candidate, []PassedOver) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	if p.dir == nil {
		return nil, nil
	}
	var found []Candidate
	var passed []PassedOver
	seen := map[ResponderID]bool{}
	consider := func(id ResponderID) bool {
		if seen[id] {
			return false
		}
		seen[id] = true
		r, ok := p.dir.Responder(id)
		if !ok || !slices.Contains(kinds, r.Kind) {
			return false
		}
		if reason := unavailable(r, busy); reason != "" {
			if len(passed) < maxPassedOver {
				passed = append(passed, PassedOver{id, reason})
			}
			return false
		}
		found = append(found, p.candidate(home, r, now))
		return true
	}
	for _, area := range p.dir.Areas().Ancestors(home.Area) {
		if a, ok := p.dir.Areas().Get(area); !ok || a.Level.Depth() < geo.Community.Depth() {
			continue
		}
		for _, id := range p.dir.Serving(area) {
			consider(id)
		}
	}
	var near []geo.Neighbour
	for _, kind := range kinds {
		keep := func(id geo.ID) bool { return consider(ResponderID(id)) }
		near = p.index[kind].Nearest(home.Point, count+spare, keep, near[:0])
	}
	return found, passed
}

// spare is how many of each kind are looked at beyond those needed, so that the
// reasons can name who came next.
const spare = 3

func unavailable(r Responder, busy func(ResponderID) int) string {
	switch {
	case !r.OnDuty:
		return "off duty"
	case busy(r.ID) > 0:
		return "on another call"
	}
	return ""
}

func (p *Places) candidate(home Premises, r Responder, now time.Time) Candidate {
	c := Candidate{Responder: r, At: r.Base}
	if l, ok := p.live[r.ID]; ok && now.Sub(l.at) <= p.fresh {
		c.At, c.Live, c.Age = l.point, true, max(0, now.Sub(l.at))
	}
	c.Distance = geo.Distance(home.Point, c.At)
	areas := p.dir.Areas()
	for _, served := range r.Areas {
		if level, ok := areas.Common(home.Area, served); ok && depth(level) > depth(c.Shared) {
			c.Shared = level
		}
	}
	return c
}

func (p *Places) where(r Responder) geo.Point {
	if l, ok := p.live[r.ID]; ok {
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
