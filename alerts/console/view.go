package console

import (
	"encoding/json"
	"time"

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

// incidentJSON is an incident on the wire: DESIGN section 9 and what the page
// needs beyond it. Absent: anything medical and the access note.
type incidentJSON struct {
	ID         string       `json:"id"`
	Version    uint64       `json:"version"`
	Code       string       `json:"code"`
	Kind       string       `json:"kind"`
	Urgency    int          `json:"urgency"`
	State      string       `json:"state"`
	RaisedAt   time.Time    `json:"raised_at"`
	DispatchAt *time.Time   `json:"dispatched_at,omitempty"`
	Elder      string       `json:"elder"`
	Device     string       `json:"device"`
	Name       string       `json:"name,omitempty"`
	Sex        string       `json:"sex,omitempty"`
	Age        int          `json:"age,omitempty"`
	Language   string       `json:"language,omitempty"`
	Hints      string       `json:"hints,omitempty"`
	Address    string       `json:"address,omitempty"`
	Area       string       `json:"area,omitempty"`
	Floor      string       `json:"floor,omitempty"`
	Lat        *float64     `json:"lat,omitempty"`
	Lon        *float64     `json:"lon,omitempty"`
	Unknown    string       `json:"unknown,omitempty"`
	Pressed    int          `json:"pressed"`
	LateMS     int64        `json:"late_ms,omitempty"`
	Presses    []pressJSON  `json:"presses"`
	Plan       string       `json:"plan,omitempty"`
	Desk       string       `json:"desk,omitempty"`
	Offers     []offerJSON  `json:"offers"`
	PassedOver []passedJSON `json:"passed_over"`
	Alerts     []alertJSON  `json:"alerts"`
	Acked      *ackJSON     `json:"acked,omitempty"`
	SeenBy     []seenJSON   `json:"seen_by"`
	Timeline   []lineJSON   `json:"timeline"`
	Ended      *endJSON     `json:"ended,omitempty"`
}

type pressJSON struct {
	ID       string    `json:"id"`
	Device   string    `json:"device"`
	Kind     string    `json:"kind"`
	At       time.Time `json:"at,omitzero"`
	Received time.Time `json:"received,omitzero"`
	StoredAt time.Time `json:"stored_at,omitzero"`
	LateMS   int64     `json:"late_ms,omitempty"`
	Battery  *int      `json:"battery,omitempty"`
	Lat      *float64  `json:"lat,omitempty"`
	Lon      *float64  `json:"lon,omitempty"`
	Defect   string    `json:"defect,omitempty"`
}

type offerJSON struct {
	Responder string    `json:"responder"`
	Name      string    `json:"name,omitempty"`
	Kind      string    `json:"kind"`
	Phone     string    `json:"phone,omitempty"`
	State     string    `json:"state"`
	DistanceM float64   `json:"distance_m"`
	ETAS      float64   `json:"eta_s"`
	Shared    string    `json:"shared,omitempty"`
	From      string    `json:"from,omitempty"`
	Lat       float64   `json:"lat"`
	Lon       float64   `json:"lon"`
	Why       string    `json:"why"`
	Since     time.Time `json:"since,omitzero"`
}

type passedJSON struct {
	Responder string `json:"responder"`
	Name      string `json:"name,omitempty"`
	Why       string `json:"why"`
}

type alertJSON struct {
	ID          string    `json:"id"`
	To          string    `json:"to"`
	Name        string    `json:"name,omitempty"`
	Role        string    `json:"role"`
	Channel     string    `json:"channel"`
	Kind        string    `json:"kind"`
	Phone       string    `json:"phone,omitempty"`
	State       string    `json:"state"`
	Attempts    int       `json:"attempts,omitempty"`
	Carrier     string    `json:"carrier,omitempty"`
	Code        string    `json:"code,omitempty"`
	IntendedAt  time.Time `json:"intended_at,omitzero"`
	HandedAt    time.Time `json:"handed_at,omitzero"`
	DeliveredAt time.Time `json:"delivered_at,omitzero"`
}

type ackJSON struct {
	Operator string    `json:"operator"`
	At       time.Time `json:"at"`
}

type seenJSON struct {
	Operator string    `json:"operator"`
	Console  string    `json:"console"`
	Audio    string    `json:"audio"`
	Visible  bool      `json:"visible"`
	At       time.Time `json:"at"`
}

type lineJSON struct {
	At   time.Time `json:"at"`
	What string    `json:"what"`
	By   string    `json:"by,omitempty"`
	Who  string    `json:"who,omitempty"`
	Text string    `json:"text,omitempty"`
	Data any       `json:"data,omitempty"`
}

type endJSON struct {
	Disposition string    `json:"disposition"`
	Operator    string    `json:"operator,omitempty"`
	Note        string    `json:"note,omitempty"`
	At          time.Time `json:"at"`
}

// encode is an incident for one kind of reader.
func encode(inc *dispatch.Incident, who reader) ([]byte, error) {
	v := viewOf(inc, who)
	if who == forWall {
		v.hidePeople()
	}
	return json.Marshal(v)
}

func viewOf(inc *dispatch.Incident, who reader) *incidentJSON {
	phone, text := func(s string) string { return s }, func(s string) string { return s }
	if who != forDesk {
		phone, text = maskPhone, alerts.MaskPhones
	}
	v := &incidentJSON{
		ID: string(inc.ID), Version: inc.Seq, Code: inc.Code, Kind: string(inc.Kind), Urgency: int(inc.Urgency), State: string(inc.State),
		RaisedAt: inc.RaisedAt.UTC(), Elder: string(inc.Elder), Device: string(inc.Device), Name: inc.Name, Sex: inc.Sex, Age: inc.Age,
		Language: inc.Language, Hints: text(inc.Hints), Unknown: inc.Unknown, Pressed: inc.Pressed, LateMS: inc.Late.Milliseconds(), Plan: inc.Plan, Desk: inc.Desk,
		Presses: make([]pressJSON, 0, len(inc.Presses)), Offers: make([]offerJSON, 0, len(inc.Offers)), PassedOver: make([]passedJSON, 0, len(inc.PassedOver)),
		Alerts: make([]alertJSON, 0, len(inc.Alerts)), SeenBy: make([]seenJSON, 0, len(inc.SeenBy)), Timeline: make([]lineJSON, 0, len(inc.Timeline)),
	}
	if !inc.Dispatched.IsZero() {
		at := inc.Dispatched.UTC()
		v.DispatchAt = &at
	}
	if p := inc.Premises; p != nil {
		v.Address, v.Area, v.Floor, v.Lat, v.Lon = p.Address, p.Area, p.Floor, &p.Point.Lat, &p.Point.Lon
	}
	for _, p := range inc.Presses {
		v.Presses = append(v.Presses, pressView(p))
	}
	for _, o := range inc.Offers {
		v.Offers = append(v.Offers, offerJSON{
			Responder: string(o.Responder), Name: o.Name, Kind: string(o.Kind), Phone: phone(o.Phone), State: string(o.State), DistanceM: float64(o.Distance),
			ETAS: o.ETA.Seconds(), Shared: o.Shared, From: o.From, Lat: o.At.Lat, Lon: o.At.Lon, Why: o.Why, Since: o.Since.UTC(),
		})
	}
	for _, p := range inc.PassedOver {
		v.PassedOver = append(v.PassedOver, passedJSON{string(p.Responder), p.Name, p.Why})
	}
	for _, a := range inc.Alerts {
		v.Alerts = append(v.Alerts, alertJSON{
			ID: string(a.ID), To: a.To, Name: a.Name, Role: string(a.Role), Channel: string(a.Channel), Kind: a.Kind, Phone: phone(a.Phone), State: string(a.State),
			Attempts: a.Attempts, Carrier: a.Carrier, Code: a.Code, IntendedAt: a.Intended.UTC(), HandedAt: a.Handed.UTC(), DeliveredAt: a.Delivered.UTC(),
		})
	}
	if inc.Acked != nil {
		v.Acked = &ackJSON{inc.Acked.Operator, inc.Acked.At.UTC()}
	}
	for _, s := range inc.SeenBy {
		v.SeenBy = append(v.SeenBy, seenJSON{s.Operator, s.Console, s.Audio, s.Visible, s.At.UTC()})
	}
	for _, l := range inc.Timeline {
		v.Timeline = append(v.Timeline, lineJSON{At: l.At.UTC(), What: string(l.What), By: l.By, Who: l.Who, Text: text(l.Text), Data: lineData(l.Data)})
	}
	if e := inc.Ended; e != nil {
		v.Ended = &endJSON{string(e.Disposition), e.Operator, text(e.Note), e.At.UTC()}
	}
	return v
}

// lineData keeps of a line's data what the page words: presses, counts, states.
func lineData(data any) any {
	switch d := data.(type) {
	case dispatch.PressSeen:
		return pressView(d)
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

func pressView(p dispatch.PressSeen) pressJSON {
	v := pressJSON{ID: string(p.ID), Device: string(p.Device), Kind: string(p.Kind), At: p.At, Received: p.Received, StoredAt: p.StoredAt, LateMS: p.Late.Milliseconds(), Battery: p.Battery, Defect: p.Defect}
	if p.Position != nil {
		v.Lat, v.Lon = &p.Position.Lat, &p.Position.Lon
	}
	return v
}

// hidePeople leaves what a big screen may show: kinds, states, times and counts.
func (v *incidentJSON) hidePeople() {
	v.Elder, v.Device, v.Name, v.Sex, v.Age, v.Language, v.Hints, v.Address, v.Floor, v.Unknown, v.Desk = "", "", "", "", 0, "", "", "", "", "", ""
	v.Lat, v.Lon = nil, nil
	v.Presses, v.PassedOver, v.SeenBy = []pressJSON{}, []passedJSON{}, []seenJSON{}
	for i, o := range v.Offers {
		v.Offers[i] = offerJSON{Kind: o.Kind, State: o.State, DistanceM: o.DistanceM, ETAS: o.ETAS, Since: o.Since}
	}
	for i, a := range v.Alerts {
		v.Alerts[i] = alertJSON{Role: a.Role, Channel: a.Channel, Kind: a.Kind, State: a.State, IntendedAt: a.IntendedAt, HandedAt: a.HandedAt, DeliveredAt: a.DeliveredAt}
	}
	for i, l := range v.Timeline {
		v.Timeline[i] = lineJSON{At: l.At, What: l.What}
	}
	if v.Ended != nil {
		v.Ended = &endJSON{Disposition: v.Ended.Disposition, At: v.Ended.At}
	}
	if v.Acked != nil {
		v.Acked = &ackJSON{At: v.Acked.At}
	}
}

func maskPhone(s string) string {
	if s == "" {
		return ""
	}
	return dispatch.MaskPhone(s)
}
