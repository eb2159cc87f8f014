package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"onekeyd/alerts"
	"onekeyd/cmd/onekeyd/canary"
	"onekeyd/cmd/onekeyd/settings"
	"onekeyd/devices"
	"onekeyd/devices/httpgate"
	"onekeyd/dispatch"
	"onekeyd/dispatch/access"
)

// setUpCanary makes the daemon's own test press, once it is known where presses are taken.
func (d *daemon) setUpCanary() (err error) {
	c := d.cfg.Canary
	if c.Period() == 0 {
		return nil
	}
	switch senders := d.carriers.senders(); {
	case c.Number == "":
		d.log.Info("the canary sends no text, and the way through the carrier is not tried: canary.number is not set")
	case !servedBy(senders)(c.Number):
		d.gaps = append(d.gaps, fmt.Sprintf("no carrier serves canary.number (%s): the self-test press will be missed", dispatch.MaskPhone(c.Number)))
	}
	press := d.pressInside
	if d.http != nil {
		press = d.pressFromOutside(d.http.Addr())
	}
	d.canary, err = canary.New(canary.Options{
		Name: d.cfg.Node.Name, Every: c.Period(), Press: press, Text: c.Number != "", Receipts: d.receipts, Following: d.console.Following,
		Tell: d.tellEngineer, Metrics: d.measured.registry, Zone: zone(d.cfg.Centre.TimeZone), Log: d.log,
	})
	return err
}

// canaryWords says what the canary tries.
func canaryWords(c settings.Canary) string {
	switch {
	case c.Period() == 0:
		return "the daemon does not test itself: canary.every is off"
	case c.Number == "":
		return fmt.Sprintf("the daemon presses a key of its own every %s; the way through the carrier is not tried (canary.number)", c.Period())
	}
	return fmt.Sprintf("the daemon presses a key of its own every %s, with a text to %s", c.Period(), dispatch.MaskPhone(c.Number))
}

// pressFromOutside presses as a device does: a connection of its own, to the
// listener, with a token that nobody else knows and that is gone with the process.
func (d *daemon) pressFromOutside(listening net.Addr) func(context.Context, dispatch.Press) error {
	token := rand.Text()
	d.access.AddStatic(access.ScopeGateway, token)
	// No proxy, whatever the environment says, and a new connection each time: that
	// one can be made is part of what is tried.
	door := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	url := "http://" + reachableHere(listening) + httpgate.Path
	return func(ctx context.Context, p dispatch.Press) error {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(dispatch.EncodePress(p)))
		if err != nil {
			return err
		}
		req.Header.Set("Authorization", "Bearer "+token)
		req.Header.Set("Content-Type", "application/json")
		res, err := door.Do(req)
		if err != nil {
			return err
		}
		defer res.Body.Close()
		said, err := io.ReadAll(io.LimitReader(res.Body, 512))
		if err == nil && res.StatusCode != http.StatusAccepted {
			err = fmt.Errorf("the gateway answers %s: %s", res.Status, bytes.TrimSpace(said))
		}
		return err
	}
}

// pressInside is the way in of a daemon that does not listen.
func (d *daemon) pressInside(ctx context.Context, p dispatch.Press) error {
	_, err := d.intake.Take(ctx, devices.Via{Protocol: "canary", Source: "canary"}, p)
	return err
}

// reachableHere is how this machine reaches one of its own listeners.
func reachableHere(a net.Addr) string {
	tcp, ok := a.(*net.TCPAddr)
	if !ok || !tcp.IP.IsUnspecified() {
		return a.String()
	}
	return net.JoinHostPort("127.0.0.1", fmt.Sprint(tcp.Port)) // "all addresses" is of both families
}

// receipts reports whether a carrier says what handsets have.
func (d *daemon) receipts(carrier string) bool {
	return slices.ContainsFunc(d.carriers.senders(), func(s alerts.Sender) bool { return s.Name() == carrier && s.Caps().Receipts })
}

const (
	// directly bounds one attempt to reach the engineer by one sender.
	directly = 10 * time.Second
	// wellWorth is how long such a message is worth delivering.
	wellWorth = 10 * time.Minute
)

// tellEngineer reaches whoever is on call by text and by telephone, each through
// the first sender that takes it. It needs neither the journal nor the queues of
// the fan-out: they may be what is broken. It has failed if nobody is reached at all.
func (d *daemon) tellEngineer(ctx context.Context, a canary.Alarm) error {
	now := time.Now()
	people := d.plans.Default.Calls(dispatch.RoleEngineer, d.plans.Clock(now))
	if len(people) == 0 {
		return fmt.Errorf("%w: set centre.engineer", canary.ErrNobody)
	}
	kind, media := alerts.Engineer, []alerts.Media{alerts.SMS, alerts.Voice}
	if len(a.Legs) == 0 {
		kind, media = alerts.EngineerWell, media[:1] // nobody need be woken to hear that all is well
	}
	var reached bool
	var failed []error
	for _, o := range people {
		n := alerts.Notice{
			ID: strings.ToLower(rand.Text()[:13]), Kind: kind, Lang: o.Language, To: o.Phone,
			Params: map[string]string{"when": a.Since.In(zone(d.cfg.Centre.TimeZone)).Format("15:04")}, NotAfter: now.Add(wellWorth),
		}
		for _, m := range media {
			if err := d.sendDirectly(ctx, m, n); err != nil {
				failed = append(failed, fmt.Errorf("%s to %s: %w", m, dispatch.MaskPhone(o.Phone), err))
				continue
			}
			reached = true
		}
	}
	if reached {
		return nil
	}
	return errors.Join(failed...)
}

// sendDirectly hands a notice to the first sender that takes it.
func (d *daemon) sendDirectly(ctx context.Context, m alerts.Media, n alerts.Notice) error {
	senders := d.carriers.senders()
	if d.calls != nil {
		senders = append(senders, d.calls)
	}
	err := errors.New("no carrier serves this number")
	for _, s := range senders {
		if c := s.Caps(); c.Media != m || !c.Serves(n.To) {
			continue
		}
		sending, cancel := context.WithTimeout(ctx, directly)
		_, err = s.Send(sending, n)
		cancel()
		if err == nil {
			return nil
		}
	}
	return err
}
