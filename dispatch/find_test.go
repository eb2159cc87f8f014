package dispatch

import (
	"fmt"
	"testing"
	"time"

	"onekeyd/geo"
)

// street is people at growing distance, searched as an index of places is.
type street struct {
	Cases
	people int
	busy   func(n int) (bound, offered int)
	met    int
}

func (s *street) number(id ResponderID) (n int) { fmt.Sscanf(string(id), "W-%d", &n); return n }

func (s *street) Busy(id ResponderID) (bound, offered int) { return s.busy(s.number(id)) }

func (s *street) Where(ResponderID) (geo.Point, time.Time, bool) {
	return geo.Point{}, time.Time{}, false
}

func (s *street) Candidates(_ Premises, kinds []ResponderKind, count int, skip func(ResponderID, ResponderKind) string, _ time.Time) (found []Candidate, passed []PassedOver) {
	for n := range s.people {
		id := ResponderID(fmt.Sprintf("W-%d", n))
		s.met++
		if skip(id, kinds[0]) == "" {
			found = append(found, Candidate{Responder: Responder{ID: id, Kind: kinds[0]}, Distance: geo.Metres(n)})
		}
		if len(found) == count+spare {
			break
		}
	}
	return found, passed
}

// On the day on which everybody is asked already, a press looks at those near and
// not at the whole town, and asks the nearest once more. And whoever is on another
// call is never asked, however the search ends.
func TestASearchEndsWhereEverybodyIsAsked(t *testing.T) {
	const people = 100_000
	for _, c := range []struct {
		what    string
		busy    func(n int) (bound, offered int)
		want    string
		atMost  int
		isShort bool
	}{
		{"nobody is busy", func(int) (int, int) { return 0, 0 }, "[W-0 W-1 W-2]", 10, false},
		{"some are asked", func(n int) (int, int) { return 0, max(0, 20-n) }, "[W-20 W-21 W-22]", 30, false},
		{"all are asked", func(int) (int, int) { return 0, 1 }, "[W-0 W-1 W-2]", 100, false},
		{"all but one far away are asked", func(n int) (int, int) { return 0, min(1, max(n, 4000)-4000+max(4000-n, 0)) }, "[W-0 W-1 W-2]", 100, false},
		{"the near ones are on calls, the others are asked", func(n int) (int, int) {
			if n < 500 {
				return 1, 0
			}
			return 0, 1
		}, "[W-500 W-501 W-502]", 700, false},
		{"two near are free, the others are on calls", func(n int) (int, int) { return min(1, n/2), 0 }, "[W-0 W-1]", 2200, true},
		{"all are on calls", func(int) (int, int) { return 1, 0 }, "[]", 2200, true},
	} {
		s := &street{people: people, busy: c.busy}
		f := finder{d: &Dispatcher{locator: s, cases: s}, plan: DefaultPlan(), home: Home{Elder: &Elder{}}, now: time.Now()}
		f.find([]Share{{Kinds: []ResponderKind{Worker}, Count: 3}})
		var got []ResponderID
		for _, o := range f.offers {
			got = append(got, o.Responder)
		}
		if fmt.Sprint(got) != c.want || s.met > c.atMost || f.short != c.isShort {
			t.Errorf("%s: asked %v after looking at %d of %d, short %v; want %s after at most %d", c.what, got, s.met, people, f.short, c.want, c.atMost)
		}
	}
}
