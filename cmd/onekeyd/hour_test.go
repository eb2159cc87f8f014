package main

import (
	"context"
	"flag"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"strconv"
	"sync"
	"testing"
	"time"

	"onekeyd/alerts/sms/twiliosim"
	"onekeyd/dispatch"
	"onekeyd/dispatch/registry"
	"onekeyd/dispatch/registry/synth"
)

var (
	hourLasts     = flag.Duration("hour", 5*time.Minute, "how long keys are pressed in TestHourOfMixedLife; deploy/hour.sh: an hour")
	hourElders    = flag.Int("hour-elders", 200, "elders of its town; deploy/hour.sh: 1,000")
	hourPresses   = flag.Int("hour-calls", 120, "first presses an hour; repeats, cancels and tests come on top")
	hourOperators = flag.Int("hour-operators", 2, "operators at its desk")
	hourSeed      = flag.Uint64("hour-seed", 1, "of its chance: the town, who presses, who answers")
)

// An hour of a town: people press keys, mostly by mistake, and others have their
// texts late, overlook them, say no, promise and do not come, arrive and forget
// to say so. The daemon is the whole real one, in fake time. It prints how long
// help took, and asserts what must hold however people behave.
func TestHourOfMixedLife(t *testing.T) {
	var columns []figures
	for _, staff := range []staffing{
		{"desk", "a desk of " + strconv.Itoa(*hourOperators), *hourOperators, true},
		{"on_call", "desk empty, two on call", 0, true},
		{"nobody", "nobody above the helpers", 0, false},
	} {
		t.Run(staff.name, func(t *testing.T) {
			began := time.Now() // outside the bubble: real time
			var h *townHour
			scenarioWith(t, func(w *world) { h = newHour(w, staff) }, func(t *testing.T, w *world) {
				h.live()
				h.invariants()
			})
			f := h.figures()
			f.took = time.Since(began)
			columns = append(columns, f)
		})
	}
	t.Logf("seed %d\n%s", *hourSeed, table(columns))
}

// staffing says who is there above the helpers.
type staffing struct {
	name, words string
	operators   int
	onCall      bool
}

const (
	supervisorPhone, centrePhone = "+85251119001", "+85251119002"
	// opening is when the hour begins: a Tuesday morning.
	openingDay = "2026-11-24T10:00:00Z"
	// aftermath is how long at most the story goes on after the last press, so that its ends are seen.
	aftermath = 45 * time.Minute
)

// townHour is a town, its people, and what happened.
type townHour struct {
	*world
	staff  staffing
	tape   *tape
	city   *registry.Snapshot
	ctx    context.Context
	people sync.WaitGroup

	calls map[dispatch.ElderID]*trouble // fixed before the first press
	phone map[string]*somebody          // fixed before the first press

	mu     sync.Mutex               // guards what follows, and the somebodies
	comes  map[string]time.Duration // alert id → until the text is on the phone; absent: never
	posted int
}

// tape keeps every fact of the hour.
type tape struct {
	dispatch.Journal
	mu      sync.Mutex // guards records
	records []dispatch.Record
}

func (t *tape) Append(ctx context.Context, e dispatch.Entry, expect uint64) (dispatch.Record, error) {
	rec, err := t.Journal.Append(ctx, e, expect)
	if err == nil {
		t.mu.Lock()
		t.records = append(t.records, rec)
		t.mu.Unlock()
	}
	return rec, err
}

// dice are chance that depends on nothing but the seed and what is decided, so
// that goroutines cannot change it.
func dice(parts ...any) *rand.Rand {
	h := fnv.New64a()
	fmt.Fprintln(h, parts...)
	return rand.New(rand.NewPCG(*hourSeed, h.Sum64()))
}

// about is a time of which half are longer; one in ten takes more than three times as long.
func about(r *rand.Rand, median time.Duration) time.Duration {
	return time.Duration(float64(median) * math.Exp(0.9*r.NormFloat64()))
}

func between(r *rand.Rand, least, most time.Duration) time.Duration {
	return least + time.Duration(r.Int64N(int64(most-least)))
}

func newHour(w *world, staff staffing) *townHour {
	h := &townHour{world: w, staff: staff, tape: &tape{}, comes: map[string]time.Duration{}, calls: map[dispatch.ElderID]*trouble{}, phone: map[string]*somebody{}}
	day, err := time.Parse(time.RFC3339, openingDay)
	w.must(err)
	time.Sleep(time.Until(day)) // in a bubble, and before anything runs
	w.around = func(j dispatch.Journal) dispatch.Journal { h.tape.Journal = j; return h.tape }
	if staff.onCall {
		w.extra = append(w.extra, "ONEKEYD_CENTRE_SUPERVISOR="+supervisorPhone, "ONEKEYD_CENTRE_NEXT_CENTRE="+centrePhone)
	}
	w.settle = h.populate
	w.must(w.sim.Close())
	w.sim = twiliosim.New(twiliosim.Options{
		HookURL: "http://127.0.0.1:8080/hooks/twilio", Callbacks: callbacks{w}, Behaviour: h.carry, Calls: h.ring, CallsPerSecond: 1, Keep: 1 << 17,
	})
	return h
}

// populate fills the directory: grids of fifteen keys, as of 250 households, and
// three people of all kinds a grid, of whom two are workers or grid leaders.
func (h *townHour) populate() {
	b := synth.Make(synth.Options{Seed: *hourSeed, Elders: *hourElders, Responders: max(60, *hourElders/5), Region: "HK"})
	var first dispatch.Elder
	for e := range b.Elders() {
		first = e
		break
	}
	for n, category := range []string{"cleaning", "repairs", "meals", "medical", "transport"} {
		h.must(b.AddResponder(dispatch.Responder{
			ID: dispatch.ResponderID("S-" + category), Name: category, Kind: dispatch.Provider, Categories: []string{category}, Phone: fmt.Sprintf("+8525111910%d", n),
			Base: first.Premises.Point, Language: "zh", OnDuty: true,
		}))
	}
	if _, err := h.d.registry.Import(h.t.Context(), b, registry.Options{By: "test"}); err != nil {
		h.t.Fatal(err)
	}
	h.city = h.d.registry.Snapshot()
	h.meet()
	after(time.Second)
}

// live lets the hour pass.
func (h *townHour) live() {
	ctx, over := context.WithCancel(h.t.Context())
	defer h.people.Wait()
	defer over()
	h.ctx = ctx
	presses := h.presses()
	h.people.Go(h.read)
	h.people.Go(h.walk)
	for n := range h.staff.operators {
		h.sits("operator"+strconv.Itoa(n+1), true)
	}
	if h.staff.onCall {
		h.sits("supervisor", false)
		h.sits("centre", false)
	}
	began := time.Now()
	for n, p := range presses {
		time.Sleep(time.Until(began.Add(p.at)))
		if !h.press(string(p.device), "kind", string(p.kind), "id", "h"+strconv.Itoa(n)) {
			h.t.Errorf("press %d of %s was not stored", n, p.device)
		}
		h.posted++
	}
	time.Sleep(time.Until(began.Add(*hourLasts + min(aftermath, 2**hourLasts))))
}

// rest lets time pass for somebody; false: the hour is over.
func (h *townHour) rest(d time.Duration) bool {
	select {
	case <-h.ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}
