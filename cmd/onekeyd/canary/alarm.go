package canary

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// ErrNobody is returned by [Options].Tell when nobody is on call.
var ErrNobody = errors.New("nobody is on call who keeps the daemon running")

// Alarm is what the engineer on call is told.
type Alarm struct {
	Legs  []Leg     // that are missed; none: all is well again
	Since time.Time // of the first press that was missed
}

// again is the least time between two words on the same failure.
const again = 15 * time.Minute

// alarms tells what must be told until ctx ends. It is looked at after every
// press, so that what could not be told is tried again with the next.
func (c *Canary) alarms(ctx context.Context) {
	told, logged := map[string]time.Time{}, map[string]time.Time{} // by failure
	var open Alarm                                                 // what was told last and is not taken back
	var well time.Time                                             // since when all is well
	for {
		select {
		case <-ctx.Done():
			return
		case <-c.health.changed:
		}
		bad, since := c.health.failing()
		now := time.Now()
		if len(bad) == 0 {
			if len(open.Legs) == 0 {
				continue
			}
			if well.IsZero() {
				well = now
				c.o.Log.Info("canary is well again", "failed_since", open.Since)
			}
			if c.tell(ctx, Alarm{Since: open.Since}) || now.Sub(well) > again {
				open, well = Alarm{}, time.Time{}
			}
			continue
		}
		well = time.Time{}
		failure := fmt.Sprint(bad)
		if due(logged, failure, now) {
			logged[failure] = now
			c.o.Log.Error("canary is missed again and again: real calls may not get through", "legs", strings.Trim(failure, "[]"), "since", since)
		}
		if due(told, failure, now) && c.tell(ctx, Alarm{bad, since}) {
			told[failure], open = now, Alarm{bad, since}
		}
	}
}

func due(last map[string]time.Time, failure string, now time.Time) bool {
	at, ever := last[failure]
	return !ever || now.Sub(at) >= again
}

// tell reports whether nothing more can be done.
func (c *Canary) tell(ctx context.Context, a Alarm) bool {
	err := c.o.Tell(ctx, a)
	switch {
	case err == nil:
		return true
	case errors.Is(err, ErrNobody):
		c.o.Log.Warn("the canary's alarm reaches nobody", "err", err)
		return true
	case ctx.Err() == nil:
		c.o.Log.Warn("the engineer could not be told; tried again with the next canary", "err", err)
	}
	return false
}
