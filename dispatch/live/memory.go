package live

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"onekeyd/dispatch"
)

// memory is the store of a single process.
type memory struct {
	*local
	dir   string
	log   *slog.Logger
	saved atomic.Pointer[error] // why the last save failed; nil if it did not
}

func newMemory(dir string, onMove func(dispatch.ResponderID, Position), log *slog.Logger) *memory {
	m := &memory{local: newLocal(onMove), dir: dir, log: log}
	if dir != "" {
		// What cannot be read is told again by those who know it: no reason not to start.
		if err := m.load(dir, time.Now()); err != nil {
			log.Warn("live state of the last run is incomplete", "err", err)
		}
	}
	return m
}

func (m *memory) Run(ctx context.Context) error {
	tick := time.NewTicker(checkpointEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			m.checkpoint(time.Now())
			return ctx.Err()
		case now := <-tick.C:
			m.forget(now)
			m.checkpoint(now)
		}
	}
}

// checkpoint keeps the outcome for Healthy, and logs only what is new.
func (m *memory) checkpoint(now time.Time) {
	if m.dir == "" {
		return
	}
	err := m.save(m.dir, now)
	if err == nil {
		m.saved.Store(nil)
		return
	}
	if m.saved.Swap(&err) == nil {
		m.log.Warn("live state is not saved", "err", err)
	}
}

func (m *memory) Move(id dispatch.ResponderID, p Position, now time.Time) bool {
	_, news := m.move(id, p, now)
	return news
}

func (m *memory) move(id dispatch.ResponderID, p Position, now time.Time) (Position, bool) {
	p, ok := admit(p, now)
	if !ok || !wordy(string(id)) || !m.place(id, p, 0) {
		return p, false
	}
	m.onMove(id, p)
	return p, true
}

func (m *memory) Seen(device dispatch.DeviceID, at time.Time) {
	if wordy(string(device)) {
		m.mark(device, at.UnixMilli(), 0)
	}
}

func (m *memory) Healthy() error {
	if err := m.saved.Load(); err != nil {
		return fmt.Errorf("%w: %w", ErrCheckpoint, *err)
	}
	return nil
}

func (m *memory) Dropped() uint64 { return 0 }

var (
	_ Store = (*memory)(nil)
	_ Store = (*shared)(nil)
)
