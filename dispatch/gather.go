package dispatch

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// gatherAll turns many calls at once into one incident of the area, until ctx ends.
func (d *Dispatcher) gatherAll(ctx context.Context) {
	tick := time.NewTicker(gatherEvery)
	defer tick.Stop()
	waited := map[string]int{} // rounds in which a node before us in rank has not gathered
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			hot := d.storms.hot(now, d.enough)
			if len(hot) == 0 {
				continue
			}
			calls := d.callsByCommunity() // once for all: a quake makes hundreds of storms
			for _, community := range hot {
				if waited[community]++; waited[community] <= d.nodes.Rank(AreaCase(community)) {
					continue
				}
				delete(waited, community)
				if err := d.gather(ctx, now, community, calls[community]); err != nil && ctx.Err() == nil {
					d.log.Warn("calls of an area could not be gathered; trying again", "area", community, "err", err)
				}
			}
		}
	}
}

// enough is how many keys make a storm in a community.
func (d *Dispatcher) enough(community string) (int, time.Duration) {
	rule := d.plans.For([]string{community}).Storm
	few := rule.Devices
	if d.population != nil {
		if n := d.population(community); n > 0 {
			few = min(few, max(rule.Least, int(rule.Share*float64(n)+0.999)))
		}
	}
	return few, rule.Within
}

// callsByCommunity are the open calls of each community.
func (d *Dispatcher) callsByCommunity() map[string][]*Incident {
	out := map[string][]*Incident{}
	for _, inc := range d.cases.Open() {
		if community := d.communityOf(inc); community != "" {
			out[community] = append(out[community], inc)
		}
	}
	return out
}

// gather puts the calls of a community on its list, opening or ending its incident.
func (d *Dispatcher) gather(ctx context.Context, now time.Time, community string, calls []*Incident) error {
	c := AreaCase(community)
	known := d.storms.area(community) // before the case is read: what is observed in between is newer
	inc, seq := d.cases.Case(c)
	if known != "" && (!inc.Open() || inc.ID != known) {
		d.storms.end(community, known)
		return nil
	}
	fresh := d.toGather(now, calls, inc)
	e := Entry{Case: c, At: now, By: "dispatcher", Node: d.nodes.Self()}
	switch {
	case inc.Open() && len(fresh) == 0:
		if !d.calmed(now, inc) {
			return nil
		}
		e.Incident = inc.ID
		e.Facts = closing(inc, now, Closed{Operator: "plan", Disposition: OtherEnd, Note: "every call of the area is closed"})
	case inc.Open():
		e.Incident = inc.ID
		e.Facts = []Fact{Gathered{Members: fresh}}
	case len(fresh) == 0:
		return nil
	default:
		e = d.raiseArea(now, e, community, fresh, seq)
	}
	rec, err := d.journal.Append(ctx, e, seq)
	if errors.Is(err, ErrConflict) {
		_, _, err = reload(ctx, d.cases, c) // another node was first; the next round goes on from there
		return err
	}
	if err != nil {
		return fmt.Errorf("append %d calls to the incident of area %s: %w", len(fresh), community, err)
	}
	d.alert(rec)
	return nil
}

// toGather are the calls of a community that its list does not have, the gravest first.
func (d *Dispatcher) toGather(now time.Time, calls []*Incident, area *Incident) []Member {
	listed := map[IncidentID]bool{}
	if area.Open() {
		for _, m := range area.Members {
			listed[m.Incident] = true
		}
	}
	var out []Member
	for _, inc := range calls {
		if listed[inc.ID] {
			continue
		}
		m := Member{Incident: inc.ID, Code: inc.Code, Elder: inc.Elder, Name: inc.Name, Address: inc.Premises.Address, Kind: inc.Kind, At: inc.RaisedAt}
		elder := Elder{}
		if dir := d.directory.Load(); dir != nil {
			elder, _ = (*dir).Elder(inc.Elder)
		}
		m.Risk, m.Why = Risk(elder, inc, now)
		out = append(out, m)
	}
	slices.SortStableFunc(out, byRisk)
	return out
}

func byRisk(a, b Member) int { return cmp.Or(cmp.Compare(b.Risk, a.Risk), a.At.Compare(b.At)) }

// Ranked is the list of an area's incident, the gravest first.
func (i *Incident) Ranked() []Member {
	return slices.SortedStableFunc(slices.Values(i.Members), byRisk)
}

// raiseArea opens the incident of an area: its own people are asked, with one text each.
func (d *Dispatcher) raiseArea(now time.Time, e Entry, community string, members []Member, expect uint64) Entry {
	place := Premises{Address: community, Area: community}
	if dir := d.directory.Load(); dir != nil {
		if a, ok := (*dir).Areas().Get(community); ok && a.Name != "" {
			place.Address = a.Name
		}
		if first, ok := (*dir).Elder(members[0].Elder); ok {
			place.Point = first.Premises.Point
		}
	}
	p := PressSeen{ID: PressID("storm-" + now.UTC().Format("150405.000")), Device: DeviceID(AreaCase(community)), Kind: AreaStorm, Received: now}
	e.Incident = newIncidentID(e.Case, Press{ID: p.ID, Device: p.Device}, now, expect)
	raised := Raised{Code: d.cases.FreeCode(), Kind: AreaStorm, Urgency: Red, Press: p, Name: place.Address, Premises: &place}
	h := Home{Case: e.Case, Elder: &Elder{Name: place.Address, Premises: place}}
	e.Facts = []Fact{raised, Gathered{Members: members}, d.choose(now, e.Incident, Press{Kind: AreaStorm}, h, nil)}
	return e
}

// calmed reports whether a storm is over.
func (d *Dispatcher) calmed(now time.Time, area *Incident) bool {
	calm := now.Add(-d.plans.For([]string{area.Premises.Area}).Storm.Calm)
	if area.RaisedAt.After(calm) || slices.ContainsFunc(area.Members, func(m Member) bool { return m.At.After(calm) }) {
		return false
	}
	for _, m := range area.Members {
		if inc, open := d.openIncident(m); open && inc.ID == m.Incident {
			return false
		}
	}
	return true
}

func (d *Dispatcher) openIncident(m Member) (*Incident, bool) {
	inc, _ := d.cases.Case(ElderCase(m.Elder))
	return inc, inc.Open()
}
