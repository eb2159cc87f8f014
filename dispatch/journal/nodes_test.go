package journal

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"onekeyd/dispatch"
)

// Three dispatchers on one server. They agree on the order of every case, one
// dies without a word, one says goodbye.
func TestRanksAgreeAndChangeWithTheLiving(t *testing.T) {
	a := openWith(t, Options{Node: "a", Embedded: Embedded{Dir: t.TempDir(), Listen: "127.0.0.1:0"}})
	defer closing(t, a)
	b := openWith(t, Options{Node: "b", Name: "b", URL: "nats://" + a.Addr(), Password: a.server.token})
	w := newWire(t, a.Addr())
	c := openWith(t, Options{Node: "c", Name: "c", URL: "nats://" + w.addr(), Password: a.server.token})
	defer closing(t, c)
	watcher := openWith(t, Options{Node: "watcher", URL: "nats://" + a.Addr(), Password: a.server.token})
	defer closing(t, watcher)

	nodes := []*Journal{a, b, c}
	var hears []*heard
	for _, j := range nodes {
		hears = append(hears, hear(t, j, all))
	}
	know := func(j *Journal, ids ...dispatch.NodeID) func() bool {
		return func() bool {
			j.peers.mu.Lock()
			defer j.peers.mu.Unlock()
			return len(j.peers.heard) == len(ids) && !slices.ContainsFunc(ids, func(n dispatch.NodeID) bool { return j.peers.heard[n].IsZero() })
		}
	}
	waitFor(t, "a to know b and c", know(a, "b", "c"))
	waitFor(t, "b to know a and c", know(b, "a", "c"))
	waitFor(t, "c to know a and b", know(c, "a", "b"))

	firsts := map[dispatch.NodeID]int{}
	order := func(c dispatch.CaseID, among ...*Journal) []dispatch.NodeID {
		t.Helper()
		by := make([]dispatch.NodeID, len(among))
		for _, j := range among {
			r := j.Rank(c)
			if r >= len(by) || by[r] != "" {
				t.Fatalf("case %s: rank %d of %s is taken or too high", c, r, j.Self())
			}
			by[r] = j.Self()
		}
		return by
	}
	before := map[dispatch.CaseID][]dispatch.NodeID{}
	for n := range 300 {
		id := dispatch.CaseID(fmt.Sprint("E-", n))
		before[id] = order(id, nodes...)
		firsts[before[id][0]]++
	}
	for n, count := range firsts {
		if count < 60 || count > 140 {
			t.Errorf("%s is first for %d of 300 cases", n, count)
		}
	}

	w.l.Close() // c can no longer be heard, and cannot come back
	w.cut()
	waitFor(t, "c to be taken for dead", func() bool { return !a.Alive("c") && !b.Alive("c") })
	for id, old := range before {
		want := slices.DeleteFunc(slices.Clone(old), func(n dispatch.NodeID) bool { return n == "c" })
		if got := order(id, a, b); !slices.Equal(got, want) {
			t.Fatalf("case %s: order %v without c, was %v", id, got, old)
		}
	}

	hears[1].end(t)
	closing(t, b)
	said := time.Now()
	waitFor(t, "b's goodbye to be heard", func() bool { return !a.Alive("b") })
	if took := time.Since(said); took > deadAfter/2 {
		t.Errorf("after a goodbye it took %s", took)
	}
	if !a.Alive("a") || a.Rank("E-1") != 0 {
		t.Error("the last one acts at once")
	}
	hears[0].end(t)
	hears[2].end(t)
}

// A run that nobody has heard of may be living until we have listened for a while.
func TestNobodyIsDeadBeforeWeHaveListened(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		j := open(t, t.TempDir(), "n1")
		defer closing(t, j)
		if !j.Alive("old-run") {
			t.Error("dead at once, though we have not listened yet")
		}
		time.Sleep(deafFor)
		if j.Alive("old-run") {
			t.Error("alive, though nobody said so")
		}
		if !j.Alive("n1") {
			t.Error("we are dead")
		}
	})
}

// A process that was stopped for a while has heard nobody, which says nothing about them.
func TestOurOwnStallIsNotTheOthersDeath(t *testing.T) {
	now := time.Now()
	p := newPeers("a")
	p.listening = now.Add(-time.Hour)
	p.ourBeat(now)
	p.hear("b", saysAlive, now)
	if now = now.Add(10 * time.Second); !p.alive("b", now) {
		t.Error("b was taken for dead while we did not run")
	}
	p.ourBeat(now)
	if now = now.Add(deafFor / 2); !p.alive("b", now) {
		t.Error("b was taken for dead before it could be heard")
	}
	p.ourBeat(now)
	if now = now.Add(deafFor); p.alive("b", now) {
		t.Error("b is taken for alive, though we listen")
	}
}
