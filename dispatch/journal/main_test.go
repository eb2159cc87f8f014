package journal

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"onekeyd/dispatch"

	"github.com/nats-io/nats-server/v2/server/ats"
)

// TestMain registers the server's clock outside any bubble; see the package comment.
func TestMain(m *testing.M) {
	ats.Register()
	m.Run()
}

// inBubble runs a test in fake time.
func inBubble(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, test)
}

// open starts a journal in dir, in our process only.
func open(t *testing.T, dir string, node dispatch.NodeID) *Journal {
	t.Helper()
	return openWith(t, Options{Embedded: Embedded{Dir: dir}, Node: node})
}

func openWith(t *testing.T, o Options) *Journal {
	t.Helper()
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	j, err := Open(t.Context(), o)
	if err != nil {
		t.Fatalf("open journal: %v", err)
	}
	return j
}

func closing(t *testing.T, j *Journal) {
	t.Helper()
	if err := j.Close(); err != nil {
		t.Errorf("close journal: %v", err)
	}
}

// entry is a note, the smallest fact there is.
func entry(c dispatch.CaseID, text string) dispatch.Entry {
	return dispatch.Entry{
		Case: c, Incident: "i1", At: time.Date(2026, 11, 21, 14, 32, 0, 0, time.UTC), By: "test", Node: "n1",
		Facts: []dispatch.Fact{dispatch.Noted{Operator: "li", Text: text}},
	}
}

func text(r dispatch.Record) string {
	if len(r.Facts) == 1 {
		if n, ok := r.Facts[0].(dispatch.Noted); ok {
			return n.Text
		}
	}
	return ""
}

func mustAppend(t *testing.T, j *Journal, e dispatch.Entry, expect uint64) dispatch.Record {
	t.Helper()
	r, err := j.Append(t.Context(), e, expect)
	if err != nil {
		t.Fatalf("append %s expecting %d: %v", e.Case, expect, err)
	}
	return r
}

func mustPublish(t *testing.T, j *Journal, d dispatch.DeviceID, id dispatch.PressID) Stored {
	t.Helper()
	s, err := j.PublishPress(t.Context(), dispatch.Press{ID: id, Device: d, Kind: dispatch.SOS})
	if err != nil {
		t.Fatalf("publish press %s: %v", id, err)
	}
	return s
}

// heard collects what Hear gives.
type heard struct {
	mu     sync.Mutex
	core   []dispatch.Press
	stored []dispatch.Press
	came   chan struct{} // one for each
	ended  chan error
	stop   context.CancelFunc
}

// hear runs Hear; finish says which stored presses get their fact at once.
func hear(t *testing.T, j *Journal, finish func(dispatch.Press) bool) *heard {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	h := &heard{came: make(chan struct{}, 100_000), ended: make(chan error, 1), stop: stop}
	go func() {
		h.ended <- j.Hear(ctx, func(p dispatch.Press) {
			h.mu.Lock()
			h.core = append(h.core, p)
			h.mu.Unlock()
			h.came <- struct{}{}
		}, func(p dispatch.Press, done func()) {
			h.mu.Lock()
			h.stored = append(h.stored, p)
			h.mu.Unlock()
			if finish(p) {
				done()
			}
			h.came <- struct{}{}
		})
	}()
	return h
}

// end stops Hear and waits for it.
func (h *heard) end(t *testing.T) {
	t.Helper()
	h.stop()
	if err := <-h.ended; !errors.Is(err, context.Canceled) {
		t.Errorf("Hear ended with %v", err)
	}
}

func (h *heard) ids(stored bool) []dispatch.PressID {
	h.mu.Lock()
	defer h.mu.Unlock()
	from := h.core
	if stored {
		from = h.stored
	}
	ids := make([]dispatch.PressID, 0, len(from))
	for _, p := range from {
		ids = append(ids, p.ID)
	}
	return ids
}

func all(dispatch.Press) bool  { return true }
func none(dispatch.Press) bool { return false }
