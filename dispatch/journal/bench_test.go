package journal

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"onekeyd/dispatch"
)

// Open loop: one call every 1/rate, whatever the last one did, measured from
// when it was due. Run with -benchtime=1000x.
func paced(b *testing.B, rate int, call func(n int, due time.Time) <-chan time.Duration) {
	b.Helper()
	took := make([]time.Duration, b.N)
	var all sync.WaitGroup
	tick := time.NewTicker(time.Second / time.Duration(rate))
	defer tick.Stop()
	b.ResetTimer()
	for n := range b.N {
		<-tick.C
		due := time.Now()
		all.Go(func() { took[n] = <-call(n, due) })
	}
	all.Wait()
	b.StopTimer()
	slices.Sort(took)
	at := func(p float64) float64 {
		return float64(took[min(len(took)-1, int(p*float64(len(took))))].Microseconds())
	}
	b.ReportMetric(at(.5), "p50-µs")
	b.ReportMetric(at(.99), "p99-µs")
	b.ReportMetric(0, "ns/op")
}

// benchJournals are the embedded journal in-process, and the same over loopback TCP.
func benchJournals(b *testing.B, bench func(b *testing.B, server, j *Journal, rate int)) {
	for _, tcp := range []bool{false, true} {
		for _, rate := range []int{100, 1000} {
			name := map[bool]string{false: "in-process", true: "tcp"}[tcp]
			b.Run(fmt.Sprintf("%s/%d", name, rate), func(b *testing.B) {
				server, err := Open(b.Context(), Options{Node: "n1", Embedded: Embedded{Dir: b.TempDir(), Listen: "127.0.0.1:0"}})
				if err != nil {
					b.Fatal(err)
				}
				defer server.Close()
				j := server
				if tcp {
					if j, err = Open(b.Context(), Options{Node: "n2", URL: "nats://" + server.Addr(), Password: server.server.token}); err != nil {
						b.Fatal(err)
					}
					defer j.Close()
				}
				bench(b, server, j, rate)
			})
		}
	}
}

func BenchmarkPublishToStored(b *testing.B) {
	benchJournals(b, func(b *testing.B, _, j *Journal, rate int) {
		paced(b, rate, func(n int, due time.Time) <-chan time.Duration {
			took := make(chan time.Duration, 1)
			if _, err := j.PublishPress(b.Context(), dispatch.Press{ID: dispatch.PressID(fmt.Sprint(n)), Device: dispatch.DeviceID(fmt.Sprint("D-", n))}); err != nil {
				b.Error(err)
			}
			took <- time.Since(due)
			return took
		})
	})
}

func BenchmarkAppend(b *testing.B) {
	benchJournals(b, func(b *testing.B, _, j *Journal, rate int) {
		paced(b, rate, func(n int, due time.Time) <-chan time.Duration {
			took := make(chan time.Duration, 1)
			if _, err := j.Append(b.Context(), entry(dispatch.CaseID(fmt.Sprint("E-", n)), "x"), 0); err != nil {
				b.Error(err)
			}
			took <- time.Since(due)
			return took
		})
	})
}

// benchHear measures from the publish to one of Hear's callbacks.
func benchHear(b *testing.B, stored bool) {
	benchJournals(b, func(b *testing.B, _, j *Journal, rate int) {
		var mu sync.Mutex // guards waiting
		waiting := map[dispatch.PressID]func(){}
		came := func(p dispatch.Press) {
			mu.Lock()
			here := waiting[p.ID]
			mu.Unlock()
			if here != nil {
				here()
			}
		}
		go j.Hear(b.Context(), func(p dispatch.Press) {
			if !stored {
				came(p)
			}
		}, func(p dispatch.Press, done func()) {
			done()
			if stored {
				came(p)
			}
		})
		for tick := time.Tick(time.Millisecond); !j.peers.beating(); {
			<-tick
		}
		paced(b, rate, func(n int, due time.Time) <-chan time.Duration {
			took := make(chan time.Duration, 1)
			id := dispatch.PressID(fmt.Sprint(n))
			mu.Lock()
			waiting[id] = func() { took <- time.Since(due) }
			mu.Unlock()
			if _, err := j.PublishPress(b.Context(), dispatch.Press{ID: id, Device: dispatch.DeviceID(fmt.Sprint("D-", n))}); err != nil {
				b.Error(err)
			}
			return took
		})
	})
}

func BenchmarkPublishToCore(b *testing.B)       { benchHear(b, false) }
func BenchmarkPublishToStoredCopy(b *testing.B) { benchHear(b, true) }
