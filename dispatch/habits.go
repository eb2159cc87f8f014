package dispatch

import (
	"fmt"
	"sync"
	"time"
)

// Habits knows how likely each responder is to accept at each time of day, from
// the calls that are over. Who will not answer is predictable (DOMAIN: 79 % of
// volunteers' silences), and each silence costs the elder as long as it is
// waited for. It forgets nothing and is rebuilt from the archive at each start.
type Habits struct {
	zone *time.Location

	mu     sync.RWMutex // guards people
	people map[ResponderID]*tallies
}

// tallies are counts for each band of the centre's day.
type tallies [24 / bandHours]tally

type tally struct{ asked, accepted uint16 }

const (
	// bandHours: work, night and school runs differ by about as much.
	bandHours = 4
	// usualAnswer is how likely somebody accepts of whom nothing is known: 17 to
	// 47 % answer in the studies of DOMAIN.
	usualAnswer = 0.3
	// usualWeight is how many offers that guess counts as.
	usualWeight = 4
	// leastHistory is how many offers a person must have had before their habits count at all.
	leastHistory = 5
)

// NewHabits makes one that knows nobody. A nil zone is UTC.
func NewHabits(zone *time.Location) *Habits {
	if zone == nil {
		zone = time.UTC
	}
	return &Habits{zone: zone, people: map[ResponderID]*tallies{}}
}

// Learn takes the offers of a call that is over. One that was stood down before
// it was answered says nothing about the person.
func (h *Habits) Learn(inc *Incident) {
	if inc == nil || inc.Kind == Test || inc.Kind == Service || inc.Kind == AreaStorm {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	band := h.band(inc.RaisedAt)
	for _, o := range inc.Offers {
		accepted := o.State.Active() || o.State == Cleared || o.Released
		if !accepted && o.State != Declined && o.State != Lapsed {
			continue
		}
		t := h.people[o.Responder]
		if t == nil {
			t = &tallies{}
			h.people[o.Responder] = t
		}
		if t[band].asked == 1<<16-1 {
			t[band].asked, t[band].accepted = t[band].asked/2, t[band].accepted/2
		}
		t[band].asked++
		if accepted {
			t[band].accepted++
		}
	}
}

// Likely is how likely a responder accepts at a moment, and how many offers
// that is known from; 0 and 0 if too few.
func (h *Habits) Likely(id ResponderID, at time.Time) (p float64, offers int) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	t := h.people[id]
	if t == nil {
		return 0, 0
	}
	var all tally
	for _, b := range t {
		all.asked, all.accepted = all.asked+b.asked, all.accepted+b.accepted
	}
	if all.asked < leastHistory {
		return 0, 0
	}
	// What is known of the hour, drawn towards the person's whole day, and that towards everybody's.
	usual := (float64(all.accepted) + usualWeight*usualAnswer) / (float64(all.asked) + usualWeight)
	now := t[h.band(at)]
	return (float64(now.accepted) + usualWeight*usual) / (float64(now.asked) + usualWeight), int(all.asked)
}

func (h *Habits) band(at time.Time) int { return at.In(h.zone).Hour() / bandHours }

// expected is how long help by this person takes in the mean: their way, and
// for every silence that is to be expected before somebody accepts, the wait
// that it costs (the silences before a success of chance p are 1/p - 1).
func expected(plan Plan, c Candidate) time.Duration {
	p := c.Likely
	if c.Offers == 0 {
		p = usualAnswer
	}
	return plan.ETA(c.Distance) + time.Duration((1/p-1)*float64(plan.Waits.Answer))
}

// habit says in words what is known of how somebody answers.
func habit(c Candidate) string {
	if c.Offers == 0 {
		return ""
	}
	return fmt.Sprintf(", accepts %.0f %% at this hour (%d offers known)", 100*c.Likely, c.Offers)
}
