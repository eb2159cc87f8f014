package bench

import (
	"context"
	"fmt"
	"math/rand/v2"

	"onekeyd/dispatch"
)

// Burst is what became of presses that were all sent at once.
type Burst struct {
	Via     string `json:"via"`
	Presses int    `json:"presses"`
	Red     int    `json:"red"`   // of them are sos and fall
	Texts   int    `json:"texts"` // SMS intended: a service press is for the desk
	Refused int    `json:"refused"`
	Lost    int    `json:"lost"`
	Twice   int    `json:"twice"`

	DurableMS int64 `json:"durable_ms"` // until the last was acknowledged
	SMSMS     int64 `json:"sms_ms"`     // until the last SMS was at the carrier
	SMSRedMS  int64 `json:"sms_red_ms"` // the last SMS of a red press
	ConsoleMS int64 `json:"console_ms"` // until the last was on the console

	Stored   Quantiles `json:"stored"`
	SMSRed   Quantiles `json:"sms_red"`   // first SMS of a red press
	SMSOther Quantiles `json:"sms_other"` // first SMS of the others
	Console  Quantiles `json:"console"`

	Order Order `json:"order"`
}

// Order says whether red was told first.
type Order struct {
	// RedAmongFirst is the share of red SMS among the first as many SMS as red ones were intended: 1 is perfect.
	RedAmongFirst float64 `json:"red_among_first"`
	// Inversions are SMS of other presses that reached the carrier while a red
	// press, acknowledged before that moment, still waited for one of its own. A
	// few are the requests that were on their way when the red press came.
	Inversions int `json:"inversions"`
	// LongestUS is the longest that a red press had been acknowledged when one
	// of them went before it.
	LongestUS int64 `json:"longest_us"`
}

// burstKind mixes six red presses of ten, three amber and one for the desk.
func burstKinds(n int) []dispatch.Kind {
	all := make([]dispatch.Kind, n)
	for i := range all {
		switch i % 10 {
		case 0, 1, 2, 3, 4:
			all[i] = dispatch.SOS
		case 5:
			all[i] = dispatch.Fall
		case 6, 7, 8:
			all[i] = dispatch.Inactivity
		case 9:
			all[i] = dispatch.Service
		}
	}
	r := rand.New(rand.NewPCG(1, 2)) // the same order in every run
	r.Shuffle(n, func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all
}

// burst sends all presses at once to a fresh daemon.
func (b *bench) burst(ctx context.Context, via string) error {
	mix := burstKinds(b.o.Burst)
	kind := func(n int) dispatch.Kind {
		if n < warmUp {
			return dispatch.SOS
		}
		return mix[n-warmUp]
	}
	r := Burst{Via: via, Presses: b.o.Burst}
	l := newLedger(warmUp + b.o.Burst)
	for n := range l.lines {
		if kind(n) != dispatch.Service {
			l.lines[n].want = int32(b.o.SMS)
		}
		if n < warmUp {
			continue
		}
		r.Texts += int(l.lines[n].want)
		if kind(n).Urgency() == dispatch.Red {
			r.Red++
		}
	}
	in, err := b.start(ctx, "burst", l)
	if err != nil {
		return err
	}
	defer in.stop()
	g, err := open(via, in.daemon, "burst", kind, l)
	if err != nil {
		return err
	}
	defer g.close()
	fmt.Fprintf(b.o.Progress, "%d presses at once over %s\n", b.o.Burst, via)
	b.load(ctx, l, g, 0, warmUp, warmRate)
	b.settle(ctx, in)
	b.carrier.keep.Store(true)
	b.load(ctx, l, g, warmUp, b.o.Burst, 0)
	b.carrier.keep.Store(false)
	if err := in.wrong(ctx); err != nil {
		return err
	}
	b.carrier.mu.Lock()
	order := b.carrier.order
	b.carrier.mu.Unlock()
	r.fill(l, kind, order)
	r.Lost += l.tally(0, warmUp).lost
	if warnings, lines := in.warnings(); warnings > 0 {
		fmt.Fprintf(b.o.Progress, "daemon: %d warnings, first: %.300s\n", warnings, lines[0])
	}
	b.report.Burst = &r
	return nil
}

func (r *Burst) fill(l *ledger, kind kinds, order []arrival) {
	t := l.tally(warmUp, len(l.lines))
	r.Refused, r.Lost, r.Twice = t.refused, t.lost, t.twice
	r.Stored, r.Console = quantiles(t.stored), quantiles(t.console)
	var red, other []int64
	after := func(to *int64, p *line, at int64) { *to = max(*to, (at-p.due)/1e6) }
	for n := warmUp; n < len(l.lines); n++ {
		p := &l.lines[n]
		after(&r.DurableMS, p, p.stored.Load())
		after(&r.ConsoleMS, p, p.console.Load())
		after(&r.SMSMS, p, p.last.Load())
		first := p.first.Load()
		switch {
		case first == 0:
		case kind(n).Urgency() == dispatch.Red:
			after(&r.SMSRedMS, p, p.last.Load())
			red = append(red, first-p.due)
		default:
			other = append(other, first-p.due)
		}
	}
	r.SMSRed, r.SMSOther = quantiles(red), quantiles(other)
	r.Order = judge(l, kind, order)
}

// judge looks at the order in which the SMS of a burst came.
func judge(l *ledger, kind kinds, order []arrival) Order {
	var o Order
	isRed := func(n int) bool { return kind(n).Urgency() == dispatch.Red }
	var waits []*line // red presses
	texts := 0
	for n := range l.lines {
		if p := &l.lines[n]; n >= warmUp && isRed(n) {
			waits = append(waits, p)
			texts += int(p.want)
		}
	}
	among := 0
	for i, a := range order {
		if !l.has(a.press) {
			continue
		}
		if isRed(a.press) {
			if i < texts {
				among++
			}
			continue
		}
		var longest int64
		for _, p := range waits {
			stored, last := p.stored.Load(), p.last.Load()
			if stored != 0 && stored < a.at && (last == 0 || last > a.at) {
				longest = max(longest, a.at-stored)
			}
		}
		if longest > 0 {
			o.Inversions++
			o.LongestUS = max(o.LongestUS, longest/1000)
		}
	}
	if texts > 0 {
		o.RedAmongFirst = float64(1000*among/texts) / 1000
	}
	return o
}
