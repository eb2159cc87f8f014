package stage

import (
	"context"
	"strings"
	"time"

	"onekeyd/alerts/sms/twiliosim"
)

// How long somebody lets it ring, and listens before they press a key.
const (
	ringsLeast, ringsMost     = 3 * time.Second, 14 * time.Second
	listensLeast, listensMost = 8 * time.Second, 20 * time.Second
)

// answerCall is what one ringing phone leads to; nil: it rings until it stops.
func (p *People) answerCall(c twiliosim.Call) func(context.Context) {
	key := twiliosim.Hand("1")
	switch roll := p.Dice.percent(); {
	case roll < 25:
		return nil // in a pocket, or asleep
	case roll < 35:
		key = "" // a mailbox, which says nothing and presses nothing
	case roll < 55:
		key = "2"
	}
	rings, listens := p.Dice.between(ringsLeast, ringsMost), p.Dice.between(listensLeast, listensMost)
	return func(ctx context.Context) {
		if !rest(ctx, rings) || p.now(c).Status != "ringing" {
			return // taken back, or picked up by hand
		}
		p.do(ctx, c, twiliosim.PickUp)
		if key == "" || !rest(ctx, listens) {
			return
		}
		heard := p.now(c)
		if heard.Status != "in-progress" || heard.Keys != "" {
			return // pressed by hand meanwhile
		}
		if p.typed(c) {
			p.do(ctx, c, twiliosim.HangUp) // it is said already
			return
		}
		said := strings.Join(heard.Said, " ")
		switch why := wantOf(said); why {
		case unasked, unheard, forgotten:
			if key = "1"; !p.takes(why) {
				key = twiliosim.HangUp
			}
		default:
			if code := spokenCode.FindStringSubmatch(said); key == "1" && code != nil {
				p.note(c.To, strings.ReplaceAll(code[1], " ", ""), true)
			}
		}
		p.do(ctx, c, key)
	}
}

// typed says whether a text came from the phone since it was told.
func (p *People) typed(c twiliosim.Call) bool {
	for _, m := range p.Sim.Messages() {
		if m.Inbound && m.From == c.To && m.Received.After(c.Received.Add(-time.Minute)) {
			return true
		}
	}
	return false
}

// now is how a call stands, the zero Call once it is forgotten.
func (p *People) now(c twiliosim.Call) twiliosim.Call {
	for _, now := range p.Sim.CallsTo(c.To) {
		if now.SID == c.SID {
			return now
		}
	}
	return twiliosim.Call{}
}

func (p *People) do(ctx context.Context, c twiliosim.Call, what twiliosim.Hand) {
	if err := p.Sim.Phone(ctx, c.SID, what); err != nil && ctx.Err() == nil {
		p.Log.Info("a call ended before somebody could answer it", "err", err)
	}
}
