package dispatch

import (
	"time"

	"onekeyd/geo"
)

// FactType names a fact in the journal. The names are kept for ever; see testdata/facts.
type FactType string

// Every fact there is. Those above the line belong to the incident, those
// below it move one responder's assignment.
const (
	FactRaised       FactType = "raised"
	FactJoined       FactType = "joined"
	FactDispatched   FactType = "dispatched"
	FactAlerted      FactType = "alerted"
	FactRetaken      FactType = "retaken"
	FactReported     FactType = "reported"
	FactReplied      FactType = "replied"
	FactSeen         FactType = "seen"
	FactAcknowledged FactType = "acknowledged"
	FactNoted        FactType = "noted"
	FactEscalated    FactType = "escalated"
	FactCalled       FactType = "called"
	FactComing       FactType = "coming"
	FactBackup       FactType = "backup_requested"
	FactTakenOver    FactType = "taken_over"
	FactProposed     FactType = "close_proposed"
	FactRevealed     FactType = "revealed"
	FactGathered     FactType = "gathered"
	FactClosed       FactType = "closed"

	FactAccepted      FactType = "accepted"
	FactDeclined      FactType = "declined"
	FactEnRoute       FactType = "en_route"
	FactOnScene       FactType = "on_scene"
	FactCleared       FactType = "cleared"
	FactLapsed        FactType = "lapsed"
	FactUndeliverable FactType = "undeliverable"
	FactStoodDown     FactType = "stood_down"
)

// Fact is one thing that happened. Facts are data: deciding is elsewhere.
type Fact interface{ Type() FactType }

// Entry is one append to a case: facts that became true together, with one write to disk.
type Entry struct {
	Case     CaseID
	Incident IncidentID
	At       time.Time
	By       string // who: "dispatcher", "recorder", "operator li", "person R-7"
	Node     NodeID // the run that appended it, so that its unfinished effects can be taken up when it is gone
	Facts    []Fact
}

// Record is an entry with its place in the journal. Seq is also the consoles' cursor.
type Record struct {
	Entry
	Seq      uint64
	StoredAt time.Time
}

// PressSeen is what an incident keeps of a press.
type PressSeen struct {
	ID       PressID       `json:"id"`
	Device   DeviceID      `json:"device"`
	Kind     Kind          `json:"kind"`
	At       time.Time     `json:"at,omitzero"`
	Received time.Time     `json:"received,omitzero"`
	StoredAt time.Time     `json:"stored_at,omitzero"`
	Late     time.Duration `json:"late_ns,omitempty"`
	Position *geo.Point    `json:"position,omitempty"`
	Battery  *int          `json:"battery,omitempty"`
	Defect   string        `json:"defect,omitempty"`
}

// Raised opens an incident.
type Raised struct {
	Code     string    `json:"code"` // what people say and answer: "37"
	Kind     Kind      `json:"kind"`
	Urgency  Urgency   `json:"urgency"`
	Press    PressSeen `json:"press"`
	Elder    ElderID   `json:"elder,omitempty"`
	Name     string    `json:"name,omitempty"`
	Sex      string    `json:"sex,omitempty"`
	Age      int       `json:"age,omitempty"`
	Language string    `json:"language,omitempty"`
	Hints    string    `json:"hints,omitempty"`
	Premises *Premises `json:"premises,omitempty"` // without the access note, which stays in the directory
	Unknown  string    `json:"unknown,omitempty"`  // why nobody is known behind this key
	Service  string    `json:"service,omitempty"`  // category of a service that is asked for
}

// Joined adds a repeat press to the open incident.
type Joined struct {
	Press PressSeen `json:"press"`
}

// Dispatched says who is asked and told, who was passed over, and why.
type Dispatched struct {
	Plan       string       `json:"plan"`
	Directory  uint64       `json:"directory"` // version the choice was made on
	Offers     []Offer      `json:"offers,omitempty"`
	PassedOver []PassedOver `json:"passed_over,omitempty"`
	Asked      bool         `json:"asked,omitempty"` // responders were looked for, whether or not there were any
	Short      bool         `json:"short,omitempty"` // fewer were found than the plan asks for
	Desk       string       `json:"desk,omitempty"`  // why the desk has to act by itself
	Alerts     []Alert      `json:"alerts,omitempty"`
}

// Alerted intends further alerts.
type Alerted struct {
	Alerts []Alert `json:"alerts"`
}

// Retaken takes intended alerts up again, before they are sent once more.
type Retaken struct {
	Alerts []AlertID `json:"alerts"`
}

// Reported tells what carriers said of alerts.
type Reported struct {
	Reports []Report `json:"reports"`
}

// Report is one carrier's word on one alert.
type Report struct {
	Alert    AlertID    `json:"alert"`
	State    AlertState `json:"state"`
	Carrier  string     `json:"carrier,omitempty"`
	Ref      string     `json:"ref,omitempty"`   // the carrier's own id
	Code     string     `json:"code,omitempty"`  // the carrier's error code, or our class of it
	Class    string     `json:"class,omitempty"` // of a failure that a receipt tells: see alerts.Class
	Segments int        `json:"segments,omitempty"`
	At       time.Time  `json:"at"`
}

// Replied keeps a person's answer as it came.
type Replied struct {
	To    string  `json:"to"`    // whose answer: responder or contact id
	Alert AlertID `json:"alert"` // the alert it answers
	Text  string  `json:"text"`
	Verb  string  `json:"verb"` // what we understood
	Key   string  `json:"key"`  // the carrier's id of this message: the same answer counts once
}

// Seen is a console's receipt: this operator's page has painted the incident.
type Seen struct {
	Operator string    `json:"operator"`
	Console  string    `json:"console"`
	Version  uint64    `json:"version"`
	Audio    string    `json:"audio"` // running or suspended
	Visible  bool      `json:"visible"`
	At       time.Time `json:"at"`
}

// Acknowledged: the operator has taken the incident at the desk.
type Acknowledged struct {
	Operator string `json:"operator"`
}

// Ladder names what an escalation is a step of.
type Ladder string

// The ladders. Circle is the plan's tiers of those who are asked, desk the
// deadlines of the desk's acknowledgement, and idle brings back an incident on
// which nothing happens.
const (
	LadderCircle Ladder = "circle"
	LadderDesk   Ladder = "desk"
	LadderIdle   Ladder = "idle"
)

// Escalated is one step of a ladder: the circle grows, or somebody above is told.
type Escalated struct {
	Ladder Ladder   `json:"ladder"`
	Step   int      `json:"step"` // 1 is the first; a step that is repeated keeps its number
	Deed   DeskDeed `json:"deed,omitempty"`
	Why    string   `json:"why"`
}

// CallOutcome is what became of a telephone call that an operator made.
type CallOutcome string

// The outcomes of a call.
const (
	CallSpoke    CallOutcome = "spoke"     // a person answered, and it was them
	CallNoAnswer CallOutcome = "no_answer" //
	CallNoVoice  CallOutcome = "no_voice"  // the line opened and nobody spoke: this is no answer that all is well
	CallRefused  CallOutcome = "refused"
)

// Called is an operator's note of a telephone call. Whom is elder, ambulance, or
// the id of a contact or responder.
type Called struct {
	Operator string      `json:"operator"`
	Whom     string      `json:"whom"`
	Outcome  CallOutcome `json:"outcome"`
	Text     string      `json:"text,omitempty"`
	At       time.Time   `json:"-"` // of its entry; set by the fold
}

// Coming: somebody of the family is on their way, or says that they are not.
type Coming struct {
	Contact string `json:"contact"` // elder#rank
	Name    string `json:"name,omitempty"`
	Via     string `json:"via"`
	Not     bool   `json:"not,omitempty"`
}

// Backup: a responder who goes there, or the desk, asks for more help.
type Backup struct {
	By  string `json:"by"` // responder id, or operator name
	Via string `json:"via"`
}

// TakenOver: an operator takes an incident from another, who has ended a shift or is not there.
type TakenOver struct {
	Operator string `json:"operator"`
	From     string `json:"from"`
	Reason   string `json:"reason"`
}

// Proposed: an operator would close as accidental what nobody has seen or
// heard. It needs a second operator, a voice, or somebody at the door.
type Proposed struct {
	Operator    string      `json:"operator"`
	Disposition Disposition `json:"disposition"`
	Note        string      `json:"note,omitempty"`
}

// Revealed: somebody was shown what only those who go there may see.
type Revealed struct {
	To   string `json:"to"`   // responder id, or operator name
	What string `json:"what"` // access_note or medical
}

// Gathered puts calls on the list of their area's incident.
type Gathered struct {
	Members []Member `json:"members"`
}

// Noted is an operator's note. With To it asks that operator to take the
// incident over, and the words may be missing.
type Noted struct {
	Operator string `json:"operator"`
	Text     string `json:"text"`
	To       string `json:"to,omitempty"`
}

// Closed ends the incident.
type Closed struct {
	Operator    string      `json:"operator"`
	Disposition Disposition `json:"disposition"`
	Note        string      `json:"note,omitempty"`
}

// Moved moves one responder's assignment; What is one of the assignment facts.
type Moved struct {
	What      FactType    `json:"-"`
	Responder ResponderID `json:"responder"`
	Via       string      `json:"via,omitempty"`     // sms, voice, page, plan, position, or "operator li" on their behalf
	Why       string      `json:"why,omitempty"`     // of what the plan or the desk did
	Outcome   Disposition `json:"outcome,omitempty"` // how it ended, by the word of who was there; with cleared only
}

// Type implements Fact.
func (Raised) Type() FactType { return FactRaised }

// Type implements Fact.
func (Joined) Type() FactType { return FactJoined }

// Type implements Fact.
func (Dispatched) Type() FactType { return FactDispatched }

// Type implements Fact.
func (Alerted) Type() FactType { return FactAlerted }

// Type implements Fact.
func (Retaken) Type() FactType { return FactRetaken }

// Type implements Fact.
func (Reported) Type() FactType { return FactReported }

// Type implements Fact.
func (Replied) Type() FactType { return FactReplied }

// Type implements Fact.
func (Seen) Type() FactType { return FactSeen }

// Type implements Fact.
func (Acknowledged) Type() FactType { return FactAcknowledged }

// Type implements Fact.
func (Noted) Type() FactType { return FactNoted }

// Type implements Fact.
func (Escalated) Type() FactType { return FactEscalated }

// Type implements Fact.
func (Called) Type() FactType { return FactCalled }

// Type implements Fact.
func (Coming) Type() FactType { return FactComing }

// Type implements Fact.
func (Backup) Type() FactType { return FactBackup }

// Type implements Fact.
func (TakenOver) Type() FactType { return FactTakenOver }

// Type implements Fact.
func (Proposed) Type() FactType { return FactProposed }

// Type implements Fact.
func (Revealed) Type() FactType { return FactRevealed }

// Type implements Fact.
func (Gathered) Type() FactType { return FactGathered }

// Type implements Fact.
func (Closed) Type() FactType { return FactClosed }

// Type implements Fact.
func (m Moved) Type() FactType { return m.What }
