package canary

import (
	"context"
	"errors"
	"fmt"
	"slices"
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

// together is how long is waited for what else is judged at the same time: two
// legs that end in one second are one message.
const together = time.Second

// said is what somebody was told, and what they know by it.
type said struct {
	last Alarm // no legs: that all is well, or nothing yet
	at   time.Time
	each map[string]time.Time // when each failure was told
}

// due reports whether a failure is to be told now: at once if a leg has joined
// it, but each failure once in a while. That a leg of it is well again is not
// worth waking anybody for.
func (s *said) due(bad []Leg, now time.Time) bool {
	at := s.at
	if slices.ContainsFunc(bad, func(l Leg) bool { return !slices.Contains(s.last.Legs, l) }) {
		at = s.each[fmt.Sprint(bad)]
	}
	return at.IsZero() || now.Sub(at) >= again
}

func (s *said) say(a Alarm, now time.Time) {
	if s.each == nil {
		s.each = map[string]time.Time{}
	}
	s.last, s.at, s.each[fmt.Sprint(a.Legs)] = a, now, now
}

// alarms tells what must be told until ctx ends. It is looked at after every
// press, so that what could not be told is tried again with the next.
func (c *Canary) alarms(ctx context.Context) {
	var told, logged said
	var well time.Time // since when all is well
	for {
		select {
		case <-ctx.Done():
			return
		case <-c.health.changed:
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(together):
		}
		bad, since := c.health.failing()
		now := time.Now()
		if len(bad) == 0 {
			logged.last = Alarm{}
			if len(told.last.Legs) == 0 {
				continue
			}
			if well.IsZero() {
				well = now
				c.o.Log.Info("canary is well again", "failed_since", told.last.Since)
			}
			if c.tell(ctx, Alarm{Since: told.last.Since}) || now.Sub(well) > again {
				told.last, well = Alarm{}, time.Time{}
			}
			continue
		}
		well = time.Time{}
		a := Alarm{bad, since}
		if logged.due(bad, now) {
			logged.say(a, now)
			c.o.Log.Error("canary is missed again and again: real calls may not get through", "legs", strings.Trim(fmt.Sprint(bad), "[]"), "since", since)
		}
		if told.due(bad, now) && c.tell(ctx, a) {
			told.say(a, now)
		}
	}
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
