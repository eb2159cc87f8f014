package mqttgate

import (
	"context"
	"errors"
	"time"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"

	"onekeyd/devices"
)

const (
	protocol     = "mqtt"
	protocolQoS0 = "mqtt-qos0" // taken, but the device cannot know
)

// hook is what the broker asks at every step of a client. All its methods run
// in the goroutine of the client they are about.
type hook struct {
	mqtt.HookBase
	gate    *Gate
	broker  *mqtt.Server
	resends *resends
}

func (h *hook) ID() string { return "onekeyd" }

func (h *hook) Provides(b byte) bool {
	switch b {
	case mqtt.OnConnect, mqtt.OnConnectAuthenticate, mqtt.OnACLCheck, mqtt.OnPublish, mqtt.OnDisconnect:
		return true
	}
	return false
}

// OnConnect comes before the password is checked.
func (h *hook) OnConnect(cl *mqtt.Client, pk packets.Packet) error {
	cl.Properties.Will = mqtt.Will{}
	if len(pk.Connect.ClientIdentifier) > maxClient || pk.Connect.ClientIdentifier == mqtt.InlineClientId { // the latter is us
		return h.turnAway(cl, packets.ErrClientIdentifierNotValid)
	}
	if h.broker.Clients.Len() >= h.gate.limits.Sessions {
		if _, known := h.broker.Clients.Get(cl.ID); !known {
			return h.turnAway(cl, packets.ErrServerUnavailable)
		}
	}
	return nil
}

func (h *hook) turnAway(cl *mqtt.Client, why packets.Code) error {
	if err := h.broker.SendConnack(cl, why, false, nil); err != nil {
		return err
	}
	return why
}

func (h *hook) OnConnectAuthenticate(cl *mqtt.Client, pk packets.Packet) bool {
	if !h.gate.token(string(pk.Connect.Password)) {
		h.gate.intake.Refused(protocol, devices.Unauthorised, 0)
		h.gate.log.Warn("mqtt client refused: wrong password", "source", sourceOf(cl))
		return false
	}
	if c, ok := cl.Net.Conn.(*conn); ok {
		c.l.known(c)
	}
	return true
}

func (h *hook) OnACLCheck(cl *mqtt.Client, topic string, write bool) bool {
	if !write {
		return mayListen(topic) && (subscribed(cl, topic) || cl.State.Subscriptions.Len() < h.gate.limits.Subscriptions)
	}
	if isPress(topic) {
		return true
	}
	h.gate.intake.Refused(protocol, devices.Unauthorised, 0)
	h.gate.log.Warn("mqtt publish refused: not a press topic", "client", cl.ID, "source", sourceOf(cl))
	return false
}

// subscribed reports whether a client has this filter, or one for this topic: the
// broker asks again with each message, when the limit must not count.
func subscribed(cl *mqtt.Client, topic string) bool {
	if _, ok := cl.State.Subscriptions.Get(topic); ok {
		return true
	}
	_, below := cl.State.Subscriptions.Get(topic + "/#")
	return below
}

// OnPublish holds the acknowledgement back until the press is stored.
//
// The broker acknowledges after a nil error, and for a 3.1.1 client after any
// error except ErrRejectPacket (and CodeSuccessIgnore, which acknowledges too),
// so that one is what keeps us from saying "received". For an MQTT 5 client
// with QoS 1 a bare packets.Code is sent in the PUBACK.
func (h *hook) OnPublish(cl *mqtt.Client, pk packets.Packet) (packets.Packet, error) {
	if cl.Net.Inline {
		return pk, nil // our own words to a device
	}
	received := time.Now()
	p := pressOf(pk.TopicName, pk.Payload, received)
	qos := pk.FixedHeader.Qos
	key := sendKey{cl.ID, pk.PacketID}
	if p.ID == "" && qos > 0 {
		p.ID = h.resends.press(key, pk.FixedHeader.Dup, pk.TopicName, pk.Payload, received)
	}
	v5 := cl.Properties.ProtocolVersion == 5
	via := devices.Via{Protocol: protocol, Source: sourceOf(cl), MayThrottle: v5 && qos == 1}
	if qos == 0 {
		via.Protocol = protocolQoS0
	}
	receipt, err := h.gate.intake.Take(context.Background(), via, p)
	if err != nil {
		h.gate.log.Warn("press not taken", "device", p.Device, "press", p, "err", err)
		if errors.Is(err, devices.ErrThrottled) {
			return pk, packets.ErrQuotaExceeded
		}
		h.askAgain(cl, v5)
		return pk, packets.ErrRejectPacket
	}
	h.resends.answered(key, receipt.Press, time.Now())
	pk.Ignore = true // no client may hear of another's press
	pk.FixedHeader.Retain = false
	return pk, nil
}

// askAgain makes the client connect again, upon which it sends what was not
// acknowledged.
func (h *hook) askAgain(cl *mqtt.Client, v5 bool) {
	if v5 {
		_ = h.broker.DisconnectClient(cl, packets.ErrServerBusy) // returns the code it sends
		return
	}
	cl.Stop(packets.ErrServerBusy) // 3.1.1 knows no DISCONNECT from a server
}

func (h *hook) OnDisconnect(cl *mqtt.Client, err error, _ bool) {
	if errors.Is(err, packets.ErrPacketTooLarge) {
		h.gate.intake.Refused(protocol, devices.Malformed, 0)
		h.gate.log.Warn("mqtt client disconnected: packet too large", "client", cl.ID, "source", sourceOf(cl))
	}
}

// sweep forgets old publishes once a minute until ctx ends.
func (h *hook) sweep(ctx context.Context) {
	t := time.NewTicker(time.Minute)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-t.C:
			h.resends.sweep(now)
		}
	}
}

func sourceOf(cl *mqtt.Client) string {
	if c, ok := cl.Net.Conn.(*conn); ok {
		return c.source
	}
	return cl.Net.Remote
}
