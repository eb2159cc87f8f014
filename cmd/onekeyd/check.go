package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"sort"
	"strings"

	"onekeyd/alerts/sms/twilio"
	"onekeyd/cmd/onekeyd/settings"
	"onekeyd/dispatch"
	"onekeyd/dispatch/registry"
)

// check says in words what is set up and what cannot be promised. It ends with
// an error if something must be mended before anybody relies on it.
func check(ctx context.Context, c *call) error {
	printConfig := c.flags.Bool("print-config", false, "print a commented configuration file with every setting, and nothing else")
	cfg, _, err := c.parse(0)
	if err != nil {
		return err
	}
	if *printConfig {
		return settings.PrintDefault(c.stdout)
	}
	w := c.stdout
	fmt.Fprintf(w, "data in %s, console at %s\n", cfg.Data, cfg.HTTP.PublicURL)
	j, running, err := reachDaemon(ctx, cfg, c.logger(cfg))
	if err != nil {
		return fmt.Errorf("the journal cannot be opened: %w", err)
	}
	defer j.Close()
	r, err := registry.Open(ctx, j.JetStream(), cfg.NATS.Replicas, c.logger(cfg))
	if err != nil {
		return fmt.Errorf("the directory cannot be read: %w", err)
	}
	explain(w, dispatch.DefaultPlan())
	broken := look(w, cfg, r.Snapshot())
	weaknesses := j.Weaknesses()
	if running { // its own server seen from outside: ask the daemon, which knows how it is set up
		var ready readiness
		if err := ask(ctx, cfg, http.MethodGet, "/readyz", "api.token", cfg.APIToken, nil, &ready); err != nil {
			broken = append(broken, "the daemon that runs here does not say it is ready: "+err.Error())
		}
		weaknesses = ready.Warnings
	}
	said := map[string]bool{} // the daemon warns of some of the same
	for _, b := range broken {
		said[b] = true
	}
	for _, weak := range append(weaknesses, cfg.Warnings()...) {
		if said[weak] {
			continue
		}
		said[weak] = true
		fmt.Fprintf(w, "cannot be promised: %s\n", weak)
	}
	for _, b := range broken {
		fmt.Fprintf(w, "must be mended: %s\n", b)
	}
	if len(broken) > 0 {
		return fmt.Errorf("%d things must be mended", len(broken))
	}
	fmt.Fprintln(w, "nothing is in the way of a press")
	return nil
}

// look reads the directory as a press would find it.
func look(w io.Writer, cfg settings.Settings, s *registry.Snapshot) (broken []string) {
	fmt.Fprintf(w, "directory version %d: ", s.Version())
	var counts []string
	for _, k := range registry.Kinds() {
		counts = append(counts, fmt.Sprintf("%d %s", s.Count(k), k))
	}
	fmt.Fprintln(w, strings.Join(counts, ", "))
	onDuty := map[dispatch.ResponderKind]int{}
	for r := range s.Responders() {
		if r.OnDuty {
			onDuty[r.Kind]++
		}
	}
	var duty []string
	for k, n := range onDuty {
		duty = append(duty, fmt.Sprintf("%d %s", n, k))
	}
	sort.Strings(duty)
	fmt.Fprintf(w, "on duty now: %s\n", orNobody(strings.Join(duty, ", ")))
	switch {
	case s.Count(registry.Elders) == 0:
		broken = append(broken, "the directory has no elders: every press is of an unknown device (onekeyd import DIR)")
	case onDuty[dispatch.Worker]+onDuty[dispatch.GridLeader] == 0:
		broken = append(broken, "no worker and no grid leader is on duty: every press is left to the desk")
	}
	if !cfg.SMS.Twilio.On() {
		broken = append(broken, "no SMS carrier is configured: nobody is told by SMS (sms.twilio.account_sid)")
	}
	if cfg.SMS.Twilio.On() {
		broken = append(broken, countUncarried(s, twilio.Serves).words()...)
	}
	return broken
}

// explain says what the plan does with each kind of press.
func explain(w io.Writer, p dispatch.Plan) {
	fmt.Fprintf(w, "plan %s:\n", p.Name)
	for _, kind := range []dispatch.Kind{dispatch.SOS, dispatch.Fall, dispatch.Inactivity, dispatch.Service, dispatch.Cancel, dispatch.Test} {
		ask := p.Ask(kind)
		var said []string
		for _, s := range ask.Shares {
			var kinds []string
			for _, k := range s.Kinds {
				kinds = append(kinds, string(k))
			}
			said = append(said, fmt.Sprintf("asks the nearest %d of %s", s.Count, strings.Join(kinds, " and ")))
		}
		if ask.Family {
			said = append(said, "tells the family")
		}
		switch {
		case ask.Nobody:
			said = []string{"is recorded and tells nobody"}
		default:
			said = append(said, "shows it at the desk")
		}
		fmt.Fprintf(w, "  %-10s %s\n", kind, strings.Join(said, ", "))
	}
}

func orNobody(s string) string {
	if s == "" {
		return "nobody"
	}
	return s
}
