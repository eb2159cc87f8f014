package alerts

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

// MaxIDLen is the longest Notice.ID in bytes: the smallest field a carrier
// offers to carry our id back (OutId of Aliyun's IvrCall).
const MaxIDLen = 15

// MaxHookBody is the largest webhook body in bytes that a Hook reads. Tencent
// pushes up to 100 reports of about 300 bytes at once, Aliyun names no limit.
const MaxHookBody = 256 << 10

// Kind says what a notice tells. It is the key of a text in the text table and
// of a template at a provider that takes no free text.
type Kind string

// The kinds of the text table.
const (
	ResponderAlert Kind = "responder_alert"
	FamilyAlert    Kind = "family_alert"
	AcceptConfirm  Kind = "accept_confirm"
	LateAccept     Kind = "late_accept"
	StandDown      Kind = "stand_down"
	FamilyProgress Kind = "family_progress"
	FamilyArrived  Kind = "family_arrived"
	Family120      Kind = "family_120"
	Resolved       Kind = "resolved"
	FalseAlarm     Kind = "false_alarm"
	Escalate       Kind = "escalate"
	AmbiguousReply Kind = "ambiguous_reply"
	UnknownReply   Kind = "unknown_reply"
	CannotGoAck    Kind = "cannot_go_ack"
	Drill          Kind = "drill"

	Released     Kind = "released"        // to a responder: passed on, they did not come
	StillThere   Kind = "still_there"     // to a responder long on scene
	ArrivedAck   Kind = "arrived_ack"     // to a responder
	BackupAck    Kind = "backup_ack"      // to a responder
	DoneAck      Kind = "done_ack"        // to a responder
	DoneAsk      Kind = "done_ask"        // to a responder who did not say how it ended
	NoCallOpen   Kind = "no_call_open"    // answers whoever no open incident has told
	DeskCall     Kind = "desk_call"       // to a supervisor: no operator has taken it
	Idle         Kind = "idle"            // to a supervisor: open without news
	TakenAck     Kind = "taken_ack"       // to a supervisor who has taken it
	Storm        Kind = "storm"           // to responders of an area where many need help
	Engineer     Kind = "engineer"        // to whoever keeps the daemon running
	EngineerWell Kind = "engineer_well"   // to the same, when it is over
	Canary       Kind = "canary"          // to the number that tries the way through the carrier
	ServiceOrder Kind = "service_order"   // to a provider
	ServiceMine  Kind = "service_confirm" // to a provider who has taken it
	ServiceEnded Kind = "service_closed"  // to a provider

	FamilyComing Kind = "family_coming_ack" // to a contact who is on the way
	Conveyed     Kind = "resolved_conveyed" // to contacts: taken to hospital
	Ended        Kind = "resolved_other"    // to contacts: closed some other way
)

// Notice is one thing to tell one person over one channel.
type Notice struct {
	// ID is ours, one per attempt to tell one person one thing, at most MaxIDLen
	// ASCII letters, digits, '-', '_' or '.'. It travels through the carrier and
	// comes back in receipts, which is how an ambiguous send is resolved.
	ID string
	// Kind and Lang ("zh", "en") choose the text or template.
	Kind Kind
	Lang string
	// To is the receiver's number in E.164.
	To string
	// Params are the text's variables by name: code, addr, name, age, sex, hint…
	Params map[string]string
	// NotAfter is when the notice turns stale: a Sender hands nothing over after
	// it and asks the carrier to drop what it still holds. Zero: the carrier's
	// own limit.
	NotAfter time.Time
}

// Check reports what makes n impossible to send on any channel; a bad receiver
// wraps ErrNumber.
func (n Notice) Check() error {
	if n.ID == "" || len(n.ID) > MaxIDLen {
		return fmt.Errorf("notice id %q is not 1 to %d bytes long", n.ID, MaxIDLen)
	}
	for i := 0; i < len(n.ID); i++ {
		if !idByte(n.ID[i]) {
			return fmt.Errorf("notice id %q holds a byte that is no letter, digit, dash, dot or underscore", n.ID)
		}
	}
	if n.Kind == "" {
		return fmt.Errorf("notice %s has no kind", n.ID)
	}
	// E.164 allows 15 digits; 7 is the shortest full number in use.
	if len(n.To) < 8 || len(n.To) > 16 || n.To[0] != '+' || !digits(n.To[1:]) {
		return fmt.Errorf("notice %s goes to %s: %w", n.ID, MaskPhone(n.To), ErrNumber)
	}
	return nil
}

func idByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == '.'
}

func digits(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// Media is the way a channel reaches a person.
type Media string

// The media a Sender may use.
const (
	SMS   Media = "sms"
	Voice Media = "voice"
	Push  Media = "push"
)

// Caps says what a channel can do.
type Caps struct {
	Media    Media
	FreeText bool // false: every Kind needs an approved template at the provider
	TwoWay   bool // replies or key presses come back
	Receipts bool // the carrier reports delivery
	// Serves reports whether the channel can carry the whole flow to this E.164
	// number. Never nil.
	Serves func(e164 string) bool
	// PerSecond is how many sends a second the carrier takes, and Burst how many
	// of them at once, at least 1. 0 a second: as many as there are.
	PerSecond float64
	Burst     int
	// MaxVarLen is the longest template variable in runes; 0 means no limit
	// (Aliyun 35, Huawei 20).
	MaxVarLen int
}

// Receipt is a carrier's acceptance of a notice.
type Receipt struct {
	Ref      string // the carrier's id: message SID, BizId, SerialNo, CallId
	State    State
	Segments int // SMS parts, 0 when unknown or not an SMS
}

// Event is one thing a carrier told us by webhook or query.
type Event struct {
	// Key identifies the event for ever: two events with one Key are the same
	// one delivered twice (or replayed by an attacker). It carries no number.
	Key string
	// NoticeID is our id, "" for an inbound reply: correlate that by From and
	// the offers open to that number.
	NoticeID string
	Ref      string
	From, To string
	// State is "" for an inbound reply by SMS and for a report that says nothing
	// new. A key pressed in a call says Delivered with it: who answers has heard.
	State State
	// Code is the provider's error code, "" when there is none; Class its class.
	Code  string
	Class Class
	// Text is the reply text, or the digits pressed.
	Text    string
	Inbound bool
	// At is when the event reached us: carriers stamp no time a clock could trust.
	At time.Time
}

// Sender hands notices to one carrier.
type Sender interface {
	// Name is the provider's short name, constant, fit for a metric label.
	Name() string
	// Caps is constant over the Sender's life.
	Caps() Caps
	// Send hands n to the carrier. A nil error means the carrier has it; any
	// other error is or wraps an *Error, and ClassOf says what may be done.
	Send(ctx context.Context, n Notice) (Receipt, error)
}

// Hook is implemented by Senders whose carrier calls back.
type Hook interface {
	// ParseHook verifies the request (signature, secret path) and returns the
	// events in it and the body to answer with status 200. The caller answers
	// only after the events are durable. body is what ReadHook returned. It
	// returns an error wrapping ErrForged (answer 403) when the request does not
	// come from the carrier, ErrMalformed (answer 400) when it makes no sense.
	ParseHook(r *http.Request, body []byte) (evs []Event, contentType string, answer []byte, err error)
}

// Became is what a person's answer came to.
type Became string

// What an answer may become.
const (
	BecameAccepted Became = "accepted" // the incident is theirs
	BecameDeclined Became = "declined" // it is known that they cannot go
	BecameComing   Became = "coming"   // it is known that they, of the family, go there
	BecameTaken    Became = "taken"    // others have it, they need not go
	BecameNoted    Became = "noted"    // it is on record and binds nobody
	BecameOver     Became = "over"     // the incident is closed, or unknown
	BecameUnstored Became = "unstored" // nobody knows of it: they must answer again
)

// Talker is implemented by Hooks whose answer is heard by the person who has
// just answered: in a call, where a status that is not 200 would end it with the
// carrier's own words.
type Talker interface {
	// Answer gives what to answer, with status 200, to the request that brought
	// the inbound event e, now that it became b.
	Answer(r *http.Request, e Event, b Became) (contentType string, body []byte)
}

// Querier is implemented by Senders that can be asked about an earlier send.
type Querier interface {
	Query(ctx context.Context, ref string) (Event, error)
}

// Canceller is implemented by Senders that can take back what was handed over,
// such as a call still ringing when somebody else has accepted.
type Canceller interface {
	Cancel(ctx context.Context, ref string) error
}
