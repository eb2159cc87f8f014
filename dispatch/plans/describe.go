package plans

import (
	"fmt"
	"slices"
	"strings"

	"onekeyd/dispatch"
)

// describe says everything of a plan, always in the same paragraphs.
func describe(p dispatch.Plan, facts Facts) []paragraph {
	var out []paragraph
	sos := describeAsk(p, p.Ask(dispatch.SOS), facts)
	for _, kind := range append(kinds(), dispatch.Cancel, dispatch.Test) {
		g := paragraph{title: titles[kind], parts: describeAsk(p, p.Ask(kind), facts)}
		if kind == dispatch.Fall || kind == dispatch.Inactivity {
			switch d := g.less(paragraph{parts: sos}); {
			case len(d.parts) == 0:
				g.parts = []string{"as for a press for help."}
			case len(d.parts) < 3:
				g.parts = []string{"as for a press for help, but: " + strings.Join(d.parts, " ")}
			}
		}
		if kind == dispatch.AreaStorm {
			g.parts = append([]string{gathered(p.Storm)}, g.parts...)
		}
		out = append(out, g)
	}
	out = append(out, paragraph{title: "a key that nobody was given", parts: []string{"there is no home to send anybody to, so it is for the desk alone."}})
	return append(out, describeDesk(p), describeWaits(p), describePeople(p))
}

var titles = map[dispatch.Kind]string{
	dispatch.SOS: "a press for help (sos)", dispatch.Fall: "a fall (fall)", dispatch.Inactivity: "no movement (inactivity)",
	dispatch.Service: "a wish for a service (service)", dispatch.AreaStorm: "many keys of one area at once", dispatch.Cancel: "taking a press back (cancel)", dispatch.Test: "a test (test)",
}

// describeAsk always has the same parts in the same order: who, how long,
// family, what next, last resort, and what is late.
func describeAsk(p dispatch.Plan, a dispatch.Ask, facts Facts) []string {
	switch {
	case a.Nobody:
		return []string{"it is recorded, and nobody is told."}
	case len(a.Shares) == 0:
		told := ""
		if a.Family {
			told = family(a)
		}
		return []string{"nobody is asked: it is shown at the desk.", "", told, "", "", ""}
	}
	asked := "At once " + shares(a.Shares, facts) + " asked."
	offers := fmt.Sprintf("An offer stands for %s; who declines, cannot be reached or does not answer is replaced by the next.", spoken(a.OfferFor))
	return []string{asked, offers + " " + standDown(a), family(a), tiersInWords(a, facts), lastResort(p, a), late(p, a)}
}

// standDown says who need not come any more, and when.
func standDown(a dispatch.Ask) string {
	var staying []string
	for _, s := range a.Shares {
		if s.Stays {
			staying = append(staying, kindsInWords(s.Kinds, 2))
		}
	}
	if len(staying) == len(a.Shares) {
		return "Nobody is stood down when others have accepted."
	}
	text := "When one has accepted, the others are stood down"
	if a.Enough != 1 {
		text = fmt.Sprintf("When %d have accepted, the others are stood down", a.Enough)
	}
	if len(staying) > 0 {
		text += ", but not " + strings.Join(staying, " and ")
	}
	return text + "."
}

func gathered(s dispatch.Storm) string {
	return fmt.Sprintf("when %d keys of one community call within %s, or so many as %g%% of its elders and at least %d, it is one event, until nobody has called for %s.",
		s.Devices, spoken(s.Within), s.Share*100, s.Least, spoken(s.Calm))
}

func family(a dispatch.Ask) string {
	if a.Family {
		return "The family is told at once, and then who is on the way, who has arrived, and how it ended."
	}
	return "The family is not told by itself."
}

// shares says "the nearest 3 workers or grid leaders and the nearest clinic are", or "is".
func shares(list []dispatch.Share, facts Facts) string {
	var all []string
	n := 0
	for _, s := range list {
		n += s.Count
		text := "the nearest " + kindsInWords(s.Kinds, s.Count)
		if s.Count > 1 {
			text = fmt.Sprintf("the nearest %d %s", s.Count, kindsInWords(s.Kinds, s.Count))
		}
		if s.Words == "responder_alert_min" {
			text += " (who are told the place and not the name)"
		}
		if facts.OnDuty != nil && !slices.ContainsFunc(s.Kinds, func(k dispatch.ResponderKind) bool { return facts.OnDuty[k] > 0 }) {
			text += " (nobody of them is on duty now!)"
		}
		all = append(all, text)
	}
	verb := " are"
	if n == 1 {
		verb = " is"
	}
	return joined(all, ", ", " and ") + verb
}

func tiersInWords(a dispatch.Ask, facts Facts) string {
	var all []string
	for n, t := range a.Tiers {
		var deeds []string
		if len(t.Shares) > 0 {
			deeds = append(deeds, shares(t.Shares, facts)+" asked beside them")
		}
		if t.Family {
			deeds = append(deeds, "relatives who have not answered are called by telephone")
		}
		if len(t.Call) > 0 {
			text := rolesInWords(t.Call) + " called"
			if t.Every > 0 {
				text += ", again and again, at first every " + spoken(t.Every) + ", until an operator has taken it"
			}
			deeds = append(deeds, text)
		}
		when := "After " + spoken(t.After)
		if n == 0 {
			when = "If nobody has accepted after " + spoken(t.After)
		}
		all = append(all, when+", "+strings.Join(deeds, ", and ")+".")
	}
	return strings.Join(all, " ")
}

// lastResort names whom the last step calls, by number, or says that there is nobody.
func lastResort(p dispatch.Plan, a dispatch.Ask) string {
	if len(a.Tiers) == 0 {
		return ""
	}
	var who, none []string
	for _, role := range a.Tiers[len(a.Tiers)-1].Call {
		found := false
		for _, o := range p.OnCall {
			if o.Role == role {
				who = append(who, onCallInWords(o))
				found = true
			}
		}
		if !found {
			none = append(none, roleWords[role])
		}
	}
	switch {
	case len(who) == 0:
		return "The last resort is NOBODY: no " + joined(none, ", no ", " and no ") + " is configured."
	case len(none) > 0:
		return "The last resort is " + joined(who, ", ", " and ") + "; no " + joined(none, ", no ", " and no ") + " is configured."
	}
	return "The last resort is " + joined(who, ", ", " and ") + "."
}

// late says what of the plan's waits is otherwise for this kind.
func late(p dispatch.Plan, a dispatch.Ask) string {
	var all []string
	if a.Arrive > 0 && a.Arrive != p.Waits.Arrive {
		all = append(all, "whoever has accepted is late after "+spoken(a.Arrive))
	}
	if a.Remind > 0 && a.Remind != p.Waits.Remind {
		all = append(all, "it comes back to the desk when nothing has happened for "+spoken(a.Remind))
	}
	if len(all) == 0 {
		return ""
	}
	return "Here " + strings.Join(all, ", and ") + "."
}

func describeDesk(p dispatch.Plan) paragraph {
	var all []string
	for n, s := range p.Desk {
		when := "after " + spoken(s.After)
		if n == 0 {
			when = "if no operator has taken it after " + spoken(s.After)
		}
		all = append(all, when+" "+deedWords[s.Deed])
	}
	return paragraph{title: "at the desk", parts: []string{
		"an operator must take every call for help, of a fall, and of no movement, and every press of an unknown key: " + strings.Join(all, ", ") + ".",
		fmt.Sprintf("If no console that can be heard shows it within %s, the first of them that calls somebody is taken at once.", spoken(p.Unseen)),
	}}
}

func describeWaits(p dispatch.Plan) paragraph {
	w := p.Waits
	return paragraph{title: "silence", parts: []string{
		fmt.Sprintf("a text that is not with the network after %s, or not on the telephone after %s, goes another way.", spoken(w.Sent), spoken(w.Delivered)),
		fmt.Sprintf("Who has not answered after %s is called, %d at a time.", spoken(w.Answer), w.Calls),
		fmt.Sprintf("Who has accepted and does not move for %s, or is not there after %s or %g times the estimate, gets somebody beside them.", spoken(w.Move), spoken(w.Arrive), w.ArriveETA),
		fmt.Sprintf("An incident on which nothing happens comes back to the desk after %s; one that has its outcome and no operator is closed after %s.", spoken(w.Remind), spoken(w.Close)),
	}}
}

func describePeople(p dispatch.Plan) paragraph {
	var all []string
	for _, o := range p.OnCall {
		all = append(all, onCallInWords(o))
	}
	if len(all) == 0 {
		all = []string{"nobody"}
	}
	return paragraph{title: "on call", parts: []string{strings.Join(all, "; ") + "."}}
}
