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
	plans   Plans
	canary  CanaryText
	log     *slog.Logger

	population func(community string) int

	directory atomic.Pointer[Directory]
	intake    *intake
	watch     *watch
	storms    *storms
	busy      busyCases
}

// Dispatch takes a press of an elder's key to responders told; with it go the
// presses of the same case that came while it was busy. Without a press it takes
// the case on to what its plan wants now: see [Next].
//
// It may run many times for the same press: the journal brings it again until
// its fact is found, and other nodes see it too. So it first looks for its own
// earlier work, and whoever appends first wins; nobody is told anything before
// the fact that intends it is durable.
func (d *Dispatcher) Dispatch(ctx context.Context, home Home, presses []Press) error {
	inc, seq := d.cases.Case(home.Case)
	for range len(presses) + maxConflicts { // tests take an append each; others are done with the first that is not raced
		entry, wanted := d.decide(time.Now(), d.unhandled(presses), home, inc, seq)
		if !wanted {
			return nil
		}
		rec, err := d.journal.Append(ctx, entry, seq)
		switch {
		case err == nil:
			inc, seq = d.alert(rec)
		case errors.Is(err, ErrConflict):
			if inc, seq, err = reload(ctx, d.cases, home.Case); err != nil {
				return fmt.Errorf("reload case %s: %w", home.Case, err)
			}
		default:
			return fmt.Errorf("append %d facts by %s to case %s: %w", len(entry.Facts), entry.By, home.Case, err)
		}
	}
	return fmt.Errorf("case %s does not come to rest: %w", home.Case, ErrConflict)
}

// decide turns presses of one case into the facts of one append: an incident
// with those who are asked and told, or repeat presses of the one that is open.
// Without presses the plan decides.
func (d *Dispatcher) decide(now time.Time, presses []Press, home Home, open *Incident, expect uint64) (_ Entry, wanted bool) {
	if len(presses) == 0 {
		return d.step(now, home, open)
	}
	e := Entry{Case: home.Case, At: now, By: "dispatcher", Node: d.nodes.Self()}
	rest := presses
	if open.Open() {
		e.Incident = open.ID
	} else {
		first := presses[0]
		e.Incident = newIncidentID(home.Case, first, now, expect)
		e.Facts, rest = append(e.Facts, d.raise(now, first, home)), presses[1:]
		if first.Canary() || d.planFor(home).Ask(first.Kind).Nobody { // a test: each is an incident of its own, over at once
			e.Facts = append(e.Facts, d.canaryWords(first, e.Incident)...)
			e.Facts = append(e.Facts, Closed{Operator: "dispatcher", Disposition: TestPress})
			return e, true
		}
	}
	for _, p := range rest {
		e.Facts = append(e.Facts, Joined{Press: seen(p, now)})
	}
	if worst := gravest(presses); d.asks(now, open, home, worst.Kind) {
		e.Facts = append(e.Facts, d.choose(now, e.Incident, worst, home, open))
	}
	return e, true
}

// alert shows the record to our own read model and hands its alerts over. The
// fact is durable; should we stop here, the next run takes the alerts up.
func (d *Dispatcher) alert(rec Record) (*Incident, uint64) {
	d.cases.Absorb(rec)
	inc, seq := d.cases.Case(rec.Case)
	if inc != nil && inc.ID == rec.Incident {
		d.teller.Tell(inc, intended(inc, rec))
	}
	return inc, seq
}

// Options of a Dispatcher; all but the last two are required.
type Options struct {
	Journal Journal
	Cases   Cases
	Locator Locator
	Teller  Teller
	Nodes   Nodes
	Plans   Plans
	Log     *slog.Logger
	// Population is how many elders a community has; nil or 0: nobody knows.
	Population func(community string) int
	Canary     CanaryText
}

// NewDispatcher checks the plans and makes a dispatcher that knows nobody yet; see [Dispatcher.Use].
func NewDispatcher(o Options) (*Dispatcher, error) {
	if err := errors.Join(o.Plans.Check()...); err != nil {
		return nil, err
	}
	d := &Dispatcher{journal: o.Journal, cases: o.Cases, locator: o.Locator, teller: o.Teller, nodes: o.Nodes, plans: o.Plans, population: o.Population, canary: o.Canary, log: o.Log.With("component", "dispatcher")}
	d.intake, d.watch, d.storms = newIntake(), newWatch(), newStorms()
	return d, nil
}

// Use makes this directory the one that the next press is decided on.
func (d *Dispatcher) Use(dir Directory) { d.directory.Store(&dir) }
