package console

import (
	"bytes"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"onekeyd/dispatch/access"
)

// maxForm bounds a login form, in bytes.
const maxForm = 8 << 10

// pageData is what the templates know.
type pageData struct {
	Lang, Other   string // this language and the one to switch to
	T             map[string]string
	Static        string // path of the assets
	Site, Zone    string
	Build         string
	Operator      access.Operator
	HeartbeatMS   int64
	Path          string
	Error         string // key of a message
	Wait          int    // seconds, with a throttled login
	ReadOnly      bool
	NamedOperator string
}

func (c *Console) page(w http.ResponseWriter, r *http.Request, status int, name string, d pageData) {
	d.Lang = language(r)
	d.Other = languages[0]
	if d.Lang == d.Other {
		d.Other = languages[1]
	}
	d.T, d.Static = c.assets.words[d.Lang], "/static/"+c.assets.hash
	d.Site, d.Zone, d.Build, d.HeartbeatMS = c.opt.Site, c.opt.Zone, c.opt.Build, c.opt.Heartbeat.Milliseconds()
	d.Path = r.URL.Path
	var b bytes.Buffer
	if err := c.assets.pages.ExecuteTemplate(&b, name, d); err != nil {
		c.log.Error("page cannot be written", "page", name, "err", err)
		http.Error(w, "the page could not be written", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	w.Write(b.Bytes())
}

// language is what the address asks for, else what was chosen before, else
// Chinese. The browser's own wish is not asked: it is that of whoever installed
// the machine, not of the person on shift.
func language(r *http.Request) string {
	asked := r.URL.Query().Get("lang")
	if asked == "" {
		if cookie, err := r.Cookie("ok_lang"); err == nil {
			asked = cookie.Value
		}
	}
	for _, l := range languages {
		if asked == l {
			return l
		}
	}
	return languages[0]
}

// keepLanguage remembers a choice made before login, from a POST only.
func keepLanguage(w http.ResponseWriter, r *http.Request) {
	if r.URL.Query().Get("lang") != "" {
		http.SetCookie(w, &http.Cookie{Name: "ok_lang", Value: language(r), Path: "/", MaxAge: 400 * 24 * 3600, SameSite: http.SameSiteLaxMode})
	}
}

func (c *Console) showConsole(w http.ResponseWriter, r *http.Request) {
	op, ok := c.operator(r)
	if !ok {
		http.Redirect(w, r, "/login", http.StatusSeeOther)
		return
	}
	c.page(w, r, http.StatusOK, "console.html", pageData{Operator: op, ReadOnly: !op.Role.Acts()})
}

func (c *Console) showLogin(w http.ResponseWriter, r *http.Request) {
	c.page(w, r, http.StatusOK, "login.html", pageData{})
}

func (c *Console) login(w http.ResponseWriter, r *http.Request) {
	if !readForm(w, r) {
		return
	}
	token, op, err := c.opt.Access.Login(r.Context(), strings.TrimSpace(r.PostFormValue("name")), r.PostFormValue("password"), peer(r))
	var throttled *access.ThrottledError
	switch {
	case err == nil:
		keepLanguage(w, r)
		c.setCookie(w, token, int(time.Until(op.Expires).Seconds()))
		http.Redirect(w, r, "/", http.StatusSeeOther)
	case errors.Is(err, access.ErrBadLogin):
		c.page(w, r, http.StatusUnauthorized, "login.html", pageData{Error: "login.bad"})
	case errors.As(err, &throttled):
		wait := int(throttled.Wait/time.Second) + 1
		w.Header().Set("Retry-After", strconv.Itoa(wait))
		c.page(w, r, http.StatusTooManyRequests, "login.html", pageData{Error: "login.wait", Wait: wait})
	default:
		c.log.Error("login could not be stored", "err", err)
		c.page(w, r, http.StatusServiceUnavailable, "login.html", pageData{Error: "login.down"})
	}
}

func (c *Console) logout(w http.ResponseWriter, r *http.Request) {
	if err := c.opt.Access.Logout(r.Context(), c.sessionToken(r)); err != nil {
		c.log.Error("logout could not be stored", "err", err)
		http.Error(w, "the logout was not stored, try again", http.StatusServiceUnavailable)
		return
	}
	c.setCookie(w, "", -1)
	http.Redirect(w, r, "/login", http.StatusSeeOther)
}

// showLink shows a button. Previews and scanners fetch links, so a GET must not use it up.
func (c *Console) showLink(w http.ResponseWriter, r *http.Request) {
	name, ok := c.opt.Access.Link(r.PathValue("token"))
	if !ok {
		c.page(w, r, http.StatusNotFound, "link.html", pageData{Error: "link.bad"})
		return
	}
	c.page(w, r, http.StatusOK, "link.html", pageData{NamedOperator: name})
}

func (c *Console) useLink(w http.ResponseWriter, r *http.Request) {
	token, op, err := c.opt.Access.UseLink(r.Context(), r.PathValue("token"), peer(r))
	var throttled *access.ThrottledError
	switch {
	case err == nil:
		keepLanguage(w, r)
		c.setCookie(w, token, int(time.Until(op.Expires).Seconds()))
		http.Redirect(w, r, "/", http.StatusSeeOther)
	case errors.Is(err, access.ErrLink):
		c.page(w, r, http.StatusNotFound, "link.html", pageData{Error: "link.bad"})
	case errors.As(err, &throttled):
		wait := int(throttled.Wait/time.Second) + 1
		w.Header().Set("Retry-After", strconv.Itoa(wait))
		c.page(w, r, http.StatusTooManyRequests, "link.html", pageData{NamedOperator: c.linkName(r), Error: "login.wait", Wait: wait})
	default:
		c.log.Error("use of a link could not be stored", "err", err)
		c.page(w, r, http.StatusServiceUnavailable, "link.html", pageData{NamedOperator: c.linkName(r), Error: "login.down"})
	}
}

// linkName is whom an unused link lets in: it can be tried again.
func (c *Console) linkName(r *http.Request) string {
	name, _ := c.opt.Access.Link(r.PathValue("token"))
	return name
}

func (c *Console) showPassword(w http.ResponseWriter, r *http.Request) {
	op, ok := c.operator(r)
	if !ok {
		http.Redirect(w, r, "/login", http.StatusSeeOther)
		return
	}
	c.page(w, r, http.StatusOK, "password.html", pageData{Operator: op})
}

// setPassword asks for the old password unless there is none: a console left
// alone for a minute must not be enough to take the account over.
func (c *Console) setPassword(w http.ResponseWriter, r *http.Request) {
	op, ok := c.operator(r)
	if !ok {
		http.Redirect(w, r, "/login", http.StatusSeeOther)
		return
	}
	if !readForm(w, r) {
		return
	}
	again := func(status int, key string, wait int) {
		c.page(w, r, status, "password.html", pageData{Operator: op, Error: key, Wait: wait})
	}
	if r.PostFormValue("new") != r.PostFormValue("again") {
		again(http.StatusBadRequest, "password.differ", 0)
		return
	}
	if !op.NoPassword {
		var throttled *access.ThrottledError
		switch err := c.opt.Access.Verify(r.Context(), op.Name, r.PostFormValue("old"), peer(r)); {
		case errors.Is(err, access.ErrBadLogin):
			again(http.StatusUnauthorized, "login.bad", 0)
			return
		case errors.As(err, &throttled):
			again(http.StatusTooManyRequests, "login.wait", int(throttled.Wait/time.Second)+1)
			return
		case err != nil:
			c.log.Error("password could not be checked", "operator", op.Name, "err", err)
			again(http.StatusServiceUnavailable, "login.down", 0)
			return
		}
	}
	switch err := c.opt.Access.SetPassword(r.Context(), op.Name, r.PostFormValue("new"), c.sessionToken(r)); {
	case errors.Is(err, access.ErrWeak):
		again(http.StatusBadRequest, "password.weak", 0)
	case err != nil:
		c.log.Error("password could not be stored", "operator", op.Name, "err", err)
		again(http.StatusServiceUnavailable, "login.down", 0)
	default:
		http.Redirect(w, r, "/", http.StatusSeeOther)
	}
}

func readForm(w http.ResponseWriter, r *http.Request) bool {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		http.Error(w, "the form could not be read", http.StatusBadRequest)
		return false
	}
	return true
}
