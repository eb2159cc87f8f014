package dispatch

import (
	"log/slog"

	"onekeyd/geo"
)

// Directory answers who belongs to a key and who may be asked. An
// implementation is an immutable snapshot: every method is a look-up in memory,
// safe for any number of readers, and never waits.
type Directory interface {
	Device(DeviceID) (Device, bool)
	Elder(ElderID) (Elder, bool)
	// Contacts of an elder in order of rank.
	Contacts(ElderID) []Contact
	Responder(ResponderID) (Responder, bool)
	// Serving lists the responders whose areas name this code, in order of id.
	Serving(areaCode string) []ResponderID
	// Areas is the hierarchy of the centre; never nil.
	Areas() *geo.Areas
	// Version grows with every change, so that a decision can name what it knew.
	Version() uint64
}

// Device is a key and whose it is. An empty Elder is a key nobody was given yet.
type Device struct {
	ID       DeviceID `json:"id"`
	Elder    ElderID  `json:"elder_id,omitempty"`
	Protocol string   `json:"protocol,omitempty"`
	Phone    string   `json:"phone,omitempty"` // E.164
	Model    string   `json:"model,omitempty"`
}

// Premises is the place help must reach.
type Premises struct {
	Address    string    `json:"address"`
	Area       string    `json:"area,omitempty"` // code of the smallest area it lies in
	Point      geo.Point `json:"point"`          // WGS-84
	Floor      string    `json:"floor,omitempty"`
	AccessNote string    `json:"access_note,omitempty"` // shown only to who goes there
}

// Elder is the person whose key it is. Medical is read only after an acceptance, and never put in a fact.
type Elder struct {
	ID          ElderID  `json:"id"`
	Name        string   `json:"name"`
	Sex         string   `json:"sex,omitempty"` // f, m or empty
	BirthYear   int      `json:"birth_year,omitempty"`
	Phone       string   `json:"phone,omitempty"` // E.164
	Premises    Premises `json:"premises"`
	LivingAlone bool     `json:"living_alone,omitempty"`
	Language    string   `json:"language,omitempty"`
	Hints       string   `json:"hints,omitempty"`   // operational only: hard of hearing, key with the caretaker
	Medical     string   `json:"medical,omitempty"` // sensitive (PIPL Art. 28)
}

// LogValue shows an elder as an id: name, address and health never reach a log.
func (e Elder) LogValue() slog.Value { return slog.StringValue(string(e.ID)) }

// Contact is one reachable relative or friend of an elder.
type Contact struct {
	Elder    ElderID `json:"elder_id"`
	Rank     int     `json:"rank"` // 1 is told first
	Name     string  `json:"name"`
	Relation string  `json:"relation,omitempty"`
	Phone    string  `json:"phone"` // E.164
	Language string  `json:"language,omitempty"`
}

// LogValue masks a contact.
func (c Contact) LogValue() slog.Value {
	return slog.GroupValue(slog.String("elder", string(c.Elder)), slog.Int("rank", c.Rank), slog.String("phone", MaskPhone(c.Phone)))
}

// ResponderKind says what a responder is.
type ResponderKind string

// The kinds of responder an import may name.
const (
	Worker     ResponderKind = "worker"
	GridLeader ResponderKind = "grid_leader"
	Volunteer  ResponderKind = "volunteer"
	Doctor     ResponderKind = "doctor"
	Clinic     ResponderKind = "clinic"
	Hospital   ResponderKind = "hospital"
	Police     ResponderKind = "police"
	Provider   ResponderKind = "provider" // of a service: cleaning, repairs, meals; imported from providers.csv
)

// ResponderKinds lists every kind, in the order the desk shows them.
func ResponderKinds() []ResponderKind {
	return []ResponderKind{Worker, GridLeader, Volunteer, Doctor, Clinic, Hospital, Police, Provider}
}

// Responder is a person or house that may be sent.
type Responder struct {
	ID           ResponderID   `json:"id"`
	Name         string        `json:"name"`
	Kind         ResponderKind `json:"kind"`
	Phone        string        `json:"phone"` // E.164
	Base         geo.Point     `json:"base"`  // WGS-84, where they are found without a live position
	Areas        []string      `json:"areas,omitempty"`
	Language     string        `json:"language,omitempty"`
	OnDuty       bool          `json:"on_duty"`
	Organisation string        `json:"organisation,omitempty"`
	Categories   []string      `json:"categories,omitempty"` // of a provider: what they do
}

// Capacity is how many incidents a responder of this kind can be bound to at
// once. A person can be at one door; a house has several people.
func (k ResponderKind) Capacity() int {
	switch k {
	case Clinic, Hospital, Police, Provider:
		return 4
	}
	return 1
}

// LogValue masks a responder.
func (r Responder) LogValue() slog.Value {
	return slog.GroupValue(slog.String("id", string(r.ID)), slog.String("phone", MaskPhone(r.Phone)))
}

// MaskPhone keeps the last three digits of a number, enough to tell two apart in a log.
func MaskPhone(phone string) string {
	if len(phone) <= 3 {
		return "***"
	}
	return "***" + phone[len(phone)-3:]
}
