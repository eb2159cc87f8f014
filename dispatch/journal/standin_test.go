package journal

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode"
	"unicode/utf8"

	"onekeyd/dispatch"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go"
)

// The server acknowledges whatever fits into a subject, so all of it must come
// out as something that a case can be kept under.
func TestPressOfAnImpossibleDeviceReachesTheDesk(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		j := open(t, t.TempDir(), "n1")
		defer closing(t, j)
		h := hear(t, j, all)
		defer h.end(t)
		synctest.Wait()
		tokens := []string{"*", "a>b", `a"b<script>`, strings.Repeat("x", 70), "a\x01\x1b[31mb", "~", "$x", "_INBOX", "\xff\xfe", "a\u202eb", strings.Repeat("\U000e0001", 30)}
		for _, token := range tokens {
			if _, err := j.core.js.Publish(t.Context(), "press."+token, []byte(`{"id":"p1","kind":"fall"}`)); err != nil {
				t.Fatalf("token %q: %v", token, err)
			}
		}
		synctest.Wait()
		for path, got := range map[string][]dispatch.Press{"core": h.core, "stored": h.stored} {
			if len(got) != len(tokens) {
				t.Errorf("%s: %d presses came, want %d", path, len(got), len(tokens))
			}
			devices := map[dispatch.DeviceID]bool{}
			for _, p := range got {
				devices[p.Device] = true
				if err := dispatch.CheckID(string(p.Device)); err != nil {
					t.Errorf("%s: device %q %v", path, p.Device, err)
				}
				if p.Kind != dispatch.Fall || p.ID != "p1" {
					t.Errorf("%s: the rest was lost: %+v", path, p)
				}
				if !strings.HasPrefix(p.Defect, `subject names no usable device: "`) || utf8.RuneCountInString(p.Defect) > 200 {
					t.Errorf("%s: defect %q", path, p.Defect)
				}
				if i := strings.IndexFunc(p.Defect, func(r rune) bool { return !unicode.IsPrint(r) }); i >= 0 {
					t.Errorf("%s: defect %q cannot be printed at %d", path, p.Defect, i)
				}
				if _, err := j.Append(t.Context(), entry(dispatch.CaseID(path+":"+string(p.Device)), "raised"), 0); err != nil {
					t.Errorf("%s: case of %s: %v", path, p.Device, err)
				}
			}
			if len(devices) != len(tokens) {
				t.Errorf("%s: %d tokens became %d devices", path, len(tokens), len(devices))
			}
		}
	})
}

func TestStandInIsTheSameAtEveryPress(t *testing.T) {
	now := time.Date(2026, 11, 21, 14, 32, 0, 0, time.UTC)
	read := func(subject string) dispatch.Press {
		return readPress(subject, nats.Header{}, []byte("{}"), now, now)
	}
	star := read("press.3.*")
	if star.Device != "unreadable-684888c0ebb1" { // first 12 hex of sha256("*")
		t.Errorf("stand-in %s", star.Device)
	}
	if again := read("press.3.*"); again.Device != star.Device {
		t.Errorf("%s, then %s", star.Device, again.Device)
	}
	if want := `subject names no usable device: "*" holds '*'; letters, digits and - _ : @ = are allowed`; star.Defect != want {
		t.Errorf("defect %q, want %q", star.Defect, want)
	}
}

// A press that claims the id of a press without one must not swallow it.
func TestAGivenIDOfOurOwnFormCountsAsNone(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		j := open(t, t.TempDir(), "n1")
		defer closing(t, j)
		h := hear(t, j, all)
		defer h.end(t)
		synctest.Wait()
		stream := "PRESS-" + shardOf("D-1", 8)
		for _, body := range []string{`{"id":"` + stream + `:2"}`, `{}`, `{"id":"PRESS-1:x"}`} {
			if _, err := j.core.js.Publish(t.Context(), "press.D-1", []byte(body)); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		if d := cmp.Diff([]dispatch.PressID{"PRESS-1:x"}, h.ids(false)); d != "" {
			t.Errorf("core: %s", d)
		}
		want := []dispatch.PressID{streamID(stream, 1), streamID(stream, 2), "PRESS-1:x"}
		if d := cmp.Diff(want, h.ids(true)); d != "" {
			t.Errorf("stored: %s", d)
		}
		if claim := h.stored[0]; !claim.Unheard || !strings.Contains(claim.Defect, "field id") {
			t.Errorf("came as %+v", claim)
		}
	})
}

func TestLooksLikeStreamID(t *testing.T) {
	for id, want := range map[dispatch.PressID]bool{
		"PRESS-0:1": true, "PRESS-63:18446744073709551615": true, "PRESS-x:0": true, "PRESS-:7": true, "PRESS-0:a:1": true,
		"PRESS-0:": false, "PRESS-0": false, "PRESS-0:1a": false, "press-0:1": false, "xPRESS-0:1": false, "": false, "p1": false,
	} {
		if got := looksLikeStreamID(id); got != want {
			t.Errorf("%q: %v", id, got)
		}
	}
}
