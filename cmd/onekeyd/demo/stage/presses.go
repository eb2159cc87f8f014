package stage

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"onekeyd/dispatch"
)

// Presses presses a key every so often. All fields but Transport are needed.
type Presses struct {
	URL   string // of the gateway, whole
	Token string
	Keys  []dispatch.DeviceID
	First time.Duration // until the first press
	Every time.Duration
	// Open lists the keys whose incidents are open.
	Open func() []dispatch.DeviceID
	// Say tells the operator what the console does not.
	Say  func(string)
	Dice *Dice
	Log  *slog.Logger
	// Transport carries the presses; nil: the net/http one.
	Transport http.RoundTripper
}

// tooMany open incidents, and no key is pressed: nobody is at the desk. A call
// that is followed to its end is open for six and a half to seven minutes (four
// runs of the test of the demo), so with a press every 45 s nine are open in the
// mean, and twelve at the most of those runs.
const tooMany = 20

// opening is what is pressed first, so that each kind is seen within minutes;
// afterwards chance decides.
var opening = [...]scene{sos, fall, sos, inactivity, unknown, service, late, test}

// scene is a kind of press as the story knows it.
type scene string

const (
	sos        scene = "sos"
	fall       scene = "fall"
	inactivity scene = "inactivity"
	test       scene = "test"
	late       scene = "late"    // pressed where there was no network, and sent now
	unknown    scene = "unknown" // a key that nobody has registered
	service    scene = "service" // not an emergency: somebody is to come and mend a tap
	again      scene = "again"   // somebody whose incident is open presses once more
)

// Run presses until ctx ends.
func (p *Presses) Run(ctx context.Context) error {
	timer := time.NewTimer(p.First)
	defer timer.Stop()
	said := false
	for n := 0; ; {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-timer.C:
		}
		timer.Reset(p.Every)
		open := p.Open()
		if len(open) >= tooMany {
			if !said {
				p.Say(fmt.Sprintf("%d incidents are open and nobody closes them: keys rest until there are fewer.", len(open)))
			}
			said = true
			continue
		}
		what := p.next(n)
		n++
		if err := p.press(ctx, p.body(what, open, time.Now())); err != nil && ctx.Err() == nil {
			p.Log.Warn("a key could not get through", "scene", what, "err", err)
		}
	}
}

func (p *Presses) next(n int) scene {
	if n < len(opening) {
		return opening[n]
	}
	switch c := p.Dice.percent(); {
	case c < 55:
		return sos
	case c < 60:
		return service
	case c < 72:
		return fall
	case c < 82:
		return inactivity
	case c < 86:
		return again
	case c < 90:
		return late
	case c < 95:
		return unknown
	}
	return test
}

// body is the press as a gateway sends it.
func (p *Presses) body(what scene, open []dispatch.DeviceID, now time.Time) []byte {
	press := dispatch.Press{ID: dispatch.PressID("demo-" + rand.Text()[:10]), Device: p.key(open), Kind: dispatch.SOS, At: now}
	battery := 15 + p.Dice.below(86)
	press.Battery = &battery
	switch what {
	case fall, inactivity, test, service:
		press.Kind = dispatch.Kind(what)
	case late:
		press.At = now.Add(-p.Dice.between(5*time.Minute, 40*time.Minute))
	case unknown:
		press.Device = dispatch.DeviceID(fmt.Sprintf("K-9%03d", p.Dice.below(1000)))
	case again:
		if known := slices.DeleteFunc(slices.Clone(open), func(d dispatch.DeviceID) bool { return !slices.Contains(p.Keys, d) }); len(known) > 0 {
			press.Device = known[p.Dice.below(len(known))]
		}
	}
	return dispatch.EncodePress(press)
}

// key is one that is not in an open incident, if there is any.
func (p *Presses) key(open []dispatch.DeviceID) dispatch.DeviceID {
	quiet := slices.DeleteFunc(slices.Clone(p.Keys), func(d dispatch.DeviceID) bool { return slices.Contains(open, d) })
	if len(quiet) == 0 {
		quiet = p.Keys
	}
	return quiet[p.Dice.below(len(quiet))]
}

// press sends one until it is stored, as a key does: the same identity again,
// and after a few tries it gives up.
func (p *Presses) press(ctx context.Context, body []byte) error {
	var err error
	for try := range 4 {
		if try > 0 {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(2 * time.Second):
			}
		}
		if err = p.post(ctx, body); err == nil {
			return nil
		}
	}
	return err
}

func (p *Presses) post(ctx context.Context, body []byte) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.URL, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+p.Token)
	req.Header.Set("Content-Type", "application/json")
	res, err := (&http.Client{Transport: p.Transport}).Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	data, err := io.ReadAll(io.LimitReader(res.Body, 4<<10))
	if err != nil {
		return fmt.Errorf("read the gateway's answer: %w", err)
	}
	var stored struct {
		Press string `json:"press"`
	}
	if res.StatusCode != http.StatusAccepted || json.Unmarshal(data, &stored) != nil || stored.Press == "" {
		return fmt.Errorf("the gateway answers %s: %s", res.Status, bytes.TrimSpace(data))
	}
	return nil
}
