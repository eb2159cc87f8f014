package dispatch

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// one is a journal and read model of a single case, with the rules of the real ones.
type one struct {
	Cases
	mu      sync.Mutex
	inc     *Incident
	appends []Entry
	fail    error
	raced   bool // another append comes first, once
}

func (o *one) Append(_ context.Context, e Entry, expect uint64) (Record, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.fail != nil {
		return Record{}, o.fail
	}
	if o.raced {
		o.raced = false
		o.inc, _ = Apply(o.inc, Record{Entry: Entry{Incident: o.inc.ID, Facts: []Fact{Noted{Operator: "li", Text: "x"}}}, Seq: o.inc.Seq + 1})
	}
	if expect != o.inc.Seq {
		return Record{}, ErrConflict
	}
	o.appends = append(o.appends, e)
	return Record{Entry: e, Seq: expect + 1}, nil
}

func (o *one) Case(CaseID) (*Incident, uint64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.inc, o.inc.Seq
}

func (o *one) Reload(context.Context, CaseID) (*Incident, uint64, error) {
	inc, seq := o.Case("")
	return inc, seq, nil
}

func (o *one) Absorb(r Record) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.inc, _ = Apply(o.inc, r)
}

func record20(t *testing.T, story func(t *testing.T, o *one, r *Recorder)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		inc, err := Apply(nil, raised())
		if err != nil {
			t.Fatal(err)
		}
		o := &one{inc: inc}
		r := NewRecorder(o, o, "n1")
		story(t, o, r)
		r.Wait()
	})
}

func TestOutcomesOfOneFanOutAreOneAppend(t *testing.T) {
	record20(t, func(t *testing.T, o *one, r *Recorder) {
		var all sync.WaitGroup
		for _, a := range []AlertID{"a1", "a2"} {
			all.Go(func() {
				for _, s := range []AlertState{AlertHanded, AlertSent} {
					if err := r.Report(t.Context(), "E-1", "i-1", Report{Alert: a, State: s, At: time.Now()}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		if len(o.appends) != 2 {
			t.Errorf("four reports, two and two at once, made %d appends; want 2", len(o.appends))
		}
	})
}

func TestReportOnAConflictIsDecidedAgain(t *testing.T) {
	record20(t, func(t *testing.T, o *one, r *Recorder) {
		o.raced = true
		if err := r.Report(t.Context(), "E-1", "i-1", Report{Alert: "a1", State: AlertHanded}); err != nil {
			t.Fatal(err)
		}
		if a, _ := o.inc.Alert("a1"); a.State != AlertHanded {
			t.Errorf("the report is lost: %s", a.State)
		}
	})
}

func TestWhatChangesNothingIsNotAppended(t *testing.T) {
	record20(t, func(t *testing.T, o *one, r *Recorder) {
		for range 3 {
			if err := r.Report(t.Context(), "E-1", "i-1", Report{Alert: "a1", State: AlertDelivered}); err != nil {
				t.Fatal(err)
			}
		}
		if err := r.Report(t.Context(), "E-1", "i-1", Report{Alert: "a1", State: AlertSent}, Report{Alert: "nobody's", State: AlertSent}); err != nil {
			t.Fatal(err)
		}
		if len(o.appends) != 1 {
			t.Errorf("%d appends, want 1", len(o.appends))
		}
	})
}

func TestReportThatCannotBeStoredSaysSo(t *testing.T) {
	record20(t, func(t *testing.T, o *one, r *Recorder) {
		o.fail = ErrUnstored
		if err := r.Report(t.Context(), "E-1", "i-1", Report{Alert: "a1", State: AlertHanded}); !errors.Is(err, ErrUnstored) {
			t.Errorf("the journal is full and the report says %v", err)
		}
	})
}

// The family is told how it ended, and what became of that message is kept; a
// console's receipt comes too late.
func TestOnlyLastWordsAreReportedAfterTheEnd(t *testing.T) {
	record20(t, func(t *testing.T, o *one, r *Recorder) {
		o.Absorb(record(2, Closed{Operator: "li", Disposition: Assisted}))
		for range 2 {
			if err := r.Record(t.Context(), "E-1", "i-1", Reported{Reports: []Report{{Alert: "a1", State: AlertHanded}}}, Seen{Operator: "li", Console: "c"}); err != nil {
				t.Fatal(err)
			}
		}
		if len(o.appends) != 1 || len(o.appends[0].Facts) != 1 {
			t.Errorf("appended %+v behind the closing fact, want one report", o.appends)
		}
		if err := r.Report(t.Context(), "E-1", "i-0", Report{Alert: "a1", State: AlertSent}); err != nil || len(o.appends) != 1 {
			t.Errorf("a report on an earlier incident of the case: %v, %d appends", err, len(o.appends))
		}
	})
}
