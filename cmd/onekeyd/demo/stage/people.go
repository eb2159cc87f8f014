package stage

import (
	"context"
	"log/slog"
	"regexp"
	"strings"
	"sync"
	"time"

	"onekeyd/alerts/sms/twiliosim"
)

// People answer their texts and their calls: some say yes, some no, some nothing
// at all. Whoever is played by hand on the phones page is left to that hand.
type People struct {
	Sim  *twiliosim.Sim
	Dice *Dice
	Log  *slog.Logger
	// Least and Most bound how long somebody takes to answer a text they have,
	// and Way how long at least they are under way. All are needed.
	Least, Most, Way time.Duration

	mu    sync.Mutex      // guards going
	going map[string]bool // number and code of who said yes by themselves
}

// What the texts of package sms ask for. A text that none matches wants no answer.
var (
	codeIn  = regexp.MustCompile(`(?:求助|#)([0-9]{2,6})`)
	asks    = regexp.MustCompile(`回复1|[Rr]eply 1`)
	isYours = regexp.MustCompile(`由您负责，请立即前往|is yours\. Go now`)
)

// Run answers until ctx ends.
func (p *People) Run(ctx context.Context) error {
	p.going = map[string]bool{}
	var answers sync.WaitGroup
	defer answers.Wait()
	changed, stop := p.Sim.Subscribe()
	defer stop()
	rang := map[uint64]bool{} // numbers of calls that were seen ringing
	for last := uint64(0); ; {
		for _, c := range p.Sim.Calls() {
			if c.Status != "ringing" || rang[c.Seq] {
				continue
			}
			rang[c.Seq] = true
			if act := p.answerCall(c); act != nil {
				answers.Go(func() { act(ctx) })
			}
		}
		for _, m := range p.Sim.Since(last) {
			last = m.Seq
			if m.Inbound {
				continue
			}
			if after, act := p.plan(m); act != nil {
				answers.Go(func() {
					select {
					case <-ctx.Done():
					case <-time.After(after):
						act(ctx)
					}
				})
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-changed:
		}
	}
}

// plan decides what one text leads to, and when.
func (p *People) plan(m twiliosim.Message) (time.Duration, func(context.Context)) {
	code := CodeIn(m.Body)
	switch {
	case isYours.MatchString(m.Body):
		if !p.isGoing(m.To, code) {
			return 0, nil // accepted by hand: who did arrives by hand
		}
		return p.Dice.between(p.Way, 3*p.Way), func(ctx context.Context) { p.say(ctx, m, "3", code) }
	case !asks.MatchString(m.Body):
		return 0, nil
	case code == "" && p.Dice.percent() < 60: // the family: most of them ring up instead
		return 0, nil
	}
	verb := ""
	switch c := p.Dice.percent(); {
	case c < 50:
		verb = "1"
	case c < 72:
		verb = "2"
	default:
		return 0, nil
	}
	return p.Dice.between(p.Least, p.Most), func(ctx context.Context) {
		if !p.has(m, code) {
			return
		}
		if verb == "1" {
			p.mu.Lock()
			p.going[m.To+" "+code] = true
			p.mu.Unlock()
		}
		p.say(ctx, m, verb, code)
	}
}

// has says whether the text is on the phone and nobody has answered it meanwhile, by hand or by telephone.
func (p *People) has(asked twiliosim.Message, code string) bool {
	there := false
	for _, m := range p.Sim.Since(asked.Seq - 1) {
		switch {
		case m.Seq == asked.Seq:
			there = m.Status == "delivered"
		case m.Inbound && m.From == asked.To && (!strings.Contains(m.Body, " ") || strings.HasSuffix(m.Body, " "+code)):
			return false
		}
	}
	for _, c := range p.Sim.CallsTo(asked.To) {
		if c.Keys != "" && c.Received.After(asked.Received) {
			return false // said by telephone
		}
	}
	return there
}

func (p *People) isGoing(number, code string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.going[number+" "+code]
}

func (p *People) say(ctx context.Context, to twiliosim.Message, verb, code string) {
	if err := p.Sim.Reply(ctx, to.To, to.From, strings.TrimSpace(verb+" "+code)); err != nil && ctx.Err() == nil {
		p.Log.Warn("an answer did not get through", "err", err)
	}
}

// CodeIn is the incident's code in a text, "" for one without.
func CodeIn(body string) string {
	if found := codeIn.FindStringSubmatch(body); found != nil {
		return found[1]
	}
	return ""
}
