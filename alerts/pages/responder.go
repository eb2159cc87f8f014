package pages

import (
	"html/template"
	"slices"
	"strings"
	"time"

	"onekeyd/dispatch"
	"onekeyd/geo"
)

// What a responder's page can be. The assignment decides, and the end of the
// incident over it.
const (
	stageAsked     = "asked"
	stageAccepted  = "accepted"
	stageEnRoute   = "en_route"
	stageOnScene   = "on_scene"
	stageCleared   = "cleared"
	stageDeclined  = "declined"
	stageStoodDown = "stood_down"
	stageLapsed    = "lapsed"
	stageClosed    = "closed"
)

// stageOf is a responder's stage on an open incident. An offer that lapsed, or
// whose text could not be delivered, is still an open door: a late answer is
// welcome (see dispatch's lifecycle), so it looks like one that stands. One who
// had accepted and was let go is told so.
func stageOf(o dispatch.Offer) string {
	switch o.State {
	case dispatch.Accepted:
		return stageAccepted
	case dispatch.EnRoute:
		return stageEnRoute
	case dispatch.OnScene:
		return stageOnScene
	case dispatch.Cleared:
		return stageCleared
	case dispatch.Declined:
		return stageDeclined
	case dispatch.StoodDown:
		return stageStoodDown
	case dispatch.Lapsed:
		if o.Released {
			return stageLapsed
		}
	}
	return stageAsked
}

// outcomes are what a responder can report of a call of this kind, in the order
// shown; the desk or the plan makes a disposition of it.
func outcomes(k dispatch.Kind) []dispatch.Disposition {
	if k == dispatch.Service {
		return []dispatch.Disposition{dispatch.Served, dispatch.OtherEnd}
	}
	return []dispatch.Disposition{dispatch.Assisted, dispatch.Conveyed, dispatch.FalseAlarm, dispatch.OtherEnd}
}

// careful reports whether a responder is given what the directory knows of the
// elder's health: who brings a meal or mends a pipe need not know it.
func careful(inc *dispatch.Incident, o dispatch.Offer) bool {
	return inc.Kind != dispatch.Service && o.Kind != dispatch.Provider
}

// phone is a number to dial.
type phone struct {
	Name, Relation, Number string
	Href                   template.URL
}

// responderView is what the template of the responder's page knows.
type responderView struct {
	screen
	Stage     string
	Drill     bool
	Bound     bool // to the incident: they go there or are there
	May       bool // say that they can go after all
	Care      bool // it may be about life and health, not about a pipe
	Kind      string
	Raised    time.Time
	Building  string
	Door      string
	Name      string
	About     []string // sex, age, living alone
	Hints     string
	Facts     []string // kind, how often pressed, distance, minutes
	From      string   // key of where the responder was thought to be
	Sketch    *sketch
	Others    int // others who are bound
	Opened    bool
	Access    string
	Medical   string
	Phones    []phone
	Maps      []mapLink
	WeChat    bool
	Asked     int // how often more help was asked for
	Outcomes  []dispatch.Disposition
	Outcome   dispatch.Disposition // reported by this responder
	Ended     string               // how it ended, in words
	Thanks    bool
	Ambulance string
}

// responderView makes the page of one responder. opened says that the access
// note and medical data were asked for; who is not bound gets none of them.
func (p *Pages) responderView(s screen, v visit, opened bool, now time.Time) responderView {
	r := responderView{screen: s, Stage: stageClosed, Ambulance: p.opt.Ambulance}
	w := s.words
	if e := v.ended; e != nil {
		r.Kind, r.Raised, r.Ended = w.kind(e.kind), e.steps.pressed, w.end(e.disposition)
		r.Thanks = slices.Contains(e.helped, dispatch.ResponderID(v.who.ID))
		return r
	}
	inc := v.incident
	o, _ := inc.Offer(dispatch.ResponderID(v.who.ID))
	r.Stage, r.Bound, r.Care = stageOf(o), o.State.Active(), careful(inc, o)
	r.Drill, r.Kind, r.Raised = inc.Kind == dispatch.Test, w.kind(inc.Kind), inc.RaisedAt
	r.Asked, r.Outcome, r.Outcomes = inc.More, o.Outcome, outcomes(inc.Kind)
	for _, other := range inc.Offers {
		if other.Responder != o.Responder && other.State.Active() {
			r.Others++
		}
	}
	switch r.Stage {
	case stageDeclined, stageLapsed:
		r.May = true
	case stageStoodDown:
		r.May = r.Others == 0 // whoever was to go does not
	}
	if r.Stage != stageAsked && !r.Bound {
		return r // nothing of the elder's is theirs any more
	}
	r.about(inc)
	r.place(p, inc, o, now)
	if r.Bound {
		r.giveOut(p, inc, opened)
	}
	return r
}

// about is what everybody who is asked may know of the elder.
func (r *responderView) about(inc *dispatch.Incident) {
	switch inc.Sex {
	case "f", "m":
		r.About = append(r.About, r.words.t("sex."+inc.Sex))
	}
	if inc.Age > 0 {
		r.About = append(r.About, r.words.t("age", "n", inc.Age))
	}
	r.Hints = inc.Hints
	if r.Bound { // before, the page is titled with it
		r.Facts = append(r.Facts, r.Kind)
	}
	if inc.Pressed > 1 {
		r.Facts = append(r.Facts, r.words.t("pressed", "n", inc.Pressed))
	}
}

// place is where it is, and how far.
func (r *responderView) place(p *Pages, inc *dispatch.Incident, o dispatch.Offer, now time.Time) {
	if inc.Premises == nil {
		return
	}
	r.Building, r.Door = p.doors.split(inc.Premises.Address)
	if f := inc.Premises.Floor; f != "" && !strings.Contains(r.Door, "层") {
		if strings.Trim(f, "0123456789-") == "" {
			f = r.words.t("floor", "n", f)
		}
		r.Door = strings.Trim(f+" · "+r.Door, " ·")
	}
	home, ok := known(inc.Premises)
	if !ok {
		return
	}
	if o.State == dispatch.OnScene {
		return
	}
	if r.Bound {
		r.Maps = mapLinks(home, r.Building)
	}
	at, far := o.At, o.Distance
	if o.From != "live" { // what was live when they were asked is neither now
		r.From = "from.base"
	}
	if live, seen, ok := p.opt.Places.Where(o.Responder); ok && now.Sub(seen) < liveFor {
		at = steadied(home, live)
		far, r.From = geo.Distance(home, at), "from.live"
	}
	if at.Plausible() != nil {
		r.From = ""
		return
	}
	r.Facts = append(r.Facts, r.words.t("distance", "d", r.words.metres(far)), r.words.t("walk", "n", minutes(p.opt.Places.ETA(far))))
	r.Sketch = sketchOf(home, at)
}

// liveFor is how old a position may be to be called live on the responder's own page.
const liveFor = 2 * time.Minute

// giveOut is what only who goes there may know: the door and the name at once,
// and what is sensitive once it was asked for.
func (r *responderView) giveOut(p *Pages, inc *dispatch.Incident, opened bool) {
	r.Name, r.Opened = inc.Name, opened
	if !opened || inc.Elder == "" {
		return
	}
	dir := p.opt.Directory()
	e, ok := dir.Elder(inc.Elder)
	if !ok {
		return
	}
	r.Access = e.Premises.AccessNote
	if r.Care {
		r.Medical = e.Medical
	}
	if e.LivingAlone {
		r.About = append(r.About, r.words.t("alone"))
	}
	r.dial(e.Name, r.words.t("elder"), e.Phone)
	for _, c := range dir.Contacts(inc.Elder) {
		relation := c.Relation
		if relation == "" {
			relation = r.words.t("relation.none")
		}
		r.dial(c.Name, relation, c.Phone)
	}
}

func (r *responderView) dial(name, relation, number string) {
	if href := tel(number); href != "" {
		r.Phones = append(r.Phones, phone{name, relation, number, href})
	}
}
