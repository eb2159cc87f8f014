package fanout

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"onekeyd/alerts"
	"onekeyd/dispatch"
)

// Options of a Fanout.
type Options struct {
	// Senders in order of preference, names unlike within a channel; empty: nobody
	// is told, and that is reported. At most 64.
	Senders []alerts.Sender
	// Record makes reports durable; dispatch.Recorder does.
	Record func(ctx context.Context, c dispatch.CaseID, id dispatch.IncidentID, reports ...dispatch.Report) error
	// Wanted reports whether an alert still has to be sent: its incident may have
	// been closed while it waited for a carrier. It is asked right before sending.
	Wanted func(inc *dispatch.Incident, id dispatch.AlertID) bool
	// Zone is the centre's time zone, in which texts give the time. Default UTC.
	Zone *time.Location
	// CentrePhone is the number that texts give for questions; "" leaves it out.
	CentrePhone string
	// Link is the page of whoever gets an alert, "" for none; nil: there are none.
	Link func(inc *dispatch.Incident, a dispatch.Alert) string
	// AtOnce is how many sends run at the same time at one carrier. Default 64.
	AtOnce int
	// GoodFor is how long an alert is worth sending. Default 10 min (ALERTS
	// section 2: a carrier's own limit is ten hours, and a call for help that old
	// sends people to a door where nobody needs them).
	GoodFor time.Duration
	Log     *slog.Logger
}

// Fanout is the [dispatch.Teller].
type Fanout struct {
	o         Options
	lanes     []*lane        // one for each sender, in their order
	settled   *lane          // of what no carrier is asked for any more: only the outcome is to be stored
	recording sync.WaitGroup // outcomes on their way to the journal

	mu     sync.Mutex // guards all below, the lanes and the jobs
	ended  bool
	inHand map[dispatch.AlertID]*job
	serial uint64
}

// job is one alert in hand.
type job struct {
	inc      *dispatch.Incident
	alert    dispatch.Alert
	notAfter time.Time
	serial   uint64

	// Guarded by Fanout.mu.
	doing   doing
	lane    *lane           // where it waits or is being sent
	place   int             // in the lane's queue
	stopped bool            // nobody is to be told any more
	refused uint64          // carriers that certainly did not take it, since the last pause
	pause   time.Duration   // before it is tried again; 0: none of them says that trying again helps
	tries   int             // pauses so far
	ref     string          // the carrier's id, once it has the alert
	outcome dispatch.Report // of a settled job
}

type doing int

const (
	waiting doing = iota // in the lane's queue
	pausing              // on a timer
	sending              // at a carrier
	storing              // its outcome is on its way to the journal
)

// New makes a Fanout; [Fanout.Run] starts it.
func New(o Options) *Fanout {
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	if o.AtOnce == 0 {
		o.AtOnce = 64
	}
	if o.GoodFor == 0 {
		o.GoodFor = 10 * time.Minute
	}
	o.Log = o.Log.With("component", "fanout")
	f := &Fanout{o: o, inHand: map[dispatch.AlertID]*job{}}
	f.settled = newLane(f, nil, 0)
	for n, s := range o.Senders {
		f.lanes = append(f.lanes, newLane(f, s, n))
	}
	return f
}

// Tell implements [dispatch.Teller]. Alerts in hand already are left alone.
func (f *Fanout) Tell(inc *dispatch.Incident, intended []dispatch.Alert) {
	now := time.Now()
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, a := range intended {
		if f.inHand[a.ID] != nil {
			continue
		}
		f.serial++
		j := &job{inc: inc, alert: a, notAfter: a.Intended.Add(f.o.GoodFor), serial: f.serial}
		f.inHand[a.ID] = j
		f.wait(j, now)
	}
}

// wait puts a job into the queue where it belongs now. The caller holds mu.
func (f *Fanout) wait(j *job, now time.Time) {
	l := f.route(j, now)
	if l == nil { // no carrier can be asked, and none will be
		j.outcome = dispatch.Report{State: dispatch.AlertNotSent, Code: "no carrier serves this number"}
		l = f.settled
	}
	l.push(j)
}

// Has implements [dispatch.Teller].
func (f *Fanout) Has(id dispatch.AlertID) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.inHand[id] != nil
}

// Waiting is how many alerts are in hand.
func (f *Fanout) Waiting() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.inHand)
}

// Run sends until ctx ends. What is in hand then is unfinished, and the next run takes it up.
func (f *Fanout) Run(ctx context.Context) error {
	defer context.AfterFunc(ctx, f.end)()
	var workers sync.WaitGroup
	workers.Go(func() { f.work(ctx, f.settled) })
	for _, l := range f.lanes {
		for range f.o.AtOnce {
			workers.Go(func() { f.work(ctx, l) })
		}
	}
	workers.Wait()
	f.recording.Wait()
	return ctx.Err()
}

func (f *Fanout) end() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ended = true
	f.settled.wake.Broadcast()
	for _, l := range f.lanes {
		l.wake.Broadcast()
	}
}

// work is one worker of a lane.
func (f *Fanout) work(ctx context.Context, l *lane) {
	for {
		switch j := l.next(); {
		case j == nil:
			return
		case l == f.settled:
			f.report(ctx, j, j.outcome)
		case j.ref != "":
			f.takeBack(ctx, l, j)
		default:
			f.send(ctx, l, j)
		}
	}
}

func (f *Fanout) done(j *job) {
	f.mu.Lock()
	if f.inHand[j.alert.ID] == j {
		delete(f.inHand, j.alert.ID)
	}
	f.mu.Unlock()
}
