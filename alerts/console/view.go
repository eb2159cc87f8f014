package console

import (
	"encoding/json"
	"strings"

	"onekeyd/alerts"
	"onekeyd/dispatch"
)

// reader is who an incident is encoded for.
type reader int

const (
	forDesk    reader = iota // an operator: telephone numbers in full
	forProgram               // an API token: telephone numbers masked
	forWall                  // a big screen: nothing about any person
	readers
)

// around is what is true of an incident outside it: what its plan does by
// itself, and the telephones of whoever called.
type around struct {
	plan               dispatch.Plan
	phone, devicePhone string
}

// encode is an incident for one kind of reader.
func encode(inc *dispatch.Incident, who reader, a around) ([]byte, error) {
	v := viewOf(inc, who, a)
	if who == forWall {
		v.hidePeople()
	}
	return json.Marshal(v)
}

func viewOf(inc *dispatch.Incident, who reader, around around) *incidentJSON {
	phone, text, whom := func(s string) string { return s }, func(s string) string { return s }, func(s string) string { return s }
	if who != forDesk {
		phone, text, whom = maskPhone, alerts.MaskPhones, roleOf
	}
	v := &incidentJSON{
		ID: string(inc.ID), Version: inc.Seq, Code: inc.Code, Kind: string(inc.Kind), Urgency: int(inc.Urgency), State: string(inc.State),
		RaisedAt: inc.RaisedAt.UTC(), Elder: string(inc.Elder), Device: string(inc.Device), Name: inc.Name, Sex: inc.Sex, Age: inc.Age,
		Language: inc.Language, Hints: text(inc.Hints), Unknown: inc.Unknown, Pressed: inc.Pressed, LateMS: inc.Late.Milliseconds(), Plan: inc.Plan, Desk: inc.Desk,
		Presses: make([]pressJSON, 0, len(inc.Presses)), Offers: make([]offerJSON, 0, len(inc.Offers)), PassedOver: make([]passedJSON, 0, len(inc.PassedOver)),
		Alerts: make([]alertJSON, 0, len(inc.Alerts)), SeenBy: make([]seenJSON, 0, len(inc.SeenBy)), Timeline: make([]lineJSON, 0, len(inc.Timeline)),
		Phone: phone(around.phone), DevicePhone: phone(around.devicePhone),
	}
	v.follow(inc, around.plan, text, whom)
	if !inc.Dispatched.IsZero() {
		at := inc.Dispatched.UTC()
		v.DispatchAt = &at
	}
	if p := inc.Premises; p != nil {
		v.Address, v.Area, v.Floor, v.Lat, v.Lon = p.Address, p.Area, p.Floor, &p.Point.Lat, &p.Point.Lon
	}
	for _, p := range inc.Presses {
		v.Presses = append(v.Presses, pressView(p, text))
	}
	for _, o := range inc.Offers {
		j := offerView(o, phone)
		if at, ok := around.plan.Lapses(inc.Kind, o); ok && inc.Open() {
			j.LapsesAt = at.UTC()
		}
		v.Offers = append(v.Offers, j)
	}
	for _, p := range inc.PassedOver {
		v.PassedOver = append(v.PassedOver, passedJSON{string(p.Responder), p.Name, p.Why})
	}
	for _, a := range inc.Alerts {
		v.Alerts = append(v.Alerts, alertJSON{
			ID: string(a.ID), To: whom(a.To), Name: a.Name, Role: string(a.Role), Channel: string(a.Channel), Kind: a.Kind, Tier: a.Tier, Round: a.Round, Phone: phone(a.Phone), State: string(a.State),
			Attempts: a.Attempts, Carrier: a.Carrier, Code: a.Code, IntendedAt: a.Intended.UTC(), HandedAt: a.Handed.UTC(), DeliveredAt: a.Delivered.UTC(),
		})
	}
	for _, m := range inc.Ranked() {
		v.Members = append(v.Members, memberJSON{string(m.Incident), m.Code, string(m.Elder), m.Name, m.Address, string(m.Kind), m.At.UTC(), m.Risk, m.Why})
	}
	if inc.Acked != nil {
		v.Acked = &ackJSON{inc.Acked.Operator, inc.Acked.At.UTC()}
	}
	for _, s := range inc.SeenBy {
		v.SeenBy = append(v.SeenBy, seenJSON{s.Operator, s.Console, s.Audio, s.Visible, s.At.UTC()})
	}
	for _, l := range inc.Timeline {
		v.Timeline = append(v.Timeline, lineJSON{At: l.At.UTC(), What: string(l.What), By: whom(l.By), Who: whom(l.Who), Text: text(l.Text), Data: lineData(l.Data, text)})
	}
	if e := inc.Ended; e != nil {
		v.Ended = &endJSON{string(e.Disposition), e.Operator, text(e.Note), e.At.UTC()}
	}
	return v
}

func offerView(o dispatch.Offer, phone func(string) string) offerJSON {
	return offerJSON{
		Responder: string(o.Responder), Name: o.Name, Kind: string(o.Kind), Phone: phone(o.Phone), State: string(o.State), DistanceM: float64(o.Distance),
		ETAS: o.ETA.Seconds(), Shared: o.Shared, From: o.From, Lat: o.At.Lat, Lon: o.At.Lon, Why: o.Why, Since: o.Since.UTC(),
		Round: o.Round, Tier: o.Tier, Stays: o.Stays, Outcome: string(o.Outcome), Released: o.Released,
	}
}

// lineData keeps of a line's data what the page words: presses, counts, states.
func lineData(data any, text func(string) string) any {
	switch d := data.(type) {
	case dispatch.PressSeen:
		return pressView(d, text)
	case []dispatch.Report:
		type reportJSON struct {
			Alert string `json:"alert"`
			State string `json:"state"`
			Code  string `json:"code,omitempty"`
		}
		list := make([]reportJSON, 0, len(d))
		for _, r := range d {
			list = append(list, reportJSON{string(r.Alert), string(r.State), r.Code})
		}
		return list
	case dispatch.Seen:
		return seenJSON{d.Operator, d.Console, d.Audio, d.Visible, d.At.UTC()}
	case string, map[string]int, map[string]string:
		return d
	}
	return nil // what a later fact carries is shown once somebody has looked at it
}

func pressView(p dispatch.PressSeen, text func(string) string) pressJSON {
	v := pressJSON{ID: string(p.ID), Device: string(p.Device), Kind: string(p.Kind), At: p.At, Received: p.Received, StoredAt: p.StoredAt, LateMS: p.Late.Milliseconds(), Battery: p.Battery, Defect: text(p.Defect)}
	if p.Position != nil {
		v.Lat, v.Lon = &p.Position.Lat, &p.Position.Lon
	}
	return v
}

// roleOf leaves of somebody on call what they are. Behind the mark is a hash of
// their number, which tells two of them apart at the desk, and tells the number to
// whoever has its last digits and tries the rest.
func roleOf(s string) string {
	head, _, _ := strings.Cut(s, "~")
	switch dispatch.AlertRole(strings.TrimPrefix(head, "person ")) {
	case dispatch.RoleSupervisor, dispatch.RoleCentre, dispatch.RoleEngineer:
		return head
	}
	return s
}

func maskPhone(s string) string {
	if s == "" {
		return ""
	}
	return dispatch.MaskPhone(s)
}
