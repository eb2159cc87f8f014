package access

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"onekeyd/dispatch"
)

// OperatorInfo describes an operator for administrators.
type OperatorInfo struct {
	Name     string
	Role     Role
	Password bool // has one
}

// CreateOperator adds an operator without a password: a link lets them in the
// first time. Errors: what is wrong with the name or role, [ErrExists].
func (a *Access) CreateOperator(ctx context.Context, name string, role Role) error {
	if err := dispatch.CheckID(name); err != nil {
		return fmt.Errorf("operator name %q %w", name, err)
	}
	if _, err := ParseRole(string(role)); err != nil {
		return fmt.Errorf("operator %s: %w", name, err)
	}
	a.mu.RLock()
	old, known := a.operators[name]
	a.mu.RUnlock()
	if known && !old.rec.Gone {
		return fmt.Errorf("operator %s %w", name, ErrExists)
	}
	rec := operatorRecord{V: recordVersion, Name: name, Role: role, Changed: time.Now().UTC()}
	err := a.put(ctx, subjOperator+name, rec, 0, &old.seq)
	if raced(err) {
		return fmt.Errorf("operator %s %w", name, ErrExists)
	}
	if err != nil {
		return fmt.Errorf("create operator %s: %w", name, err)
	}
	a.log.Info("operator created", "operator", name, "role", role)
	return nil
}

// RemoveOperator takes an operator off the desk and ends their sessions. The error wraps [ErrUnknown].
func (a *Access) RemoveOperator(ctx context.Context, name string) error {
	rec, err := a.operator(name)
	if err != nil {
		return err
	}
	rec.Gone, rec.Hash, rec.Changed = true, nil, time.Now().UTC()
	if err := a.put(ctx, subjOperator+name, rec, 0, nil); err != nil {
		return fmt.Errorf("remove operator %s: %w", name, err)
	}
	a.log.Info("operator removed", "operator", name)
	return a.RevokeSessions(ctx, name, "")
}

// SetPassword sets an operator's password and ends their other sessions;
// session is the token of the one that stays (empty: none). Errors wrap
// [ErrWeak] or [ErrUnknown].
func (a *Access) SetPassword(ctx context.Context, name, password, session string) error {
	if err := checkPassword(password); err != nil {
		return err
	}
	rec, err := a.operator(name)
	if err != nil {
		return err
	}
	if rec.Hash, err = a.newHash(ctx, password); err != nil {
		return err
	}
	rec.Changed = time.Now().UTC()
	if err := a.put(ctx, subjOperator+name, rec, 0, nil); err != nil {
		return fmt.Errorf("set password of operator %s: %w", name, err)
	}
	a.log.Info("password set", "operator", name)
	return a.RevokeSessions(ctx, name, session)
}

// ForgetPassword makes an operator's password open nothing, so that a link lets
// them set a new one without the old. Their sessions go on, for a console that
// logs itself out does not ring; setting the new password ends them. The error
// wraps [ErrUnknown].
func (a *Access) ForgetPassword(ctx context.Context, name string) error {
	rec, err := a.operator(name)
	if err != nil || rec.Hash == nil {
		return err
	}
	rec.Hash, rec.Changed = nil, time.Now().UTC()
	if err := a.put(ctx, subjOperator+name, rec, 0, nil); err != nil {
		return fmt.Errorf("forget password of operator %s: %w", name, err)
	}
	a.log.Info("password forgotten", "operator", name)
	return nil
}

// Operators lists everybody who may log in, by name.
func (a *Access) Operators() []OperatorInfo {
	a.mu.RLock()
	defer a.mu.RUnlock()
	var list []OperatorInfo
	for _, o := range a.operators {
		if !o.rec.Gone {
			list = append(list, OperatorInfo{Name: o.rec.Name, Role: o.rec.Role, Password: o.rec.Hash != nil})
		}
	}
	slices.SortFunc(list, func(x, y OperatorInfo) int { return strings.Compare(x.Name, y.Name) })
	return list
}

func (a *Access) operator(name string) (operatorRecord, error) {
	a.mu.RLock()
	defer a.mu.RUnlock()
	o, ok := a.operators[name]
	if !ok || o.rec.Gone {
		return operatorRecord{}, fmt.Errorf("operator %q %w", name, ErrUnknown)
	}
	return o.rec, nil
}
