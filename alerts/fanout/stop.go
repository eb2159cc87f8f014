package fanout

import (
	"container/heap"
	"context"

	"onekeyd/alerts"
	"onekeyd/dispatch"
)

// stoppedCode is the code of alerts that were taken back.
const stoppedCode = "stopped"

// Stop implements [dispatch.Teller]. What was not sent leaves its queue; a call
// whose reference is known, or comes when the carrier answers, is stopped at the
// carrier. Both are reported as failed with code "stopped". What cannot be taken
// back stays as it is: a text that a carrier has, and a call of which nobody
// knows whether it rings; the latter is logged.
func (f *Fanout) Stop(inc *dispatch.Incident, list []dispatch.Alert) {
	var unclear []dispatch.AlertID
	f.mu.Lock()
	for _, a := range list {
		if !f.stop(inc, a) {
			unclear = append(unclear, a.ID)
		}
	}
	f.mu.Unlock()
	if len(unclear) > 0 {
		f.o.Log.Warn("calls cannot be stopped: nobody knows whether the carrier has them", "incident", inc.ID, "alerts", unclear)
	}
}

// stop is false for a call that may ring and cannot be named to its carrier. The
// caller holds mu.
func (f *Fanout) stop(inc *dispatch.Incident, a dispatch.Alert) bool {
	j := f.inHand[a.ID]
	switch {
	case j == nil:
		return f.stopHanded(inc, a)
	case j.stopped:
	case j.doing == waiting:
		heap.Remove(&j.lane.queue, j.place)
		f.settleStopped(j)
	case j.doing == pausing:
		f.settleStopped(j)
	case j.doing == sending: // the worker that sends it sees to it
		j.stopped = true
	case j.ref != "" && j.lane.cancels(): // storing
		j.stopped = true
		// A job of its own: this one stays in hand until its outcome is stored.
		j.lane.pushBack(&job{inc: inc, alert: a, lane: j.lane, ref: j.ref})
	}
	return true
}

func (f *Fanout) settleStopped(j *job) {
	j.stopped = true
	j.outcome = dispatch.Report{State: dispatch.AlertFailed, Code: stoppedCode}
	f.settled.push(j)
}

// stopHanded has a call stopped that left our hands before.
func (f *Fanout) stopHanded(inc *dispatch.Incident, a dispatch.Alert) bool {
	if a.State == dispatch.AlertFailed || a.State == dispatch.AlertDelivered || a.State == dispatch.AlertNotSent {
		return true
	}
	for _, l := range f.lanes {
		if l.name != a.Carrier || l.channel != a.Channel || !l.cancels() {
			continue
		}
		if a.Ref == "" {
			return a.State != dispatch.AlertAmbiguous
		}
		j := &job{inc: inc, alert: a, lane: l, ref: a.Ref, doing: sending, stopped: true}
		f.inHand[a.ID] = j
		l.pushBack(j)
	}
	return true
}

// cancels reports whether the carrier can take back what it has.
func (l *lane) cancels() bool {
	_, ok := l.sender.(alerts.Canceller)
	return ok
}

// pushBack has a worker stop a call. The caller holds Fanout.mu.
func (l *lane) pushBack(j *job) {
	l.back = append(l.back, j)
	l.wake.Signal()
}

// takeBack stops a call that a carrier has.
func (f *Fanout) takeBack(ctx context.Context, l *lane, j *job) {
	if !f.cancel(ctx, l, j, j.ref) {
		f.done(j)
		return
	}
	f.report(ctx, j, dispatch.Report{State: dispatch.AlertFailed, Carrier: l.name, Ref: j.ref, Code: stoppedCode})
}

// stoppedLate is what became of an alert that was to be stopped while it was
// being sent; r is what the carrier said.
func (f *Fanout) stoppedLate(ctx context.Context, l *lane, j *job, r dispatch.Report, err error) dispatch.Report {
	switch {
	case untold(err),
		err == nil && l.cancels() && f.cancel(ctx, l, j, r.Ref):
		r.State, r.Code = dispatch.AlertFailed, stoppedCode
	case alerts.ClassOf(err) == alerts.Unclear && l.cancels():
		f.o.Log.Warn("call cannot be stopped: nobody knows whether the carrier has it", "incident", j.inc.ID, "alert", j.alert.ID, "err", err)
	}
	return r
}

// cancel is let finish when the daemon stops: the telephone would ring on.
func (f *Fanout) cancel(ctx context.Context, l *lane, j *job, ref string) bool {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastSend)
	defer cancel()
	if err := l.sender.(alerts.Canceller).Cancel(ctx, ref); err != nil {
		f.o.Log.Warn("call could not be stopped and may ring on", "carrier", l.name, "incident", j.inc.ID, "alert", j.alert.ID, "err", err)
		return false
	}
	return true
}
