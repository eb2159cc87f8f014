package fanout

import (
	"context"
	"errors"
	"time"

	"onekeyd/alerts"
	"onekeyd/dispatch"
)

const (
	// firstPause and lastPause bound the wait before carriers that took nothing are tried again.
	firstPause, lastPause = 500 * time.Millisecond, 10 * time.Second
	// lastSend bounds a send; a sender has shorter limits of its own.
	lastSend = 10 * time.Second
	// recordPause is the wait before an outcome that could not be stored is stored again.
	recordPause = time.Second
)

// send hands one alert to a carrier, passes it on to another if this one
// certainly did not take it, and sees the outcome stored.
func (f *Fanout) send(ctx context.Context, l *lane, j *job) {
	begun := time.Now()
	if !f.o.Wanted(j.inc, j.alert.ID) {
		f.spare(l) // nobody is told what is no longer so
		f.report(ctx, j, dispatch.Report{State: dispatch.AlertNotSent, Carrier: l.name, Code: "overtaken"})
		return
	}
	if !begun.Before(j.notAfter) {
		f.spare(l)
		f.report(ctx, j, dispatch.Report{State: dispatch.AlertNotSent, Carrier: l.name, Code: string(alerts.Stale)})
		return
	}
	// A send that is on its way when the daemon stops is let finish: cut off, it
	// would have to be repeated by the next run.
	sending, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastSend)
	receipt, err := l.sender.Send(sending, f.notice(j))
	cancel()
	out := f.heard(l, j, begun, err)
	if untold(err) {
		if first := j.refused == 0 && j.tries == 0; first && !out {
			f.o.Log.Warn("carrier did not take an alert; trying others or again", "carrier", l.name, "incident", j.inc.ID, "alert", j.alert.ID, "err", err)
		}
		if f.passOn(l, j, err) {
			return
		}
	}
	r := dispatch.Report{
		State: dispatch.AlertState(alerts.StateOf(receipt, err)), Carrier: l.name, Ref: receipt.Ref, Code: codeOf(err), Segments: receipt.Segments,
	}
	if f.sent(j, receipt.Ref) {
		r = f.stoppedLate(ctx, l, j, r, err)
	}
	f.report(ctx, j, r)
}

// untold reports whether it is certain that nobody was told, for a reason that
// another carrier need not have.
func untold(err error) bool {
	switch alerts.ClassOf(err) {
	case alerts.Transient, alerts.BadAccount, alerts.BadContent:
		return true
	}
	return false
}

// spare gives back the leave to send of a job that was not sent.
func (f *Fanout) spare(l *lane) {
	f.mu.Lock()
	l.rate.refund()
	f.mu.Unlock()
}

// notice is what a sender takes: a kind and its variables, never a rendered text.
func (f *Fanout) notice(j *job) alerts.Notice {
	return alerts.Notice{
		ID: string(j.alert.ID), Kind: alerts.Kind(j.alert.Kind), Lang: j.alert.Language, To: j.alert.Phone,
		Params: params(j.inc, j.alert, f.o), NotAfter: j.notAfter,
	}
}

// passOn takes a job on that a carrier certainly did not take: to another
// carrier at once, or back to all of them after a pause. It gives up only when
// the alert is no longer worth sending. False: it is to be reported as it is.
func (f *Fanout) passOn(l *lane, j *job, err error) bool {
	now := time.Now()
	f.mu.Lock()
	defer f.mu.Unlock()
	if j.stopped {
		return false
	}
	j.refused |= l.bit
	if alerts.ClassOf(err) == alerts.Transient {
		pause := min(firstPause<<min(j.tries, 8), lastPause)
		if e, ok := errors.AsType[*alerts.Error](err); ok && e.RetryAfter > 0 {
			pause = min(e.RetryAfter, lastPause)
			l.breaker.rest = now.Add(pause)
		}
		if j.pause == 0 || pause < j.pause {
			j.pause = pause
		}
	}
	if to := f.route(j, now); to != nil && !now.Before(to.breaker.rest) {
		to.push(j)
		return true
	}
	if j.pause == 0 {
		return false // trying again helps nowhere
	}
	j.doing = pausing
	time.AfterFunc(j.pause, func() { f.again(j) }) // after Run has ended nobody takes it: the next run does
	j.tries++
	j.refused, j.pause = 0, 0
	return true
}

// again brings back a job that has paused.
func (f *Fanout) again(j *job) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if j.doing == pausing {
		f.wait(j, time.Now())
	}
}

// sent notes that a carrier has had its say on a job, and reports whether it was
// to be stopped meanwhile.
func (f *Fanout) sent(j *job, ref string) (stopped bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	j.doing, j.ref = storing, ref
	return j.stopped
}

// report keeps the alert in hand until its outcome is durable.
func (f *Fanout) report(ctx context.Context, j *job, r dispatch.Report) {
	r.Alert, r.At = j.alert.ID, time.Now()
	// Gathering takes longer than sending; the worker goes on to the next alert.
	f.recording.Go(func() { f.record(ctx, j, r) })
}

func (f *Fanout) record(ctx context.Context, j *job, r dispatch.Report) {
	for {
		err := f.o.Record(ctx, j.inc.Case, j.inc.ID, r)
		if err == nil {
			f.done(j)
			return
		}
		if ctx.Err() != nil {
			return // the next run takes the alert up
		}
		f.o.Log.Warn("outcome of an alert could not be stored; trying again", "incident", j.inc.ID, "alert", j.alert.ID, "err", err)
		select {
		case <-time.After(recordPause):
		case <-ctx.Done():
		}
	}
}

// codeOf is the carrier's code, or else the class, for the desk and for review.
func codeOf(err error) string {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*alerts.Error](err); ok && e.Code != "" {
		return string(e.Class) + " " + e.Code
	}
	return string(alerts.ClassOf(err))
}
