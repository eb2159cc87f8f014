package pages

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"onekeyd/dispatch"
)

// Where the pages are; a token follows.
const (
	ResponderPath = "/r/"
	FamilyPath    = "/f/"
)

// Options of the pages. Seals, Board, Directory, Places, Desk and Log are needed.
type Options struct {
	Seals     Seals
	Board     Board
	Directory func() Directory // the newest
	Places    Places
	Desk      Desk
	Log       *slog.Logger

	// PublicURL is where telephones find the pages; with https HSTS is sent.
	PublicURL string
	// Centre and Phone are who is called back; without a number there is no button for it.
	Centre, Phone string
	// Ambulance is the number of the emergency service; empty is 120, China's.
	Ambulance string
	// Zone is the centre's time zone; nil is UTC.
	Zone *time.Location
	// Language of somebody whose own is not known: zh or en; empty is zh.
	Language string
}

// Pages serves the responder's and the family's page.
type Pages struct {
	opt    Options
	log    *slog.Logger
	public string
	secure bool
	assets *assets
	doors  doors
	links  *links
	guard  *http.CrossOriginProtection
	begun  atomic.Bool // what is open is known
}

// New checks the options and reads the embedded files.
func New(opt Options) (*Pages, error) {
	if opt.Seals == nil || opt.Board == nil || opt.Directory == nil || opt.Places == nil || opt.Desk == nil || opt.Log == nil {
		return nil, fmt.Errorf("pages: Seals, Board, Directory, Places, Desk and Log are needed")
	}
	if opt.Ambulance == "" {
		opt.Ambulance = "120"
	}
	if opt.Zone == nil {
		opt.Zone = time.UTC
	}
	if opt.Language = spoken(opt.Language); opt.Language == "" {
		opt.Language = chinese
	}
	public, err := url.Parse(opt.PublicURL)
	if err != nil {
		return nil, fmt.Errorf("pages: public address %q: %w", opt.PublicURL, err)
	}
	a, err := readAssets(opt.Zone)
	if err != nil {
		return nil, fmt.Errorf("pages: %w", err)
	}
	return &Pages{
		opt: opt, log: opt.Log.With("component", "pages"), public: strings.TrimSuffix(opt.PublicURL, "/"), secure: public.Scheme == "https",
		assets: a, doors: newDoors(), links: newLinks(opt.Seals), guard: http.NewCrossOriginProtection(),
	}, nil
}

// Register puts the pages' routes on mux.
func (p *Pages) Register(mux *http.ServeMux) {
	route := func(pattern string, h http.HandlerFunc) { mux.Handle(pattern, p.secured(h)) }
	route("GET "+ResponderPath+"{token}", p.visit(dispatch.RoleResponder, reads, p.show))
	route("POST "+ResponderPath+"{token}", p.visit(dispatch.RoleResponder, writes, p.actResponder))
	route("POST "+ResponderPath+"{token}/seen", p.visit(dispatch.RoleResponder, reads, p.seen))
	route("POST "+ResponderPath+"{token}/at", p.visit(dispatch.RoleResponder, moves, p.position))
	route("GET "+FamilyPath+"{token}", p.visit(dispatch.RoleContact, reads, p.show))
	route("POST "+FamilyPath+"{token}", p.visit(dispatch.RoleContact, writes, p.actFamily))
	route("POST "+FamilyPath+"{token}/seen", p.visit(dispatch.RoleContact, reads, p.seen))
	route("GET "+scriptPath+"{hash}/page.js", p.script)
}

// Begin takes what is open when the daemon begins. Until then nobody can say
// whether a link opens anything, and it is answered that one should wait.
func (p *Pages) Begin(open []*dispatch.Incident) {
	for _, inc := range open {
		p.Keep(inc)
	}
	p.begun.Store(true)
}

// Keep takes an incident as it is now: each change of one, and those that were
// closed lately. A link that was not kept does not open.
func (p *Pages) Keep(inc *dispatch.Incident) {
	if inc != nil && inc.State != dispatch.StateNone {
		p.links.keep(inc, time.Now())
	}
}

// Link is the full address of the page of whom this alert is for, or "" for
// those who have none: people on call, or anybody as long as there is no key. It
// never waits.
func (p *Pages) Link(inc *dispatch.Incident, a dispatch.Alert) string {
	path := ""
	switch a.Role {
	case dispatch.RoleResponder:
		path = ResponderPath
	case dispatch.RoleContact:
		path = FamilyPath
	}
	token, ok := p.links.token(Person{inc.ID, a.Role, a.To})
	if path == "" || !ok || p.public == "" {
		return ""
	}
	return p.public + path + token
}

// secured sets the headers of every answer and refuses what another site's page sends.
//
// The referrer policy is strict-origin and not no-referrer: with the latter a
// browser names the origin of a form "null", and one without Sec-Fetch-Site (before
// 2023 on iOS, or any on plain HTTP) would be refused its own page's buttons. With
// same-origin the address would go along to /pages/, and a proxy that keeps /r/
// out of its log would have the token there. Links to other sites say noreferrer.
func (p *Pages) secured(next http.Handler) http.Handler {
	next = p.guard.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", p.assets.policy)
		h.Set("Referrer-Policy", "strict-origin")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "geolocation=(self), camera=(), microphone=()")
		h.Set("X-Robots-Tag", "noindex, nofollow, noarchive")
		h.Set("Cache-Control", "no-store")
		if p.secure {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}

// visit opens the link of a request, or answers that there is none: with the
// same page for one that never was, one that has ended and one that was revoked.
func (p *Pages) visit(role dispatch.AlertRole, b budget, then func(http.ResponseWriter, *http.Request, visit)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		now := time.Now()
		k := p.links.find(r.PathValue("token"), role)
		if k == nil {
			p.closed(w, r)
			return
		}
		v, ok := p.enter(k, now)
		if !ok {
			p.closed(w, r)
			return
		}
		if !p.links.may(k, b, now) {
			w.Header().Set("Retry-After", "5")
			if b != writes {
				http.Error(w, "too many requests", http.StatusTooManyRequests)
				return
			}
			p.page(w, r, v, answerTo{status: http.StatusTooManyRequests, notice: "often"})
			return
		}
		then(w, r, v)
	}
}

// enter finds what a link opens now. What the board no longer has is over, and
// shown once the end is known.
func (p *Pages) enter(k *link, now time.Time) (visit, bool) {
	e, lang := p.links.state(k)
	v := visit{link: k, who: k.who, lang: lang, ended: e}
	if e == nil {
		v.incident, _ = p.opt.Board.Case(k.call.home)
		if v.incident == nil || v.incident.ID != k.who.Incident {
			return visit{}, false
		}
		if v.incident.Ended != nil {
			p.links.keep(v.incident, now)
			v.ended, _ = p.links.state(k)
		}
	}
	if v.ended == nil {
		return v, true
	}
	v.incident = nil
	stands := familyAfter
	if k.who.Role == dispatch.RoleResponder {
		stands = responderAfter
	}
	return v, now.Sub(v.ended.at) <= stands
}
