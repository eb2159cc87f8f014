package main

import (
	"strings"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
	"github.com/nats-io/nats.go"

	"onekeyd/alerts/sms/twiliosim"
	"onekeyd/dispatch/journal"
)

// With real sockets and two nodes on one journal: the press comes in at one, and
// devices hear of it at both. Whoever subscribes later hears how things stand.
func TestDownlinksOfTwoNodes(t *testing.T) {
	w := &world{t: t, dir: t.TempDir()}
	w.sim = twiliosim.New(twiliosim.Options{Behaviour: twiliosim.Always(twiliosim.Outcome{})})
	t.Cleanup(func() { _ = w.sim.Close() })
	hub, web, mqtt1, mqtt2 := freeAddr(t), freeAddr(t), freeAddr(t), freeAddr(t)
	_, stopFirst := w.node("n1", "ONEKEYD_NATS_LISTEN="+hub, "ONEKEYD_HTTP_LISTEN="+web, "ONEKEYD_MQTT_LISTEN="+mqtt1)
	defer stopFirst()
	token, err := journal.InternalToken(w.dir)
	if err != nil {
		t.Fatal(err)
	}
	_, stopSecond := w.node("n2", "ONEKEYD_NATS_URL=nats://"+hub, "ONEKEYD_NATS_PASSWORD="+token, "ONEKEYD_NATS_REPLICAS=1", "ONEKEYD_HTTP_LISTEN=127.0.0.1:0", "ONEKEYD_MQTT_LISTEN="+mqtt2)
	defer stopSecond()

	heard := map[string]chan string{"nats": make(chan string, 8), "mqtt n1": make(chan string, 8), "mqtt n2": make(chan string, 8), "mqtt late": make(chan string, 8)}
	gateway, err := nats.Connect("nats://"+hub, nats.Token(testGateway))
	if err != nil {
		t.Fatal(err)
	}
	defer gateway.Close()
	if _, err := gateway.Subscribe("downlink.>", func(m *nats.Msg) { heard["nats"] <- string(m.Data) }); err != nil {
		t.Fatal(err)
	}
	if err := gateway.Flush(); err != nil {
		t.Fatal(err)
	}
	listen := func(name, addr string) {
		c := mqtt.NewClient(mqtt.NewClientOptions().AddBroker("tcp://" + addr).SetClientID(name).SetUsername("x").SetPassword(testGateway))
		if tok := c.Connect(); !tok.WaitTimeout(10*time.Second) || tok.Error() != nil {
			t.Fatalf("connect to %s: %v", name, tok.Error())
		}
		t.Cleanup(func() { c.Disconnect(100) })
		tok := c.Subscribe("downlink/D-1", 1, func(_ mqtt.Client, m mqtt.Message) { heard[name] <- string(m.Payload()) })
		if !tok.WaitTimeout(10*time.Second) || tok.Error() != nil {
			t.Fatalf("subscribe at %s: %v", name, tok.Error())
		}
	}
	listen("mqtt n1", mqtt1)
	listen("mqtt n2", mqtt2)
	t.Setenv("ONEKEYD_GATEWAY_TOKEN", testGateway)
	t.Setenv("ONEKEYD_API_TOKEN", testAPI)
	out, err := tool(t, "press", "D-1", "-data", w.dir, "-http-listen", web)
	if err != nil || !strings.Contains(out, "  the elder hears: 您的求助已转到值班中心") {
		t.Errorf("press prints %q, %v", out, err)
	}
	listen("mqtt late", mqtt2)
	for name, c := range heard {
		select {
		case got := <-c:
			if !strings.Contains(got, `"device":"D-1"`) || !strings.Contains(got, "您的求助已转到值班中心") {
				t.Errorf("%s hears %q", name, got)
			}
		case <-time.After(10 * time.Second):
			t.Errorf("%s hears nothing", name)
		}
		if len(c) > 0 {
			t.Errorf("%s hears more: %q", name, <-c)
		}
	}
}
