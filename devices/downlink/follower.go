package downlink

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"onekeyd/dispatch"
)

const (
	// maxDevices bounds the devices with a call, at about 1 kB each with all that hangs on them.
	maxDevices = 50_000
	// keepFinal is how long the end of a call is shown to whoever comes late.
	keepFinal = 10 * time.Minute
	// settle is how long listeners of a daemon that has just started may take to
	// be back: clients of NATS try every two seconds.
	settle = 3 * time.Second
	// again is how soon after a state it is repeated to an elder who presses
	// again. A stuck key must not make a device talk without end.
	again = 15 * time.Second
)

// Options of a Follower. Local and Shared are by the name they are counted under.
type Options struct {
	Local  map[string]Speaker // of this node: devices that are connected here
	Shared map[string]Speaker // heard alike whichever node speaks
	Self   dispatch.NodeID
	// Open lists the incidents that are open now, and Rank is this node's place
	// for a case: 0 is first.
	Open func() []*dispatch.Incident
	Rank func(dispatch.CaseID) int
	// Count, if set, is told of each state by way and outcome: said, failed, full.
	Count func(way, outcome string)
	Log   *slog.Logger
}

// Follower turns the facts of incidents into what their devices hear.
type Follower struct {
	o             Options
	local, shared []*lane

	mu      sync.Mutex // guards all below
	states  map[dispatch.DeviceID]state
	devices map[dispatch.IncidentID][]dispatch.DeviceID // that were told of an open incident
}

// state is the last thing that a device was to hear.
type state struct {
	message   Message
	assurance dispatch.Assurance
	urgency   dispatch.Urgency
	of        dispatch.CaseID
	put       time.Time
	found     bool // at start, said by whichever run was before us
}

// New makes a follower; nothing is said before [Follower.Run].
func New(o Options) *Follower {
	if o.Count == nil {
		o.Count = func(string, string) {}
	}
	o.Log = o.Log.With("component", "downlink")
	f := &Follower{o: o, states: map[dispatch.DeviceID]state{}, devices: map[dispatch.IncidentID][]dispatch.DeviceID{}}
	for _, name := range slices.Sorted(maps.Keys(o.Local)) {
		f.local = append(f.local, newLane(name, o.Local[name], o.Count, o.Log))
	}
	for _, name := range slices.Sorted(maps.Keys(o.Shared)) {
		f.shared = append(f.shared, newLane(name, o.Shared[name], o.Count, o.Log))
	}
	return f
}

// Observe takes the next record of the journal and the incident after it. It never waits.
func (f *Follower) Observe(r dispatch.Record, inc *dispatch.Incident) {
	var pressed []dispatch.DeviceID
	closes := false
	for _, fact := range r.Facts {
		switch fact := fact.(type) {
		case dispatch.Joined:
			pressed = append(pressed, fact.Press.Device)
		case dispatch.Closed:
			closes = true
		}
	}
	if inc.Open() || closes { // what is learned of a closed call later is not for the elder
		f.take(inc, r.At, r.Node == f.o.Self, false, pressed)
	}
}

// Last is what a device was last told; false if no call of its is open, and none has ended lately.
func (f *Follower) Last(d dispatch.DeviceID) (Message, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	s, ok := f.states[d]
	return s.message, ok
}

// Run says what there is to say until ctx ends. Call it when everything that was
// stored at start is known; it begins with the incidents that are open.
func (f *Follower) Run(ctx context.Context) error {
	for _, inc := range f.o.Open() {
		f.take(inc, inc.Touched, false, true, nil)
	}
	var all sync.WaitGroup
	for _, l := range append(slices.Clone(f.local), f.shared...) {
		all.Go(func() { l.run(ctx) })
	}
	all.Go(func() { f.keep(ctx) })
	all.Wait()
	return ctx.Err()
}

// keep repeats, once, what listeners may have missed while no daemon ran, and
// then takes back what is over.
func (f *Follower) keep(ctx context.Context) {
	settled := time.NewTimer(settle)
	defer settled.Stop()
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-settled.C:
			f.repeat()
		case now := <-tick.C:
			f.sweep(now)
		}
	}
}

// take says an incident's state to its devices where it is news to them, and to
// those that have pressed again. It is ours if this run appended it, and found
// if it stood there at start.
func (f *Follower) take(inc *dispatch.Incident, at time.Time, ours, found bool, pressed []dispatch.DeviceID) {
	a := dispatch.AssuranceOf(inc)
	now := time.Now()
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, d := range f.devicesOf(inc) {
		old, known := f.states[d]
		switch {
		case !known && len(f.states) >= maxDevices:
			f.o.Count("all", "full")
			continue
		case known && !old.gives(inc, a):
			continue
		case known && old.assurance == a && !(slices.Contains(pressed, d) && now.Sub(old.put) >= again):
			continue
		}
		m := messageTo(d, a, at, inc.Seq)
		f.states[d] = state{m, a, inc.Urgency, inc.Case, now, found}
		f.say(m, ours)
	}
}

// gives reports whether a device with this state hears of inc: it is the same
// call and newer, or the call before is over, or was no graver. So a plumber's
// coming, or a test, never hides that of a nurse.
func (s state) gives(inc *dispatch.Incident, a dispatch.Assurance) bool {
	if s.message.Incident == a.Incident {
		return inc.Seq >= s.message.Seq
	}
	return s.message.Final || inc.Urgency <= s.urgency && inc.Open()
}

// devicesOf are all that have pressed. An incident keeps only its latest
// presses, so who was told once is remembered here until it ends. The caller
// holds mu.
func (f *Follower) devicesOf(inc *dispatch.Incident) []dispatch.DeviceID {
	all := f.devices[inc.ID]
	for _, p := range inc.Presses {
		if !slices.Contains(all, p.Device) {
			all = append(all, p.Device)
		}
	}
	if inc.Open() {
		f.devices[inc.ID] = all
	} else {
		delete(f.devices, inc.ID)
	}
	return all
}

// say leaves a state with the speakers. The caller holds mu, so that states of a
// device reach each of them in order.
func (f *Follower) say(m Message, ours bool) {
	for _, l := range f.local {
		l.put(m)
	}
	if ours {
		for _, l := range f.shared {
			l.put(m)
		}
	}
}

// repeat says the states that were found at start, and still stand, to those who
// listen to all nodes, unless another node comes first.
func (f *Follower) repeat() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, s := range f.states {
		if s.found && f.o.Rank(s.of) == 0 {
			for _, l := range f.shared {
				l.put(s.message)
			}
		}
	}
}

// sweep takes back what has ended a while ago, and what is said of incidents
// that are not open: a node that was cut off may never hear how they ended.
func (f *Follower) sweep(now time.Time) {
	open := map[dispatch.IncidentID]bool{}
	for _, inc := range f.o.Open() {
		open[inc.ID] = true
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	maps.DeleteFunc(f.devices, func(id dispatch.IncidentID, _ []dispatch.DeviceID) bool { return !open[id] })
	for d, s := range f.states {
		lapsed := now.Sub(s.put) >= keepFinal
		if lapsed && (s.message.Final || !open[s.message.Incident]) {
			delete(f.states, d)
			f.say(Message{Device: d}, f.o.Rank(s.of) == 0)
		}
	}
}
