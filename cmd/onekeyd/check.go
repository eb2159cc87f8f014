package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sort"
	"strings"

	"onekeyd/cmd/onekeyd/settings"
	"onekeyd/dispatch"
	"onekeyd/dispatch/plans"
	"onekeyd/dispatch/registry"
)

// check says in words what is set up and what cannot be promised. It ends with
// an error if something must be mended before anybody relies on it.
func check(ctx context.Context, c *call) error {
	printConfig := c.flags.Bool("print-config", false, "print a commented configuration file with every setting, and nothing else")
	printPlan := c.flags.Bool("print-plan", false, "print the plans as a commented file for the setting plans, and nothing else")
	cfg, _, err := c.parse(0)
	if err != nil {
		return err
	}
	if *printConfig {
		return settings.PrintDefault(c.stdout)
	}
	if *printPlan { // without the people whom settings name: they stay there
		p, err := filePlans(cfg)
		if err != nil {
			return err
		}
		return plans.Print(c.stdout, p)
	}
	inForce, gaps, err := readPlans(cfg)
	if err != nil {
		return err
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
	s := r.Snapshot()
	if err := plans.Explain(w, inForce, plans.Facts{OnDuty: onDuty(s), Area: areaName(s)}); err != nil {
		return err
	}
	cs, err := setUpCarriers(cfg, nil)
	if err != nil {
		return err
	}
	defer cs.close()
	broken, weaknesses := look(w, cfg, cs, s)
	broken = append(broken, misplaced(inForce, func(code string) bool { _, ok := s.Areas().Get(code); return ok })...)
	if len(cs) > 0 { // else nobody is told at all, which is said already
		broken = append(broken, unreachable(inForce, cs.serves)...)
	}
	fmt.Fprintln(w, canaryWords(cfg.Canary))
	if c := cfg.Canary; c.Period() > 0 && c.Number != "" && len(cs) > 0 && !cs.serves(c.Number) {
		broken = append(broken, fmt.Sprintf("no carrier serves canary.number (%s)", dispatch.MaskPhone(c.Number)))
	}
	if !running {
		weaknesses = append(weaknesses, j.Weaknesses()...)
	}
	if running { // its own server seen from outside: ask the daemon, which knows how it is set up
		var ready readiness
		if err := ask(ctx, cfg, http.MethodGet, "/readyz", "api.token", cfg.APIToken, nil, &ready); err != nil {
			broken = append(broken, "the daemon that runs here does not say it is ready: "+err.Error())
		}
		weaknesses = append(weaknesses, ready.Warnings...)
	}
	said := map[string]bool{} // the daemon warns of some of the same
	for _, b := range broken {
		said[b] = true
	}
	for _, weak := range slices.Concat(weaknesses, cfg.Warnings(), gaps) {
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
		return fmt.Errorf("must be mended: %d", len(broken))
	}
	fmt.Fprintln(w, "nothing is in the way of a press")
	return nil
}

// look reads the directory as a press would find it.
func look(w io.Writer, cfg settings.Settings, cs carriers, s *registry.Snapshot) (broken, weak []string) {
	fmt.Fprintf(w, "directory version %d: ", s.Version())
	var counts []string
	for _, k := range registry.Kinds() {
		counts = append(counts, fmt.Sprintf("%d %s", s.Count(k), k))
	}
	fmt.Fprintln(w, strings.Join(counts, ", "))
	onDuty := onDuty(s)
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
	if len(cs) == 0 {
		broken = append(broken, "no SMS carrier is configured: nobody is told by SMS (sms.aliyun, sms.tencent, sms.twilio or sms.webhook)")
		return broken, nil
	}
	fmt.Fprintf(w, "texts go through %s\n", cs.names())
	u := countUncarried(s.Numbers(), cs.serves)
	if err := u.refusal(cfg.SMS, cs.names()); err != nil {
		return append(broken, err.Error()), nil
	}
	return broken, u.said(cs.names(), false)
}

func onDuty(s *registry.Snapshot) map[dispatch.ResponderKind]int {
	n := map[dispatch.ResponderKind]int{}
	for r := range s.Responders() {
		if r.OnDuty {
			n[r.Kind]++
		}
	}
	return n
}

func areaName(s *registry.Snapshot) func(code string) (string, bool) {
	return func(code string) (string, bool) {
		a, ok := s.Areas().Get(code)
		return a.Name, ok
	}
}

func orNobody(s string) string {
	if s == "" {
		return "nobody"
	}
	return s
}
