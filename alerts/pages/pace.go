package pages

import "time"

// budget bounds what one link may ask for: one request each so often, and at
// most so many at once. A page asks every five seconds, and relatives pass a
// link on to each other; nobody presses buttons faster than one a second for long.
type budget int

const (
	reads budget = iota
	writes
	moves
	budgets
)

func (b budget) limits() (each time.Duration, most int) {
	switch b {
	case writes:
		return time.Second, 12
	case moves:
		return 2 * time.Second, 3
	}
	return 100 * time.Millisecond, 60
}

// pace is until when each budget of a link is spent; the zero value has all of them.
type pace [budgets]time.Time

// take uses one request, or reports that there is none left.
func (p *pace) take(b budget, now time.Time) bool {
	each, most := b.limits()
	until := p[b]
	if until.Before(now) {
		until = now
	}
	if until.Sub(now) > each*time.Duration(most-1) {
		return false
	}
	p[b] = until.Add(each)
	return true
}

// may uses one request of a link's budget.
func (l *links) may(k *link, b budget, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return k.pace.take(b, now)
}
