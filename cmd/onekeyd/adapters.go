package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"onekeyd/alerts/console"
	"onekeyd/alerts/pages"
	"onekeyd/devices"
	"onekeyd/dispatch"
	"onekeyd/dispatch/board"
	"onekeyd/dispatch/journal"
	"onekeyd/dispatch/live"
	"onekeyd/dispatch/metrics"
	"onekeyd/geo"
)

// The small types of this file fit one package's shape to another's port, so
// that neither has to know the other.

type consoleBoard struct{ *board.Board }

func (b consoleBoard) Next(ctx context.Context, after uint64) ([]console.Event, error) {
	events, err := b.Board.Next(ctx, after)
	if errors.Is(err, board.ErrGone) {
		return nil, console.ErrGone
	}
	out := make([]console.Event, len(events))
	for n, e := range events {
		out[n] = console.Event(e)
	}
	return out, err
}

type consoleDesk struct {
	*dispatch.Desk
	recorder *dispatch.Recorder
	board    *board.Board
}

// Seen records a console's receipt beside what carriers report: nobody waits for it to act.
func (d consoleDesk) Seen(ctx context.Context, id dispatch.IncidentID, s dispatch.Seen) error {
	c, ok := d.board.Find(id)
	if !ok {
		return fmt.Errorf("incident %s: %w", id, dispatch.ErrNoIncident)
	}
	return d.recorder.Record(ctx, c, id, s)
}

// pageDesk is the desk as people's pages see it.
type pageDesk struct {
	*dispatch.Desk
	log *slog.Logger
}

// Seen is told to the log alone: no fact says that somebody has opened their page.
func (d pageDesk) Seen(_ context.Context, who pages.Person) error {
	d.log.Info("page seen", "incident", who.Incident, "who", who.ID, "role", who.Role)
	return nil
}

// pagePlaces tells people's pages where responders are, and takes what they send.
type pagePlaces struct {
	*dispatch.Places
	live live.Store
	plan dispatch.Plan
}

func (p pagePlaces) Move(id dispatch.ResponderID, at geo.Point, seen time.Time) {
	p.live.Move(id, live.Position{Point: at, At: seen}, time.Now())
}

func (p pagePlaces) ETA(d geo.Metres) time.Duration { return p.plan.ETA(d) }

// store is the journal, and a note of when each device was heard.
type store struct {
	*journal.Journal
	live live.Store
}

func (s store) PublishPress(ctx context.Context, p dispatch.Press) (devices.Stored, error) {
	if !p.Canary() { // no device that anybody has
		s.live.Seen(p.Device, p.Received)
	}
	stored, err := s.Journal.PublishPress(ctx, p)
	if err != nil {
		return devices.Stored{}, fmt.Errorf("%w: %w", devices.ErrNotStored, err)
	}
	return devices.Stored{At: stored.At, Duplicate: stored.Duplicate}, nil
}

// measured joins the facts and the gateways to the metrics.
type measured struct {
	*metrics.Metrics
	registry *prometheus.Registry
}

func (m *measured) register(d *daemon) error {
	m.registry = prometheus.NewRegistry()
	m.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	open := func() float64 { return float64(len(d.board.Open())) }
	armed := func() float64 { return float64(d.console.Armed(armedFor)) }
	waiting := func() float64 { return float64(d.fanout.Waiting()) }
	var err error
	m.Metrics, err = metrics.New(m.registry, open, armed, waiting)
	if err != nil {
		return fmt.Errorf("register metrics: %w", err)
	}
	for _, c := range carrierGauges(d.fanout) {
		if err := m.registry.Register(c); err != nil {
			return fmt.Errorf("register metrics of carriers: %w", err)
		}
	}
	return nil
}

func (m *measured) observe(r dispatch.Record, inc *dispatch.Incident) { m.Observe(r, inc) }

func (m *measured) meter(gateway string, o devices.Outcome, took time.Duration) {
	if o == devices.Kept || o == devices.Again {
		m.Stored(gateway, took)
		return
	}
	m.Refused(gateway, string(o))
}

func (m *measured) forged(carrier string) { m.Forged(carrier) }

func (m *measured) downlink(way, outcome string) { m.Downlink(way, outcome) }

// version is what `go build` knows of this build.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return s.Value[:12]
		}
	}
	return info.Main.Version
}
