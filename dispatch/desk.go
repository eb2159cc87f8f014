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

// Desk carries out what operators command. Each command names the version it
// was given on where acting on an old picture would do harm; the loser of a
// race gets [ErrStale] or [ErrRefused] with the winner's name, and the incident
// as it is now.
type Desk struct {
	journal Journal
	cases   Cases
	teller  Teller
	node    NodeID
	find    func(IncidentID) (CaseID, bool)
}

// NewDesk makes one; find tells the case of an open incident.
func NewDesk(j Journal, c Cases, t Teller, node NodeID, find func(IncidentID) (CaseID, bool)) *Desk {
	return &Desk{journal: j, cases: c, teller: t, node: node, find: find}
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

// Note adds an operator's words to the timeline.
func (d *Desk) Note(ctx context.Context, id IncidentID, operator, text string) (*Incident, error) {
	text = plain(text)
	if text == "" || len(text) > maxNote || !utf8.ValidString(text) {
		return nil, fmt.Errorf("a note has 1 to %d bytes of text: %w", maxNote, ErrRefused)
	}
	return d.act(ctx, id, "operator "+operator, func(*Incident) ([]Fact, error) {
		return []Fact{Noted{Operator: operator, Text: text}}, nil
	})
}

// Close ends the incident. Version must be the newest the operator could have
// seen of what matters: a repeat press since then refuses with [ErrStale].
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
	return d.act(ctx, id, "operator "+operator, func(inc *Incident) ([]Fact, error) {
		if inc.changedSince(version) {
			return nil, fmt.Errorf("somebody pressed again or acted since this was shown: %w", ErrStale)
		}
		return []Fact{Closed{Operator: operator, Disposition: how, Note: note}}, nil
	})
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
			if inc, _ = d.cases.Case(c); inc.Open() {
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
