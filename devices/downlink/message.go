package downlink

import (
	"context"
	"encoding/json"
	"time"

	"onekeyd/dispatch"
)

// Speaker says a state to a device, in the device's own way. The follower calls
// it again after an error, for a few seconds; one that does not serve the device
// returns nil. It must return when ctx ends.
type Speaker interface {
	Say(context.Context, dispatch.DeviceID, Message) error
}

// Message is a state as a device hears it; see the package comment. One without
// a stage takes back what was said.
type Message struct {
	Device   dispatch.DeviceID   `json:"device"`
	Incident dispatch.IncidentID `json:"incident"`
	Code     string              `json:"code,omitempty"`
	Stage    dispatch.Stage      `json:"stage"`
	Text     string              `json:"text"`
	Resp     string              `json:"resp,omitempty"`
	Minutes  int                 `json:"minutes,omitempty"`
	Language string              `json:"language"`
	At       time.Time           `json:"at"`
	Seq      uint64              `json:"seq"`
	Final    bool                `json:"final"`
}

// Nothing reports whether the message only takes back what was said.
func (m Message) Nothing() bool { return m.Stage == "" }

// Payload is what goes over the wire: JSON, or nothing.
func (m Message) Payload() []byte {
	if m.Nothing() {
		return nil
	}
	data, err := json.Marshal(m)
	if err != nil { // strings, numbers and a time of this century
		panic("encode downlink: " + err.Error())
	}
	return data
}

// messageTo is an assurance as a device hears it; at and seq are of the fact behind it.
func messageTo(d dispatch.DeviceID, a dispatch.Assurance, at time.Time, seq uint64) Message {
	text, who, language := words(a)
	return Message{
		Device: d, Incident: a.Incident, Code: a.Code, Stage: a.Stage, Text: text, Resp: who, Minutes: a.Minutes, Language: language,
		At: at.UTC(), Seq: seq, Final: a.Stage == dispatch.StageEnded,
	}
}
