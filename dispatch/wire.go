package dispatch

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"
)

// entryVersion is written into every entry. A reader refuses a newer one: it
// could not know what it leaves out. Older ones are read for ever.
const entryVersion = 1

type entryWire struct {
	V        int        `json:"v"`
	Incident IncidentID `json:"incident"`
	At       time.Time  `json:"at"`
	By       string     `json:"by"`
	Node     NodeID     `json:"node"`
	Facts    []factWire `json:"facts"`
}

type factWire struct {
	Type FactType        `json:"type"`
	Data json.RawMessage `json:"data"`
}

// EncodeEntry is the journal's form of an entry; the case is its subject. The
// envelope is written by hand around the facts: encoding/json would read and
// copy each of them a second time, on the way of every press.
func EncodeEntry(e Entry) ([]byte, error) {
	head, err := json.Marshal(entryWire{V: entryVersion, Incident: e.Incident, At: e.At.UTC(), By: e.By, Node: e.Node})
	if err != nil {
		return nil, fmt.Errorf("encode entry of incident %s: %w", e.Incident, err)
	}
	out := bytes.TrimSuffix(head, []byte("null}")) // what is left open is "facts":
	out = append(out, '[')
	for n, f := range e.Facts {
		data, err := json.Marshal(f)
		if err != nil {
			return nil, fmt.Errorf("encode fact %s of incident %s: %w", f.Type(), e.Incident, err)
		}
		if n > 0 {
			out = append(out, ',')
		}
		out = append(append(out, `{"type":"`...), f.Type()...)
		out = append(append(out, `","data":`...), data...)
		out = append(out, '}')
	}
	return append(out, "]}"...), nil
}

// DecodeEntry reads an entry of any version there has been.
func DecodeEntry(c CaseID, data []byte) (Entry, error) {
	var w entryWire
	if err := json.Unmarshal(data, &w); err != nil {
		return Entry{}, fmt.Errorf("decode entry of case %s: %w", c, err)
	}
	if w.V < 1 || w.V > entryVersion {
		return Entry{}, fmt.Errorf("decode entry of case %s: version %d, this build reads 1 to %d", c, w.V, entryVersion)
	}
	e := Entry{Case: c, Incident: w.Incident, At: w.At, By: w.By, Node: w.Node, Facts: make([]Fact, 0, len(w.Facts))}
	for _, fw := range w.Facts {
		f, err := decodeFact(fw)
		if err != nil {
			return Entry{}, fmt.Errorf("decode fact %q of incident %s: %w", fw.Type, w.Incident, err)
		}
		e.Facts = append(e.Facts, f)
	}
	return e, nil
}

func decodeFact(w factWire) (Fact, error) {
	switch w.Type {
	case FactRaised:
		return read(w.Data, Raised{})
	case FactJoined:
		return read(w.Data, Joined{})
	case FactDispatched:
		return read(w.Data, Dispatched{})
	case FactAlerted:
		return read(w.Data, Alerted{})
	case FactRetaken:
		return read(w.Data, Retaken{})
	case FactReported:
		return read(w.Data, Reported{})
	case FactReplied:
		return read(w.Data, Replied{})
	case FactSeen:
		return read(w.Data, Seen{})
	case FactAcknowledged:
		return read(w.Data, Acknowledged{})
	case FactNoted:
		return read(w.Data, Noted{})
	case FactEscalated:
		return read(w.Data, Escalated{})
	case FactCalled:
		return read(w.Data, Called{})
	case FactComing:
		return read(w.Data, Coming{})
	case FactBackup:
		return read(w.Data, Backup{})
	case FactTakenOver:
		return read(w.Data, TakenOver{})
	case FactProposed:
		return read(w.Data, Proposed{})
	case FactRevealed:
		return read(w.Data, Revealed{})
	case FactGathered:
		return read(w.Data, Gathered{})
	case FactClosed:
		return read(w.Data, Closed{})
	}
	if assignmentFact(w.Type) {
		m, err := read(w.Data, Moved{})
		if err != nil {
			return nil, err
		}
		moved := m.(Moved)
		moved.What = w.Type
		return moved, nil
	}
	return nil, fmt.Errorf("this build does not know it")
}

func read[F Fact](data []byte, f F) (Fact, error) {
	err := json.Unmarshal(data, &f)
	return f, err
}
