package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"io"
	"net/http"
	"net/http/cookiejar"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"onekeyd/cmd/onekeyd/settings"
)

// shout is a writer that says when something was written.
type shout struct {
	mu    sync.Mutex
	text  bytes.Buffer
	wrote chan struct{}
}

func (s *shout) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer func() {
		select {
		case s.wrote <- struct{}{}:
		default:
		}
	}()
	return s.text.Write(b)
}

func (s *shout) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// The whole demo on real sockets: the link is logged in, a press comes by
// itself, those who are told have it on their phones, and an answer typed there
// is on the console.
func TestDemo(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds of real time")
	}
	out, errs := &shout{wrote: make(chan struct{}, 1)}, &shout{wrote: make(chan struct{}, 1)}
	set := flag.NewFlagSet("demo", flag.ContinueOnError)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	began, ended := time.Now(), make(chan error, 1)
	go func() {
		ended <- demo(ctx, &call{flags: set, loader: settings.NewLoader(set), stdout: out, stderr: errs, args: []string{
			"-silent", "-every", "1h", "-http-listen", "127.0.0.1:0", "-nats-listen", "127.0.0.1:0", "-mqtt-listen", "127.0.0.1:0",
		}})
	}()
	select {
	case <-out.wrote:
		t.Logf("ready after %s", time.Since(began))
	case err := <-ended:
		t.Fatalf("ended with %v\n%s", err, errs)
	case <-time.After(20 * time.Second):
		t.Fatalf("nothing was printed in 20 s\n%s", errs)
	}
	lines := regexp.MustCompile(`^console  (http://127\.0\.0\.1:\d+)(/demo/\w+)\nphones   (\S+)\npress    .* press -data (\S+) -http-listen \S+ K-0001\n$`).FindStringSubmatch(out.String())
	if lines == nil {
		t.Fatalf("printed: %s", out)
	}
	base, link, phones, data := lines[1], lines[1]+lines[2], lines[3], lines[4]

	for range 2 { // whoever looks first, the link still works
		if body := demoGet(t, demoBrowser(t), link); !strings.Contains(body, `data-operator="demo"`) {
			t.Errorf("the link leads to %.300s", body)
		}
	}
	desk := demoBrowser(t)
	demoGet(t, desk, link)
	incident := demoSoon(t, "a press", func() (i demoIncident, ok bool) {
		var shot struct{ Incidents []demoIncident }
		demoDecode(t, demoGet(t, desk, base+"/v1/snapshot"), &shot)
		if len(shot.Incidents) != 1 || shot.Incidents[0].State != "dispatched" {
			return i, false
		}
		return shot.Incidents[0], true
	})
	if len(incident.Offers) < 3 || incident.Address == "" {
		t.Fatalf("the incident: %+v", incident)
	}
	asked := incident.Offers[0]
	demoSoon(t, "its text", func() (struct{}, bool) {
		var list struct {
			Phones []struct {
				Number, Name string
				Texts        []struct{ Body string }
			}
		}
		demoDecode(t, demoGet(t, desk, phones+"texts"), &list)
		for _, ph := range list.Phones {
			if ph.Number == asked.Phone {
				return struct{}{}, ph.Name == asked.Name && strings.Contains(ph.Texts[0].Body, incident.Address)
			}
		}
		return struct{}{}, false
	})
	res, err := desk.Post(phones+"reply", "application/json", strings.NewReader(`{"number":"`+asked.Phone+`","text":"1"}`))
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusNoContent {
		t.Fatalf("the reply is answered %s", res.Status)
	}
	demoSoon(t, "the acceptance", func() (struct{}, bool) {
		var shot struct{ Incidents []demoIncident }
		demoDecode(t, demoGet(t, desk, base+"/v1/snapshot"), &shot)
		return struct{}{}, slices.ContainsFunc(shot.Incidents[0].Offers, func(o demoOffer) bool { return o.Responder == asked.Responder && o.State == "accepted" })
	})

	began = time.Now()
	stop()
	if err := <-ended; err != nil {
		t.Errorf("ended with %v", err)
	}
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("took %s to end", took)
	}
	if _, err := os.Stat(data); !os.IsNotExist(err) {
		t.Errorf("the data folder: %v", err)
	}
	if s := errs.String(); strings.Contains(s, "level=ERROR") {
		t.Errorf("a human should act on:\n%s", s)
	}
}

type demoOffer struct{ Responder, Name, Phone, State string }

type demoIncident struct {
	State, Address string
	Offers         []demoOffer
}

func demoBrowser(t *testing.T) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	c := &http.Client{Jar: jar, Timeout: 10 * time.Second, Transport: &http.Transport{}}
	t.Cleanup(c.CloseIdleConnections)
	return c
}

func demoGet(t *testing.T, c *http.Client, url string) string {
	t.Helper()
	res, err := c.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK || res.Request.URL.Path == "/login" {
		t.Fatalf("GET %s is answered %s at %s: %.300s %v", url, res.Status, res.Request.URL, body, err)
	}
	return string(body)
}

func demoDecode(t *testing.T, body string, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(body), into); err != nil {
		t.Fatalf("%v in %.300s", err, body)
	}
}

// demoSoon asks again and again, in real time, since the demo is on real sockets.
func demoSoon[T any](t *testing.T, what string, look func() (T, bool)) T {
	t.Helper()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	late := time.After(20 * time.Second)
	for {
		if v, ok := look(); ok {
			return v
		}
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("waited 20 s for %s", what)
		}
	}
}
