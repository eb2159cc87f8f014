package console

import "time"

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

	// What follows a call to its end.
	Phone       string         `json:"phone,omitempty"`         // of the elder
	DevicePhone string         `json:"device_phone,omitempty"`  // of a key that is a telephone itself
	Service     string         `json:"service,omitempty"`       // category that is asked for
	Waiting     *time.Time     `json:"waiting_since,omitempty"` // nobody is on the way since
	Tier        int            `json:"tier,omitempty"`          // how far the circle has grown
	DeskStep    int            `json:"desk_step,omitempty"`     // how many of the desk's steps are done
	DeskSteps   []deadlineJSON `json:"desk_steps"`              // all of them, while nobody has taken it
	Escalations []stepJSON     `json:"escalations"`             // those that the timeline still has
	IdleAt      *time.Time     `json:"idle_at,omitempty"`       // brought back for nothing happening, and still nothing has
	Calls       []calledJSON   `json:"calls"`
	Visits      []visitJSON    `json:"visits"` // those who were there and have left
	Coming      []comingJSON   `json:"coming"`
	Members     []memberJSON   `json:"members,omitempty"`
	SecondLook  bool           `json:"second_look,omitempty"` // closing it as accidental needs a second operator
	CalledBack  bool           `json:"called_back,omitempty"` // somebody has spoken with the elder after the work
	Proposed    *proposedJSON  `json:"proposed,omitempty"`
	More        int            `json:"more,omitempty"`    // how often more help was asked for
	Wanted      int            `json:"wanted,omitempty"`  // how many the plan wants on the way or there
	HandTo      string         `json:"hand_to,omitempty"` // who is asked to take it over
}

// deadlineJSON is a step of the desk's ladder and when it is due.
type deadlineJSON struct {
	Deed string    `json:"deed"`
	At   time.Time `json:"at"`
}

type stepJSON struct {
	At     time.Time `json:"at"`
	Ladder string    `json:"ladder"`
	Step   int       `json:"step"`
	Deed   string    `json:"deed,omitempty"`
	Why    string    `json:"why,omitempty"`
}

type calledJSON struct {
	At       time.Time `json:"at"`
	Operator string    `json:"operator,omitempty"`
	Whom     string    `json:"whom"`
	Outcome  string    `json:"outcome"`
	Text     string    `json:"text,omitempty"`
}

type visitJSON struct {
	Responder string    `json:"responder,omitempty"`
	Name      string    `json:"name,omitempty"`
	Outcome   string    `json:"outcome,omitempty"`
	LeftAt    time.Time `json:"left_at"`
}

type comingJSON struct {
	Contact string `json:"contact"`
	Name    string `json:"name,omitempty"`
	Via     string `json:"via,omitempty"`
	Not     bool   `json:"not,omitempty"`
}

type proposedJSON struct {
	Operator    string `json:"operator,omitempty"`
	Disposition string `json:"disposition"`
	Note        string `json:"note,omitempty"`
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
	LapsesAt  time.Time `json:"lapses_at,omitzero"` // when silence or absence counts as an answer
	Round     int       `json:"round,omitempty"`
	Tier      int       `json:"tier,omitempty"`
	Stays     bool      `json:"stays,omitempty"`
	Outcome   string    `json:"outcome,omitempty"`
	Released  bool      `json:"released,omitempty"`
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
	Tier        int       `json:"tier,omitempty"`
	Round       int       `json:"round,omitempty"`
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

// memberJSON is one call on the list of an area's incident.
type memberJSON struct {
	Incident string    `json:"incident"`
	Code     string    `json:"code,omitempty"`
	Elder    string    `json:"elder,omitempty"`
	Name     string    `json:"name,omitempty"`
	Address  string    `json:"address,omitempty"`
	Kind     string    `json:"kind"`
	At       time.Time `json:"at"`
	Risk     int       `json:"risk"`
	Why      []string  `json:"why,omitempty"`
}
