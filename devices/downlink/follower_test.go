package downlink

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"onekeyd/dispatch"
)

// ear is a speaker that keeps what it is to say, and can fail or hang.
type ear struct {
	mu    sync.Mutex // guards all below
	heard []string
	fail  error
	hang  chan struct{}
}

func (e *ear) Say(ctx context.Context, d dispatch.DeviceID, m Message) error {
	e.mu.Lock()
	fail, hang := e.fail, e.hang
	e.mu.Unlock()
	if hang != nil {
		select {
		case <-hang:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if fail != nil {
		return fail
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	what := string(m.Stage)
	if m.Minutes > 0 {
		what = fmt.Sprint(what, " ", m.Minutes)
	}
	e.heard = append(e.heard, string(d)+" "+what)
	return nil
}

func (e *ear) set(fail error, hang chan struct{}) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.fail, e.hang = fail, hang
}

// take gives what was heard since the last time.
func (e *ear) take() []string {
	synctest.Wait()
	e.mu.Lock()
	defer e.mu.Unlock()
	heard := e.heard
	e.heard = nil
	return heard
}

// house is a follower in fake time, with a read model that a test fills.
type house struct {
	t         *testing.T
	f         *Follower
	here, all *ear
	mu        sync.Mutex // guards the rest
	cases     map[dispatch.CaseID]*dispatch.Incident
	seq       uint64
	counts    map[string]int
	rank      int
}

func inHouse(t *testing.T, before, story func(h *house)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		h := &house{t: t, here: &ear{}, all: &ear{}, cases: map[dispatch.CaseID]*dispatch.Incident{}, counts: map[string]int{}}
		h.f = New(Options{
			Local: map[string]Speaker{"here": h.here}, Shared: map[string]Speaker{"all": h.all}, Self: "n1", Log: slog.New(slog.DiscardHandler),
			Open: func() []*dispatch.Incident {
				h.mu.Lock()
				defer h.mu.Unlock()
				var open []*dispatch.Incident
				for _, inc := range h.cases {
					if inc.Open() {
						open = append(open, inc)
					}
				}
				return open
			},
			Rank: func(dispatch.CaseID) int { h.mu.Lock(); defer h.mu.Unlock(); return h.rank },
			Count: func(way, outcome string) {
				h.mu.Lock()
				defer h.mu.Unlock()
				h.counts[way+" "+outcome]++
			},
		})
		if before != nil {
			before(h)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- h.f.Run(ctx) }()
		defer func() {
			cancel()
			if err := <-ended; !errors.Is(err, context.Canceled) {
				t.Errorf("run: %v", err)
			}
		}()
		synctest.Wait()
		story(h)
	})
}

// happens appends facts to a case as node does, and shows them to the follower.
func (h *house) happens(node dispatch.NodeID, c dispatch.CaseID, facts ...dispatch.Fact) {
	h.t.Helper()
	h.mu.Lock()
	h.seq++
	before := h.cases[c]
	id := dispatch.IncidentID(fmt.Sprint("i-", h.seq))
	if _, raises := facts[0].(dispatch.Raised); !raises {
		id = before.ID
	}
	r := dispatch.Record{Seq: h.seq, Entry: dispatch.Entry{Case: c, Incident: id, At: time.Now(), Node: node, Facts: facts}}
	inc, err := dispatch.Apply(before, r)
	if err != nil {
		h.t.Fatal(err)
	}
	h.cases[c] = inc
	h.mu.Unlock()
	h.f.Observe(r, inc)
}

func (h *house) wantHeard(e *ear, want ...string) {
	h.t.Helper()
	if diff := cmp.Diff(want, e.take()); diff != "" {
		h.t.Errorf("heard (-want +got):\n%s", diff)
	}
}

func call(kind dispatch.Kind, device dispatch.DeviceID) []dispatch.Fact {
	facts := []dispatch.Fact{dispatch.Raised{Kind: kind, Urgency: kind.Urgency(), Press: dispatch.PressSeen{ID: "p1", Device: device, Kind: kind}}}
	if kind == dispatch.Test {
		return append(facts, dispatch.Closed{Disposition: dispatch.TestPress})
	}
	return append(facts, dispatch.Dispatched{Offers: []dispatch.Offer{{Responder: "R-1", Name: "张敏", Kind: dispatch.Worker, ETA: 3 * time.Minute}},
		Alerts: []dispatch.Alert{{ID: "a1", To: "R-1", Role: dispatch.RoleResponder}}})
}

func moved(what dispatch.FactType) dispatch.Fact {
	return dispatch.Moved{What: what, Responder: "R-1", Via: "sms"}
}

func joined(device dispatch.DeviceID) dispatch.Fact {
	return dispatch.Joined{Press: dispatch.PressSeen{ID: "p2", Device: device, Kind: dispatch.SOS}}
}

func TestACallIsHeardFromReceivedToItsEnd(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		for _, step := range []struct {
			fact  []dispatch.Fact
			heard string
		}{
			{call(dispatch.SOS, "D-1"), "D-1 received"},
			{[]dispatch.Fact{dispatch.Seen{Operator: "li"}}, ""},
			{[]dispatch.Fact{dispatch.Reported{Reports: []dispatch.Report{{Alert: "a1", State: dispatch.AlertHanded}}}}, "D-1 dispatching"},
			{[]dispatch.Fact{dispatch.Reported{Reports: []dispatch.Report{{Alert: "a1", State: dispatch.AlertDelivered}}}}, ""},
			{[]dispatch.Fact{moved(dispatch.FactAccepted)}, "D-1 coming 3"},
			{[]dispatch.Fact{moved(dispatch.FactDeclined)}, "D-1 dispatching"},
			{[]dispatch.Fact{moved(dispatch.FactAccepted)}, "D-1 coming 3"},
			{[]dispatch.Fact{moved(dispatch.FactOnScene)}, "D-1 arrived"},
			{[]dispatch.Fact{dispatch.Closed{Disposition: dispatch.Assisted}}, "D-1 ended"},
			{[]dispatch.Fact{dispatch.Reported{Reports: []dispatch.Report{{Alert: "a1", State: dispatch.AlertDelivered}}}}, ""},
		} {
			h.happens("n1", "E-1", step.fact...)
			var want []string
			if step.heard != "" {
				want = []string{step.heard}
			}
			h.wantHeard(h.here, want...)
			h.wantHeard(h.all, want...)
			time.Sleep(time.Second)
		}
		m, ok := h.f.Last("D-1")
		if !ok || !m.Final || m.Stage != dispatch.StageEnded || m.Incident != "i-1" || m.Seq != 9 || m.Device != "D-1" {
			t.Errorf("last %+v, %v", m, ok)
		}
		time.Sleep(keepFinal + time.Minute)
		h.wantHeard(h.here, "D-1 ")
		if _, ok := h.f.Last("D-1"); ok {
			t.Error("the end is shown for ever")
		}
		h.happens("n1", "E-1", call(dispatch.SOS, "D-1")...)
		h.wantHeard(h.here, "D-1 received")
	})
}

// What all nodes' listeners hear is said by the node that appended; each node tells its own devices.
func TestOnlyTheNodeThatAppendedSpeaksToAll(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		h.happens("n2", "E-1", call(dispatch.SOS, "D-1")...)
		h.happens("n1", "E-1", moved(dispatch.FactAccepted))
		h.happens("n2", "E-1", moved(dispatch.FactOnScene))
		h.wantHeard(h.all, "D-1 coming 3")
		if here := h.here.take(); !slices.Contains(here, "D-1 arrived") {
			t.Errorf("heard here %v", here)
		}
	})
}

func TestAtStartOpenIncidentsAreSaidOnce(t *testing.T) {
	open := func(h *house) {
		h.happens("n0", "E-1", call(dispatch.SOS, "D-1")...)
		h.happens("n0", "E-1", moved(dispatch.FactAccepted))
		h.happens("n0", "E-2", append(call(dispatch.SOS, "D-2"), dispatch.Closed{Disposition: dispatch.Assisted})...)
		h.f.states = map[dispatch.DeviceID]state{} // they were observed by the run before this one
		h.f.local[0].places, h.f.local[0].queue = map[dispatch.DeviceID]*place{}, nil
	}
	for rank, want := range [][]string{{"D-1 coming 3"}, nil} {
		t.Run(fmt.Sprint("rank ", rank), func(t *testing.T) {
			inHouse(t, func(h *house) { open(h); h.rank = rank }, func(h *house) {
				h.wantHeard(h.here, "D-1 coming 3")
				h.wantHeard(h.all)
				time.Sleep(settle)
				h.wantHeard(h.all, want...)
				time.Sleep(time.Hour)
				h.wantHeard(h.here)
				h.wantHeard(h.all)
			})
		})
	}
}

func TestAllDevicesThatPressedHear(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		h.happens("n1", "E-1", call(dispatch.SOS, "D-1")...)
		h.happens("n1", "E-1", joined("D-2"))
		for range 40 { // a stuck key pushes all others out of what an incident keeps
			h.happens("n1", "E-1", joined("D-1"))
		}
		h.here.take()
		h.happens("n1", "E-1", moved(dispatch.FactAccepted))
		heard := h.here.take()
		slices.Sort(heard)
		if diff := cmp.Diff([]string{"D-1 coming 3", "D-2 coming 3"}, heard); diff != "" {
			t.Error(diff)
		}
		h.happens("n1", "E-1", dispatch.Closed{Disposition: dispatch.Assisted})
		if heard := h.here.take(); len(heard) != 2 {
			t.Errorf("the end is heard as %v", heard)
		}
		if len(h.f.devices) != 0 {
			t.Errorf("remembered after the end: %v", h.f.devices)
		}
	})
}

// Who presses again is answered again, but a stuck key does not make the device talk without end.
func TestPressingAgainIsAnswered(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		h.happens("n1", "E-1", call(dispatch.SOS, "D-1")...)
		h.wantHeard(h.here, "D-1 received")
		for range 10 {
			time.Sleep(time.Second)
			h.happens("n1", "E-1", joined("D-1"))
		}
		h.wantHeard(h.here)
		time.Sleep(again)
		h.happens("n1", "E-1", joined("D-1"))
		h.wantHeard(h.here, "D-1 received")
	})
}

// One key can be in two calls: a graver one keeps it until its end.
func TestALesserCallDoesNotHideAGraverOne(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		h.happens("n1", "service~E-1", call(dispatch.Service, "D-1")...)
		h.wantHeard(h.here, "D-1 received")
		h.happens("n1", "E-1", call(dispatch.SOS, "D-1")...)
		h.wantHeard(h.here, "D-1 received")
		h.happens("n1", "service~E-1", moved(dispatch.FactAccepted))
		h.happens("n1", "test~D-1", call(dispatch.Test, "D-1")...)
		h.wantHeard(h.here)
		h.happens("n1", "E-1", dispatch.Closed{Disposition: dispatch.Assisted})
		h.wantHeard(h.here, "D-1 ended")
		h.happens("n1", "service~E-1", moved(dispatch.FactOnScene))
		h.wantHeard(h.here, "D-1 arrived")
		h.happens("n1", "test~D-2", call(dispatch.Test, "D-2")...)
		h.wantHeard(h.here, "D-2 ended")
	})
}

// A node that was cut off does not hear how a call ended; another has archived it.
func TestWhatIsNoLongerOpenIsTakenBack(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		h.happens("n2", "E-1", call(dispatch.SOS, "D-1")...)
		h.here.take()
		time.Sleep(time.Hour)
		h.wantHeard(h.here) // open all the while
		h.mu.Lock()
		delete(h.cases, "E-1")
		h.mu.Unlock()
		time.Sleep(time.Minute)
		h.wantHeard(h.here, "D-1 ")
		if len(h.f.devices)+len(h.f.states) != 0 {
			t.Error("still remembered")
		}
	})
}

func TestASpeakerThatFailsIsTriedAgainAndThenLeft(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		h.all.set(errors.New("no connection"), nil)
		h.happens("n1", "E-1", call(dispatch.SOS, "D-1")...)
		time.Sleep(time.Second)
		h.wantHeard(h.here, "D-1 received") // nobody else waits
		h.happens("n1", "E-1", moved(dispatch.FactAccepted))
		time.Sleep(time.Second)
		h.all.set(nil, nil)
		time.Sleep(2 * time.Second)
		h.wantHeard(h.all, "D-1 coming 3") // what it superseded is never said

		h.all.set(errors.New("no connection"), nil)
		h.happens("n1", "E-1", moved(dispatch.FactOnScene))
		time.Sleep(time.Minute)
		h.all.set(nil, nil)
		time.Sleep(time.Minute)
		h.wantHeard(h.all)
		if h.counts["all failed"] != 1 || len(h.f.shared[0].places) != 0 {
			t.Errorf("counts %v, %d places taken", h.counts, len(h.f.shared[0].places))
		}
	})
}

// One device that does not answer holds up neither others nor whoever observes;
// of what happens meanwhile it hears the newest.
func TestADeviceThatHangsHoldsUpNobody(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		hang := make(chan struct{})
		h.here.set(nil, hang)
		h.happens("n1", "E-1", call(dispatch.SOS, "D-1")...)
		synctest.Wait()
		h.here.set(nil, nil)
		began := time.Now()
		h.happens("n1", "E-2", call(dispatch.SOS, "D-2")...)
		h.happens("n1", "E-1", dispatch.Acknowledged{Operator: "li"})
		h.happens("n1", "E-1", moved(dispatch.FactAccepted))
		h.wantHeard(h.here, "D-2 received")
		close(hang)
		h.wantHeard(h.here, "D-1 received", "D-1 coming 3")
		if took := time.Since(began); took != 0 {
			t.Errorf("somebody waited %s", took)
		}
	})
}

func TestFullLaneCountsAndDoesNotWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		full := 0
		l := newLane("x", &ear{}, func(_, outcome string) {
			if outcome == "full" {
				full++
			}
		}, slog.New(slog.DiscardHandler))
		for n := range maxWaiting + 5 {
			l.put(Message{Device: dispatch.DeviceID(fmt.Sprint("D-", n))})
		}
		l.put(Message{Device: "D-0", Stage: dispatch.StageComing}) // who has a place keeps it
		if full != 5 || len(l.places) != maxWaiting || l.places["D-0"].message.Stage != dispatch.StageComing {
			t.Errorf("%d were refused, %d wait", full, len(l.places))
		}
	})
}

// What two states of a call cost whoever feeds the follower.
func BenchmarkObserve(b *testing.B) {
	f := New(Options{Shared: map[string]Speaker{"all": NATS{&wire{}}}, Self: "n1", Log: slog.New(slog.DiscardHandler),
		Open: func() []*dispatch.Incident { return nil }, Rank: func(dispatch.CaseID) int { return 0 }})
	r := dispatch.Record{Seq: 1, Entry: dispatch.Entry{Case: "E-1", Incident: "i-1", Node: "n1", Facts: call(dispatch.SOS, "D-1")}}
	raised, err := dispatch.Apply(nil, r)
	if err != nil {
		b.Fatal(err)
	}
	accepted := dispatch.Record{Seq: 2, Entry: dispatch.Entry{Case: "E-1", Incident: "i-1", Node: "n1", Facts: []dispatch.Fact{moved(dispatch.FactAccepted)}}}
	coming, err := dispatch.Apply(raised, accepted)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		f.states = map[dispatch.DeviceID]state{}
		f.shared[0].places, f.shared[0].queue = map[dispatch.DeviceID]*place{}, nil
		f.Observe(r, raised)
		f.Observe(accepted, coming)
	}
}
