// Package downlink lets the elder hear what becomes of their call.
//
// # Promise
//
// What is said is what the journal knows (dispatch.AssuranceOf), and never
// before it is on stable storage. Nothing here holds up a press: whoever feeds
// the [Follower] never waits, what is superseded is dropped, and what cannot be
// said is given up after a few seconds and counted.
//
// # What a device hears
//
// One JSON object a state; NATS subject downlink.<device>, MQTT topic
// downlink/<device> (QoS 1, retained), or GET /v1/downlink/<device>:
//
//	{"device":"D-1","incident":"20261121-abcdefghij","code":"37","stage":"coming",
//	 "text":"张敏正在赶来，约3分钟。请不要着急。","resp":"张敏","minutes":3,
//	 "language":"zh","at":"2026-11-21T06:32:07Z","seq":4711,"final":false}
//
//	stage     received, dispatching, coming, arrived, ended. It may go back: who
//	          was coming can be lost
//	text      to be spoken or shown as it is: at most 60 characters, in language,
//	          without telephone numbers or anything of the elder's health
//	resp      who is coming or there, as the text names them; minutes: until then
//	at, seq   of the fact behind it. Of one incident, what has a lower seq than
//	          what was heard already is old
//	final     nothing follows but another incident
//
// An empty payload takes back what was said: no call is open. It comes ten
// minutes after the final state, or without one if the end was never heard here.
// A listener believes only an object that names the device it listens for.
//
// A state is said again when the key is pressed again, and, over NATS, once
// after a daemon has started, when listeners are back. Whoever comes later still
// has MQTT's retained state, or asks over HTTP.
//
// # Who speaks
//
// Every node follows the whole journal, so each knows all states by itself and
// nothing has to be stored: a node tells those who are connected to it
// ([Options].Local), and what all nodes' listeners hear together
// ([Options].Shared) is said by the node that appended the fact. Should that one
// die between the two, one state is not said, and the next one is.
//
// # When it is full
//
// A device has one place a speaker, and the newest state is in it. Beyond
// [maxDevices] devices with a call, or with states waiting, further devices are
// not told, which is counted as "full".
//
// # Concurrency
//
// [Follower.Run] owns a few goroutines a speaker and waits for them. One
// device's states are said one after another, newest wins; devices do not wait
// for each other, except for a free goroutine. Locks: Follower.mu before lane.mu.
package downlink
