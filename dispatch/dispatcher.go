package dispatch

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"
)

// Dispatcher decides what happens to a press.
type Dispatcher struct {
	journal Journal
	cases   Cases
	locator Locator
	teller  Teller
	nodes   Nodes
	plan    Plan
	log     *slog.Logger

	directory atomic.Pointer[Directory]
	intake    *intake
	locks     caseLocks
}

// Dispatch takes one press of an elder's key to responders told.
//
// It may run many times for the same press: the journal brings it again until
// its fact is found, and other nodes see it too. So it first looks for its own
// earlier work, and whoever appends first wins; nobody is told anything before
// the fact that intends it is durable.
func (d *Dispatcher) Dispatch(ctx context.Context, p Press) error {
	home := d.identify(p)
	defer d.locks.lock(home.Case)()
	for {
		inc, seq := d.cases.Case(home.Case)
		if _, done := d.cases.Handled(p.Device, p.ID); done {
			return nil
		}
		entry := d.decide(time.Now(), p, home, inc)
		rec, err := d.journal.Append(ctx, entry, seq)
		if err == nil {
			d.alert(rec)
			return nil
		}
		if !errors.Is(err, ErrConflict) {
			return fmt.Errorf("append press %s of device %s to case %s: %w", p.ID, p.Device, home.Case, err)
		}
		if _, _, err := d.cases.Reload(ctx, home.Case); err != nil {
			return fmt.Errorf("reload case %s for press %s: %w", home.Case, p.ID, err)
		}
	}
}

// decide turns a press into the facts of one append: an incident with those who
// are asked and told, or a repeat press of the one that is open.
func (d *Dispatcher) decide(now time.Time, p Press, home Home, open *Incident) Entry {
	e := Entry{Case: home.Case, At: now, By: "dispatcher", Node: d.nodes.Self()}
	if open.Open() {
		e.Incident = open.ID
		e.Facts = append(e.Facts, Joined{Press: seen(p, now)})
		if len(open.Offers) == 0 && len(d.plan.Ask(p.Kind).Shares) > 0 && home.Unknown == "" {
			e.Facts = append(e.Facts, d.choose(now, e.Incident, p.Kind, home))
		}
		return e
	}
	e.Incident = newIncidentID(home.Case, p, now)
	e.Facts = append(e.Facts, d.raise(now, p, home))
	if d.plan.Ask(p.Kind).Nobody {
		e.Facts = append(e.Facts, Closed{Operator: "dispatcher", Disposition: TestPress})
		return e
	}
	e.Facts = append(e.Facts, d.choose(now, e.Incident, p.Kind, home))
	return e
}

// alert shows the record to our own read model and hands its alerts over. The
// fact is durable; should we stop here, the next run takes the alerts up.
func (d *Dispatcher) alert(rec Record) {
	d.cases.Absorb(rec)
	if inc, _ := d.cases.Case(rec.Case); inc.Open() {
		d.teller.Tell(inc, intended(inc, rec))
	}
}

// Options of a Dispatcher; all are required.
type Options struct {
	Journal Journal
	Cases   Cases
	Locator Locator
	Teller  Teller
	Nodes   Nodes
	Plan    Plan
	Log     *slog.Logger
}

// NewDispatcher checks the plan and makes a dispatcher that knows nobody yet; see [Dispatcher.Use].
func NewDispatcher(o Options) (*Dispatcher, error) {
	if err := o.Plan.Check(); err != nil {
		return nil, err
	}
	d := &Dispatcher{journal: o.Journal, cases: o.Cases, locator: o.Locator, teller: o.Teller, nodes: o.Nodes, plan: o.Plan, log: o.Log.With("component", "dispatcher")}
	d.intake = newIntake()
	return d, nil
}

// Use makes this directory the one that the next press is decided on.
func (d *Dispatcher) Use(dir Directory) { d.directory.Store(&dir) }
