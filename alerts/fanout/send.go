package fanout

import (
	"context"
	"errors"
	"time"

	"onekeyd/alerts"
	"onekeyd/dispatch"
)

const (
	// firstPause and lastPause bound the wait before a carrier that took nothing is tried again.
	firstPause, lastPause = 500 * time.Millisecond, 10 * time.Second
	// lastSend bounds a send; a sender has shorter limits of its own.
	lastSend = 10 * time.Second
	// recordPause is the wait before an outcome that could not be stored is stored again.
	recordPause = time.Second
)

// send hands one alert to a carrier and sees its outcome stored.
func (f *Fanout) send(ctx context.Context, j *job) {
	if !f.o.Wanted(j.inc, j.alert.ID) {
		f.done(j.alert.ID) // nobody is told anything after the end
		return
	}
	sender := f.route(j.alert.Phone)
	if sender == nil {
		f.report(ctx, j, dispatch.Report{State: dispatch.AlertNotSent, Code: "no carrier serves this number"})
		return
	}
	// A send that is on its way when the daemon stops is let finish: cut off, it
	// would have to be repeated by the next run.
	sending, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastSend)
	receipt, err := sender.Send(sending, f.notice(j))
	cancel()
	if alerts.ClassOf(err) == alerts.Transient {
		f.retry(ctx, j, err)
		return
	}
	f.report(ctx, j, dispatch.Report{
		State: dispatch.AlertState(alerts.StateOf(receipt, err)), Carrier: sender.Name(), Ref: receipt.Ref, Code: codeOf(err), Segments: receipt.Segments,
	})
}

// notice is what a sender takes: a kind and its variables, never a rendered text.
func (f *Fanout) notice(j *job) alerts.Notice {
	return alerts.Notice{
		ID: string(j.alert.ID), Kind: alerts.Kind(j.alert.Kind), Lang: j.alert.Language, To: j.alert.Phone,
		Params: params(j.inc, j.alert, f.o.Zone), NotAfter: j.alert.Intended.Add(f.o.GoodFor),
	}
}

func (f *Fanout) route(phone string) alerts.Sender {
	for _, s := range f.o.Senders {
		if s.Caps().Serves(phone) {
			return s
		}
	}
	return nil
}

// retry puts an alert back that the carrier certainly did not take. It gives up
// only when the alert is no longer worth sending; Send then says stale.
func (f *Fanout) retry(ctx context.Context, j *job, err error) {
	pause := min(firstPause<<min(j.tries, 8), lastPause)
	if e, ok := errors.AsType[*alerts.Error](err); ok && e.RetryAfter > 0 {
		pause = min(e.RetryAfter, lastPause)
	}
	if j.tries == 0 {
		f.o.Log.Warn("carrier took nothing; trying again", "incident", j.inc.ID, "alert", j.alert.ID, "err", err)
	}
	j.tries++
	time.AfterFunc(pause, func() { f.push(j, true) }) // after Run has ended nobody takes it: the next run does
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
			f.done(j.alert.ID)
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
