package dispatch

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// maxNote bounds an operator's note, in bytes.
const maxNote = 2000

// Desk carries out what people command: operators at the desk, and responders,
// families and those on call by reply, call or page. Each command of an operator
// names the version it was given on where acting on an old picture would do
// harm; the loser of a race gets [ErrStale] or [ErrRefused] with the winner's
// name, and the incident as it is now.
type Desk struct {
	journal Journal
	cases   Cases
	teller  Teller
	node    NodeID
	find    func(IncidentID) (CaseID, bool)
	offer   func(inc *Incident, r ResponderID, why string) (Dispatched, error)
	plan    func(*Incident) Plan
	near    func(*Incident) ([]Offer, []PassedOver)
}

// NewDesk makes one; find tells the case of an open incident, and the dispatcher
// whose desk it is knows plans and responders.
func NewDesk(d *Dispatcher, find func(IncidentID) (CaseID, bool)) *Desk {
	return &Desk{
		journal: d.journal, cases: d.cases, teller: d.teller, node: d.nodes.Self(), find: find, offer: d.offerTo,
		plan: func(inc *Incident) Plan { return d.planFor(d.homeOf(inc)) }, near: d.candidates,
	}
}

// Acknowledge takes the incident at the desk. Only one operator can; a repeat by the same one changes nothing.
func (d *Desk) Acknowledge(ctx context.Context, id IncidentID, operator string, _ uint64) (*Incident, error) {
	return d.act(ctx, id, "operator "+operator, func(inc *Incident) ([]Fact, error) {
		if inc.Acked != nil {
			if inc.Acked.Operator == operator {
				return nil, nil
			}
			return nil, fmt.Errorf("acknowledged by %s at %s: %w", inc.Acked.Operator, inc.Acked.At.Format(time.TimeOnly), ErrRefused)
		}
		return []Fact{Acknowledged{Operator: operator}}, nil
	})
}

// TakeOver takes the incident from the operator who has it, with a reason: the
// shift ends, or they are not at their desk. From is who the caller believes has
// it; if another one does, the answer is [ErrStale].
func (d *Desk) TakeOver(ctx context.Context, id IncidentID, operator, from, reason string) (*Incident, error) {
	reason, err := wordsOf(reason, "a reason")
	if err != nil {
		return nil, err
	}
	return d.act(ctx, id, "operator "+operator, func(inc *Incident) ([]Fact, error) {
		switch {
		case inc.Acked == nil:
			return []Fact{Acknowledged{Operator: operator}}, nil
		case inc.Acked.Operator == operator:
			return nil, nil
		case inc.Acked.Operator != from:
			return nil, fmt.Errorf("%s has it since %s: %w", inc.Acked.Operator, inc.Acked.At.Format(time.TimeOnly), ErrStale)
		}
		return []Fact{TakenOver{Operator: operator, From: from, Reason: reason}}, nil
	})
}

// Note adds an operator's words to the timeline.
func (d *Desk) Note(ctx context.Context, id IncidentID, operator, text string) (*Incident, error) {
	text, err := wordsOf(text, "a note")
	if err != nil {
		return nil, err
	}
	return d.act(ctx, id, "operator "+operator, func(*Incident) ([]Fact, error) {
		return []Fact{Noted{Operator: operator, Text: text}}, nil
	})
}

// Call notes a telephone call: to the elder, the ambulance, a contact or a
// responder of this incident. A line on which nobody spoke is no contact.
func (d *Desk) Call(ctx context.Context, id IncidentID, operator, whom string, outcome CallOutcome, text string) (*Incident, error) {
	if !slices.Contains([]CallOutcome{CallSpoke, CallNoAnswer, CallNoVoice, CallRefused}, outcome) {
		return nil, fmt.Errorf("outcome %.20q of a call is none of spoke, no_answer, no_voice, refused: %w", outcome, ErrRefused)
	}
	if text = plain(text); len(text) > maxNote || !utf8.ValidString(text) {
		return nil, fmt.Errorf("a note has at most %d bytes of text: %w", maxNote, ErrRefused)
	}
	return d.act(ctx, id, "operator "+operator, func(inc *Incident) ([]Fact, error) {
		if whom != "elder" && whom != "ambulance" && !concerned(inc, whom) {
			return nil, fmt.Errorf("%.40q is neither elder, ambulance, nor anybody of this incident: %w", whom, ErrRefused)
		}
		return []Fact{Called{Operator: operator, Whom: whom, Outcome: outcome, Text: text}}, nil
	})
}

func concerned(inc *Incident, who string) bool {
	_, asked := inc.Offer(ResponderID(who))
	return asked || slices.ContainsFunc(inc.Alerts, func(a Alert) bool { return a.To == who })
}

// Assign asks a responder whom the operator has chosen, whatever the plan thinks
// of it. They are not stood down when others have accepted.
func (d *Desk) Assign(ctx context.Context, id IncidentID, operator string, r ResponderID) (*Incident, error) {
	return d.act(ctx, id, "operator "+operator, func(inc *Incident) ([]Fact, error) {
		f, err := d.offer(inc, r, "chosen by operator "+operator)
		if err != nil {
			return nil, err
		}
		return []Fact{f}, nil
	})
}

// MoreHelp asks for one more than the plan does, as a responder on scene can.
func (d *Desk) MoreHelp(ctx context.Context, id IncidentID, operator string) (*Incident, error) {
	return d.act(ctx, id, "operator "+operator, func(*Incident) ([]Fact, error) {
		return []Fact{Backup{By: operator, Via: "desk"}}, nil
	})
}

// Reveal puts on record that somebody was shown an access note or medical data.
func (d *Desk) Reveal(ctx context.Context, id IncidentID, to, what string) (*Incident, error) {
	return d.act(ctx, id, to, func(*Incident) ([]Fact, error) { return []Fact{Revealed{To: to, What: what}}, nil })
}

// Close ends the incident. Version must be the newest the operator could have
// seen of what matters: a repeat press since then refuses with [ErrStale]. What
// nobody has seen or heard cannot be closed as accidental by one operator alone:
// that is kept as a proposal, and [ErrSecondLook] until a second one does the same.
func (d *Desk) Close(ctx context.Context, id IncidentID, operator string, how Disposition, note string, version uint64) (*Incident, error) {
	if !slices.Contains(Dispositions(), how) {
		return nil, fmt.Errorf("disposition %.40q is not one of %v: %w", how, Dispositions(), ErrRefused)
	}
	if note = plain(note); len(note) > maxNote || !utf8.ValidString(note) {
		return nil, fmt.Errorf("a note has at most %d bytes of text: %w", maxNote, ErrRefused)
	}
	if how == OtherEnd && note == "" {
		return nil, fmt.Errorf("the disposition other needs a note: %w", ErrRefused)
	}
	why := ""
	inc, err := d.act(ctx, id, "operator "+operator, func(inc *Incident) ([]Fact, error) {
		c := Closed{Operator: operator, Disposition: how, Note: note}
		switch why = unproven(inc, c); {
		case inc.changedSince(version):
			return nil, fmt.Errorf("somebody pressed again or acted since this was shown: %w", ErrStale)
		case how == Served && inc.Kind != Service:
			return nil, fmt.Errorf("served ends a request for a service, and this is a call for help: %w", ErrRefused)
		case how == Served && !inc.CalledBack():
			return nil, fmt.Errorf("the elder has not been called back: note a call in which they spoke: %w", ErrRefused)
		case why != "" && inc.Proposed != nil && inc.Proposed.Operator == operator && inc.Proposed.Disposition == how:
			return nil, nil // said already
		case why != "":
			return []Fact{Proposed{Operator: operator, Disposition: how, Note: note}}, nil
		}
		return closing(inc, time.Now(), c), nil
	})
	if err == nil && why != "" {
		return inc, fmt.Errorf("%s: %w", why, ErrSecondLook)
	}
	return inc, err
}

// CalledBack reports whether somebody has spoken with the elder after the work:
// a call from before whoever was there left does not tell how it went.
func (i *Incident) CalledBack() bool {
	var left time.Time
	for _, v := range i.Visits {
		left = v.At
	}
	return slices.ContainsFunc(i.Calls, func(c Called) bool { return c.Whom == "elder" && c.Outcome == CallSpoke && !c.At.Before(left) })
}

// act decides on the newest incident, appends, and on conflict decides again.
func (d *Desk) act(ctx context.Context, id IncidentID, by string, decide func(*Incident) ([]Fact, error)) (*Incident, error) {
	c, ok := d.find(id)
	if !ok {
		return nil, fmt.Errorf("incident %s: %w", id, ErrNoIncident)
	}
	inc, seq := d.cases.Case(c)
	for conflicts := 0; ; {
		if !inc.Open() || inc.ID != id {
			return nil, fmt.Errorf("incident %s is closed: %w", id, ErrNoIncident)
		}
		facts, err := decide(inc)
		if err != nil || len(facts) == 0 {
			return inc, err
		}
		e := Entry{Case: c, Incident: id, At: time.Now(), By: by, Node: d.node, Facts: facts}
		if _, err := Apply(inc, Record{Entry: e, Seq: seq}); err != nil {
			return inc, err
		}
		rec, err := d.journal.Append(ctx, e, seq)
		if err == nil {
			d.cases.Absorb(rec)
			if inc, _ = d.cases.Case(c); inc != nil && inc.ID == id {
				d.teller.Tell(inc, intended(inc, rec))
			}
			return inc, nil
		}
		if conflicts++; !errors.Is(err, ErrConflict) || conflicts == maxConflicts {
			return inc, fmt.Errorf("append to incident %s: %w", id, err)
		}
		if inc, seq, err = reload(ctx, d.cases, c); err != nil {
			return inc, fmt.Errorf("reload incident %s: %w", id, err)
		}
	}
}

// changedSince reports whether something happened after a version that an
// operator must have seen before closing. Carriers' receipts are not that.
func (i *Incident) changedSince(version uint64) bool {
	return i.Moved > version
}

func wordsOf(text, what string) (string, error) {
	text = plain(text)
	if text == "" || len(text) > maxNote || !utf8.ValidString(text) {
		return "", fmt.Errorf("%s has 1 to %d bytes of text: %w", what, maxNote, ErrRefused)
	}
	return text, nil
}

// plain leaves out what steers a screen instead of being read: control
// characters but line ends, and marks that turn the direction of writing.
func plain(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case unicode.IsControl(r), r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069:
			return -1
		}
		return r
	}, s))
}
