package hooks

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"onekeyd/alerts"
	"onekeyd/dispatch"
)

// hook is a carrier whose webhooks say what the test wants.
type hook struct {
	events []alerts.Event
	err    error
}

func (h hook) ParseHook(*http.Request, []byte) ([]alerts.Event, string, []byte, error) {
	return h.events, "text/xml", []byte("<Response/>"), h.err
}

// seen is what came through to the domain.
type seen struct {
	mu      sync.Mutex // guards reports
	reports []dispatch.Report
	replies []dispatch.Reply
	forged  int
}

func options(h hook, s *seen) Options {
	return Options{
		Unasked: func(string) {},
		Hook:    h, Ready: func() bool { return true }, Carrier: "test", Forged: func() { s.forged++ }, Log: slog.New(slog.DiscardHandler),
		ByAlert: func(id dispatch.AlertID) (*dispatch.Incident, bool) {
			return &dispatch.Incident{ID: "i1", Case: "E-1"}, id == "a1"
		},
		ByRef: func(carrier, ref string) (dispatch.AlertID, *dispatch.Incident, bool) {
			return "a1", &dispatch.Incident{ID: "i1", Case: "E-1"}, carrier == "test" && ref == "SM1"
		},
		Record: func(_ context.Context, _ dispatch.CaseID, _ dispatch.IncidentID, r ...dispatch.Report) error {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.reports = append(s.reports, r...)
			return nil
		},
		Reply: func(_ context.Context, r dispatch.Reply) (*dispatch.Incident, error) {
			s.replies = append(s.replies, r)
			return nil, nil
		},
	}
}

func call(o Options, body string) *httptest.ResponseRecorder {
	rec := httptest.NewRecorder()
	Handler(o).ServeHTTP(rec, httptest.NewRequest(http.MethodPost, "/hooks/test/status", strings.NewReader(body)))
	return rec
}

func receipt(id string) alerts.Event {
	return alerts.Event{NoticeID: id, State: alerts.Delivered, Ref: "SM1", Key: "k"}
}

func TestWhatAWebhookIsAnswered(t *testing.T) {
	broken := errors.New("no space left on device")
	for name, c := range map[string]struct {
		hook    hook
		change  func(*Options)
		code    int
		reports int
		replies int
	}{
		"a receipt":                    {hook: hook{events: []alerts.Event{receipt("a1")}}, code: 200, reports: 1},
		"a receipt of a closed call":   {hook: hook{events: []alerts.Event{receipt("a9")}}, code: 200},
		"news of no state":             {hook: hook{events: []alerts.Event{{NoticeID: "a1"}}}, code: 200},
		"a person's answer":            {hook: hook{events: []alerts.Event{{Inbound: true, Text: "1", From: "+85251110001"}}}, code: 200, replies: 1},
		"one that its carrier forged":  {hook: hook{err: fmt.Errorf("x: %w", alerts.ErrForged)}, code: 403},
		"one that makes no sense":      {hook: hook{err: alerts.ErrMalformed}, code: 400},
		"while the daemon still reads": {hook: hook{events: []alerts.Event{{Inbound: true, Text: "1"}}}, change: func(o *Options) { o.Ready = func() bool { return false } }, code: 503},
		"an answer that cannot be stored": {hook: hook{events: []alerts.Event{{Inbound: true, Text: "1"}}}, change: func(o *Options) {
			o.Reply = func(context.Context, dispatch.Reply) (*dispatch.Incident, error) { return nil, broken }
		}, code: 503},
		"an answer to no open call": {hook: hook{events: []alerts.Event{{Inbound: true, Text: "1"}}}, change: func(o *Options) {
			o.Reply = func(context.Context, dispatch.Reply) (*dispatch.Incident, error) {
				return nil, dispatch.ErrNoIncident
			}
		}, code: 200},
		"a receipt that cannot be stored": {hook: hook{events: []alerts.Event{receipt("a1")}}, change: func(o *Options) {
			o.Record = func(context.Context, dispatch.CaseID, dispatch.IncidentID, ...dispatch.Report) error { return broken }
		}, code: 503},
	} {
		t.Run(name, func(t *testing.T) {
			var s seen
			o := options(c.hook, &s)
			if c.change != nil {
				c.change(&o)
			}
			rec := call(o, "x")
			if rec.Code != c.code || len(s.reports) != c.reports || len(s.replies) != c.replies {
				t.Errorf("answered %d with %d reports and %d replies; want %d, %d, %d", rec.Code, len(s.reports), len(s.replies), c.code, c.reports, c.replies)
			}
			if (rec.Code == 403) != (s.forged == 1) {
				t.Errorf("%d counted as forged", s.forged)
			}
		})
	}
}

// In a storm receipts wait for their turn; the carrier does not have to.
func TestReceiptDoesNotKeepTheCarrierWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s seen
		o := options(hook{events: []alerts.Event{receipt("a1")}}, &s)
		o.Record = func(ctx context.Context, _ dispatch.CaseID, _ dispatch.IncidentID, _ ...dispatch.Report) error {
			<-ctx.Done()
			return fmt.Errorf("record: %w", ctx.Err())
		}
		began := time.Now()
		if rec := call(o, "x"); rec.Code != 200 || time.Since(began) > 2*time.Second {
			t.Errorf("answered %d after %s", rec.Code, time.Since(began))
		}
	})
}

// A batch is one call: its receipts wait side by side, its replies in their
// order, and when one of them cannot be stored the whole comes again.
func TestBatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s seen
		batch := []alerts.Event{{Inbound: true, Text: "1", From: "+8613800138001"}}
		for range 100 {
			batch = append(batch, receipt("a1"))
		}
		batch = append(batch, alerts.Event{Inbound: true, Text: "2", From: "+8613800138002"})
		o := options(hook{events: batch}, &s)
		record := o.Record
		o.Record = func(ctx context.Context, c dispatch.CaseID, id dispatch.IncidentID, r ...dispatch.Report) error {
			time.Sleep(100 * time.Millisecond) // in a bubble: a disk
			return record(ctx, c, id, r...)
		}
		began := time.Now()
		rec := call(o, "x")
		if took := time.Since(began); rec.Code != 200 || took > 150*time.Millisecond || len(s.reports) != 100 {
			t.Errorf("answered %d after %s with %d reports", rec.Code, took, len(s.reports))
		}
		if len(s.replies) != 2 || s.replies[0].Verb != "accept" || s.replies[1].Verb != "decline" {
			t.Errorf("replies %+v", s.replies)
		}
		broken := 0
		o.Record = func(context.Context, dispatch.CaseID, dispatch.IncidentID, ...dispatch.Report) error {
			s.mu.Lock()
			defer s.mu.Unlock()
			if broken++; broken == 50 {
				return errors.New("no space left on device")
			}
			return nil
		}
		if rec := call(o, "x"); rec.Code != http.StatusServiceUnavailable || broken != 100 {
			t.Errorf("answered %d after %d reports", rec.Code, broken)
		}
	})
}

// A receipt without our id is matched by the carrier's, which may become known
// only a moment later; one of nobody's is dropped without keeping the carrier.
func TestReceiptByTheCarriersID(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s seen
		stored := time.Now().Add(300 * time.Millisecond)
		o := options(hook{events: []alerts.Event{receipt(""), {Ref: "nobody's", State: alerts.Failed}}}, &s)
		known := o.ByRef
		o.ByRef = func(carrier, ref string) (dispatch.AlertID, *dispatch.Incident, bool) {
			id, inc, ok := known(carrier, ref)
			return id, inc, ok && !time.Now().Before(stored)
		}
		began := time.Now()
		rec := call(o, "x")
		if took := time.Since(began); rec.Code != 200 || took > 600*time.Millisecond {
			t.Errorf("answered %d after %s", rec.Code, took)
		}
		if len(s.reports) != 1 || s.reports[0].Alert != "a1" || s.reports[0].Ref != "SM1" {
			t.Errorf("reports %+v", s.reports)
		}
	})
}

func TestLongBodyIsRefused(t *testing.T) {
	var s seen
	if rec := call(options(hook{events: []alerts.Event{receipt("a1")}}, &s), strings.Repeat("x", alerts.MaxHookBody+1)); rec.Code != http.StatusRequestEntityTooLarge || len(s.reports) != 0 {
		t.Errorf("answered %d with %d reports", rec.Code, len(s.reports))
	}
}
