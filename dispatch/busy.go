package dispatch

import (
	"sync"
)

// busyCases lets one worker at a time decide on a case. Two nodes settle it by
// the append; two workers of one process need not try, and must not wait: a
// press whose case is taken hangs there, and whoever has it takes it along.
type busyCases struct {
	mu    sync.Mutex // guards taken
	taken map[CaseID][]*waiting
}

// together bounds the presses of one append.
const together = 200

// enter takes a case. If it is taken, w (if any) is left with whoever has it.
func (b *busyCases) enter(c CaseID, w *waiting) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.taken == nil {
		b.taken = map[CaseID][]*waiting{}
	}
	left, taken := b.taken[c]
	if !taken {
		b.taken[c] = nil
		return true
	}
	if w != nil {
		b.taken[c] = append(left, w)
	}
	return false
}

// next is what was left meanwhile; if nothing was, the case is free again.
func (b *busyCases) next(c CaseID) []*waiting {
	b.mu.Lock()
	defer b.mu.Unlock()
	left := b.taken[c]
	if len(left) == 0 {
		delete(b.taken, c)
		return nil
	}
	n := min(len(left), together)
	b.taken[c] = left[n:]
	return left[:n:n]
}

// leave frees a case and takes what was left there.
func (b *busyCases) leave(c CaseID) []*waiting {
	b.mu.Lock()
	defer b.mu.Unlock()
	left := b.taken[c]
	delete(b.taken, c)
	return left
}
