package dispatch

import (
	"slices"
	"testing"
	"time"
)

// A step ends while somebody declines: whoever looks with the incident as it was
// before must not put off what the newer fact has made due.
func TestADeadlineStandsAgainstALookAtAnOlderIncident(t *testing.T) {
	inTown(t, func(t *testing.T, p *play) {
		p.press()
		older := p.inc()
		if _, err := p.desk.Answer(t.Context(), Answer{Incident: older.ID, Who: string(p.askedNow()[0]), Verb: VerbDecline, Via: "page"}); err != nil {
			t.Fatal(err)
		}
		p.d.Watch(p.inc())
		p.d.watchAgain(older, time.Now().Add(calm))
		if due, wait := p.d.watch.due(time.Now()); !slices.Contains(due, older.Case) {
			t.Errorf("who has declined is replaced in %s, want at once", wait)
		}
		p.d.Watch(p.inc())
		p.d.Begin([]*Incident{older})
		if due, wait := p.d.watch.due(time.Now()); !slices.Contains(due, older.Case) {
			t.Errorf("at the start, who has declined is replaced in %s, want at once", wait)
		}
	})
}

// This node was cut off when a storm ended, and another one has archived it.
// The next call is one call, not one of many.
func TestAStormWhoseEndWasMissedIsOver(t *testing.T) {
	inTown(t, func(t *testing.T, p *play) {
		p.d.storms.follow(&Incident{ID: "gone", State: StateDispatched, Kind: AreaStorm, Premises: &Premises{Area: "C1"}})
		p.press()
		before := p.head
		if err := p.d.gather(t.Context(), time.Now(), "C1", nil); err != nil {
			t.Fatal(err)
		}
		if p.d.storms.any() || p.head != before {
			t.Errorf("the area is still in a storm: %v; %d facts were stored about it", p.d.storms.any(), p.head-before)
		}
	})
}

// A key that never stops while its alerts are taken up: its presses go back to
// the workers, and what takes alerts up goes on to the other cases.
func TestAStuckKeyDoesNotHoldUpWhatTakesAlertsUp(t *testing.T) {
	inTown(t, func(t *testing.T, p *play) {
		p.press()
		p.begin() // the run that had the alerts in hand is gone
		inc := p.inc()
		again := &waiting{press: Press{ID: "again", Device: "D-1", Kind: SOS, Received: time.Now()}}
		p.check = func(_, _ *Incident, r Record) {
			if r.Facts[0].Type() != FactRetaken {
				t.Errorf("it went on with %s", r.Facts[0].Type())
			}
			p.d.busy.enter(inc.Case, again)
		}
		if err := p.d.retake(t.Context(), inc.Case, inc.Alerts); err != nil {
			t.Fatal(err)
		}
		if w := p.d.intake.first(); w != again {
			t.Errorf("%+v is with the workers, want the press that came meanwhile", w)
		}
		if !p.d.busy.enter(inc.Case, nil) {
			t.Error("the case is not free")
		}
	})
}

// Nor does it keep the place of the step in whose wake it came.
func TestAStuckKeyDoesNotKeepTheStepsPlace(t *testing.T) {
	inTown(t, func(t *testing.T, p *play) {
		p.press()
		<-time.After(time.Minute) // of the bubble
		inc, joined := p.inc(), false
		p.check = func(_, _ *Incident, r Record) {
			switch {
			case r.By == "plan" && !joined:
				p.d.busy.enter(inc.Case, &waiting{press: Press{ID: "again", Device: "D-1", Kind: SOS, Received: time.Now()}})
			case r.Facts[0].Type() == FactJoined:
				joined = true
				if p.d.intake.running != 0 {
					t.Errorf("%d steps count as running", p.d.intake.running)
				}
			}
		}
		if err := p.d.intake.push(&waiting{step: inc.Case}, true); err != nil {
			t.Fatal(err)
		}
		p.d.handle(t.Context(), p.d.intake.first())
		if !joined {
			t.Error("the press was not taken along")
		}
	})
}
