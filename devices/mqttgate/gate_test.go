package mqttgate

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"

	"onekeyd/devices"
	"onekeyd/dispatch"
)

var versions = map[string]byte{"3.1.1": 4, "5": 5}

func bothVersions(t *testing.T, test func(t *testing.T, version byte)) {
	for name, v := range versions {
		t.Run(name, func(t *testing.T) { test(t, v) })
	}
}

func TestAcknowledgedOnlyAfterStorage(t *testing.T) {
	for _, qos := range []byte{1, 2} {
		t.Run(fmt.Sprint("QoS ", qos), func(t *testing.T) {
			bothVersions(t, func(t *testing.T, version byte) {
				s := newShelf()
				s.hold["D-1"] = make(chan struct{})
				addr, _, _ := run(t, s, Limits{}, devices.Limits{})
				c := connect(t, addr, version, "c")
				c.publish("press/D-1", "", qos, 7, false)
				<-s.entered
				c.conn.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
				if pk, err := c.next(); err == nil {
					t.Fatalf("packet of type %d before the press was stored", pk.FixedHeader.Type)
				}
				c.conn.SetReadDeadline(time.Now().Add(patience))
				close(s.hold["D-1"])
				if qos == 1 {
					c.want(packets.Puback)
				} else {
					c.want(packets.Pubrec)
					c.send(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Pubrel, Qos: 1}, PacketID: 7})
					c.want(packets.Pubcomp)
				}
				got := s.all()
				if len(got) != 1 || got[0].Device != "D-1" || got[0].Kind != dispatch.SOS || got[0].ID == "" || got[0].Defect != "" {
					t.Fatalf("stored %+v", got)
				}
			})
		})
	}
}

// The whole point: what is not stored is not acknowledged, the client is made
// to send it again, and then it is the same press.
func TestFailingStore(t *testing.T) {
	for _, qos := range []byte{0, 1, 2} {
		t.Run(fmt.Sprint("QoS ", qos), func(t *testing.T) {
			bothVersions(t, func(t *testing.T, version byte) {
				s := newShelf()
				s.setFail(errors.New("disk full"))
				addr, counts, _ := run(t, s, Limits{}, devices.Limits{})
				c := connect(t, addr, version, "c")
				packet := uint16(7)
				if qos == 0 {
					packet = 0
				}
				c.publish("press/D-1", "", qos, packet, false)
				code := c.wantClosed()
				if want := map[byte]byte{4: 0, 5: 0x89}[version]; code != want {
					t.Errorf("disconnected with %#x, want %#x", code, want)
				}
				protocol := map[byte]string{0: "mqtt-qos0", 1: "mqtt", 2: "mqtt"}[qos]
				if n := counts.of(protocol + " unstored"); n != 1 {
					t.Errorf("%d counted as unstored", n)
				}
				if qos == 0 {
					return
				}
				s.setFail(nil)
				c = dial(t, addr, version)
				if ack := c.hello("c", "g8"); !ack.SessionPresent {
					t.Error("the session is gone, so an MQTT 5 client forgets its press")
				}
				c.publish("press/D-1", "", qos, packet, true)
				c.want(map[byte]byte{1: packets.Puback, 2: packets.Pubrec}[qos])
				got := s.all()
				if len(got) != 2 || got[0].ID != got[1].ID {
					t.Errorf("retransmission is another press: %+v", got)
				}
			})
		})
	}
}

func TestSlowStoreHoldsUpNobodyElse(t *testing.T) {
	s := newShelf()
	s.hold["D-1"] = make(chan struct{})
	addr, _, _ := run(t, s, Limits{}, devices.Limits{})
	slow, quick := connect(t, addr, 4, "slow"), connect(t, addr, 4, "quick")
	slow.publish("press/D-1", "", 1, 1, false)
	<-s.entered
	quick.publish("press/D-2", "", 1, 1, false)
	quick.want(packets.Puback)
	close(s.hold["D-1"])
	slow.want(packets.Puback)
}

func TestStopStillAcknowledgesWhatIsBeingStored(t *testing.T) {
	s := newShelf()
	s.hold["D-1"] = make(chan struct{})
	addr, _, stop := run(t, s, Limits{}, devices.Limits{})
	c, idle, mute := connect(t, addr, 4, "c"), connect(t, addr, 5, "idle"), dial(t, addr, 4)
	c.publish("press/D-1", "", 1, 1, false)
	<-s.entered
	stopped := make(chan struct{})
	go func() { stop(); close(stopped) }()
	idle.wantClosed()
	mute.wantClosed()
	close(s.hold["D-1"])
	c.want(packets.Puback)
	c.wantClosed()
	<-stopped
	if _, err := net.Dial("tcp", addr); err == nil {
		t.Error("still listening")
	}
}

func TestPassword(t *testing.T) {
	bothVersions(t, func(t *testing.T, version byte) {
		s := newShelf()
		addr, counts, _ := run(t, s, Limits{}, devices.Limits{})
		c := dial(t, addr, version)
		if ack := c.hello("c", "g9"); ack.ReasonCode != map[byte]byte{4: 5, 5: 0x86}[version] {
			t.Errorf("reason %#x", ack.ReasonCode)
		}
		c.wantClosed()
		if counts.of("mqtt unauthorised") != 1 || len(s.all()) != 0 {
			t.Error("not counted, or a press of nobody stored")
		}
	})
}

func TestTopics(t *testing.T) {
	bothVersions(t, func(t *testing.T, version byte) {
		s := newShelf()
		addr, counts, _ := run(t, s, Limits{}, devices.Limits{})
		for i, topic := range []string{"press", "press/", "Press/D-1", "downlink/D-1", "a/press/D-1", "$SYS/x"} {
			c := connect(t, addr, version, fmt.Sprint("c", i))
			c.publish(topic, "", 1, 1, false)
			switch {
			case topic == "$SYS/x": // the broker drops it without a word
			case version == 5:
				if ack := c.want(packets.Puback); ack.ReasonCode != 0x87 {
					t.Errorf("%s: reason %#x", topic, ack.ReasonCode)
				}
			default:
				c.wantClosed()
			}
		}
		if n := counts.of("mqtt unauthorised"); n != 5 || len(s.all()) != 0 {
			t.Errorf("%d refusals, stored %v", n, s.all())
		}
	})
}

func TestSubscriptions(t *testing.T) {
	bothVersions(t, func(t *testing.T, version byte) {
		addr, _, _ := run(t, newShelf(), Limits{Subscriptions: 2}, devices.Limits{})
		c := connect(t, addr, version, "c")
		filters := []struct {
			filter string
			ok     bool
		}{
			{"downlink/D-1", true}, {"downlink/+", false}, {"downlink/#", false}, {"#", false}, {"press/D-1", false},
			{"$SYS/#", false}, {"$share/g/downlink/D-1", false}, {"downlink/D-2/#", true}, {"downlink/D-3", false},
		}
		pk := packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Subscribe, Qos: 1}, PacketID: 3}
		for _, f := range filters {
			pk.Filters = append(pk.Filters, packets.Subscription{Filter: f.filter, Qos: 1})
		}
		c.send(pk)
		ack := c.want(packets.Suback)
		for i, f := range filters {
			if got := ack.ReasonCodes[i] < 0x80; got != f.ok {
				t.Errorf("%s: reason %#x", f.filter, ack.ReasonCodes[i])
			}
		}
	})
}

func TestWhoSendsTooFast(t *testing.T) {
	s := newShelf()
	addr, _, _ := run(t, s, Limits{}, devices.Limits{Burst: 1, Every: time.Hour})
	for version, want := range map[byte]byte{4: 0, 5: 0x97} {
		c := connect(t, addr, version, fmt.Sprint("c", version))
		topic := fmt.Sprint("press/D-", version)
		for i, step := range []struct {
			payload string
			want    byte
		}{{`{"kind":"service"}`, 0}, {`{"kind":"service"}`, want}, {`{"kind":"sos"}`, 0}, {``, 0}} {
			c.publish(topic, step.payload, 1, uint16(i+1), false)
			if ack := c.want(packets.Puback); ack.ReasonCode != step.want {
				t.Errorf("version %d, press %d: reason %#x, want %#x", version, i, ack.ReasonCode, step.want)
			}
		}
	}
	if n := len(s.all()); n != 7 {
		t.Errorf("%d stored, want 7", n)
	}
}

func TestIdentity(t *testing.T) {
	s := newShelf()
	addr, _, _ := run(t, s, Limits{}, devices.Limits{})
	c := connect(t, addr, 4, "c")
	for i, step := range []struct {
		payload string
		packet  uint16
		dup     bool
		same    int // as which earlier step, or -1
	}{
		{"", 1, false, -1},
		{"", 1, true, 0},                 // its retransmission
		{"", 1, false, -1},               // the packet id used again: a new press
		{"", 1, true, 2},                 //
		{`{"kind":"fall"}`, 1, true, -1}, // not what was sent before
		{"", 2, true, -1},                // the first time never arrived
		{`{"id":"k7"}`, 3, false, -1},    //
		{`{"id":"k7"}`, 4, false, 6},     // the device's own id decides
	} {
		c.publish("press/D-1", step.payload, 1, step.packet, step.dup)
		c.want(packets.Puback)
		got := s.all()
		for j, q := range got[:i] {
			want := step.same >= 0 && got[step.same].ID == q.ID
			if (q.ID == got[i].ID) != want {
				t.Errorf("step %d has id %s, step %d has %s", i, got[i].ID, j, q.ID)
			}
		}
	}
	other := connect(t, addr, 4, "other")
	other.publish("press/D-1", "", 1, 1, true)
	other.want(packets.Puback)
	if got := s.all(); got[len(got)-1].ID == got[2].ID {
		t.Error("another client's packet id was taken for this one's")
	}
}

func TestSecondConnectionTakesOver(t *testing.T) {
	bothVersions(t, func(t *testing.T, version byte) {
		addr, _, _ := run(t, newShelf(), Limits{}, devices.Limits{})
		first := connect(t, addr, version, "c")
		second := connect(t, addr, version, "c")
		for { // 3.1.1 gets a packet it does not know before the end
			if _, err := first.next(); err != nil {
				break
			}
		}
		second.publish("press/D-1", "", 1, 1, false)
		second.want(packets.Puback)
	})
}

func TestRoom(t *testing.T) {
	addr, _, _ := run(t, newShelf(), Limits{Clients: 2, Sessions: 3, Fresh: 3, FreshPerSource: 2}, devices.Limits{})
	mute := []*raw{dial(t, addr, 4), dial(t, addr, 4)}
	third := dial(t, addr, 4)
	third.wantClosed()
	mute[0].conn.Close()
	mute[1].hello("a", "g8")
	b := connect(t, addr, 4, "b")
	full := dial(t, addr, 5)
	if ack := full.hello("c", "g8"); ack.ReasonCode != 0x89 {
		t.Errorf("third client: reason %#x", ack.ReasonCode)
	}
	full.wantClosed()
	b.publish("press/D-1", "", 1, 1, false)
	b.want(packets.Puback)
}

func TestNonsenseHarmsNobody(t *testing.T) {
	s := newShelf()
	addr, counts, _ := run(t, s, Limits{}, devices.Limits{})
	good := connect(t, addr, 4, "good")
	for _, bytes := range []string{"GET / HTTP/1.1\r\n\r\n", "\x10\x00", "\x10\xff\xff\xff\x7f", "\xf0\x00", "\x10\x0c\x00\x04MQTT\x04\x00\x00\x3c\x00\x00"} {
		c := dial(t, addr, 4)
		c.conn.Write([]byte(bytes))
		for {
			if _, err := c.next(); err != nil {
				break
			}
		}
	}
	big := connect(t, addr, 5, "big")
	big.publish("press/D-1", strings.Repeat("x", maxPacket), 1, 1, false)
	big.wantClosed()
	good.publish("press/D-1", strings.Repeat("x", dispatch.MaxPress+1), 1, 1, false)
	good.want(packets.Puback)
	got := s.all()
	if len(got) != 1 || got[0].Device != "D-1" || !strings.Contains(got[0].Defect, "(body)") {
		t.Errorf("stored %+v", got)
	}
	if counts.of("mqtt malformed") != 1 {
		t.Error("the packet that was too large is not counted")
	}
}
