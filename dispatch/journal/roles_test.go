package journal

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"onekeyd/dispatch"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

func listening(t *testing.T) (*Journal, string) {
	t.Helper()
	dir := t.TempDir()
	j := openWith(t, Options{Node: "n1", Embedded: Embedded{
		Dir: dir, Listen: "127.0.0.1:0",
		Authorize: func(user, password, token string) (Role, bool) {
			switch {
			case user == "gateway" && password == "secret", token == "gateway-token":
				return RoleGateway, true
			}
			return RoleNone, false
		},
	}})
	t.Cleanup(func() { closing(t, j) })
	return j, dir
}

func connect(t *testing.T, j *Journal, opts ...nats.Option) *nats.Conn {
	t.Helper()
	nc, err := nats.Connect("nats://"+j.Addr(), append(opts, nats.MaxReconnects(0), nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	return nc
}

func TestStrangersAreRefused(t *testing.T) {
	j, _ := listening(t)
	for name, opts := range map[string][]nats.Option{
		"no credentials": nil,
		"wrong password": {nats.UserInfo("gateway", "wrong")},
		"wrong token":    {nats.Token("x")},
		"empty token":    {nats.Token("")},
	} {
		nc, err := nats.Connect("nats://"+j.Addr(), opts...)
		if !errors.Is(err, nats.ErrAuthorization) {
			t.Errorf("%s: %v", name, err)
		}
		if nc != nil {
			nc.Close()
		}
	}
}

// A gateway publishes presses and hears of them, and nothing else.
func TestGatewayMayPublishPressesOnly(t *testing.T) {
	j, _ := listening(t)
	for name, how := range map[string]nats.Option{"user": nats.UserInfo("gateway", "secret"), "token": nats.Token("gateway-token")} {
		t.Run(name, func(t *testing.T) {
			nc := connect(t, j, how)
			js, err := jetstream.New(nc)
			if err != nil {
				t.Fatal(err)
			}
			ack, err := js.Publish(t.Context(), "press.D-1", []byte(`{"device":"D-1"}`))
			if err != nil || ack.Stream != "PRESS-"+shardOf("D-1", 8) {
				t.Fatalf("a press: %v, %v", ack, err)
			}
			denied := func(what string) {
				t.Helper()
				ctx, cancel := context.WithTimeout(t.Context(), StoreWait)
				defer cancel()
				if err := nc.FlushWithContext(ctx); err != nil {
					t.Fatal(err)
				}
				if err := nc.LastError(); !errors.Is(err, nats.ErrPermissionViolation) || !strings.Contains(err.Error(), what) {
					t.Errorf("%s: %v; want a violation", what, err)
				}
			}
			for _, subject := range []string{"incident.E-1", "archive.i1", "floor.x", "node.x", "press.1.D-1", "$JS.API.STREAM.PURGE.INCIDENTS", "$JS.API.STREAM.DELETE.PRESS-0", "$JS.API.STREAM.MSG.GET.INCIDENTS"} {
				if err := nc.Publish(subject, []byte("{}")); err != nil {
					t.Fatal(err)
				}
				denied(subject)
			}
			for _, subject := range []string{"press.*.*", "press.>", ">", "incident.*", "node.*", "_R_.>"} {
				if _, err := nc.SubscribeSync(subject); err != nil {
					t.Fatal(err)
				}
				denied(subject)
			}
		})
	}
	if last, err := j.Last(t.Context(), "E-1"); err != nil || last != 0 {
		t.Errorf("a gateway wrote a fact: %d, %v", last, err)
	}
}

// What a gateway publishes is heard on both paths, with its headers.
func TestGatewaysPressIsHeard(t *testing.T) {
	j, _ := listening(t)
	h := hear(t, j, all)
	defer h.end(t)
	waitFor(t, "Hear to listen", j.peers.beating)
	nc := connect(t, j, nats.Token("gateway-token"))
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		m := nats.NewMsg("press.D-1")
		m.Data = []byte(`{"device":"D-1","id":"p1"}`)
		m.Header.Set(receivedHeader, "2026-11-21T14:32:00.123456789Z")
		if _, err := js.PublishMsg(t.Context(), m, jetstream.WithMsgID("D-1/p1")); err != nil {
			t.Fatal(err)
		}
	}
	waitFor(t, "both paths", func() bool { return len(h.ids(false)) == 2 && len(h.ids(true)) == 1 })
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, p := range []dispatch.Press{h.core[0], h.stored[0]} {
		if p.ID != "p1" || p.Device != "D-1" || p.Received.Nanosecond() != 123456789 {
			t.Errorf("came as %+v", p)
		}
	}
}

// A gateway hears what its devices are told, all of them or one, and cannot say it.
func TestGatewayHearsDownlinksAndSaysNone(t *testing.T) {
	j, _ := listening(t)
	gateway, liar := connect(t, j, nats.Token("gateway-token")), connect(t, j, nats.Token("gateway-token"))
	subs := map[string]*nats.Subscription{}
	for _, subject := range []string{"downlink.>", "downlink.*", "downlink.D-1"} {
		sub, err := gateway.SubscribeSync(subject)
		if err != nil {
			t.Fatal(err)
		}
		subs[subject] = sub
	}
	flush := func(nc *nats.Conn) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), StoreWait)
		defer cancel()
		if err := nc.FlushWithContext(ctx); err != nil {
			t.Fatal(err)
		}
	}
	flush(gateway)
	if err := gateway.LastError(); err != nil {
		t.Fatalf("listening: %v", err)
	}
	if err := liar.Publish("downlink.D-1", []byte("a lie")); err != nil {
		t.Fatal(err)
	}
	flush(liar)
	if err := liar.LastError(); !errors.Is(err, nats.ErrPermissionViolation) {
		t.Errorf("a gateway published a downlink: %v", err)
	}
	for _, m := range [][2]string{{"downlink.D-2", "to D-2"}, {"downlink.D-1", "to D-1"}, {"downlink.D-1.x", "not a device's"}, {"incident.E-1", "{}"}, {"downlink.D-1", "again"}} {
		if err := j.Conn().Publish(m[0], []byte(m[1])); err != nil {
			t.Fatal(err)
		}
	}
	for subject, want := range map[string][]string{"downlink.>": {"to D-2", "to D-1", "again"}, "downlink.*": {"to D-2", "to D-1", "again"}, "downlink.D-1": {"to D-1", "again"}} {
		for _, w := range want {
			ctx, cancel := context.WithTimeout(t.Context(), StoreWait)
			m, err := subs[subject].NextMsgWithContext(ctx)
			cancel()
			if err != nil || string(m.Data) != w {
				t.Fatalf("on %s: %+v, %v; want %q", subject, m, err, w)
			}
		}
	}
}

// Facts travel to us on inboxes: a gateway that listens on all of its own kind must not read them.
func TestGatewayCannotOverhearFacts(t *testing.T) {
	j, _ := listening(t)
	nc := connect(t, j, nats.Token("gateway-token"))
	var overheard []string
	sub, err := nc.Subscribe("_INBOX.>", func(m *nats.Msg) { overheard = append(overheard, m.Subject) })
	if err != nil {
		t.Fatal(err)
	}
	if err := nc.Flush(); err != nil {
		t.Fatal(err)
	}
	r := follow(t, j, 0)
	defer r.end(t)
	mustAppend(t, j, entry("E-1", "private"), 0)
	waitFor(t, "the fact", func() bool { return r.seen() == 1 })
	if err := nc.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := sub.Unsubscribe(); err != nil {
		t.Fatal(err)
	}
	nc.Close()
	if len(overheard) > 0 {
		t.Errorf("overheard %v", overheard)
	}
}

func TestSubcommandsConnectByToken(t *testing.T) {
	j, dir := listening(t)
	info, err := os.Stat(filepath.Join(dir, tokenFile))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("token file: %v, %v", info, err)
	}
	token, err := InternalToken(dir)
	if err != nil {
		t.Fatal(err)
	}
	tool := openWith(t, Options{Node: "tool", URL: "nats://" + j.Addr(), Password: token})
	defer closing(t, tool)
	mustAppend(t, tool, entry("E-1", "by a tool"), 0)
}

func TestOneProcessOneStore(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		dir := t.TempDir()
		j := open(t, dir, "n1")
		before, err := InternalToken(dir)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Open(t.Context(), Options{Embedded: Embedded{Dir: dir}, Node: "n2"}); !errors.Is(err, ErrLocked) {
			t.Errorf("second open: %v", err)
		}
		if after, err := InternalToken(dir); err != nil || after != before {
			t.Errorf("the second open took the running daemon's token away: %v", err)
		}
		closing(t, j)
		j = open(t, dir, "n3")
		closing(t, j)
	})
}

func TestPortTaken(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	dir := t.TempDir()
	began := time.Now()
	_, err = Open(t.Context(), Options{Node: "n1", Embedded: Embedded{Dir: dir, Listen: l.Addr().String()}})
	if err == nil || !strings.Contains(err.Error(), l.Addr().String()) || !strings.Contains(err.Error(), "in use") {
		t.Errorf("opened on a taken port: %v", err)
	}
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("took %s to say so", took)
	}
	j := open(t, dir, "n1") // and the folder is free again
	closing(t, j)
}
