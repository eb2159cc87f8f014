package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"
)

// Run measures everything Options ask for. The report of an interrupted or
// failed run is not returned. Whatever was started or written is gone again when
// it returns.
func Run(ctx context.Context, o Options) (_ *Report, err error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(o.Temp, "onekeyd-bench-")
	if err != nil {
		return nil, fmt.Errorf("make a folder for the bench: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	b := &bench{o: o, dir: dir, report: &Report{Machine: look(dir), Runs: []Result{}}}
	var took time.Duration
	if b.seed, took, err = seed(ctx, o, dir); err != nil {
		return nil, err
	}
	b.report.Directory.ImportMS = took.Milliseconds()
	b.report.Directory.Elders, b.report.Directory.Responders = o.people()
	if b.carrier, err = startCarrier(!o.NoReceipts); err != nil {
		return nil, err
	}
	defer b.carrier.sim.Close()
	for _, via := range o.Via {
		for _, rate := range o.Rates {
			if err := b.rate(ctx, via, rate); err != nil {
				return nil, fmt.Errorf("%d/s over %s: %w", rate, via, err)
			}
		}
	}
	if o.Burst > 0 {
		if err := b.burst(ctx, o.Via[0]); err != nil {
			return nil, fmt.Errorf("burst: %w", err)
		}
	}
	if len(b.report.Runs) == 0 && b.report.Burst == nil { // the start alone was asked for
		in, err := b.start(ctx, "start", newLedger(0))
		if err != nil {
			return nil, err
		}
		in.stop()
	}
	b.report.Machine.LoadAfter = loadAverage()
	return b.report, nil
}

type bench struct {
	o       Options
	dir     string
	seed    string // data folder that holds the directory and nothing else
	carrier *carrier
	report  *Report
}

// instance is a fresh daemon with its listener.
type instance struct {
	*daemon
	*listener
	*operator
	data   string
	unhear context.CancelFunc
}

// start runs a daemon on a copy of the seed, so that no run finds the open incidents of another.
func (b *bench) start(ctx context.Context, name string, l *ledger) (*instance, error) {
	in := &instance{data: filepath.Join(b.dir, name)}
	if err := copyFolder(in.data, b.seed); err != nil {
		return nil, fmt.Errorf("copy the data folder: %w", err)
	}
	b.carrier.ledger.Store(l)
	elders, _ := b.o.people()
	var err error
	if in.daemon, err = startDaemon(ctx, b.o, name, in.data, b.carrier, deviceName(elders-1)); err != nil {
		return nil, err
	}
	if d := &b.report.Directory; d.StartMS == 0 {
		d.StartMS, d.RSS, d.PeakRSS = in.ready.Milliseconds(), in.rss, in.peak
		fmt.Fprintf(b.o.Progress, "the daemon is ready after %s with %d MiB\n", in.ready.Round(time.Millisecond), in.rss)
	}
	op, err := logIn(ctx, in.daemon)
	if err != nil {
		in.child.stop()
		return nil, err
	}
	in.operator = op
	hear, cancel := context.WithCancel(ctx)
	in.unhear = cancel
	in.listener = listen(hear, in.daemon, op.paints, l)
	select {
	case <-in.heard:
		return in, nil
	case <-in.listener.ended:
		err = in.err
	case <-time.After(answerTime):
		err = errors.New("the stream of events says nothing")
	}
	in.stop()
	return nil, fmt.Errorf("listen: %w", err)
}

// stop ends the daemon and removes its data.
func (in *instance) stop() {
	in.unhear()
	<-in.listener.ended
	in.operator.leave()
	in.child.stop()
	_ = os.RemoveAll(in.data) // the whole folder goes at the end, and says if it cannot
}

// wrong is why the instance cannot be measured any further, if so.
func (in *instance) wrong(ctx context.Context) error {
	select {
	case <-in.child.ended:
		return fmt.Errorf("the daemon: %w\n%s", errors.Join(errEnded, in.child.err), tailOf(in.log))
	case <-in.listener.ended:
		if in.err != nil {
			return in.err
		}
	default:
	}
	return ctx.Err()
}

// rate measures one rate over one way in.
func (b *bench) rate(ctx context.Context, via string, rate int) error {
	name := fmt.Sprintf("%s-%d", via, rate)
	counts := b.o.slicesOf(rate)
	total := sum(counts)
	l, fl := newLedger(warmUp+total), newLedger(warmUp+total)
	for n := range l.lines {
		l.lines[n].want = int32(b.o.SMS)
		fl.lines[n].want, fl.lines[n].noConsole = 1, true
	}
	in, err := b.start(ctx, name, l)
	if err != nil {
		return err
	}
	defer in.stop()
	g, err := open(via, in.daemon, name, allSOS, l)
	if err != nil {
		return err
	}
	defer g.close()
	f, err := startFloor(b.o.Exe, filepath.Join(b.dir, name+"-floor"), name, fl)
	if err != nil {
		return fmt.Errorf("start the floor: %w", err)
	}
	defer f.close()

	fmt.Fprintf(b.o.Progress, "%d/s over %s, %d SMS a press: %d presses, and as many for the floor\n", rate, via, b.o.SMS, total)
	r := Result{Rate: rate, Via: via, SMSEach: b.o.SMS, Seconds: b.o.For.Seconds(), Presses: total}
	b.load(ctx, fl, f.gate, 0, warmUp, warmRate)
	b.load(ctx, l, g, 0, warmUp, warmRate)
	b.settle(ctx, in)
	var own, childs, wall, allOwn, allChilds time.Duration
	from := warmUp
	for _, n := range counts {
		b.load(ctx, fl, f.gate, from, n, rate)
		began, ownBefore, childBefore := time.Now(), ownCPU(), cpuOf(in.pid())
		drain := b.load(ctx, l, g, from, n, rate)
		own, childs, wall = own+ownCPU()-ownBefore, childs+cpuOf(in.pid())-childBefore, wall+time.Since(began)
		settled := b.settle(ctx, in)
		allOwn, allChilds = allOwn+ownCPU()-ownBefore, allChilds+cpuOf(in.pid())-childBefore
		r.DrainMS, r.SettleMS = max(r.DrainMS, drain.Milliseconds()), max(r.SettleMS, settled.Milliseconds())
		from += n
		if err := in.wrong(ctx); err != nil {
			return err
		}
	}
	b.fill(&r, in, l, fl)
	r.BenchCPU, r.ChildCPU = share(own, wall), share(childs, wall)
	r.BenchPress, r.ChildPress = (allOwn / time.Duration(total)).Microseconds(), (allChilds / time.Duration(total)).Microseconds()
	b.report.Runs = append(b.report.Runs, r)
	return nil
}

func (b *bench) fill(r *Result, in *instance, l, fl *ledger) {
	warm, t := l.tally(0, warmUp), l.tally(warmUp, len(l.lines))
	under := fl.tally(warmUp, len(fl.lines))
	r.Refused, r.Lost, r.Twice = t.refused, t.lost+warm.lost, t.twice
	r.Stored, r.SMS, r.Console, r.Late = quantiles(t.stored), quantiles(t.first), quantiles(t.console), quantiles(t.late)
	r.Floor = quantiles(under.first)
	if b.o.SMS > 1 {
		last := quantiles(t.last)
		r.SMSLast = &last
	}
	r.compare()
	r.RSS, _ = memoryOf(in.pid())
	r.Resets = int(in.resets.Load())
	var lines []string
	r.Warnings, lines = in.warnings()
	for _, row := range lines {
		fmt.Fprintf(b.o.Progress, "daemon: %.300s\n", row)
	}
	if n := l.strangers.Load(); n > 0 {
		fmt.Fprintf(b.o.Progress, "%d SMS or events are of no press of this run\n", n)
	}
}

// load sends one slice and waits until everything it causes has come; drain is
// how long that took after the last press was due.
func (b *bench) load(ctx context.Context, l *ledger, g gate, from, n, rate int) (drain time.Duration) {
	s := schedule{time.Now().Add(2 * time.Millisecond), rate}
	l.expect(from, from+n, func(i int) time.Time { return s.due(i - from) })
	paceHere(s, n, ctx.Done(), func(i int, at time.Time) { g.send(l, from+i, at) })
	l.wait(ctx.Done(), b.o.Grace)
	return time.Duration(l.finished(from, from+n) - l.lines[from+n-1].due)
}

// settle waits until the daemon has had the carrier's and the console's receipts
// and a moment to store them, so that the floor does not pay for them, and returns how long
// that took.
func (b *bench) settle(ctx context.Context, in *instance) time.Duration {
	t := time.NewTicker(5 * time.Millisecond)
	defer t.Stop()
	began := time.Now()
	limit, quiet := began.Add(b.o.Grace), began.Add(settleTime)
	for now := range t.C {
		if b.carrier.owes()+uint64(in.owed.Load()) > 0 && now.Before(limit) {
			quiet = now.Add(settleTime)
		}
		if !now.Before(quiet) || ctx.Err() != nil {
			break
		}
	}
	return time.Since(began)
}

// settleTime is a few times what the daemon gathers receipts for (20 ms).
const settleTime = 100 * time.Millisecond

func share(used, wall time.Duration) float64 {
	if wall <= 0 {
		return 0
	}
	return float64(int(100*used/wall)) / 100
}

// look says where this is measured.
func look(dir string) Machine {
	m := Machine{
		Cores: runtime.NumCPU(), CPU: cpuModel(), OS: runtime.GOOS + "/" + runtime.GOARCH, Go: runtime.Version(),
		Disk: diskOf(dir), LoadBefore: loadAverage(),
	}
	q := fsyncs(dir)
	m.FsyncP50, m.FsyncP99 = q.P50, q.P99
	return m
}

// fsyncs is what an append of 512 bytes and its fsync take on this disk.
func fsyncs(dir string) Quantiles {
	f, err := os.CreateTemp(dir, "fsync-")
	if err != nil {
		return Quantiles{}
	}
	defer os.Remove(f.Name())
	defer f.Close()
	var took []int64
	for block := make([]byte, 512); len(took) < 300; {
		began := time.Now()
		if _, err := f.Write(block); err != nil {
			break
		}
		if f.Sync() != nil {
			break
		}
		took = append(took, int64(time.Since(began)))
	}
	return quantiles(took)
}
