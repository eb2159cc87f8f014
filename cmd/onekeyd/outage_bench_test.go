package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"onekeyd/alerts/sms/twiliosim"
	"onekeyd/cmd/onekeyd/settings"
	"onekeyd/dispatch"
	"onekeyd/dispatch/journal"
	"onekeyd/dispatch/registry"
	"onekeyd/geo"
)

// A daemon was down while so many calls were open: for ten minutes, so that each
// is overdue, or it died in a storm before anybody was told of them. How long is
// it until the plan has gone on with the last one, or its people are about to be
// told (DESIGN section 10: 2 s), and until a key that is pressed meanwhile has
// its fact? Run with -benchtime=1x.
func BenchmarkOutageWithOpenCalls(b *testing.B) {
	for _, told := range []bool{true, false} {
		for _, open := range []int{100, 1000, 5000} {
			b.Run(fmt.Sprint(map[bool]string{true: "overdue/", false: "untold/"}[told], open), func(b *testing.B) {
				for b.Loop() {
					b.StopTimer()
					dir := b.TempDir()
					leaveOpen(b, dir, open, told)
					b.StartTimer()
					afterOutage(b, dir, open, told)
				}
				b.ReportMetric(0, "ns/op")
			})
		}
	}
}

// leaveOpen stores calls whose people were told ten minutes ago, or are to be told.
func leaveOpen(b *testing.B, dir string, open int, heard bool) {
	b.Helper()
	j, err := journal.Open(b.Context(), journal.Options{Node: "n0", Name: "n0", Embedded: journal.Embedded{Dir: dir}})
	if err != nil {
		b.Fatal(err)
	}
	at := time.Now()
	if heard {
		at = at.Add(-10 * time.Minute)
	}
	work := make(chan int)
	var all sync.WaitGroup
	for range 64 {
		all.Go(func() {
			for n := range work {
				elder := dispatch.ElderID(fmt.Sprint("E-", n))
				press := dispatch.PressSeen{ID: dispatch.PressID(fmt.Sprint(n)), Device: dispatch.DeviceID(fmt.Sprint("D-", n)), Kind: dispatch.SOS, Received: at}
				told := dispatch.Dispatched{Plan: "default-2", Asked: true}
				var said dispatch.Reported
				for m := range 4 {
					o := dispatch.Offer{Responder: dispatch.ResponderID(fmt.Sprint("R-", (4*n+m)%800)), Kind: dispatch.Worker, Phone: fmt.Sprintf("+8525%07d", (4*n+m)%800)}
					a := dispatch.Alert{ID: dispatch.AlertID(fmt.Sprintf("a%dx%d", n, m)), To: string(o.Responder), Role: dispatch.RoleResponder, Channel: dispatch.ChannelSMS, Kind: "responder_alert", Phone: o.Phone}
					told.Offers, told.Alerts = append(told.Offers, o), append(told.Alerts, a)
					said.Reports = append(said.Reports, dispatch.Report{Alert: a.ID, State: dispatch.AlertDelivered, Carrier: "twilio", At: at})
				}
				place := dispatch.Premises{Address: "幸福里", Point: geo.Point{Lat: 37.59 + float64(n%100)/1000, Lon: 118.55 + float64(n/100)/1000}}
				e := dispatch.Entry{Case: dispatch.ElderCase(elder), Incident: dispatch.IncidentID(fmt.Sprint("i-", n)), At: at, By: "dispatcher", Node: "n0", Facts: []dispatch.Fact{
					dispatch.Raised{Code: fmt.Sprint(1000 + n), Kind: dispatch.SOS, Press: press, Elder: elder, Premises: &place}, told,
				}}
				if heard {
					e.Facts = append(e.Facts, said)
				}
				if _, err := j.Append(b.Context(), e, 0); err != nil {
					b.Error(err)
				}
			}
		})
	}
	for n := range open {
		work <- n
	}
	close(work)
	all.Wait()
	if err := j.Close(); err != nil {
		b.Fatal(err)
	}
}

func afterOutage(b *testing.B, dir string, open int, told bool) {
	b.Helper()
	sim := twiliosim.New(twiliosim.Options{HookURL: "http://127.0.0.1:8080/hooks/twilio"})
	defer sim.Close()
	sid, token := sim.Account()
	loader := settings.NewLoader(flag.NewFlagSet("bench", flag.ContinueOnError))
	cfg, err := loader.Load([]string{
		"ONEKEYD_DATA=" + dir, "ONEKEYD_GATEWAY_TOKEN=" + testGateway, "ONEKEYD_API_TOKEN=" + testAPI, "ONEKEYD_NODE_NAME=n1",
		"TWILIO_ACCOUNT_SID=" + sid, "TWILIO_AUTH_TOKEN=" + token, "TWILIO_FROM=+15005550006",
	})
	if err != nil {
		b.Fatal(err)
	}
	begun := time.Now()
	acted := &firstSteps{after: make(map[dispatch.CaseID]time.Duration), begun: begun, retakes: !told}
	d, err := newDaemon(b.Context(), cfg, slog.New(slog.NewTextHandler(io.Discard, nil)), replaced{quiet: true, carrier: sim.RoundTripper(), journal: acted.around})
	if err != nil {
		b.Fatal(err)
	}
	people := registry.NewBatch()
	for n := range 800 {
		if err := people.AddResponder(dispatch.Responder{ID: dispatch.ResponderID(fmt.Sprint("R-", n)), Name: "x", Kind: dispatch.Worker, Phone: fmt.Sprintf("+8525%07d", n), OnDuty: true, Base: geo.Point{Lat: 37.59 + float64(n%28)/300, Lon: 118.55 + float64(n/28)/300}}); err != nil {
			b.Fatal(err)
		}
	}
	if _, err := d.registry.Import(b.Context(), people, registry.Options{By: "bench"}); err != nil {
		b.Fatal(err)
	}
	ctx, stop := context.WithCancel(b.Context())
	done := make(chan error, 1)
	ran := time.Now()
	go func() { done <- d.run(ctx) }()
	<-d.board.CaughtUp()
	caught := time.Now()
	var worst time.Duration
	for n := 0; acted.count() < open && time.Since(begun) < 2*time.Minute; n++ {
		at := time.Now()
		req := httptest.NewRequest(http.MethodPost, "/v1/presses", bytes.NewReader(fmt.Appendf(nil, `{"device":"X-%d"}`, n)))
		req.Header.Set("Authorization", "Bearer "+testGateway)
		rec := httptest.NewRecorder()
		d.handler.ServeHTTP(rec, req)
		if rec.Code != http.StatusAccepted {
			b.Fatal(rec.Code)
		}
		c := dispatch.DeviceCase(dispatch.DeviceID(fmt.Sprint("X-", n)))
		for {
			if inc, _ := d.board.Case(c); inc.Open() {
				break
			}
			<-time.After(time.Millisecond)
		}
		worst = max(worst, time.Since(at))
	}
	last := acted.last()
	b.ReportMetric(float64(ran.Sub(begun).Milliseconds()), "opened-ms")
	b.ReportMetric(float64(caught.Sub(ran).Milliseconds()), "read-ms")
	b.ReportMetric(float64((last - caught.Sub(begun)).Milliseconds()), "last-step-ms")
	b.ReportMetric(float64(worst.Milliseconds()), "worst-press-ms")
	b.Logf("%d open, %d acted on", open, acted.count())
	stop()
	if err := <-done; err != nil {
		b.Error(err)
	}
}

// firstSteps notes when the plan first went on with each case, or its alerts were first taken up.
type firstSteps struct {
	dispatch.Journal
	begun   time.Time
	retakes bool       // and not what the plan does
	mu      sync.Mutex // guards after
	after   map[dispatch.CaseID]time.Duration
}

func (f *firstSteps) around(inner dispatch.Journal) dispatch.Journal { f.Journal = inner; return f }

func (f *firstSteps) Append(ctx context.Context, e dispatch.Entry, expect uint64) (dispatch.Record, error) {
	r, err := f.Journal.Append(ctx, e, expect)
	wanted := e.By == "plan"
	if f.retakes {
		wanted = e.Facts[0].Type() == dispatch.FactRetaken
	}
	if err == nil && wanted && strings.HasPrefix(string(e.Case), string(dispatch.ElderCase("E-"))) {
		f.mu.Lock()
		defer f.mu.Unlock()
		if _, known := f.after[e.Case]; !known {
			f.after[e.Case] = time.Since(f.begun)
		}
	}
	return r, err
}

func (f *firstSteps) count() int { f.mu.Lock(); defer f.mu.Unlock(); return len(f.after) }

func (f *firstSteps) last() time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	var all []time.Duration
	for _, at := range f.after {
		all = append(all, at)
	}
	if len(all) == 0 {
		return 0
	}
	return slices.Max(all)
}
