package access

import (
	"context"
	"fmt"
	"time"

	"onekeyd/dispatch"
)

// SessionLife is a shift: a session ends this long after login, whatever
// happens. There is no idle logout, since a console that logs itself out is a
// console that does not ring.
const SessionLife = 12 * time.Hour

// Login checks a password and begins a session. addr is the peer's address
// without its port. Errors: [ErrBadLogin], a *[ThrottledError], or what the
// stream said.
func (a *Access) Login(ctx context.Context, name, password, addr string) (token string, op Operator, err error) {
	rec, err := a.verify(ctx, name, password, addr)
	if err != nil {
		return "", Operator{}, err
	}
	return a.begin(ctx, rec, "password", addr)
}

// Verify checks a password without beginning a session; errors as of [Access.Login].
func (a *Access) Verify(ctx context.Context, name, password, addr string) error {
	_, err := a.verify(ctx, name, password, addr)
	return err
}

func (a *Access) verify(ctx context.Context, name, password, addr string) (operatorRecord, error) {
	if dispatch.CheckID(name) != nil {
		name = "(none)" // nobody's name, and no key of any length in the throttle
	}
	giveBack, wait := a.throttle.take(name, addr, time.Now())
	if wait > 0 {
		a.log.Warn("login throttled", "addr", addr)
		return operatorRecord{}, &ThrottledError{Wait: wait}
	}
	a.mu.RLock()
	rec, known := a.operators[name]
	a.mu.RUnlock()
	var h *hash
	if known && !rec.rec.Gone {
		h = rec.rec.Hash
	}
	if len(password) > maxPassword {
		password = "" // longer than any that could have been set; not worth hashing
	}
	ok, err := a.matches(ctx, h, password)
	if err != nil {
		giveBack() // nothing was learned from this attempt
		return operatorRecord{}, fmt.Errorf("check password: %w", err)
	}
	if !ok {
		// The name is not logged: people type passwords into the wrong field.
		a.log.Warn("login refused", "addr", addr, "known", known)
		return operatorRecord{}, ErrBadLogin
	}
	giveBack()
	return rec.rec, nil
}

func (a *Access) begin(ctx context.Context, op operatorRecord, via, addr string) (string, Operator, error) {
	token, now := newSecret(), time.Now().UTC()
	d := digestOf(token)
	rec := sessionRecord{V: recordVersion, Operator: op.Name, Via: via, Created: now, Expires: now.Add(SessionLife)}
	if err := a.put(ctx, subjSession+d.token(), rec, SessionLife+afterlife, nil); err != nil {
		return "", Operator{}, fmt.Errorf("begin session of %s: %w", op.Name, err)
	}
	a.log.Info("operator logged in", "operator", op.Name, "session", d.short(), "via", via, "addr", addr)
	return token, Operator{Name: op.Name, Role: op.Role, NoPassword: op.Hash == nil, Session: d.short(), Expires: rec.Expires}, nil
}

// Session says who a session token is. It never waits.
func (a *Access) Session(token string) (Operator, bool) {
	if token == "" {
		return Operator{}, false
	}
	d := digestOf(token)
	a.mu.RLock()
	defer a.mu.RUnlock()
	s, ok := a.sessions[d]
	if !ok || s.rec.Gone || !time.Now().Before(s.rec.Expires) {
		return Operator{}, false
	}
	op, ok := a.operators[s.rec.Operator]
	if !ok || op.rec.Gone {
		return Operator{}, false
	}
	return Operator{Name: op.rec.Name, Role: op.rec.Role, NoPassword: op.rec.Hash == nil, Session: d.short(), Expires: s.rec.Expires}, true
}

// Logout ends a session everywhere. Ending one that is not there is no error.
func (a *Access) Logout(ctx context.Context, token string) error {
	return a.endSession(ctx, digestOf(token))
}

// RevokeSessions ends every session of an operator but the one with the token
// except (empty: all of them).
func (a *Access) RevokeSessions(ctx context.Context, name, except string) error {
	keep := digestOf(except)
	a.mu.RLock()
	var list []digest
	for d, s := range a.sessions {
		if s.rec.Operator == name && !s.rec.Gone && d != keep {
			list = append(list, d)
		}
	}
	a.mu.RUnlock()
	for _, d := range list {
		if err := a.endSession(ctx, d); err != nil {
			return err
		}
	}
	return nil
}

func (a *Access) endSession(ctx context.Context, d digest) error {
	a.mu.RLock()
	s, ok := a.sessions[d]
	a.mu.RUnlock()
	if !ok || s.rec.Gone {
		return nil
	}
	s.rec.Gone = true
	if err := a.put(ctx, subjSession+d.token(), s.rec, SessionLife+afterlife, nil); err != nil {
		return fmt.Errorf("end session %s: %w", d.short(), err)
	}
	a.log.Info("session ended", "operator", s.rec.Operator, "session", d.short())
	return nil
}
