package access

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// TokenInfo describes a stored token; ID is the start of its hash.
type TokenInfo struct {
	ID      string
	Scope   Scope
	Label   string
	Created time.Time
}

// CreateToken makes a bearer token and returns it; it is shown once and stored
// as a hash. The label says for whom, so that it can be revoked one day.
func (a *Access) CreateToken(ctx context.Context, scope Scope, label string) (string, error) {
	if _, err := ParseScope(string(scope)); err != nil {
		return "", err
	}
	// The prefix lets people and secret scanners see what a leaked string is.
	token := "ok_" + string(scope) + "_" + newSecret()
	d := digestOf(token)
	rec := tokenRecord{V: recordVersion, Scope: scope, Label: label, Created: time.Now().UTC()}
	if err := a.put(ctx, subjToken+d.token(), rec, 0, nil); err != nil {
		return "", fmt.Errorf("create %s token: %w", scope, err)
	}
	a.log.Info("token created", "token", d.short(), "scope", scope, "label", label)
	return token, nil
}

// AddStatic lets in a token given by the environment. It is kept in memory
// only; an empty one is ignored, since an unset variable must open nothing.
func (a *Access) AddStatic(scope Scope, token string) {
	if token == "" {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.static[digestOf(token)] = scope
}

// Token says what a bearer token opens.
func (a *Access) Token(token string) (Scope, bool) {
	if token == "" {
		return "", false
	}
	d := digestOf(token)
	a.mu.RLock()
	defer a.mu.RUnlock()
	if scope, ok := a.static[d]; ok {
		return scope, true
	}
	t, ok := a.tokens[d]
	if !ok || t.rec.Gone {
		return "", false
	}
	return t.rec.Scope, true
}

// Tokens lists the stored tokens, oldest first.
func (a *Access) Tokens() []TokenInfo {
	a.mu.RLock()
	defer a.mu.RUnlock()
	var list []TokenInfo
	for d, t := range a.tokens {
		if !t.rec.Gone {
			list = append(list, TokenInfo{ID: d.short(), Scope: t.rec.Scope, Label: t.rec.Label, Created: t.rec.Created})
		}
	}
	slices.SortFunc(list, func(x, y TokenInfo) int {
		if c := x.Created.Compare(y.Created); c != 0 {
			return c
		}
		return strings.Compare(x.ID, y.ID)
	})
	return list
}

// RevokeToken ends the token with this ID. The error wraps [ErrUnknown].
func (a *Access) RevokeToken(ctx context.Context, id string) error {
	d, rec, ok := a.tokenByID(id)
	if !ok {
		return fmt.Errorf("token %q: %w", id, ErrUnknown)
	}
	rec.Gone = true
	if err := a.put(ctx, subjToken+d.token(), rec, 0, nil); err != nil {
		return fmt.Errorf("revoke token %s: %w", id, err)
	}
	a.log.Info("token revoked", "token", id, "label", rec.Label)
	return nil
}

func (a *Access) tokenByID(id string) (digest, tokenRecord, bool) {
	a.mu.RLock()
	defer a.mu.RUnlock()
	for d, t := range a.tokens {
		if d.short() == id && !t.rec.Gone {
			return d, t.rec, true
		}
	}
	return digest{}, tokenRecord{}, false
}
