package dispatch

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

// Any history of two elders, sixteen who could come, carriers that do as they
// like and a daemon that dies: after each step all that must always hold, holds.
func TestAnyHistory(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		bubble(t, rt, func(ctx context.Context) {
			h := &history{town: newTown(rt.Fatalf), rt: rt, ctx: ctx, call: map[IncidentID]*needs{}}
			h.town.check = h.folded
			rt.Repeat(map[string]func(*rapid.T){
				"":              h.holds,
				"press":         h.press,
				"reply":         h.reply,
				"reply again":   h.replyAgain,
				"accept":        h.accept,
				"say on page":   h.say,
				"goes on":       h.goesOn,
				"goes further":  h.goesOn,
				"carrier":       h.carrier,
				"carriers":      h.carriers,
				"receipt":       h.receipt,
				"move":          h.move,
				"duty":          h.duty,
				"desk":          h.deskActs,
				"close":         h.close,
				"console":       h.console,
				"time":          h.time,
				"next deadline": h.deadline,
				"wait":          h.deadline,
				"long time":     h.longTime,
				"crash":         h.crash,
				"die":           h.die,
			})
		})
	})
}

// bubble runs f in fake time. What f panics with goes on outside: rapid fails
// by it. That a history has run out of random data is no failure, and has to
// look like none when histories are made shorter.
func bubble(t *testing.T, rt *rapid.T, f func(context.Context)) {
	t.Helper()
	var failed any
	synctest.Test(t, func(t *testing.T) {
		defer func() { failed = recover() }()
		f(t.Context())
	})
	switch {
	case failed == nil:
	case fmt.Sprintf("%T", failed) == "rapid.invalidData":
		rt.Skip(failed)
	default:
		panic(failed)
	}
}

// history is one random story.
type history struct {
	*town
	rt    *rapid.T
	ctx   context.Context
	n     int // makes identities
	said  []Reply
	freed time.Time // when somebody may have become free for another call
	call  map[IncidentID]*needs
}

func (h *history) note(format string, args ...any) {
	h.rt.Logf("%s "+format, append([]any{time.Now().Format("15:04:05.000")}, args...)...)
}

func (h *history) next() int { h.n++; return h.n }

func sampled[T any](h *history, name string, from []T) T {
	if len(from) == 0 {
		h.rt.Skip("there is none")
	}
	return from[rapid.IntRange(0, len(from)-1).Draw(h.rt, name)]
}

func (h *history) press(rt *rapid.T) {
	device := rapid.SampledFrom([]DeviceID{"D-1", "D-1", "D-2", "D-unknown"}).Draw(rt, "device")
	kind := rapid.SampledFrom([]Kind{SOS, SOS, SOS, Fall, Inactivity, Cancel, Service, Test}).Draw(rt, "kind")
	n := h.next()
	if n > 1 && rapid.IntRange(0, 9).Draw(rt, "repeat") == 0 {
		n--
	}
	p := Press{ID: PressID(fmt.Sprint(n)), Device: device, Kind: kind, Received: time.Now()}
	h.note("press %s of %s", kind, device)
	err := h.d.Dispatch(h.ctx, h.d.identify(p), []Press{p})
	if err != nil {
		h.revive(err)
		if err = h.d.Dispatch(h.ctx, h.d.identify(p), []Press{p}); err != nil {
			rt.Fatalf("press: %v", err)
		}
	}
	if _, ok := h.Handled(p); !ok {
		rt.Fatalf("press %s has no fact", p.ID)
	}
	h.settle()
}

// asked are the telephones that incidents have told.
func (h *history) asked() (phones []string) {
	for _, inc := range h.Open() {
		for _, a := range inc.Alerts {
			if !slices.Contains(phones, a.Phone) {
				phones = append(phones, a.Phone)
			}
		}
	}
	return phones
}

func (h *history) reply(rt *rapid.T) {
	verb := rapid.SampledFrom([]string{VerbAccept, VerbDecline, VerbEnRoute, VerbArrived, VerbArrived, VerbBackup, VerbDone, VerbUnknown}).Draw(rt, "verb")
	h.replies(rt, verb)
}

func (h *history) accept(rt *rapid.T) { h.replies(rt, VerbAccept) }

func (h *history) replies(rt *rapid.T, verb string) {
	r := Reply{Phone: sampled(h, "phone", h.asked()), Verb: verb, Key: fmt.Sprint("key", h.next()), Text: verb}
	if open := h.Open(); rapid.Bool().Draw(rt, "names it") {
		r.Code = sampled(h, "code", open).Code
	}
	h.said = append(h.said, r)
	h.hears(rt, r)
}

// replyAgain is a carrier that says what it has said before.
func (h *history) replyAgain(rt *rapid.T) {
	before := h.head
	r := sampled(h, "said", h.said)
	if !h.Replied(r.Key) {
		rt.Skip("it was not taken")
	}
	if _, err := h.desk.Reply(h.ctx, r); err != nil || h.head != before {
		rt.Fatalf("the same reply again: %v, %d appends", err, h.head-before)
	}
}

func (h *history) hears(rt *rapid.T, r Reply) {
	h.note("%s replies %s %s", r.Phone, r.Verb, r.Code)
	_, err := h.desk.Reply(h.ctx, r)
	if errors.Is(err, ErrUnstored) {
		h.revive(err)
		_, err = h.desk.Reply(h.ctx, r)
	}
	if err != nil && !errors.Is(err, ErrNoIncident) {
		rt.Fatalf("reply %+v: %v", r, err)
	}
	h.settle()
}

func (h *history) say(rt *rapid.T) {
	inc := sampled(h, "incident", h.Open())
	if len(inc.Alerts) == 0 {
		rt.Skip("nobody was told")
	}
	a := Answer{Incident: inc.ID, Who: sampled(h, "who", inc.Alerts).To, Via: "page"}
	a.Verb = rapid.SampledFrom([]string{VerbAccept, VerbDecline, VerbEnRoute, VerbArrived, VerbBackup, VerbDone, VerbDone}).Draw(rt, "verb")
	if a.Verb == VerbDone && rapid.Bool().Draw(rt, "with outcome") {
		a.Outcome = rapid.SampledFrom(Dispositions()).Draw(rt, "outcome")
	}
	h.note("%s says %s %s on the page of %s", a.Who, a.Verb, a.Outcome, inc.ID)
	_, err := h.desk.Answer(h.ctx, a)
	h.refusable(err)
}

// goesOn is somebody doing what they are there for, or giving up.
func (h *history) goesOn(rt *rapid.T) {
	inc := sampled(h, "incident", h.Open())
	var live []Offer
	for _, o := range inc.Offers {
		if o.State.Live() {
			live = append(live, o)
		}
	}
	o := sampled(h, "who", live)
	a := Answer{Incident: inc.ID, Who: string(o.Responder), Via: "page"}
	a.Verb = map[AssignmentState]string{Offered: VerbAccept, Accepted: VerbArrived, EnRoute: VerbArrived, OnScene: VerbDone}[o.State]
	switch {
	case a.Verb == VerbDone:
		a.Outcome = rapid.SampledFrom([]Disposition{Assisted, FalseAlarm, NoAccess, ""}).Draw(rt, "outcome")
	case rapid.IntRange(0, 4).Draw(rt, "gives up") == 0:
		a.Verb = VerbDecline
	}
	h.note("%s: %s of %s", a.Who, a.Verb, inc.ID)
	_, err := h.desk.Answer(h.ctx, a)
	h.refusable(err)
}

// refusable: a person or operator may be refused, and the daemon may die over it.
func (h *history) refusable(err error) {
	switch {
	case err == nil, errors.Is(err, ErrRefused), errors.Is(err, ErrStale), errors.Is(err, ErrNoIncident):
	case errors.Is(err, ErrUnstored):
		h.revive(err)
	default:
		h.rt.Fatalf("%v", err)
	}
	h.settle()
}

// carriers take everything that waits for them, as they mostly do.
func (h *history) carriers(rt *rapid.T) {
	for _, id := range h.waiting() {
		h.hands(id, AlertHanded, "")
	}
	h.settle()
}

func (h *history) waiting() []AlertID {
	var out []AlertID
	for _, inc := range append(h.Open(), h.Ending()...) {
		for _, a := range inc.Alerts {
			if _, ok := h.hand[a.ID]; ok {
				out = append(out, a.ID)
			}
		}
	}
	return out
}

// carrier does something with one message that waits for it.
func (h *history) carrier(rt *rapid.T) {
	id := sampled(h, "alert", h.waiting())
	state := rapid.SampledFrom([]AlertState{AlertHanded, AlertAmbiguous, AlertFailed, AlertNotSent}).Draw(rt, "outcome")
	code := ""
	if state == AlertFailed {
		code = rapid.SampledFrom([]string{"bad_number 21211", "bad_account 20003", "bad_content 21602"}).Draw(rt, "code")
	}
	h.hands(id, state, code)
	h.settle()
}

// hands gives a message to a carrier, if it is still wanted.
func (h *history) hands(id AlertID, state AlertState, code string) {
	inc := h.cases[h.hand[id]]
	a, _ := inc.Alert(id)
	if !h.d.Wanted(inc, id) {
		state, code = AlertNotSent, "overtaken"
	} else {
		h.sent(inc, a)
	}
	carrier := a.Via
	if carrier == "" {
		carrier = "first"
	}
	h.report(inc, Report{Alert: id, State: state, Code: code, Carrier: carrier, At: time.Now()})
	delete(h.hand, id)
}

func (h *history) report(inc *Incident, r Report) {
	for range 2 { // the carrier or the fan-out says it again if we die over it
		facts := merge(inc, []Fact{Reported{Reports: []Report{r}}})
		if len(facts) == 0 {
			return
		}
		h.note("%s: %s of %s to %s is %s %s", inc.ID, r.Alert, r.Carrier, h.toOf(inc, r.Alert), r.State, r.Code)
		_, err := h.Append(h.ctx, Entry{Case: inc.Case, Incident: inc.ID, At: time.Now(), By: "recorder", Node: h.Self(), Facts: facts}, inc.Seq)
		if err == nil {
			return
		}
		h.revive(err)
		inc = h.cases[inc.Case]
	}
}

func (h *history) toOf(inc *Incident, id AlertID) string {
	a, _ := inc.Alert(id)
	return a.To + " " + a.Kind
}

// receipt is a carrier's later word, in any order, on a message it has or had.
func (h *history) receipt(rt *rapid.T) {
	inc := sampled(h, "incident", append(h.Open(), h.Ending()...))
	var has []Alert
	for _, a := range inc.Alerts {
		if a.State != AlertIntended && a.State != AlertNotSent {
			has = append(has, a)
		}
	}
	a := sampled(h, "alert", has)
	state := rapid.SampledFrom([]AlertState{AlertSent, AlertDelivered, AlertFailed}).Draw(rt, "state")
	code := ""
	if state == AlertFailed {
		code = "30005"
	}
	h.report(inc, Report{Alert: a.ID, State: state, Code: code, Carrier: a.Carrier, At: time.Now()})
	h.settle()
}

func (h *history) move(rt *rapid.T) {
	r := sampled(h, "who", h.people)
	h.where[r.ID] = sighting{north(home, float64(rapid.IntRange(0, 1500).Draw(rt, "metres"))), time.Now()}
	h.settle()
}

func (h *history) duty(rt *rapid.T) {
	r := sampled(h, "who", h.people)
	h.off[r.ID], h.freed = !h.off[r.ID], time.Now()
	h.settle()
}

// passes lets time go by, stopping at every deadline as the watch does, and
// takes up what nobody has in hand, as each second does.
func (h *history) passes(d time.Duration) {
	end := time.Now().Add(d)
	for now := time.Now(); ; now = time.Now() {
		at := end
		for _, inc := range h.Open() {
			if due := h.due(inc); due.Before(at) {
				at = due
			}
		}
		time.Sleep(at.Sub(now)) // in a bubble
		h.settle()
		if !at.Before(end) {
			break
		}
	}
	h.takeUp()
}
