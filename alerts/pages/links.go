package pages

import (
	"encoding/base64"
	"slices"
	"sync"
	"time"

	"onekeyd/dispatch"
)

const (
	// responderAfter and familyAfter are how long a link shows how the call ended
	// (CONSOLE section 6): the responder is done with it, the family asks the next day.
	responderAfter = 2 * time.Hour
	familyAfter    = 24 * time.Hour
	// keptEnded bounds the closed incidents that are remembered, about 1 KB each.
	keptEnded = 50_000
	// tokenChars is the length of a token in a link: 16 bytes in base64url.
	tokenChars = 22
)

// links is the table of everybody who was told of an incident that is open, or
// was closed lately.
//
// Its key is the token as it is. A map's hash is seeded anew in each process, so
// the time of a look-up tells a guesser nothing about 128 bits.
type links struct {
	seals Seals

	mu      sync.RWMutex // guards what follows, and all calls and links
	epoch   uint64       // of the key under which the tokens were made
	byToken map[[16]byte]*link
	calls   map[dispatch.IncidentID]*call
	swept   time.Time
}

// call is one incident and those who were told of it.
type call struct {
	id    dispatch.IncidentID
	home  dispatch.CaseID
	links []*link
	ended *ended // nil while it is open
}

// link is one person's way in.
type link struct {
	call  *call
	who   Person
	token [16]byte
	lang  string // as the directory had it when they were told
	seen  bool   // a page said so since this process began
	pace  pace
}

// visit is what a link opens now. Either incident or ended is set.
type visit struct {
	link     *link
	who      Person
	lang     string
	incident *dispatch.Incident
	ended    *ended
}

func newLinks(s Seals) *links {
	return &links{seals: s, byToken: map[[16]byte]*link{}, calls: map[dispatch.IncidentID]*call{}}
}

// token is a person's token, or false if there is no key.
func (l *links) token(who Person) (string, bool) {
	token, epoch := l.seals.Seal(string(who.Role), string(who.Incident), who.ID)
	return base64.RawURLEncoding.EncodeToString(token[:]), epoch != 0
}

// keep takes an incident as it is now. One that has ended stays as it was when it did.
func (l *links) keep(inc *dispatch.Incident, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.renew()
	l.sweep(now)
	c := l.calls[inc.ID]
	switch {
	case c == nil && inc.Ended != nil && now.Sub(inc.Ended.At) > familyAfter:
		return
	case c == nil:
		c = &call{id: inc.ID, home: inc.Case}
		l.calls[inc.ID] = c
	case c.ended != nil:
		return
	}
	for _, o := range inc.Offers {
		l.add(c, dispatch.RoleResponder, string(o.Responder))
	}
	for _, a := range inc.Alerts {
		switch a.Role {
		case dispatch.RoleContact:
			l.add(c, a.Role, a.To).speaks(a.Language)
		case dispatch.RoleResponder:
			if n := slices.IndexFunc(c.links, func(k *link) bool { return k.who.ID == a.To && k.who.Role == a.Role }); n >= 0 {
				c.links[n].speaks(a.Language)
			}
		}
	}
	if inc.Ended != nil {
		c.ended = endedOf(inc)
	}
}

func (k *link) speaks(language string) {
	if language != "" {
		k.lang = language
	}
}

// add makes a person's link if they have none. The caller holds l.mu.
func (l *links) add(c *call, role dispatch.AlertRole, id string) *link {
	for _, k := range c.links {
		if k.who.ID == id && k.who.Role == role {
			return k
		}
	}
	k := &link{call: c, who: Person{c.id, role, id}}
	c.links = append(c.links, k)
	l.issue(k)
	return k
}

// issue makes a link's token. The caller holds l.mu.
func (l *links) issue(k *link) {
	token, epoch := l.seals.Seal(string(k.who.Role), string(k.who.Incident), k.who.ID)
	if epoch != 0 && epoch == l.epoch {
		k.token = token
		l.byToken[token] = k
	}
}

// renew makes all tokens anew if there is another key. What has ended is
// forgotten then: nobody will be sent another link to it. The caller holds l.mu.
func (l *links) renew() {
	_, epoch := l.seals.Seal()
	if epoch == l.epoch {
		return
	}
	l.epoch = epoch
	clear(l.byToken)
	for id, c := range l.calls {
		if c.ended != nil {
			delete(l.calls, id)
			continue
		}
		for _, k := range c.links {
			l.issue(k)
		}
	}
}

// find opens a link. It asks no port, and costs a stranger one look-up.
func (l *links) find(text string, role dispatch.AlertRole) *link {
	if len(text) != tokenChars {
		return nil
	}
	var token [16]byte
	if n, err := base64.RawURLEncoding.Strict().Decode(token[:], []byte(text)); err != nil || n != len(token) {
		return nil
	}
	_, epoch := l.seals.Seal()
	l.mu.RLock()
	k, current := l.byToken[token], l.epoch == epoch
	l.mu.RUnlock()
	if !current {
		l.mu.Lock()
		l.renew()
		k = l.byToken[token]
		l.mu.Unlock()
	}
	if k == nil || k.who.Role != role {
		return nil
	}
	return k
}

// state is how a link's call ended, or nil while it is open, and the person's language.
func (l *links) state(k *link) (e *ended, lang string) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return k.call.ended, k.lang
}

// firstSight reports whether nobody has said before that this person saw the page.
func (l *links) firstSight(k *link) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	first := !k.seen
	k.seen = true
	return first
}

// unseen takes back what firstSight noted, so that the next page says it again.
func (l *links) unseen(k *link) {
	l.mu.Lock()
	defer l.mu.Unlock()
	k.seen = false
}

// sweep forgets what no link shows any more, once a minute. The caller holds l.mu.
func (l *links) sweep(now time.Time) {
	if now.Sub(l.swept) < time.Minute {
		return
	}
	l.swept = now
	var kept []*call
	for id, c := range l.calls {
		if c.ended == nil {
			continue
		}
		age := now.Sub(c.ended.at)
		if age > familyAfter {
			l.forget(id, c)
			continue
		}
		if age > responderAfter {
			c.links = slices.DeleteFunc(c.links, func(k *link) bool {
				if k.who.Role == dispatch.RoleResponder {
					delete(l.byToken, k.token)
					return true
				}
				return false
			})
		}
		kept = append(kept, c)
	}
	if extra := len(kept) - keptEnded; extra > 0 {
		slices.SortFunc(kept, func(a, b *call) int { return a.ended.at.Compare(b.ended.at) })
		for _, c := range kept[:extra] {
			l.forget(c.id, c)
		}
	}
}

func (l *links) forget(id dispatch.IncidentID, c *call) {
	for _, k := range c.links {
		delete(l.byToken, k.token)
	}
	delete(l.calls, id)
}
