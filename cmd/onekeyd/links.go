package main

import (
	"context"
	"fmt"
)

// links makes every link that is out void: to the pages of responders and
// families. Texts that are sent from then on carry new ones.
func links(ctx context.Context, c *call) error {
	cfg, args, err := c.parse(1)
	if err != nil {
		return err
	}
	if args[0] != "revoke" {
		c.flags.Usage()
		return errUsage
	}
	a, done, err := reachAccess(ctx, c, cfg)
	if err != nil {
		return err
	}
	defer done()
	if err := a.RenewSeal(ctx); err != nil {
		return err
	}
	fmt.Fprintln(c.stdout, "every link to a page that was sent until now opens nothing any more; later texts carry new ones")
	return nil
}
