package dispatch

import (
	"crypto/sha256"
	"encoding/base32"
	"log/slog"
	"slices"
	"strconv"
	"time"

	"onekeyd/geo"
)

// Incident is one call for help: the fold of its case's facts. A value that was
// handed out is never changed; [Apply] makes a new one.
type Incident struct {
	ID         IncidentID
	Case       CaseID
	Code       string
	Seq        uint64 // of the last fact folded in: the version that commands name
	State      State
	Kind       Kind
	Urgency    Urgency
	Elder      ElderID
	Device     DeviceID
	Name       string
	Sex        string
	Age        int
	Language   string
	Hints      string
	Premises   *Premises
	Unknown    string // why nobody is known behind this key
	RaisedAt   time.Time
	Dispatched time.Time
	Asked      time.Time // when responders were last looked for; zero: never
	Late       time.Duration
	Presses    []PressSeen // the first and the latest ones, at most keptPresses
	Pressed    int         // how many there were
	Service    string      // category of a service that was asked for
	Plan       string
	Desk       string // why the desk has to act by itself
	Offers     []Offer
	PassedOver []PassedOver
	Alerts     []Alert
	ReplyKeys  []string  // of replies already counted
	Touched    time.Time // when a human, a press or the plan last did something
	Moved      uint64    // sequence of the last fact that an operator must have seen before closing
	Acked      *Ack
	HandTo     string // the operator who is asked to take it over from who has it
	SeenBy     []Seen
	Waiting    time.Time // since when the elder waits with nobody on the way; zero: somebody is, or was there
	Looked     Looked    // when responders were looked for last of whom there were too few, as far as facts tell
	Needed     time.Time // when somebody was last needed anew: the wait began, a helper was lost, more help was asked for
	Called     time.Time // when the key last called for help
	Urgent     time.Time // since when this is a call for help; zero: it is not
	Visits     []Visit   // those who were there and have left
	Tier       int       // how far the circle has grown, when it last did, and how often in this step
	TierAt     time.Time
	Times      int
	DeskStep   int       // how far the desk's ladder has been climbed
	IdleAt     time.Time // when it was last brought back for nothing happening, and how often
	Idles      int
	More       int // how often more help was asked for
	Calls      []Called
	Coming     []Coming
	Proposed   *Proposed
	Members    []Member // of an area's incident
	Timeline   []Line
	Ended      *Ending
}

// keptPresses bounds what an incident keeps of its presses: a stuck key is
// counted, not collected. All their identities stay known to the board.
const keptPresses = 20

// keptLines bounds the timeline that travels with each event; the journal has all of it.
const keptLines = 100

// Offer asks one responder to go, and says why this one.
type Offer struct {
	Responder ResponderID     `json:"responder"`
	Name      string          `json:"name"`
	Kind      ResponderKind   `json:"kind"`
	Phone     string          `json:"phone"`
	State     AssignmentState `json:"state"`
	Distance  geo.Metres      `json:"distance_m"`
	ETA       time.Duration   `json:"eta_ns"`
	Shared    string          `json:"shared,omitempty"` // level of the smallest area shared with the elder
	From      string          `json:"from"`             // base or live
	At        geo.Point       `json:"at"`               // where the responder was thought to be
	Why       string          `json:"why"`
	Since     time.Time       `json:"since,omitzero"`
	Round     int             `json:"round,omitempty"`   // 0 is the first offer to this person; a later one is asked anew
	Words     string          `json:"words,omitempty"`   // kind of the text that asks
	Stays     bool            `json:"stays,omitempty"`   // not stood down when enough others come
	Outcome   Disposition     `json:"outcome,omitempty"` // by their word, once cleared
	Tier      int             `json:"tier,omitempty"`    // in which they were asked
	ToldAt    time.Time       `json:"told_at,omitzero"`  // when a carrier had the message of this round
	// When they first said so; zero: they have not.
	AcceptedAt time.Time `json:"accepted_at,omitzero"`
	EnRouteAt  time.Time `json:"en_route_at,omitzero"`
	OnSceneAt  time.Time `json:"on_scene_at,omitzero"`
	ClearedAt  time.Time `json:"cleared_at,omitzero"`
	Released   bool      `json:"released,omitempty"` // let go by the plan: they did not move or come
}

// Visit is somebody who was at the door and has left. Their offer may be made anew, so it cannot tell.
type Visit struct {
	Responder ResponderID
	Name      string
	At        time.Time // of leaving
	Outcome   Disposition
}

// PassedOver is somebody near who was not asked, and why.
type PassedOver struct {
	Responder ResponderID `json:"responder"`
	Name      string      `json:"name,omitempty"`
	Why       string      `json:"why"`
}

// AlertState is how far one message has come. It is a lattice, not a sequence: see AlertState.Join.
type AlertState string

// The states of an alert.
const (
	AlertIntended  AlertState = "intended"
	AlertAmbiguous AlertState = "ambiguous" // the carrier may or may not have it
	AlertHanded    AlertState = "handed"    // the carrier has it
	AlertSent      AlertState = "sent"      // the network has it
	AlertDelivered AlertState = "delivered" // the handset has it
	AlertFailed    AlertState = "failed"    // final
	AlertNotSent   AlertState = "not_sent"  // no carrier is configured: nobody pretends
)

// AlertRole says why somebody is told.
type AlertRole string

// The roles of those who are told.
const (
	RoleResponder AlertRole = "responder"
	RoleContact   AlertRole = "contact"
	// RoleSupervisor, RoleCentre and RoleEngineer are on call above the responders:
	// the desk's supervisor, the next centre, and whoever keeps this daemon running.
	RoleSupervisor AlertRole = "supervisor"
	RoleCentre     AlertRole = "centre"
	RoleEngineer   AlertRole = "engineer"
)

// Channel is the medium of an alert.
type Channel string

// The channels.
const (
	ChannelSMS   Channel = "sms"
	ChannelVoice Channel = "voice"
)

// Args are the variables of a text that the incident alone does not give.
type Args struct {
	Responder string `json:"resp,omitempty"` // whom it speaks of, as people are told: "张敏（社工）"
	Minutes   int    `json:"min,omitempty"`
	When      int64  `json:"when,omitempty"` // Unix seconds
}

// Alert is one message to one person, intended by a fact before it is sent.
type Alert struct {
	ID        AlertID    `json:"id"`
	To        string     `json:"to"` // responder id, or elder#rank of a contact
	Name      string     `json:"name"`
	Role      AlertRole  `json:"role"`
	Channel   Channel    `json:"channel"`
	Via       string     `json:"via,omitempty"` // the carrier it is meant for; empty: whichever comes first
	Kind      string     `json:"kind"`          // key of the text, see alerts/sms
	Args      Args       `json:"args,omitzero"` // of the text, beside what the incident knows
	Tier      int        `json:"tier,omitempty"`
	Round     int        `json:"round,omitempty"` // of the offer it is about
	Language  string     `json:"language"`
	Phone     string     `json:"phone"` // E.164
	State     AlertState `json:"state,omitempty"`
	Node      NodeID     `json:"node,omitempty"` // the run that has it in hand
	Attempts  int        `json:"attempts,omitempty"`
	Carrier   string     `json:"carrier,omitempty"`
	Ref       string     `json:"ref,omitempty"`
	Code      string     `json:"code,omitempty"`
	Class     string     `json:"class,omitempty"` // of a failure that came by receipt
	Intended  time.Time  `json:"intended_at,omitzero"`
	Handed    time.Time  `json:"handed_at,omitzero"`
	Delivered time.Time  `json:"delivered_at,omitzero"`
	Unclear   time.Time  `json:"unclear_at,omitzero"` // when the last send ended without an answer
	Doubts    int        `json:"doubts,omitempty"`    // how many did
	Seq       uint64     `json:"-"`                   // of the record that intends it
}

// LogValue masks who is told.
func (a Alert) LogValue() slog.Value {
	return slog.GroupValue(slog.String("id", string(a.ID)), slog.String("to", a.To), slog.String("phone", MaskPhone(a.Phone)), slog.String("state", string(a.State)))
}

// Unfinished reports whether nobody has tried to hand this alert over, as far as the journal knows.
func (a Alert) Unfinished() bool { return a.State == AlertIntended }

// callbackWait is how long an ambiguous send waits for the receipt that carries
// our id, and maxAttempts how often one alert is sent at most without a crash
// between (ALERTS section 5: a duplicate is cheaper than a loss).
//
// The wait is longer than the recorder gathers in a storm: a receipt that is
// waiting for its turn there must not look as if it had not come.
const (
	callbackWait = gatherMost + 2*time.Second
	maxDoubts    = 2
)

// doubtful reports whether the alert's last send stayed unclear for so long that it is sent once more.
func (a Alert) doubtful(now time.Time) bool {
	return a.State == AlertAmbiguous && a.Doubts < maxDoubts && now.Sub(a.Unclear) >= callbackWait
}

// Ack is the desk's acknowledgement.
type Ack struct {
	Operator string
	At       time.Time
}

// Ending is how the incident was closed.
type Ending struct {
	Disposition Disposition
	Operator    string
	Note        string
	At          time.Time
	Seq         uint64 // of the record that closed it
}

// Line is one entry of the timeline: data, rendered in the reader's language.
type Line struct {
	At   time.Time `json:"at"`
	What FactType  `json:"what"`
	By   string    `json:"by"`
	Who  string    `json:"who,omitempty"`  // the person it is about
	Text string    `json:"text,omitempty"` // a note, a reply, a reason
	Data any       `json:"data,omitempty"` // counts and codes, by kind of fact
}

// LogValue shows an incident by its ids.
func (i *Incident) LogValue() slog.Value {
	return slog.GroupValue(slog.String("id", string(i.ID)), slog.String("state", string(i.State)))
}

// Open reports whether the incident still needs somebody.
func (i *Incident) Open() bool { return i != nil && i.State != StateNone && i.State != StateClosed }

// rung is how far the circle has grown, each repetition of the last tier counted:
// nobody is asked twice on one.
func (i *Incident) rung() int { return i.Tier + max(0, i.Times-1) }

// attended reports whether somebody is bound to the incident now.
func (i *Incident) attended() bool {
	return slices.ContainsFunc(i.Offers, func(o Offer) bool { return o.State.Active() })
}

// saw reports whether whoever left with this word has seen the elder.
func (d Disposition) saw() bool { return d != NoAccess }

// helped counts those who have been there, and have seen the elder, since a
// moment: whoever was there before the key was pressed again does not count.
func (i *Incident) helped(since time.Time) (n int) {
	for _, v := range i.Visits {
		if v.Outcome.saw() && !v.At.Before(since) {
			n++
		}
	}
	return n
}

// Has reports whether this press is one of the incident's kept ones.
func (i *Incident) Has(device DeviceID, id PressID) bool {
	if i == nil {
		return false
	}
	for _, p := range i.Presses {
		if p.Device == device && p.ID == id {
			return true
		}
	}
	return false
}

// Alert finds an alert by its id.
func (i *Incident) Alert(id AlertID) (Alert, bool) {
	for _, a := range i.Alerts {
		if a.ID == id {
			return a, true
		}
	}
	return Alert{}, false
}

// Offer finds a responder's offer.
func (i *Incident) Offer(r ResponderID) (Offer, bool) {
	for _, o := range i.Offers {
		if o.Responder == r {
			return o, true
		}
	}
	return Offer{}, false
}

// Join is the later of two words on one alert, whatever order they came in: a
// carrier's callbacks overtake each other. Delivered wins over failed, because
// a phone that has it has it.
func (s AlertState) Join(t AlertState) AlertState {
	if t.rank() > s.rank() {
		return t
	}
	return s
}

func (s AlertState) rank() int {
	switch s {
	case AlertNotSent:
		return 1
	case AlertAmbiguous:
		return 2
	case AlertHanded:
		return 3
	case AlertSent:
		return 4
	case AlertFailed:
		return 5
	case AlertDelivered:
		return 6
	}
	return 0
}

// newIncidentID is derived from the press that raised it and its place in the
// case, so that deciding again gives the same one; the date in front is for
// people (UTC). Ten characters are 50 bits: with 100,000 incidents a day two
// meet once in six hundred years.
func newIncidentID(c CaseID, p Press, at time.Time, expect uint64) IncidentID {
	return IncidentID(at.UTC().Format("20060102") + "-" + shortHash(10, string(c), string(p.Device), string(p.ID), strconv.FormatUint(expect, 10)))
}

// newAlertID is derived from what the alert is, for the same reason; 13 characters.
func newAlertID(i IncidentID, to, kind string, nth int) AlertID {
	return AlertID(shortHash(13, string(i), to, kind, string(rune('0'+nth))))
}

// shortHash is n characters of lower-case base32 without 0 1 8 9, so that it can be read out over a telephone.
func shortHash(n int, parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		h.Write([]byte(p))
		h.Write([]byte{0})
	}
	return spoken.EncodeToString(h.Sum(nil))[:n]
}

// spoken is an alphabet, never changed.
var spoken = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)
