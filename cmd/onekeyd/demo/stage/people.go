package stage

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"time"

	"onekeyd/alerts/sms/twiliosim"
)

// People answer their texts and their calls: some say yes, some no, some nothing
// at all. Who has said yes goes there, mostly, arrives and says what it was.
// Whoever is played by hand on the phones page is left to that hand.
type People struct {
	Sim  *twiliosim.Sim
	Dice *Dice
	Log  *slog.Logger
	// Least and Most bound how long somebody takes to answer a text they have,
	// and Way how long at least they are under way, and then there. All are needed.
	Least, Most, Way time.Duration

	mu    sync.Mutex      // guards going
	going map[string]bool // number and code of who said yes by themselves
}

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
					if rest(ctx, after) {
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
	code, soon := CodeIn(m.Body), p.Dice.between(p.Least, p.Most)
	way := p.Dice.between(p.Way, 3*p.Way)
	mine := p.isGoing(m.To, code) // else it was taken by hand, and that hand goes on
	switch wantOf(m.Body) {
	case answer:
		return soon, p.answerText(m, code)
	case going:
		if mine {
			return way, p.goes(m, code)
		}
	case finish:
		if mine {
			return way, p.finishes(m, code)
		}
	case outcome:
		if mine {
			return soon, p.unlessByHand(m, code, p.Dice.done(m.Body, code, true))
		}
	case turn:
		p.note(m.To, code, false)
	case unasked, unheard, forgotten:
		if p.takes(wantOf(m.Body)) {
			return soon, func(ctx context.Context) {
				if p.has(m, code) {
					p.say(ctx, m, "1 "+code)
				}
			}
		}
	}
	return 0, nil
}

// takes decides whether somebody above takes a call over by telephone. That
// nobody sits at the desk of a demo is no news to them.
func (p *People) takes(why want) bool {
	return p.Dice.percent() < map[want]int{unasked: 70, unheard: 5, forgotten: 50}[why]
}

// answerText is what somebody says who is asked to go; nil is nothing.
func (p *People) answerText(m twiliosim.Message, code string) func(context.Context) {
	if code == "" && p.Dice.percent() < 60 { // the family: most of them ring up instead
		return nil
	}
	verb := "1"
	switch c := p.Dice.percent(); {
	case c >= 72:
		return nil
	case c >= 50:
		verb = "2"
	}
	return func(ctx context.Context) {
		if !p.has(m, code) {
			return
		}
		if verb == "1" {
			p.note(m.To, code, true)
		}
		p.say(ctx, m, strings.TrimSpace(verb+" "+code))
	}
}

// goes is what becomes of somebody who has said yes, once they are there: most
// say that they are, some only when it is done, and some never come.
func (p *People) goes(m twiliosim.Message, code string) func(context.Context) {
	switch c := p.Dice.percent(); {
	case c < 4:
		return nil
	case c < 8:
		return p.unlessByHand(m, code, "2 "+code)
	case c < 22:
		return p.after(p.Dice.between(p.Way, 3*p.Way), p.finishes(m, code))
	}
	return p.unlessByHand(m, code, "3 "+code)
}

// finishes is how somebody says that it is done. A few call for more help first,
// and finish when they are asked whether they have.
func (p *People) finishes(m twiliosim.Message, code string) func(context.Context) {
	if p.Dice.percent() < 5 {
		return p.unlessByHand(m, code, "9 "+code)
	}
	return p.unlessByHand(m, code, p.Dice.done(m.Body, code, false))
}

func (p *People) after(d time.Duration, then func(context.Context)) func(context.Context) {
	return func(ctx context.Context) {
		if rest(ctx, d) {
			then(ctx)
		}
	}
}

// unlessByHand says something if it still is to be said, and nobody has typed
// about this call on the phone since it had the text.
func (p *People) unlessByHand(m twiliosim.Message, code, words string) func(context.Context) {
	return func(ctx context.Context) {
		for _, later := range p.Sim.Since(m.Seq) {
			if about := codeTyped.FindString(later.Body); later.Inbound && later.From == m.To && (about == "" || about == code) {
				return
			}
		}
		if p.isGoing(m.To, code) {
			p.say(ctx, m, words)
		}
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

// note keeps that somebody goes by themselves, or that they need not.
func (p *People) note(number, code string, goes bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if goes {
		p.going[number+" "+code] = true
	} else {
		delete(p.going, number+" "+code)
	}
}

func (p *People) say(ctx context.Context, to twiliosim.Message, words string) {
	if err := p.Sim.Reply(ctx, to.To, to.From, words); err != nil && ctx.Err() == nil {
		p.Log.Warn("an answer did not get through", "err", err)
	}
}

func rest(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}
