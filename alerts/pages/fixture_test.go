package pages

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"onekeyd/dispatch"
	"onekeyd/geo"
)

// The people of the stories. Wang has called; Zhang, Li and the clinic are asked,
// her son and daughter are told.
const (
	wang   = dispatch.ElderID("E-wang")
	zhang  = dispatch.ResponderID("R-zhang")
	li     = dispatch.ResponderID("R-li")
	clinic = dispatch.ResponderID("R-clinic")
	son    = "E-wang#1"
	girl   = "E-wang#2"

	sonPhone, girlPhone, wangPhone, zhangPhone, liPhone = "+8613800004471", "+8613800004472", "+862155550001", "+8613800001001", "+8613800001002"
	doorCode, allergy, centrePhone                      = "门禁1202#3306，钥匙在701张阿姨", "青霉素过敏，冠心病支架", "021-61234567"
	hints                                               = "听力差，请大声敲门"
	roomNumber, elderName                               = "1202", "王秀英"
)

var home = geo.Point{Lat: 31.2304, Lon: 121.4737}

// seals are those of one key, which a test may change.
type seals struct {
	mu    sync.Mutex
	epoch uint64
}

func (s *seals) Seal(parts ...string) (token [16]byte, epoch uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %q", s.epoch, parts))
	return [16]byte(sum[:16]), s.epoch
}

// board holds incidents and folds facts into them as the real one does.
type board struct {
	mu     sync.Mutex
	seq    uint64
	cases  map[dispatch.CaseID]*dispatch.Incident
	keep   func(*dispatch.Incident)
	silent bool // keep is not told: the page sees it before its follower does
}

func (b *board) Case(c dispatch.CaseID) (*dispatch.Incident, uint64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.cases[c], b.seq
}

func (b *board) apply(t testing.TB, c dispatch.CaseID, id dispatch.IncidentID, at time.Time, facts ...dispatch.Fact) *dispatch.Incident {
	t.Helper()
	b.mu.Lock()
	b.seq++
	inc, err := dispatch.Apply(b.cases[c], dispatch.Record{Seq: b.seq, StoredAt: at, Entry: dispatch.Entry{Case: c, Incident: id, At: at, By: "test", Facts: facts}})
	if err != nil {
		b.mu.Unlock()
		t.Fatalf("apply %v: %v", facts, err)
	}
	b.cases[c] = inc
	keep := b.keep
	if b.silent {
		keep = nil
	}
	b.mu.Unlock()
	if keep != nil {
		keep(inc)
	}
	return inc
}

// desk does what the real one would, as far as pages see it, and keeps what it was told.
type desk struct {
	t     testing.TB
	board *board

	mu       sync.Mutex
	answers  []dispatch.Answer
	seen     []Person
	revealed []string
	fail     error
}

func (d *desk) Answer(_ context.Context, a dispatch.Answer) (*dispatch.Incident, error) {
	d.mu.Lock()
	d.answers = append(d.answers, a)
	fail := d.fail
	d.mu.Unlock()
	inc, _ := d.board.Case(dispatch.CaseID(wang))
	if fail != nil {
		return inc, fail
	}
	if !inc.Open() || inc.ID != a.Incident {
		return nil, dispatch.ErrNoIncident
	}
	what := map[string]dispatch.FactType{
		dispatch.VerbAccept: dispatch.FactAccepted, dispatch.VerbDecline: dispatch.FactDeclined, dispatch.VerbEnRoute: dispatch.FactEnRoute,
		dispatch.VerbArrived: dispatch.FactOnScene, dispatch.VerbDone: dispatch.FactCleared,
	}[a.Verb]
	o, asked := inc.Offer(dispatch.ResponderID(a.Who))
	var f dispatch.Fact = dispatch.Moved{What: what, Responder: o.Responder, Via: a.Via, Outcome: a.Outcome}
	switch {
	case !asked:
		f = dispatch.Coming{Contact: a.Who, Via: a.Via, Not: a.Verb == dispatch.VerbDecline}
	case a.Verb == dispatch.VerbBackup:
		f = dispatch.Backup{By: a.Who, Via: a.Via}
	default:
		if _, ok := o.State.After(what); !ok {
			return inc, nil
		}
	}
	return d.board.apply(d.t, inc.Case, inc.ID, time.Now(), f), nil
}

func (d *desk) Reveal(_ context.Context, id dispatch.IncidentID, to, what string) (*dispatch.Incident, error) {
	d.mu.Lock()
	d.revealed = append(d.revealed, to+" "+what)
	fail := d.fail
	d.mu.Unlock()
	if fail != nil {
		return nil, fail
	}
	inc, _ := d.board.Case(dispatch.CaseID(wang))
	return d.board.apply(d.t, inc.Case, id, time.Now(), dispatch.Revealed{To: to, What: what}), nil
}

func (d *desk) Seen(_ context.Context, who Person) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.seen = append(d.seen, who)
	return d.fail
}

func (d *desk) sights() []Person {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]Person{}, d.seen...)
}

// did is how much the desk was told of anything.
func (d *desk) did() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.answers) + len(d.seen) + len(d.revealed)
}

func (d *desk) last() dispatch.Answer {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.answers) == 0 {
		return dispatch.Answer{}
	}
	return d.answers[len(d.answers)-1]
}

type directory struct{}

func (directory) Elder(id dispatch.ElderID) (dispatch.Elder, bool) {
	return dispatch.Elder{ID: id, Name: elderName, Phone: wangPhone, LivingAlone: true, Medical: allergy, Premises: dispatch.Premises{AccessNote: doorCode}}, id == wang
}

func (directory) Contacts(id dispatch.ElderID) []dispatch.Contact {
	return []dispatch.Contact{{Elder: id, Rank: 1, Name: "王磊", Relation: "儿子", Phone: sonPhone}, {Elder: id, Rank: 2, Name: "王芳", Phone: girlPhone}}
}

// places keeps what pages sent.
type places struct {
	mu    sync.Mutex
	live  map[dispatch.ResponderID]geo.Point
	moved []string
}

func (p *places) Where(id dispatch.ResponderID) (geo.Point, time.Time, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	at, ok := p.live[id]
	return at, time.Now(), ok
}

func (p *places) Move(id dispatch.ResponderID, at geo.Point, seen time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.live == nil {
		p.live = map[dispatch.ResponderID]geo.Point{}
	}
	p.live[id] = at
	p.moved = append(p.moved, fmt.Sprintf("%s %s %s", id, at, time.Since(seen).Round(time.Second)))
}

func (p *places) moves() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string{}, p.moved...)
}

func (*places) ETA(d geo.Metres) time.Duration {
	return time.Duration(float64(d) * 1.3 / 1.2 * float64(time.Second))
}

// centre is the pages with everything around them made of pasteboard.
type centre struct {
	t      testing.TB
	pages  *Pages
	board  *board
	desk   *desk
	places *places
	seals  *seals
	log    *syncBuffer
	mux    *http.ServeMux
	lang   string // Accept-Language
	down   atomic.Bool
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

func open(t testing.TB, change func(*Options)) *centre {
	t.Helper()
	c := &centre{t: t, board: &board{cases: map[dispatch.CaseID]*dispatch.Incident{}}, places: &places{}, seals: &seals{epoch: 1}, log: &syncBuffer{}, mux: http.NewServeMux()}
	c.desk = &desk{t: t, board: c.board}
	opt := Options{
		Seals: c.seals, Board: c.board, Directory: func() Directory { return directory{} }, Places: c.places, Desk: c.desk, Log: slog.New(slog.NewTextHandler(c.log, nil)),
		PublicURL: "https://help.example", Centre: "朝阳街道指挥中心", Phone: centrePhone, Zone: time.FixedZone("CST", 8*3600),
	}
	if change != nil {
		change(&opt)
	}
	var err error
	if c.pages, err = New(opt); err != nil {
		t.Fatal(err)
	}
	c.board.keep = c.pages.Keep
	c.pages.Begin(nil)
	c.pages.Register(c.mux)
	return c
}

const theCall = dispatch.IncidentID("20261121-abcdefghij")

// press raises Wang's call; language is everybody's.
func (c *centre) press(ago time.Duration, language string) *dispatch.Incident {
	c.t.Helper()
	at := time.Now().Add(-ago)
	return c.board.apply(c.t, dispatch.CaseID(wang), theCall, at, dispatch.Raised{
		Code: "37", Kind: dispatch.SOS, Urgency: dispatch.Red, Press: dispatch.PressSeen{ID: "p1", Device: "D-1", Kind: dispatch.SOS},
		Elder: wang, Name: elderName, Sex: "f", Age: 82, Language: language, Hints: hints,
		Premises: &dispatch.Premises{Address: "朝阳里7号楼2单元" + roomNumber, Floor: "12", Point: home},
	}, asked(language))
}

func asked(language string) dispatch.Dispatched {
	at := func(north, east float64) geo.Point {
		return geo.Point{Lat: home.Lat + north/111000, Lon: home.Lon + east/95000}
	}
	offer := func(id dispatch.ResponderID, name string, kind dispatch.ResponderKind, phone string, p geo.Point) dispatch.Offer {
		d := geo.Distance(home, p)
		return dispatch.Offer{Responder: id, Name: name, Kind: kind, Phone: phone, From: "base", At: p, Distance: d, ETA: (*places)(nil).ETA(d)}
	}
	alert := func(id, to string, role dispatch.AlertRole, phone string) dispatch.Alert {
		return dispatch.Alert{ID: dispatch.AlertID(id), To: to, Role: role, Channel: dispatch.ChannelSMS, Kind: "responder_alert", Language: language, Phone: phone}
	}
	return dispatch.Dispatched{
		Plan: "default", Asked: true,
		Offers: []dispatch.Offer{
			offer(zhang, "张敏", dispatch.Worker, zhangPhone, at(-120, 170)),
			offer(li, "李强", dispatch.GridLeader, liPhone, at(300, 100)),
			offer(clinic, "朝阳里卫生站", dispatch.Clinic, "+8613800001003", at(-300, -400)),
		},
		Alerts: []dispatch.Alert{
			alert("a1", string(zhang), dispatch.RoleResponder, zhangPhone), alert("a2", string(li), dispatch.RoleResponder, liPhone), alert("a3", string(clinic), dispatch.RoleResponder, "+8613800001003"),
			alert("a4", son, dispatch.RoleContact, sonPhone), alert("a5", girl, dispatch.RoleContact, girlPhone),
			{ID: "a6", To: "boss", Role: dispatch.RoleSupervisor, Language: language, Phone: "+8613800009999"},
		},
	}
}

func (c *centre) moved(what dispatch.FactType, who dispatch.ResponderID) *dispatch.Incident {
	c.t.Helper()
	return c.board.apply(c.t, dispatch.CaseID(wang), theCall, time.Now(), dispatch.Moved{What: what, Responder: who, Via: "sms"})
}

func (c *centre) closed(how dispatch.Disposition, ago time.Duration) *dispatch.Incident {
	c.t.Helper()
	return c.board.apply(c.t, dispatch.CaseID(wang), theCall, time.Now().Add(-ago), dispatch.Closed{Operator: "李敏", Disposition: how})
}

// path is the page of a person, as the alert that tells them of it would link to it.
func (c *centre) path(who string) string {
	c.t.Helper()
	role := dispatch.RoleResponder
	if strings.Contains(who, "#") {
		role = dispatch.RoleContact
	}
	link := c.pages.Link(&dispatch.Incident{ID: theCall}, dispatch.Alert{To: who, Role: role})
	path, ok := strings.CutPrefix(link, "https://help.example")
	if !ok {
		c.t.Fatalf("link of %s is %q", who, link)
	}
	return path
}

// reply is what came back; body without HTML's escapes, raw as it is.
type reply struct {
	status   int
	body     string
	raw      string
	location string
	header   http.Header
}

func (c *centre) do(method, path, body string, headers ...string) reply {
	c.t.Helper()
	var in io.Reader
	if body != "" {
		in = strings.NewReader(body)
	}
	r := httptest.NewRequest(method, "https://help.example"+path, in)
	if body != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if c.lang != "" {
		r.Header.Set("Accept-Language", c.lang)
	}
	for n := 0; n+1 < len(headers); n += 2 {
		r.Header.Set(headers[n], headers[n+1])
	}
	w := httptest.NewRecorder()
	c.mux.ServeHTTP(w, r)
	return reply{w.Code, html.UnescapeString(w.Body.String()), w.Body.String(), w.Header().Get("Location"), w.Header()}
}

func (c *centre) get(path string, headers ...string) reply {
	c.t.Helper()
	return c.do("GET", path, "", headers...)
}

// tap presses a button that the page of this path has, as a browser without
// JavaScript does, and follows where it leads.
func (c *centre) tap(path, button string) reply {
	c.t.Helper()
	page := c.get(path)
	if !strings.Contains(page.body, `name="do" value="`+button+`"`) {
		c.t.Fatalf("the page has no button %q:\n%s", button, inside(page.body))
	}
	form := url.Values{"do": {button}}
	if _, more, ok := strings.Cut(page.body, `name="more" value="`); ok {
		form.Set("more", more[:strings.IndexByte(more, '"')])
	}
	r := c.do("POST", path, form.Encode(), "Sec-Fetch-Site", "same-origin")
	if r.status != http.StatusSeeOther {
		c.t.Fatalf("button %q: status %d, %s", button, r.status, r.body)
	}
	next := c.get(r.location)
	next.location = r.location
	return next
}

// inside is a page without its head, to be read by whoever mends a test.
func inside(page string) string {
	if _, body, ok := strings.Cut(page, "<body"); ok {
		return body
	}
	return page
}

func must(t testing.TB, text string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(text, p) {
			t.Errorf("lacks %q:\n%s", p, inside(text))
		}
	}
}

func mustNot(t testing.TB, text string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if strings.Contains(text, p) {
			t.Errorf("holds %q:\n%s", p, inside(text))
		}
	}
}
