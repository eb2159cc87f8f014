package mqttgate

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"

	"github.com/eclipse/paho.golang/paho"
	mqtt3 "github.com/eclipse/paho.mqtt.golang"

	"onekeyd/devices"
	"onekeyd/dispatch"
)

// The clients that devices and gateways run: paho for 3.1.1 connects again by
// itself and sends what was not acknowledged, which must end as one press.
func TestPaho311RetriesUntilStored(t *testing.T) {
	s := newShelf()
	s.setFail(errors.New("disk full"))
	addr, _, _ := run(t, s, Limits{}, devices.Limits{})
	lost := make(chan error, 8)
	c := mqtt3.NewClient(mqtt3.NewClientOptions().AddBroker("tcp://" + addr).SetClientID("gw").
		SetUsername("gw").SetPassword("g8").SetCleanSession(false).
		SetAutoReconnect(true).SetMaxReconnectInterval(10 * time.Millisecond).
		SetConnectionLostHandler(func(_ mqtt3.Client, err error) { s.setFail(nil); lost <- err }))
	if tok := c.Connect(); !tok.WaitTimeout(patience) || tok.Error() != nil {
		t.Fatalf("connect: %v", tok.Error())
	}
	defer c.Disconnect(250)
	// The token says nothing here: paho completes it when it sends the packet again.
	c.Publish("press/D-1", 1, false, `{"kind":"fall"}`)
	var ids []dispatch.PressID
	for len(ids) < 2 {
		select {
		case id := <-s.kept:
			ids = append(ids, id)
		case <-time.After(patience):
			t.Fatalf("handed in %v; want it twice", ids)
		}
	}
	select {
	case <-lost:
	default:
		t.Error("acknowledged while the store failed")
	}
	if ids[0] != ids[1] {
		t.Errorf("retransmission is another press: %v", ids)
	}
}

func TestPaho5(t *testing.T) {
	s := newShelf()
	addr, _, _ := run(t, s, Limits{}, devices.Limits{})
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	told := make(chan byte, 1)
	c := paho.NewClient(paho.ClientConfig{Conn: conn, OnServerDisconnect: func(d *paho.Disconnect) { told <- d.ReasonCode }})
	ack, err := c.Connect(ctx, &paho.Connect{ClientID: "gw5", KeepAlive: 60, UsernameFlag: true, Username: "gw", PasswordFlag: true, Password: []byte("g8")})
	if err != nil || ack.ReasonCode != 0 {
		t.Fatalf("connect: %+v, %v", ack, err)
	}
	res, err := c.Publish(ctx, &paho.Publish{Topic: "press/D-1", QoS: 1})
	if err != nil || res.ReasonCode != 0 {
		t.Fatalf("publish: %+v, %v", res, err)
	}
	if got := s.all(); len(got) != 1 || got[0].Device != "D-1" || got[0].Kind != dispatch.SOS {
		t.Fatalf("stored %+v", got)
	}
	s.setFail(errors.New("disk full"))
	go c.Publish(ctx, &paho.Publish{Topic: "press/D-1", QoS: 1}) // gives up with ctx: a session of its own would send it again
	select {
	case code := <-told:
		if code != 0x89 {
			t.Errorf("disconnected with %#x", code)
		}
	case <-ctx.Done():
		t.Error("not told that the server is busy")
	}
}
