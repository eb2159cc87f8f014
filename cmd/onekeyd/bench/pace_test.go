package bench

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestAStallIsChargedToEveryPressThatWaited(t *testing.T) {
	now := time.Unix(1000, 0)
	c := clock{now: func() time.Time { return now }, until: func(at time.Time) { now = at }}
	s := schedule{start: now, rate: 100}
	l := newLedger(200)
	l.base = now.Add(-time.Second)
	l.expect(0, 200, s.due)
	sent := pace(c, s, 200, nil, func(i int, at time.Time) {
		l.sent(i, at)
		if i == 10 {
			now = now.Add(time.Second) // the system under test takes no press for a second
		}
		l.acked(i, now)
	})
	if sent != 200 {
		t.Fatalf("%d presses sent, 200 were due", sent)
	}
	tl := l.tally(0, 200)
	want := make([]int64, 200)
	for i := range want {
		// Press 10 waits 1 s, the next ones what is left of it when they are due.
		if late := 1000 - 10*(i-10); i >= 10 && late > 0 {
			want[i] = int64(late) * int64(time.Millisecond)
		}
	}
	if diff := cmp.Diff(want, tl.stored); diff != "" {
		t.Errorf("latencies (-want +got):\n%s", diff)
	}
	if q := quantiles(tl.stored); q.P50 != 0 && q.P50 < 1000 || q.P90 < 790_000 || q.Max < 999_000 {
		t.Errorf("quantiles hide the stall: %+v", q)
	}
	if tl.late[11] != int64(990*time.Millisecond) {
		t.Errorf("press 11 was sent %s late", time.Duration(tl.late[11]))
	}
}

func TestPaceStopsWhenTold(t *testing.T) {
	stop := make(chan struct{})
	c := clock{now: time.Now, until: func(time.Time) {}}
	sent := pace(c, schedule{time.Now(), 1000}, 10, stop, func(i int, _ time.Time) {
		if i == 3 {
			close(stop)
		}
	})
	if sent != 4 {
		t.Errorf("%d presses sent after the stop at the fourth", sent)
	}
}

func TestSlicesHoldTheWholeLoad(t *testing.T) {
	for _, c := range []struct {
		rate  int
		whole time.Duration
		want  []int
	}{
		{1000, 2 * time.Second, []int{1000, 1000}},
		{10, 2500 * time.Millisecond, []int{10, 10, 5}},
		{1, 100 * time.Millisecond, []int{1}},
	} {
		if diff := cmp.Diff(c.want, Options{For: c.whole, Slice: time.Second}.slicesOf(c.rate)); diff != "" {
			t.Errorf("%d/s for %s (-want +got):\n%s", c.rate, c.whole, diff)
		}
	}
}

func TestSleepUntilIsNeverEarly(t *testing.T) {
	at := time.Now().Add(3 * time.Millisecond)
	if sleepUntil(at); time.Now().Before(at) {
		t.Error("it woke up early")
	}
}
