package main

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"onekeyd/alerts"
	"onekeyd/alerts/hooks"
	"onekeyd/devices/downlink"
	"onekeyd/devices/httpgate"
	"onekeyd/dispatch"
	"onekeyd/dispatch/access"
	"onekeyd/dispatch/journal"
	"onekeyd/dispatch/live"
	"onekeyd/dispatch/registry"
)

// routes is every address the daemon answers on; DESIGN section 9.
func (d *daemon) routes() http.Handler {
	mux := http.NewServeMux()
	d.console.Register(mux)
	d.pages.Register(mux)
	mux.Handle(httpgate.Path, httpgate.New(d.intake, d.isGateway, d.log))
	mux.Handle(downlink.PollPath, downlink.Handler(d.downlink.Last, d.isGateway))
	mux.Handle("/v1/directory/", d.withAPIToken(d.onlyServed(d.registry.Handler(registry.HandlerOptions{Who: func(*http.Request) string { return "api token" }}))))
	known := func(id dispatch.ResponderID) bool { _, ok := d.registry.Snapshot().Responder(id); return ok }
	mux.Handle(live.PositionsPath, d.withAPIToken(live.PositionsHandler(d.live, time.Now, known)))
	d.welfare.Register(mux)
	d.mount(mux)
	if d.calls != nil {
		mux.Handle("POST /hooks/twilio/voice", d.hook(d.calls, d.calls.Name()))
	}
	return d.operations(mux, direct)
}

// hook takes what one carrier reports.
func (d *daemon) hook(h alerts.Hook, carrier string) http.Handler {
	return hooks.Handler(hooks.Options{
		Hook: h, Carrier: carrier, Ready: func() bool { return d.caughtUp() == nil }, ByAlert: d.board.ByAlert, ByRef: d.byRef, Record: d.recorder.Report, Reply: d.desk.Reply, Unasked: d.unasked,
		Forged: func() { d.measured.forged(carrier) }, Log: d.log,
	})
}

// operations is what those who run the daemon look at. fromHere says whose
// connections are believed to come from this machine.
func (d *daemon) operations(mux *http.ServeMux, fromHere func(*http.Request) bool) http.Handler {
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok\n")) })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) { d.readyz(w, r, d.mayWatch(fromHere, r)) })
	mux.Handle("GET /metrics", d.fromHereOrWithToken(fromHere, promhttp.HandlerFor(d.measured.registry, promhttp.HandlerOpts{})))
	return mux
}

func serveHTTP(ctx context.Context, l net.Listener, handler http.Handler) error {
	// A stream of events lives as long as its console, so there is no limit on
	// writing here; the console sets one a write.
	in := newEntrance(l, httpBounds)
	srv := &http.Server{
		Handler: patience(bodyTime, handler), ConnState: in.state, ReadHeaderTimeout: 5 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 16 << 10,
		BaseContext: func(net.Listener) context.Context { return ctx },
	}
	stopped := make(chan error, 1)
	go func() {
		<-ctx.Done()
		wait, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWait)
		defer cancel()
		err := srv.Shutdown(wait)
		if err != nil {
			err = srv.Close() // who still listens comes back by itself
		}
		stopped <- err
	}()
	if err := srv.Serve(in); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return <-stopped
}

// isGateway says whether a bearer token may post presses.
func (d *daemon) isGateway(token string) bool {
	scope, ok := d.access.Token(token)
	return ok && scope == access.ScopeGateway
}

// authorize lets gateways speak NATS with the same token: as the token, or as the password of any user.
func (d *daemon) authorize(_, password, token string) (journal.Role, bool) {
	doors := d.doors.Load()
	for _, secret := range []string{token, password} {
		if doors == nil {
			break
		}
		if scope, ok := doors.Token(secret); ok && scope == access.ScopeGateway {
			return journal.RoleGateway, true
		}
	}
	return journal.RoleNone, false
}

func (d *daemon) withAPIToken(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !d.hasScope(r, access.ScopeAPI) {
			w.Header().Set("WWW-Authenticate", `Bearer realm="onekeyd"`)
			http.Error(w, `{"error":"an API token is needed"}`, http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// fromHereOrWithToken lets a scraper on this machine in without a token.
func (d *daemon) fromHereOrWithToken(fromHere func(*http.Request) bool, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !d.mayWatch(fromHere, r) {
			w.Header().Set("WWW-Authenticate", `Bearer realm="onekeyd"`)
			http.Error(w, "a metrics token is needed", http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// mayWatch reports whether somebody is shown how the daemon is: a stranger who
// reads that nobody is on call, or that texts do not go out, knows when to come.
func (d *daemon) mayWatch(fromHere func(*http.Request) bool, r *http.Request) bool {
	return fromHere(r) || d.hasScope(r, access.ScopeMetrics) || d.hasScope(r, access.ScopeAPI)
}

// local: the connection begins on this machine. Enough where no proxy leads, as
// on metrics.listen.
func local(r *http.Request) bool {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	return err == nil && net.ParseIP(host).IsLoopback()
}

// direct: the request itself begins on this machine. Behind a TLS proxy every
// connection does; a proxy gives itself away by a header or by the public name
// that was asked for. A page in a browser here that rebinds its name to this
// machine is told by its name, too.
func direct(r *http.Request) bool {
	for _, h := range []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip", "Via"} {
		if len(r.Header.Values(h)) > 0 {
			return false
		}
	}
	name := r.Host
	if host, _, err := net.SplitHostPort(name); err == nil {
		name = host
	}
	name = strings.Trim(name, "[]")
	return local(r) && (strings.EqualFold(name, "localhost") || net.ParseIP(name).IsLoopback())
}

func (d *daemon) hasScope(r *http.Request, want access.Scope) bool {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	scope, known := d.access.Token(token)
	return ok && known && scope == want
}

// readiness is what /readyz answers: whether presses are taken and acted on, and
// beside it what is weaker than it should be while help still goes out. Strangers,
// such as a load balancer without a token, are told the first alone.
type readiness struct {
	Ready    bool              `json:"ready"`
	Checks   map[string]string `json:"checks,omitempty"`
	Warnings []string          `json:"warnings,omitempty"`
}

func (d *daemon) readyz(w http.ResponseWriter, r *http.Request, all bool) {
	a := readiness{Ready: true, Checks: map[string]string{}}
	check := func(name string, err error) {
		a.Checks[name] = "ok"
		if err != nil {
			a.Ready, a.Checks[name] = false, err.Error()
		}
	}
	check("journal", d.journal.Ready(r.Context()))
	check("board", d.caughtUp())
	a.Checks["carrier"] = "ok: " + d.carriers.names()
	if len(d.carriers) == 0 {
		a.Checks["carrier"] = "not configured: alerts are shown as not sent"
	}
	if out := d.carriersOut(); len(out) > 0 {
		a.Checks["carrier"] = strings.Join(out, "; ")
	}
	a.Warnings = slices.Concat(d.journal.Weaknesses(), d.cfg.Warnings(), d.gaps, d.unservedWords(), d.canary.Troubles())
	if !all {
		a.Checks, a.Warnings = nil, nil
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	if !a.Ready {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	_ = json.NewEncoder(w).Encode(a) // who asked may have gone
}

func (d *daemon) caughtUp() error {
	select {
	case <-d.board.CaughtUp():
		return nil
	default:
		return errors.New("still reading the journal")
	}
}

// troubles is what the desk must know is not as it should be, each in words.
func (d *daemon) troubles() []string {
	var out []string
	if len(d.carriers) == 0 {
		out = append(out, "no SMS carrier is configured: nobody is told by SMS")
	}
	out = slices.Concat(out, d.canary.Troubles(), d.carriersOut(), d.gaps, d.unservedWords())
	ctx, cancel := context.WithTimeout(context.Background(), 500*time.Millisecond)
	defer cancel()
	if err := d.journal.Ready(ctx); err != nil {
		out = append(out, "the journal cannot store: presses are refused and devices try again")
	}
	if err := d.live.Healthy(); err != nil {
		out = append(out, "live positions are not shared now: "+err.Error())
	}
	if d.registry.Snapshot().Count(registry.Elders) == 0 {
		out = append(out, "the directory is empty: every press is of an unknown device")
	}
	return out
}
