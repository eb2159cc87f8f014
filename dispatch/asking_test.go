package dispatch

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// inTown tells a story of a town in fake time. Its people are asked in order of their number.
func inTown(t *testing.T, story func(t *testing.T, h *play)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { story(t, &play{town: newTown(t.Fatalf), t: t}) })
}

// play is a town that does what the test says, step by step.
type play struct {
	*town
	t *testing.T
	n int
}

func (p *play) press() {
	p.t.Helper()
	p.n++
	press := Press{ID: PressID(rune('a' + p.n)), Device: "D-1", Kind: SOS, Received: time.Now()}
	if err := p.d.Dispatch(context.Background(), p.d.identify(press), []Press{press}); err != nil {
		p.t.Fatal(err)
	}
	p.acts()
}

// acts lets the plan do what it wants now.
func (p *play) acts() {
	p.t.Helper()
	for _, inc := range p.Open() {
		if err := p.d.Dispatch(context.Background(), p.d.homeOf(inc), nil); err != nil {
			p.t.Fatal(err)
		}
	}
}

func (p *play) says(who ResponderID, verb string, outcome Disposition) {
	p.t.Helper()
	if _, err := p.desk.Answer(context.Background(), Answer{Incident: p.inc().ID, Who: string(who), Verb: verb, Outcome: outcome, Via: "page"}); err != nil {
		p.t.Fatal(err)
	}
	p.acts()
}

// wait lets time pass second by second.
func (p *play) wait(d time.Duration) {
	p.t.Helper()
	for end := time.Now().Add(d); time.Now().Before(end); {
		time.Sleep(min(time.Second, time.Until(end)))
		p.acts()
	}
}

func (p *play) inc() *Incident { return p.Open()[0] }

// asked are those whose offer stands.
func (p *play) askedNow() (who []ResponderID) {
	for _, o := range p.inc().Offers {
		if o.State == Offered {
			who = append(who, o.Responder)
		}
	}
	slices.Sort(who)
	return who
}

func (p *play) only(kinds ...ResponderKind) {
	p.people = slices.DeleteFunc(p.people, func(r Responder) bool { return !slices.Contains(kinds, r.Kind) })
}

// There is no clinic, so every look finds too few. That must not keep the place
// of somebody who declines empty for ten seconds.
func TestWhoDeclinesIsReplacedAtOnceAlthoughOthersAreMissing(t *testing.T) {
	inTown(t, func(t *testing.T, p *play) {
		p.only(Worker, GridLeader)
		p.press()
		p.wait(2 * time.Second)
		p.says("R-2", VerbDecline, "")
		if got := p.askedNow(); !slices.Equal(got, []ResponderID{"R-1", "R-3", "R-4"}) {
			t.Errorf("after R-2 has declined, %v are asked", got)
		}
	})
}

// The circle grows while a look that found too few is still good.
func TestAWiderCircleAsksAtOnce(t *testing.T) {
	inTown(t, func(t *testing.T, p *play) {
		p.only(Worker, GridLeader, Volunteer)
		for range 4 {
			p.off[p.people[len(p.people)-1].ID] = true
		}
		p.press()
		p.wait(59 * time.Second)
		before := len(p.inc().Offers)
		p.wait(time.Second)
		if p.inc().Tier != 1 || len(p.inc().Offers) == before {
			t.Errorf("after a minute the circle is at %d and %d were asked, as before", p.inc().Tier, before)
		}
	})
}

// Everybody was asked up to the last tier of the first wait and did not answer.
// When the one who came late is lost, they are asked again.
func TestALaterNeedAsksThoseAgainWhoDidNotAnswerBefore(t *testing.T) {
	inTown(t, func(t *testing.T, p *play) {
		p.only(Worker)
		p.press()
		p.wait(4 * time.Minute)
		p.says("R-1", VerbAccept, "")
		p.wait(time.Minute)
		p.says("R-1", VerbDecline, "")
		if got := p.askedNow(); len(got) == 0 || slices.Contains(got, "R-1") {
			t.Errorf("the helper is lost, and %v are asked", got)
		}
	})
}

// Who asks for more help on scene gets those who were stood down, and at last those who did not answer.
func TestMoreHelpIsAskedOfWhoWasStoodDown(t *testing.T) {
	inTown(t, func(t *testing.T, p *play) {
		p.only(Worker)
		p.press()
		p.says("R-1", VerbArrived, "")
		if got := p.askedNow(); len(got) != 0 {
			t.Errorf("somebody is there, and %v are asked", got)
		}
		p.says("R-1", VerbBackup, "")
		if got := p.askedNow(); !slices.Equal(got, []ResponderID{"R-2", "R-3", "R-4"}) {
			t.Errorf("more help is asked of %v", got)
		}
	})
}
