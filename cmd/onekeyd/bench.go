package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"runtime/pprof"
	"strconv"
	"strings"
	"time"

	benchmark "onekeyd/cmd/onekeyd/bench"
)

// benchOptions are the flags of bench; the settings are not for it, since the
// daemon it measures has settings of its own.
func benchOptions(c *call, o *benchmark.Options) (asJSON *bool) {
	set := flag.NewFlagSet(c.flags.Name(), flag.ContinueOnError)
	set.SetOutput(c.stderr)
	set.Usage = func() {
		fmt.Fprint(c.stderr, "onekeyd bench [flags]\n  measure press → stored → SMS and console against a floor, on a daemon, directory and carrier made for it\n\nflags:\n")
		set.PrintDefaults()
	}
	c.flags = set
	o.Rates, o.Via = []int{10, 100, 1000}, []string{"nats"}
	set.Func("rates", "presses a second, a `list`; default 10,100,1000", func(s string) (err error) {
		o.Rates, err = rates(s)
		return err
	})
	set.Func("via", "`nats`, http or both", func(s string) error {
		o.Via = strings.Split(strings.Replace(s, "both", "nats,http", 1), ",")
		return nil
	})
	set.DurationVar(&o.For, "for", 10*time.Second, "how long each rate is held; the floor takes as long again")
	set.DurationVar(&o.Slice, "slice", time.Second, "how long daemon and floor take turns for")
	set.IntVar(&o.SMS, "sms", 1, "SMS a press: 1, or 5 as the default plan gives")
	set.IntVar(&o.Burst, "burst", 1000, "presses sent at once in the end; 0 for none")
	set.IntVar(&o.Elders, "elders", 0, "elders in the directory; 0: as many as are needed")
	set.IntVar(&o.Responders, "responders", 0, "responders in the directory; 0: a tenth of the elders")
	set.BoolVar(&o.NoReceipts, "no-receipts", false, "the carrier sends no status callbacks")
	set.DurationVar(&o.Grace, "grace", 10*time.Second, "how long an SMS or event may take before it counts as lost")
	set.StringVar(&o.Temp, "temp", "", "`folder` in which data folders are made; it should be on the disk that matters (default: the system's temporary folder)")
	set.StringVar(&o.Profile, "profile", "", "`folder` for CPU profiles of the daemon")
	return set.Bool("json", false, "write the report as JSON")
}

func rates(list string) ([]int, error) {
	var all []int
	for word := range strings.SplitSeq(list, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(word))
		if err != nil {
			return nil, fmt.Errorf("%q is not a number of presses a second", word)
		}
		all = append(all, n)
	}
	return all, nil
}

// bench measures a daemon that it starts itself. Its children are this program
// again: serve, import, the floor, and serve with a profile written.
func bench(ctx context.Context, c *call) error {
	if len(c.args) == 2 && c.args[0] == "floor" {
		return benchmark.ServeFloor(ctx, c.args[1], c.stdout)
	}
	if len(c.args) == 2 && c.args[0] == "profiled-serve" {
		path := c.args[1]
		c.args = nil
		return profiled(path, func() error { return serve(ctx, c) })
	}
	o := benchmark.Options{Progress: c.stderr}
	asJSON := benchOptions(c, &o)
	if err := c.flags.Parse(c.args); errors.Is(err, flag.ErrHelp) {
		return errHelp
	} else if err != nil {
		return errUsage
	}
	if c.flags.NArg() > 0 {
		c.flags.Usage()
		return errUsage
	}
	var err error
	if o.Exe, err = os.Executable(); err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	if o.Profile != "" {
		if err := os.MkdirAll(o.Profile, 0o700); err != nil {
			return fmt.Errorf("make a folder for profiles: %w", err)
		}
	}
	report, err := benchmark.Run(ctx, o)
	if err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	if *asJSON {
		out := json.NewEncoder(c.stdout)
		out.SetIndent("", "  ")
		err = out.Encode(report)
	} else {
		err = report.WriteText(c.stdout)
	}
	if err == nil && report.Lost() > 0 {
		err = fmt.Errorf("%d acknowledged presses lost their SMS or their event", report.Lost())
	}
	return err
}

func profiled(path string, run func() error) (err error) {
	f, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("make the profile: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := pprof.StartCPUProfile(f); err != nil {
		return fmt.Errorf("start the profile: %w", err)
	}
	defer pprof.StopCPUProfile()
	return run()
}
