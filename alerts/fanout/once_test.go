package fanout

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"onekeyd/alerts"
	"onekeyd/dispatch"
)

// mood is a carrier that answers as chance has it, and a ledger of who may have been told.
type mood struct {
	caller
	mu   sync.Mutex
	rand *rand.Rand
	may  map[string]int // notices that the carriers took, or may have taken
}

func (m *mood) answer(ctx context.Context, n alerts.Notice) (alerts.Receipt, error) {
	m.mu.Lock()
	dice, wait := m.rand.IntN(10), time.Duration(m.rand.IntN(3000))*time.Millisecond
	m.mu.Unlock()
	time.Sleep(wait)
	switch {
	case dice < 3:
		return alerts.Receipt{}, &alerts.Error{Class: alerts.Transient, RetryAfter: wait}
	case dice == 3:
		return alerts.Receipt{}, &alerts.Error{Class: alerts.BadAccount}
	case dice == 4:
		return alerts.Receipt{}, &alerts.Error{Class: alerts.BadNumber}
	}
	m.mu.Lock()
	m.may[n.ID]++
	m.mu.Unlock()
	if dice < 7 {
		return alerts.Receipt{}, &alerts.Error{Class: alerts.Unclear}
	}
	return alerts.Receipt{Ref: "CA" + n.ID, State: alerts.Handed}, nil
}

// Whatever carriers answer, whoever is stopped, told again or lost on the way:
// nobody is told twice, and each alert has an outcome that fits what happened.
func TestNobodyIsToldTwice(t *testing.T) {
	for seed := range uint64(40) {
		synctest.Test(t, func(t *testing.T) {
			m := &mood{rand: rand.New(rand.NewPCG(seed, 1)), may: map[string]int{}}
			var senders []alerts.Sender
			for n := range 3 {
				c := newCaller()
				c.name, c.send, c.perSecond, c.burst = strconv.Itoa(n), m.answer, float64(n*3), 2
				senders = append(senders, c)
			}
			r, inc := &reports{}, incident(dispatch.Red)
			f := running(t, r, slog.DiscardHandler, senders...)
			const alertsTold = 60
			dice := rand.New(rand.NewPCG(seed, 2))
			for n := range alertsTold {
				list := calls(strconv.Itoa(n))
				if dice.IntN(4) == 0 {
					list[0].Via = strconv.Itoa(dice.IntN(3))
				}
				f.Tell(inc, list)
				time.Sleep(time.Duration(dice.IntN(200)) * time.Millisecond)
				f.Tell(inc, list)
				if dice.IntN(3) == 0 {
					f.Stop(inc, list)
				}
				if f.Has(dispatch.AlertID(list[0].ID)) {
					f.Tell(inc, list)
				}
			}
			time.Sleep(time.Hour)
			if f.Waiting() != 0 {
				t.Errorf("seed %d: %d alerts are still in hand", seed, f.Waiting())
			}
			got := map[string]dispatch.AlertState{}
			for _, rep := range r.got {
				got[string(rep.Alert)] = got[string(rep.Alert)].Join(rep.State)
			}
			for n := range alertsTold {
				id := strconv.Itoa(n)
				state := got[id]
				told := state == dispatch.AlertHanded || state == dispatch.AlertAmbiguous
				switch {
				case m.may[id] > 1:
					t.Errorf("seed %d: %s was told %d times", seed, id, m.may[id])
				case state == "":
					t.Errorf("seed %d: %s has no outcome", seed, id)
				case told && m.may[id] == 0:
					t.Errorf("seed %d: %s is %s, and nobody was told", seed, id, state)
				}
			}
		})
	}
}
