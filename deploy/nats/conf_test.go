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
	if _, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "PRESS", Subjects: []string{"press.*.*"}}); err != nil {
		t.Fatal(err)
	}
	gateway, refused := dial("gateway", "secret", "_INBOX")
	gjs, err := jetstream.New(gateway)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := gjs.Publish(t.Context(), "press.D-1", []byte("{}")); err != nil {
		t.Errorf("a gateway cannot hand in a press: %v", err)
	}
	if _, err := gjs.AccountInfo(t.Context()); err != nil {
		t.Errorf("a gateway cannot ask whether there is a JetStream: %v", err)
	}
	s, err := js.Stream(t.Context(), "PRESS")
	if err != nil {
		t.Fatal(err)
	}
	if m, err := s.GetMsg(t.Context(), 1); err != nil || m.Subject[:6] != "press." || m.Subject[7:] != ".D-1" {
		t.Errorf("the press is at %v, %v; want press.<shard>.D-1", m, err)
	}
	for _, subject := range []string{"press.>", "press.*.*", "incident.>", "_ONEKEYD.>", ">"} {
		if _, err := gateway.SubscribeSync(subject); err != nil {
			t.Fatal(err)
		}
		wantRefused(t, "listen to "+subject, refused)
	}
	for _, subject := range []string{"incident.E-1", "floor.n1", "node.x", "$JS.API.STREAM.DELETE.PRESS", "$SYS.REQ.SERVER.PING"} {
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
