package mqttgate

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"onekeyd/dispatch"
)

const (
	pressTopic    = "press/"
	downlinkTopic = "downlink/"
)

// isPress reports whether a publish to topic is somebody's call for help.
func isPress(topic string) bool {
	return len(topic) > len(pressTopic) && strings.HasPrefix(topic, pressTopic)
}

// mayListen allows downlink/<device> and what is below it, never a wildcard in
// the device's place: what is said to a device says that its elder needs help.
func mayListen(filter string) bool {
	rest, ok := strings.CutPrefix(filter, downlinkTopic)
	if !ok {
		return false
	}
	device, _, _ := strings.Cut(rest, "/")
	return dispatch.CheckID(device) == nil
}

// pressOf reads a publish under press/. It never refuses: by the time it is
// asked, a key has been pressed, and the only question is what the desk is told.
func pressOf(topic string, payload []byte, received time.Time) dispatch.Press {
	name := strings.TrimPrefix(topic, pressTopic)
	device, defect := dispatch.DeviceID(name), ""
	if err := dispatch.CheckID(name); err != nil {
		device = standIn(name)
		defect = fmt.Sprintf("topic %.80q names no usable device: it %v", topic, err)
	}
	if len(bytes.TrimSpace(payload)) == 0 {
		payload = []byte("{}")
	}
	p := dispatch.ReadStoredPress(device, payload)
	if defect != "" {
		p.Defect = defect // the cause of whatever the payload's own device name clashes with
	}
	p.Received = received
	return p
}

// standIn is the id of a device whose own name cannot be one. It is the same at
// every press, so they join, and no registered device's name: it carries 64
// bits of the name's hash.
func standIn(name string) dispatch.DeviceID {
	sum := sha256.Sum256([]byte(name))
	return dispatch.DeviceID("mqtt-topic-" + hex.EncodeToString(sum[:8]))
}
