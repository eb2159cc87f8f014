package journal

import (
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
