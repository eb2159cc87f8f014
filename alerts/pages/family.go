package pages

import (
	"time"

	"onekeyd/dispatch"
	"onekeyd/geo"
)

// step is one of the five of the family's track.
type step struct {
	Key  string
	At   time.Time // zero: not yet
	Here bool      // the last one that was reached
}

// familyView is what the template of the family's page knows. There is no field
// for the elder's health, the door, a place or a telephone of anybody but the centre.
type familyView struct {
	screen
	Title     string
	Name      string
	Headline  string
	More      string
	Also      []string
	Icon      string
	Steps     []step
	Said      string // what this person said: coming or not_coming
	Closed    bool
	Drill     bool
	Ambulance string
}

// familyView makes the page of one relative.
func (p *Pages) familyView(s screen, v visit, now time.Time) familyView {
	f := familyView{screen: s, Ambulance: p.opt.Ambulance}
	w := s.words
	if e := v.ended; e != nil {
		f.Name, f.Closed, f.Icon, f.Headline, f.More = e.name, true, "done", w.t("f.closed"), w.end(e.disposition)
		f.Drill = e.kind == dispatch.Test
		f.track(e.steps)
		return f
	}
	inc := v.incident
	f.Name, f.Drill = inc.Name, inc.Kind == dispatch.Test
	f.track(stepsOf(inc))
	f.say(p, inc, now)
	coming := map[string]bool{}
	for _, c := range inc.Coming {
		coming[c.Contact] = !c.Not
		if c.Contact == v.who.ID {
			f.Said = "coming"
			if c.Not {
				f.Said = "not_coming"
			}
		}
	}
	delete(coming, v.who.ID)
	going := 0
	for _, yes := range coming {
		if yes {
			going++
		}
	}
	if inc.More > 0 {
		f.Also = append(f.Also, w.t("f.backup"))
	}
	for _, c := range inc.Calls {
		if c.Whom == "ambulance" && c.Outcome == dispatch.CallSpoke {
			f.Also = append(f.Also, w.t("f.ambulance", "n", p.opt.Ambulance))
			break
		}
	}
	if going > 0 {
		f.Also = append(f.Also, w.t("f.coming", "n", going))
	}
	return f
}

// name titles the page.
func (f *familyView) name() {
	switch {
	case f.Name == "":
		f.Title = f.words.t("f.title.nobody")
	case f.Closed:
		f.Title = f.words.t("f.title.ended", "name", f.Name)
	default:
		f.Title = f.words.t("f.title", "name", f.Name)
	}
}

// say puts into one sentence how things stand, as they are: nothing is promised
// that nobody has said.
func (f *familyView) say(p *Pages, inc *dispatch.Incident, now time.Time) {
	w := f.words
	o, ok := furthest(inc)
	if !ok {
		f.Icon = "wait"
		asked := 0
		for _, o := range inc.Offers {
			if o.State == dispatch.Offered {
				asked++
			}
		}
		switch {
		case inc.Dispatched.IsZero():
			f.Headline, f.More = w.t("f.raised"), w.t("f.raised.more")
		case asked == 0:
			f.Headline, f.More = w.t("f.desk"), w.t("f.desk.more")
		case inc.Tier > 0:
			f.Headline, f.More = w.t("f.wider"), w.t("f.wider.more")
		default:
			f.Headline, f.More = w.t("f.asked"), w.t("f.asked.more", "n", asked)
		}
		return
	}
	kind, who := w.t("who."+string(o.Kind)), w.who(o)
	switch o.State {
	case dispatch.Accepted:
		f.Icon, f.Headline, f.More = "walk", w.t("f.accepted", "kind", kind), w.t("f.accepted.more", "who", who)
		if n, soon := p.left(inc, o, now); !soon {
			f.More = w.t("f.eta", "who", who, "n", n)
		}
	case dispatch.EnRoute:
		f.Icon, f.Headline, f.More = "walk", w.t("f.en_route", "kind", kind), w.t("f.eta.soon", "who", who)
		if n, soon := p.left(inc, o, now); !soon {
			f.More = w.t("f.eta", "who", who, "n", n)
		}
	case dispatch.OnScene:
		f.Icon, f.Headline, f.More = "there", w.t("f.on_scene", "kind", kind), w.t("f.on_scene.more", "who", who)
	default:
		f.Icon, f.Headline, f.More = "done", w.t("f.cleared", "kind", kind), w.t("f.cleared.more")
	}
}

// left is how many minutes a responder still needs: from a live position if
// there is one, else from what was reckoned when they were asked. Soon: that
// time is over, and a number would be made up.
func (p *Pages) left(inc *dispatch.Incident, o dispatch.Offer, now time.Time) (n int, soon bool) {
	if home, ok := known(inc.Premises); ok {
		if at, seen, ok := p.opt.Places.Where(o.Responder); ok && now.Sub(seen) < liveFor {
			return minutes(p.opt.Places.ETA(geo.Distance(home, at))), false
		}
	}
	rest := o.Since.Add(o.ETA).Sub(now)
	if rest <= 0 {
		return 0, true
	}
	return minutes(rest), false
}

func (f *familyView) track(s steps) {
	f.Steps = []step{{"step.pressed", s.pressed, false}, {"step.dispatched", s.dispatched, false}, {"step.accepted", s.accepted, false}, {"step.arrived", s.arrived, false}, {"step.ended", s.ended, false}}
	for n := len(f.Steps) - 1; n >= 0; n-- {
		if !f.Steps[n].At.IsZero() {
			f.Steps[n].Here = true
			return
		}
	}
}
