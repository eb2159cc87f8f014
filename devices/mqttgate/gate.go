package mqttgate

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"net"
	"time"

	mqtt "github.com/mochi-mqtt/server/v2"

	"onekeyd/devices"
	"onekeyd/devices/downlink"
	"onekeyd/dispatch"
)

// Limits keep one client from harming the others. The zero value of each means
// its default.
type Limits struct {
	// Clients connected at once; 20,000, at about 20 kB each.
	Clients int
	// Sessions kept, connected or not; 50,000. A session is kept for a day, so
	// that a device's unacknowledged press survives its reconnection.
	Sessions int
	// Fresh connections, without a good password yet; 1,000, and FreshPerSource
	// of them from one address; 100. A district that comes back after a power
	// cut behind one address connects again within seconds all the same.
	Fresh, FreshPerSource int
	// Subscriptions of one client; 1,000: a gateway's devices.
	Subscriptions int
}

func (l Limits) orDefaults() Limits {
	def := func(v *int, d int) {
		if *v <= 0 {
			*v = d
		}
	}
	def(&l.Clients, 20_000)
	def(&l.Sessions, 50_000)
	def(&l.Fresh, 1_000)
	def(&l.FreshPerSource, 100)
	def(&l.Subscriptions, 1_000)
	return l
}

const (
	sessionTime = 24 * time.Hour
	// maxPacket leaves room for the topic and MQTT 5 properties around a press.
	maxPacket = 4 * dispatch.MaxPress
	maxClient = 256 // bytes of a client id
)

// Gate is an MQTT broker that takes presses, and tells devices what becomes of them.
type Gate struct {
	intake *devices.Intake
	token  func(string) bool
	log    *slog.Logger
	limits Limits
	broker *mqtt.Server
}

// New returns a gate that lets in whoever's password satisfies token, which must
// compare in constant time and not block.
func New(intake *devices.Intake, token func(string) bool, limits Limits, log *slog.Logger) *Gate {
	g := &Gate{intake: intake, token: token, limits: limits.orDefaults(), log: log.With("component", "mqttgate")}
	caps := mqtt.NewDefaultServerCapabilities()
	caps.MaximumClients = int64(g.limits.Clients)
	caps.MaximumSessionExpiryInterval = uint32(sessionTime / time.Second)
	caps.MaximumPacketSize = maxPacket
	caps.MaximumClientWritesPending = 64
	caps.MaximumInflight = 1024
	caps.ReceiveMaximum = 256
	// The broker checks permission before it looks up an alias, so with aliases
	// the check would be on an empty topic.
	caps.TopicAliasMaximum = 0
	caps.SharedSubAvailable = 0

	g.broker = mqtt.New(&mqtt.Options{
		Capabilities: caps,
		// The broker logs whole packets: positions, passwords. What matters of
		// what it has to say the hook hears and says itself.
		Logger:                 slog.New(slog.DiscardHandler),
		SysTopicResendInterval: math.MaxInt32, // statistics for subscribers that nobody may be
		InlineClient:           true,          // it is who speaks on downlink topics
	})
	return g
}

// Say implements [downlink.Speaker]: it retains the message for subscribers that
// come later, and leaves it with those that are there. It never waits for a
// client: one whose queue is full misses it. A gate that does not run yet, or
// no more, only retains.
func (g *Gate) Say(_ context.Context, d dispatch.DeviceID, m downlink.Message) error {
	if err := g.broker.Publish(downlinkTopic+string(d), m.Payload(), true, 1); err != nil {
		return fmt.Errorf("publish downlink of device %s: %w", d, err)
	}
	return nil
}

// Run serves ln until ctx ends, and closes it. Presses that are being stored
// then are still acknowledged. TLS is a listener's business: pass one that does it.
// It can be called once.
func (g *Gate) Run(ctx context.Context, ln net.Listener) error {
	broker := g.broker
	hook := &hook{gate: g, broker: broker, resends: newResends()}
	if err := broker.AddHook(hook, nil); err != nil {
		return fmt.Errorf("add hook to MQTT broker: %w", err)
	}
	l := newListener(ln, g.limits, g.log)
	if err := broker.AddListener(l); err != nil {
		return fmt.Errorf("add listener to MQTT broker: %w", err)
	}
	if err := broker.Serve(); err != nil {
		return fmt.Errorf("serve MQTT on %s: %w", ln.Addr(), err)
	}
	hook.sweep(ctx)
	if err := broker.Close(); err != nil {
		return fmt.Errorf("close MQTT broker: %w", err)
	}
	return nil
}
