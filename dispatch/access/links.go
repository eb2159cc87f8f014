package access

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// LinkPath is where the console shows a link's button.
const LinkPath = "/link/"

// firstOperator is whom the first start creates.
const firstOperator = "admin"

// firstLink is how long the first start's link stands.
const firstLink = 24 * time.Hour

// Bootstrap makes sure that somebody can get in. Without any operator it
// creates the administrator "admin" (created); while that one has no password
// it returns the path of a one-time link valid for 24 hours, to be put behind
// the daemon's address. Otherwise both are empty.
func (a *Access) Bootstrap(ctx context.Context) (link string, created bool, err error) {
	if len(a.Operators()) == 0 {
		switch err := a.CreateOperator(ctx, firstOperator, RoleAdministrator); {
		case errors.Is(err, ErrExists): // another node was first and prints its link
			return "", false, nil
		case err != nil:
			return "", false, err
		}
		created = true
	}
	first, err := a.operator(firstOperator)
	if err != nil || first.Hash != nil {
		return "", created, nil // the administrators have settled in
	}
	link, err = a.OneTimeLink(ctx, firstOperator, firstLink)
	return link, created, err
}

// OneTimeLink makes a path that logs an operator in once within ttl. Showing
// it does nothing; the button on it does. The error wraps [ErrUnknown].
func (a *Access) OneTimeLink(ctx context.Context, operator string, ttl time.Duration) (path string, err error) {
	if _, err := a.operator(operator); err != nil {
		return "", err
	}
	secret, now := newSecret(), time.Now().UTC()
	d := digestOf(secret)
	rec := linkRecord{V: recordVersion, Operator: operator, Created: now, Expires: now.Add(ttl)}
	if err := a.put(ctx, subjLink+d.token(), rec, ttl+afterlife, nil); err != nil {
		return "", fmt.Errorf("create link for operator %s: %w", operator, err)
	}
	a.log.Info("link created", "operator", operator, "link", d.short(), "until", rec.Expires)
	return LinkPath + secret, nil
}

// Link says for whom a link would log in, without using it. It never waits.
func (a *Access) Link(secret string) (operator string, ok bool) {
	l, _, ok := a.link(digestOf(secret))
	return l.rec.Operator, ok
}

// UseLink consumes a link and begins a session. The error is [ErrLink] or what the stream said.
func (a *Access) UseLink(ctx context.Context, secret, addr string) (token string, op Operator, err error) {
	// 256 random bits cannot be guessed; the throttle is for the noise in the log.
	giveBack, wait := a.throttle.take("(link) "+addr, addr, time.Now())
	if wait > 0 {
		return "", Operator{}, &ThrottledError{Wait: wait}
	}
	d := digestOf(secret)
	l, rec, ok := a.link(d)
	if !ok {
		a.log.Warn("link refused", "link", d.short(), "addr", addr)
		return "", Operator{}, ErrLink
	}
	l.rec.Used = time.Now().UTC()
	err = a.put(ctx, subjLink+d.token(), l.rec, time.Until(l.rec.Expires)+afterlife, &l.seq)
	if raced(err) {
		a.log.Warn("link refused, used elsewhere at the same moment", "link", d.short(), "addr", addr)
		return "", Operator{}, ErrLink
	}
	if err != nil {
		return "", Operator{}, fmt.Errorf("use link %s: %w", d.short(), err)
	}
	giveBack()
	return a.begin(ctx, rec, "link", addr)
}

func (a *Access) link(d digest) (kept[linkRecord], operatorRecord, bool) {
	a.mu.RLock()
	defer a.mu.RUnlock()
	l, ok := a.links[d]
	if !ok || !l.rec.Used.IsZero() || !time.Now().Before(l.rec.Expires) {
		return kept[linkRecord]{}, operatorRecord{}, false
	}
	op, ok := a.operators[l.rec.Operator]
	if !ok || op.rec.Gone {
		return kept[linkRecord]{}, operatorRecord{}, false
	}
	return l, op.rec, true
}
