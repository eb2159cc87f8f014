package bench

import (
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"onekeyd/alerts/sms/twiliosim"
)

// The carrier's receipts come soon, so that all of them fall into the slice
// whose SMS they are about and none into the floor's.
const (
	sentAfter      = 100 * time.Millisecond
	deliveredAfter = 300 * time.Millisecond
)

// carrier stands in for Twilio and writes down when which text came.
type carrier struct {
	sim      *twiliosim.Sim
	receipts bool
	ledger   atomic.Pointer[ledger]

	keep  atomic.Bool // arrivals, for the order of a burst
	mu    sync.Mutex  // guards order
	order []arrival
}

// arrival is one SMS of a press.
type arrival struct {
	press int
	at    int64 // nanoseconds of the ledger
}

func startCarrier(receipts bool) (*carrier, error) {
	c := &carrier{receipts: receipts}
	c.ledger.Store(newLedger(0))
	sim, err := twiliosim.Start("127.0.0.1:0", twiliosim.Options{
		Behaviour: twiliosim.Always(twiliosim.Delivers(sentAfter, deliveredAfter)), NoCallbacks: !receipts, OnMessage: c.take, Keep: 20000,
		// A carrier does not wait for one receipt to be taken before it sends the next one's.
		Callbacks: &http.Transport{MaxIdleConnsPerHost: 2048},
	})
	if err != nil {
		return nil, fmt.Errorf("start the carrier: %w", err)
	}
	c.sim = sim
	return c, nil
}

func (c *carrier) take(m twiliosim.Message) {
	l, n := c.ledger.Load(), pressOf(m.Body)
	l.text(n, m.Received)
	if c.keep.Load() {
		c.mu.Lock()
		c.order = append(c.order, arrival{n, l.since(m.Received)})
		c.mu.Unlock()
	}
}

// owes is how many receipts are still to be sent.
func (c *carrier) owes() uint64 {
	if !c.receipts {
		return 0
	}
	s := c.sim.Stats()
	return 2*s.Accepted - min(2*s.Accepted, s.Callbacks)
}
