// Package door lets whoever started the demo into its console without a form.
//
// # Promise
//
// The link logs in as often as it is opened, until the demo ends. So a preview
// or a scanner that opens it first uses nothing up, which is why a real daemon's
// links log in once and only by a button. What makes it safe here: everybody
// inside is made up, the link holds 128 random bits and more, and it answers
// this machine only, by a name of this machine.
//
// The package starts no goroutines and keeps no sessions: each opening is a
// one-time link of the daemon's own, made and used on the spot.
package door

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net"
	"net/http"
	"net/url"
)

// Door is the link's handler.
type Door struct {
	// Path opens it; secret.
	Path   string
	daemon http.Handler
	link   func(context.Context) (path string, err error)
	log    *slog.Logger
}

// New makes a door to a daemon whose one-time links link makes.
func New(daemon http.Handler, link func(context.Context) (string, error), log *slog.Logger) *Door {
	return &Door{Path: "/demo/" + rand.Text(), daemon: daemon, link: link, log: log.With("component", "door")}
}

// ServeHTTP presses the button of a fresh link, so that the cookie and the way
// on are the daemon's own.
func (d *Door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path, err := d.link(r.Context())
	if err != nil {
		d.log.Error("no link could be made", "err", err)
		http.Error(w, "the daemon cannot store a login now; try again", http.StatusServiceUnavailable)
		return
	}
	in := r.Clone(r.Context())
	in.Method, in.Body, in.ContentLength, in.Header = http.MethodPost, http.NoBody, 0, http.Header{}
	in.URL.Path, in.URL.RawPath = path, ""
	d.daemon.ServeHTTP(w, in)
}

// OnlyHere lets in requests that come from this machine and name it: not from
// elsewhere, and not from a page elsewhere whose name was made to lead here.
func OnlyHere(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !isHere(r.RemoteAddr) || !isHere(r.Host) {
			http.Error(w, "the demo answers this machine only, as localhost or 127.0.0.1", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// Here says whether an address such as http://127.0.0.1:8080 is this machine's own.
func Here(address string) bool {
	u, err := url.Parse(address)
	return err == nil && isHere(u.Host)
}

func isHere(hostport string) bool {
	host := hostport
	if h, _, err := net.SplitHostPort(hostport); err == nil {
		host = h
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
