package console

import (
	"sync"
	"time"
)

// How long and how many answers are kept for the same Idempotency-Key: a page
// repeats within seconds, when an answer was lost on the way.
const (
	repeatLife = 10 * time.Minute
	maxRepeats = 4096
)

// repeats gives the same answer to the same command sent again.
type repeats struct {
	mu   sync.Mutex // guards made
	made map[string]*repeat
}

type repeat struct {
	done   chan struct{}
	answer answer // after done
	at     time.Time
}

// once acts for the first with this key; the others wait for the same answer.
// An answer of 5xx is not kept: trying again is what the page should do then.
func (r *repeats) once(key string, now time.Time, act func() answer) answer {
	r.mu.Lock()
	if old := r.made[key]; old != nil && now.Sub(old.at) < repeatLife {
		r.mu.Unlock()
		<-old.done
		return old.answer
	}
	if len(r.made) >= maxRepeats {
		r.forget(now)
	}
	mine := &repeat{done: make(chan struct{}), at: now, answer: refusal(500, "crashed", "the command did not finish")}
	r.made[key] = mine
	r.mu.Unlock()
	defer func() { // also if act panics, so that nobody waits for ever
		if mine.answer.status >= 500 {
			r.mu.Lock()
			delete(r.made, key)
			r.mu.Unlock()
		}
		close(mine.done)
	}()
	mine.answer = act()
	return mine.answer
}

// forget drops what is old, and everything finished if nothing is: repeating a
// command late then acts again, which the version it names makes harmless.
func (r *repeats) forget(now time.Time) {
	for k, e := range r.made {
		if now.Sub(e.at) >= repeatLife {
			delete(r.made, k)
		}
	}
	if len(r.made) < maxRepeats {
		return
	}
	for k, e := range r.made {
		select {
		case <-e.done:
			delete(r.made, k)
		default:
		}
	}
}
