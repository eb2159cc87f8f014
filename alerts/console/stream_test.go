package console

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"onekeyd/dispatch"
)

var update = flag.Bool("update", false, "write the golden files")

func TestIncidentOnTheWire(t *testing.T) {
	inc := call("20261121-ab12cd", testTime)
	inc.Seq = 7
	inc.Acked = &dispatch.Ack{Operator: "李敏", At: testTime.Add(6 * time.Second)}
	inc.SeenBy = []dispatch.Seen{{Operator: "李敏", Console: "c1", Version: 5, Audio: "running", Visible: true, At: testTime.Add(40 * time.Millisecond)}}
	for who, name := range map[reader]string{forDesk: "desk", forProgram: "program", forWall: "wall"} {
		data, err := encode(&inc, who, planned(&inc))
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{"4471\"", "门禁"} {
			if secret == "4471\"" && who == forDesk {
				continue
			}
			if secret == "门禁" && bytes.Contains(data, []byte(secret)) {
				t.Errorf("%s holds the access note", name)
			}
		}
		if who != forDesk && bytes.Contains(data, []byte("13800004471")) {
			t.Errorf("%s holds a whole telephone number", name)
		}
		if who == forWall && (bytes.Contains(data, []byte("王秀英")) || bytes.Contains(data, []byte("朝阳里")) || bytes.Contains(data, []byte("刘洋"))) {
			t.Errorf("the wall shows who or where: %s", data)
		}
		var b bytes.Buffer
		if err := json.Indent(&b, data, "", " "); err != nil {
			t.Fatal(err)
		}
		b.WriteByte('\n')
		file := "testdata/incident-" + name + ".json"
		if *update {
			if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), b.String()); diff != "" {
			t.Errorf("%s differs from %s (-want +got):\n%s", name, file, diff)
		}
	}
}

func TestEmptyIncidentHasNoNulls(t *testing.T) {
	data, err := encode(&dispatch.Incident{ID: "x", Unknown: "unknown device"}, forDesk, around{})
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(data, []byte("null")) {
		t.Errorf("null in %s", data)
	}
}

// sse reads one stream event by event.
type sse struct {
	t   *testing.T
	res *http.Response
	in  *bufio.Scanner
}

type sseEvent struct{ id, name, data string }

func (c *centre) stream(query, token string, headers ...string) *sse {
	c.t.Helper()
	req, err := http.NewRequestWithContext(c.t.Context(), "GET", c.url+"/v1/events"+query, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { res.Body.Close() })
	in := bufio.NewScanner(res.Body)
	in.Buffer(nil, 1<<20)
	return &sse{c.t, res, in}
}

// next is the next event; ok is false when the server ended the stream.
func (s *sse) next() (ev sseEvent, ok bool) {
	for s.in.Scan() {
		key, value, _ := strings.Cut(s.in.Text(), ": ")
		switch key {
		case "id":
			ev.id = value
		case "event":
			ev.name = value
		case "data":
			ev.data = value
		case "":
			if ev.name != "" {
				return ev, true
			}
		}
	}
	return ev, false
}

// want skips heartbeats.
func (s *sse) want(name string) sseEvent {
	s.t.Helper()
	for {
		ev, ok := s.next()
		if !ok {
			s.t.Fatalf("stream ended while waiting for %q", name)
		}
		if ev.name == name {
			return ev
		}
		if ev.name != "hb" {
			s.t.Fatalf("event %q, want %q: %s", ev.name, name, ev.data)
		}
	}
}

func TestEventContract(t *testing.T) {
	c := open(t, func(o *Options) {
		o.Heartbeat = 50 * time.Millisecond
		o.Status = func() []string { return []string{"no carrier"} }
	}, nil)
	first := c.board.put(call("20261121-aaaaaa", testTime))

	res, body := c.get("/v1/snapshot", "api-token")
	var snap struct {
		Seq       uint64           `json:"seq"`
		Incidents []map[string]any `json:"incidents"`
	}
	if err := json.Unmarshal(body, &snap); err != nil || res.StatusCode != 200 {
		t.Fatalf("snapshot: %v %s: %s", err, res.Status, body)
	}
	if snap.Seq != 1 || len(snap.Incidents) != 1 || snap.Incidents[0]["id"] != string(first.ID) || snap.Incidents[0]["version"] != 1.0 {
		t.Fatalf("snapshot %s", body)
	}
	offer := snap.Incidents[0]["offers"].([]any)[0].(map[string]any)
	if offer["responder"] != "R-1" || offer["state"] != "offered" || offer["distance_m"] != 210.0 || offer["why"] == "" || offer["phone"] != "***471" {
		t.Errorf("offer %v", offer)
	}

	s := c.stream("?after=1", "api-token")
	for key, want := range map[string]string{"Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-store", "X-Accel-Buffering": "no"} {
		if got := s.res.Header.Get(key); got != want {
			t.Errorf("%s: %q, want %q", key, got, want)
		}
	}
	second := c.board.put(call("20261121-bbbbbb", testTime))
	ev := s.want("incident")
	if ev.id != "2" {
		t.Errorf("id %q, want the journal's sequence 2", ev.id)
	}
	whole, err := encode(second, forProgram, c.con.around(second))
	if err != nil {
		t.Fatal(err)
	}
	if ev.data != string(whole) {
		t.Errorf("the event is not the incident as in the snapshot:\n%s\n%s", ev.data, whole)
	}
	hb := s.want("hb")
	var beat map[string]any
	if err := json.Unmarshal([]byte(hb.data), &beat); err != nil {
		t.Fatal(err)
	}
	if beat["seq"] != 2.0 || beat["armed_consoles"] != 0.0 || beat["build"] == "" || hb.id != "" {
		t.Errorf("heartbeat %s", hb.data)
	}
	if at, err := time.Parse(time.RFC3339, beat["server_time"].(string)); err != nil || time.Since(at) > time.Minute {
		t.Errorf("server_time %v: %v", beat["server_time"], err)
	}
	if diff := cmp.Diff([]any{"no carrier"}, beat["status"]); diff != "" {
		t.Error(diff)
	}

	// The header wins over the address that a browser repeats with it.
	again := c.stream("?after=0", "api-token", "Last-Event-ID", "1")
	if ev := again.want("incident"); ev.id != "2" {
		t.Errorf("after Last-Event-ID 1 came %q", ev.id)
	}
	if ev := c.stream("?after=0", "api-token").want("incident"); ev.id != "1" {
		t.Errorf("after 0 came %q", ev.id)
	}
}

func TestCursors(t *testing.T) {
	c := open(t, nil, nil)
	for range 5 {
		c.board.put(call("20261121-aaaaaa", testTime))
	}
	c.board.mu.Lock()
	c.board.oldest = 3
	c.board.mu.Unlock()
	for _, query := range []string{"?after=1", "?after=99"} {
		s := c.stream(query, "api-token")
		if ev := s.want("reset"); ev.data != `{"seq":5}` {
			t.Errorf("%s: reset %s", query, ev.data)
		}
		if ev, ok := s.next(); ok {
			t.Errorf("%s: %v after a reset", query, ev)
		}
	}
	if res, _ := c.get("/v1/events?after=x", "api-token"); res.StatusCode != http.StatusBadRequest {
		t.Errorf("cursor x: %s", res.Status)
	}
}

func TestSlowReaderLosesTheConnectionOnly(t *testing.T) {
	c := open(t, func(o *Options) { o.WriteTimeout = 100 * time.Millisecond }, nil)
	conn, err := net.Dial("tcp", strings.TrimPrefix(c.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.(*net.TCPConn).SetReadBuffer(4096); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Write([]byte("GET /v1/events?after=0 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer api-token\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "the stream to open", func() bool { return len(c.con.streams) == 1 })
	fast := c.stream("?after=0", "api-token")
	inc := call("20261121-aaaaaa", testTime)
	inc.Timeline[3].Text = strings.Repeat("x", 64<<10) // fills the kernel's buffers soon
	for n := range 200 {
		c.board.put(inc)
		if ev := fast.want("incident"); ev.id == "" {
			t.Fatalf("event %d has no id", n)
		}
	}
	waitFor(t, "the slow reader to be dropped", func() bool { return len(c.con.streams) == 1 })
	c.board.put(inc)
	if ev := fast.want("incident"); ev.id != "201" {
		t.Errorf("the other reader got %s", ev.id)
	}
}

func TestOneEncodingForAllReaders(t *testing.T) {
	e := encodings{look: planned, made: map[encodingKey]*encoding{}}
	inc := call("20261121-aaaaaa", testTime)
	inc.Seq = 3
	one, err := e.of(&inc, forDesk)
	if err != nil {
		t.Fatal(err)
	}
	two, err := e.of(&inc, forDesk)
	if err != nil {
		t.Fatal(err)
	}
	if &one[0] != &two[0] {
		t.Error("a second reader had it encoded again")
	}
	other, err := e.of(&inc, forWall)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(one, other) {
		t.Error("the wall got the desk's bytes")
	}
	for n := range 5 * keptEncodings {
		next := inc
		next.Seq = uint64(10 + n)
		if _, err := e.of(&next, forDesk); err != nil {
			t.Fatal(err)
		}
	}
	if len(e.made) > keptEncodings {
		t.Errorf("%d encodings kept, want at most %d", len(e.made), keptEncodings)
	}
}

func TestStreamsEndWithTheSession(t *testing.T) {
	c := open(t, func(o *Options) { o.Heartbeat = 30 * time.Millisecond }, nil)
	client := c.login("李敏")
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, "GET", c.url+"/v1/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	s := &sse{t, res, bufio.NewScanner(res.Body)}
	s.want("hb")
	if status, _ := c.post(client, "/logout", nil); status != http.StatusSeeOther {
		t.Fatalf("logout: %d", status)
	}
	for {
		if _, ok := s.next(); !ok {
			break
		}
	}
	if ctx.Err() != nil {
		t.Error("the stream went on after the logout")
	}
}
