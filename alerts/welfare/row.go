package welfare

import (
	"iter"
	"strings"
	"time"

	"onekeyd/dispatch"
	"onekeyd/geo"
)

// row is one elder in words.
type row struct {
	Rank, Risk                      int
	Gathered, Red                   bool
	ID, Name, Sex                   string
	Age                             int // 0: not known
	Why                             string
	Address, Floor, Area            string
	Phone                           string
	Hints                           string
	Medical                         bool // there is a note; the text is not here
	Contact, Relation, ContactPhone string
	Call, Code                      string // what has become of an open call, and its number
	Devices                         string
}

// rows reads the list out of the directory, row by row. limit 0: all.
func (l *List) rows(w words, zone *time.Location, limit int) iter.Seq[row] {
	return func(yield func(row) bool) {
		for n, e := range l.entries {
			if limit > 0 && n == limit {
				return
			}
			if !yield(l.row(w, zone, n+1, e)) {
				return
			}
		}
	}
}

func (l *List) row(w words, zone *time.Location, rank int, e entry) row {
	elder, _ := l.dir.Elder(e.elder) // it is there: the directory does not change
	call := l.calls[e.elder]
	_, why := dispatch.Risk(elder, call, l.Made)
	r := row{
		Rank: rank, Risk: e.risk, Gathered: e.gathered, Red: e.red, ID: string(elder.ID), Name: elder.Name, Sex: w.or("sex.", elder.Sex), Why: w.reasons(why),
		Address: elder.Premises.Address, Floor: elder.Premises.Floor, Area: l.quarter(e.area), Phone: elder.Phone, Hints: elder.Hints, Medical: elder.Medical != "",
		Call: w.call(call, zone), Devices: e.devices,
	}
	if elder.BirthYear > 0 {
		r.Age = l.Made.Year() - elder.BirthYear
	}
	if call != nil {
		r.Code = call.Code
	}
	if contacts := l.dir.Contacts(e.elder); len(contacts) > 0 {
		c := contacts[0]
		r.Contact, r.Relation, r.ContactPhone = c.Name, c.Relation, c.Phone
	}
	return r
}

// quarter is the grid or community of a home by name: stairs and houses are in its address.
func (l *List) quarter(code string) string {
	for _, above := range l.dir.Areas().Ancestors(code) {
		if a, ok := l.dir.Areas().Get(above); ok && a.Level.Depth() <= geo.Grid.Depth() {
			return nameOf(a.Name, a.Code)
		}
	}
	return code
}

// reasons are those of dispatch.Risk.
func (w words) reasons(why []string) string {
	said := make([]string, len(why))
	for n, code := range why {
		said[n] = w.or("why.", code)
	}
	return strings.Join(said, w["and"])
}

// call is what has become of an open call: who is there or comes, or since when the elder waits.
func (w words) call(inc *dispatch.Incident, zone *time.Location) string {
	if inc == nil {
		return w["call.none"]
	}
	var parts []string
	for _, s := range []dispatch.AssignmentState{dispatch.OnScene, dispatch.EnRoute, dispatch.Accepted} {
		for _, o := range inc.Offers {
			if o.State == s {
				parts = append(parts, w.t("call."+string(s), "name", o.Name, "kind", w.or("kind.", string(o.Kind))))
			}
		}
	}
	if len(parts) == 0 {
		since := inc.Waiting
		if since.IsZero() {
			since = inc.RaisedAt
		}
		key := "call.waiting"
		if inc.Waiting.IsZero() && seen(inc) {
			key = "call.seen"
		}
		parts = append(parts, w.t(key, "time", since.In(zone).Format("15:04")))
	}
	for _, c := range inc.Coming {
		if !c.Not {
			parts = append(parts, w.t("call.family", "name", c.Name))
		}
	}
	return strings.Join(parts, w["and"])
}

// seen reports whether somebody was at the door.
func seen(inc *dispatch.Incident) bool {
	for _, o := range inc.Offers {
		if o.State == dispatch.Cleared {
			return true
		}
	}
	return false
}
