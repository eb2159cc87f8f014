// Package mqttgate takes presses over MQTT 3.1.1 and 5, on a listener of its own,
// and tells devices what becomes of them.
//
// # Promise
//
// The acknowledgement of a publish (PUBACK, or PUBREC for QoS 2) is written
// only after the press is on stable storage. Whoever may publish under press/
// is heard: a payload that makes no sense, or a topic whose last level cannot
// be a device's id, still becomes a press, with its defect named for the desk,
// since behind it somebody has pressed a key.
//
// # What a device sends
//
//	topic    press/<device>
//	payload  the JSON of a press, in which "device" may be left out; or nothing at all: an SOS
//	QoS      1. QoS 2 is taken too, and stored before its PUBREC. QoS 0 has no
//	         acknowledgement, so its sender can never know; it is taken and
//	         counted apart (protocol "mqtt-qos0").
//	user     any user name; the password is the gateway token
//
// A client may publish under press/ and subscribe to downlink/<device>, nothing
// else. Retain flags and last wills are ignored: a press is not a state, and a
// connection that breaks is not a press.
//
// # What a device hears
//
// On downlink/<device>, QoS 1 and retained, the states of its elder's call as
// package downlink describes them. Whoever has the gateway token may listen to
// any device, one by one; wildcards in the device's place are refused, and only
// we publish there. A client that does not read loses messages and nothing else:
// 64 wait for it, and what a disconnected session may keep is bounded too.
//
// # When storage cannot promise
//
// No acknowledgement is sent and the connection is closed, for MQTT 5 after a
// DISCONNECT "server busy" (0x89). Both are needed: a client sends an
// unacknowledged publish again only after it has connected again (MQTT-4.4.0-1),
// and a PUBACK with an error code would end the matter for an MQTT 5 client
// (MQTT-4.4.0-2). A press that is not red and comes too fast is answered with
// PUBACK "quota exceeded" (0x97) on MQTT 5 with QoS 1; the others have no word
// for it, so there it is taken.
//
// # Identity
//
// A press is the same as an earlier one if its JSON carries the same "id" (of
// the same device). Without an id, a publish whose DUP flag is set, with the
// packet id, topic and payload of one that the same client sent within
// [Unanswered] and we have not acknowledged, or acknowledged no longer ago than
// [Answered], is that press again. Everything else is a press of its own: packet
// ids start again with each session and an SOS has no content, so anything
// cleverer would some day swallow a second press. What is remembered is in
// memory: a publish repeated across a restart of the daemon is a repeat press
// that joins the open incident.
//
// # Concurrency
//
// [Gate.Say] may be called from any goroutine, at any time, and waits for nobody.
// [Gate.Run] owns everything it starts and returns when all of it has ended.
// Each connection is read by a goroutine of its own, which waits for storage of
// one press before it reads the next: a slow store holds up a connection's own
// later presses and no other connection. Connections that have not yet given a
// good password are few per address and live ten seconds at most; when the gate
// is full, new ones are closed at once, those inside stay. At the end of the
// context no packet is read any more, and what was being stored is still
// acknowledged.
package mqttgate
