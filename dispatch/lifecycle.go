package dispatch

// The two tables of this file are the only things that move state; Apply
// refuses what is not in them. testdata/lifecycle.golden prints both in full,
// so that a changed rule is a changed line in review.

// State is where an incident stands. Accepted, en route and on scene are
// derived from its assignments, never stored twice.
type State string

// The states of an incident. The empty state is an incident nobody has raised.
const (
	StateNone       State = ""
	StateRaised     State = "raised"
	StateDispatched State = "dispatched"
	StateClosed     State = "closed"
)

// AssignmentState is where one responder stands on one incident.
type AssignmentState string

// The states of an assignment.
const (
	Offered       AssignmentState = "offered"
	Accepted      AssignmentState = "accepted"
	EnRoute       AssignmentState = "en_route"
	OnScene       AssignmentState = "on_scene"
	Cleared       AssignmentState = "cleared"
	Declined      AssignmentState = "declined"
	Lapsed        AssignmentState = "lapsed"
	Undeliverable AssignmentState = "undeliverable"
	StoodDown     AssignmentState = "stood_down"
)

// Active reports whether a responder in this state is bound to the incident.
func (s AssignmentState) Active() bool { return s == Accepted || s == EnRoute || s == OnScene }

// Live reports whether an offer stands or binds: it has not ended in any way.
func (s AssignmentState) Live() bool { return s == Offered || s.Active() }

// incidentRules: what each fact does to an incident in each state. Anything
// absent is refused. A closed incident takes only what became of its last words:
// the family is told how it ended by alerts that its closing entry intends.
var incidentRules = map[State]map[FactType]State{
	StateNone: {FactRaised: StateRaised},
	StateRaised: {
		FactDispatched: StateDispatched, FactClosed: StateClosed,
		FactJoined: StateRaised, FactAlerted: StateRaised, FactRetaken: StateRaised, FactReported: StateRaised, FactReplied: StateRaised,
		FactSeen: StateRaised, FactAcknowledged: StateRaised, FactNoted: StateRaised,
		FactEscalated: StateRaised, FactCalled: StateRaised, FactComing: StateRaised, FactBackup: StateRaised, FactTakenOver: StateRaised, FactProposed: StateRaised, FactRevealed: StateRaised, FactGathered: StateRaised,
	},
	StateDispatched: {
		FactDispatched: StateDispatched, // the circle grows: a graver press joined, or nobody answered
		FactClosed:     StateClosed,
		FactJoined:     StateDispatched, FactAlerted: StateDispatched, FactRetaken: StateDispatched, FactReported: StateDispatched, FactReplied: StateDispatched,
		FactSeen: StateDispatched, FactAcknowledged: StateDispatched, FactNoted: StateDispatched,
		FactEscalated: StateDispatched, FactCalled: StateDispatched, FactComing: StateDispatched, FactBackup: StateDispatched, FactTakenOver: StateDispatched,
		FactProposed: StateDispatched, FactRevealed: StateDispatched, FactGathered: StateDispatched,
		FactAccepted: StateDispatched, FactDeclined: StateDispatched, FactEnRoute: StateDispatched, FactOnScene: StateDispatched, FactCleared: StateDispatched,
		FactLapsed: StateDispatched, FactUndeliverable: StateDispatched, FactStoodDown: StateDispatched,
	},
	StateClosed: {FactReported: StateClosed, FactRetaken: StateClosed},
}

// assignmentRules: what each fact does to an assignment in each state. A
// responder who answers late, or after an undeliverable text, is welcome: the
// circle is better one too many. One who was stood down may still go when
// whoever was to go does not; whether they are needed is not the table's to say.
var assignmentRules = map[AssignmentState]map[FactType]AssignmentState{
	Offered: {
		FactAccepted: Accepted, FactDeclined: Declined, FactEnRoute: EnRoute, FactOnScene: OnScene,
		FactLapsed: Lapsed, FactUndeliverable: Undeliverable, FactStoodDown: StoodDown,
	},
	Accepted:      {FactEnRoute: EnRoute, FactOnScene: OnScene, FactDeclined: Declined, FactLapsed: Lapsed, FactStoodDown: StoodDown},
	EnRoute:       {FactOnScene: OnScene, FactDeclined: Declined, FactLapsed: Lapsed, FactStoodDown: StoodDown},
	OnScene:       {FactCleared: Cleared},
	Cleared:       {FactCleared: Cleared}, // by who left without saying how it ended
	Declined:      {FactAccepted: Accepted, FactOnScene: OnScene},
	Lapsed:        {FactAccepted: Accepted, FactDeclined: Declined, FactOnScene: OnScene},
	Undeliverable: {FactAccepted: Accepted, FactDeclined: Declined, FactOnScene: OnScene},
	StoodDown:     {FactAccepted: Accepted, FactDeclined: Declined, FactOnScene: OnScene},
}

// States lists the incident's states in the order of its life.
func States() []State { return []State{StateNone, StateRaised, StateDispatched, StateClosed} }

// AssignmentStates lists the states of an assignment in the order of its life, exits last.
func AssignmentStates() []AssignmentState {
	return []AssignmentState{Offered, Accepted, EnRoute, OnScene, Cleared, Declined, Lapsed, Undeliverable, StoodDown}
}

// FactTypes lists every fact there is.
func FactTypes() []FactType {
	return []FactType{FactRaised, FactJoined, FactDispatched, FactAlerted, FactRetaken, FactReported, FactReplied, FactSeen, FactAcknowledged, FactNoted,
		FactEscalated, FactCalled, FactComing, FactBackup, FactTakenOver, FactProposed, FactRevealed, FactGathered, FactClosed,
		FactAccepted, FactDeclined, FactEnRoute, FactOnScene, FactCleared, FactLapsed, FactUndeliverable, FactStoodDown}
}

// After is the state of an incident after a fact of this type, and whether the fact is allowed at all.
func (s State) After(f FactType) (State, bool) {
	next, ok := incidentRules[s][f]
	return next, ok
}

// After is the state of an assignment after a fact of this type, and whether the fact is allowed at all.
func (s AssignmentState) After(f FactType) (AssignmentState, bool) {
	next, ok := assignmentRules[s][f]
	return next, ok
}

func assignmentFact(f FactType) bool {
	switch f {
	case FactAccepted, FactDeclined, FactEnRoute, FactOnScene, FactCleared, FactLapsed, FactUndeliverable, FactStoodDown:
		return true
	}
	return false
}

// Disposition is how an incident ended (after the APCO common disposition codes, in the words of the trade).
type Disposition string

// The dispositions the desk may choose; DispositionTest is also given by the dispatcher itself.
const (
	Assisted       Disposition = "assisted"        // a real call, helped at home
	Conveyed       Disposition = "conveyed"        // taken to hospital
	FalseAlarm     Disposition = "false_alarm"     // pressed by mistake
	TestPress      Disposition = "test"            // a test
	DeviceFault    Disposition = "device_fault"    // the device called by itself
	NoAccess       Disposition = "no_access"       // nobody could get in
	VisitedNoReply Disposition = "visited_no_call" // could not be reached by voice, somebody went there
	Served         Disposition = "served"          // a service was asked for and done, and the elder was called back
	OtherEnd       Disposition = "other"           // needs a note
)

// Dispositions lists those an operator may choose, in the order shown.
func Dispositions() []Disposition {
	return []Disposition{Assisted, Conveyed, FalseAlarm, TestPress, DeviceFault, NoAccess, VisitedNoReply, Served, OtherEnd}
}
