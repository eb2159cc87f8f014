package fanout

import (
	"time"

	"onekeyd/alerts"
)

const (
	// A carrier is out after trips failures in a row within tripWithin (ALERTS
	// section 5), or after one word that the account is.
	trips      = 3
	tripWithin = 10 * time.Second
	// probeWait is how long after a probe the next one may go if nothing was heard
	// of it: it may have been taken back while it waited.
	probeWait = lastSend
)

// breaker says whether a carrier is out. A send that stayed unclear counts like
// one that was refused: a carrier that answers nothing is no better. Any success
// closes it. Fanout.mu guards it.
type breaker struct {
	open   bool
	since  time.Time
	why    string
	alone  bool          // somebody who can be reached by no other has met it open
	pause  time.Duration // how long it was opened for the last time
	due    time.Time     // when a probe may go
	probed time.Time
	failed [trips]time.Time // the last failures since a success, oldest first
	rest   time.Time        // until when the carrier asked for a pause; no failure by itself
}

// passes reports whether a send that could go elsewhere may go here.
func (b *breaker) passes(now time.Time) bool {
	return !b.open || !now.Before(b.due) && now.Sub(b.probed) >= probeWait
}

// probe notes that a send is let through.
func (b *breaker) probe(now time.Time) {
	if b.open {
		b.probed = now
	}
}

// fail takes a failure of a send that began at begun, and reports whether the
// breaker has opened by it.
func (b *breaker) fail(class alerts.Class, why string, begun, now time.Time) bool {
	// Busy passes by itself; an account has to be mended by somebody.
	first, last := 5*time.Second, time.Minute
	if class == alerts.BadAccount {
		first, last = 30*time.Second, 5*time.Minute
	} else if !b.open {
		copy(b.failed[:], b.failed[1:])
		b.failed[trips-1] = now
		if b.failed[0].IsZero() || now.Sub(b.failed[0]) > tripWithin {
			return false
		}
	}
	if b.open && begun.Before(b.due) {
		return false // it was sent before anybody knew better, or because there is no other way
	}
	b.pause = min(max(2*b.pause, first), last)
	b.due, b.probed, b.why = now.Add(b.pause), time.Time{}, why
	opened := !b.open
	if opened {
		b.open, b.since = true, now
	}
	return opened
}

// succeed takes a success, and reports whether the breaker has closed by it.
func (b *breaker) succeed() bool {
	closed := b.open
	*b = breaker{rest: b.rest}
	return closed
}

// CarrierState is whether a carrier takes alerts.
type CarrierState struct {
	Name  string
	Media alerts.Media
	Open  bool // its breaker: alerts go elsewhere if they can
	Since time.Time
	Why   string // class and code of the failure that opened it
}

// Carriers are the states of all carriers, in order of preference.
func (f *Fanout) Carriers() []CarrierState {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := make([]CarrierState, 0, len(f.lanes))
	for _, l := range f.lanes {
		b := &l.breaker
		out = append(out, CarrierState{Name: l.name, Media: l.caps.Media, Open: b.open, Since: b.since, Why: b.why})
	}
	return out
}

// heard tells the breaker of a carrier how a send ended, and the log what has
// changed. It reports whether the carrier is out now.
func (f *Fanout) heard(l *lane, j *job, begun time.Time, err error) (out bool) {
	class, now := alerts.ClassOf(err), time.Now()
	b := &l.breaker
	var opened, closed, alone bool
	f.mu.Lock()
	since := b.since
	switch class {
	case "":
		closed = b.succeed()
	case alerts.Transient, alerts.Unclear, alerts.BadAccount:
		opened = b.fail(class, codeOf(err), begun, now)
		alone = b.open && !b.alone && !f.elsewhere(l, j.alert.Phone)
		b.alone = b.alone || alone
	}
	if opened {
		f.divert(l, now)
	}
	out = b.open
	f.mu.Unlock()
	if !alone && !opened && !closed {
		return out
	}
	log := f.o.Log.With("carrier", l.name, "channel", l.channel)
	switch {
	case alone:
		log.Error("carrier is out and no other serves a number that must be told", "incident", j.inc.ID, "err", err)
	case opened:
		log.Warn("carrier is out; its alerts go to others", "err", err)
	case closed:
		log.Info("carrier takes alerts again", "out_for", now.Sub(since).Round(time.Second).String())
	}
	return out
}
