package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
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
	"testing/synctest"
	"time"

	"github.com/nats-io/nats-server/v2/server/ats"

	"onekeyd/alerts/sms/twiliosim"
	"onekeyd/cmd/onekeyd/settings"
	"onekeyd/dispatch"
	"onekeyd/dispatch/dispatchtest"
	"onekeyd/dispatch/journal"
	"onekeyd/dispatch/registry"
	"onekeyd/geo"
)

// TestMain registers the NATS server's clock outside any bubble, without which fake time never moves in one.
func TestMain(m *testing.M) {
	ats.Register()
	m.Run()
}

const (
	testGateway = "gateway-token-of-the-tests"
	testAPI     = "api-token-of-the-tests"
)

// world is a small estate and a whole daemon in fake time: the real journal on a
// real disk, the real way through twilio-go, and a carrier that does as it is told.
type world struct {
	t    *testing.T
	dir  string
	sim  *twiliosim.Sim
	d    *daemon
	stop context.CancelFunc
	done chan error

	crash  *dispatchtest.Crash                     // nil: nothing dies
	around func(dispatch.Journal) dispatch.Journal // nil: the journal as it is
	hurt   []string                                // log lines that a human must act on
	extra  []string                                // settings beside the usual ones
	way    http.RoundTripper                       // to the carriers; nil: to sim, whichever is asked
	settle func()                                  // fills the directory; nil: with the estate

	mu   sync.Mutex // guards open, which the carrier's callbacks read
	open http.Handler
}

// scenario runs story in a bubble, where an hour passes in a blink, and then
// asserts that it ended in silence.
func scenario(t *testing.T, story func(t *testing.T, w *world)) {
	t.Helper()
	scenarioWith(t, func(*world) {}, story)
}

// scenarioWith lets prepare change the world before its daemon starts.
func scenarioWith(t *testing.T, prepare func(w *world), story func(t *testing.T, w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &world{t: t, dir: t.TempDir()}
		w.sim = twiliosim.New(twiliosim.Options{HookURL: "http://127.0.0.1:8080/hooks/twilio", Callbacks: callbacks{w}})
		prepare(w)
		w.start()
		if w.settle == nil {
			w.settle = w.estate
		}
		w.settle()
		story(t, w)
		w.halt()
		if err := w.sim.Close(); err != nil {
			t.Errorf("close the carrier: %v", err)
		}
		for _, line := range w.hurt {
			t.Errorf("logged at level error, which wakes somebody: %s", line)
		}
	})
}

// callbacks bring the carrier's webhooks to whichever daemon is up.
type callbacks struct{ w *world }

func (c callbacks) RoundTrip(r *http.Request) (*http.Response, error) {
	c.w.mu.Lock()
	open := c.w.open
	c.w.mu.Unlock()
	if open == nil {
		return nil, errors.New("connection refused: the daemon is down")
	}
	return twiliosim.ServeWith(open).RoundTrip(r)
}

// start brings a daemon up on the world's folder.
func (w *world) start() {
	w.t.Helper()
	sid, token := w.sim.Account()
	set := flag.NewFlagSet("test", flag.ContinueOnError)
	loader := settings.NewLoader(set)
	cfg, err := loader.Load(append([]string{
		"ONEKEYD_DATA=" + w.dir, "ONEKEYD_GATEWAY_TOKEN=" + testGateway, "ONEKEYD_API_TOKEN=" + testAPI, "ONEKEYD_NODE_NAME=n1", "ONEKEYD_CENTRE_TIME_ZONE=UTC",
		"TWILIO_ACCOUNT_SID=" + sid, "TWILIO_AUTH_TOKEN=" + token, "TWILIO_FROM=+15005550006",
	}, w.extra...))
	if err != nil {
		w.t.Fatal(err)
	}
	x := replaced{quiet: true, carrier: w.way, journal: w.around}
	if x.carrier == nil {
		x.carrier = w.sim.RoundTripper()
	}
	if w.crash != nil {
		x.journal = func(inner dispatch.Journal) dispatch.Journal { w.crash.Inner = inner; return w.crash }
	}
	w.d, err = newDaemon(w.t.Context(), cfg, slog.New(alarmed{w}), x)
	if err != nil {
		w.t.Fatal(err)
	}
	ctx, stop := context.WithCancel(w.t.Context())
	w.stop, w.done = stop, make(chan error, 1)
	if w.crash != nil {
		w.crash.Die = func() { w.shut(); stop() }
	}
	d := w.d
	go func() { w.done <- d.run(ctx) }()
	synctest.Wait()
	w.mu.Lock()
	w.open = w.d.handler
	w.mu.Unlock()
}

// shut takes the daemon off the network, as a process that died is.
func (w *world) shut() {
	w.mu.Lock()
	w.open = nil
	w.mu.Unlock()
}

func (w *world) halt() {
	w.t.Helper()
	w.shut()
	w.stop()
	if err := <-w.done; err != nil {
		w.t.Errorf("the daemon ended with %v", err)
	}
}

func (w *world) restart() {
	w.t.Helper()
	w.halt()
	w.crash = nil
	w.start()
}

// alarmed keeps what is logged at level error.
type alarmed struct{ w *world }

func (alarmed) Enabled(_ context.Context, l slog.Level) bool { return l >= slog.LevelError }
func (a alarmed) Handle(_ context.Context, r slog.Record) error {
	var b strings.Builder
	b.WriteString(r.Message)
	r.Attrs(func(at slog.Attr) bool { fmt.Fprintf(&b, " %s=%v", at.Key, at.Value); return true })
	a.w.mu.Lock()
	defer a.w.mu.Unlock()
	a.w.hurt = append(a.w.hurt, b.String())
	return nil
}
func (a alarmed) WithAttrs([]slog.Attr) slog.Handler { return a }
func (a alarmed) WithGroup(string) slog.Handler      { return a }

// woke expects that a human was woken once, by a line that contains this.
func (w *world) woke(contains string) {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	n := slices.IndexFunc(w.hurt, func(line string) bool { return strings.Contains(line, contains) })
	if n < 0 {
		w.t.Errorf("nobody was woken because %q; logged at level error: %q", contains, w.hurt)
		return
	}
	w.hurt = slices.Delete(w.hurt, n, n+1)
}

// The people of the estate. Wang lives in grid G1; Zhang works there, Li in the
// next grid of the community, though Li is nearer; Zhao is off duty.
const (
	wang, liu = dispatch.ElderID("E-wang"), dispatch.ElderID("E-liu")

	zhang, li, chen, zhao, clinic = "R-zhang", "R-li", "R-chen", "R-zhao", "R-clinic"

	zhangPhone, liPhone, chenPhone, clinicPhone, sonPhone = "+85251110001", "+85251110002", "+85251110003", "+85251110004", "+85251110005"
)

func (w *world) estate() {
	w.t.Helper()
	b := registry.NewBatch()
	at := func(north, east float64) geo.Point { // metres from the estate's gate
		return geo.Point{Lat: 37.59 + north/111000, Lon: 118.55 + east/88000}
	}
	for _, a := range []geo.Area{
		{Code: "C1", Name: "和平社区", Level: geo.Community},
		{Code: "G1", Name: "一网格", Level: geo.Grid, Parent: "C1"},
		{Code: "G2", Name: "二网格", Level: geo.Grid, Parent: "C1"},
	} {
		w.must(b.AddArea(a))
	}
	w.must(b.AddElder(dispatch.Elder{ID: wang, Name: "王秀兰", Sex: "f", BirthYear: 1918, Language: "zh", Hints: "独居", Medical: "青霉素过敏",
		Premises: dispatch.Premises{Address: "幸福里3号楼2单元401", Area: "G1", Point: at(0, 0), Floor: "4", AccessNote: "钥匙在701"}}))
	w.must(b.AddElder(dispatch.Elder{ID: liu, Name: "刘德明", Sex: "m", BirthYear: 1915, Language: "zh", Premises: dispatch.Premises{Address: "幸福里5号楼101", Area: "G2", Point: at(50, 50)}}))
	w.must(b.AddDevice(dispatch.Device{ID: "D-wang", Elder: wang}))
	w.must(b.AddDevice(dispatch.Device{ID: "D-liu", Elder: liu}))
	w.must(b.AddDevice(dispatch.Device{ID: "D-spare"}))
	w.must(b.AddContact(dispatch.Contact{Elder: wang, Rank: 1, Name: "王磊", Relation: "儿子", Phone: sonPhone, Language: "en"}))
	for _, r := range []dispatch.Responder{
		{ID: zhang, Name: "张敏", Kind: dispatch.Worker, Phone: zhangPhone, Base: at(0, 300), Areas: []string{"G1"}, OnDuty: true, Language: "zh"},
		{ID: li, Name: "李强", Kind: dispatch.GridLeader, Phone: liPhone, Base: at(0, 100), Areas: []string{"G2"}, OnDuty: true, Language: "zh"},
		{ID: chen, Name: "陈静", Kind: dispatch.Worker, Phone: chenPhone, Base: at(0, 50), OnDuty: true, Language: "zh"},
		{ID: zhao, Name: "赵勇", Kind: dispatch.Worker, Phone: "+85251110009", Base: at(0, 1), Areas: []string{"G1"}, Language: "zh"},
		{ID: clinic, Name: "社区卫生站", Kind: dispatch.Clinic, Phone: clinicPhone, Base: at(400, 0), OnDuty: true, Language: "zh"},
	} {
		w.must(b.AddResponder(r))
	}
	if _, err := w.d.registry.Import(w.t.Context(), b, registry.Options{By: "test"}); err != nil {
		w.t.Fatal(err)
	}
	synctest.Wait()
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// press presses a key through the HTTP gateway and reports whether the device
// was told received. The fields go into the JSON beside the device.
func (w *world) press(device string, fields ...string) bool {
	w.t.Helper()
	body := map[string]string{"device": device}
	for i := 0; i+1 < len(fields); i += 2 {
		body[fields[i]] = fields[i+1]
	}
	data, err := json.Marshal(body)
	w.must(err)
	w.mu.Lock()
	open := w.open
	w.mu.Unlock()
	if open == nil {
		return false
	}
	req := httptest.NewRequest(http.MethodPost, "/v1/presses", bytes.NewReader(data)).WithContext(w.t.Context())
	req.Header.Set("Authorization", "Bearer "+testGateway)
	rec := httptest.NewRecorder()
	open.ServeHTTP(rec, req)
	synctest.Wait()
	return rec.Code == http.StatusAccepted
}

// incident is the one open incident of an elder or device.
func (w *world) incident(c dispatch.CaseID) *dispatch.Incident {
	w.t.Helper()
	synctest.Wait()
	inc, _ := w.d.board.Case(c)
	if inc == nil {
		w.t.Fatalf("there is no incident on case %s", c)
	}
	return inc
}

func (w *world) openIncidents(want int) {
	w.t.Helper()
	synctest.Wait()
	if got := len(w.d.board.Open()); got != want {
		w.t.Errorf("%d incidents are open, want %d", got, want)
	}
}

// texts are what a phone has received, oldest first.
func (w *world) texts(phone string) []string {
	var out []string
	for _, m := range w.sim.To(phone) {
		if !m.Inbound {
			out = append(out, m.Body)
		}
	}
	return out
}

func (w *world) expectTexts(phone string, contains ...string) {
	w.t.Helper()
	got := w.texts(phone)
	if len(got) != len(contains) {
		w.t.Errorf("%s has %d texts, want %d: %q", phone, len(got), len(contains), got)
		return
	}
	for n, want := range contains {
		if !strings.Contains(got[n], want) {
			w.t.Errorf("text %d of %s is %q, without %q", n+1, phone, got[n], want)
		}
	}
}

func (w *world) silence() {
	w.t.Helper()
	synctest.Wait()
	if got := len(w.sim.Messages()); got != 0 {
		w.t.Errorf("%d texts went out, want none", got)
	}
}

// alert is what became of the message to one recipient.
func (w *world) alert(c dispatch.CaseID, to string) dispatch.Alert {
	w.t.Helper()
	inc := w.incident(c)
	n := slices.IndexFunc(inc.Alerts, func(a dispatch.Alert) bool { return a.To == to })
	if n < 0 {
		w.t.Fatalf("incident %s tells nobody called %s", inc.ID, to)
	}
	return inc.Alerts[n]
}

// reply answers a text from a phone.
func (w *world) reply(phone, text string) {
	w.t.Helper()
	if err := w.sim.Reply(w.t.Context(), phone, "+15005550006", text); err != nil {
		w.t.Errorf("reply %q of %s: %v", text, phone, err)
	}
	synctest.Wait()
}

// get reads an address of the daemon with the API token.
func (w *world) get(path string, into any) int {
	w.t.Helper()
	req := httptest.NewRequest(http.MethodGet, path, nil).WithContext(w.t.Context())
	req.Header.Set("Authorization", "Bearer "+testAPI)
	rec := httptest.NewRecorder()
	w.d.handler.ServeHTTP(rec, req)
	data, err := io.ReadAll(rec.Body)
	w.must(err)
	if into != nil {
		w.must(json.Unmarshal(data, into))
	}
	return rec.Code
}

// after lets time pass.
func after(d time.Duration) {
	time.Sleep(d) // in a bubble: no time passes but this
	synctest.Wait()
}

// storeWhileDown stores a press on the world's journal while no dispatcher runs.
func (w *world) storeWhileDown(device dispatch.DeviceID, id dispatch.PressID) {
	w.t.Helper()
	j, err := journal.Open(w.t.Context(), journal.Options{Node: "gateway", Name: "gateway", Embedded: journal.Embedded{Dir: w.dir}})
	w.must(err)
	_, err = j.PublishPress(w.t.Context(), dispatch.Press{ID: id, Device: device, Kind: dispatch.SOS, Received: time.Now()})
	w.must(err)
	w.must(j.Close())
}
