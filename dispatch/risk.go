package dispatch

import "time"

// Risk orders a list of elders by who should be looked at first when there are
// more of them than helpers. The points are ours, after the questions that
// welfare lists of councils ask: who called, who lives alone, who is very old,
// who has something that does not wait. The reasons go with the number, so that
// whoever walks the list can judge for themselves.
func Risk(e Elder, open *Incident, now time.Time) (points int, why []string) {
	add := func(n int, reason string) { points, why = points+n, append(why, reason) }
	if open.Open() {
		switch open.Urgency {
		case Red:
			add(100, string(open.Kind))
		case Amber:
			add(60, string(open.Kind))
		}
		if open.Pressed > 1 && open.Urgency == Red {
			add(10, "pressed_again")
		}
		if open.attended() {
			points, why = points-50, append(why, "attended")
		}
	}
	if e.LivingAlone {
		add(20, "living_alone")
	}
	switch age := now.Year() - e.BirthYear; {
	case e.BirthYear == 0:
	case age >= 85:
		add(15, "over_85")
	case age >= 75:
		add(10, "over_75")
	}
	if e.Medical != "" {
		add(15, "medical_note")
	}
	if e.Hints != "" {
		add(5, "hints")
	}
	return points, why
}
