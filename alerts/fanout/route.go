package fanout

import (
	"container/heap"
	"time"

	"onekeyd/dispatch"
)

// route is the lane in which a job has to wait now: the first that carries it,
// whose breaker lets it through and which asks for no rest; else one that rests.
// A carrier that is out is asked only for whoever no other can reach. Nil: no
// carrier is left that has not refused. The caller holds mu.
func (f *Fanout) route(j *job, now time.Time) *lane {
	var resting, out *lane
	up := false
	for _, l := range f.lanes {
		if !l.carries(j.alert) {
			continue
		}
		fresh := j.refused&l.bit == 0
		switch {
		case !l.breaker.passes(now):
			if out == nil && fresh {
				out = l
			}
		case !fresh:
			up = true
		case now.Before(l.breaker.rest):
			up = true
			if resting == nil {
				resting = l
			}
		default:
			l.breaker.probe(now)
			return l
		}
	}
	if resting != nil || up {
		return resting
	}
	return out
}

// divert sends what waits for a carrier that has just gone out to others. The
// caller holds mu.
func (f *Fanout) divert(l *lane, now time.Time) {
	jobs := l.queue
	l.queue = nil
	for _, j := range jobs {
		if to := f.route(j, now); to != nil && to != l {
			to.push(j)
			continue
		}
		j.place = len(l.queue)
		l.queue = append(l.queue, j)
	}
	heap.Init(&l.queue)
}

// elsewhere reports whether a carrier of the same channel that is not out serves
// the number beside l. The caller holds mu.
func (f *Fanout) elsewhere(l *lane, phone string) bool {
	for _, other := range f.lanes {
		if other != l && other.channel == l.channel && !other.breaker.open && other.caps.Serves(phone) {
			return true
		}
	}
	return false
}

// Ways implements [dispatch.Teller]. A carrier that is out is listed only where
// there is no other way at all, so that no call for help is left without one.
func (f *Fanout) Ways(phone string) []dispatch.Way {
	now := time.Now()
	f.mu.Lock()
	defer f.mu.Unlock()
	if ways := f.ways(phone, func(l *lane) bool { return l.breaker.passes(now) }); len(ways) > 0 {
		return ways
	}
	return f.ways(phone, func(*lane) bool { return true })
}

func (f *Fanout) ways(phone string, listed func(*lane) bool) []dispatch.Way {
	ways := make([]dispatch.Way, 0, len(f.lanes))
	for _, calls := range []bool{false, true} {
		for _, l := range f.lanes {
			if calls == (l.channel == dispatch.ChannelVoice) && listed(l) && l.caps.Serves(phone) {
				ways = append(ways, dispatch.Way{Channel: l.channel, Carrier: l.name, Receipts: l.caps.Receipts})
			}
		}
	}
	return ways
}
