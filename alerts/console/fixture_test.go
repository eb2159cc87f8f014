package console

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"onekeyd/dispatch"
	"onekeyd/dispatch/access"
	"onekeyd/dispatch/dispatchtest"
	"onekeyd/geo"
)

// fakeBoard is a board that tests push incidents into. For the real desk it is
// the journal and the read model, too: an append is an event at once.
type fakeBoard struct {
	dispatch.Cases

	mu      sync.Mutex
	seq     uint64
	oldest  uint64 // events up to here are gone
	open    map[dispatch.IncidentID]*dispatch.Incident
	cases   map[dispatch.CaseID]*dispatch.Incident // closed ones, too
	events  []Event
	wake    chan struct{}
	appends []dispatch.Entry
}

func newBoard() *fakeBoard {
	return &fakeBoard{open: map[dispatch.IncidentID]*dispatch.Incident{}, cases: map[dispatch.CaseID]*dispatch.Incident{}, wake: make(chan struct{})}
}

func (b *fakeBoard) Snapshot() (uint64, []*dispatch.Incident) {
	b.mu.Lock()
	defer b.mu.Unlock()
	list := []*dispatch.Incident{}
	for _, ev := range b.events { // in order of the last event: stable enough for a test
		if inc := b.open[ev.Incident.ID]; inc == ev.Incident {
			list = append(list, inc)
		}
	}
	return b.seq, list
}

func (b *fakeBoard) Next(ctx context.Context, after uint64) ([]Event, error) {
	for {
		b.mu.Lock()
		if after < b.oldest {
			b.mu.Unlock()
			return nil, ErrGone
		}
		var found []Event
		for _, ev := range b.events {
			if ev.Seq > after {
				found = append(found, ev)
			}
		}
		wake := b.wake
		b.mu.Unlock()
		if len(found) > 0 {
			return found, nil
		}
		select {
		case <-wake:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// put stores the next state of an incident and returns it with its version.
func (b *fakeBoard) put(inc dispatch.Incident) *dispatch.Incident {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.putLocked(inc)
}

func (b *fakeBoard) putLocked(inc dispatch.Incident) *dispatch.Incident {
	b.seq++
	inc.Seq = b.seq
	b.events = append(b.events, Event{b.seq, &inc})
	b.cases[inc.Case] = &inc
	if inc.Open() {
		b.open[inc.ID] = &inc
	} else {
		delete(b.open, inc.ID)
	}
	close(b.wake)
	b.wake = make(chan struct{})
	return &inc
}

func (b *fakeBoard) get(id dispatch.IncidentID) *dispatch.Incident {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.open[id]
}

// fact appends to an open incident as the plan, a carrier or a person does.
func (b *fakeBoard) fact(t *testing.T, id dispatch.IncidentID, by string, facts ...dispatch.Fact) *dispatch.Incident {
	t.Helper()
	inc := b.get(id)
	if _, err := b.Append(t.Context(), dispatch.Entry{Case: inc.Case, Incident: id, At: time.Now().UTC(), By: by, Node: "n1", Facts: facts}, inc.Seq); err != nil {
		t.Fatal(err)
	}
	return b.get(id)
}

// Append implements dispatch.Journal.
func (b *fakeBoard) Append(_ context.Context, e dispatch.Entry, expect uint64) (dispatch.Record, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	inc := b.cases[e.Case]
	if inc == nil || inc.Seq != expect {
		return dispatch.Record{}, dispatch.ErrConflict
	}
	r := dispatch.Record{Entry: e, Seq: b.seq + 1, StoredAt: e.At}
	next, err := dispatch.Apply(inc, r)
	if err != nil {
		return dispatch.Record{}, err
	}
	b.appends = append(b.appends, e)
	b.putLocked(*next)
	return r, nil
}

// appended counts the appends.
func (b *fakeBoard) appended() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.appends)
}

// Case implements dispatch.Cases.
func (b *fakeBoard) Case(c dispatch.CaseID) (*dispatch.Incident, uint64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if inc := b.cases[c]; inc != nil {
		return inc, inc.Seq
	}
	return nil, 0
}

// Reload implements dispatch.Cases.
func (b *fakeBoard) Reload(_ context.Context, c dispatch.CaseID) (*dispatch.Incident, uint64, error) {
	inc, seq := b.Case(c)
	return inc, seq, nil
}

// Absorb implements dispatch.Cases: it is folded in already.
func (b *fakeBoard) Absorb(dispatch.Record) {}

// Busy implements dispatch.Cases.
func (b *fakeBoard) Busy(r dispatch.ResponderID) (bound, offered int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, inc := range b.open {
		if o, ok := inc.Offer(r); ok && o.State.Active() {
			bound++
		}
	}
	return bound, 0
}

func (b *fakeBoard) find(id dispatch.IncidentID) (dispatch.CaseID, bool) {
	if inc := b.get(id); inc != nil {
		return inc.Case, true
	}
	return "", false
}

// realDesk is the desk of the domain, on the fake board.
type realDesk struct {
	*dispatch.Desk
	board *fakeBoard
	mu    sync.Mutex
	seen  []dispatch.Seen
}

// nobodyTold is a carrier that every number has and nobody hears of.
type nobodyTold struct{}

func (nobodyTold) Tell(*dispatch.Incident, []dispatch.Alert) {}
func (nobodyTold) Has(dispatch.AlertID) bool                 { return false }
func (nobodyTold) Ways(string) []dispatch.Way                { return []dispatch.Way{{Channel: dispatch.ChannelSMS}} }
func (nobodyTold) Stop(*dispatch.Incident, []dispatch.Alert) {}

type thisNode struct{ dispatch.Nodes }

func (thisNode) Self() dispatch.NodeID { return "n1" }

func newDesk(t *testing.T, b *fakeBoard, dir dispatchtest.Directory) *realDesk {
	t.Helper()
	places := dispatch.NewPlaces(dispatch.DefaultPlan(), nil)
	places.Load(town{dir}, dir.Responders())
	d, err := dispatch.NewDispatcher(dispatch.Options{
		Journal: b, Cases: b, Locator: places, Teller: nobodyTold{}, Nodes: thisNode{}, Plans: dispatch.Plans{Default: dispatch.DefaultPlan()}, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	d.Use(town{dir})
	return &realDesk{Desk: dispatch.NewDesk(d, b.find), board: b}
}

func (d *realDesk) Seen(_ context.Context, id dispatch.IncidentID, s dispatch.Seen) error {
	if d.board.get(id) == nil {
		return dispatch.ErrNoIncident
	}
	d.mu.Lock()
	d.seen = append(d.seen, s)
	d.mu.Unlock()
	return nil
}

func (d *realDesk) receipts() []dispatch.Seen {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]dispatch.Seen{}, d.seen...)
}

// town is a directory in which the elder of every incident of [call] lives.
type town struct{ dispatchtest.Directory }

func (d town) Elder(id dispatch.ElderID) (dispatch.Elder, bool) {
	if !strings.HasPrefix(string(id), "E-") {
		return dispatch.Elder{}, false
	}
	home := geo.Point{Lat: 39.92131, Lon: 116.44355}
	return dispatch.Elder{ID: id, Name: "王秀英", Phone: "+8613300138471", Medical: "青霉素过敏；冠心病，支架两枚",
		Premises: dispatch.Premises{Address: "朝阳里 7号楼 2单元 1202", Area: "CY-7-2", Point: home, Floor: "12", AccessNote: "门禁密码 4471"}}, true
}

func people(t *testing.T) dispatchtest.Directory {
	t.Helper()
	areas, wrong := geo.NewAreas([]geo.Area{{Code: "CY", Name: "朝阳里社区", Level: geo.Community}, {Code: "CY-7", Name: "第七网格", Level: geo.Grid, Parent: "CY"}, {Code: "CY-7-2", Level: geo.Unit, Parent: "CY-7"}})
	if len(wrong) > 0 {
		t.Fatal(wrong)
	}
	at := func(north, east float64) geo.Point {
		return geo.Point{Lat: 39.92131 + north/111_000, Lon: 116.44355 + east/85_000}
	}
	helper := func(id, name string, kind dispatch.ResponderKind, phone string, p geo.Point, areas ...string) dispatch.Responder {
		return dispatch.Responder{ID: dispatch.ResponderID(id), Name: name, Kind: kind, Phone: phone, Base: p, Areas: areas, Language: "zh", OnDuty: true}
	}
	d := dispatchtest.Directory{Grid: areas, Keys: []dispatch.Device{{ID: "A3-1202", Phone: "+861065004471"}}, Helpers: []dispatch.Responder{
		helper("R-1", "刘洋", dispatch.Worker, "+8613800004471", at(150, 150), "CY-7"), helper("R-2", "黄志强", dispatch.GridLeader, "+8613900001234", at(60, -330), "CY-7"),
		helper("R-3", "孙丽", dispatch.Worker, "+8613600002222", at(-500, 300), "CY-7"), helper("R-4", "周建国", dispatch.Volunteer, "+8613600003333", at(700, -200), "CY"),
		helper("R-5", "何静", dispatch.Worker, "+8613600004444", at(100, 90), "CY-7"), helper("C-1", "朝阳社区卫生站", dispatch.Clinic, "+861065001111", at(-390, -130), "CY"),
		helper("P-1", "安心家政", dispatch.Provider, "+8613600005555", at(900, 900), "CY"),
	}}
	d.Helpers[4].OnDuty = false
	d.Helpers[6].Categories = []string{"meals"}
	return d
}

// centre is a console on a real listener with real access and a fake domain.
type centre struct {
	t      *testing.T
	access *access.Access
	board  *fakeBoard
	desk   *realDesk
	con    *Console
	url    string
	log    *syncBuffer
}

type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

const testPassword = "一个足够长的密码"

// open starts a centre; change may alter the options, wrap what is served.
func open(t *testing.T, change func(*Options), wrap func(http.Handler) http.Handler) *centre {
	t.Helper()
	ns, err := server.NewServer(&server.Options{ServerName: "test", JetStream: true, StoreDir: t.TempDir(), DontListen: true, NoSigs: true, NoLog: true})
	if err != nil {
		t.Fatalf("start nats: %v", err)
	}
	ns.Start()
	t.Cleanup(func() { ns.Shutdown(); ns.WaitForShutdown() })
	if !ns.ReadyForConnections(10 * time.Second) {
		t.Fatal("nats is not ready")
	}
	nc, err := nats.Connect("", nats.InProcessServer(ns))
	if err != nil {
		t.Fatalf("connect: %v", err)
	}
	t.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	c := &centre{t: t, board: newBoard(), log: &syncBuffer{}}
	dir := people(t)
	c.desk = newDesk(t, c.board, dir)
	log := slog.New(slog.NewTextHandler(c.log, nil))
	if c.access, err = access.Open(t.Context(), js, 1, log); err != nil {
		t.Fatalf("open access: %v", err)
	}
	for name, role := range map[string]access.Role{"李敏": access.RoleOperator, "陈刚": access.RoleSupervisor, "wall": access.RoleWall} {
		if err := c.access.CreateOperator(t.Context(), name, role); err != nil {
			t.Fatal(err)
		}
		if err := c.access.SetPassword(t.Context(), name, testPassword, ""); err != nil {
			t.Fatal(err)
		}
	}
	c.access.AddStatic(access.ScopeAPI, "api-token")
	c.access.AddStatic(access.ScopeGateway, "gateway-token")
	opt := Options{Access: c.access, Board: c.board, Desk: c.desk, Directory: func() dispatch.Directory { return town{dir} }, Log: log, Build: "test", Site: "朝阳街道居家养老指挥中心"}
	if change != nil {
		change(&opt)
	}
	if c.con, err = New(opt); err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	c.con.Register(mux)
	var h http.Handler = mux
	if wrap != nil {
		h = wrap(mux)
	}
	srv := httptest.NewServer(h)
	t.Cleanup(func() { srv.CloseClientConnections(); srv.Close() })
	c.url = srv.URL
	return c
}

// login gives a client with an operator's session.
func (c *centre) login(name string) *http.Client {
	c.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		c.t.Fatal(err)
	}
	client := &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.PostForm(c.url+"/login", map[string][]string{"name": {name}, "password": {testPassword}})
	if err != nil {
		c.t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusSeeOther {
		c.t.Fatalf("login of %s: status %d", name, res.StatusCode)
	}
	return client
}

// post sends JSON and returns the status and the answer.
func (c *centre) post(client *http.Client, path string, body any, headers ...string) (int, map[string]any) {
	c.t.Helper()
	data, err := json.Marshal(body)
	if err != nil {
		c.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(c.t.Context(), "POST", c.url+path, bytes.NewReader(data))
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := client.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	answer := map[string]any{}
	if len(text) > 0 && strings.HasPrefix(res.Header.Get("Content-Type"), "application/json") {
		if err := json.Unmarshal(text, &answer); err != nil {
			c.t.Fatalf("answer of %s: %v: %s", path, err, text)
		}
	}
	return res.StatusCode, answer
}

// get reads a path with an API token (empty: none).
func (c *centre) get(path, token string) (*http.Response, []byte) {
	c.t.Helper()
	req, err := http.NewRequestWithContext(c.t.Context(), "GET", c.url+path, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	return c.do(http.DefaultClient, req)
}

func (c *centre) do(client *http.Client, req *http.Request) (*http.Response, []byte) {
	c.t.Helper()
	res, err := client.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return res, body
}

var testTime = time.Date(2026, 11, 21, 6, 32, 0, 100_000_000, time.UTC)

// call is an incident as the dispatcher leaves it half a second after the press.
// The access note is there to show that it never leaves.
func call(id string, at time.Time) dispatch.Incident {
	battery := 86
	home := geo.Point{Lat: 39.92131, Lon: 116.44355}
	press := dispatch.PressSeen{ID: "p1", Device: "A3-1202", Kind: dispatch.SOS, At: at, Received: at, StoredAt: at.Add(2 * time.Millisecond), Battery: &battery}
	return dispatch.Incident{
		ID: dispatch.IncidentID(id), Case: dispatch.CaseID("E-" + id), Code: "37", State: dispatch.StateDispatched, Kind: dispatch.SOS, Urgency: dispatch.Red,
		Elder: dispatch.ElderID("E-" + id), Device: "A3-1202", Name: "王秀英", Sex: "f", Age: 82, Language: "zh", Hints: "听力差,请大声;钥匙在楼长张阿姨处",
		Premises: &dispatch.Premises{Address: "朝阳里 7号楼 2单元 1202", Area: "CY-7-2", Point: home, Floor: "12", AccessNote: "门禁密码 4471"},
		RaisedAt: at, Waiting: at, Needed: at, Called: at, Urgent: at, Touched: at, Dispatched: at.Add(300 * time.Millisecond), Pressed: 1, Presses: []dispatch.PressSeen{press}, Plan: "default",
		Offers: []dispatch.Offer{
			{Responder: "R-1", Name: "刘洋", Kind: dispatch.Worker, Phone: "+8613800004471", State: dispatch.Offered, Distance: 210, ETA: 4 * time.Minute, Shared: "grid", From: "live", At: geo.Point{Lat: 39.92266, Lon: 116.44530}, Why: "same grid, 210 m, about 4m0s from live position", Since: at.Add(300 * time.Millisecond)},
			{Responder: "R-2", Name: "黄志强", Kind: dispatch.GridLeader, Phone: "+8613900001234", State: dispatch.Offered, Distance: 340, ETA: 6 * time.Minute, Shared: "grid", From: "base", At: geo.Point{Lat: 39.92185, Lon: 116.43960}, Why: "same grid, 340 m, about 6m0s from base", Since: at.Add(300 * time.Millisecond)},
			{Responder: "C-1", Name: "朝阳社区卫生站", Kind: dispatch.Clinic, Phone: "+861065001111", State: dispatch.Offered, Distance: 420, ETA: 7 * time.Minute, Shared: "community", From: "base", At: geo.Point{Lat: 39.91780, Lon: 116.44200}, Why: "same community, 420 m, about 7m0s from base", Since: at.Add(300 * time.Millisecond)},
		},
		PassedOver: []dispatch.PassedOver{{Responder: "R-9", Why: "off duty"}, {Responder: "R-4", Why: "3 others rank before: same grid, 510 m, about 9m0s from base"}},
		Alerts: []dispatch.Alert{
			{ID: "a1", To: "R-1", Name: "刘洋", Role: dispatch.RoleResponder, Channel: "sms", Kind: "responder_alert", Phone: "+8613800004471", State: dispatch.AlertDelivered, Intended: at.Add(300 * time.Millisecond), Handed: at.Add(400 * time.Millisecond), Delivered: at.Add(3 * time.Second), Attempts: 1, Node: "n1"},
			{ID: "a2", To: "R-2", Name: "黄志强", Role: dispatch.RoleResponder, Channel: "sms", Kind: "responder_alert", Phone: "+8613900001234", State: dispatch.AlertHanded, Intended: at.Add(300 * time.Millisecond), Handed: at.Add(400 * time.Millisecond), Attempts: 1, Node: "n1"},
			{ID: "a3", To: "C-1", Name: "朝阳社区卫生站", Role: dispatch.RoleResponder, Channel: "sms", Kind: "responder_alert", Phone: "+861065001111", State: dispatch.AlertNotSent, Intended: at.Add(300 * time.Millisecond), Attempts: 1, Node: "n1"},
			{ID: "a4", To: "E-" + id + "#1", Name: "王磊", Role: dispatch.RoleContact, Channel: "sms", Kind: "family_alert", Phone: "+8613700005678", State: dispatch.AlertFailed, Code: "30003", Carrier: "twilio", Intended: at.Add(300 * time.Millisecond), Attempts: 1, Node: "n1"},
		},
		Timeline: []dispatch.Line{
			{At: at, What: dispatch.FactRaised, By: "dispatcher", Who: "A3-1202", Data: press},
			{At: at.Add(300 * time.Millisecond), What: dispatch.FactDispatched, By: "dispatcher", Data: map[string]int{"offers": 3, "alerts": 4}},
			{At: at.Add(400 * time.Millisecond), What: dispatch.FactReported, By: "recorder", Data: []dispatch.Report{{Alert: "a1", State: dispatch.AlertHanded, Ref: "SM1"}, {Alert: "a2", State: dispatch.AlertHanded, Ref: "SM2"}}},
			{At: at.Add(time.Second), What: dispatch.FactNoted, By: "operator 李敏", Who: "李敏", Text: "回拨 13800004471 无人接听"},
		},
	}
}

// waitFor polls until ok, which another goroutine or a browser brings about.
func waitFor(t *testing.T, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(20 * time.Second)
	for !ok() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("waited 20 s for %s", what)
		}
	}
}
