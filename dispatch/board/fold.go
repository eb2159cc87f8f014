package board

import (
	"slices"
	"time"

	"onekeyd/dispatch"
)

const (
	// keepHandled is how long a press is remembered: longer than the journal keeps
	// presses (72 h), so that one it brings again is always recognised.
	keepHandled = 96 * time.Hour
	// restarted is how long after a press another one with the same identity is
	// still a retransmission. A device repeats for half an hour at most (SCAIP);
	// one that counts from 1 again after its battery was changed is a new call.
	restarted = 30 * time.Minute
)

// pressKey tells presses apart. The device's clock, where it has one, is part
// of it: a counter that begins again does not bring the old time back.
type pressKey struct {
	device dispatch.DeviceID
	press  dispatch.PressID
	at     int64
}

type handled struct {
	incident dispatch.IncidentID
	received time.Time
	at       time.Time
}

func keyOf(d dispatch.DeviceID, p dispatch.PressID, at time.Time) pressKey {
	k := pressKey{device: d, press: p}
	if !at.IsZero() {
		k.at = at.UnixNano()
	}
	return k
}

// Handled implements [dispatch.Cases].
func (b *Board) Handled(p dispatch.Press) (dispatch.IncidentID, bool) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	h, ok := b.handled[keyOf(p.Device, p.ID, p.At)]
	if _, open := b.byID[h.incident]; ok && !open && p.Received.Sub(h.received) > restarted {
		return "", false
	}
	return h.incident, ok
}

// Replied implements [dispatch.Cases].
func (b *Board) Replied(key string) bool {
	b.mu.RLock()
	defer b.mu.RUnlock()
	_, ok := b.replied[key]
	return ok
}

// note remembers what must not count twice. The caller holds b.mu.
func (b *Board) note(r dispatch.Record) {
	for _, f := range r.Facts {
		switch f := f.(type) {
		case dispatch.Raised:
			b.handled[keyOf(f.Press.Device, f.Press.ID, f.Press.At)] = handled{r.Incident, f.Press.Received, r.At}
		case dispatch.Joined:
			b.handled[keyOf(f.Press.Device, f.Press.ID, f.Press.At)] = handled{r.Incident, f.Press.Received, r.At}
		case dispatch.Replied:
			b.replied[f.Key] = r.At
		}
	}
}

// Absorb implements [dispatch.Cases].
func (b *Board) Absorb(r dispatch.Record) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if r.Seq <= b.head {
		return // the follower was quicker
	}
	if inc, ok := b.fold(r); ok {
		b.absorbed[r.Seq] = inc
	}
}

// follow takes the next record of the journal.
func (b *Board) follow(r dispatch.Record) {
	b.mu.Lock()
	b.head = r.Seq
	inc, own := b.absorbed[r.Seq]
	delete(b.absorbed, r.Seq)
	ok := own
	if !own {
		inc, ok = b.fold(r)
	}
	if ok {
		b.emit(Event{r.Seq, inc})
	}
	close(b.changed)
	b.changed = make(chan struct{})
	b.mu.Unlock()
	select {
	case <-b.caught:
		if ok {
			b.observe(r, inc)
		}
	default: // history: it was counted when it happened
		if ok && inc.Ended != nil {
			b.lately(inc)
		}
	}
}

// emit adds an event to the ring. The caller holds b.mu. When the ring is full,
// in events or in what they weigh, its older half goes.
func (b *Board) emit(e Event) {
	if len(b.events) == 2*ring || b.weight > heaviest {
		half := len(b.events) / 2
		b.oldest = b.events[half-1].Seq
		b.events = append(make([]Event, 0, 2*half), b.events[half:]...)
		b.weight = 0
		for _, kept := range b.events {
			b.weight += weigh(kept.Incident)
		}
	}
	b.events = append(b.events, e)
	b.weight += weigh(e.Incident)
}

// weigh is about how many lists' entries an incident holds; each is some 150 bytes.
func weigh(inc *dispatch.Incident) int {
	return 4 + len(inc.Timeline) + len(inc.Offers) + 2*len(inc.Alerts) + len(inc.Presses) + len(inc.Members)
}

// fold applies a record to its case. The caller holds b.mu. A record that is
// already folded in, or that the lifecycle refuses, changes nothing: what is in
// the journal cannot be undone, and one bad record must not stop the rest.
func (b *Board) fold(r dispatch.Record) (*dispatch.Incident, bool) {
	cur := b.cases[r.Case]
	if cur != nil && r.Seq <= cur.seq {
		return nil, false
	}
	var before *dispatch.Incident
	if cur != nil {
		before = cur.inc
	}
	if len(r.Facts) == 0 { // the journal could not read it, and said so; appends must name it all the same
		b.cases[r.Case] = &current{before, r.Seq}
		return nil, false
	}
	inc, err := dispatch.Apply(before, r)
	if err != nil && lateWord(before, r) {
		b.cases[r.Case] = &current{before, r.Seq}
		return nil, false
	}
	if err != nil {
		b.log.Error("a record of the journal cannot be folded in", "seq", r.Seq, "incident", r.Incident, "err", err)
		b.cases[r.Case] = &current{before, r.Seq}
		return nil, false
	}
	b.cases[r.Case] = &current{inc, r.Seq}
	b.index(before, inc)
	b.note(r)
	if inc.State == dispatch.StateClosed {
		b.ended[inc.ID] = inc
	}
	return inc, true
}

// lateWord reports whether a record only says what became of messages of an
// incident that is archived already: it raced the purge, and its story is told.
func lateWord(before *dispatch.Incident, r dispatch.Record) bool {
	if before != nil && before.ID == r.Incident {
		return false
	}
	return !slices.ContainsFunc(r.Facts, func(f dispatch.Fact) bool {
		return f.Type() != dispatch.FactReported && f.Type() != dispatch.FactRetaken
	})
}

// index keeps the look-ups of open incidents in step, and that of alerts until
// their case is dropped. The caller holds b.mu.
func (b *Board) index(before, after *dispatch.Incident) {
	if before.Open() {
		delete(b.byID, before.ID)
		if b.codes[before.Code]--; b.codes[before.Code] <= 0 {
			delete(b.codes, before.Code)
		}
		b.count(before.Offers, -1)
	}
	same := before != nil && after != nil && before.ID == after.ID
	known := 0
	switch {
	case same:
		known = len(before.Alerts) // alerts are only ever added
	case before != nil:
		for _, a := range before.Alerts {
			delete(b.byAlert, a.ID)
		}
	}
	if after != nil {
		for _, a := range after.Alerts[known:] {
			b.byAlert[a.ID] = after.Case
		}
	}
	if !after.Open() {
		return
	}
	if other, clash := b.byID[after.ID]; clash && other != after.Case {
		b.log.Error("two open incidents have one id", "incident", after.ID)
	}
	b.byID[after.ID] = after.Case
	b.codes[after.Code]++
	b.count(after.Offers, 1)
}

// count adds offers to what each responder has on hand, or takes them off. The caller holds b.mu.
func (b *Board) count(offers []dispatch.Offer, n int) {
	for _, o := range offers {
		if !o.State.Live() {
			continue
		}
		l := b.busy[o.Responder]
		if o.State == dispatch.Offered {
			l.offered += n
		} else {
			l.bound += n
		}
		if l == (load{}) {
			delete(b.busy, o.Responder)
		} else {
			b.busy[o.Responder] = l
		}
	}
}
