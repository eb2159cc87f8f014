package dispatch

import (
	"errors"
	"time"

	"pgregory.net/rapid"
)

// deskActs is an operator at work.
func (h *history) deskActs(rt *rapid.T) {
	inc := sampled(h, "incident", h.Open())
	by := rapid.SampledFrom([]string{"li", "wu"}).Draw(rt, "operator")
	deed := rapid.SampledFrom([]string{"acknowledge", "take over", "note", "spoke", "no voice", "assign", "assign", "more help", "arrived for them"}).Draw(rt, "deed")
	h.note("%s on %s: %s", by, inc.ID, deed)
	ctx, err := h.ctx, error(nil)
	switch deed {
	case "acknowledge":
		_, err = h.desk.Acknowledge(ctx, inc.ID, by, 0)
	case "take over":
		_, err = h.desk.TakeOver(ctx, inc.ID, by, "li", "shift ends")
	case "note":
		_, err = h.desk.Note(ctx, inc.ID, by, "a note")
	case "spoke":
		_, err = h.desk.Call(ctx, inc.ID, by, "elder", CallSpoke, "")
	case "no voice":
		_, err = h.desk.Call(ctx, inc.ID, by, "elder", CallNoVoice, "")
	case "assign":
		_, err = h.desk.Assign(ctx, inc.ID, by, sampled(h, "who", h.people).ID)
	case "more help":
		_, err = h.desk.MoreHelp(ctx, inc.ID, by)
	case "arrived for them":
		if len(inc.Offers) == 0 {
			rt.Skip("nobody was asked")
		}
		_, err = h.desk.Answer(ctx, Answer{Incident: inc.ID, Who: string(sampled(h, "who", inc.Offers).Responder), Verb: VerbArrived, Via: "operator " + by})
	}
	h.refusable(err)
}

func (h *history) close(rt *rapid.T) {
	inc := sampled(h, "incident", h.Open())
	if rapid.IntRange(0, 2).Draw(rt, "yet") > 0 {
		rt.Skip("not yet")
	}
	by := rapid.SampledFrom([]string{"li", "wu"}).Draw(rt, "operator")
	how := rapid.SampledFrom([]Disposition{Assisted, Conveyed, FalseAlarm, OtherEnd}).Draw(rt, "disposition")
	h.note("%s closes %s as %s", by, inc.ID, how)
	_, err := h.desk.Close(h.ctx, inc.ID, by, how, "a note", inc.Seq)
	h.refusable(err)
}

// console has shown an incident, and may be heard.
func (h *history) console(rt *rapid.T) {
	inc := sampled(h, "incident", h.Open())
	f := Seen{Operator: "li", Console: "c1", Audio: rapid.SampledFrom([]string{"running", "suspended"}).Draw(rt, "audio"), At: time.Now()}
	_, err := h.Append(h.ctx, Entry{Case: inc.Case, Incident: inc.ID, At: time.Now(), By: "recorder", Node: h.Self(), Facts: []Fact{f}}, inc.Seq)
	h.refusable(err)
}

func (h *history) time(rt *rapid.T) {
	h.passes(time.Duration(rapid.IntRange(1, 120_000).Draw(rt, "ms")) * time.Millisecond)
}

func (h *history) longTime(rt *rapid.T) {
	h.passes(time.Duration(rapid.IntRange(2, 40).Draw(rt, "minutes")) * time.Minute)
}

// deadline waits until the plan wants to look again.
func (h *history) deadline(rt *rapid.T) {
	soonest := time.Time{}
	for _, inc := range h.Open() {
		if due := h.due(inc); soonest.IsZero() || due.Before(soonest) {
			soonest = due
		}
	}
	if soonest.IsZero() {
		rt.Skip("nothing is open")
	}
	h.passes(time.Until(soonest))
}

func (h *history) due(inc *Incident) time.Time {
	_, due := Next(h.d.planFor(h.d.homeOf(inc)), inc, h.d.look(time.Now(), inc))
	return due
}

func (h *history) takeUp() {
	for _, inc := range append(h.Open(), h.Ending()...) {
		if err := h.d.retake(h.ctx, inc.Case, h.d.resumeOne(inc)); err != nil {
			if !errors.Is(err, ErrUnstored) {
				h.rt.Fatalf("take up: %v", err)
			}
			h.revive(err)
		}
	}
}

// settle lets the plan act until it wants nothing.
func (h *history) settle() {
	for rounds := 0; ; rounds++ {
		before, run := h.head, h.run
		for _, inc := range h.Open() {
			h.d.Watch(inc)
			if err := h.d.Dispatch(h.ctx, h.d.homeOf(inc), nil); err != nil {
				h.revive(err)
			}
		}
		if h.head == before && h.run == run {
			return
		}
		if rounds == 4 {
			h.rt.Fatalf("the plan does not come to rest")
		}
	}
}

func (h *history) crash(rt *rapid.T) {
	h.note("crash")
	h.begin()
	h.settle()
	h.takeUp()
}

// die has the daemon die at its next append.
func (h *history) die(rt *rapid.T) {
	h.dies = rapid.SampledFrom([]string{"before", "after"}).Draw(rt, "when it is stored")
}

func (h *history) revive(err error) {
	if !errors.Is(err, ErrUnstored) {
		h.rt.Fatalf("%v", err)
	}
	h.note("died at an append")
	h.begin()
	h.takeUp()
}
