package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"onekeyd/cmd/onekeyd/settings"
	"onekeyd/dispatch/journal"
)

// serve runs the daemon until it is told to stop.
func serve(ctx context.Context, c *call) error {
	cfg, _, err := c.parse(0)
	if err != nil {
		return err
	}
	log := c.logger(cfg)
	if err := ownTokens(&cfg); err != nil {
		return err
	}
	d, err := newDaemon(ctx, cfg, log, replaced{})
	if errors.Is(err, journal.ErrLocked) {
		return fmt.Errorf("%w: another onekeyd runs on %s; stop it, or give this one a folder of its own with -data", err, cfg.Data)
	}
	if err != nil {
		return err
	}
	if err := d.refuseUnserved(); err != nil {
		d.close()
		return err
	}
	for _, w := range slices.Concat(d.journal.Weaknesses(), cfg.Warnings(), d.gaps) {
		log.Warn("cannot be promised", "what", w)
	}
	if len(d.carriers) == 0 {
		log.Warn("cannot be promised", "what", "no SMS carrier is configured: nobody is told by SMS, and every alert is shown as not sent")
	}
	d.unservedWords() // begins to count, and warns when it has
	link, _, err := d.access.Bootstrap(ctx)
	if err != nil {
		d.close()
		return fmt.Errorf("make the first administrator: %w", err)
	}
	log.Info("serving", "console", cfg.HTTP.PublicURL, "data", cfg.Data, "version", version(), "warnings", len(cfg.Warnings())+len(d.gaps))
	if link != "" {
		// Not through the log: it opens the console once, and logs are kept.
		fmt.Fprintf(c.stdout, "The administrator has no password yet. Open this once within a day to log in, and set one there:\n  %s%s\n", cfg.HTTP.PublicURL, link)
	}
	if err := d.run(ctx); err != nil {
		return err
	}
	log.Info("stopped")
	return nil
}

// ownTokens makes the tokens that are not set, on the first start, and keeps them in the data folder.
func ownTokens(cfg *settings.Settings) error {
	for name, token := range map[string]*settings.Secret{"gateway.token": &cfg.GatewayToken, "api.token": &cfg.APIToken} {
		if token.IsSet() {
			continue
		}
		made, err := keptToken(cfg.Data, name)
		if err != nil {
			return err
		}
		*token = settings.NewSecret(made)
	}
	return nil
}

// keptToken reads a token from the data folder, or makes it there, readable by its owner only.
func keptToken(dir, name string) (string, error) {
	path := filepath.Join(dir, name)
	data, err := os.ReadFile(path)
	if err == nil {
		return strings.TrimSpace(string(data)), nil
	}
	if !errors.Is(err, os.ErrNotExist) {
		return "", fmt.Errorf("read token: %w", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("make the data folder: %w", err)
	}
	made := rand.Text()
	if err := os.WriteFile(path, []byte(made+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("keep token: %w", err)
	}
	return made, nil
}
