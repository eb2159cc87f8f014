package canary

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"onekeyd/devices"
	"onekeyd/dispatch"
)

// Leg is a part of a press's way.
type Leg string

// The legs, in the order of the way.
const (
	Stored     Leg = "stored"     // the gateway says received
	Dispatched Leg = "dispatched" // its fact is on the board
	Handed     Leg = "handed"     // a carrier has its text
	Delivered  Leg = "delivered"  // the handset has it, by the carrier's word
	Console    Leg = "console"    // a console that can be heard has taken it in
)

// legs are all of them.
func legs() []Leg { return []Leg{Stored, Dispatched, Handed, Delivered, Console} }

// within is how long each leg may take from the end of the one before it.
// Storing and dispatching take milliseconds; 2 s is when a device begins to
// doubt (devices.DefaultWait). A carrier takes a text within a second or turns it
// away, a page reports within its beat of 4 s, and a handset that is on has a
// text within a minute.
func within(l Leg) time.Duration {
	switch l {
	case Handed, Console:
		return 10 * time.Second
	case Delivered:
		return time.Minute
	}
	return 2 * time.Second
}

const (
	// inARow is how many canaries must miss a leg before somebody is woken: one
	// can be lost by a restart or a pause of the machine.
	inARow = 2
	// first is how soon after the start the first one flies: whoever has just
	// changed something is still there.
	first = 10 * time.Second
)

// Options of a Canary.
type Options struct {
	Name  string // of the daemon
	Every time.Duration
	// Press hands a press in, and returns once the gateway has said received.
	Press func(ctx context.Context, p dispatch.Press) error
	// Text: each press is meant to tell a number.
	Text bool
	// Receipts reports whether a carrier says what handsets have.
	Receipts func(carrier string) bool
	// Following counts the consoles that can be heard and say what they have taken in.
	Following func() int
	// Tell reaches whoever keeps the daemon running; see [Alarm]. It must not
	// need what the canary tests. [ErrNobody]: there is no such person.
	Tell func(ctx context.Context, a Alarm) error
	// Metrics is where its own are registered.
	Metrics prometheus.Registerer
	Zone    *time.Location // in which the desk is told times; nil: UTC
	Log     *slog.Logger
}

// Canary presses its key and watches. Make it with [New].
type Canary struct {
	o      Options
	m      *measures
	health *health

	mu      sync.Mutex // guards what follows
	flights map[dispatch.PressID]*flight
	applied uint64 // the newest event that a console has taken in
}

// New makes a canary; [Canary.Run] lets it fly.
func New(o Options) (*Canary, error) {
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	o.Log = o.Log.With("component", "canary")
	m, err := newMeasures(o.Metrics)
	if err != nil {
		return nil, err
	}
	return &Canary{o: o, m: m, health: newHealth(), flights: map[dispatch.PressID]*flight{}}, nil
}

// flight is one press on its way. What becomes of it arrives from elsewhere.
type flight struct {
	press   dispatch.Press
	seq     uint64 // of its fact; 0: it has none yet
	text    dispatch.AlertID
	carrier string
	arrived map[Leg]chan outcome // each holds the first outcome of its leg
}

// outcome is how a leg ended; why is empty if it ended well.
type outcome struct {
	at  time.Time
	why string
}

func (f *flight) end(l Leg, why string) {
	select {
	case f.arrived[l] <- outcome{time.Now(), why}:
	default: // it has ended already
	}
}

// Run presses until ctx ends, and returns when nothing of it is left.
func (c *Canary) Run(ctx context.Context) error {
	var all sync.WaitGroup
	all.Go(func() { c.alarms(ctx) })
	defer all.Wait()
	next := time.NewTimer(min(first, c.o.Every))
	defer next.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-next.C:
			next.Reset(c.o.Every)
			all.Go(func() { c.fly(ctx) })
		}
	}
}

// fly follows one press. A leg is judged only if the press came so far: of what
// it would have met behind a broken leg nothing is known.
func (c *Canary) fly(ctx context.Context) {
	f := c.begin()
	defer c.end(f)
	pressing, cancel := context.WithTimeout(ctx, within(Stored))
	err := c.o.Press(pressing, f.press)
	cancel()
	if err != nil {
		f.end(Stored, err.Error())
	} else {
		f.end(Stored, "")
	}
	if !c.leg(ctx, f, Stored) || !c.leg(ctx, f, Dispatched) {
		return
	}
	var told, shown bool
	var both sync.WaitGroup
	both.Go(func() { told = c.text(ctx, f) })
	both.Go(func() { shown = c.console(ctx, f) })
	both.Wait()
	if told && shown && ctx.Err() == nil {
		c.m.success.SetToCurrentTime()
	}
}

// text follows the press to the telephone that waits for it.
func (c *Canary) text(ctx context.Context, f *flight) bool {
	if !c.o.Text {
		return true
	}
	c.mu.Lock()
	none := f.text == ""
	c.mu.Unlock()
	if none {
		f.end(Handed, "the node that took it up tells no number: canary.number is not the same everywhere")
	}
	if !c.leg(ctx, f, Handed) {
		return false
	}
	c.mu.Lock()
	carrier := f.carrier
	c.mu.Unlock()
	if !c.o.Receipts(carrier) {
		c.pass(Delivered)
		return true
	}
	return c.leg(ctx, f, Delivered)
}

// console follows the press to the desk. Without a console that can be heard
// nothing is wrong here: what is done then is for the plan to say.
func (c *Canary) console(ctx context.Context, f *flight) bool {
	if c.o.Following() == 0 {
		c.pass(Console)
		return true
	}
	select {
	case o := <-f.arrived[Console]:
		return c.judge(f, Console, o)
	case <-ctx.Done():
		return false
	case <-time.After(within(Console)):
	}
	if c.o.Following() == 0 {
		c.pass(Console)
		return true
	}
	return c.judge(f, Console, outcome{why: "no console has taken it in, and some say they can be heard"})
}

// leg waits for the end of one and reports whether it ended well.
func (c *Canary) leg(ctx context.Context, f *flight, l Leg) bool {
	select {
	case o := <-f.arrived[l]:
		return c.judge(f, l, o)
	case <-time.After(within(l)):
		return c.judge(f, l, outcome{why: "nothing within " + within(l).String()})
	case <-ctx.Done():
		return false
	}
}

func (c *Canary) judge(f *flight, l Leg, o outcome) bool {
	if o.why == "" {
		c.m.took.WithLabelValues(string(l)).Observe(max(0, o.at.Sub(f.press.Received).Seconds()))
		c.pass(l)
		return true
	}
	c.m.missed.WithLabelValues(string(l)).Inc()
	c.o.Log.Warn("canary is missed", "leg", l, "press", f.press, "err", o.why)
	c.health.miss(l, f.press.Received)
	return false
}

func (c *Canary) pass(l Leg) { c.health.well(l) }

func (c *Canary) begin() *flight {
	f := &flight{
		press:   dispatch.Press{ID: devices.NewPressID(), Device: dispatch.CanaryDevice(c.o.Name), Kind: dispatch.Test, Received: time.Now()},
		arrived: map[Leg]chan outcome{},
	}
	for _, l := range legs() {
		f.arrived[l] = make(chan outcome, 1)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.flights[f.press.ID] = f
	return f
}

func (c *Canary) end(f *flight) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.flights, f.press.ID)
}

// Observe is told every new fact of a canary's incident, in order. It never blocks.
func (c *Canary) Observe(r dispatch.Record, inc *dispatch.Incident) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(inc.Presses) == 0 {
		return
	}
	f := c.flights[inc.Presses[0].ID]
	if f == nil {
		return // of another node, or of an earlier run
	}
	if f.seq == 0 {
		f.seq = r.Seq
		f.end(Dispatched, "")
		if c.applied >= f.seq {
			f.end(Console, "")
		}
	}
	for _, a := range inc.Alerts {
		f.text, f.carrier = a.ID, a.Carrier
		f.report(a)
	}
}

// report takes what is known of the text.
func (f *flight) report(a dispatch.Alert) {
	if !a.Handed.IsZero() || slices.Contains([]dispatch.AlertState{dispatch.AlertHanded, dispatch.AlertSent, dispatch.AlertDelivered}, a.State) {
		f.end(Handed, "")
	}
	switch a.State {
	case dispatch.AlertDelivered:
		f.end(Delivered, "")
	case dispatch.AlertFailed, dispatch.AlertNotSent:
		why := "the text is " + string(a.State) + ": " + a.Code
		f.end(Handed, why) // of no effect if a carrier had it
		f.end(Delivered, why)
	}
}

// Applied is told the newest event that a console which can be heard has taken in.
func (c *Canary) Applied(seq uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.applied = max(c.applied, seq)
	for _, f := range c.flights {
		if f.seq > 0 && seq >= f.seq {
			f.end(Console, "")
		}
	}
}

// Troubles are the legs that are missed now, in words for the desk. Of a nil
// canary, which does not fly, there are none.
func (c *Canary) Troubles() []string {
	if c == nil {
		return nil
	}
	return c.health.words(c.o.Zone)
}
