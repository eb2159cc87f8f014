package board

import (
	"context"
	"slices"

	"onekeyd/dispatch"
)

// Snapshot is all open incidents and the cursor from which their events go on.
func (b *Board) Snapshot() (uint64, []*dispatch.Incident) {
	b.mu.RLock()
	head, open := b.head, make([]*dispatch.Incident, 0, len(b.byID))
	for _, c := range b.byID {
		open = append(open, b.cases[c].inc)
	}
	b.mu.RUnlock()
	return head, inOrder(open)
}

// Next returns the events after a cursor, at most 256 of them, waiting for the first one until ctx
// ends. A cursor that the ring no longer reaches is answered with [ErrGone],
// and so is one from the future, which a restored journal can leave behind.
func (b *Board) Next(ctx context.Context, after uint64) ([]Event, error) {
	for {
		b.mu.RLock()
		events, oldest, head, changed, anew := b.events, b.oldest, b.head, b.changed, b.anew
		b.mu.RUnlock()
		if after < oldest || after > head && b.isCaughtUp() {
			return nil, ErrGone
		}
		from, exact := slices.BinarySearchFunc(events, after, func(e Event, seq uint64) int {
			switch {
			case e.Seq < seq:
				return -1
			case e.Seq > seq:
				return 1
			}
			return 0
		})
		if exact {
			from++
		}
		if from < len(events) {
			return slices.Clone(events[from:min(from+atATime, len(events))]), nil
		}
		select {
		case <-changed:
		case <-anew:
			return nil, ErrGone
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (b *Board) isCaughtUp() bool {
	select {
	case <-b.caught:
		return true
	default:
		return false
	}
}
