package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"onekeyd/dispatch/access"
)

// token makes, lists and revokes bearer tokens. One is shown when it is made
// and never again; only its hash is kept.
func token(ctx context.Context, c *call) error {
	cfg, args, err := c.parse(-1)
	if err != nil {
		return err
	}
	if args[0] == "list" && len(args) != 1 || args[0] == "revoke" && len(args) != 2 {
		c.flags.Usage()
		return errUsage
	}
	var scope access.Scope
	if args[0] != "list" && args[0] != "revoke" {
		if scope, err = access.ParseScope(args[0]); err != nil {
			return err
		}
	}
	a, done, err := reachAccess(ctx, c, cfg)
	if err != nil {
		return err
	}
	defer done()
	switch args[0] {
	case "list":
		for _, t := range a.Tokens() {
			fmt.Fprintf(c.stdout, "%s  %-8s %s  %s\n", t.ID, t.Scope, t.Created.In(zone(cfg.Centre.TimeZone)).Format(time.DateTime), t.Label)
		}
		return nil
	case "revoke":
		if err := a.RevokeToken(ctx, args[1]); err != nil {
			return err
		}
		fmt.Fprintf(c.stdout, "token %s opens nothing any more\n", args[1])
		return nil
	}
	made, err := a.CreateToken(ctx, scope, strings.Join(args[1:], " "))
	if err != nil {
		return err
	}
	fmt.Fprintln(c.stdout, made)
	return nil
}
