package live

import (
	"sync"
	"time"

	"onekeyd/dispatch"
)

// local is the copy in this process. Both stores answer from it.
type local struct {
	moves  *table[dispatch.ResponderID, place]
	seen   *table[dispatch.DeviceID, mark]
	onMove func(dispatch.ResponderID, Position)

	mu    sync.Mutex // guards armed
	armed map[dispatch.NodeID]consoles
}

// place and mark remember in which session Redis was known to have them, so
// that a resync writes only what it lacks; 0 is never.
type place struct {
	Position
	session uint32
}

type mark struct {
	ms      int64 // since 1970
	session uint32
}

type consoles struct {
	count int
	heard time.Time
	ours  bool // said here; then its echo is no news
}

func newLocal(onMove func(dispatch.ResponderID, Position)) *local {
	if onMove == nil {
		onMove = func(dispatch.ResponderID, Position) {}
	}
	return &local{
		moves:  newTable[dispatch.ResponderID, place](),
		seen:   newTable[dispatch.DeviceID, mark](),
		onMove: onMove,
		armed:  map[dispatch.NodeID]consoles{},
	}
}

// admit makes a position fit to keep: whole milliseconds, because that is what
// travels and an echo must compare equal, and never ahead of now.
func admit(p Position, now time.Time) (Position, bool) {
	if p.Point.Valid() != nil {
		return p, false
	}
	p.At = time.UnixMilli(min(p.At.UnixMilli(), now.UnixMilli())).UTC()
	return p, now.Sub(p.At) <= PositionFor
}

// place keeps an admitted position if it is the newest, and says whether it is.
func (l *local) place(id dispatch.ResponderID, p Position, session uint32) bool {
	part := l.moves.part(id)
	part.mu.Lock()
	defer part.mu.Unlock()
	switch had, known := part.m[id]; {
	case !known || p.At.After(had.At):
		part.m[id] = place{p, session}
		return true
	case session != 0 && p.At.Equal(had.At): // the echo of our own, or a listing: Redis has it
		had.session = session
		part.m[id] = had
	}
	return false
}

// mark keeps when a device was heard if it is the newest, and says whether it is.
func (l *local) mark(id dispatch.DeviceID, ms int64, session uint32) bool {
	part := l.seen.part(id)
	part.mu.Lock()
	defer part.mu.Unlock()
	switch had, known := part.m[id]; {
	case !known || ms > had.ms:
		part.m[id] = mark{ms, session}
		return true
	case session != 0 && ms == had.ms:
		part.m[id] = mark{ms, session}
	}
	return false
}

func (l *local) Positions(now time.Time) map[dispatch.ResponderID]Position {
	out := map[dispatch.ResponderID]Position{}
	for id, p := range l.moves.all() {
		if now.Sub(p.At) <= PositionFor {
			out[id] = p.Position
		}
	}
	return out
}

func (l *local) LastSeen(device dispatch.DeviceID) (time.Time, bool) {
	m, ok := l.seen.get(device)
	if !ok {
		return time.Time{}, false
	}
	return time.UnixMilli(m.ms).UTC(), true
}

func (l *local) Armed(node dispatch.NodeID, count int, now time.Time) { l.arm(node, count, now, true) }

func (l *local) arm(node dispatch.NodeID, count int, now time.Time, ours bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.armed[node].ours && !ours {
		return // an echo held up on its way must not make our word younger
	}
	for n, c := range l.armed { // restarts are new nodes; nobody else removes the old
		if now.Sub(c.heard) > ArmedFor {
			delete(l.armed, n)
		}
	}
	l.armed[node] = consoles{max(0, count), now, ours}
}

func (l *local) ArmedTotal(now time.Time) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	total := 0
	for _, c := range l.armed {
		if now.Sub(c.heard) <= ArmedFor {
			total += c.count
		}
	}
	return total
}

// forget drops what has grown too old to be of use.
func (l *local) forget(now time.Time) {
	l.moves.drop(func(p place) bool { return now.Sub(p.At) > PositionFor })
	oldest := now.Add(-SeenFor).UnixMilli()
	l.seen.drop(func(m mark) bool { return m.ms < oldest })
}
