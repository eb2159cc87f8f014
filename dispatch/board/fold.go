package board

import (
	"time"

	"onekeyd/dispatch"
)

// keepHandled is how long a press is remembered after its incident: a device
// that was offline delivers what it stored within a day or two.
const keepHandled = 48 * time.Hour

type pressKey struct {
	device dispatch.DeviceID
	press  dispatch.PressID
}

type handled struct {
	incident dispatch.IncidentID
	at       time.Time
}

// Handled implements [dispatch.Cases].
func (b *Board) Handled(d dispatch.DeviceID, p dispatch.PressID) (dispatch.IncidentID, bool) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	h, ok := b.handled[pressKey{d, p}]
	return h.incident, ok
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
		if len(b.events) == 2*ring { // halve seldom instead of moving one each time
			b.oldest = b.events[ring-1].Seq
			b.events = append(make([]Event, 0, 2*ring), b.events[ring:]...)
		}
		b.events = append(b.events, Event{r.Seq, inc})
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
	}
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
	if err != nil {
		b.log.Error("a record of the journal cannot be folded in", "seq", r.Seq, "incident", r.Incident, "err", err)
		b.cases[r.Case] = &current{before, r.Seq}
		return nil, false
	}
	b.cases[r.Case] = &current{inc, r.Seq}
	b.index(before, inc)
	for _, f := range r.Facts {
		switch f := f.(type) {
		case dispatch.Raised:
			b.handled[pressKey{f.Press.Device, f.Press.ID}] = handled{inc.ID, r.At}
		case dispatch.Joined:
			b.handled[pressKey{f.Press.Device, f.Press.ID}] = handled{inc.ID, r.At}
		}
	}
	return inc, true
}

// index keeps the look-ups of open incidents in step. The caller holds b.mu.
func (b *Board) index(before, after *dispatch.Incident) {
	if before.Open() {
		delete(b.byID, before.ID)
		delete(b.codes, before.Code)
		for _, o := range before.Offers {
			if o.State.Active() {
				if b.busy[o.Responder]--; b.busy[o.Responder] == 0 {
					delete(b.busy, o.Responder)
				}
			}
		}
	}
	if before != nil && !after.Open() {
		for _, a := range before.Alerts {
			delete(b.byAlert, a.ID)
		}
	}
	if !after.Open() {
		return
	}
	b.byID[after.ID] = after.Case
	b.codes[after.Code] = true
	for _, o := range after.Offers {
		if o.State.Active() {
			b.busy[o.Responder]++
		}
	}
	known := 0
	if before.Open() {
		known = len(before.Alerts) // alerts are only ever added
	}
	for _, a := range after.Alerts[known:] {
		b.byAlert[a.ID] = after.Case
	}
}
