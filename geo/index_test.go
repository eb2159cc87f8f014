package geo

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestRunAppliesMovesInOneInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := NewIndex()
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- x.Run(ctx) }()

		x.Move("anna", Point{31, 121})
		synctest.Wait()
		if x.Len() != 0 {
			t.Error("applied at once: nothing was batched")
		}
		x.Move("anna", Point{32, 121})
		x.Move("ben", Point{31, 121})
		time.Sleep(BatchInterval)
		synctest.Wait()
		got := x.Nearest(Point{31, 121}, 5, nil, nil)
		if len(got) != 2 || got[0].ID != "ben" || got[1].Point != (Point{32, 121}) {
			t.Errorf("after one interval: %v, want ben, then anna at her newest place", got)
		}

		x.Remove("ben")
		time.Sleep(BatchInterval)
		synctest.Wait()
		if x.Len() != 1 {
			t.Errorf("%d points after a removal, want 1", x.Len())
		}

		x.Move("carl", Point{30, 120})
		stop()
		if err := <-done; err != nil {
			t.Errorf("stopped with %v", err)
		}
		if x.Len() != 2 {
			t.Error("the move that waited at the end was lost")
		}
	})
}

func TestQueueKeepsTheNewestPerID(t *testing.T) {
	x := NewIndex()
	for i := range 100000 {
		x.Move(ID(fmt.Sprintf("r%d", i%10)), Point{Lat: float64(i) / 2000, Lon: 1})
	}
	if n := len(x.queue); n != 10 {
		t.Errorf("%d changes are queued for 10 ids", n)
	}
	x.Remove("r3")
	x.Remove("stranger")
	x.Flush()
	if x.Len() != 9 {
		t.Errorf("%d points, want 9", x.Len())
	}
	got := x.Nearest(Point{90, 1}, 1, nil, nil)
	if len(got) != 1 || got[0].ID != "r9" || got[0].Point.Lat != 99999.0/2000 {
		t.Errorf("northernmost: %v, want r9 at its last place", got)
	}
}

func TestInvalidPositionsAreRefused(t *testing.T) {
	x := NewIndex()
	x.Load(map[ID]Point{"anna": {31, 121}, "bad": {math.Inf(1), 0}})
	x.Move("anna", Point{math.NaN(), 121})
	x.Flush()
	got := x.Nearest(Point{31, 121}, 2, nil, nil)
	if len(got) != 1 || got[0].Point != (Point{31, 121}) {
		t.Errorf("found %v, want anna at her last good place", got)
	}
	if x.Refused() != 2 {
		t.Errorf("%d refused, want 2", x.Refused())
	}
}

func TestLoadReplaces(t *testing.T) {
	x := NewIndex()
	x.Load(map[ID]Point{"old": {1, 1}})
	x.Move("older", Point{1, 1})
	x.Load(map[ID]Point{"new": {2, 2}})
	x.Flush()
	got := x.Nearest(Point{1, 1}, 5, nil, nil)
	if len(got) != 1 || got[0].ID != "new" {
		t.Errorf("after the second load: %v, want only new", got)
	}
}

// Run with -race. What is asserted is that every answer is in order and that
// the end is the newest of everything.
func TestMovesAndLookupsInParallel(t *testing.T) {
	const people, moves = 300, 3000
	x := NewIndex()
	ctx, stop := context.WithCancel(t.Context())
	var running, working sync.WaitGroup
	running.Go(func() {
		if err := x.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	seed := seeded(t).Uint64()
	for w := range 3 {
		working.Go(func() { // each writer has its own people
			r := rand.New(rand.NewPCG(seed, uint64(w)))
			for i := range moves {
				id := ID(fmt.Sprintf("w%d-%d", w, i%people))
				if r.IntN(10) == 0 {
					x.Remove(id)
				} else {
					x.Move(id, near(r, Point{31, 121}, 3000))
				}
			}
			for i := range people {
				x.Move(ID(fmt.Sprintf("w%d-%d", w, i)), Point{Lat: 31, Lon: 121 + float64(i)/1000})
			}
		})
	}
	for w := range 2 {
		working.Go(func() {
			r := rand.New(rand.NewPCG(seed, 100+uint64(w)))
			var dst []Neighbour
			for range 1000 {
				dst = x.Nearest(near(r, Point{31, 121}, 3000), 5, nil, dst[:0])
				for i := 1; i < len(dst); i++ {
					if dst[i-1].compare(dst[i]) >= 0 {
						t.Errorf("out of order: %v", dst)
					}
				}
				x.Len()
			}
		})
	}
	working.Go(func() {
		for range 50 {
			x.Flush()
		}
	})
	working.Wait()
	stop()
	running.Wait()
	if x.Len() != 3*people {
		t.Errorf("%d points at the end, want %d", x.Len(), 3*people)
	}
	if got := x.Nearest(Point{31, 121}, 3, nil, nil); len(got) != 3 || got[2].Distance != 0 {
		t.Errorf("the three first people: %v, want all at distance 0", got)
	}
}
