package plans

import (
	"fmt"
	"io"
	"reflect"
	"strings"
	"time"

	"onekeyd/dispatch"
)

// Print writes plans as a file that [Read] takes: the default whole, with what
// each value does and where its number comes from, and of the others what they
// change. A test and a cancellation are not in it, for no file may change them.
func Print(w io.Writer, p dispatch.Plans) error {
	b := &printing{}
	b.text(head)
	for areas, plan := range Each(p) {
		if areas == nil {
			b.plan("default", nil, plan, nil)
			continue
		}
		b.plan("community", areas, plan, &p.Default)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

const head = `# onekeyd: who is asked and told when a key is pressed, and who is left when
# nobody answers. Every value is optional: what is not here is as it is built in.
# A list (shares, tiers, desk, on_call) replaces the built-in one whole.
# Times have a unit: "25s", "3m", "4h".
`

// printing is the text of a file so far.
type printing struct{ strings.Builder }

func (b *printing) text(s string) { b.WriteString(s) }

// why writes comment lines, in the default only: they would be the same beside every other plan.
func (b *printing) why(over *dispatch.Plan, lines string) {
	if over != nil {
		return
	}
	for line := range strings.Lines(lines) {
		b.text("# " + strings.TrimSuffix(line, "\n") + "\n")
	}
}

// plan writes all of p, or where it differs from over.
func (b *printing) plan(table string, areas []string, p dispatch.Plan, over *dispatch.Plan) {
	var base dispatch.Plan
	if over == nil {
		b.text("\n[" + table + "]\n")
	} else {
		b.text("\n[[" + table + "]]\narea = " + stringList(areas) + "\n")
		base = *over
	}
	b.why(over, "Recorded with every decision, so that a review can tell which plan was in force.")
	b.text("name = " + quoted(p.Name) + "\n")
	b.why(over, "While no operator has taken the incident. ring_all: every console rings, whoever's area it is;\nlouder; supervisor and next_centre: whoever is on call as supervisor or centre is called.\nChina's 120 centres pass an unanswered call on after 10 s; NENA-STA-020.1 wants 90 % answered in 15 s.")
	if over == nil || !reflect.DeepEqual(p.Desk, base.Desk) {
		b.desk(p.Desk)
	}
	b.why(over, "How long an incident waits for a console that can be heard before the first of these that calls\nsomebody is taken at once; at most 3s. An armed console answers within one second.")
	b.value(over, "unseen", p.Unseen, base.Unseen)
	b.why(over, "Metres a second at which helpers move (median of volunteer responder studies: 2.3), and the ratio\nof their way to the straight line (an assumption: there are no routes).")
	b.value(over, "speed", p.Speed, base.Speed)
	b.value(over, "detour", p.Detour, base.Detour)
	b.why(over, "A live position counts fully for fresh_for, behind all fresh ones until usable_for, and then not at all.")
	b.value(over, "fresh_for", p.FreshFor, base.FreshFor)
	b.value(over, "usable_for", p.UsableFor, base.UsableFor)
	b.onCall(p, over, base)
	b.waits(table, p.Waits, base.Waits, over)
	b.gather(table, p.Storm, base.Storm, over)
	for _, kind := range kinds() {
		if ask, ok := p.Asks[kind]; ok {
			from, there := base.Asks[kind]
			b.ask(table+"."+string(kind), kind, ask, from, over, there)
		}
	}
}

// value writes a key, unless it is as in the plan it would override.
func (b *printing) value(over *dispatch.Plan, key string, v, from any) {
	if over != nil && v == from {
		return
	}
	switch v := v.(type) {
	case time.Duration:
		b.text(key + " = " + quoted(durationText(v)) + "\n")
	case float64:
		b.text(key + " = " + numberText(v) + "\n")
	default:
		b.text(fmt.Sprintf("%s = %v\n", key, v))
	}
}

func (b *printing) desk(steps []dispatch.DeskStep) {
	rows := make([]string, len(steps))
	for n, s := range steps {
		rows[n] = fmt.Sprintf("{ after = %s, do = %s }", quoted(durationText(s.After)), quoted(string(s.Deed)))
	}
	b.rows("desk", rows)
}

func (b *printing) onCall(p dispatch.Plan, over *dispatch.Plan, base dispatch.Plan) {
	b.why(over, "Who is called when nobody answers, by telephone: role supervisor, centre (the next one) or engineer\n(of this daemon). hours are of the centre's clock; without them it is around the clock. If anybody is\nnamed here, there must be a supervisor and a next centre at every hour. For example:\n  { role = \"supervisor\", name = \"Li\", phone = \"+8613800000000\", language = \"zh\", hours = \"08:00-20:00\" },")
	if over != nil && reflect.DeepEqual(p.OnCall, base.OnCall) {
		return
	}
	rows := make([]string, len(p.OnCall))
	for n, o := range p.OnCall {
		row := "{ role = " + quoted(string(o.Role))
		for _, of := range [][2]string{{"name", o.Name}, {"phone", o.Phone}, {"language", o.Language}} {
			if of[1] != "" {
				row += ", " + of[0] + " = " + quoted(of[1])
			}
		}
		if o.From != o.To {
			row += ", hours = " + quoted(hoursText(o.From, o.To))
		}
		rows[n] = row + " }"
	}
	b.rows("on_call", rows)
}

func (b *printing) waits(table string, w, from dispatch.Waits, over *dispatch.Plan) {
	if over != nil && w == from {
		return
	}
	b.text("\n")
	b.why(over, "How long each silence is waited for. 38 % of texts do not arrive at the first attempt (ETSI EMTEL), and\n35 % of those who are told notice too late (Scholten 2011): a ringing telephone follows.")
	b.text("[" + table + ".waits]\n")
	b.why(over, "A text that is not with the network after sent, or not on the handset after delivered, takes another way.")
	b.value(over, "sent", w.Sent, from.Sent)
	b.value(over, "delivered", w.Delivered, from.Delivered)
	b.why(over, "Who has not answered after this is called, so many at a time.")
	b.value(over, "answer", w.Answer, from.Answer)
	b.value(over, "calls", w.Calls, from.Calls)
	b.why(over, "Who has accepted must move within move, and be there within arrive or arrive_eta times the estimate,\nwhichever is longer; else somebody else is asked beside them.")
	b.value(over, "move", w.Move, from.Move)
	b.value(over, "arrive", w.Arrive, from.Arrive)
	b.value(over, "arrive_eta", w.ArriveETA, from.ArriveETA)
	b.why(over, "An open incident on which nothing happens comes back to the desk after remind. One that is cleared with\nan outcome is closed after close, if no operator does.")
	b.value(over, "remind", w.Remind, from.Remind)
	b.value(over, "close", w.Close, from.Close)
}

func (b *printing) gather(table string, s, from dispatch.Storm, over *dispatch.Plan) {
	if over != nil && s == from {
		return
	}
	b.text("\n")
	b.why(over, "When many keys of one community count as one event: so many devices, or this part of its elders but\nnot fewer keys than least, within this time. It is over when every call is closed and nobody has called for calm.\nA red key is never made quieter by it.")
	b.text("[" + table + ".gather]\n")
	b.value(over, "devices", s.Devices, from.Devices)
	b.value(over, "share", s.Share, from.Share)
	b.value(over, "least", s.Least, from.Least)
	b.value(over, "within", s.Within, from.Within)
	b.value(over, "calm", s.Calm, from.Calm)
}

func (b *printing) ask(table string, kind dispatch.Kind, a, from dispatch.Ask, over *dispatch.Plan, there bool) {
	if over != nil && there && reflect.DeepEqual(a, from) {
		return
	}
	b.text("\n")
	b.why(over, reasons[kind])
	b.text("[" + table + "]\n")
	first := over == nil && kind == dispatch.SOS // the rest need no second explanation
	note := func(lines string) {
		if first {
			b.why(nil, lines)
		}
	}
	note("Asked at once and kept asked: who declines, does not answer or cannot be reached is replaced by the next.\nkinds: " + joined(dispatch.ResponderKinds(), ", ", " or ") + ".\nwords: the text; responder_alert_min tells the place and not the name, service_order asks for a service.\nstays = true: not stood down when enough others have accepted.")
	if over == nil || !reflect.DeepEqual(a.Shares, from.Shares) {
		rows := make([]string, len(a.Shares))
		for n, s := range a.Shares {
			rows[n] = shareText(s)
		}
		b.rows("shares", rows)
	}
	note("After so many acceptances the others are stood down.")
	if a.Enough > 0 {
		b.value(over, "enough", a.Enough, from.Enough)
	}
	note("An offer stands so long before somebody else is asked beside it.")
	if a.OfferFor > 0 {
		b.value(over, "offer_for", a.OfferFor, from.OfferFor)
	}
	note("The family is told at once.")
	b.value(over, "family", a.Family, from.Family)
	note("Other than those of waits, for this kind; \"0s\" is as there.")
	b.value(over, "arrive", a.Arrive, from.Arrive)
	b.value(over, "remind", a.Remind, from.Remind)
	note("While nobody has accepted, from the press or from when the last who had was lost: others are asked, people\non call are called, the family is called by telephone; every so often until an operator takes it.")
	if over == nil || !reflect.DeepEqual(a.Tiers, from.Tiers) {
		b.tiers(table, a.Tiers)
	}
}

var reasons = map[dispatch.Kind]string{
	dispatch.SOS:        "A key was pressed for help.",
	dispatch.Fall:       "A device has felt a fall.",
	dispatch.Inactivity: "A device has not seen its elder move: more time to answer.",
	dispatch.Service:    "A service is asked for: cleaning, repairs, meals. Nobody is in danger.",
	dispatch.AreaStorm:  "Many keys of one area at once, see gather: the area's own people get one text, and go by its list.",
}

func (b *printing) tiers(table string, tiers []dispatch.Tier) {
	if len(tiers) == 0 {
		b.text("tiers = []\n")
	}
	for _, t := range tiers {
		b.text("[[" + table + ".tiers]]\nafter = " + quoted(durationText(t.After)) + "\n")
		if len(t.Shares) > 0 {
			rows := make([]string, len(t.Shares))
			for n, s := range t.Shares {
				rows[n] = shareText(s)
			}
			b.rows("shares", rows)
		}
		if len(t.Call) > 0 {
			b.text("call = " + stringList(t.Call) + "\n")
		}
		if t.Family {
			b.text("family = true\n")
		}
		if t.Every > 0 {
			b.text("every = " + quoted(durationText(t.Every)) + "\n")
		}
	}
}

func shareText(s dispatch.Share) string {
	row := fmt.Sprintf("{ kinds = %s, count = %d", stringList(s.Kinds), s.Count)
	if s.Words != "" {
		row += ", words = " + quoted(s.Words)
	}
	if s.Stays {
		row += ", stays = true"
	}
	return row + " }"
}
