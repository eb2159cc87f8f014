package dispatch

import (
	"context"
	"fmt"
	"testing"
)

// After an outage every open call is due at once. A press that comes then finds
// a worker, whatever it is for.
func TestStepsLeaveWorkersToPresses(t *testing.T) {
	q := newIntake()
	over, end := context.WithCancel(t.Context())
	end() // pop does not wait
	put := func(w *waiting) {
		t.Helper()
		if err := q.push(w, true); err != nil {
			t.Fatal(err)
		}
	}
	for n := range 2 * workers {
		put(&waiting{step: CaseID(fmt.Sprint("E-", n))})
	}
	put(&waiting{press: Press{ID: "service", Kind: Service}})
	put(&waiting{press: Press{ID: "sos", Kind: SOS}})
	if w := q.first(); w == nil || w.press.ID != "sos" {
		t.Fatalf("%+v goes before a red press", w)
	}
	var taken []*waiting
	for {
		w := q.first()
		if w == nil {
			break
		}
		taken = append(taken, w)
	}
	if last := taken[len(taken)-1]; len(taken) != stepsAtOnce+1 || last.press.ID != "service" {
		t.Fatalf("%d were taken, the last is %+v; want %d steps and then the press", len(taken), last, stepsAtOnce)
	}
	if w, ok := q.pop(over); ok {
		t.Fatalf("%+v was taken beside %d steps", w, stepsAtOnce)
	}
	steps := taken[:stepsAtOnce:stepsAtOnce]
	for n := stepsAtOnce; n < 2*workers; n++ { // each step that ends makes place for one
		q.stepped(steps[n-stepsAtOnce])
		if w, ok := q.pop(over); !ok || w.step != CaseID(fmt.Sprint("E-", n)) {
			t.Fatalf("after %d steps comes %+v", n, w)
		} else {
			steps = append(steps, w)
		}
	}
}

// Of thousands that are due after an outage, red calls go first.
func TestStepsGoByTheUrgencyOfTheirCalls(t *testing.T) {
	q := newIntake()
	for n, u := range []Urgency{Blue, Amber, Red, Amber, Red} {
		if err := q.push(&waiting{step: CaseID(fmt.Sprint(n)), urgent: u}, true); err != nil {
			t.Fatal(err)
		}
	}
	got := ""
	for w := q.first(); w != nil; w = q.first() {
		got += string(w.step)
	}
	if want := "24130"; got != want {
		t.Errorf("in the order %s, want %s", got, want)
	}
}
