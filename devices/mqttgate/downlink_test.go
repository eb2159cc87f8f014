package mqttgate

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"testing"
	"time"

	"github.com/eclipse/paho.golang/paho"
	"github.com/google/go-cmp/cmp"
	"github.com/mochi-mqtt/server/v2/packets"

	mqtt3 "github.com/eclipse/paho.mqtt.golang"

	"onekeyd/devices"
	"onekeyd/devices/downlink"
	"onekeyd/dispatch"
)

func coming(d dispatch.DeviceID, minutes int) downlink.Message {
	return downlink.Message{Device: d, Incident: "i-1", Stage: dispatch.StageComing, Text: "张敏正在赶来", Resp: "张敏", Minutes: minutes,
		Language: "zh", At: time.Date(2026, 11, 21, 6, 32, 7, 0, time.UTC), Seq: 7}
}

func (c *raw) subscribe(filter string, packet uint16) byte {
	c.t.Helper()
	c.send(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Subscribe, Qos: 1}, PacketID: packet, Filters: packets.Subscriptions{{Filter: filter, Qos: 1}}})
	return c.want(packets.Suback).ReasonCodes[0]
}

// settled returns when the broker has done all that was asked: after the answer
// to a subscription it still looks for what is retained.
func (c *raw) settled() {
	c.t.Helper()
	c.send(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Pingreq}})
	c.want(packets.Pingresp)
}

// retained counts what is kept for devices; the broker keeps words on itself too.
func retained(g *Gate) int {
	return len(g.broker.Topics.Messages("downlink/#"))
}

func (c *raw) wantMessage(want downlink.Message) packets.Packet {
	c.t.Helper()
	pk := c.want(packets.Publish)
	var got downlink.Message
	if err := json.Unmarshal(pk.Payload, &got); err != nil {
		c.t.Fatalf("heard %q: %v", pk.Payload, err)
	}
	if diff := cmp.Diff(want, got); diff != "" || pk.TopicName != "downlink/"+string(want.Device) || pk.FixedHeader.Qos != 1 {
		c.t.Fatalf("heard on %s with QoS %d:\n%s", pk.TopicName, pk.FixedHeader.Qos, diff)
	}
	return pk
}

func say(t *testing.T, g *Gate, m downlink.Message) {
	t.Helper()
	if err := g.Say(t.Context(), m.Device, m); err != nil {
		t.Fatal(err)
	}
}

func TestDownlinkIsHeardNowAndByWhoComesLater(t *testing.T) {
	bothVersions(t, func(t *testing.T, version byte) {
		g, addr, _, _ := runGate(t, newShelf(), Limits{}, devices.Limits{})
		there, other := connect(t, addr, version, "there"), connect(t, addr, version, "other")
		there.subscribe("downlink/D-1", 1)
		other.subscribe("downlink/D-2", 1)
		there.settled()
		say(t, g, coming("D-1", 3))
		if pk := there.wantMessage(coming("D-1", 3)); pk.FixedHeader.Retain {
			t.Error("news has the flag of old news")
		}
		say(t, g, coming("D-1", 2))
		there.wantMessage(coming("D-1", 2))

		late := connect(t, addr, version, "late")
		late.subscribe("downlink/D-1", 1)
		if pk := late.wantMessage(coming("D-1", 2)); !pk.FixedHeader.Retain {
			t.Error("old news without the flag")
		}
		say(t, g, downlink.Message{Device: "D-1"})
		for _, c := range []*raw{there, late} {
			if pk := c.want(packets.Publish); len(pk.Payload) != 0 {
				t.Errorf("taken back with %q", pk.Payload)
			}
		}
		// Nothing is retained any more, and nothing of D-1 reached who listens to D-2.
		for _, c := range []*raw{connect(t, addr, version, "last"), other} {
			c.subscribe("downlink/D-1", 9)
			c.settled()
		}
		if n := retained(g); n != 0 {
			t.Errorf("%d messages are retained", n)
		}
	})
}

// What is said before the gate listens is there for the first who comes.
func TestDownlinkBeforeTheGateRuns(t *testing.T) {
	g := New(nil, nil, Limits{}, slog.New(slog.DiscardHandler))
	say(t, g, coming("D-1", 3))
	if n := retained(g); n != 1 {
		t.Errorf("%d messages are retained", n)
	}
}

func TestOnlyWePublishDownlinks(t *testing.T) {
	bothVersions(t, func(t *testing.T, version byte) {
		s := newShelf()
		g, addr, counts, _ := runGate(t, s, Limits{}, devices.Limits{})
		device := connect(t, addr, version, "device")
		device.subscribe("downlink/D-1", 1)
		device.settled()
		liar := connect(t, addr, version, "liar")
		liar.publish("downlink/D-1", `{"stage":"coming"}`, 1, 1, false) // raw sets retain
		if version == 5 {
			if ack := liar.want(packets.Puback); ack.ReasonCode != 0x87 {
				t.Errorf("reason %#x", ack.ReasonCode)
			}
		} else {
			liar.wantClosed()
		}
		say(t, g, coming("D-1", 3))
		device.wantMessage(coming("D-1", 3)) // and nothing before it
		if counts.of("mqtt unauthorised") != 1 || len(s.all()) != 0 {
			t.Errorf("%d refusals, %d presses", counts.of("mqtt unauthorised"), len(s.all()))
		}
		// The broker speaks under a client id of its own, which nobody may take over.
		impostor := dial(t, addr, version)
		if ack := impostor.hello("inline", "g8"); ack.ReasonCode == 0 {
			t.Error("a client is let in under the broker's own id")
		}
		say(t, g, coming("D-1", 2))
		device.wantMessage(coming("D-1", 2))
	})
}

// The limit is on subscribing: it must not make those who have reached it deaf.
func TestWhoListensToAsManyAsAllowedHears(t *testing.T) {
	bothVersions(t, func(t *testing.T, version byte) {
		g, addr, _, _ := runGate(t, newShelf(), Limits{Subscriptions: 2}, devices.Limits{})
		c := connect(t, addr, version, "c")
		for n, want := range []struct {
			filter string
			ok     bool
		}{{"downlink/D-1", true}, {"downlink/D-2/#", true}, {"downlink/D-3", false}, {"downlink/D-1", true}} {
			if code := c.subscribe(want.filter, uint16(n+1)); (code < 0x80) != want.ok {
				t.Errorf("%s: reason %#x", want.filter, code)
			}
		}
		c.settled()
		for _, d := range []dispatch.DeviceID{"D-1", "D-2"} {
			say(t, g, coming(d, 3))
			c.wantMessage(coming(d, 3))
		}
	})
}

// A client that reads nothing costs its own messages: saying goes on at once, and its session stays bounded.
func TestSayingNeverWaits(t *testing.T) {
	g, addr, _, _ := runGate(t, newShelf(), Limits{}, devices.Limits{})
	deaf := connect(t, addr, 4, "deaf")
	deaf.subscribe("downlink/D-1", 1)
	for n := range 20_000 {
		say(t, g, coming("D-1", n+1))
	}
	cl, ok := g.broker.Clients.Get("deaf")
	if !ok {
		t.Fatal("the client is gone")
	}
	if n := cl.State.Inflight.Len(); n > 1024 {
		t.Errorf("%d messages wait for it", n)
	}
	if n := retained(g); n != 1 {
		t.Errorf("%d messages are retained for one device", n)
	}
}

// As a device's own client does it: a session that was away hears what was said meanwhile.
func TestPaho311HearsDownlinks(t *testing.T) {
	g, addr, _, _ := runGate(t, newShelf(), Limits{}, devices.Limits{})
	heard := make(chan string, 16)
	client := func() mqtt3.Client {
		c := mqtt3.NewClient(mqtt3.NewClientOptions().AddBroker("tcp://" + addr).SetClientID("D-1").SetUsername("D-1").SetPassword("g8").
			SetCleanSession(false).SetDefaultPublishHandler(func(_ mqtt3.Client, m mqtt3.Message) {
			var got downlink.Message
			if err := json.Unmarshal(m.Payload(), &got); err != nil {
				t.Errorf("heard %q: %v", m.Payload(), err)
			}
			heard <- fmt.Sprint(got.Stage, " ", got.Minutes, " ", m.Retained())
		}))
		if tok := c.Connect(); !tok.WaitTimeout(patience) || tok.Error() != nil {
			t.Fatalf("connect: %v", tok.Error())
		}
		return c
	}
	last := ""
	want := func(what string) {
		t.Helper()
		for {
			select {
			case got := <-heard:
				if got == last {
					continue // with QoS 1, what was not acknowledged before the disconnection comes again
				}
				if last = got; got != what {
					t.Errorf("heard %q, want %q", got, what)
				}
				return
			case <-time.After(patience):
				t.Fatalf("%q is not heard", what)
			}
		}
	}
	say(t, g, coming("D-1", 4))
	c := client()
	if tok := c.Subscribe("downlink/D-1", 1, nil); !tok.WaitTimeout(patience) || tok.Error() != nil {
		t.Fatalf("subscribe: %v", tok.Error())
	}
	want("coming 4 true")
	say(t, g, coming("D-1", 3))
	want("coming 3 false")
	c.Disconnect(250)
	say(t, g, coming("D-1", 2))
	c = client()
	defer c.Disconnect(250)
	want("coming 2 false")
}

func TestPaho5HearsDownlinksAndPublishesNone(t *testing.T) {
	g, addr, _, _ := runGate(t, newShelf(), Limits{}, devices.Limits{})
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	heard := make(chan *paho.Publish, 4)
	c := paho.NewClient(paho.ClientConfig{Conn: conn, OnPublishReceived: []func(paho.PublishReceived) (bool, error){
		func(p paho.PublishReceived) (bool, error) { heard <- p.Packet; return true, nil },
	}})
	if ack, err := c.Connect(ctx, &paho.Connect{ClientID: "D-1", KeepAlive: 60, UsernameFlag: true, Username: "D-1", PasswordFlag: true, Password: []byte("g8")}); err != nil || ack.ReasonCode != 0 {
		t.Fatalf("connect: %+v, %v", ack, err)
	}
	if res, err := c.Publish(ctx, &paho.Publish{Topic: "downlink/D-1", QoS: 1, Retain: true, Payload: []byte("x")}); err == nil || res == nil || res.ReasonCode != 0x87 {
		t.Errorf("a client's own downlink: %+v, %v", res, err)
	}
	say(t, g, coming("D-1", 3))
	if _, err := c.Subscribe(ctx, &paho.Subscribe{Subscriptions: []paho.SubscribeOptions{{Topic: "downlink/D-1", QoS: 1}}}); err != nil {
		t.Fatal(err)
	}
	select {
	case p := <-heard:
		if !p.Retain || string(p.Payload) != string(coming("D-1", 3).Payload()) {
			t.Errorf("heard %q, retained %v", p.Payload, p.Retain)
		}
	case <-ctx.Done():
		t.Fatal("nothing is heard")
	}
}
