package welfare

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"onekeyd/dispatch"
)

// Directory is who lives where; the registry's snapshot is one. It does not change.
type Directory interface {
	dispatch.Directory
	Elders() iter.Seq[dispatch.Elder]
	Devices() iter.Seq[dispatch.Device]
}

// ErrNoArea says that the directory has no such area.
var ErrNoArea = errors.New("the directory has no such area")

// List is the elders of an area in order. It does not change.
type List struct {
	Area    string // code; empty: everybody
	Made    time.Time
	Storms  []*dispatch.Incident // of areas on the list, open now
	Version uint64               // of the directory
	Parts   []Part               // areas on the list, by code

	dir     Directory
	calls   map[dispatch.ElderID]*dispatch.Incident // the gravest open one of each
	entries []entry
}

// Part is one area and how many of the list live in it.
type Part struct {
	Code, Name string
	Elders     int
}

// entry is what the order of the list needs of one elder.
type entry struct {
	elder         dispatch.ElderID
	gathered, red bool // by an area's incident; by a red key
	risk          int
	area, address string
	devices       string // their keys, between spaces
}

// Make ranks the elders of an area and below. Open are all open incidents, the
// most urgent first. It returns [ErrNoArea] for an area that the directory does not have.
func Make(dir Directory, open []*dispatch.Incident, area string, now time.Time) (*List, error) {
	if _, known := dir.Areas().Get(area); !known && area != "" {
		return nil, fmt.Errorf("area %q: %w", area, ErrNoArea)
	}
	l := &List{Area: area, Made: now, Version: dir.Version(), dir: dir, calls: map[dispatch.ElderID]*dispatch.Incident{}}
	gathered := l.callsOf(open)
	within := l.within()
	here := map[dispatch.ElderID]int{}
	for e := range dir.Elders() {
		place, in := within(e.Premises.Area)
		if !in {
			continue
		}
		call := l.calls[e.ID]
		risk, _ := dispatch.Risk(e, call, now)
		here[e.ID] = len(l.entries)
		l.entries = append(l.entries, entry{
			elder: e.ID, risk: risk, area: place, address: e.Premises.Address,
			gathered: call != nil && gathered[call.ID], red: call != nil && call.Urgency == dispatch.Red,
		})
	}
	for d := range dir.Devices() {
		if n, ok := here[d.Elder]; ok {
			l.entries[n].devices = strings.TrimSpace(l.entries[n].devices + " " + string(d.ID))
		}
	}
	l.parts()
	slices.SortFunc(l.entries, entry.compare)
	return l, nil
}

// compare is the order of the list. Most are told apart by the first few, so the dear comparison of addresses comes late.
func (e entry) compare(f entry) int {
	if c := cmp.Or(first(e.gathered, f.gathered), first(e.gathered && e.red, f.gathered && f.red), cmp.Compare(f.risk, e.risk)); c != 0 {
		return c
	}
	if c := strings.Compare(e.area, f.area); c != 0 {
		return c
	}
	if c := byHouse(e.address, f.address); c != 0 {
		return c
	}
	return cmp.Compare(e.elder, f.elder)
}

// first puts what is true before what is not.
func first(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

// callsOf keeps the gravest call of each elder, and the areas where many called;
// it gives the incidents that such an area's list has. What is no call for help
// is left out: a meal that was ordered is no reason to look in last.
func (l *List) callsOf(open []*dispatch.Incident) map[dispatch.IncidentID]bool {
	gathered := map[dispatch.IncidentID]bool{}
	for _, inc := range open {
		switch {
		case inc.Kind == dispatch.AreaStorm:
			for _, m := range inc.Members {
				gathered[m.Incident] = true
			}
			if inc.Premises != nil && l.touches(inc.Premises.Area) {
				l.Storms = append(l.Storms, inc)
			}
		case inc.Urgency <= dispatch.Amber && inc.Elder != "" && l.calls[inc.Elder] == nil:
			l.calls[inc.Elder] = inc
		}
	}
	return gathered
}

// touches reports whether an area holds some of the list, or all of it.
func (l *List) touches(area string) bool {
	return l.Area == "" || slices.Contains(l.dir.Areas().Ancestors(area), l.Area) || slices.Contains(l.dir.Areas().Ancestors(l.Area), area)
}

// within says for the code of a home whether it is on the list, and gives the
// code as one string for all homes of it.
func (l *List) within() func(code string) (string, bool) {
	type known struct {
		code string
		in   bool
	}
	seen := map[string]known{}
	return func(code string) (string, bool) {
		k, ok := seen[code]
		if !ok {
			k = known{code, l.Area == "" || slices.Contains(l.dir.Areas().Ancestors(code), l.Area)}
			seen[code] = k
		}
		return k.code, k.in
	}
}

// parts counts the list by area.
func (l *List) parts() {
	count := map[string]int{}
	for _, e := range l.entries {
		count[e.area]++
	}
	all := map[string]int{}
	for code, n := range count {
		for _, above := range l.dir.Areas().Ancestors(code) {
			all[above] += n
		}
	}
	for code, n := range all {
		if a, ok := l.dir.Areas().Get(code); ok && l.touches(code) {
			l.Parts = append(l.Parts, Part{code, a.Name, n})
		}
	}
	slices.SortFunc(l.Parts, func(a, b Part) int { return strings.Compare(a.Code, b.Code) })
}

// Len is how many are on the list.
func (l *List) Len() int { return len(l.entries) }

// byHouse orders addresses as people walk: numbers in them count as numbers.
func byHouse(a, b string) int {
	for a != "" && b != "" {
		x, y := digits(a), digits(b)
		if x == 0 || y == 0 {
			if a[0] != b[0] {
				return cmp.Compare(a[0], b[0])
			}
			a, b = a[1:], b[1:]
			continue
		}
		m, n := strings.TrimLeft(a[:x], "0"), strings.TrimLeft(b[:y], "0")
		if c := cmp.Or(cmp.Compare(len(m), len(n)), strings.Compare(m, n)); c != 0 {
			return c
		}
		a, b = a[x:], b[y:]
	}
	return cmp.Compare(len(a), len(b))
}

// digits is how many of them s begins with.
func digits(s string) int {
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return n
}
