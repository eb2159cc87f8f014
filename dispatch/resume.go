package dispatch

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// resumeEvery bounds how long an intention can wait for somebody after the node
// that had it in hand is gone.
const resumeEvery = time.Second

// retakesAtOnce is how many appends of what is taken up are on their way at the
// same time: a crash in a storm leaves thousands who have not been told.
const retakesAtOnce = 8

// resume takes up what was intended and not carried out: our own alerts whose
// append nobody confirmed at the time, and those of nodes that are gone.
func (d *Dispatcher) resume(ctx context.Context) {
	tick := time.NewTicker(resumeEvery)
	defer tick.Stop()
	turn := make(chan struct{}, retakesAtOnce)
	for {
		var all sync.WaitGroup
		for _, inc := range append(d.cases.Open(), d.cases.Ending()...) {
			orphaned := d.resumeOne(inc)
			if len(orphaned) == 0 {
				continue
			}
			turn <- struct{}{}
			all.Go(func() {
				defer func() { <-turn }()
				if err := d.retake(ctx, inc.Case, orphaned); err != nil && ctx.Err() == nil {
					d.log.Warn("unfinished alerts could not be taken up; trying again", "incident", inc.ID, "err", err)
				}
			})
		}
		all.Wait()
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// resumeOne hands over what is ours, and returns what is to be retaken.
func (d *Dispatcher) resumeOne(inc *Incident) (orphaned []Alert) {
	var own []Alert
	for _, a := range inc.Alerts {
		switch {
		case a.doubtful(time.Now()) && !d.otherWay(a) && (a.Node == d.nodes.Self() || !d.nodes.Alive(a.Node)):
			orphaned = append(orphaned, a)
		case !a.Unfinished():
		case a.Node == d.nodes.Self():
			if !d.teller.Has(a.ID) {
				own = append(own, a)
			}
		case !d.nodes.Alive(a.Node):
			orphaned = append(orphaned, a)
		}
	}
	d.tellAgain(inc, own)
	if time.Since(inc.RaisedAt) < time.Duration(d.nodes.Rank(inc.Case))*stage {
		return nil // those before us in rank come first
	}
	return orphaned
}

// otherWay reports whether somebody can be told by another carrier or a call:
// then the plan does that, and nothing is sent a second time.
func (d *Dispatcher) otherWay(a Alert) bool { return a.asks() && len(d.teller.Ways(a.Phone)) > 1 }

// tellAgain hands over alerts of ours that nobody has in hand, such as those of
// an append that was stored and not confirmed. They are looked at once more
// first: what was in hand a moment ago may have been sent since inc was read.
func (d *Dispatcher) tellAgain(inc *Incident, own []Alert) {
	now, _ := d.cases.Case(inc.Case)
	if !now.Unsettled() || now.ID != inc.ID {
		return
	}
	var left []Alert
	for _, o := range own {
		if a, ok := now.Alert(o.ID); ok && a.Unfinished() {
			left = append(left, a)
		}
	}
	d.teller.Tell(now, left)
}

// retake says in the journal that these alerts are about to be sent again, then
// sends them. So a second sending is always on record before it happens.
func (d *Dispatcher) retake(ctx context.Context, c CaseID, orphaned []Alert) error {
	if !d.busy.enter(c, nil) {
		return nil // somebody decides on it right now; the next round looks again
	}
	defer d.leave(c) // a key that never stops must not keep us from all other cases
	inc, seq := d.cases.Case(c)
	if !inc.Unsettled() {
		return nil
	}
	var f Retaken
	var again []Alert
	for _, o := range orphaned {
		if a, ok := inc.Alert(o.ID); ok && a.State == o.State && a.Node == o.Node && a.Attempts == o.Attempts {
			f.Alerts, again = append(f.Alerts, a.ID), append(again, a)
		}
	}
	if len(again) == 0 {
		return nil
	}
	rec, err := d.journal.Append(ctx, Entry{Case: c, Incident: inc.ID, At: time.Now(), By: "dispatcher", Node: d.nodes.Self(), Facts: []Fact{f}}, seq)
	if errors.Is(err, ErrConflict) {
		_, _, err = reload(ctx, d.cases, c) // somebody moved the case; the next round looks again
		return err
	}
	if err != nil {
		return fmt.Errorf("append that %d alerts of incident %s are sent again: %w", len(again), inc.ID, err)
	}
	d.cases.Absorb(rec)
	if inc, _ = d.cases.Case(c); inc.Unsettled() {
		d.teller.Tell(inc, again)
	}
	return nil
}
