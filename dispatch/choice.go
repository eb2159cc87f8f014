package dispatch

import (
	"slices"
	"strconv"
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

// raise is the fact that opens an incident. It keeps what the people who go
// there must know, and nothing of the elder's health.
func (d *Dispatcher) raise(now time.Time, p Press, h Home) Raised {
	r := Raised{Code: d.cases.FreeCode(), Kind: p.Kind, Urgency: p.Kind.Urgency(), Press: seen(p, now), Unknown: h.Unknown}
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

// unhandled are the presses that have no fact yet, each once.
func (d *Dispatcher) unhandled(presses []Press) []Press {
	var fresh []Press
	for _, p := range presses {
		same := func(q Press) bool { return q.Device == p.Device && q.ID == p.ID && q.At.Equal(p.At) }
		if _, done := d.cases.Handled(p); !done && !slices.ContainsFunc(fresh, same) {
			fresh = append(fresh, p)
		}
	}
	return fresh
}

// gravest is the kind that decides who is asked.
func gravest(presses []Press) Kind {
	kind := presses[0].Kind
	for _, p := range presses[1:] {
		if p.Kind.Urgency() < kind.Urgency() {
			kind = p.Kind
		}
	}
	return kind
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
	return len(open.Offers) == 0 && h.Unknown == "" && len(d.plan.Ask(kind).Shares) > 0 && now.Sub(open.Asked) >= askAgain
}

// choose is the fact that says who is asked and told. If nobody can be chosen
// the desk is, with the reason: no branch ends in silence.
func (d *Dispatcher) choose(now time.Time, id IncidentID, kind Kind, h Home, open *Incident) Dispatched {
	f := Dispatched{Plan: d.plan.Name, Directory: h.Version, Desk: h.Unknown}
	if h.Elder == nil {
		return f
	}
	ask := d.plan.Ask(kind)
	f.Asked = len(ask.Shares) > 0
	for _, share := range ask.Shares {
		candidates, passed := d.locator.Candidates(h.Elder.Premises, share.Kinds, share.Count, d.unavailable, now)
		offers, others := Select(d.plan, share, candidates)
		f.Offers = append(f.Offers, offers...)
		f.PassedOver = append(append(f.PassedOver, passed...), others...)
	}
	switch {
	case len(ask.Shares) == 0:
		f.Desk = "a " + string(kind) + " press is for the desk"
	case len(f.Offers) == 0:
		f.Desk = "no responder on duty could be found"
	}
	for _, a := range d.alerts(id, f.Offers, h, ask.Family) {
		if open.Open() {
			if _, told := open.Alert(a.ID); told {
				continue
			}
		}
		f.Alerts = append(f.Alerts, a)
	}
	return f
}

// unavailable says why a responder is not asked now.
func (d *Dispatcher) unavailable(id ResponderID) string {
	bound, _ := d.cases.Busy(id)
	if bound > 0 {
		return "on another call"
	}
	return ""
}

func (d *Dispatcher) alerts(id IncidentID, offers []Offer, h Home, family bool) []Alert {
	var out []Alert
	for _, o := range offers {
		a := Alert{To: string(o.Responder), Name: o.Name, Role: RoleResponder, Channel: "sms", Kind: "responder_alert", Phone: o.Phone}
		if r, ok := (*d.directory.Load()).Responder(o.Responder); ok {
			a.Language = r.Language
		}
		out = append(out, named(id, a))
	}
	if family {
		for _, c := range h.Contacts {
			out = append(out, named(id, Alert{
				To: string(c.Elder) + "#" + strconv.Itoa(c.Rank), Name: c.Name, Role: RoleContact, Channel: "sms", Kind: "family_alert", Language: c.Language, Phone: c.Phone,
			}))
		}
	}
	return out
}

func named(id IncidentID, a Alert) Alert {
	a.ID = newAlertID(id, a.To, a.Kind, 0)
	return a
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
