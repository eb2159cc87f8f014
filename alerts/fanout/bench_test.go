package fanout

import (
	"context"
	"log/slog"
	"strconv"
	"sync"
	"testing"

	"onekeyd/alerts"
	"onekeyd/dispatch"
)

// instant is a carrier that takes everything at once.
type instant struct{ carrier }

func (*instant) Send(context.Context, alerts.Notice) (alerts.Receipt, error) {
	return alerts.Receipt{Ref: "SM1", State: alerts.Handed}, nil
}

// BenchmarkFanout is what five alerts of one press cost beside what the carrier
// and the journal take, from Tell to the last outcome stored.
func BenchmarkFanout(b *testing.B) {
	var stored sync.WaitGroup
	f := New(Options{
		Senders: []alerts.Sender{&instant{}}, Log: slog.New(slog.DiscardHandler),
		Wanted: func(*dispatch.Incident, dispatch.AlertID) bool { return true },
		Record: func(context.Context, dispatch.CaseID, dispatch.IncidentID, ...dispatch.Report) error {
			stored.Done()
			return nil
		},
	})
	ctx, stop := context.WithCancel(b.Context())
	done := make(chan error, 1)
	go func() { done <- f.Run(ctx) }()
	inc := incident(dispatch.Red)
	list := make([]dispatch.Alert, 5)
	for i := range list {
		list[i] = alert(strconv.Itoa(i))
	}
	b.ReportAllocs()
	for b.Loop() {
		stored.Add(len(list))
		f.Tell(inc, list)
		stored.Wait()
		for f.Waiting() > 0 { // the last one is about to leave hand
		}
	}
	b.StopTimer()
	stop()
	<-done
}
