package dispatch

import (
	"slices"
	"time"
)

// Home is what the directory knows behind a key at the moment of a press.
type Home struct {
	Case     CaseID
	Elder    *Elder
	Contacts []Contact
	Unknown  string // why nobody is known; the desk is shown it
	Version  uint64
}

// identify finds whose press it is. Whatever the directory lacks, the press has
// a case: an unknown key is somebody's key.
func (d *Dispatcher) identify(p Press) Home {
	h := Home{Case: DeviceCase(p.Device), Unknown: "the directory is not loaded yet"}
	if dir := d.directory.Load(); dir != nil {
		h = lookUp(*dir, p.Device)
	}
	switch {
	case p.Canary():
		h.Case = canaryCase(p)
	case p.Kind == Test:
		h.Case = TestCase(p.Device)
	case p.Kind == Service && h.Elder != nil:
		h.Case = ServiceCase(h.Elder.ID)
	}
	return h
}

func lookUp(dir Directory, id DeviceID) Home {
	h := Home{Case: DeviceCase(id), Version: dir.Version()}
	dev, ok := dir.Device(id)
	switch {
	case !ok:
		h.Unknown = "unknown device"
		return h
	case dev.Elder == "":
		h.Unknown = "the device belongs to nobody yet"
		return h
	}
	h.Case = ElderCase(dev.Elder)
	elder, ok := dir.Elder(dev.Elder)
	if !ok {
		h.Unknown = "elder " + string(dev.Elder) + " is not registered"
		return h
	}
	h.Elder, h.Contacts = &elder, dir.Contacts(elder.ID)
	return h
}

// homeOf is the home of an incident that is open: the directory as it is now,
// at the address where help was called to.
func (d *Dispatcher) homeOf(inc *Incident) Home {
	h := Home{Case: inc.Case, Unknown: inc.Unknown}
	if inc.Kind == AreaStorm && inc.Premises != nil {
		h.Elder = &Elder{Name: inc.Name, Premises: *inc.Premises}
		return h
	}
	dir := d.directory.Load()
	if dir == nil || inc.Elder == "" {
		return h
	}
	h.Version = (*dir).Version()
	elder, ok := (*dir).Elder(inc.Elder)
	if !ok {
		elder = Elder{ID: inc.Elder, Name: inc.Name}
	}
	if inc.Premises != nil {
		elder.Premises = *inc.Premises
	}
	h.Elder, h.Contacts = &elder, (*dir).Contacts(inc.Elder)
	return h
}

// planFor is the plan of a home's community.
func (d *Dispatcher) planFor(h Home) Plan {
	dir := d.directory.Load()
	if len(d.plans.Areas) == 0 || h.Elder == nil || dir == nil {
		return d.plans.Default
	}
	return d.plans.For((*dir).Areas().Ancestors(h.Elder.Premises.Area))
}

// raise is the fact that opens an incident. It keeps what the people who go
// there must know, and nothing of the elder's health.
func (d *Dispatcher) raise(now time.Time, p Press, h Home) Raised {
	r := Raised{Code: d.cases.FreeCode(), Kind: p.Kind, Urgency: p.Kind.Urgency(), Press: seen(p, now), Unknown: h.Unknown, Service: p.Service}
	if h.Elder == nil {
		return r
	}
	e := h.Elder
	place := e.Premises
	place.AccessNote = "" // goes with an accepted offer, never with the alert
	r.Elder, r.Name, r.Sex, r.Language, r.Hints, r.Premises = e.ID, e.Name, e.Sex, e.Language, e.Hints, &place
	if e.BirthYear > 0 {
		r.Age = now.Year() - e.BirthYear
	}
	return r
}

// unhandled are the presses that need a fact and have none yet, each once.
func (d *Dispatcher) unhandled(presses []Press) []Press {
	var fresh []Press
	for _, p := range presses {
		if p.Canary() && p.Lateness(time.Now()) > 0 {
			continue // it has been missed already
		}
		same := func(q Press) bool { return q.Device == p.Device && q.ID == p.ID && q.At.Equal(p.At) }
		if _, done := d.cases.Handled(p); !done && !slices.ContainsFunc(fresh, same) {
			fresh = append(fresh, p)
		}
	}
	return fresh
}

// gravest is the press that decides who is asked.
func gravest(presses []Press) Press {
	worst := presses[0]
	for _, p := range presses[1:] {
		if p.Kind.Urgency() < worst.Kind.Urgency() {
			worst = p
		}
	}
	return worst
}

// askAgain is how long nobody is looked for once more after nobody was found:
// a stuck key presses ten times a second.
const askAgain = 10 * time.Second

// asks reports whether a press of this kind looks for responders now: it opens
// the incident, or nobody could be asked so far.
func (d *Dispatcher) asks(now time.Time, open *Incident, h Home, kind Kind) bool {
	if !open.Open() {
		return true
	}
	return len(open.Offers) == 0 && h.Unknown == "" && len(d.planFor(h).Ask(kind).Shares) > 0 && now.Sub(open.Asked) >= askAgain
}

func seen(p Press, now time.Time) PressSeen {
	return PressSeen{ID: p.ID, Device: p.Device, Kind: p.Kind, At: p.At, Received: p.Received, StoredAt: p.StoredAt, Late: p.Lateness(now), Position: p.Position, Battery: p.Battery, Defect: p.Defect}
}

// intended lists the alerts a record intends, as the incident now has them.
func intended(inc *Incident, rec Record) []Alert {
	var out []Alert
	take := func(alerts []Alert) {
		for _, a := range alerts {
			if kept, ok := inc.Alert(a.ID); ok && kept.Unfinished() {
				out = append(out, kept)
			}
		}
	}
	for _, f := range rec.Facts {
		switch f := f.(type) {
		case Dispatched:
			take(f.Alerts)
		case Alerted:
			take(f.Alerts)
		}
	}
	return out
}
