package console

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
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
	"onekeyd/geo"
)

// fakeBoard is a board that tests push incidents into.
type fakeBoard struct {
	mu     sync.Mutex
	seq    uint64
	oldest uint64 // events up to here are gone
	open   map[dispatch.IncidentID]*dispatch.Incident
	events []Event
	wake   chan struct{}
}

func newBoard() *fakeBoard {
	return &fakeBoard{open: map[dispatch.IncidentID]*dispatch.Incident{}, wake: make(chan struct{})}
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

// fakeDesk acts on the board with a compare-and-set.
type fakeDesk struct {
	board *fakeBoard
	mu    sync.Mutex
	calls int
	seen  []dispatch.Seen
}

func (d *fakeDesk) act(id dispatch.IncidentID, version uint64, change func(*dispatch.Incident)) (*dispatch.Incident, error) {
	d.mu.Lock()
	d.calls++
	d.mu.Unlock()
	d.board.mu.Lock()
	defer d.board.mu.Unlock()
	inc := d.board.open[id]
	if inc == nil {
		return nil, fmt.Errorf("incident %s: %w", id, dispatch.ErrNoIncident)
	}
	if version != 0 && version != inc.Seq {
		return inc, fmt.Errorf("incident %s: %w", id, dispatch.ErrStale)
	}
	next := *inc
	change(&next)
	return d.board.putLocked(next), nil
}

func (d *fakeDesk) Acknowledge(_ context.Context, id dispatch.IncidentID, operator string, version uint64) (*dispatch.Incident, error) {
	return d.act(id, version, func(i *dispatch.Incident) {
		at := time.Now().UTC()
		i.Acked = &dispatch.Ack{Operator: operator, At: at}
		i.Timeline = append(i.Timeline[:len(i.Timeline):len(i.Timeline)], dispatch.Line{At: at, What: dispatch.FactAcknowledged, By: "operator " + operator, Who: operator})
	})
}

func (d *fakeDesk) Note(_ context.Context, id dispatch.IncidentID, operator, text string) (*dispatch.Incident, error) {
	return d.act(id, 0, func(i *dispatch.Incident) {
		i.Timeline = append(i.Timeline[:len(i.Timeline):len(i.Timeline)], dispatch.Line{At: time.Now().UTC(), What: dispatch.FactNoted, By: "operator " + operator, Who: operator, Text: text})
	})
}

func (d *fakeDesk) Close(_ context.Context, id dispatch.IncidentID, operator string, how dispatch.Disposition, note string, version uint64) (*dispatch.Incident, error) {
	return d.act(id, version, func(i *dispatch.Incident) {
		i.State = dispatch.StateClosed
		i.Ended = &dispatch.Ending{Disposition: how, Operator: operator, Note: note, At: time.Now().UTC()}
	})
}

func (d *fakeDesk) Seen(_ context.Context, id dispatch.IncidentID, s dispatch.Seen) error {
	if d.board.get(id) == nil {
		return dispatch.ErrNoIncident
	}
	d.mu.Lock()
	d.seen = append(d.seen, s)
	d.mu.Unlock()
	return nil
}

func (d *fakeDesk) receipts() []dispatch.Seen {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]dispatch.Seen{}, d.seen...)
}

// centre is a console on a real listener with real access and a fake domain.
type centre struct {
	t      *testing.T
	access *access.Access
	board  *fakeBoard
	desk   *fakeDesk
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
	c.desk = &fakeDesk{board: c.board}
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
	opt := Options{Access: c.access, Board: c.board, Desk: c.desk, Log: log, Build: "test", Site: "朝阳街道居家养老指挥中心"}
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
		RaisedAt: at, Dispatched: at.Add(300 * time.Millisecond), Pressed: 1, Presses: []dispatch.PressSeen{press}, Plan: "default",
		Offers: []dispatch.Offer{
			{Responder: "R-1", Name: "刘洋", Kind: dispatch.Worker, Phone: "+8613800004471", State: dispatch.Offered, Distance: 210, ETA: 4 * time.Minute, Shared: "grid", From: "live", At: geo.Point{Lat: 39.92266, Lon: 116.44530}, Why: "same grid, 210 m, about 4m0s from live position", Since: at.Add(300 * time.Millisecond)},
			{Responder: "R-2", Name: "黄志强", Kind: dispatch.GridLeader, Phone: "+8613900001234", State: dispatch.Offered, Distance: 340, ETA: 6 * time.Minute, Shared: "grid", From: "base", At: geo.Point{Lat: 39.92185, Lon: 116.43960}, Why: "same grid, 340 m, about 6m0s from base", Since: at.Add(300 * time.Millisecond)},
			{Responder: "C-1", Name: "朝阳社区卫生站", Kind: dispatch.Clinic, Phone: "+861065001111", State: dispatch.Offered, Distance: 420, ETA: 7 * time.Minute, Shared: "community", From: "base", At: geo.Point{Lat: 39.91780, Lon: 116.44200}, Why: "same community, 420 m, about 7m0s from base", Since: at.Add(300 * time.Millisecond)},
		},
		PassedOver: []dispatch.PassedOver{{Responder: "R-9", Why: "off duty"}, {Responder: "R-4", Why: "3 others rank before: same grid, 510 m, about 9m0s from base"}},
		Alerts: []dispatch.Alert{
			{ID: "a1", To: "R-1", Name: "刘洋", Role: dispatch.RoleResponder, Channel: "sms", Kind: "offer", Phone: "+8613800004471", State: dispatch.AlertDelivered, Intended: at.Add(300 * time.Millisecond), Handed: at.Add(400 * time.Millisecond), Delivered: at.Add(3 * time.Second), Attempts: 1, Node: "n1"},
			{ID: "a2", To: "R-2", Name: "黄志强", Role: dispatch.RoleResponder, Channel: "sms", Kind: "offer", Phone: "+8613900001234", State: dispatch.AlertHanded, Intended: at.Add(300 * time.Millisecond), Handed: at.Add(400 * time.Millisecond), Attempts: 1, Node: "n1"},
			{ID: "a3", To: "C-1", Name: "朝阳社区卫生站", Role: dispatch.RoleResponder, Channel: "sms", Kind: "offer", Phone: "+861065001111", State: dispatch.AlertNotSent, Intended: at.Add(300 * time.Millisecond), Attempts: 1, Node: "n1"},
			{ID: "a4", To: "E-" + id + "#1", Name: "王磊", Role: dispatch.RoleContact, Channel: "sms", Kind: "family", Phone: "+8613700005678", State: dispatch.AlertFailed, Code: "30003", Carrier: "twilio", Intended: at.Add(300 * time.Millisecond), Attempts: 1, Node: "n1"},
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
