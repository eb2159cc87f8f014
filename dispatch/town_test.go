package dispatch

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"sort"
	"strconv"
	"time"

	"onekeyd/geo"
)

// town is everything around a dispatcher in memory, for histories: a journal
// and its read model, a directory, places, carriers that wait to be told what
// becomes of a message, and nodes that die.
type town struct {
	fatal func(format string, args ...any)
	check func(before, after *Incident, r Record) // each record, as it is folded in

	head    uint64
	cases   map[CaseID]*Incident
	handled map[PressID]IncidentID
	replied map[string]bool
	ended   []*Incident
	code    int
	dies    string // at the next append: "before" it is stored, or "after"

	people []Responder
	off    map[ResponderID]bool
	where  map[ResponderID]sighting
	ways   []Way

	hand    map[AlertID]CaseID // with the fan-out, and not handed to a carrier
	stopped map[AlertID]bool
	run     int // of the daemon

	d    *Dispatcher
	desk *Desk
}

type sighting struct {
	at   geo.Point
	seen time.Time
}

// home is where both elders live.
var home = geo.Point{Lat: 37.59, Lon: 118.55}

func north(p geo.Point, metres float64) geo.Point {
	p.Lat += metres / 111000
	return p
}

func newTown(fatal func(string, ...any)) *town {
	t := &town{
		fatal: fatal, check: func(_, _ *Incident, _ Record) {}, cases: map[CaseID]*Incident{}, handled: map[PressID]IncidentID{}, replied: map[string]bool{},
		off: map[ResponderID]bool{}, where: map[ResponderID]sighting{}, stopped: map[AlertID]bool{}, code: 10,
		ways: []Way{{ChannelSMS, "first", true}, {ChannelSMS, "second", true}, {ChannelVoice, "voice", true}},
	}
	for n, kind := range []ResponderKind{Worker, Worker, Worker, Worker, Worker, GridLeader, GridLeader, Clinic, Clinic, Volunteer, Volunteer, Volunteer, Volunteer, Volunteer, Doctor, Provider} {
		id := fmt.Sprintf("R-%d", n+1)
		t.people = append(t.people, Responder{ID: ResponderID(id), Name: id, Kind: kind, Phone: fmt.Sprintf("+8525111%04d", n+1), Base: north(home, float64(100*(n+1))), OnDuty: true})
	}
	t.begin()
	return t
}

// begin starts a daemon that knows nothing but the journal.
func (t *town) begin() {
	t.run++
	t.hand = map[AlertID]CaseID{}
	plan := DefaultPlan()
	plan.OnCall = []OnCall{
		{Role: RoleSupervisor, Name: "周", Phone: "+85251119001"},
		{Role: RoleCentre, Name: "中心", Phone: "+85251119002"},
	}
	d, err := NewDispatcher(Options{Journal: t, Cases: t, Locator: t, Teller: t, Nodes: t, Plans: Plans{Default: plan}, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		t.fatal("%v", err)
	}
	d.Use(t)
	t.d = d
	t.desk = NewDesk(d, func(id IncidentID) (CaseID, bool) {
		for _, inc := range t.Open() {
			if inc.ID == id {
				return inc.Case, true
			}
		}
		return "", false
	})
}

// The journal.

func (t *town) Append(_ context.Context, e Entry, expect uint64) (Record, error) {
	before, seq := t.Case(e.Case)
	dies := t.dies
	t.dies = ""
	if dies == "before" {
		return Record{}, ErrUnstored
	}
	if expect != seq {
		return Record{}, ErrConflict
	}
	t.head++
	r := Record{Entry: e, Seq: t.head, StoredAt: time.Now()}
	wire, err := EncodeEntry(e)
	if err != nil {
		t.fatal("encode: %v", err)
	}
	if r.Entry, err = DecodeEntry(e.Case, wire); err != nil { // what is not in the journal's form is lost
		t.fatal("decode: %v", err)
	}
	after, err := Apply(before, r)
	if err != nil {
		t.fatal("what was appended cannot be folded in: %v\n%s", err, wire)
		return Record{}, err
	}
	t.cases[e.Case] = after
	for _, f := range r.Facts {
		switch f := f.(type) {
		case Raised:
			t.handled[f.Press.ID] = e.Incident
		case Joined:
			t.handled[f.Press.ID] = e.Incident
		case Replied:
			t.replied[f.Key] = true
		case Closed:
			t.ended = append(t.ended, after)
		}
	}
	t.check(before, after, r)
	if dies == "after" {
		return Record{}, ErrUnstored
	}
	return r, nil
}

// The read model. It follows each append at once.

func (t *town) Case(c CaseID) (*Incident, uint64) {
	if inc := t.cases[c]; inc != nil {
		return inc, inc.Seq
	}
	return nil, 0
}

func (t *town) Reload(_ context.Context, c CaseID) (*Incident, uint64, error) {
	inc, seq := t.Case(c)
	return inc, seq, nil
}

func (t *town) Absorb(Record) {}

func (t *town) Handled(p Press) (IncidentID, bool) { id, ok := t.handled[p.ID]; return id, ok }

func (t *town) Replied(key string) bool { return t.replied[key] }

func (t *town) FreeCode() string { t.code++; return strconv.Itoa(t.code) }

func (t *town) Busy(r ResponderID) (bound, offered int) {
	for _, inc := range t.Open() {
		if o, ok := inc.Offer(r); ok && o.State.Active() {
			bound++
		} else if ok && o.State == Offered {
			offered++
		}
	}
	return bound, offered
}

func (t *town) Open() []*Incident {
	var out []*Incident
	for _, inc := range t.cases {
		if inc.Open() {
			out = append(out, inc)
		}
	}
	sort.Slice(out, func(a, b int) bool { return out[a].Case < out[b].Case })
	return out
}

func (t *town) Ending() []*Incident {
	var out []*Incident
	for _, inc := range t.cases {
		if !inc.Open() && inc.Unsettled() {
			out = append(out, inc)
		}
	}
	sort.Slice(out, func(a, b int) bool { return out[a].Case < out[b].Case })
	return out
}

// The places.

func (t *town) Candidates(p Premises, kinds []ResponderKind, _ int, skip func(ResponderID, ResponderKind) string, now time.Time) (found []Candidate, passed []PassedOver) {
	for _, r := range t.people {
		why := ""
		switch {
		case !slices.Contains(kinds, r.Kind):
			continue
		case t.off[r.ID]:
			why = "off duty"
		default:
			why = skip(r.ID, r.Kind)
		}
		if why != "" {
			passed = append(passed, PassedOver{r.ID, r.Name, why})
			continue
		}
		c := Candidate{Responder: r, At: r.Base}
		if s, ok := t.where[r.ID]; ok && now.Sub(s.seen) < 30*time.Minute {
			c.At, c.Live, c.Age = s.at, true, now.Sub(s.seen)
		}
		c.Distance = geo.Distance(p.Point, c.At)
		found = append(found, c)
	}
	return found, passed
}

func (t *town) Where(r ResponderID) (geo.Point, time.Time, bool) {
	s, ok := t.where[r]
	return s.at, s.seen, ok
}

// The fan-out.

func (t *town) Tell(inc *Incident, alerts []Alert) {
	for _, a := range alerts {
		if kept, ok := t.cases[inc.Case].Alert(a.ID); !ok || kept.Intended.IsZero() {
			t.fatal("alert %s to %s is handed over and no fact intends it", a.ID, a.To)
		}
		t.hand[a.ID] = inc.Case
	}
}

func (t *town) Has(id AlertID) bool { _, ok := t.hand[id]; return ok }

func (t *town) Ways(string) []Way { return t.ways }

func (t *town) Stop(_ *Incident, alerts []Alert) {
	for _, a := range alerts {
		t.stopped[a.ID] = true
	}
}

// The nodes: each run of the daemon is one, and only the last is alive.

func (t *town) Self() NodeID { return NodeID(fmt.Sprintf("n%d", t.run)) }

func (t *town) Rank(CaseID) int { return 0 }

func (t *town) Alive(n NodeID) bool { return n == t.Self() }

// The directory.

func (t *town) Device(id DeviceID) (Device, bool) {
	switch id {
	case "D-1":
		return Device{ID: id, Elder: "E-1"}, true
	case "D-2":
		return Device{ID: id, Elder: "E-2"}, true
	}
	return Device{}, false
}

func (t *town) Elder(id ElderID) (Elder, bool) {
	return Elder{ID: id, Name: string(id), Premises: Premises{Address: "幸福里", Point: home}}, id == "E-1" || id == "E-2"
}

func (t *town) Contacts(id ElderID) []Contact {
	return []Contact{{Elder: id, Rank: 1, Name: "王磊", Phone: "+85251118" + string(id)[2:] + "01"}, {Elder: id, Rank: 2, Name: "王芳", Phone: "+85251118" + string(id)[2:] + "02"}}
}

func (t *town) Responder(id ResponderID) (Responder, bool) {
	for _, r := range t.people {
		if r.ID == id {
			return r, true
		}
	}
	return Responder{}, false
}

func (t *town) Serving(string) []ResponderID { return nil }

func (t *town) Areas() *geo.Areas { a, _ := geo.NewAreas(nil); return a }

func (t *town) Version() uint64 { return 1 }
