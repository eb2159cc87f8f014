package journal

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go"
)

// lines is a log that can be read while it is written.
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

// plain is a log without the time.
func plain(to *lines) *slog.Logger {
	return slog.New(slog.NewTextHandler(to, &slog.HandlerOptions{Level: slog.LevelDebug, ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey || a.Key == slog.MessageKey {
			return slog.Attr{}
		}
		return a
	}}))
}

// A real server says this, so the test also notices when its wording changes.
func TestATokenInPlaceOfAUserNameIsNotLogged(t *testing.T) {
	var out lines
	j := openWith(t, Options{Node: "n1", Log: plain(&out), Embedded: Embedded{Dir: t.TempDir(), Listen: "127.0.0.1:0"}})
	for _, o := range []nats.Option{nats.UserInfo("okd_s3cret-token", ""), nats.UserInfo(`okd_s3cret" "okd_s3cret`, "x"), nats.Token("okd_s3cret-token")} {
		if nc, err := nats.Connect("nats://"+j.Addr(), o); err == nil {
			nc.Close()
			t.Error("a stranger is let in")
		}
	}
	closing(t, j)
	if said := out.String(); strings.Contains(said, "s3cret") || !strings.Contains(said, "authentication error") {
		t.Errorf("said: %s", said)
	}
}

func TestAFloodOfClientLinesIsOneASecond(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		var out lines
		l := &serverLog{log: plain(&out)}
		flood := func(n int) {
			for i := range n {
				l.Errorf("%s - cid:%d - %s", "10.0.0.1:5", i, "Publish Violation")
			}
			l.Warnf("JetStream is slow") // nothing to do with clients
		}
		expect := func(want ...string) {
			t.Helper()
			synctest.Wait()
			if d := cmp.Diff(strings.Join(want, "\n")+"\n", out.String()); d != "" {
				t.Error(d)
			}
			out.mu.Lock()
			out.b.Reset()
			out.mu.Unlock()
		}
		line := func(cid int, more string) string {
			return fmt.Sprintf(`level=ERROR said="10.0.0.1:5 - cid:%d - Publish Violation"%s`, cid, more)
		}
		const slow = `level=WARN said="JetStream is slow"`
		flood(1000)
		expect(line(0, ""), slow)
		time.Sleep(clientPause)
		expect(line(999, " of=999"))
		flood(3)
		expect(slow)
		time.Sleep(clientPause)
		expect(line(2, " of=3"))
		time.Sleep(3 * clientPause)
		flood(1) // after silence at once
		expect(line(0, ""), slow)
		flood(2)
		l.stop()
		expect(slow, line(1, " of=2"))
	})
}

func TestAClientLineIsClipped(t *testing.T) {
	var out lines
	l := &serverLog{log: plain(&out)}
	defer l.stop()
	l.Errorf("10.0.0.1:5 - cid:1 - %s", strings.Repeat("界", 1000))
	if n := len(out.String()); n < clipLine || n > clipLine+50 {
		t.Errorf("a line of %d bytes", n)
	}
}
