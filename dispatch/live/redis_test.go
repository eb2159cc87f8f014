package live

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"onekeyd/dispatch"
	"onekeyd/geo"

	"github.com/redis/go-redis/v9"
)

// server is a real redis-server of this test alone.
type server struct {
	t    testing.TB
	port string
	args []string
	cmd  *exec.Cmd
	out  *sync.WaitGroup
}

// startRedis starts one on a free port, or says why it cannot.
func startRedis(t testing.TB, args ...string) *server {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		word := "no redis-server on this machine; apt-get install redis-server brings it"
		if strings.Contains(os.Getenv("ONEKEYD_TEST_REQUIRE"), "redis") {
			t.Fatal(word)
		}
		t.Skip(word)
	}
	s := &server{t: t, args: args}
	t.Cleanup(s.kill)
	for range 5 { // a free port may be taken before Redis has it
		s.port = freePort(t)
		if s.start() {
			return s
		}
	}
	t.Fatal("redis-server does not start")
	return nil
}

// start reports whether the server came up.
func (s *server) start() bool {
	s.t.Helper()
	s.cmd = exec.Command("redis-server", append(s.args, "--port", s.port, "--bind", "127.0.0.1",
		"--save", "", "--appendonly", "no", "--dir", s.t.TempDir(), "--daemonize", "no")...)
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	up := make(chan bool, 2)
	s.out = &sync.WaitGroup{}
	s.out.Go(func() {
		for sc := bufio.NewScanner(out); sc.Scan(); {
			if l := sc.Text(); strings.Contains(l, "eady to accept connections") || strings.Contains(l, "Sentinel ID is") {
				select {
				case up <- true:
				default:
				}
			}
		}
		select {
		case up <- false:
		default:
		}
	})
	if <-up {
		return true
	}
	s.kill()
	return false
}

// kill takes the server away without a word to anybody.
func (s *server) kill() {
	if s.cmd == nil || s.cmd.Process == nil {
		return
	}
	_ = s.cmd.Process.Kill()
	s.out.Wait()
	_ = s.cmd.Wait()
	s.cmd = nil
}

func (s *server) signal(sig syscall.Signal) {
	s.t.Helper()
	if err := s.cmd.Process.Signal(sig); err != nil {
		s.t.Fatal(err)
	}
}

func (s *server) url() string { return "redis://127.0.0.1:" + s.port + "/0" }

func (s *server) client() *redis.Client {
	c := redis.NewClient(&redis.Options{Addr: "127.0.0.1:" + s.port})
	s.t.Cleanup(func() { _ = c.Close() })
	return c
}

func freePort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
}

// sharing opens running stores on an address, each test in a space of its own.
func sharing(url string) func(*testing.T, Options) Store {
	return func(t *testing.T, o Options) Store {
		t.Helper()
		o.RedisURL = url
		if o.Space == "" {
			o.Space = strings.Map(func(r rune) rune {
				if r <= ' ' {
					return '_'
				}
				return r
			}, t.Name())
			o.Space = o.Space[max(0, len(o.Space)-maxWord):]
		}
		s := openRunning(t, o)
		until(t, "healthy", func() bool { return s.Healthy() == nil })
		return s
	}
}

func TestRedis(t *testing.T) { contract(t, sharing(startRedis(t).url())) }

func TestRedisCluster(t *testing.T) {
	srv := startRedis(t, "--cluster-enabled", "yes")
	c := srv.client()
	if err := c.Do(t.Context(), "CLUSTER", "ADDSLOTSRANGE", 0, 16383).Err(); err != nil {
		t.Fatal(err)
	}
	until(t, "the cluster is whole", func() bool {
		info, err := c.ClusterInfo(t.Context()).Result()
		return err == nil && strings.Contains(info, "cluster_state:ok")
	})
	url := "redis://127.0.0.1:" + srv.port + "?cluster=true"
	contract(t, sharing(url))
	twoNodes(t, sharing(url))
}

func TestRedisSentinel(t *testing.T) {
	srv := startRedis(t)
	conf := t.TempDir() + "/sentinel.conf"
	if err := os.WriteFile(conf, []byte("sentinel monitor care 127.0.0.1 "+srv.port+" 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	sentinel := startRedis(t, conf, "--sentinel")
	url := "redis://127.0.0.1:" + sentinel.port + "/0?master_name=care"
	contract(t, sharing(url))
	twoNodes(t, sharing(url))
}

func TestTwoNodesSeeTheSame(t *testing.T) { twoNodes(t, sharing(startRedis(t).url())) }

func twoNodes(t *testing.T, open func(*testing.T, Options) Store) {
	t.Helper()
	heard := make(chan dispatch.ResponderID, 1)
	o := Options{Space: "town"}
	a := open(t, o)
	o.OnMove = func(id dispatch.ResponderID, _ Position) { heard <- id }
	b := open(t, o)
	now := time.Now().UTC().Truncate(time.Millisecond)
	p := Position{geo.Point{Lat: 31.123456789, Lon: -121.4}, now}
	a.Move("r1", p, now)
	a.Seen("d1", now)
	a.Armed("node-a", 2, now)
	b.Armed("node-b", 1, now)
	if id := <-heard; id != "r1" {
		t.Errorf("told of %s", id)
	}
	if got := b.Positions(now)["r1"]; got != p {
		t.Errorf("b has %v, not %v", got, p)
	}
	until(t, "b knows the device", func() bool { at, ok := b.LastSeen("d1"); return ok && at.Equal(now) })
	until(t, "both count three consoles", func() bool { return a.ArmedTotal(time.Now()) == 3 && b.ArmedTotal(time.Now()) == 3 })

	late := open(t, Options{Space: "town"})
	if got := late.Positions(now)["r1"]; got != p {
		t.Errorf("a node that came later has %v, not %v", got, p)
	}
	if at, ok := late.LastSeen("d1"); !ok || !at.Equal(now) {
		t.Errorf("a node that came later saw d1 %v %v", at, ok)
	}
	apart := open(t, Options{Space: "another"})
	if n := len(apart.Positions(now)); n != 0 {
		t.Errorf("another space has %d of our positions", n)
	}
}

func TestStoppedRedisHoldsUpNobody(t *testing.T) {
	srv := startRedis(t)
	s := sharing(srv.url())(t, Options{})
	srv.signal(syscall.SIGSTOP)
	defer srv.signal(syscall.SIGCONT)

	// If even one in a hundred of these waited for Redis, they would take 100 s.
	done := make(chan error)
	go func() {
		for i := range 10_000 {
			now := time.Now()
			id := dispatch.ResponderID("r" + strconv.Itoa(i))
			if !s.Move(id, Position{geo.Point{Lat: 31, Lon: 121}, now}, now) {
				done <- fmt.Errorf("%s is no news", id)
				return
			}
			s.Seen("d1", now)
			s.Armed("n1", 1, now)
			if _, ok := s.LastSeen("d1"); !ok || s.ArmedTotal(now) != 1 {
				done <- errors.New("own device or console is forgotten")
				return
			}
		}
		if n := len(s.Positions(time.Now())); n != 10_000 {
			done <- fmt.Errorf("%d positions", n)
			return
		}
		done <- nil
	}()
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("something waits for a stopped redis")
	}
	until(t, "the store says so", func() bool { return errors.Is(s.Healthy(), ErrAway) })
	if s.Dropped() == 0 {
		t.Error("nothing counts as dropped")
	}
	srv.signal(syscall.SIGCONT)
	until(t, "healthy again", func() bool { return s.Healthy() == nil })
	other := sharing(srv.url())(t, Options{Space: s.(*shared).space})
	if n := len(other.Positions(time.Now())); n != 10_000 {
		t.Errorf("another node has %d positions", n)
	}
}

func TestRedisDiesAndComesBackEmpty(t *testing.T) {
	srv := startRedis(t)
	var log lines
	o := Options{Space: "town", Log: slog.New(slog.NewTextHandler(&log, nil))}
	open := sharing(srv.url())
	a, b := open(t, o), open(t, o)
	now := time.Now().UTC().Truncate(time.Millisecond)
	at := func(lat float64) Position { return Position{geo.Point{Lat: lat, Lon: 121}, now} }
	a.Move("before", at(1), now)
	until(t, "b has the first", func() bool { return len(b.Positions(now)) == 1 })

	srv.kill()
	for _, s := range []Store{a, b} {
		until(t, "away", func() bool { return errors.Is(s.Healthy(), ErrAway) })
	}
	dropped := a.Dropped()
	a.Move("during", at(2), now)
	b.Move("elsewhere", at(3), now)
	b.Seen("d1", now)
	if a.Dropped() != dropped+1 {
		t.Errorf("%d dropped, not one more than %d", a.Dropped(), dropped)
	}
	if n := len(a.Positions(now)); n != 2 {
		t.Errorf("a knows %d positions without redis, not its 2", n)
	}
	if !srv.start() {
		t.Fatal("redis does not come back")
	}
	for name, s := range map[string]Store{"a": a, "b": b} {
		until(t, name+" healthy", func() bool { return s.Healthy() == nil })
		until(t, name+" has all", func() bool { _, seen := s.LastSeen("d1"); return seen && len(s.Positions(now)) == 3 })
	}
	until(t, "redis has all", func() bool {
		n, err := srv.client().HLen(t.Context(), a.(*shared).bucketKey(bucketOf(now))).Result()
		return err == nil && n == 3
	})
	if text := log.String(); strings.Count(text, "redis is away") != 2 {
		t.Errorf("each store says once that redis is away:\n%s", text)
	}
}

// lines is a log that several goroutines write.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func TestStartsWithoutRedis(t *testing.T) {
	s := openRunning(t, Options{RedisURL: "redis://127.0.0.1:" + freePort(t)})
	if err := s.Healthy(); !errors.Is(err, ErrAway) {
		t.Errorf("healthy says %v", err)
	}
	now := time.Now()
	if !s.Move("r1", Position{geo.Point{Lat: 31, Lon: 121}, now}, now) || len(s.Positions(now)) != 1 {
		t.Error("its own position is not there")
	}
}

func TestNothingInRedisLivesForEver(t *testing.T) {
	srv := startRedis(t)
	s := sharing(srv.url())(t, Options{})
	now := time.Now()
	s.Move("r1", Position{geo.Point{Lat: 31, Lon: 121}, now}, now)
	s.Move("r2", Position{geo.Point{Lat: 31, Lon: 121}, now.Add(-25 * time.Minute)}, now)
	s.Seen("d1", now)
	s.Armed("n1", 1, now)
	c := srv.client()
	until(t, "all written", func() bool { n, err := c.DBSize(t.Context()).Result(); return err == nil && n == 3 })
	keys, err := c.Keys(t.Context(), "*").Result()
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range keys {
		ttl, err := c.TTL(t.Context(), k).Result()
		limit := PositionFor + bucketFor + time.Minute
		if strings.HasSuffix(k, ":seen") {
			limit = SeenFor
		}
		if err != nil || ttl <= 0 || ttl > limit {
			t.Errorf("%s lives for %v (%v), not up to %v", k, ttl, err, limit)
		}
	}
	if err := c.ZAdd(t.Context(), s.(*shared).seenKey(), redis.Z{Score: float64(now.Add(-SeenFor - time.Hour).UnixMilli()), Member: "ancient"}).Err(); err != nil {
		t.Fatal(err)
	}
	late := sharing(srv.url())(t, Options{Space: s.(*shared).space})
	if _, ok := late.LastSeen("ancient"); ok {
		t.Error("a device silent for more than SeenFor is remembered")
	}
}

func TestOlderPositionNeverReplacesNewerInRedis(t *testing.T) {
	srv := startRedis(t)
	s := sharing(srv.url())(t, Options{}).(*shared)
	now := time.UnixMilli(bucketOf(time.Now())*bucketFor.Milliseconds() + 60_000) // both in one bucket
	newer, older := Position{geo.Point{Lat: 1, Lon: 2}, now}, Position{geo.Point{Lat: 3, Lon: 4}, now.Add(-30 * time.Second)}
	c := srv.client()
	for _, p := range []Position{newer, older} {
		w := newWriter(s, c, now, func(int) error { return nil })
		if err := w.all(t.Context(), changes{moves: map[dispatch.ResponderID]Position{"r1": p}}); err != nil {
			t.Fatal(err)
		}
	}
	got, err := c.HGet(t.Context(), s.bucketKey(bucketOf(now)), "r1").Result()
	if want := string(appendPlace(nil, newer)); err != nil || got != want {
		t.Errorf("redis has %q (%v), not %q", got, err, want)
	}
}

func TestFullQueueAsksForAResync(t *testing.T) {
	srv := startRedis(t)
	s := sharing(srv.url())(t, Options{}).(*shared)
	now := time.Now()
	before := s.session.Load()
	const many = QueueLimit + 5000
	srv.signal(syscall.SIGSTOP) // so that the queue fills faster than it empties
	for i := range many {
		s.Move(dispatch.ResponderID("r"+strconv.Itoa(i)), Position{geo.Point{Lat: 31, Lon: 121}, now}, now)
	}
	srv.signal(syscall.SIGCONT)
	if s.Dropped() == 0 {
		t.Error("nothing was dropped")
	}
	until(t, "resync", func() bool { return s.session.Load() > before && s.Healthy() == nil })
	until(t, "redis has all", func() bool {
		n, err := srv.client().HLen(t.Context(), s.bucketKey(bucketOf(now))).Result()
		return err == nil && n == many
	})
}

func TestAddresses(t *testing.T) {
	for address, want := range map[string]string{
		"redis://h":                                  "*redis.Client",
		"rediss://u:p@h:6380/2?read_timeout=2s":      "*redis.Client",
		"unix:///run/redis.sock?db=1":                "*redis.Client",
		"redis://s1:26379?master_name=m&addr=s2:123": "*redis.Client",
		"redis://h1?addr=h2:6379":                    "*redis.ClusterClient",
		"rediss://u:p@h1?cluster=true":               "*redis.ClusterClient",
	} {
		dial, err := parseAddress(address)
		if err != nil {
			t.Errorf("%s: %v", address, err)
			continue
		}
		c := dial()
		if got := fmt.Sprintf("%T", c); got != want {
			t.Errorf("%s makes a %s", address, got)
		}
		_ = c.Close()
	}
	for _, address := range []string{
		"h:6379", "http://u:geheim@h", "redis://u:geheim@h:x", "redis://:geheim@h\x7f", "redis://u:geheim@h/x", "redis://u:geheim@h?pasword=1",
		"redis://u:geheim@h?master_name=m&route_randomly=true", "redis://u:geheim@h?addr=h2:1&read_only=true", "redis:",
	} {
		_, err := Open(Options{RedisURL: address})
		if err == nil {
			t.Errorf("%q is taken", address)
		} else if strings.Contains(err.Error(), "geheim") {
			t.Errorf("the password is in %q", err)
		}
	}
	if _, err := Open(Options{RedisURL: "redis://h", Space: "two words"}); err == nil {
		t.Error("a space of two words is taken")
	}
}

func BenchmarkMoveRedis(b *testing.B) {
	benchmarkMove(b, Options{RedisURL: startRedis(b).url()})
}

// benchmarkMove moves 10,000 responders in turn, as fast as one caller can. With
// Redis the writer and the listener work beside it and take the newest of each.
func benchmarkMove(b *testing.B, o Options) {
	s, err := Open(o)
	if err != nil {
		b.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	defer func() { stop(); <-ended }()
	for s.Healthy() != nil {
		<-time.After(time.Millisecond)
	}
	ids := make([]dispatch.ResponderID, 10_000)
	for i := range ids {
		ids[i] = dispatch.ResponderID("responder-" + strconv.Itoa(i))
	}
	start, n := time.Now().Add(-10*time.Minute), 0
	b.ReportAllocs()
	for b.Loop() {
		at := start.Add(time.Duration(n/len(ids)) * time.Millisecond)
		if !s.Move(ids[n%len(ids)], Position{geo.Point{Lat: 31, Lon: 121}, at}, at) {
			b.Fatal("no news")
		}
		n++
	}
	b.ReportMetric(float64(s.Dropped()), "dropped")
	if err := s.Healthy(); err != nil {
		b.Error(err)
	}
}

// BenchmarkBatchRedis is one round trip of a full batch.
func BenchmarkBatchRedis(b *testing.B) {
	srv := startRedis(b)
	st, err := Open(Options{RedisURL: srv.url()})
	if err != nil {
		b.Fatal(err)
	}
	s, c := st.(*shared), srv.client()
	now, n := time.Now(), 0
	for b.Loop() {
		moves := make(map[dispatch.ResponderID]Position, batch)
		for i := range batch {
			moves[dispatch.ResponderID("responder-"+strconv.Itoa(n%10*batch+i))] = Position{geo.Point{Lat: 31, Lon: 121}, now.Add(time.Duration(n/10) * time.Millisecond)}
		}
		n++
		if err := newWriter(s, c, now, func(int) error { return nil }).all(b.Context(), changes{moves: moves}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n*batch)/b.Elapsed().Seconds(), "moves/s")
}
