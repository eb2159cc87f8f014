package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"onekeyd/alerts/console"
	"onekeyd/alerts/fanout"
	"onekeyd/alerts/pages"
	voice "onekeyd/alerts/voice/twilio"
	"onekeyd/alerts/welfare"
	"onekeyd/cmd/onekeyd/canary"
	"onekeyd/cmd/onekeyd/settings"
	"onekeyd/devices"
	"onekeyd/devices/downlink"
	"onekeyd/devices/mqttgate"
	"onekeyd/dispatch"
	"onekeyd/dispatch/access"
	"onekeyd/dispatch/board"
	"onekeyd/dispatch/journal"
	"onekeyd/dispatch/live"
	"onekeyd/dispatch/registry"
)

// daemon is one onekeyd, wired. Reading newDaemon from top to bottom is the
// quickest way to learn who knows whom.
type daemon struct {
	cfg  settings.Settings
	log  *slog.Logger
	node dispatch.NodeID

	journal     *journal.Journal
	access      *access.Access
	plans       dispatch.Plans
	gaps        []string                      // what the plans cannot promise
	doors       atomic.Pointer[access.Access] // the same, for the server that is up before access is
	registry    *registry.Registry
	board       *board.Board
	habits      *dispatch.Habits
	places      *dispatch.Places
	live        live.Store
	recorder    *dispatch.Recorder
	fanout      *fanout.Fanout
	courtesy    *fanout.Courtesy
	dispatcher  *dispatch.Dispatcher
	desk        *dispatch.Desk
	console     *console.Console
	pages       *pages.Pages
	intake      *devices.Intake
	gate        *mqttgate.Gate // nil: no MQTT
	downlink    *downlink.Follower
	carriers    carriers      // none: nobody is told by SMS
	calls       *voice.Sender // nil: nobody is rung up
	unserved    unserved
	communities communities
	measured    measured
	welfare     *welfare.Lists
	canary      *canary.Canary // nil: it is off
	handler     http.Handler

	http, mqtt, watch net.Listener // nil: not listening
}

// replaced lets the demo and the tests put something of theirs in a place of the daemon.
type replaced struct {
	journal func(dispatch.Journal) dispatch.Journal // around the appends
	carrier http.RoundTripper                       // the way to the carrier
	quiet   bool                                    // no listeners at all
}

// newDaemon opens the stores and wires everything; nothing happens before run.
// Whatever it opened is closed again if it fails.
func newDaemon(ctx context.Context, cfg settings.Settings, log *slog.Logger, x replaced) (_ *daemon, err error) {
	d := &daemon{cfg: cfg, log: log, node: dispatch.NodeID(cfg.Node.Name + "-" + strings.ToLower(rand.Text()[:8]))}
	defer func() {
		if err != nil {
			d.close()
		}
	}()

	if d.plans, d.gaps, err = readPlans(cfg); err != nil {
		return nil, err
	}

	// The stores: the journal first, everything else is on it.
	if d.journal, err = journal.Open(ctx, d.journalOptions(x)); err != nil {
		return nil, fmt.Errorf("open the journal: %w", err)
	}
	if d.access, err = access.Open(ctx, d.journal.JetStream(), cfg.NATS.Replicas, log); err != nil {
		return nil, fmt.Errorf("open access: %w", err)
	}
	d.doors.Store(d.access)
	if err := d.access.MakeSeal(ctx); err != nil { // no reason to leave presses unanswered
		log.Error("texts carry no links to pages", "err", err)
	}
	d.access.AddStatic(access.ScopeGateway, cfg.GatewayToken.Reveal())
	d.access.AddStatic(access.ScopeAPI, cfg.APIToken.Reveal())
	if d.registry, err = registry.Open(ctx, d.journal.JetStream(), cfg.NATS.Replicas, log); err != nil {
		return nil, fmt.Errorf("open the directory: %w", err)
	}

	// The domain: presses in, facts out.
	var facts dispatch.Journal = d.journal
	if x.journal != nil {
		facts = x.journal(facts)
	}
	d.board = board.New(board.Options{Journal: d.journal, Log: log, Observe: d.observe, Lately: func(inc *dispatch.Incident) { d.pages.Keep(inc) }})
	d.habits = dispatch.NewHabits(d.plans.Zone)
	d.places = dispatch.NewPlaces(d.plans.Default, d.habits)
	d.live, err = live.Open(live.Options{RedisURL: cfg.Redis.URL.Reveal(), Space: "onekeyd", Dir: cfg.Data, OnMove: d.moved, Log: log})
	if err != nil {
		return nil, fmt.Errorf("open live state: %w", err)
	}
	d.recorder = dispatch.NewRecorder(facts, d.board, d.node)
	if err = d.setUpSenders(x.carrier); err != nil {
		return nil, err
	}
	senders := d.carriers.senders()
	if d.calls != nil {
		senders = append(senders, d.calls) // after texts, which it does not take the place of
	}
	d.gaps = append(d.gaps, unreachable(d.plans, servedBy(senders))...)
	d.fanout = fanout.New(fanout.Options{Senders: senders, Record: d.recorder.Report, Wanted: d.wanted, Zone: zone(cfg.Centre.TimeZone), CentrePhone: cfg.Centre.Phone, Link: d.links(x.carrier), Log: log})
	d.courtesy = fanout.NewCourtesy(senders, cfg.Centre.Phone, log)
	d.dispatcher, err = dispatch.NewDispatcher(dispatch.Options{
		Journal: facts, Cases: d.board, Locator: d.places, Teller: d.fanout, Nodes: d.journal, Plans: d.plans, Population: d.population, Log: log,
		Canary: dispatch.CanaryText{Phone: cfg.Canary.Number, Language: cfg.Centre.Language},
	})
	if err != nil {
		return nil, err
	}
	d.desk = dispatch.NewDesk(d.dispatcher, d.board.Find)

	// The edge: what comes in, and what is seen.
	d.console, err = console.New(console.Options{
		Access: d.access, Board: consoleBoard{d.board}, Desk: consoleDesk{d.desk, d.recorder, d.board}, Log: log, Status: d.troubles, Applied: d.applied,
		Directory: func() dispatch.Directory { return d.registry.Snapshot() },
		Build:     version(), PublicURL: cfg.HTTP.PublicURL, Site: cfg.Centre.Name, Zone: cfg.Centre.TimeZone,
	})
	if err != nil {
		return nil, err
	}
	d.pages, err = pages.New(pages.Options{
		Seals: d.access, Board: d.board, Directory: func() pages.Directory { return d.registry.Snapshot() },
		Places: pagePlaces{d.places, d.live, d.plans.Default}, Desk: pageDesk{d.desk, log}, Log: log,
		PublicURL: cfg.HTTP.PublicURL, Centre: cfg.Centre.Name, Phone: cfg.Centre.Phone, Zone: zone(cfg.Centre.TimeZone), Language: cfg.Centre.Language,
	})
	if err != nil {
		return nil, err
	}
	if err := d.measured.register(d); err != nil {
		return nil, err
	}
	d.intake = devices.NewIntake(store{d.journal, d.live}, devices.IntakeOptions{Meter: d.measured.meter})
	here := map[string]downlink.Speaker{}
	if cfg.MQTT.On() && !x.quiet {
		d.gate = mqttgate.New(d.intake, d.isGateway, mqttgate.Limits{}, log)
		here["mqtt"] = d.gate
	}
	d.downlink = downlink.New(downlink.Options{
		Local: here, Shared: map[string]downlink.Speaker{"nats": downlink.NATS{Publisher: d.journal.Conn()}},
		Self: d.node, Open: d.board.Open, Rank: d.journal.Rank, Count: d.measured.downlink, Log: log,
	})
	if d.welfare, err = welfare.New(d.welfareOptions()); err != nil {
		return nil, err
	}
	d.handler = d.routes()
	if !x.quiet {
		if err = d.listen(); err != nil {
			return nil, err
		}
	}
	return d, d.setUpCanary()
}

// run works until ctx ends or a part fails. It stops from the outside in: first
// nothing new is taken, then what was taken is finished or left to the next
// run, and then the journal is closed.
func (d *daemon) run(ctx context.Context) error {
	defer d.close()
	// The board is stopped last: what is still being stored asks it how things stand.
	boardCtx, stopBoard := context.WithCancel(context.WithoutCancel(ctx))
	defer stopBoard()
	reading, boardCtx := errgroup.WithContext(boardCtx)
	reading.Go(func() error { return part("board", d.board.Run(boardCtx)) })

	workCtx, stopWork := context.WithCancel(context.WithoutCancel(ctx))
	defer stopWork()
	work, workCtx := errgroup.WithContext(workCtx)
	work.Go(func() error { return part("access", d.access.Run(workCtx)) })
	work.Go(func() error { return part("directory", d.registry.Run(workCtx)) })
	work.Go(func() error { return part("places", d.places.Run(workCtx)) })
	work.Go(func() error { return part("live state", d.live.Run(workCtx)) })
	work.Go(func() error { return d.beat(workCtx) })
	work.Go(func() error { return part("habits", d.learn(workCtx)) })
	work.Go(func() error { return d.dispatch(workCtx, work) })
	if d.canary != nil {
		work.Go(func() error { return part("canary", d.canary.Run(workCtx)) })
	}

	frontCtx, stopFront := context.WithCancel(ctx)
	defer stopFront()
	front, frontCtx := errgroup.WithContext(frontCtx)
	if d.http != nil {
		front.Go(func() error { return part("http", serveHTTP(frontCtx, d.http, d.handler)) })
	}
	if d.watch != nil {
		front.Go(func() error {
			return part("metrics", serveHTTP(frontCtx, d.watch, d.operations(http.NewServeMux(), local)))
		})
	}
	if d.mqtt != nil {
		front.Go(func() error { return part("mqtt", d.gate.Run(frontCtx, d.mqtt)) })
	}

	select {
	case <-frontCtx.Done():
	case <-workCtx.Done():
	case <-boardCtx.Done():
	}
	stopFront()
	frontErr := front.Wait()
	stopWork()
	workErr := work.Wait()
	d.recorder.Wait()
	stopBoard()
	return errors.Join(workErr, reading.Wait(), frontErr)
}

// dispatch begins once the past is known: which incidents are open, and who
// belongs to which key. Until then presses are stored and wait.
func (d *daemon) dispatch(ctx context.Context, work *errgroup.Group) error {
	d.registry.OnChange(d.follow)
	select {
	case <-d.board.CaughtUp():
	case <-ctx.Done():
		return nil
	}
	work.Go(func() error { return part("fanout", d.fanout.Run(ctx)) })
	work.Go(func() error { return part("courtesy", d.courtesy.Run(ctx)) })
	work.Go(func() error { return part("downlink", d.downlink.Run(ctx)) })
	d.dispatcher.Begin(d.board.Open())
	d.pages.Begin(d.board.Open())
	work.Go(func() error { return part("dispatcher", d.dispatcher.Run(ctx)) })
	hear := func(p dispatch.Press) {
		if err := d.dispatcher.Hear(p); err != nil {
			d.log.Warn("press waits for its stored copy", "press", p, "err", err)
		}
	}
	return part("presses", d.journal.Hear(ctx, hear, d.dispatcher.TakeUp))
}

// setUpSenders makes the carriers, and the way to ring people up.
func (d *daemon) setUpSenders(transport http.RoundTripper) (err error) {
	if d.carriers, err = setUpCarriers(d.cfg, transport); err != nil {
		return err
	}
	if v := d.cfg.Voice.Twilio; v.On() {
		if d.calls, err = voice.New(voice.Options{Account: twilioAccount(d.cfg.SMS.Twilio, transport), From: v.From, PerSecond: v.PerSecond}); err != nil {
			return fmt.Errorf("set up calls by twilio: %w", err)
		}
	}
	return nil
}

func (d *daemon) journalOptions(x replaced) journal.Options {
	o := journal.Options{
		URL: d.cfg.NATS.URL, User: d.cfg.NATS.User, Password: d.cfg.NATS.Password.Reveal(), Replicas: d.cfg.NATS.Replicas,
		Node: d.node, Name: d.cfg.Node.Name, Log: d.log,
		Embedded: journal.Embedded{Dir: d.cfg.Data, Listen: d.cfg.NATS.Listen, Authorize: d.authorize},
	}
	if x.quiet {
		o.Embedded.Listen = ""
	}
	return o
}

// listen opens the listeners before anything runs, so that a port that is taken is found at once.
func (d *daemon) listen() (err error) {
	if d.http, err = net.Listen("tcp", d.cfg.HTTP.Listen); err != nil {
		return fmt.Errorf("listen for http: %w", err)
	}
	if d.cfg.MQTT.On() {
		if d.mqtt, err = net.Listen("tcp", d.cfg.MQTT.Listen); err != nil {
			return fmt.Errorf("listen for mqtt: %w", err)
		}
	}
	if d.cfg.Metrics.Listen != settings.Off {
		if d.watch, err = net.Listen("tcp", d.cfg.Metrics.Listen); err != nil {
			return fmt.Errorf("listen for metrics: %w", err)
		}
	}
	return nil
}

// close closes what newDaemon opened, in the opposite order.
func (d *daemon) close() {
	for _, l := range []net.Listener{d.watch, d.mqtt, d.http} {
		if l != nil {
			_ = l.Close() // closed by its server already, as a rule
		}
	}
	d.carriers.close()
	if d.calls != nil {
		d.calls.Close()
	}
	if d.journal != nil {
		if err := d.journal.Close(); err != nil {
			d.log.Error("journal did not close cleanly", "err", err)
		}
	}
}

// part names a part that failed; one that ended because it was told to did not.
func part(name string, err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return nil
	}
	return fmt.Errorf("%s: %w", name, err)
}

// zone was checked by settings; a machine without time zone data falls back to UTC, which texts then give.
func zone(name string) *time.Location {
	if z, err := time.LoadLocation(name); err == nil {
		return z
	}
	return time.UTC
}

// armedFor is how long a console's word that its alarm can be heard is believed.
const armedFor = 12 * time.Second

// stopWait is how long requests that are being answered may take when the daemon stops.
const stopWait = 5 * time.Second
