package bench

import (
	"sync/atomic"
	"time"
)

// ledger has a line for each press of a run. Press n is of device n; whoever
// sees something of it writes the time down, from any goroutine.
type ledger struct {
	base  time.Time
	lines []line
	open  atomic.Int64  // what is expected and has not come
	quiet chan struct{} // has a value after open came to 0

	strangers atomic.Int64 // SMS and events of no press of ours
}

// line is one press. Times are nanoseconds since base; 0 is not yet.
type line struct {
	want      int32 // SMS it must cause
	noConsole bool  // no event is expected: a press of the floor
	due, sent int64 // written by the generator before anything can come back

	stored, first, last, console atomic.Int64
	sms                          atomic.Int32
	refused                      atomic.Bool
}

func newLedger(presses int) *ledger {
	l := &ledger{base: time.Now(), lines: make([]line, presses), quiet: make(chan struct{}, 1)}
	return l
}

func (l *ledger) since(t time.Time) int64    { return max(1, int64(t.Sub(l.base))) }
func (l *ledger) has(n int) bool             { return n >= 0 && n < len(l.lines) && l.lines[n].due != 0 }
func (l *ledger) sent(n int, when time.Time) { l.lines[n].sent = l.since(when) }

// expect opens the lines from up to to, which are due at these times.
func (l *ledger) expect(from, to int, due func(n int) time.Time) {
	var open int64
	for n := from; n < to; n++ {
		p := &l.lines[n]
		p.due = l.since(due(n))
		open += 1 + int64(p.want)
		if !p.noConsole {
			open++
		}
	}
	select {
	case <-l.quiet: // of an earlier slice
	default:
	}
	l.open.Add(open)
}

func (l *ledger) settle(n int64) {
	if l.open.Add(-n) == 0 {
		select {
		case l.quiet <- struct{}{}:
		default:
		}
	}
}

// acked: the press is stored.
func (l *ledger) acked(n int, at time.Time) {
	if l.has(n) && l.lines[n].stored.CompareAndSwap(0, l.since(at)) {
		l.settle(1)
	}
}

// refuse: the press was not acknowledged, and nothing is owed for it. What
// comes all the same still counts as an SMS or event, but is not waited for.
func (l *ledger) refuse(n int) {
	p := &l.lines[n]
	if p.stored.Load() != 0 || !p.refused.CompareAndSwap(false, true) {
		return
	}
	owed := 1 + int64(p.want-min(p.want, p.sms.Load()))
	if !p.noConsole && p.console.Load() == 0 {
		owed++
	}
	l.settle(owed)
}

// text: an SMS of the press reached the carrier.
func (l *ledger) text(n int, at time.Time) {
	if !l.has(n) {
		l.strangers.Add(1)
		return
	}
	p := &l.lines[n]
	t := l.since(at)
	p.first.CompareAndSwap(0, t)
	switch count := p.sms.Add(1); {
	case p.refused.Load():
	case count <= p.want:
		if count == p.want {
			p.last.Store(t)
		}
		l.settle(1)
	}
}

// shown: an event of the press's incident reached the console.
func (l *ledger) shown(n int, at time.Time) {
	if !l.has(n) {
		l.strangers.Add(1)
		return
	}
	if p := &l.lines[n]; p.console.CompareAndSwap(0, l.since(at)) && !p.noConsole && !p.refused.Load() {
		l.settle(1)
	}
}

// wait returns when nothing is expected any more, or after the grace.
func (l *ledger) wait(done <-chan struct{}, grace time.Duration) {
	t := time.NewTimer(grace)
	defer t.Stop()
	for l.open.Load() > 0 {
		select {
		case <-l.quiet:
		case <-t.C:
			return
		case <-done:
			return
		}
	}
}

// tally counts what became of the lines from..to.
type tally struct {
	presses, refused, lost, twice      int
	stored, first, last, console, late []int64
}

func (l *ledger) tally(from, to int) tally {
	var t tally
	for n := from; n < to; n++ {
		p := &l.lines[n]
		if p.due == 0 {
			continue
		}
		t.presses++
		t.late = append(t.late, p.sent-p.due)
		stored, sms, console := p.stored.Load(), p.sms.Load(), p.console.Load()
		if stored == 0 {
			t.refused++
			continue
		}
		if sms < p.want || console == 0 && !p.noConsole {
			t.lost++
		}
		t.twice += int(max(0, sms-p.want))
		take := func(to *[]int64, at int64) {
			if at != 0 {
				*to = append(*to, at-p.due)
			}
		}
		take(&t.stored, stored)
		take(&t.console, console)
		if p.want > 0 {
			take(&t.first, p.first.Load())
			take(&t.last, p.last.Load())
		}
	}
	return t
}

// finished is when the last thing of the lines from..to came.
func (l *ledger) finished(from, to int) int64 {
	var at int64
	for n := from; n < to; n++ {
		p := &l.lines[n]
		at = max(at, p.stored.Load(), p.last.Load(), p.console.Load())
	}
	return at
}
