// Package nats_test holds nats.conf to what onekeyd needs, with the server's
// own reader and a server that runs from it.
package nats_test

import (
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"golang.org/x/crypto/bcrypt"
)

func read(t *testing.T) *server.Options {
	t.Helper()
	hash, err := bcrypt.GenerateFromPassword([]byte("secret"), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"NATS_NODE": "n1", "CLUSTER_PASSWORD": "c1u5ter",
		"NATS_ROUTES":           `["nats://cluster:c1u5ter@n1:6222","nats://cluster:c1u5ter@n2:6222"]`,
		"ONEKEYD_NATS_PASSWORD": string(hash), "GATEWAY_NATS_PASSWORD": string(hash), "SYS_NATS_PASSWORD": string(hash),
	} {
		t.Setenv(name, value)
	}
	opts, err := server.ProcessConfigFile("nats.conf")
	if err != nil {
		t.Fatal(err)
	}
	return opts
}

func TestPromise(t *testing.T) {
	o := read(t)
	if !o.JetStream || !o.SyncAlways {
		t.Error("an acknowledgement does not mean stored")
	}
	if o.PingInterval != 2*time.Second || o.MaxPingsOut != 2 {
		t.Errorf("a dead connection is noticed after %d pings of %v", o.MaxPingsOut, o.PingInterval)
	}
	if o.ServerName != "n1" || o.Cluster.Name != "onekeyd" || o.Cluster.Username != "cluster" || len(o.Routes) != 2 {
		t.Errorf("cluster %+v of %s with routes %v", o.Cluster, o.ServerName, o.Routes)
	}
	if o.SystemAccount != "SYS" || o.NoAuthUser != "" {
		t.Errorf("system account %q, without a password one is %q", o.SystemAccount, o.NoAuthUser)
	}
}

func TestRights(t *testing.T) {
	o := read(t)
	o.Cluster, o.Routes = server.ClusterOpts{}, nil // one server alone
	o.Host, o.Port, o.HTTPPort = "127.0.0.1", server.RANDOM_PORT, 0
	o.StoreDir, o.NoSigs, o.NoLog = t.TempDir(), true, true
	srv, err := server.NewServer(o)
	if err != nil {
		t.Fatal(err)
	}
	srv.Start()
	defer srv.WaitForShutdown()
	defer srv.Shutdown()
	if !srv.ReadyForConnections(10 * time.Second) {
		t.Fatal("the server does not start")
	}
	dial := func(user, password, inbox string) (*nats.Conn, chan error) {
		refused := make(chan error, 8)
		nc, err := nats.Connect(srv.ClientURL(), nats.UserInfo(user, password), nats.CustomInboxPrefix(inbox),
			nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { refused <- err }))
		if err != nil {
			t.Fatalf("connect as %s: %v", user, err)
		}
		t.Cleanup(nc.Close)
		return nc, refused
	}
	for _, who := range [][2]string{{"gateway", "wrong"}, {"", ""}} {
		if nc, err := nats.Connect(srv.ClientURL(), nats.UserInfo(who[0], who[1])); err == nil {
			nc.Close()
			t.Errorf("%q with password %q is let in", who[0], who[1])
		}
	}

	daemon, _ := dial("onekeyd", "secret", "_ONEKEYD")
	js, err := jetstream.New(daemon)
	if err != nil {
		t.Fatal(err)
	}
	// As journal makes them, in short; INCIDENTS and ACCESS stand for all that gateways must not write to.
	for name, subject := range map[string]string{"PRESS": "press.*.*", "INCIDENTS": "incident.*", "ACCESS": "access.>"} {
		if _, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: name, Subjects: []string{subject}, MaxMsgSize: 8 << 10}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := js.Publish(t.Context(), "access.operator.admin", []byte("the administrator")); err != nil {
		t.Fatal(err)
	}
	if n := daemon.MaxPayload(); n != 8<<20 {
		t.Errorf("a daemon may send %d bytes, the archive needs 8 MiB", n)
	}
	gateway, refused := dial("gateway", "secret", "_INBOX")
	gjs, err := jetstream.New(gateway)
	if err != nil {
		t.Fatal(err)
	}
	first, err := gjs.Publish(t.Context(), "press.D-1", []byte("{}"), jetstream.WithMsgID("D-1/p1"))
	if err != nil || first.Duplicate || first.Stream != "PRESS" || first.Sequence != 1 {
		t.Errorf("a gateway cannot hand in a press: %+v, %v", first, err)
	}
	again, err := gjs.Publish(t.Context(), "press.D-1", []byte("{}"), jetstream.WithMsgID("D-1/p1"))
	if err != nil || !again.Duplicate || again.Sequence != 1 {
		t.Errorf("a press that is handed in again: %+v, %v", again, err)
	}
	if ack, err := gjs.Publish(t.Context(), "press.D-2", make([]byte, 9<<10)); err == nil {
		t.Errorf("a press of 9 kB is stored: %+v", ack)
	}
	if n := gateway.MaxPayload(); n != 64<<10 {
		t.Errorf("a gateway may send %d bytes", n)
	}
	// The server answers to whatever subject a publisher names. It must not
	// answer into a stream.
	for n, reply := range []string{"incident.E-1", "access.operator.admin", "access.>", "press.0.x", "$JS.API.STREAM.PURGE.ACCESS"} {
		m := &nats.Msg{Subject: "press.D-3", Reply: reply, Data: []byte("{}")}
		if err := gateway.PublishMsg(m); err != nil {
			t.Fatal(err)
		}
		// Presses of one connection are stored in order: when this one is there, so is that.
		next, err := gjs.Publish(t.Context(), "press.D-3", []byte("{}"))
		if err != nil {
			t.Fatalf("after a press that wants its answer at %s: %v", reply, err)
		}
		if want := uint64(1 + 2*(n+1)); next.Sequence > want || next.Stream != "PRESS" {
			t.Errorf("after a press that wants its answer at %s: stored as %+v, want at most %d", reply, next, want)
		}
	}
	for _, name := range []string{"INCIDENTS", "ACCESS"} {
		s, err := js.Stream(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		if want := map[string]uint64{"ACCESS": 1}[name]; s.CachedInfo().State.LastSeq != want || s.CachedInfo().State.Msgs != want {
			t.Errorf("a gateway's answers are in %s: %+v", name, s.CachedInfo().State)
		}
	}
	s, err := js.Stream(t.Context(), "PRESS")
	if err != nil {
		t.Fatal(err)
	}
	if m, err := s.GetMsg(t.Context(), 1); err != nil || m.Subject[:6] != "press." || m.Subject[7:] != ".D-1" {
		t.Errorf("the press is at %v, %v; want press.<shard>.D-1", m, err)
	}
	hears, err := gateway.SubscribeSync("downlink.>")
	if err != nil {
		t.Fatal(err)
	}
	if err := gateway.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := daemon.Publish("downlink.D-1", []byte("coming")); err != nil {
		t.Fatal(err)
	}
	if m, err := hears.NextMsg(5 * time.Second); err != nil || string(m.Data) != "coming" {
		t.Errorf("a gateway does not hear what a device is told: %v, %v", m, err)
	}
	for _, subject := range []string{"press.>", "press.*.*", "incident.>", "_ONEKEYD.>", ">"} {
		if _, err := gateway.SubscribeSync(subject); err != nil {
			t.Fatal(err)
		}
		wantRefused(t, "listen to "+subject, refused)
	}
	for _, subject := range []string{"incident.E-1", "access.operator.admin", "press.0.D-1", "downlink.D-1", "$JS.API.INFO", "floor.n1", "node.x", "$JS.API.STREAM.DELETE.PRESS", "$SYS.REQ.SERVER.PING"} {
		if err := gateway.Publish(subject, nil); err != nil {
			t.Fatal(err)
		}
		wantRefused(t, "publish to "+subject, refused)
	}
}

func wantRefused(t *testing.T, what string, refused chan error) {
	t.Helper()
	select {
	case <-refused:
	case <-time.After(5 * time.Second):
		t.Errorf("a gateway may %s", what)
	}
}
