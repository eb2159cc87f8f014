package stage

import (
	"math/rand/v2"
	"sync"
	"time"
)

// Dice is chance that several goroutines may share.
type Dice struct {
	mu sync.Mutex // guards r
	r  *rand.Rand
}

// NewDice falls the same way for the same seed, as long as one goroutine throws.
func NewDice(seed uint64) *Dice { return &Dice{r: rand.New(rand.NewPCG(seed, 1))} }

func (d *Dice) below(n int) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.r.IntN(n)
}

// percent is from 0 to 99.
func (d *Dice) percent() int { return d.below(100) }

func (d *Dice) between(least, most time.Duration) time.Duration {
	return least + time.Duration(d.below(int((most-least)/time.Millisecond)+1))*time.Millisecond
}
