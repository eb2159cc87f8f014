package main

import (
	"slices"
	"time"

	"onekeyd/dispatch"
)

// trouble is why somebody calls, which nobody knows but them.
type trouble struct {
	kind  dispatch.Kind
	what  matter
	at    time.Time // of the first press
	there time.Time // when a helper really stood at the door
}

type matter string

const (
	mistake matter = "mistake" // most calls are
	needy   matter = "help"    // up from the floor, a fright
	rescue  matter = "rescue"  // 3 to 8 % of all calls (DOMAIN)
)

// push is one press to come.
type push struct {
	at     time.Duration
	device dispatch.DeviceID
	kind   dispatch.Kind
}

// presses draws them all before the first: no elder calls twice but by repeating.
func (h *townHour) presses() []push {
	r := dice("presses")
	var homes []dispatch.Device
	for d := range h.city.Devices() {
		homes = append(homes, d)
	}
	r.Shuffle(len(homes), func(i, j int) { homes[i], homes[j] = homes[j], homes[i] })
	n := min(len(homes), int(float64(*hourPresses)*hourLasts.Hours()))
	var out []push
	for _, home := range homes[:n] {
		p := push{time.Duration(r.Int64N(int64(*hourLasts))), home.ID, dispatch.SOS}
		switch x := r.IntN(100); {
		case x < 12:
			p.kind = dispatch.Fall
		case x < 22:
			p.kind = dispatch.Inactivity
		case x < 27:
			p.kind = dispatch.Service
		case x < 37:
			p.kind = dispatch.Test
		}
		c := &trouble{kind: p.kind, what: mistake, at: time.Now().Add(p.at)}
		switch x := r.IntN(100); {
		case p.kind == dispatch.Test || p.kind == dispatch.Service:
		case x < 6:
			c.what = rescue
		case x < 25 && p.kind != dispatch.Inactivity:
			c.what = needy
		}
		h.calls[home.Elder] = c
		out = append(out, p)
		red := p.kind == dispatch.SOS || p.kind == dispatch.Fall
		switch x := r.IntN(100); {
		case red && x < 20: // nobody has come yet: once more, or three times
			for range 1 + r.IntN(3) {
				p.at += between(r, 5*time.Second, time.Minute)
				p.kind = dispatch.SOS
				out = append(out, p)
			}
		case red && c.what == mistake && x < 28: // the other key
			p.at, p.kind = p.at+between(r, 5*time.Second, 90*time.Second), dispatch.Cancel
			out = append(out, p)
		}
	}
	slices.SortStableFunc(out, func(a, b push) int { return int(a.at - b.at) })
	return out
}
