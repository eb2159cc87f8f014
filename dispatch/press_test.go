package dispatch

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"onekeyd/geo"
)

func TestDecodePress(t *testing.T) {
	battery := 41
	at := time.Date(2026, 11, 21, 14, 32, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		json  string
		want  Press
		field string
	}{
		"only the device": {json: `{"device":"D-1"}`, want: Press{Device: "D-1", Kind: SOS}},
		"everything": {
			json: `{"device":"D-1","kind":"fall","id":"0017","at":"2026-11-21T22:32:00+08:00","lat":37.59,"lon":118.55,"datum":"wgs84","battery":41}`,
			want: Press{Device: "D-1", Kind: Fall, ID: "0017", At: at, Position: &geo.Point{Lat: 37.59, Lon: 118.55}, Battery: &battery},
		},
		"a field that firmware added": {json: `{"device":"D-1","rssi":-71}`, want: Press{Device: "D-1", Kind: SOS}},
		"letters of any script":       {json: `{"device":"呼叫器-1"}`, want: Press{Device: "呼叫器-1", Kind: SOS}},
		"no device":                   {json: `{"kind":"sos"}`, field: "device"},
		"a wildcard for a device":     {json: `{"device":"D.>"}`, field: "device"},
		"the mark of cases":           {json: `{"device":"device~D"}`, field: "device"},
		"a device of a number":        {json: `{"device":17}`, field: "device"},
		"an unknown kind":             {json: `{"device":"D-1","kind":"panic"}`, field: "kind"},
		"a time without zone":         {json: `{"device":"D-1","at":"2026-11-21 14:32"}`, field: "at"},
		"half a position":             {json: `{"device":"D-1","lat":37.5}`, field: "lon"},
		"a latitude of 91":            {json: `{"device":"D-1","lat":91,"lon":1}`, field: "lat"},
		"a longitude of 999":          {json: `{"device":"D-1","lat":31,"lon":999}`, field: "lon"},
		"a datum of nothing":          {json: `{"device":"D-1","datum":"mars"}`, field: "datum"},
		"a bracket too many":          {json: `{"device":"D-1"}}`, field: "(body)"},
		"an unknown datum":            {json: `{"device":"D-1","lat":37,"lon":118,"datum":"mars"}`, field: "datum"},
		"a battery of 400":            {json: `{"device":"D-1","battery":400}`, field: "battery"},
		"an id with a space":          {json: `{"device":"D-1","id":"a b"}`, field: "id"},
		"no JSON":                     {json: `SOS!`, field: "(body)"},
		"an array":                    {json: `[]`, field: "(body)"},
		"two objects":                 {json: `{"device":"D-1"}{"device":"D-2"}`, field: "(body)"},
		"too long":                    {json: `{"device":"` + strings.Repeat("x", MaxPress) + `"}`, field: "(body)"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := DecodePress([]byte(c.json))
			if fault, ok := errors.AsType[*FieldError](err); c.field != "" && (!ok || fault.Field != c.field) {
				t.Fatalf("error %v does not name the field %q", err, c.field)
			}
			if c.field == "" && err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// What is on the journal was acknowledged: it is a call for help whatever its bytes are.
func TestReadStoredPressNeverRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		json   string
		kind   Kind
		defect string
	}{
		"good":               {`{"device":"D-1","kind":"fall"}`, Fall, ""},
		"empty":              {``, SOS, "(body)"},
		"no JSON":            {`\x00\x01`, SOS, "(body)"},
		"another device":     {`{"device":"D-2"}`, SOS, "device"},
		"an unknown kind":    {`{"device":"D-1","kind":"panic"}`, SOS, "kind"},
		"a bad battery only": {`{"device":"D-1","kind":"fall","battery":-1}`, Fall, "battery"},
	} {
		t.Run(name, func(t *testing.T) {
			p := ReadStoredPress("D-1", []byte(c.json))
			if p.Device != "D-1" || p.Kind != c.kind {
				t.Errorf("device %q kind %q, want D-1 %q", p.Device, p.Kind, c.kind)
			}
			if (c.defect == "") != (p.Defect == "") || !strings.Contains(p.Defect, c.defect) {
				t.Errorf("defect %q, want one about %q", p.Defect, c.defect)
			}
		})
	}
}

// What a gateway could not read reaches the desk; what a device claims about itself does not.
func TestDefectTravelsFromOurGatewaysOnly(t *testing.T) {
	wire := EncodePress(Press{Device: "D-1", Kind: SOS, Defect: "field at is wrong"})
	if p := ReadStoredPress("D-1", wire); p.Defect != "field at is wrong" {
		t.Errorf("the stored copy says %q", p.Defect)
	}
	if p, err := DecodePress(wire); err != nil || p.Defect != "" {
		t.Errorf("a device's own word is believed: %q, %v", p.Defect, err)
	}
}

func TestLateness(t *testing.T) {
	now := time.Date(2026, 11, 21, 14, 32, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		press Press
		want  time.Duration
	}{
		"fresh":                     {Press{At: now.Add(-2 * time.Second), Received: now}, 0},
		"stored in the device":      {Press{At: now.Add(-time.Hour), Received: now}, time.Hour},
		"stored while we were down": {Press{Received: now.Add(-10 * time.Minute)}, 10 * time.Minute},
		"a device clock ahead":      {Press{At: now.Add(24 * time.Hour), Received: now}, 0},
		"no clock at all":           {Press{}, 0},
	} {
		if got := c.press.Lateness(now); got != c.want {
			t.Errorf("%s: late %s, want %s", name, got, c.want)
		}
	}
}

func FuzzPress(f *testing.F) {
	for _, seed := range []string{`{"device":"D-1"}`, `{"device":"D-1","kind":"fall","id":"1","at":"2026-11-21T14:32:00Z","lat":37.5,"lon":118.5,"datum":"gcj02","battery":3}`, `{`, `{"device":"D-1","lat":1e999}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		stored := ReadStoredPress("D-1", data)
		if stored.Device != "D-1" || !stored.Kind.known() {
			t.Errorf("a stored press became device %q kind %q", stored.Device, stored.Kind)
		}
		p, err := DecodePress(data)
		if err != nil {
			if _, ok := errors.AsType[*FieldError](err); !ok {
				t.Errorf("error %v names no field", err)
			}
			return
		}
		if err := CheckID(string(p.Device)); err != nil {
			t.Errorf("device %q got in: it %v", p.Device, err)
		}
		again, err := DecodePress(EncodePress(p))
		if err != nil {
			t.Fatalf("what was read does not read again: %v", err)
		}
		if diff := cmp.Diff(p, again); diff != "" {
			t.Errorf("encode and decode change it (-first +second):\n%s", diff)
		}
	})
}
