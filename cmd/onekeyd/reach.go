package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"onekeyd/cmd/onekeyd/settings"
	"onekeyd/dispatch"
	"onekeyd/dispatch/journal"
)

// reach opens the journal for a tool: through the daemon that runs on this data
// folder, through the external cluster, or by itself when no daemon runs. It
// takes no part in dispatching.
func reach(ctx context.Context, cfg settings.Settings, log *slog.Logger) (*journal.Journal, error) {
	j, _, err := reachDaemon(ctx, cfg, log)
	return j, err
}

// reachDaemon tells beside it whether a daemon runs on the data folder.
func reachDaemon(ctx context.Context, cfg settings.Settings, log *slog.Logger) (_ *journal.Journal, running bool, err error) {
	if cfg.NATS.Embedded() && !cfg.DataNamed() {
		if err := inhabited(cfg.Data); err != nil {
			return nil, false, err
		}
	}
	o := journal.Options{
		URL: cfg.NATS.URL, User: cfg.NATS.User, Password: cfg.NATS.Password.Reveal(), Replicas: cfg.NATS.Replicas,
		Node: dispatch.NodeID("tool"), Name: "tool", Log: log, Embedded: journal.Embedded{Dir: cfg.Data},
	}
	j, err := journal.Open(ctx, o)
	if !errors.Is(err, journal.ErrLocked) {
		return j, false, err
	}
	token, err := journal.InternalToken(cfg.Data)
	if err != nil {
		return nil, true, fmt.Errorf("a daemon runs on %s: %w", cfg.Data, err)
	}
	o.URL, o.Password = "nats://"+cfg.NATS.Listen, token
	if j, err = journal.Open(ctx, o); err != nil {
		return nil, true, fmt.Errorf("a daemon runs on %s and cannot be reached at %s (is nats.listen the same as the daemon's?): %w", cfg.Data, cfg.NATS.Listen, err)
	}
	return j, true, nil
}

// inhabited refuses a data folder without a journal. A tool that was started as
// another user than the daemon would else make one of its own, where nobody
// looks, and say that all is well.
func inhabited(dir string) error {
	entries, err := os.ReadDir(dir)
	switch {
	case err == nil && len(entries) > 0:
		return nil
	case err != nil && !errors.Is(err, os.ErrNotExist):
		return fmt.Errorf("look into the data folder: %w", err)
	}
	return fmt.Errorf("%s holds no journal; it was meant because no data folder was named. Name the daemon's with -data or ONEKEYD_DATA (under systemd it is /var/lib/onekeyd)", dir)
}
