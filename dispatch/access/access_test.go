package access

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats-server/v2/server/ats"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// The server's clock must be started outside any bubble, or fake time never moves.
func TestMain(m *testing.M) {
	ats.Register()
	m.Run()
}

// logBuffer keeps the audit lines for a look at what is in them.
type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// serve starts JetStream on dir; stop ends it, and is safe to call twice.
func serve(t *testing.T, dir string) (js jetstream.JetStream, stop func()) {
	t.Helper()
	ns, err := server.NewServer(&server.Options{ServerName: "test", JetStream: true, StoreDir: dir, DontListen: true, NoSigs: true, NoLog: true})
	if err != nil {
		t.Fatalf("start nats: %v", err)
	}
	ns.Start()
	if !ns.ReadyForConnections(10 * time.Second) {
		t.Fatal("nats is not ready")
	}
	nc, err := nats.Connect("", nats.InProcessServer(ns))
	if err != nil {
		t.Fatalf("connect: %v", err)
	}
	stop = sync.OnceFunc(func() { nc.Close(); ns.Shutdown(); ns.WaitForShutdown() })
	t.Cleanup(stop)
	if js, err = jetstream.New(nc); err != nil {
		t.Fatal(err)
	}
	return js, stop
}

func openAccess(t *testing.T, js jetstream.JetStream) (*Access, *logBuffer) {
	t.Helper()
	log := &logBuffer{}
	a, err := Open(t.Context(), js, 1, slog.New(slog.NewTextHandler(log, nil)))
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	return a, log
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

const password = "correct horse"

func withOperator(t *testing.T, a *Access, name string) {
	t.Helper()
	must(t, a.CreateOperator(t.Context(), name, RoleOperator))
	must(t, a.SetPassword(t.Context(), name, password, ""))
}

func TestEverythingSurvivesARestart(t *testing.T) {
	dir := t.TempDir()
	js, stop := serve(t, dir)
	a, log := openAccess(t, js)
	withOperator(t, a, "李敏")
	session, op, err := a.Login(t.Context(), "李敏", password, "10.0.0.1")
	must(t, err)
	if op.Name != "李敏" || op.Role != RoleOperator || op.NoPassword {
		t.Errorf("operator %+v", op)
	}
	ended, _, err := a.Login(t.Context(), "李敏", password, "10.0.0.1")
	must(t, err)
	must(t, a.Logout(t.Context(), ended))
	token, err := a.CreateToken(t.Context(), ScopeGateway, "hub 7")
	must(t, err)
	revoked, err := a.CreateToken(t.Context(), ScopeAPI, "old")
	must(t, err)
	must(t, a.RevokeToken(t.Context(), a.Tokens()[1].ID))
	link, err := a.OneTimeLink(t.Context(), "李敏", time.Hour)
	must(t, err)
	a.AddStatic(ScopeAPI, "static")

	check := func(t *testing.T, a *Access) {
		t.Helper()
		if got, ok := a.Session(session); !ok || got.Name != "李敏" || got.Session != op.Session {
			t.Errorf("session: %+v %v", got, ok)
		}
		if _, ok := a.Session(ended); ok {
			t.Error("a session that was ended is let in")
		}
		if scope, ok := a.Token(token); !ok || scope != ScopeGateway {
			t.Errorf("token: %v %v", scope, ok)
		}
		for _, bad := range []string{revoked, "", "x", token + "x", token[:len(token)-1]} {
			if _, ok := a.Token(bad); ok {
				t.Errorf("token %q is let in", bad)
			}
		}
		if name, ok := a.Link(strings.TrimPrefix(link, LinkPath)); !ok || name != "李敏" {
			t.Errorf("link: %q %v", name, ok)
		}
		if list := a.Tokens(); len(list) != 1 || list[0].Label != "hub 7" {
			t.Errorf("tokens %+v", list)
		}
	}
	check(t, a)
	if _, ok := a.Token("static"); !ok {
		t.Error("static token is not let in")
	}
	for _, secret := range []string{session, token, revoked, strings.TrimPrefix(link, LinkPath), password} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("a secret is in the log:\n%s", log)
		}
	}
	stop()

	js, _ = serve(t, dir)
	b, _ := openAccess(t, js)
	check(t, b)
	if _, ok := b.Token("static"); ok {
		t.Error("a static token was stored")
	}
	if _, _, err := b.Login(t.Context(), "李敏", password, "10.0.0.1"); err != nil {
		t.Errorf("login after restart: %v", err)
	}
}

func TestNoSecretIsStored(t *testing.T) {
	js, _ := serve(t, t.TempDir())
	a, _ := openAccess(t, js)
	withOperator(t, a, "li")
	session, _, err := a.Login(t.Context(), "li", password, "")
	must(t, err)
	token, err := a.CreateToken(t.Context(), ScopeAPI, "x")
	must(t, err)
	link, err := a.OneTimeLink(t.Context(), "li", time.Hour)
	must(t, err)
	n := 0
	for seq := uint64(1); ; n++ {
		msg, err := a.stream.GetMsg(t.Context(), seq, jetstream.WithGetMsgSubject("access.>"))
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			break
		}
		must(t, err)
		for _, secret := range []string{session, token, strings.TrimPrefix(link, LinkPath), password} {
			if strings.Contains(string(msg.Data), secret) || strings.Contains(msg.Subject, secret) {
				t.Errorf("%s holds a secret", msg.Subject)
			}
		}
		seq = msg.Sequence + 1
	}
	if n != 4 {
		t.Errorf("%d records, want 4 (one a subject)", n)
	}
}

func TestOtherNodesFollow(t *testing.T) {
	js, _ := serve(t, t.TempDir())
	a, _ := openAccess(t, js)
	b, _ := openAccess(t, js)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- b.Run(ctx) }()
	t.Cleanup(func() { cancel(); must(t, <-done) })

	withOperator(t, a, "li")
	session, _, err := a.Login(t.Context(), "li", password, "")
	must(t, err)
	eventually(t, "the session on the other node", func() bool { _, ok := b.Session(session); return ok })
	must(t, a.RemoveOperator(t.Context(), "li"))
	eventually(t, "its end on the other node", func() bool { _, ok := b.Session(session); return !ok })
	if _, _, err := b.Login(t.Context(), "li", password, ""); !errors.Is(err, ErrBadLogin) {
		t.Errorf("login of a removed operator: %v", err)
	}
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	deadline := time.After(10 * time.Second)
	for !ok() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("waited 10 s for %s", what)
		}
	}
}

func TestALinkLogsInOnce(t *testing.T) {
	js, _ := serve(t, t.TempDir())
	a, _ := openAccess(t, js)
	must(t, a.CreateOperator(t.Context(), "li", RoleSupervisor))
	path, err := a.OneTimeLink(t.Context(), "li", time.Hour)
	must(t, err)
	secret := strings.TrimPrefix(path, LinkPath)
	nodes := []*Access{a}
	for range 3 { // nodes that have read the link and do not follow: the stream alone decides
		n, _ := openAccess(t, js)
		nodes = append(nodes, n)
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	won := 0
	for _, n := range nodes {
		wg.Go(func() {
			token, op, err := n.UseLink(t.Context(), secret, "10.0.0.1")
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				won++
				if got, ok := n.Session(token); !ok || got != op || !op.NoPassword || op.Role != RoleSupervisor {
					t.Errorf("session %+v %v, logged in as %+v", got, ok, op)
				}
			case !errors.Is(err, ErrLink):
				t.Errorf("use link: %v", err)
			}
		})
	}
	wg.Wait()
	if won != 1 {
		t.Errorf("the link logged in %d times", won)
	}
}

func TestBootstrap(t *testing.T) {
	js, _ := serve(t, t.TempDir())
	a, _ := openAccess(t, js)
	link, created, err := a.Bootstrap(t.Context())
	must(t, err)
	if !created || !strings.HasPrefix(link, LinkPath) {
		t.Fatalf("first start: %q %v", link, created)
	}
	second, created, err := a.Bootstrap(t.Context())
	must(t, err)
	if created || second == "" || second == link {
		t.Errorf("second start without a password: %q %v", second, created)
	}
	token, op, err := a.UseLink(t.Context(), strings.TrimPrefix(link, LinkPath), "")
	must(t, err)
	if op.Name != "admin" || op.Role != RoleAdministrator || !op.NoPassword {
		t.Errorf("operator %+v", op)
	}
	must(t, a.SetPassword(t.Context(), "admin", password, token))
	if got, ok := a.Session(token); !ok || got.NoPassword {
		t.Errorf("after setting the password: %+v %v", got, ok)
	}
	if link, created, err := a.Bootstrap(t.Context()); link != "" || created || err != nil {
		t.Errorf("settled: %q %v %v", link, created, err)
	}
}

// Who has forgotten a password gets in by a link and sets a new one without the old.
func TestAForgottenPassword(t *testing.T) {
	js, _ := serve(t, t.TempDir())
	a, _ := openAccess(t, js)
	withOperator(t, a, "li")
	session, _, err := a.Login(t.Context(), "li", password, "10.0.0.1")
	must(t, err)
	must(t, a.ForgetPassword(t.Context(), "li"))
	must(t, a.ForgetPassword(t.Context(), "li"))
	if _, _, err := a.Login(t.Context(), "li", password, "10.0.0.1"); !errors.Is(err, ErrBadLogin) {
		t.Errorf("login with the forgotten password: %v", err)
	}
	if op, ok := a.Session(session); !ok || !op.NoPassword {
		t.Errorf("the console that was open: %+v %v", op, ok)
	}
	link, err := a.OneTimeLink(t.Context(), "li", time.Hour)
	must(t, err)
	token, op, err := a.UseLink(t.Context(), strings.TrimPrefix(link, LinkPath), "10.0.0.1")
	if err != nil || !op.NoPassword {
		t.Fatalf("by the link: %+v %v", op, err)
	}
	must(t, a.SetPassword(t.Context(), "li", password+" new", token))
	if _, ok := a.Session(session); ok {
		t.Error("the session of before outlives the new password")
	}
	if _, _, err := a.Login(t.Context(), "li", password+" new", "10.0.0.1"); err != nil {
		t.Errorf("login with the new password: %v", err)
	}
	if err := a.ForgetPassword(t.Context(), "nobody"); !errors.Is(err, ErrUnknown) {
		t.Errorf("of nobody: %v", err)
	}
}

func TestThingsEndInTime(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		js, stop := serve(t, dir)
		defer stop()
		a, _ := openAccess(t, js)
		withOperator(t, a, "li")
		session, op, err := a.Login(t.Context(), "li", password, "")
		must(t, err)
		if life := time.Until(op.Expires); life != SessionLife {
			t.Errorf("session lives %s", life)
		}
		link, err := a.OneTimeLink(t.Context(), "li", time.Hour)
		must(t, err)
		time.Sleep(time.Hour - time.Second)
		if _, ok := a.Link(strings.TrimPrefix(link, LinkPath)); !ok {
			t.Error("the link ended early")
		}
		time.Sleep(time.Second)
		if _, ok := a.Link(strings.TrimPrefix(link, LinkPath)); ok {
			t.Error("the link outlived its hour")
		}
		if _, _, err := a.UseLink(t.Context(), strings.TrimPrefix(link, LinkPath), ""); !errors.Is(err, ErrLink) {
			t.Errorf("use of an old link: %v", err)
		}
		time.Sleep(11*time.Hour - time.Second)
		if _, ok := a.Session(session); !ok {
			t.Error("the session ended early")
		}
		time.Sleep(time.Second)
		if _, ok := a.Session(session); ok {
			t.Error("the session outlived its shift")
		}
	})
}

func TestAWeakerStreamIsRefused(t *testing.T) {
	for name, cfg := range map[string]jetstream.StreamConfig{
		"memory":  {Storage: jetstream.MemoryStorage, MaxMsgsPerSubject: 1, AllowMsgTTL: true},
		"forgets": {Storage: jetstream.FileStorage, MaxMsgsPerSubject: 1, AllowMsgTTL: true, MaxAge: time.Hour},
		"keeps":   {Storage: jetstream.FileStorage, MaxMsgsPerSubject: 2, AllowMsgTTL: true},
	} {
		t.Run(name, func(t *testing.T) {
			js, _ := serve(t, t.TempDir())
			cfg.Name, cfg.Subjects = streamName, []string{"access.>"}
			if _, err := js.CreateStream(t.Context(), cfg); err != nil {
				t.Fatal(err)
			}
			if _, err := Open(t.Context(), js, 1, slog.New(slog.DiscardHandler)); !errors.Is(err, ErrStream) {
				t.Errorf("open: %v", err)
			}
		})
	}
}

func TestRecordsOfANewerBuildOpenNothing(t *testing.T) {
	js, _ := serve(t, t.TempDir())
	a, _ := openAccess(t, js)
	token, err := a.CreateToken(t.Context(), ScopeAPI, "x")
	must(t, err)
	d := digestOf(token)
	a.take(subjToken+d.token(), []byte(`{"v":2,"scope":"api"}`), 100)
	if _, ok := a.Token(token); ok {
		t.Error("a record of version 2 is believed")
	}
}
