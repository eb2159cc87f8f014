package journal

import (
	"context"
	"fmt"
	"hash/fnv"
	"strings"
	"sync"
	"time"

	"onekeyd/dispatch"

	"github.com/nats-io/nats.go"
)

// Dispatchers tell each other that they live by a heartbeat on a core subject:
// nothing of it is worth a disk. A dispatcher is one that runs Hear.
const (
	heartbeat = 500 * time.Millisecond
	deadAfter = 2 * time.Second
	// deafFor is how long after start, a reconnect or a stall of our own we have
	// no opinion: a living dispatcher is heard within one heartbeat.
	deafFor = heartbeat + 250*time.Millisecond

	nodePrefix = "node."
	saysWho    = "who" // asks living dispatchers to say so at once; does not count as one
	saysAlive  = "alive"
	saysBye    = "bye"
)

// peers is what we know of dispatchers, ourselves among them.
type peers struct {
	self dispatch.NodeID

	mu        sync.Mutex // guards all below
	heard     map[dispatch.NodeID]time.Time
	gone      map[dispatch.NodeID]time.Time // said goodbye, and when
	listening time.Time                     // since when we hear without a break
	beaten    time.Time                     // our own last beat; zero before Hear
}

func newPeers(self dispatch.NodeID) *peers {
	return &peers{self: self, heard: map[dispatch.NodeID]time.Time{}, gone: map[dispatch.NodeID]time.Time{}, listening: time.Now()}
}

// deaf forgets the silence so far: it was ours.
func (p *peers) deaf() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.listening = time.Now()
}

func (p *peers) hear(n dispatch.NodeID, says string, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch says {
	case saysBye:
		delete(p.heard, n)
		p.gone[n] = now
	case saysAlive:
		if _, left := p.gone[n]; !left { // a beat that was overtaken by the goodbye
			p.heard[n] = now
		}
	}
}

// ourBeat notes a beat of our own. One that comes late says that this process
// was stopped, so that it cannot judge the others' silence either.
func (p *peers) ourBeat(now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.beaten.IsZero() && now.Sub(p.beaten) > 2*heartbeat {
		p.listening = now
	}
	p.beaten = now
	for n, at := range p.heard {
		if now.Sub(at) > time.Hour {
			delete(p.heard, n)
		}
	}
	for n, at := range p.gone {
		if now.Sub(at) > time.Hour {
			delete(p.gone, n)
		}
	}
}

// beating tells whether we have been a dispatcher in this run.
func (p *peers) beating() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return !p.beaten.IsZero()
}

// hardOfHearing tells that silence means nothing now. mu is held.
func (p *peers) hardOfHearing(now time.Time) bool {
	return now.Sub(p.listening) < deafFor || (!p.beaten.IsZero() && now.Sub(p.beaten) > 2*heartbeat)
}

func (p *peers) alive(n dispatch.NodeID, now time.Time) bool {
	if n == p.self {
		return true
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, left := p.gone[n]; left {
		return false
	}
	return now.Sub(p.heard[n]) < deadAfter || p.hardOfHearing(now)
}

func (p *peers) rank(c dispatch.CaseID, now time.Time) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	ours, before := score(c, p.self), 0
	for n, at := range p.heard {
		if n == p.self || now.Sub(at) >= deadAfter {
			continue
		}
		if s := score(c, n); s > ours || (s == ours && n < p.self) {
			before++
		}
	}
	return before
}

// score orders nodes for a case: rendezvous hashing, so that a node's death
// moves only its own cases. FNV alone would leave nodes whose names differ in
// the last letter in nearly the same order for every case; the finaliser
// (MurmurHash3 fmix64) spreads them.
func score(c dispatch.CaseID, n dispatch.NodeID) uint64 {
	h := fnv.New64a()
	h.Write([]byte(c))
	h.Write([]byte{0})
	h.Write([]byte(n))
	k := h.Sum64()
	k ^= k >> 33
	k *= 0xff51afd7ed558ccd
	k ^= k >> 33
	k *= 0xc4ceb9fe1a85ec53
	return k ^ k>>33
}

// Self implements [dispatch.Nodes].
func (j *Journal) Self() dispatch.NodeID { return j.o.Node }

// Rank implements [dispatch.Nodes]: how many other living dispatchers come before this node.
func (j *Journal) Rank(c dispatch.CaseID) int { return j.peers.rank(c, time.Now()) }

// Alive implements [dispatch.Nodes]: heard within 2 s. In the first 750 ms of
// listening, everyone may be alive who has not said goodbye.
func (j *Journal) Alive(n dispatch.NodeID) bool { return j.peers.alive(n, time.Now()) }

// listen hears other nodes from the start, before this one dispatches.
func (j *Journal) listen(ctx context.Context) error {
	_, err := j.core.nc.Subscribe(nodePrefix+"*", func(m *nats.Msg) {
		n, says := dispatch.NodeID(strings.TrimPrefix(m.Subject, nodePrefix)), string(m.Data)
		if n == j.o.Node {
			return
		}
		j.peers.hear(n, says, time.Now())
		if says == saysWho && j.peers.beating() {
			j.say(saysAlive)
		}
	})
	if err != nil {
		return fmt.Errorf("listen for other nodes: %w", err)
	}
	j.say(saysWho)
	if err := j.core.flush(ctx, StoreWait); err != nil {
		return fmt.Errorf("listen for other nodes: %w", err)
	}
	j.peers.deaf()
	return nil
}

// beat says that we live until ctx ends.
func (j *Journal) beat(ctx context.Context) error {
	tick := time.NewTicker(heartbeat)
	defer tick.Stop()
	for {
		j.peers.ourBeat(time.Now())
		j.say(saysAlive)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// goodbye spares the others the two seconds of doubt.
func (j *Journal) goodbye() {
	if j.peers.beating() {
		j.say(saysBye)
		if err := j.core.flush(context.Background(), time.Second); err != nil {
			j.log.Warn("goodbye not sent", "err", err)
		}
	}
}

// say publishes on our own subject. What is lost is said again.
func (j *Journal) say(what string) {
	if err := j.core.nc.Publish(nodePrefix+string(j.o.Node), []byte(what)); err != nil {
		j.log.Warn("heartbeat not sent", "err", err)
	}
}
