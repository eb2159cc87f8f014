package console

import (
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"time"

	"onekeyd/dispatch"
	"onekeyd/dispatch/access"
)

// Options of a console. Access, Board, Desk, Directory and Log are needed.
type Options struct {
	Access *access.Access
	Board  Board
	Desk   Desk
	// Directory is who is who now: telephones of elders, and what is shown on demand.
	Directory func() dispatch.Directory
	Log       *slog.Logger

	// Status says what cannot be promised right now, in words for the desk; each
	// is shown as a bar. Nil says nothing.
	Status func() []string
	// Applied, if set, is told the newest event that a console which can be heard
	// has taken in. It must not block.
	Applied func(seq uint64)
	// Build names this build; a page from another one says that it wants to be reloaded.
	Build string
	// PublicURL is where browsers find the console. With https the cookie is
	// Secure and HSTS is sent; empty or http is meant for the loopback.
	PublicURL string
	// Site is the centre's name in the top bar.
	Site string
	// Zone is the centre's IANA time zone, in which the page shows times; empty is Asia/Shanghai.
	Zone string
	// Heartbeat is how often a quiet stream speaks; 0 is 5 s. The page takes
	// the link for dead after 2.4 of them.
	Heartbeat time.Duration
	// WriteTimeout is how long a reader may take no bytes; 0 is 5 s.
	WriteTimeout time.Duration
}

// Console serves the pages, the stream and the commands.
type Console struct {
	opt       Options
	log       *slog.Logger
	secure    bool
	assets    *assets
	encodings encodings
	presence  presence
	repeats   repeats
	guard     *http.CrossOriginProtection
	streams   chan struct{} // a place for each open stream
}

// maxStreams bounds the open streams: a centre has tens of consoles. Beyond it
// the answer is 503, and a console comes back by itself.
const maxStreams = 1000

// New checks the options and reads the embedded assets.
func New(opt Options) (*Console, error) {
	if opt.Access == nil || opt.Board == nil || opt.Desk == nil || opt.Directory == nil || opt.Log == nil {
		return nil, fmt.Errorf("console: Access, Board, Desk, Directory and Log are needed")
	}
	if opt.Status == nil {
		opt.Status = func() []string { return nil }
	}
	if opt.Applied == nil {
		opt.Applied = func(uint64) {}
	}
	if opt.Zone == "" {
		opt.Zone = "Asia/Shanghai"
	}
	if opt.Heartbeat == 0 {
		opt.Heartbeat = 5 * time.Second
	}
	if opt.WriteTimeout == 0 {
		opt.WriteTimeout = 5 * time.Second
	}
	public, err := url.Parse(opt.PublicURL)
	if err != nil {
		return nil, fmt.Errorf("console: public address %q: %w", opt.PublicURL, err)
	}
	a, err := readAssets()
	if err != nil {
		return nil, fmt.Errorf("console: %w", err)
	}
	if opt.Build == "" {
		opt.Build = a.hash
	} else {
		opt.Build += "-" + a.hash
	}
	c := &Console{
		opt: opt, log: opt.Log.With("component", "console"), secure: public.Scheme == "https", assets: a,
		encodings: encodings{made: map[encodingKey]*encoding{}},
		presence:  presence{consoles: map[string]presentConsole{}},
		repeats:   repeats{made: map[string]*repeat{}},
		guard:     http.NewCrossOriginProtection(),
		streams:   make(chan struct{}, maxStreams),
	}
	c.encodings.look = c.around
	return c, nil
}

// around looks up what is true of an incident outside it.
func (c *Console) around(inc *dispatch.Incident) around {
	a := around{plan: c.opt.Desk.Plan(inc)}
	dir := c.opt.Directory()
	if e, ok := dir.Elder(inc.Elder); ok && inc.Elder != "" {
		a.phone = e.Phone
	}
	if d, ok := dir.Device(inc.Device); ok {
		a.devicePhone = d.Phone
	}
	return a
}

// Register puts the console's routes on mux.
func (c *Console) Register(mux *http.ServeMux) {
	page := func(pattern string, h http.HandlerFunc) { mux.Handle(pattern, c.secured(h)) }
	page("GET /{$}", c.showConsole)
	page("GET /login", c.showLogin)
	page("POST /login", c.login)
	page("POST /logout", c.logout)
	page("GET /password", c.showPassword)
	page("POST /password", c.setPassword)
	page("GET "+access.LinkPath+"{token}", c.showLink)
	page("POST "+access.LinkPath+"{token}", c.useLink)
	page("GET /static/{hash}/{path...}", c.serveAsset)

	page("GET /v1/snapshot", c.snapshot)
	page("GET /v1/events", c.events)
	page("POST /v1/incidents/{id}/acknowledge", c.command(c.acknowledge))
	page("POST /v1/incidents/{id}/note", c.command(c.note))
	page("POST /v1/incidents/{id}/close", c.command(c.closeIncident))
	page("POST /v1/incidents/{id}/assign", c.command(c.assign))
	page("POST /v1/incidents/{id}/answer", c.command(c.answerFor))
	page("POST /v1/incidents/{id}/call", c.command(c.called))
	page("POST /v1/incidents/{id}/takeover", c.command(c.takeOver))
	page("POST /v1/incidents/{id}/morehelp", c.command(c.moreHelp))
	page("POST /v1/incidents/{id}/reveal", c.command(c.reveal))
	page("POST /v1/incidents/{id}/seen", c.seen)
	page("GET /v1/incidents/{id}/candidates", c.candidates)
	page("GET /v1/handover", c.handover)
	page("POST /v1/handover", c.command(c.handOver))
	page("POST /v1/consoles/state", c.consoleState)
}

// Armed counts the consoles that said within this time that their alarm would
// be heard: sound running and stream alive. What a page said is forgotten after 12 s.
func (c *Console) Armed(within time.Duration) int { return c.presence.armed(time.Now(), within) }

// Following counts those of them that say which event they have taken in last.
func (c *Console) Following() int {
	return c.presence.count(time.Now(), func(s presentConsole) bool { return s.armed && s.follows })
}

// secured sets the headers of every answer and refuses what another site's page sends.
//
// The referrer policy is strict-origin and not no-referrer: with the latter a
// browser names the origin of a form "null", and on plain HTTP it sends no
// Sec-Fetch-Site either, so nobody could log in on an address of the centre's own
// network. No address, which may hold the secret of a link, is ever sent along.
func (c *Console) secured(next http.Handler) http.Handler {
	next = c.guard.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", contentPolicy)
		h.Set("Referrer-Policy", "strict-origin")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "autoplay=(self), screen-wake-lock=(self), camera=(), microphone=(), geolocation=()")
		h.Set("X-Robots-Tag", "noindex")
		h.Set("Cache-Control", "no-store")
		if c.secure {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}

// contentPolicy lets a page load from here and nowhere else, and run no script
// that is not a file of ours. The one Trusted Types policy admits the one
// worker; see web/app/clock.mjs.
const contentPolicy = "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; " +
	"base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types onekeyd"

// peer is the address the connection came from. Forwarding headers are what a
// client wrote, and are not looked at.
func peer(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
