package dispatch

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// Every append is a write to disk, and a press must not queue behind a crowd of
// receipts.
const (
	// gather is how long reports of one case wait for each other: the outcomes of
	// one fan-out arrive within milliseconds.
	gather = 20 * time.Millisecond
	// gatherMore is added for each case that waits already, up to gatherMost: in
	// a storm the carrier's first two words on a message become one append.
	gatherMore, gatherMost = 2 * time.Millisecond, 3 * time.Second
	// atOnce is how many such appends are on their way at the same time; what
	// waits longer for its turn gathers more, so a slow disk makes them fewer.
	atOnce = 2
	// tries bounds one append and what conflicts make of it.
	tries = 10 * time.Second
)

// Recorder appends what carriers and consoles report: facts that nobody waits
// for to act, gathered into one append per case.
//
// A call returns when its reports are durable. What a report would not change
// (a callback that came twice) is not appended. Reports on an incident that was
// closed a moment ago are kept while its last words are on their way; once it is
// archived they are dropped, for its story is told.
type Recorder struct {
	journal Journal
	cases   Cases
	node    NodeID

	flushing sync.WaitGroup
	turn     chan struct{} // a place for each append on its way

	mu      sync.Mutex // guards waiting
	waiting map[CaseID]*gathering
}

type gathering struct {
	incident IncidentID
	by       string
	facts    []Fact
	done     chan struct{}
	err      error
}

// NewRecorder makes one.
func NewRecorder(j Journal, c Cases, node NodeID) *Recorder {
	return &Recorder{journal: j, cases: c, node: node, waiting: map[CaseID]*gathering{}, turn: make(chan struct{}, atOnce)}
}

// Report records carriers' words on alerts of one incident.
func (r *Recorder) Report(ctx context.Context, c CaseID, id IncidentID, reports ...Report) error {
	facts := make([]Fact, 0, len(reports))
	for _, rep := range reports {
		facts = append(facts, Reported{Reports: []Report{rep}})
	}
	return r.Record(ctx, c, id, facts...)
}

// Record appends facts of one incident within [gather] and returns when they
// are durable, or ctx ends; then they may yet become so.
func (r *Recorder) Record(ctx context.Context, c CaseID, id IncidentID, facts ...Fact) error {
	r.mu.Lock()
	g := r.waiting[c]
	if g == nil || g.incident != id {
		g = &gathering{incident: id, by: "recorder", done: make(chan struct{})}
		wait := min(gather+time.Duration(len(r.waiting))*gatherMore, gatherMost)
		r.waiting[c] = g
		// The append outlives the caller that came first: others wait for it too.
		r.flushing.Go(func() { r.flush(context.WithoutCancel(ctx), c, g, wait) })
	}
	g.facts = append(g.facts, facts...)
	r.mu.Unlock()
	select {
	case <-g.done:
		return g.err
	case <-ctx.Done():
		return fmt.Errorf("record %d facts of incident %s: %w", len(facts), id, ctx.Err())
	}
}

// Wait returns when nothing is being gathered or appended any more. Call it
// when nobody records any longer, before the journal is closed.
func (r *Recorder) Wait() { r.flushing.Wait() }

func (r *Recorder) flush(ctx context.Context, c CaseID, g *gathering, wait time.Duration) {
	time.Sleep(wait)
	r.turn <- struct{}{}
	defer func() { <-r.turn }()
	r.mu.Lock()
	if r.waiting[c] == g {
		delete(r.waiting, c)
	}
	facts := g.facts
	r.mu.Unlock()
	defer close(g.done)
	ctx, cancel := context.WithTimeout(ctx, tries)
	defer cancel()
	inc, seq := r.cases.Case(c)
	for conflicts := 0; ; {
		if inc == nil || inc.ID != g.incident {
			return
		}
		e := Entry{Case: c, Incident: g.incident, At: time.Now(), By: g.by, Node: r.node, Facts: merge(inc, facts)}
		if len(e.Facts) == 0 {
			return
		}
		rec, err := r.journal.Append(ctx, e, seq)
		if err == nil {
			r.cases.Absorb(rec)
			return
		}
		if conflicts++; !errors.Is(err, ErrConflict) || conflicts == maxConflicts {
			g.err = fmt.Errorf("append %d facts of incident %s: %w", len(e.Facts), g.incident, err)
			return
		}
		if inc, seq, err = reload(ctx, r.cases, c); err != nil {
			g.err = fmt.Errorf("reload case %s: %w", c, err)
			return
		}
	}
}

// merge puts all reports into one fact and leaves out what changes nothing.
func merge(inc *Incident, facts []Fact) []Fact {
	var out []Fact
	var all Reported
	for _, f := range facts {
		if _, ok := inc.State.After(f.Type()); !ok {
			continue
		}
		switch f := f.(type) {
		case Reported:
			for _, rep := range f.Reports {
				if news(inc, all.Reports, rep) {
					all.Reports = append(all.Reports, rep)
				}
			}
		case Seen:
			if !slices.ContainsFunc(inc.SeenBy, func(s Seen) bool { return s.Console == f.Console && s.Audio == f.Audio }) {
				out = append(out, f)
			}
		default:
			out = append(out, f)
		}
	}
	if len(all.Reports) > 0 {
		out = append(out, all)
	}
	return out
}

// news reports whether a report says more than the incident and the reports before it.
func news(inc *Incident, before []Report, rep Report) bool {
	a, ok := inc.Alert(rep.Alert)
	if !ok {
		return false
	}
	state := a.State
	for _, b := range before {
		if b.Alert == rep.Alert {
			state = state.Join(b.State)
		}
	}
	return state.Join(rep.State) != state
}
