package hooks

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
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
	reports []dispatch.Report
	replies []dispatch.Reply
	forged  int
}

func options(h hook, s *seen) Options {
	return Options{
		Hook: h, Ready: func() bool { return true }, Carrier: "test", Forged: func() { s.forged++ }, Log: slog.New(slog.DiscardHandler),
		ByAlert: func(id dispatch.AlertID) (*dispatch.Incident, bool) {
			return &dispatch.Incident{ID: "i1", Case: "E-1"}, id == "a1"
		},
		Record: func(_ context.Context, _ dispatch.CaseID, _ dispatch.IncidentID, r ...dispatch.Report) error {
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

func TestLongBodyIsRefused(t *testing.T) {
	var s seen
	if rec := call(options(hook{events: []alerts.Event{receipt("a1")}}, &s), strings.Repeat("x", alerts.MaxHookBody+1)); rec.Code != http.StatusRequestEntityTooLarge || len(s.reports) != 0 {
		t.Errorf("answered %d with %d reports", rec.Code, len(s.reports))
	}
}
