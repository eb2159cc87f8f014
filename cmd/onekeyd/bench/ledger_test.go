package bench

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// book is a ledger of presses that are all due at once and want these many SMS.
func book(sms ...int32) (*ledger, func(ms int) time.Time) {
	l := newLedger(len(sms))
	for n, want := range sms {
		l.lines[n].want = want
	}
	start := l.base.Add(time.Second)
	l.expect(0, len(sms), func(int) time.Time { return start })
	return l, func(ms int) time.Time { return start.Add(time.Duration(ms) * time.Millisecond) }
}

func TestEverythingThatCameIsMatched(t *testing.T) {
	l, at := book(2)
	l.text(0, at(3)) // an SMS may be quicker than the acknowledgement
	l.acked(0, at(4))
	l.acked(0, at(9))
	l.shown(0, at(5))
	l.shown(0, at(6)) // a later event of the incident
	if l.open.Load() != 1 {
		t.Fatalf("%d things open, one SMS is", l.open.Load())
	}
	l.text(0, at(7))
	l.wait(nil, time.Hour)
	got := l.tally(0, 1)
	ms := func(n int64) []int64 { return []int64{n * int64(time.Millisecond)} }
	want := tally{presses: 1, stored: ms(4), first: ms(3), last: ms(7), console: ms(5), late: got.late}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(tally{})); diff != "" {
		t.Errorf("tally (-want +got):\n%s", diff)
	}
}

func TestLossIsCounted(t *testing.T) {
	l, at := book(1, 1, 2, 1, 1)
	l.acked(0, at(1)) // neither SMS nor event
	l.acked(1, at(1)) // no event
	l.text(1, at(2))
	l.acked(2, at(1)) // one SMS of two
	l.text(2, at(2))
	l.shown(2, at(2))
	l.refuse(3)       // was not promised
	l.acked(4, at(1)) // told twice
	l.text(4, at(2))
	l.text(4, at(3))
	l.shown(4, at(2))
	l.text(99, at(1)) // of nobody
	got := l.tally(0, 5)
	if got.lost != 3 || got.refused != 1 || got.twice != 1 || l.strangers.Load() != 1 {
		t.Errorf("lost %d, refused %d, twice %d, strangers %d; 3, 1, 1 and 1 are", got.lost, got.refused, got.twice, l.strangers.Load())
	}
	if l.open.Load() != 4 {
		t.Errorf("%d things open, 4 are", l.open.Load())
	}
	began := time.Now()
	if l.wait(nil, time.Millisecond); time.Since(began) > 10*time.Second {
		t.Error("it waited beyond the grace")
	}
}

func TestAFloorPressHasNoEvent(t *testing.T) {
	l := newLedger(1)
	l.lines[0].want, l.lines[0].noConsole = 1, true
	l.expect(0, 1, func(int) time.Time { return l.base.Add(time.Millisecond) })
	l.acked(0, l.base.Add(2*time.Millisecond))
	l.text(0, l.base.Add(3*time.Millisecond))
	l.wait(nil, time.Hour)
	if got := l.tally(0, 1); got.lost != 0 || len(got.first) != 1 {
		t.Errorf("%+v", got)
	}
}

func TestTextsAndEventsNameTheirPress(t *testing.T) {
	for text, want := range map[string]int{
		"求助10号：海棠1社区1区2号楼3单元401室D-0000042，王秀英，82岁女。": 41,
		"D-0000001":           0,
		deviceName(999_999):   999_999,
		"D-12":                -1,
		"BD-9 then D-0000007": 6,
		"":                    -1,
		"D-":                  -1,
	} {
		if got := pressOf(text); got != want {
			t.Errorf("%q is of press %d, not %d", text, got, want)
		}
	}
}

func TestRatiosAreOfTheSameQuantile(t *testing.T) {
	r := Result{
		Floor:   Quantiles{P50: 800, P99: 1600},
		Stored:  Quantiles{P50: 880, P99: 1600},
		SMS:     Quantiles{P50: 1200, P99: 4000},
		SMSLast: &Quantiles{P50: 2400, P99: 4800},
		Console: Quantiles{P50: 1000, P99: 2000},
	}
	r.compare()
	want := Ratio{StoredP50: 1.1, StoredP99: 1, SMSP50: 1.5, SMSP99: 2.5, LastP50: 3, LastP99: 3, ConsoleP50: 1.25, ConsoleP99: 1.25}
	if diff := cmp.Diff(want, r.Ratio); diff != "" {
		t.Errorf("ratios (-want +got):\n%s", diff)
	}
	if got := ratio(5, 0); got != 0 {
		t.Errorf("ratio to nothing is %v", got)
	}
}

func TestQuantiles(t *testing.T) {
	var ns []int64
	for i := range int64(1000) {
		ns = append(ns, (i+1)*1000) // 1 to 1000 µs
	}
	got := quantiles(append(ns, -5))
	want := Quantiles{P50: 500, P90: 900, P99: 990, P999: 999, Max: 1000, N: 1001}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
