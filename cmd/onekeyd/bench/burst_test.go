package bench

import (
	"testing"
	"time"

	"onekeyd/dispatch"
)

// storm is a burst of these kinds, all acknowledged at 1 ms, whose SMS come in
// this order, a millisecond apart from 2 ms on.
func storm(kindsOf []dispatch.Kind, order ...int) Order {
	l := newLedger(warmUp + len(kindsOf))
	kind := func(n int) dispatch.Kind {
		if n < warmUp {
			return dispatch.SOS
		}
		return kindsOf[n-warmUp]
	}
	at := func(ms int) time.Time { return l.base.Add(time.Second + time.Duration(ms)*time.Millisecond) }
	for n := range l.lines {
		l.lines[n].want = 1
	}
	l.expect(warmUp, len(l.lines), func(int) time.Time { return at(0) })
	var arrivals []arrival
	for i := range kindsOf {
		l.acked(warmUp+i, at(1))
	}
	for i, press := range order {
		l.text(warmUp+press, at(2+i))
		arrivals = append(arrivals, arrival{warmUp + press, l.since(at(2 + i))})
	}
	return judge(l, kind, arrivals)
}

func TestOrderOfABurst(t *testing.T) {
	mix := []dispatch.Kind{dispatch.Inactivity, dispatch.SOS, dispatch.Inactivity, dispatch.Fall}
	for name, c := range map[string]struct {
		order []int
		want  Order
	}{
		"red first":           {[]int{1, 3, 0, 2}, Order{RedAmongFirst: 1}},
		"as they came":        {[]int{0, 1, 2, 3}, Order{RedAmongFirst: 0.5, Inversions: 2, LongestUS: 3000}},
		"one red never comes": {[]int{1, 0, 2}, Order{RedAmongFirst: 0.5, Inversions: 2, LongestUS: 3000}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := storm(mix, c.order...); got != c.want {
				t.Errorf("%+v, want %+v", got, c.want)
			}
		})
	}
}

func TestABurstIsMixed(t *testing.T) {
	count := map[dispatch.Kind]int{}
	for _, k := range burstKinds(1000) {
		count[k]++
	}
	if red := count[dispatch.SOS] + count[dispatch.Fall]; red != 600 || count[dispatch.Inactivity] != 300 || count[dispatch.Service] != 100 {
		t.Errorf("%v", count)
	}
}
