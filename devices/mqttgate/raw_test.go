package mqttgate

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"

	"onekeyd/devices"
	"onekeyd/dispatch"
)

// shelf is a store in memory that a test can make fail or wait.
type shelf struct {
	mu      sync.Mutex
	presses []dispatch.Press // in the order of storing, retransmissions included
	fail    error
	hold    map[dispatch.DeviceID]chan struct{} // presses of a device wait for its channel
	entered chan dispatch.DeviceID              // told of each press that waits
	kept    chan dispatch.PressID               // told of each press that was handed in
}

func newShelf() *shelf {
	return &shelf{hold: map[dispatch.DeviceID]chan struct{}{}, entered: make(chan dispatch.DeviceID, 16),
		kept: make(chan dispatch.PressID, 64)}
}

func (s *shelf) PublishPress(ctx context.Context, p dispatch.Press) (devices.Stored, error) {
	s.mu.Lock()
	hold, fail := s.hold[p.Device], s.fail
	s.mu.Unlock()
	if hold != nil {
		s.entered <- p.Device
		select {
		case <-hold:
		case <-ctx.Done():
			return devices.Stored{}, ctx.Err()
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept <- p.ID
	s.presses = append(s.presses, p) // even a failing store may have kept it
	return devices.Stored{At: p.Received}, fail
}

func (s *shelf) setFail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail = err
}

func (s *shelf) all() []dispatch.Press {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]dispatch.Press(nil), s.presses...)
}

type counts struct {
	mu sync.Mutex
	n  map[string]int
}

func (c *counts) meter(protocol string, o devices.Outcome, _ time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n[protocol+" "+string(o)]++
}

func (c *counts) of(what string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.n[what]
}

const patience = 10 * time.Second

// run starts a gate and returns its address, its counts and a way to stop it,
// which is safe to leave to the end of the test.
func run(t *testing.T, s devices.Store, limits Limits, adm devices.Limits) (addr string, c *counts, stop func()) {
	t.Helper()
	_, addr, c, stop = runGate(t, s, limits, adm)
	return addr, c, stop
}

func runGate(t *testing.T, s devices.Store, limits Limits, adm devices.Limits) (g *Gate, addr string, c *counts, stop func()) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c = &counts{n: map[string]int{}}
	in := devices.NewIntake(s, devices.IntakeOptions{Meter: c.meter, Limits: adm})
	g = New(in, func(token string) bool { return token == "g8" }, limits, slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- g.Run(ctx, ln) }()
	stop = sync.OnceFunc(func() {
		cancel()
		select {
		case err := <-ended:
			if err != nil {
				t.Errorf("run: %v", err)
			}
		case <-time.After(patience):
			t.Error("the gate does not end")
		}
	})
	t.Cleanup(stop)
	return g, ln.Addr().String(), c, stop
}

// raw is a client that sends exactly what a test says.
type raw struct {
	t       *testing.T
	conn    net.Conn
	r       *bufio.Reader
	version byte
}

func dial(t *testing.T, addr string, version byte) *raw {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(patience))
	return &raw{t, c, bufio.NewReader(c), version}
}

func connect(t *testing.T, addr string, version byte, client string) *raw {
	t.Helper()
	c := dial(t, addr, version)
	if ack := c.hello(client, "g8"); ack.ReasonCode != 0 {
		t.Fatalf("connect: reason %#x", ack.ReasonCode)
	}
	return c
}

func (c *raw) hello(client, password string) packets.Packet {
	c.t.Helper()
	pk := packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Connect}, Connect: packets.ConnectParams{
		ProtocolName: []byte("MQTT"), ClientIdentifier: client, Keepalive: 60,
		UsernameFlag: true, Username: []byte("any"), PasswordFlag: true, Password: []byte(password),
		WillFlag: true, WillTopic: "press/D-will", WillPayload: []byte("{}"), WillQos: 1, WillRetain: true,
	}}
	if c.version == 5 {
		pk.Properties.SessionExpiryInterval, pk.Properties.SessionExpiryIntervalFlag = 3600, true
	}
	c.send(pk)
	return c.want(packets.Connack)
}

func (c *raw) send(pk packets.Packet) {
	c.t.Helper()
	pk.ProtocolVersion = c.version
	var buf bytes.Buffer
	var err error
	switch pk.FixedHeader.Type {
	case packets.Connect:
		err = pk.ConnectEncode(&buf)
	case packets.Publish:
		err = pk.PublishEncode(&buf)
	case packets.Pubrel:
		err = pk.PubrelEncode(&buf)
	case packets.Subscribe:
		err = pk.SubscribeEncode(&buf)
	case packets.Pingreq:
		err = pk.PingreqEncode(&buf)
	default:
		err = errors.New("not a packet tests send")
	}
	if err == nil {
		_, err = c.conn.Write(buf.Bytes())
	}
	if err != nil {
		c.t.Fatalf("send: %v", err)
	}
}

func (c *raw) publish(topic, payload string, qos byte, packet uint16, dup bool) {
	c.t.Helper()
	c.send(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Publish, Qos: qos, Dup: dup, Retain: true},
		TopicName: topic, Payload: []byte(payload), PacketID: packet})
}

// next returns the next packet, or the error that ended the connection.
func (c *raw) next() (packets.Packet, error) {
	var pk packets.Packet
	b, err := c.r.ReadByte()
	if err != nil {
		return pk, err
	}
	if err := pk.FixedHeader.Decode(b); err != nil {
		return pk, err
	}
	n, _, err := packets.DecodeLength(c.r)
	if err != nil {
		return pk, err
	}
	body := make([]byte, n)
	if _, err := io.ReadFull(c.r, body); err != nil {
		return pk, err
	}
	pk.FixedHeader.Remaining, pk.ProtocolVersion = n, c.version
	switch pk.FixedHeader.Type {
	case packets.Connack:
		err = pk.ConnackDecode(body)
	case packets.Puback:
		err = pk.PubackDecode(body)
	case packets.Pubrec:
		err = pk.PubrecDecode(body)
	case packets.Pubcomp:
		err = pk.PubcompDecode(body)
	case packets.Suback:
		err = pk.SubackDecode(body)
	case packets.Publish:
		err = pk.PublishDecode(body)
	case packets.Disconnect:
		err = pk.DisconnectDecode(body)
	}
	return pk, err
}

func (c *raw) want(kind byte) packets.Packet {
	c.t.Helper()
	pk, err := c.next()
	if err != nil {
		c.t.Fatalf("want packet of type %d: %v", kind, err)
	}
	if pk.FixedHeader.Type != kind {
		c.t.Fatalf("packet of type %d (reason %#x), want %d", pk.FixedHeader.Type, pk.ReasonCode, kind)
	}
	return pk
}

// wantClosed wants the connection to end without an acknowledgement.
func (c *raw) wantClosed() (disconnect byte) {
	c.t.Helper()
	for {
		pk, err := c.next()
		if ne, ok := errors.AsType[net.Error](err); ok && ne.Timeout() {
			c.t.Fatal("the connection stays open")
		}
		if err != nil {
			return disconnect
		}
		if pk.FixedHeader.Type != packets.Disconnect {
			c.t.Fatalf("packet of type %d, reason %#x; want none", pk.FixedHeader.Type, pk.ReasonCode)
		}
		disconnect = pk.ReasonCode
	}
}
