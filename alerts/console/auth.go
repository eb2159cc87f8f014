package console

import (
	"net/http"
	"strings"

	"onekeyd/dispatch/access"
)

// cookieName: browsers keep a __Host- cookie to this very host and only over TLS.
func (c *Console) cookieName() string {
	if c.secure {
		return "__Host-ok"
	}
	return "ok"
}

func (c *Console) setCookie(w http.ResponseWriter, token string, maxAge int) {
	http.SetCookie(w, &http.Cookie{
		Name: c.cookieName(), Value: token, Path: "/", MaxAge: maxAge,
		Secure: c.secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

func (c *Console) sessionToken(r *http.Request) string {
	cookie, err := r.Cookie(c.cookieName())
	if err != nil {
		return ""
	}
	return cookie.Value
}

func (c *Console) operator(r *http.Request) (access.Operator, bool) {
	return c.opt.Access.Session(c.sessionToken(r))
}

// Operator is who is logged in behind a request.
func (c *Console) Operator(r *http.Request) (access.Operator, bool) { return c.operator(r) }

// reader says who reads: an operator by cookie or a program by token. A request
// that carries an Authorization header is judged by that alone.
func (c *Console) reader(r *http.Request) (reader, bool) {
	if h := r.Header.Get("Authorization"); h != "" {
		kind, token, _ := strings.Cut(h, " ")
		if !strings.EqualFold(kind, "Bearer") {
			return 0, false
		}
		scope, ok := c.opt.Access.Token(strings.TrimSpace(token))
		return forProgram, ok && scope == access.ScopeAPI
	}
	op, ok := c.operator(r)
	switch {
	case !ok:
		return 0, false
	case op.Role == access.RoleWall:
		return forWall, true
	}
	return forDesk, true
}

// acting is the operator behind a request who may change an incident, or an answer why not.
func (c *Console) acting(w http.ResponseWriter, r *http.Request) (access.Operator, bool) {
	op, ok := c.operator(r)
	switch {
	case !ok:
		refuseReader(w)
	case !op.Role.Acts():
		answerError(w, http.StatusForbidden, "role", "this role only reads")
		ok = false
	}
	return op, ok
}

func refuseReader(w http.ResponseWriter) {
	w.Header().Set("WWW-Authenticate", `Bearer realm="onekeyd"`)
	answerError(w, http.StatusUnauthorized, "login", "log in, or send an API token")
}
