package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"onekeyd/cmd/onekeyd/settings"
	"onekeyd/dispatch/access"
)

// linkLife is how long a link made by hand stands: it is sent to somebody who waits for it.
const linkLife = 24 * time.Hour

// operator adds, lists and removes who may log in. Whoever may write the data
// folder may do this: it is the way back in when nobody can log in any more.
func operator(ctx context.Context, c *call) error {
	cfg, args, err := c.parse(-1)
	if err != nil {
		return err
	}
	words := map[string]int{"add": 3, "link": 2, "remove": 2, "list": 1}
	if n, ok := words[args[0]]; !ok || len(args) != n {
		c.flags.Usage()
		return errUsage
	}
	if args[0] == "add" {
		if _, err := access.ParseRole(args[2]); err != nil {
			return err
		}
	}
	a, done, err := reachAccess(ctx, c, cfg)
	if err != nil {
		return err
	}
	defer done()
	switch args[0] {
	case "add":
		if err := a.CreateOperator(ctx, args[1], access.Role(args[2])); err != nil {
			return err
		}
		return handOver(ctx, c.stdout, a, cfg, args[1])
	case "link":
		if err := a.ForgetPassword(ctx, args[1]); err != nil {
			return err
		}
		return handOver(ctx, c.stdout, a, cfg, args[1])
	case "remove":
		if err := a.RemoveOperator(ctx, args[1]); err != nil {
			return err
		}
		fmt.Fprintf(c.stdout, "%s may not log in any more, and is logged out everywhere\n", args[1])
		return nil
	}
	for _, o := range a.Operators() {
		password := "has a password"
		if !o.Password {
			password = "has no password yet"
		}
		fmt.Fprintf(c.stdout, "%-20s %-14s %s\n", o.Name, o.Role, password)
	}
	return nil
}

// handOver prints a link once; it is stored nowhere but as a hash.
func handOver(ctx context.Context, w io.Writer, a *access.Access, cfg settings.Settings, name string) error {
	link, err := a.OneTimeLink(ctx, name, linkLife)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "Open this once within a day to log in as %s and set a password:\n  %s%s\n", name, cfg.HTTP.PublicURL, link)
	return nil
}

// reachAccess opens access for a tool, and says how to let go of it.
func reachAccess(ctx context.Context, c *call, cfg settings.Settings) (_ *access.Access, done func(), err error) {
	j, err := reach(ctx, cfg, c.logger(cfg))
	if err != nil {
		return nil, nil, err
	}
	a, err := access.Open(ctx, j.JetStream(), cfg.NATS.Replicas, c.logger(cfg))
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("open access: %w", err), j.Close())
	}
	return a, func() {
		if err := j.Close(); err != nil {
			c.logger(cfg).Error("journal did not close cleanly", "err", err)
		}
	}, nil
}
