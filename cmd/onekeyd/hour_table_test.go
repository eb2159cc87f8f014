package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"onekeyd/dispatch"
)

// row is one line of the table.
type row struct {
	what string
	of   func(f figures) string
}

func rows() []row {
	help := func(get func(*lived) time.Duration) func(figures) string {
		return func(f figures) string { return quantile(times(f.help, get)) }
	}
	share := func(get func(*lived) time.Duration, most time.Duration) func(figures) string {
		return func(f figures) string { return percent(inTime(f.help, get, most), len(f.help)) }
	}
	each := func(get func(*lived) []time.Duration) func(figures) string {
		return func(f figures) string {
			var all []time.Duration
			for _, l := range f.help {
				all = append(all, get(l)...)
			}
			return quantile(all)
		}
	}
	return []row{
		{"presses: all / repeats and cancels / tests", func(f figures) string { return fmt.Sprintf("%d / %d / %d", f.presses, f.repeat, f.tests) }},
		{"calls for help / requests for a service", func(f figures) string { return fmt.Sprintf("%d / %d", len(f.help), len(f.service)) }},
		{"alarm handling: received → people chosen and texts ordered", help(func(l *lived) time.Duration { return l.handling })},
		{"told: first text with the carrier ≤ 1 s / on a helper's telephone ≤ 10 s / ≤ 1 min", func(f figures) string {
			return share(func(l *lived) time.Duration { return l.handed }, time.Second)(f) + " / " +
				share(func(l *lived) time.Duration { return l.delivered }, 10*time.Second)(f) + " / " + share(func(l *lived) time.Duration { return l.delivered }, time.Minute)(f)
		}},
		{"taken at the desk, or by who is on call", help(func(l *lived) time.Duration { return l.acked })},
		{"accepted by a helper", help(func(l *lived) time.Duration { return l.accepted })},
		{"a helper on scene, by their word", help(func(l *lived) time.Duration { return l.there })},
		{"turnout: accepted → moving, where a handset shows it", each(func(l *lived) []time.Duration { return l.turnout })},
		{"travel: moving → on scene, of those", each(func(l *lived) []time.Duration { return l.travel })},
		{"turnout and travel of the others: accepted → on scene", each(func(l *lived) []time.Duration { return l.goes })},
		{"on scene → done, where said", each(func(l *lived) []time.Duration { return l.stay })},
		{"of those who needed somebody: first press → a helper really at the door", func(f figures) string {
			return fmt.Sprintf("%s, nobody came to %d", quantile(f.reached), f.unreached)
		}},
		{"ended before anybody accepted / after", func(f figures) string {
			return fmt.Sprintf("%d / %d", count(f.help, func(l *lived) bool { return l.inc.Ended != nil && l.accepted == 0 }), count(f.help, func(l *lived) bool { return l.inc.Ended != nil && l.accepted > 0 }))
		}},
		{"ended by an operator / by who was on call / by the plan, on a helper's word / open after 45 min", ends},
		{"as: mistake / helped / taken to hospital", func(f figures) string {
			return fmt.Sprintf("%d / %d / %d", endedAs(f, dispatch.FalseAlarm), endedAs(f, dispatch.Assisted), endedAs(f, dispatch.Conveyed))
		}},
		{"asked for each call: half / nine in ten / most", func(f figures) string { return spread(f.help, func(l *lived) int { return len(l.inc.Offers) }) }},
		{"offers: accepted / declined / lapsed / unreachable / stood down", moves("accepted", "declined", "lapsed", "undeliverable", "stood_down")},
		{"of the accepted: declined after all / let go, they did not come / turned round", moves("declined on the way", "lapsed on the way", "stood_down on the way")},
		{"circle wider at 1 min / supervisor at 90 s / centre at 3 min / again", func(f figures) string {
			return fmt.Sprintf("%d / %d / %d / %d", steps(f, "circle 1"), steps(f, "circle 2"), steps(f, "circle 3"), steps(f, "circle 3 again"))
		}},
		{"desk: all consoles / louder / supervisor / next centre", func(f figures) string {
			return fmt.Sprintf("%d / %d / %d / %d", steps(f, "desk 1"), steps(f, "desk 2"), steps(f, "desk 3"), steps(f, "desk 4"))
		}},
		{"brought back because nothing happened", func(f figures) string { return fmt.Sprint(steps(f, "idle")) }},
		{"texts for each call: half / nine in ten / most", func(f figures) string { return spread(f.help, func(l *lived) int { return l.texts }) }},
		{"telephone calls for each: half / nine in ten / most", func(f figures) string { return spread(f.help, func(l *lived) int { return l.calls }) }},
		{"texts and calls to the person who had most / to the clinic that had most", func(f figures) string {
			return fmt.Sprintf("%d, %d / %d, %d", most(f, f.texts, person), most(f, f.calls, person), most(f, f.texts, house), most(f, f.calls, house))
		}},
		{"texts and calls to the supervisor / the next centre", func(f figures) string {
			return fmt.Sprintf("%d, %d / %d, %d", f.texts[supervisorPhone], f.calls[supervisorPhone], f.texts[centrePhone], f.calls[centrePhone])
		}},
		{"the hour and what followed took, in real time", func(f figures) string { return f.took.Round(100 * time.Millisecond).String() }},
	}
}

func table(columns []figures) string {
	var b strings.Builder
	head, line := "|", "|---|"
	for _, f := range columns {
		head += " | " + f.staff.words
		line += "---|"
	}
	fmt.Fprintf(&b, "%s |\n%s\n", head, line)
	for _, r := range rows() {
		fmt.Fprintf(&b, "| %s", r.what)
		for _, f := range columns {
			fmt.Fprintf(&b, " | %s", r.of(f))
		}
		b.WriteString(" |\n")
	}
	return b.String()
}

// quantile is how many there are, and what half and nine in ten of them do not exceed.
func quantile(d []time.Duration) string {
	if len(d) == 0 {
		return "none"
	}
	slices.Sort(d)
	at := func(q float64) string { return short(d[min(len(d)-1, int(q*float64(len(d))))]) }
	return fmt.Sprintf("%d: %s / %s", len(d), at(0.5), at(0.9))
}

// short is a time to the second, or to the millisecond below one.
func short(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return "< 1 ms"
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < time.Minute:
		return fmt.Sprintf("%.0f s", d.Seconds())
	}
	return fmt.Sprintf("%d:%02d min", int(d.Minutes()), int(d.Seconds())%60)
}

func times(ls []*lived, get func(*lived) time.Duration) []time.Duration {
	var out []time.Duration
	for _, l := range ls {
		if d := get(l); d > 0 {
			out = append(out, d)
		}
	}
	return out
}

func inTime(ls []*lived, get func(*lived) time.Duration, most time.Duration) int {
	return count(ls, func(l *lived) bool { return get(l) > 0 && get(l) <= most })
}

func count(ls []*lived, is func(*lived) bool) int {
	n := 0
	for _, l := range ls {
		if is(l) {
			n++
		}
	}
	return n
}

func percent(n, of int) string { return fmt.Sprintf("%.0f %%", 100*float64(n)/float64(max(1, of))) }

func spread(ls []*lived, get func(*lived) int) string {
	var all []int
	for _, l := range ls {
		all = append(all, get(l))
	}
	if len(all) == 0 {
		return "none"
	}
	slices.Sort(all)
	return fmt.Sprintf("%d / %d / %d", all[len(all)/2], all[len(all)*9/10], all[len(all)-1])
}

func steps(f figures, name string) int {
	n := 0
	for _, l := range f.help {
		n += l.escalated[name]
	}
	return n
}

func endedAs(f figures, how dispatch.Disposition) int {
	return count(f.help, func(l *lived) bool { return l.inc.Ended != nil && l.inc.Ended.Disposition == how })
}

func ends(f figures) string {
	by := map[string]int{}
	for _, l := range f.help {
		switch {
		case l.inc.Ended == nil:
			by["open"]++
		case strings.HasPrefix(l.inc.Ended.Operator, "operator"):
			by["operator"]++
		default:
			by[l.inc.Ended.Operator]++
		}
	}
	return fmt.Sprintf("%d / %d / %d / %d", by["operator"], by["supervisor"]+by["centre"], by["plan"], by["open"])
}

// moves counts what happened to offers.
func moves(what ...string) func(figures) string {
	return func(f figures) string {
		var out []string
		for _, w := range what {
			n := 0
			for _, l := range f.help {
				n += l.moved[w]
			}
			out = append(out, fmt.Sprint(n))
		}
		return strings.Join(out, " / ")
	}
}

func house(kind string) bool { return kind == string(dispatch.Clinic) }
func person(kind string) bool {
	return slices.Contains([]dispatch.ResponderKind{dispatch.Worker, dispatch.GridLeader, dispatch.Volunteer, dispatch.Doctor}, dispatch.ResponderKind(kind))
}

// most is what the one of these had who had most of it.
func most(f figures, of map[string]int, these func(kind string) bool) int {
	n := 0
	for number, had := range of {
		if these(f.roles[number]) {
			n = max(n, had)
		}
	}
	return n
}
