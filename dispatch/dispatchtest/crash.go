// Package dispatchtest has what tests of a press's way need: a directory of a
// few people, and a journal that stops the daemon at a chosen append.
package dispatchtest

import (
	"context"
	"fmt"
	"sync/atomic"

	"onekeyd/dispatch"
)

// Crash is a journal that dies at its nth append, as a process does: before the
// entry is stored or right after, and nothing is appended from then on.
type Crash struct {
	Inner dispatch.Journal
	At    int  // the append that dies, from 1; 0 never does
	After bool // the entry is stored, but nobody hears of it
	Die   func()

	count atomic.Int64
	dead  atomic.Bool
}

// Appends is how many there have been, the deadly one included.
func (c *Crash) Appends() int { return int(c.count.Load()) }

// Dead reports whether it has died.
func (c *Crash) Dead() bool { return c.dead.Load() }

// Append implements [dispatch.Journal].
func (c *Crash) Append(ctx context.Context, e dispatch.Entry, expect uint64) (dispatch.Record, error) {
	if c.dead.Load() {
		return dispatch.Record{}, c.died()
	}
	n := int(c.count.Add(1))
	if n != c.At {
		return c.Inner.Append(ctx, e, expect)
	}
	if c.After {
		_, _ = c.Inner.Append(ctx, e, expect) // whatever it says, nobody is left to hear it
	}
	c.dead.Store(true)
	c.Die()
	return dispatch.Record{}, c.died()
}

func (c *Crash) died() error {
	return fmt.Errorf("the process died at append %d: %w", c.At, dispatch.ErrUnstored)
}
