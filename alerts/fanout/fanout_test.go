package fanout

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"onekeyd/alerts"
	"onekeyd/dispatch"
)

// carrier records what it is handed and does as send says.
type carrier struct {
	name      string       // default test
	media     alerts.Media // default SMS
	perSecond float64
	burst     int
	send      func(ctx context.Context, n alerts.Notice) (alerts.Receipt, error)
	serves    func(string) bool

	mu     sync.Mutex
	handed []alerts.Notice
	times  []time.Time // of what it was handed
}

func (c *carrier) Name() string { return cmp.Or(c.name, "test") }
func (c *carrier) Caps() alerts.Caps {
	return alerts.Caps{
		Media: cmp.Or(c.media, alerts.SMS), FreeText: true, Receipts: true, PerSecond: c.perSecond, Burst: c.burst,
		Serves: func(n string) bool { return c.serves == nil || c.serves(n) },
	}
}
func (c *carrier) Send(ctx context.Context, n alerts.Notice) (alerts.Receipt, error) {
	c.mu.Lock()
	c.handed = append(c.handed, n)
	c.times = append(c.times, time.Now())
	c.mu.Unlock()
	if c.send != nil {
		return c.send(ctx, n)
	}
	return alerts.Receipt{Ref: "SM" + n.ID, State: alerts.Handed}, nil
}

func (c *carrier) order() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var ids []string
	for _, n := range c.handed {
		ids = append(ids, n.ID)
	}
	return strings.Join(ids, " ")
}

// at lists when the carrier was handed what, after begin; by id at the same time.
func (c *carrier) at(begin time.Time) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	order := make([]int, len(c.times))
	for n := range order {
		order[n] = n
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(c.times[a].Compare(c.times[b]), strings.Compare(c.handed[a].ID, c.handed[b].ID))
	})
	var at []string
	for _, n := range order {
		at = append(at, c.handed[n].ID+"@"+c.times[n].Sub(begin).String())
	}
	return strings.Join(at, " ")
}

// refuses is a carrier's answer of a class.
func refuses(class alerts.Class) func(context.Context, alerts.Notice) (alerts.Receipt, error) {
	return func(context.Context, alerts.Notice) (alerts.Receipt, error) {
		return alerts.Receipt{}, &alerts.Error{Provider: "test", Class: class, Code: "7"}
	}
}

// hangs answers nothing until nobody waits any more.
func hangs(ctx context.Context, _ alerts.Notice) (alerts.Receipt, error) {
	<-ctx.Done()
	return alerts.Receipt{}, &alerts.Error{Provider: "test", Class: alerts.Unclear, Err: ctx.Err()}
}

// lines counts what is logged, by level.
type lines struct {
	mu  sync.Mutex
	got []string
}

func (*lines) Enabled(context.Context, slog.Level) bool { return true }
func (l *lines) Handle(_ context.Context, r slog.Record) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.got = append(l.got, r.Level.String()+" "+r.Message)
	return nil
}
func (l *lines) WithAttrs([]slog.Attr) slog.Handler { return l }
func (l *lines) WithGroup(string) slog.Handler      { return l }

// take gives the lines about carriers so far, without those about single alerts.
func (l *lines) take() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	got := slices.DeleteFunc(l.got, func(s string) bool { return strings.Contains(s, "did not take an alert") })
	l.got = nil
	return got
}

// running is a fanout at work until the bubble ends.
func running(t *testing.T, r *reports, log slog.Handler, senders ...alerts.Sender) *Fanout {
	t.Helper()
	f := New(Options{
		Senders: senders, Record: r.record, Log: slog.New(log),
		Wanted: func(_ *dispatch.Incident, id dispatch.AlertID) bool {
			return !strings.HasPrefix(string(id), "unwanted") && !r.has(id)
		},
	})
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- f.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		<-done
	})
	synctest.Wait()
	return f
}

func sms(ids ...string) []dispatch.Alert {
	var out []dispatch.Alert
	for _, id := range ids {
		out = append(out, alert(id))
	}
	return out
}

// reports collects outcomes; broken makes the journal refuse them.
type reports struct {
	mu     sync.Mutex
	got    []dispatch.Report
	broken bool
	closed atomic.Bool
}

func (r *reports) record(_ context.Context, _ dispatch.CaseID, _ dispatch.IncidentID, list ...dispatch.Report) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.broken {
		return errors.New("no space left on device")
	}
	r.got = append(r.got, list...)
	return nil
}

func (r *reports) states() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []string
	for _, x := range r.got {
		out = append(out, fmt.Sprintf("%s=%s", x.Alert, x.State))
	}
	return strings.Join(out, " ")
}

// has reports whether an alert has an outcome.
func (r *reports) has(id dispatch.AlertID) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.ContainsFunc(r.got, func(x dispatch.Report) bool { return x.Alert == id })
}

// told says who has told what.
func (r *reports) told() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []string
	for _, x := range r.got {
		out = append(out, strings.TrimRight(fmt.Sprintf("%s=%s %s %s", x.Alert, x.State, x.Carrier, x.Code), " "))
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

func incident(u dispatch.Urgency) *dispatch.Incident {
	return &dispatch.Incident{ID: "i", Case: "E-1", Code: "37", Urgency: u, Name: "王秀兰", Sex: "f", Age: 82, Hints: "独居", RaisedAt: time.Now(), Premises: &dispatch.Premises{Address: "幸福里"}}
}

func alert(id string) dispatch.Alert {
	return dispatch.Alert{ID: dispatch.AlertID(id), To: "R-" + id, Kind: "responder_alert", Language: "zh", Phone: "+85251110001", Intended: time.Now()}
}

// run tells a story in a bubble to a fanout with one send at once.
func run(t *testing.T, c *carrier, r *reports, story func(t *testing.T, f *Fanout, start func())) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		f := New(Options{Senders: []alerts.Sender{c}, Record: r.record, Wanted: func(*dispatch.Incident, dispatch.AlertID) bool { return !r.closed.Load() }, AtOnce: 1, Log: slog.New(slog.DiscardHandler)})
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		started := false
		story(t, f, func() {
			started = true
			go func() { done <- f.Run(ctx) }()
			synctest.Wait()
		})
		stop()
		if started {
			<-done
		}
	})
}

func TestRedGoesFirstThenArrival(t *testing.T) {
	c, r := &carrier{}, &reports{}
	run(t, c, r, func(t *testing.T, f *Fanout, start func()) {
		f.Tell(incident(dispatch.Blue), []dispatch.Alert{alert("blue")})
		f.Tell(incident(dispatch.Amber), []dispatch.Alert{alert("amber1"), alert("amber2")})
		f.Tell(incident(dispatch.Red), []dispatch.Alert{alert("red")})
		start()
		if got := c.order(); got != "red amber1 amber2 blue" {
			t.Errorf("sent in the order %s", got)
		}
	})
}

func TestInHandIsNotTakenAgainUntilItsOutcomeIsStored(t *testing.T) {
	c, r := &carrier{}, &reports{broken: true}
	run(t, c, r, func(t *testing.T, f *Fanout, start func()) {
		f.Tell(incident(dispatch.Red), []dispatch.Alert{alert("a")})
		start()
		for range 5 {
			f.Tell(incident(dispatch.Red), []dispatch.Alert{alert("a")}) // the dispatcher looks every second
			time.Sleep(time.Second)                                      // in a bubble
		}
		if c.order() != "a" || f.Waiting() != 1 {
			t.Errorf("sent %q, %d in hand; want once and one", c.order(), f.Waiting())
		}
		r.mu.Lock()
		r.broken = false
		r.mu.Unlock()
		time.Sleep(2 * time.Second) // in a bubble
		if f.Waiting() != 0 || r.states() != "a=handed" {
			t.Errorf("%d in hand, reported %q", f.Waiting(), r.states())
		}
	})
}

func TestEachClassHasItsOutcome(t *testing.T) {
	for class, want := range map[alerts.Class]string{
		alerts.Unclear: "a=ambiguous", alerts.BadNumber: "a=failed", alerts.BadContent: "a=failed", alerts.BadAccount: "a=failed",
		alerts.NoCarrier: "a=not_sent", alerts.Stale: "a=not_sent",
	} {
		c := &carrier{send: func(context.Context, alerts.Notice) (alerts.Receipt, error) {
			return alerts.Receipt{}, &alerts.Error{Provider: "test", Class: class, Code: "1"}
		}}
		r := &reports{}
		run(t, c, r, func(t *testing.T, f *Fanout, start func()) {
			f.Tell(incident(dispatch.Red), []dispatch.Alert{alert("a")})
			start()
			time.Sleep(time.Hour) // in a bubble
			if r.states() != want || c.order() != "a" {
				t.Errorf("class %s: reported %q after sending %q, want %q once", class, r.states(), c.order(), want)
			}
		})
	}
}

// A carrier that answers nothing must not keep the others from being told.
func TestTransientGivesWayToOthers(t *testing.T) {
	tries := 0
	c := &carrier{send: func(_ context.Context, n alerts.Notice) (alerts.Receipt, error) {
		if n.ID == "busy" && tries < 3 {
			tries++
			return alerts.Receipt{}, &alerts.Error{Provider: "test", Class: alerts.Transient}
		}
		return alerts.Receipt{State: alerts.Handed}, nil
	}}
	r := &reports{}
	run(t, c, r, func(t *testing.T, f *Fanout, start func()) {
		f.Tell(incident(dispatch.Red), []dispatch.Alert{alert("busy"), alert("free")})
		start()
		if got := c.order(); got != "busy free" {
			t.Errorf("first sends %q", got)
		}
		time.Sleep(time.Minute) // in a bubble
		if got := r.states(); got != "free=handed busy=handed" {
			t.Errorf("reported %q", got)
		}
	})
}

func TestNothingIsSentAfterTheEnd(t *testing.T) {
	r := &reports{}
	c := &carrier{send: func(context.Context, alerts.Notice) (alerts.Receipt, error) {
		return alerts.Receipt{}, &alerts.Error{Provider: "test", Class: alerts.Transient}
	}}
	run(t, c, r, func(t *testing.T, f *Fanout, start func()) {
		f.Tell(incident(dispatch.Red), []dispatch.Alert{alert("a")})
		start()
		r.closed.Store(true)
		time.Sleep(time.Hour) // in a bubble
		if c.order() != "a" || f.Waiting() != 0 {
			t.Errorf("tried %q, %d in hand; want once, before the end, and none", c.order(), f.Waiting())
		}
	})
}

func TestNobodyServesTheNumber(t *testing.T) {
	c, r := &carrier{serves: func(string) bool { return false }}, &reports{}
	run(t, c, r, func(t *testing.T, f *Fanout, start func()) {
		f.Tell(incident(dispatch.Red), []dispatch.Alert{alert("a")})
		start()
		if r.states() != "a=not_sent" || c.order() != "" {
			t.Errorf("reported %q after sending %q", r.states(), c.order())
		}
	})
}
