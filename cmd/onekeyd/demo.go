package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"onekeyd/alerts/sms/twiliosim"
	"onekeyd/cmd/onekeyd/demo/district"
	"onekeyd/cmd/onekeyd/demo/door"
	"onekeyd/cmd/onekeyd/demo/ground"
	"onekeyd/cmd/onekeyd/demo/phones"
	"onekeyd/cmd/onekeyd/demo/stage"
	"onekeyd/cmd/onekeyd/settings"
	"onekeyd/devices/httpgate"
	"onekeyd/dispatch"
	"onekeyd/dispatch/access"
	"onekeyd/dispatch/registry"
)

// demoOptions are the flags of the demo beside the daemon's own.
type demoOptions struct {
	every        time.Duration
	silent, keep bool
	first        time.Duration // until the first press
	moved        bool          // HTTP is not where the other commands look for it
}

// demo runs the daemon with a made-up district, telephones and presses. The
// daemon is the real one; only its carrier, its people and its presses are not.
func demo(ctx context.Context, c *call) error {
	o := demoOptions{first: 3 * time.Second}
	c.flags.DurationVar(&o.every, "every", 45*time.Second, "time between two presses")
	c.flags.BoolVar(&o.silent, "silent", false, "nobody answers or closes by themselves; you do, on the phones page and the console")
	c.flags.BoolVar(&o.keep, "keep", false, "keep the temporary data folder")
	cfg, _, err := c.parse(0)
	if err != nil {
		return err
	}
	if o.every < time.Second {
		return errors.New("-every must be a second at least")
	}
	g, err := ground.Prepare(cfg, c.flags, os.Environ(), o.keep)
	if err != nil {
		return err
	}
	g.Carrier(district.DeskNumber)
	g.OnCall(district.SupervisorNumber, district.NextCentreNumber, district.EngineerNumber)
	o.moved = g.Moved
	return errors.Join(runDemo(ctx, c, g.Settings, o), g.Leave())
}

func runDemo(ctx context.Context, c *call, cfg settings.Settings, o demoOptions) error {
	log, dice := c.logger(cfg), stage.NewDice(uint64(time.Now().UnixNano()))
	account := cfg.SMS.Twilio
	sim, err := twiliosim.Start("127.0.0.1:0", twiliosim.Options{
		AccountSID: account.AccountSID, AuthToken: account.AuthToken.Reveal(), HookURL: account.HookURL + "/hooks/twilio", Behaviour: stage.Carrier(dice), Keep: 2000,
	})
	if err != nil {
		return err
	}
	defer sim.Close()
	cfg.SMS.Twilio.BaseURL = sim.URL()
	if err := ownTokens(&cfg); err != nil {
		return err
	}
	d, err := newDaemon(ctx, cfg, log, replaced{})
	if err != nil {
		return err
	}
	for _, w := range slices.Concat(cfg.Warnings(), d.gaps) { // not the journal's: what it holds is made up
		log.Warn("cannot be promised", "what", w)
	}
	keys, links, err := furnish(ctx, d, sim)
	if err != nil {
		d.close()
		return err
	}

	all, ctx := errgroup.WithContext(ctx)
	all.Go(func() error { return d.run(ctx) })
	all.Go(func() error {
		if err := untilReady(ctx, "http://"+cfg.HTTP.Listen); err != nil {
			return part("start", err)
		}
		fmt.Fprintf(c.stdout, "console  %s\nphones   %s\npress    %s\n", links.console, links.phones, pressCommand(cfg, o.moved, keys[0]))
		return nil
	})
	all.Go(func() error {
		presses := stage.Presses{
			URL: "http://" + cfg.HTTP.Listen + httpgate.Path, Token: cfg.GatewayToken.Reveal(), Keys: keys, First: o.first, Every: o.every,
			Open: d.openKeys, Say: func(s string) { fmt.Fprintln(c.stdout, s) }, Dice: dice, Log: log,
		}
		return part("presses", presses.Run(ctx))
	})
	if !o.silent {
		all.Go(func() error {
			people := stage.People{Sim: sim, Dice: dice, Log: log, Least: 8 * time.Second, Most: 40 * time.Second, Way: 30 * time.Second}
			return part("people", people.Run(ctx))
		})
		all.Go(func() error {
			desk := stage.Desk{Open: d.board.Open, Commands: d.desk, Log: log}
			return part("desk", desk.Run(ctx))
		})
	}
	return all.Wait()
}

// furnish puts the district into the directory and the demo's own pages in front of the daemon's.
func furnish(ctx context.Context, d *daemon, sim *twiliosim.Sim) ([]dispatch.DeviceID, demoLinks, error) {
	made, err := district.New(time.Now().Year())
	if err != nil {
		return nil, demoLinks{}, err
	}
	if _, err := d.registry.Import(ctx, made.Batch, registry.Options{By: "demo"}); err != nil {
		return nil, demoLinks{}, fmt.Errorf("import the demo district: %w", err)
	}
	page, err := phones.New(phones.Options{Sim: sim, Desk: district.DeskNumber, Zone: d.cfg.Centre.TimeZone, Who: d.whoHas, Code: stage.CodeIn, Log: d.log})
	if err != nil {
		return nil, demoLinks{}, fmt.Errorf("make the phones page: %w", err)
	}
	link, err := d.demoOperator(ctx)
	if err != nil {
		return nil, demoLinks{}, err
	}
	mux := http.NewServeMux()
	mux.Handle("/", d.handler)
	page.Register(mux)
	links := demoLinks{phones: d.cfg.HTTP.PublicURL + phones.Path}
	if door.Here(d.cfg.HTTP.PublicURL) && door.Here("http://"+d.cfg.HTTP.Listen) {
		way := door.New(d.handler, link, d.log)
		mux.Handle("GET "+way.Path, way)
		d.handler, links.console = door.OnlyHere(mux), d.cfg.HTTP.PublicURL+way.Path
		return made.Devices, links, nil
	}
	d.handler = mux
	once, err := link(ctx) // others can reach it: once, and by a button
	links.console = d.cfg.HTTP.PublicURL + once
	return made.Devices, links, err
}

// demoOperator makes the operator of the demo and gives the way to let them in.
// The password is known to nobody: with one set, the console does not ask for one.
func (d *daemon) demoOperator(ctx context.Context) (func(context.Context) (string, error), error) {
	const name = "demo"
	if err := d.access.CreateOperator(ctx, name, access.RoleAdministrator); err != nil && !errors.Is(err, access.ErrExists) {
		return nil, err
	}
	if err := d.access.SetPassword(ctx, name, rand.Text(), ""); err != nil {
		return nil, err
	}
	return func(ctx context.Context) (string, error) { return d.access.OneTimeLink(ctx, name, time.Hour) }, nil
}

// demoLinks are what is printed for people.
type demoLinks struct{ console, phones string }

// pressCommand is what to type to press a key by hand.
func pressCommand(cfg settings.Settings, moved bool, key dispatch.DeviceID) string {
	command := os.Args[0]
	if strings.Contains(command, "go-build") {
		command = "go run ./cmd/onekeyd" // what go run built is gone as soon as we are
	}
	command += " press -data " + cfg.Data
	if moved {
		command += " -http-listen " + cfg.HTTP.Listen
	}
	return command + " " + string(key)
}

// openKeys lists the keys whose incidents are open.
func (d *daemon) openKeys() []dispatch.DeviceID {
	var keys []dispatch.DeviceID
	for _, inc := range d.board.Open() {
		keys = append(keys, inc.Device)
	}
	return keys
}

// whoHas is the person with this number, for the phones page.
func (d *daemon) whoHas(number string) phones.Person {
	for _, o := range d.plans.Default.OnCall {
		if o.Phone == number {
			return phones.Person{Role: string(o.Role)}
		}
	}
	s := d.registry.Snapshot()
	for _, key := range s.ByPhone(number) {
		switch key.Kind {
		case registry.Responders, registry.Providers:
			if r, ok := s.Responder(dispatch.ResponderID(key.ID)); ok {
				return phones.Person{Name: r.Name, Role: string(r.Kind), Organisation: r.Organisation}
			}
		case registry.Contacts:
			c, ok := s.Contact(dispatch.ElderID(key.ID), key.Rank)
			if e, known := s.Elder(c.Elder); ok && known {
				return phones.Person{Name: c.Name, Role: "family", Relation: c.Relation, Elder: e.Name}
			}
		}
	}
	return phones.Person{}
}

// untilReady waits until the daemon answers that it takes presses and acts on them.
func untilReady(ctx context.Context, base string) error {
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/readyz", nil)
		if err != nil {
			return err
		}
		if res, err := http.DefaultClient.Do(req); err == nil {
			_ = res.Body.Close() // its status was all we wanted
			if res.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}
