package canary

import (
	"fmt"
	"strings"
	"sync"
	"time"
)

// health knows which legs are missed again and again.
type health struct {
	changed chan struct{} // something was judged

	mu     sync.Mutex // guards what follows
	misses map[Leg]int
	since  map[Leg]time.Time // when the first press of these was made
}

func newHealth() *health {
	return &health{changed: make(chan struct{}, 1), misses: map[Leg]int{}, since: map[Leg]time.Time{}}
}

func (h *health) miss(l Leg, pressed time.Time) {
	h.mu.Lock()
	if h.misses[l]++; h.misses[l] == 1 {
		h.since[l] = pressed
	}
	h.mu.Unlock()
	h.tell()
}

func (h *health) well(l Leg) {
	h.mu.Lock()
	delete(h.misses, l)
	h.mu.Unlock()
	h.tell()
}

func (h *health) tell() {
	select {
	case h.changed <- struct{}{}:
	default: // it is looked at soon
	}
}

// failing lists the legs that somebody must be woken for, and since when; none: all is well.
func (h *health) failing() (bad []Leg, since time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, l := range legs() {
		if h.misses[l] < inARow {
			continue
		}
		bad = append(bad, l)
		if since.IsZero() || h.since[l].Before(since) {
			since = h.since[l]
		}
	}
	return bad, since
}

func (h *health) words(zone *time.Location) []string {
	bad, since := h.failing()
	if len(bad) == 0 {
		return nil
	}
	said := map[Leg]string{
		Stored: "it is not taken", Dispatched: "it is taken and nothing comes of it", Handed: "no carrier takes its text",
		Delivered: "its text does not arrive", Console: "consoles that say they can be heard do not take it in",
	}
	var parts []string
	for _, l := range bad {
		parts = append(parts, said[l])
	}
	return []string{fmt.Sprintf("the self-test press fails since %s, and real calls may not get through, either: %s", since.In(zone).Format(time.TimeOnly), strings.Join(parts, "; "))}
}
