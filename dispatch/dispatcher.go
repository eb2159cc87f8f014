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
	busy      busyCases
}

// Dispatch takes a press of an elder's key to responders told; with it go the
// presses of the same case that came while it was busy.
//
// It may run many times for the same press: the journal brings it again until
// its fact is found, and other nodes see it too. So it first looks for its own
// earlier work, and whoever appends first wins; nobody is told anything before
// the fact that intends it is durable.
func (d *Dispatcher) Dispatch(ctx context.Context, home Home, presses []Press) error {
	inc, seq := d.cases.Case(home.Case)
	for range len(presses) + maxConflicts { // tests take an append each; others are done with the first that is not raced
		fresh := d.unhandled(presses)
		if len(fresh) == 0 {
			return nil
		}
		rec, err := d.journal.Append(ctx, d.decide(time.Now(), fresh, home, inc, seq), seq)
		switch {
		case err == nil:
			inc, seq = d.alert(rec)
		case errors.Is(err, ErrConflict):
			if inc, seq, err = reload(ctx, d.cases, home.Case); err != nil {
				return fmt.Errorf("reload case %s for press %s: %w", home.Case, fresh[0].ID, err)
			}
		default:
			return fmt.Errorf("append press %s of device %s to case %s: %w", fresh[0].ID, fresh[0].Device, home.Case, err)
		}
	}
	return fmt.Errorf("case %s does not come to rest over press %s: %w", home.Case, presses[0].ID, ErrConflict)
}

// decide turns presses of one case into the facts of one append: an incident
// with those who are asked and told, or repeat presses of the one that is open.
func (d *Dispatcher) decide(now time.Time, presses []Press, home Home, open *Incident, expect uint64) Entry {
	e := Entry{Case: home.Case, At: now, By: "dispatcher", Node: d.nodes.Self()}
	rest := presses
	if open.Open() {
		e.Incident = open.ID
	} else {
		first := presses[0]
		e.Incident = newIncidentID(home.Case, first, now, expect)
		e.Facts, rest = append(e.Facts, d.raise(now, first, home)), presses[1:]
		if d.plan.Ask(first.Kind).Nobody { // a test: each is an incident of its own, over at once
			e.Facts = append(e.Facts, Closed{Operator: "dispatcher", Disposition: TestPress})
			return e
		}
	}
	for _, p := range rest {
		e.Facts = append(e.Facts, Joined{Press: seen(p, now)})
	}
	if kind := gravest(presses); d.asks(now, open, home, kind) {
		e.Facts = append(e.Facts, d.choose(now, e.Incident, kind, home, open))
	}
	return e
}

// alert shows the record to our own read model and hands its alerts over. The
// fact is durable; should we stop here, the next run takes the alerts up.
func (d *Dispatcher) alert(rec Record) (*Incident, uint64) {
	d.cases.Absorb(rec)
	inc, seq := d.cases.Case(rec.Case)
	if inc.Open() {
		d.teller.Tell(inc, intended(inc, rec))
	}
	return inc, seq
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
	if err := errors.Join(o.Plan.Check()...); err != nil {
		return nil, err
	}
	d := &Dispatcher{journal: o.Journal, cases: o.Cases, locator: o.Locator, teller: o.Teller, nodes: o.Nodes, plan: o.Plan, log: o.Log.With("component", "dispatcher")}
	d.intake = newIntake()
	return d, nil
}

// Use makes this directory the one that the next press is decided on.
func (d *Dispatcher) Use(dir Directory) { d.directory.Store(&dir) }
