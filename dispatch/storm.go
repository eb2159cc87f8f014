package dispatch

import (
	"sync"
	"time"

	"onekeyd/geo"
)

// Storm is when many keys of one community count as one event: a power cut, a
// quake, a flood, or an error of a maker's server.
type Storm struct {
	Devices int           // that many different keys,
	Share   float64       // or this part of the community's elders, but
	Least   int           // not fewer keys than this,
	Within  time.Duration // in this time
	Calm    time.Duration // it is over when nobody has called for so long and every call is closed
}

// Member is one call of an area's incident, as its list has it.
type Member struct {
	Incident IncidentID `json:"incident"`
	Code     string     `json:"code"`
	Elder    ElderID    `json:"elder,omitempty"`
	Name     string     `json:"name,omitempty"`
	Address  string     `json:"address,omitempty"`
	Kind     Kind       `json:"kind"`
	At       time.Time  `json:"at"`
	Risk     int        `json:"risk"`
	Why      []string   `json:"why,omitempty"`
}

// storms counts calls by community and knows which are gathered. A storm mutes
// nothing that a red key does: its responders and its family are told as ever.
// What it gathers is the rest: about a silence only those are asked who are free,
// once, and then it is on the area's list; those on call are told of the area and
// not of each call.
type storms struct {
	mu    sync.Mutex // guards all below
	calls map[string]map[DeviceID]time.Time
	open  map[string]IncidentID // of the area, by community
}

func newStorms() *storms {
	return &storms{calls: map[string]map[DeviceID]time.Time{}, open: map[string]IncidentID{}}
}

// gatherEvery is how often new calls are put on an area's list: one append for
// all of them, so that a thousand calls are a few appends.
const gatherEvery = time.Second

// AreaCase is the case of a community's own incident.
func AreaCase(community string) CaseID { return CaseID("area~" + community) }

// Observe takes notice of a new fact and the incident after it; see [Dispatcher.Watch].
func (d *Dispatcher) Observe(rec Record, inc *Incident) {
	for _, f := range rec.Facts {
		switch f := f.(type) {
		case Raised:
			d.storms.note(d.communityOf(inc), f.Press)
		case Joined:
			d.storms.note(d.communityOf(inc), f.Press)
		}
	}
	d.Watch(inc)
}

// Begin takes notice of every incident that is open when the dispatcher starts;
// [Dispatcher.Observe] goes on from there.
func (d *Dispatcher) Begin(open []*Incident) {
	for _, inc := range open {
		d.storms.follow(inc)
		for _, p := range inc.Presses {
			d.storms.note(d.communityOf(inc), p)
		}
	}
	for _, inc := range open {
		d.stopRinging(inc)
		d.watchAgain(inc, time.Time{}) // what happens meanwhile is observed already
	}
}

// communityOf is the community that an incident counts in: none for tests,
// services, and homes that no area is known of.
func (d *Dispatcher) communityOf(inc *Incident) string {
	if inc.Premises == nil || inc.Urgency > Amber || inc.Kind == AreaStorm {
		return ""
	}
	return d.community(inc.Premises.Area)
}

func (d *Dispatcher) community(area string) string {
	dir := d.directory.Load()
	if dir == nil || area == "" {
		return ""
	}
	areas := (*dir).Areas()
	for _, code := range areas.Ancestors(area) {
		if a, ok := areas.Get(code); ok && a.Level == geo.Community {
			return code
		}
	}
	return ""
}

func (s *storms) note(community string, p PressSeen) {
	if community == "" || p.Kind.Urgency() > Amber {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.calls[community] == nil {
		s.calls[community] = map[DeviceID]time.Time{}
	}
	s.calls[community][p.Device] = p.Received
}

// follow keeps which communities are in a storm.
func (s *storms) follow(inc *Incident) {
	if inc.Kind != AreaStorm {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch community := inc.Premises.Area; {
	case inc.Open():
		s.open[community] = inc.ID
	case s.open[community] == inc.ID:
		delete(s.open, community)
		delete(s.calls, community) // whoever closed it knows of these; only new calls make another
	}
}

// area is the incident of a community that is in a storm.
func (s *storms) area(community string) IncidentID {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.open[community]
}

// end forgets a storm whose end was not observed: another node has archived it
// while we were cut off. Each call there would be one of many for ever.
func (s *storms) end(community string, area IncidentID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open[community] == area {
		delete(s.open, community)
	}
}

// gathered reports whether a call is on the list of its area's open incident, or
// will be within a second.
func (d *Dispatcher) gathered(inc *Incident) bool {
	return d.storms.any() && d.storms.over(d.communityOf(inc))
}

func (s *storms) any() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.open) > 0
}

func (s *storms) over(community string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, open := s.open[community]
	return open && community != ""
}

// hot lists the communities that are in a storm, or that have had enough calls to be in one.
func (s *storms) hot(now time.Time, rule func(community string) (enough int, within time.Duration)) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for community, calls := range s.calls {
		if _, open := s.open[community]; open {
			continue
		}
		enough, within := rule(community)
		for device, at := range calls {
			if now.Sub(at) > within {
				delete(calls, device)
			}
		}
		if len(calls) >= enough {
			out = append(out, community)
		}
		if len(calls) == 0 {
			delete(s.calls, community)
		}
	}
	for community := range s.open {
		out = append(out, community)
	}
	return out
}
