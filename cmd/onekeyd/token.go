package main

import (
	"context"
	"fmt"
	"strings"

	"onekeyd/dispatch/access"
)

// token makes a bearer token. It is shown once; only its hash is kept.
func token(ctx context.Context, c *call) error {
	cfg, args, err := c.parse(-1)
	if err != nil {
		return err
	}
	scope, err := access.ParseScope(args[0])
	if err != nil {
		return err
	}
	j, err := reach(ctx, cfg, c.logger(cfg))
	if err != nil {
		return err
	}
	defer j.Close()
	a, err := access.Open(ctx, j.JetStream(), cfg.NATS.Replicas, c.logger(cfg))
	if err != nil {
		return fmt.Errorf("open access: %w", err)
	}
	made, err := a.CreateToken(ctx, scope, strings.Join(args[1:], " "))
	if err != nil {
		return err
	}
	fmt.Fprintln(c.stdout, made)
	return nil
}
