package dispatch

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"onekeyd/geo"
)

// Kind says what a press asks for.
type Kind string

// The kinds a press may have on the wire.
const (
	SOS        Kind = "sos"
	Fall       Kind = "fall"
	Inactivity Kind = "inactivity"
	Service    Kind = "service"
	Test       Kind = "test"
	Cancel     Kind = "cancel"
	// AreaStorm is the kind of an area's own incident; no press has it.
	AreaStorm Kind = "storm"
)

// Urgency orders work: a smaller number goes first. It is also the priority
// shown at the desk (IEC 60601-1-8: high, medium, low).
type Urgency int

// The urgencies of the desk.
const (
	Red   Urgency = 1
	Amber Urgency = 2
	Blue  Urgency = 3
)

// Urgency of a press of this kind. An unknown kind is red: we cannot know that it is harmless.
func (k Kind) Urgency() Urgency {
	switch k {
	case Inactivity:
		return Amber
	case Service, Cancel, Test:
		return Blue
	}
	return Red
}

func (k Kind) known() bool {
	switch k {
	case SOS, Fall, Inactivity, Service, Test, Cancel:
		return true
	}
	return false
}

// Press is one activation of a key, as received.
type Press struct {
	ID       PressID    // empty only until the stored copy gives it one
	Device   DeviceID   //
	Kind     Kind       //
	At       time.Time  // the device's own clock, zero if it has none
	Position *geo.Point // where the device says it is, WGS-84
	Battery  *int       // percent
	Service  string     // category of the service that is asked for, if the key says
	Received time.Time  // when our gateway (or the journal) had it
	StoredAt time.Time  // when the journal stored it; zero on the core copy
	Unheard  bool       // it came without an id, so that only its stored copy counts
	Defect   string     // what in its payload could not be used, for the desk; empty when all of it could
}

// LateAfter is how old a press may be at take-up before it is marked late. A
// device repeats an unanswered call within 20 s (SCAIP), so a minute says that
// it was stored somewhere on the way.
const LateAfter = time.Minute

// Lateness is how long ago the key was pressed, or 0 if that is less than
// [LateAfter] ago. Without a device clock the time of receipt stands in.
func (p Press) Lateness(now time.Time) time.Duration {
	pressed := p.Received
	if !p.At.IsZero() && p.At.Before(pressed) {
		pressed = p.At
	}
	if late := now.Sub(pressed); !pressed.IsZero() && late > LateAfter {
		return late
	}
	return 0
}

// LogValue keeps an elder's position out of the log.
func (p Press) LogValue() slog.Value {
	return slog.GroupValue(slog.String("id", string(p.ID)), slog.String("device", string(p.Device)), slog.String("kind", string(p.Kind)))
}

// FieldError names the field of a press that cannot be used, and why.
type FieldError struct{ Field, Why string }

func (e *FieldError) Error() string { return "field " + e.Field + " " + e.Why }

// pressWire is the JSON of a press, DESIGN section 9. Pointers tell absent from zero.
type pressWire struct {
	Device  *string  `json:"device"`
	Kind    *string  `json:"kind,omitempty"`
	ID      *string  `json:"id,omitempty"`
	At      *string  `json:"at,omitempty"`
	Lat     *float64 `json:"lat,omitempty"`
	Lon     *float64 `json:"lon,omitempty"`
	Datum   *string  `json:"datum,omitempty"`
	Battery *float64 `json:"battery,omitempty"`
	Service *string  `json:"service,omitempty"`
	// Defect is written by our gateways only: what they could not read of a
	// press that they took all the same. It is believed in stored copies alone.
	Defect string `json:"defect,omitempty"`
}

// maxDefect bounds the reason that travels with a press, in characters.
const maxDefect = 200

// MaxPress bounds the JSON of a press, in bytes.
const MaxPress = 4 << 10

// DecodePress reads the JSON of a press strictly, as a gateway must before it
// promises anything. Every error is a *FieldError. Unknown fields are let
// through: firmware adds them, and a call for help is no place to argue.
func DecodePress(data []byte) (Press, error) {
	p, faults := readPress(data)
	if len(faults) > 0 {
		return Press{}, faults[0]
	}
	if p.Device == "" {
		return Press{}, &FieldError{"device", "is missing"}
	}
	p.Defect = ""
	return p, nil
}

// ReadStoredPress reads a press that is already on the journal, where refusing
// it is too late: whatever cannot be used is named in Defect, the rest counts.
// The device is the subject's, on which the publisher's permission was given.
func ReadStoredPress(device DeviceID, data []byte) Press {
	p, faults := readPress(data)
	if p.Device != "" && p.Device != device {
		faults = append(faults, &FieldError{"device", fmt.Sprintf("says %q, the subject says %q", p.Device, device)})
	}
	p.Device = device
	if len(faults) > 0 {
		p.Defect = faults[0].Error()
	}
	if p.Kind == "" {
		p.Kind = SOS
	}
	return p
}

func readPress(data []byte) (Press, []*FieldError) {
	p := Press{Kind: SOS}
	if len(data) > MaxPress {
		return p, []*FieldError{{"(body)", fmt.Sprintf("is longer than %d bytes", MaxPress)}}
	}
	var w pressWire
	dec := json.NewDecoder(bytes.NewReader(data))
	if err := dec.Decode(&w); err != nil {
		return p, []*FieldError{fieldOf(err)}
	}
	if err := dec.Decode(new(any)); err != io.EOF {
		return p, []*FieldError{{"(body)", "has something after the JSON object"}}
	}
	p.Defect = clip(strings.ToValidUTF8(w.Defect, ""), maxDefect)
	var faults []*FieldError
	bad := func(field, why string, args ...any) {
		faults = append(faults, &FieldError{field, fmt.Sprintf(why, args...)})
	}
	if w.Device != nil {
		if err := CheckID(*w.Device); err != nil {
			bad("device", "%v", err)
		} else {
			p.Device = DeviceID(*w.Device)
		}
	}
	if w.Kind != nil && *w.Kind != "" {
		if k := Kind(*w.Kind); k.known() {
			p.Kind = k
		} else {
			bad("kind", "is %.32q; sos, fall, inactivity, service, test and cancel are known", *w.Kind)
		}
	}
	if w.ID != nil && *w.ID != "" {
		if len(*w.ID) > maxID || !printable(*w.ID) {
			bad("id", "must be at most %d printable ASCII characters without spaces", maxID)
		} else {
			p.ID = PressID(*w.ID)
		}
	}
	if w.At != nil && *w.At != "" {
		if at, err := time.Parse(time.RFC3339Nano, *w.At); err != nil {
			bad("at", "is %.40q; RFC 3339 is expected, such as 2026-11-21T14:32:00Z", *w.At)
		} else {
			p.At = at.UTC()
		}
	}
	if pos, err := position(w); err != nil {
		faults = append(faults, err)
	} else {
		p.Position = pos
	}
	if w.Battery != nil {
		if b := *w.Battery; math.IsNaN(b) || b < 0 || b > 100 {
			bad("battery", "is %v; a percentage from 0 to 100 is expected", b)
		} else {
			n := int(b)
			p.Battery = &n
		}
	}
	if w.Service != nil && *w.Service != "" {
		if v := strings.ToLower(strings.TrimSpace(*w.Service)); utf8.RuneCountInString(v) > maxService || !utf8.ValidString(v) || strings.ContainsFunc(v, unicode.IsControl) {
			bad("service", "must be at most %d characters", maxService)
		} else {
			p.Service = v
		}
	}
	return p, faults
}

// maxService bounds the name of a service's category, in characters.
const maxService = 32

func position(w pressWire) (*geo.Point, *FieldError) {
	datum := geo.WGS84
	if w.Datum != nil && *w.Datum != "" {
		var err error
		if datum, err = geo.ParseDatum(*w.Datum); err != nil {
			return nil, &FieldError{"datum", err.Error()}
		}
	}
	switch {
	case w.Lat == nil && w.Lon == nil:
		return nil, nil
	case w.Lat == nil:
		return nil, &FieldError{"lat", "is missing beside lon"}
	case w.Lon == nil:
		return nil, &FieldError{"lon", "is missing beside lat"}
	case !(math.Abs(*w.Lat) <= 90):
		return nil, &FieldError{"lat", fmt.Sprintf("is %v; -90 to 90 degrees are possible", *w.Lat)}
	case !(math.Abs(*w.Lon) <= 180):
		return nil, &FieldError{"lon", fmt.Sprintf("is %v; -180 to 180 degrees are possible", *w.Lon)}
	}
	pt, err := datum.ToWGS84(geo.Point{Lat: *w.Lat, Lon: *w.Lon})
	if err != nil {
		return nil, &FieldError{"lat", err.Error()}
	}
	return &pt, nil
}

// EncodePress is the JSON that our gateways publish.
func EncodePress(p Press) []byte {
	device, kind := string(p.Device), string(p.Kind)
	w := pressWire{Device: &device, Kind: &kind, Defect: clip(p.Defect, maxDefect)}
	if p.ID != "" {
		id := string(p.ID)
		w.ID = &id
	}
	if !p.At.IsZero() {
		at := p.At.UTC().Format(time.RFC3339Nano)
		w.At = &at
	}
	if p.Position != nil {
		w.Lat, w.Lon = &p.Position.Lat, &p.Position.Lon
	}
	if p.Battery != nil {
		b := float64(*p.Battery)
		w.Battery = &b
	}
	if p.Service != "" {
		w.Service = &p.Service
	}
	data, err := json.Marshal(w)
	if err != nil { // strings and finite numbers only: DecodePress let nothing else in
		panic("encode press: " + err.Error())
	}
	return data
}

func fieldOf(err error) *FieldError {
	if t, ok := err.(*json.UnmarshalTypeError); ok && t.Field != "" {
		return &FieldError{t.Field, "is a " + t.Value + "; " + t.Type.String() + " is expected"}
	}
	return &FieldError{"(body)", "is not a JSON object: " + err.Error()}
}

func printable(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}
