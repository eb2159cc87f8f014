package mqttgate

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"onekeyd/dispatch"
)

func TestPressOf(t *testing.T) {
	for _, c := range []struct {
		topic, payload string
		device         dispatch.DeviceID
		kind           dispatch.Kind
		defect         string // a part of it
	}{
		{"press/D-1", "", "D-1", dispatch.SOS, ""},
		{"press/D-1", " \r\n", "D-1", dispatch.SOS, ""},
		{"press/D-1", `{"kind":"fall"}`, "D-1", dispatch.Fall, ""},
		{"press/D-1", `{"device":"D-1","kind":"test"}`, "D-1", dispatch.Test, ""},
		{"press/D-1", `{"device":"D-2"}`, "D-1", dispatch.SOS, `says "D-2"`},
		{"press/D-1", `{"kind":"help"}`, "D-1", dispatch.SOS, "field kind"},
		{"press/D-1", "\x01\x02", "D-1", dispatch.SOS, "field (body)"},
		{"press/D-1", `{"kind":`, "D-1", dispatch.SOS, "field (body)"},
		{"press/钥匙-1", "", "钥匙-1", dispatch.SOS, ""},
		{"press/D.1", `{"kind":"fall"}`, standIn("D.1"), dispatch.Fall, `topic "press/D.1"`},
		{"press/a/b", "", standIn("a/b"), dispatch.SOS, `topic "press/a/b"`},
		{"press/$x", "", standIn("$x"), dispatch.SOS, "topic"},
	} {
		got := pressOf(c.topic, []byte(c.payload), time.Unix(9, 0))
		if got.Device != c.device || got.Kind != c.kind || !strings.Contains(got.Defect, c.defect) || (c.defect == "") != (got.Defect == "") {
			t.Errorf("%s %q: %+v", c.topic, c.payload, got)
		}
		if !got.Received.Equal(time.Unix(9, 0)) {
			t.Errorf("%s: received %v", c.topic, got.Received)
		}
	}
}

// Whatever is published under press/ is a press that the journal can take.
func FuzzPressOf(f *testing.F) {
	for _, name := range []string{"D-1", "D.1", "a/b", "钥匙", "", strings.Repeat("x", 70), "\xff"} {
		for _, payload := range []string{"", `{"device":"D-1","kind":"fall","lat":30,"lon":114}`, `{"id":"\u0000"}`, "SOS", `{"battery":1e99}`} {
			f.Add(name, []byte(payload))
		}
	}
	f.Fuzz(func(t *testing.T, name string, payload []byte) {
		topic := pressTopic + name
		if !isPress(topic) {
			if name != "" {
				t.Fatalf("%q is not heard", topic)
			}
			return
		}
		p := pressOf(topic, payload, time.Unix(9, 0))
		if err := dispatch.CheckID(string(p.Device)); err != nil {
			t.Fatalf("device %q %v", p.Device, err)
		}
		if dispatch.CheckID(name) == nil && string(p.Device) != name {
			t.Fatalf("press of %q given to %q", name, p.Device)
		}
		if dispatch.CheckID(name) != nil && p.Defect == "" {
			t.Fatalf("nobody is told that %q is no device", name)
		}
		stored, err := dispatch.DecodePress(dispatch.EncodePress(p))
		if err != nil {
			t.Fatalf("what we publish cannot be read: %v", err)
		}
		if stored.Device != p.Device || stored.Kind != p.Kind || stored.ID != p.ID || !stored.At.Equal(p.At) {
			t.Fatalf("stored %+v, was %+v", stored, p)
		}
	})
}

func TestResendsForget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newResends()
		key := sendKey{"c", 1}
		ask := func(dup bool) dispatch.PressID { return r.press(key, dup, "press/D-1", nil, time.Now()) }
		first := ask(false)
		time.Sleep(Unanswered - 1)
		if ask(true) != first {
			t.Fatal("forgotten before its time")
		}
		time.Sleep(Unanswered - 1) // each repetition keeps it
		if ask(true) != first {
			t.Fatal("forgotten before its time after a repetition")
		}
		r.answered(key, first, time.Now())
		time.Sleep(Answered - 1)
		r.sweep(time.Now())
		if len(r.sent) != 1 {
			t.Fatal("swept before its time")
		}
		time.Sleep(time.Nanosecond)
		if ask(true) == first {
			t.Fatal("remembered after it was acknowledged long ago")
		}
		time.Sleep(Unanswered)
		r.sweep(time.Now())
		if len(r.sent) != 0 {
			t.Fatal("never swept")
		}
	})
}
