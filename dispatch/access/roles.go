package access

import (
	"errors"
	"fmt"
	"time"
)

// Role says what an operator may do.
type Role string

// The roles of the desk.
const (
	RoleOperator      Role = "operator"
	RoleSupervisor    Role = "supervisor"
	RoleAdministrator Role = "administrator"
	RoleWall          Role = "wall" // a big screen: reads only, and no personal data
)

// ParseRole reads a role by its name.
func ParseRole(s string) (Role, error) {
	switch r := Role(s); r {
	case RoleOperator, RoleSupervisor, RoleAdministrator, RoleWall:
		return r, nil
	}
	return "", fmt.Errorf("role %q: operator, supervisor, administrator and wall are known", s)
}

// Acts reports whether the role may change an incident.
func (r Role) Acts() bool {
	return r == RoleOperator || r == RoleSupervisor || r == RoleAdministrator
}

// SeesMedical reports whether the role may be shown what is known of an elder's
// health: it is for those who handle calls, not for those who keep the accounts
// (PIPL art. 28 asks for a specific purpose and the least use).
func (r Role) SeesMedical() bool { return r == RoleOperator || r == RoleSupervisor }

// Scope says what a bearer token opens.
type Scope string

// The scopes of a token. Each opens its own doors only.
const (
	ScopeGateway Scope = "gateway" // post presses
	ScopeAPI     Scope = "api"     // read incidents, change the directory
	ScopeMetrics Scope = "metrics" // read /metrics where it is not open
)

// ParseScope reads a scope by its name.
func ParseScope(s string) (Scope, error) {
	switch c := Scope(s); c {
	case ScopeGateway, ScopeAPI, ScopeMetrics:
		return c, nil
	}
	return "", fmt.Errorf("scope %q: gateway, api and metrics are known", s)
}

// Operator is who stands behind a session.
type Operator struct {
	Name       string
	Role       Role
	NoPassword bool      // came by a link and has no password yet
	Session    string    // short name of the session for the log; opens nothing
	Expires    time.Time // of the session
}

// What callers branch on.
var (
	// ErrBadLogin: no such operator or not this password. Which of the two is not told.
	ErrBadLogin = errors.New("wrong name or password")
	// ErrLink: the link is unknown, used or too old. Which of them is not told.
	ErrLink = errors.New("this link does not open anything")
	// ErrUnknown: there is no such operator or token.
	ErrUnknown = errors.New("is not known")
	// ErrExists: the name is taken.
	ErrExists = errors.New("exists already")
	// ErrWeak: the password cannot be taken; the error around it says why.
	ErrWeak = errors.New("password refused")
	// ErrStream: the stream ACCESS on the server is weaker than the promise.
	ErrStream = errors.New("stream is weaker than promised")
)

// ThrottledError: too many failures; the next attempt counts after Wait.
type ThrottledError struct{ Wait time.Duration }

func (e *ThrottledError) Error() string {
	return fmt.Sprintf("too many failed logins, try again in %s", e.Wait.Round(time.Second))
}
