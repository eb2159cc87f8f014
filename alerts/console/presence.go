package console

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"onekeyd/dispatch/access"
)

// presenceLife is how long a page's word stands: three of its reports.
const presenceLife = 12 * time.Second

// maxConsoles bounds the table against a page that makes up names.
const maxConsoles = 1000

// presence knows which consoles would be heard.
type presence struct {
	mu       sync.Mutex // guards consoles
	consoles map[string]presentConsole
}

type presentConsole struct {
	operator string
	armed    bool
	visible  bool
	silenced bool
	follows  bool // it says which event it has taken in last
	at       time.Time
}

type presentEntry struct {
	Name  string `json:"name"`
	Armed bool   `json:"armed"`
}

type stateRequest struct {
	Console  string `json:"console"`
	Armed    bool   `json:"armed"`    // sound runs and the stream is alive
	Visible  bool   `json:"visible"`  // the tab is in front
	Silenced bool   `json:"silenced"` // an operator has hushed the alarm for 30 s
	Gone     bool   `json:"gone"`     // the page is being left
	Applied  uint64 `json:"applied"`  // the newest event it has taken in
}

func (c *Console) consoleState(w http.ResponseWriter, r *http.Request) {
	op, ok := c.operator(r)
	if !ok {
		refuseReader(w)
		return
	}
	var req stateRequest
	if !readBody(w, r, &req) {
		return
	}
	if req.Console == "" || len(req.Console) > 64 {
		answerError(w, http.StatusBadRequest, "console", "names this page in 1 to 64 bytes")
		return
	}
	who := forDesk
	if op.Role == access.RoleWall {
		who, req.Armed = forWall, false // nobody need be there to hear a wall
	}
	now := time.Now()
	was, is := c.presence.put(op.Name, req, now)
	if was.armed != is.armed || was.silenced != is.silenced {
		c.log.Info("console state", "operator", op.Name, "console", req.Console, "armed", is.armed, "silenced", is.silenced)
	}
	if is.armed && is.follows {
		c.opt.Applied(req.Applied)
	}
	// The page need not wait for the next heartbeat to show what it has changed.
	writeAnswer(w, jsonAnswer(http.StatusOK, struct {
		Armed     int            `json:"armed_consoles"`
		Operators []presentEntry `json:"operators"`
	}{c.presence.armed(now, presenceLife), c.presence.list(now, who)}))
}

func (p *presence) put(operator string, req stateRequest, now time.Time) (was, is presentConsole) {
	p.mu.Lock()
	defer p.mu.Unlock()
	key := operator + " " + req.Console // one operator cannot speak for another's page
	was = p.consoles[key]
	if req.Gone {
		delete(p.consoles, key)
		return was, presentConsole{}
	}
	p.expire(now)
	is = presentConsole{operator: operator, armed: req.Armed, visible: req.Visible, silenced: req.Silenced, follows: req.Applied > 0, at: now}
	if _, known := p.consoles[key]; known || len(p.consoles) < maxConsoles {
		p.consoles[key] = is
	}
	return was, is
}

func (p *presence) expire(now time.Time) {
	for k, s := range p.consoles {
		if now.Sub(s.at) > presenceLife {
			delete(p.consoles, k)
		}
	}
}

func (p *presence) armed(now time.Time, within time.Duration) int {
	return p.count(now, func(s presentConsole) bool { return s.armed && now.Sub(s.at) <= within })
}

func (p *presence) count(now time.Time, counts func(presentConsole) bool) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.expire(now)
	n := 0
	for _, s := range p.consoles {
		if counts(s) {
			n++
		}
	}
	return n
}

// list is the operators at their consoles by name, for those who are shown names;
// armed if any page of theirs is.
func (p *presence) list(now time.Time, who reader) []presentEntry {
	if who == forWall {
		return []presentEntry{}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.expire(now)
	armed := map[string]bool{}
	for _, s := range p.consoles {
		armed[s.operator] = armed[s.operator] || s.armed
	}
	list := make([]presentEntry, 0, len(armed))
	for name, is := range armed {
		list = append(list, presentEntry{name, is})
	}
	slices.SortFunc(list, func(a, b presentEntry) int { return strings.Compare(a.Name, b.Name) })
	return list
}
