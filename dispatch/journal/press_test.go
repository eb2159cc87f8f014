package journal

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"onekeyd/dispatch"

	"github.com/google/go-cmp/cmp"
)

func TestPressIsHeardTwice(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		j := open(t, t.TempDir(), "n1")
		defer closing(t, j)
		h := hear(t, j, all)
		defer h.end(t)
		synctest.Wait()

		had := time.Now().Add(-2 * time.Second)
		s, err := j.PublishPress(t.Context(), dispatch.Press{ID: "p1", Device: "D-1", Kind: dispatch.Fall, Received: had})
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if s.Duplicate || s.Seq != 1 || s.Shard != "PRESS-"+shardOf("D-1", 8) {
			t.Errorf("stored: %+v", s)
		}
		want := []dispatch.PressID{"p1"}
		if d := cmp.Diff(want, h.ids(false)); d != "" {
			t.Errorf("core path: %s", d)
		}
		if d := cmp.Diff(want, h.ids(true)); d != "" {
			t.Errorf("stored path: %s", d)
		}
		for _, p := range []dispatch.Press{h.core[0], h.stored[0]} {
			if p.Device != "D-1" || p.Kind != dispatch.Fall || !p.Received.Equal(had) {
				t.Errorf("press came as %+v", p)
			}
		}
		if !h.core[0].StoredAt.IsZero() || h.stored[0].StoredAt.IsZero() {
			t.Errorf("stored at: core %s, stored %s", h.core[0].StoredAt, h.stored[0].StoredAt)
		}
	})
}

func TestRetransmissionIsOnePress(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		j := open(t, t.TempDir(), "n1")
		defer closing(t, j)
		first := mustPublish(t, j, "D-1", "p1")
		again := mustPublish(t, j, "D-1", "p1")
		if !again.Duplicate || again.Seq != first.Seq {
			t.Errorf("first %+v, again %+v", first, again)
		}
		if other := mustPublish(t, j, "D-2", "p1"); other.Duplicate {
			t.Error("the same id of another device is another press")
		}
		time.Sleep(duplicateWindow + time.Minute)
		if late := mustPublish(t, j, "D-1", "p1"); late.Duplicate {
			t.Error("the window has no end; then memory has none either")
		}
	})
}

// Its core copy could not be told from a second press, so only the stored one counts.
func TestPressWithoutIDComesFromTheStreamOnly(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		j := open(t, t.TempDir(), "n1")
		defer closing(t, j)
		h := hear(t, j, all)
		defer h.end(t)
		synctest.Wait()
		for _, body := range []string{`{"device":"D-1"}`, `junk`, `{"id":"has space"}`} {
			if _, err := j.main.js.Publish(t.Context(), "press.D-1", []byte(body)); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		shard := "PRESS-" + shardOf("D-1", 8)
		if d := cmp.Diff([]dispatch.PressID{}, h.ids(false)); d != "" {
			t.Errorf("core: %s", d)
		}
		want := []dispatch.PressID{dispatch.PressID(shard + ":1"), dispatch.PressID(shard + ":2"), dispatch.PressID(shard + ":3")}
		if d := cmp.Diff(want, h.ids(true)); d != "" {
			t.Errorf("stored: %s", d)
		}
		for _, p := range h.stored {
			if p.Device != "D-1" || p.Received.IsZero() || !p.Received.Equal(p.StoredAt) {
				t.Errorf("came as %+v", p)
			}
		}
	})
}

// A gateway's clock may run ahead; a press cannot be received after it was stored.
func TestReceivedIsNotAfterStored(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		j := open(t, t.TempDir(), "n1")
		defer closing(t, j)
		h := hear(t, j, all)
		defer h.end(t)
		synctest.Wait()
		if _, err := j.PublishPress(t.Context(), dispatch.Press{ID: "p1", Device: "D-1", Received: time.Now().Add(time.Hour)}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		for _, p := range []dispatch.Press{h.core[0], h.stored[0]} {
			if p.Received.After(time.Now()) {
				t.Errorf("received %s, now is %s", p.Received, time.Now())
			}
		}
	})
}

func TestPressOfAnImpossibleDeviceIsRefused(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		j := open(t, t.TempDir(), "n1")
		defer closing(t, j)
		for _, d := range []dispatch.DeviceID{"", "a.b", "*", "a b"} {
			if _, err := j.PublishPress(t.Context(), dispatch.Press{ID: "p", Device: d}); err == nil {
				t.Errorf("device %q was stored", d)
			}
		}
	})
}

// Our hash and the server's mapping must agree, over TCP and in-process: else
// one device's presses are spread over two shards and are no longer deduplicated.
func TestShardsAgreeWithTheServer(t *testing.T) {
	j := openWith(t, Options{Node: "a", Embedded: Embedded{Dir: t.TempDir(), Listen: "127.0.0.1:0"}})
	defer closing(t, j)
	tcp := openWith(t, Options{Node: "b", URL: "nats://" + j.Addr(), Password: j.server.token})
	defer closing(t, tcp)
	seen := map[string]bool{}
	for n := range 64 {
		d := dispatch.DeviceID(fmt.Sprintf("张-%d:x@y=_", n))
		for _, from := range []*Journal{j, tcp} {
			ack, err := from.main.js.Publish(t.Context(), "press."+string(d), []byte("{}"))
			if err != nil {
				t.Fatal(err)
			}
			if want := "PRESS-" + shardOf(d, 8); ack.Stream != want {
				t.Fatalf("device %s: the server stores in %s, we in %s", d, ack.Stream, want)
			}
			seen[ack.Stream] = true
		}
	}
	if len(seen) != 8 {
		t.Errorf("64 devices use %d shards of 8", len(seen))
	}
	for _, w := range tcp.Weaknesses() {
		if strings.Contains(w, "mapping") {
			t.Errorf("the mapping is there, but: %s", w)
		}
	}
}
