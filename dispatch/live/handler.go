package live

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"onekeyd/dispatch"
	"onekeyd/geo"
)

const (
	// PositionsPath is where positions are posted.
	PositionsPath = "/v1/positions"
	// MaxPositions in one request.
	MaxPositions = 1000
	// MaxBody of a request, in bytes.
	MaxBody = 256 << 10

	bodyTime = 10 * time.Second // a phone at the edge of coverage
)

// PositionsHandler answers POST /v1/positions, with one position or an array of
// at most [MaxPositions]:
//
//	{"responder":"R-1","lat":31.2,"lon":121.4,"datum":"wgs84","at":"2026-11-21T14:32:00Z"}
//
// responder, lat and lon are required; datum is wgs84 and at is now if absent.
// An at in the future counts as now. The answers:
//
//	202  {"moved","older","stale"}   how many were news, not newer than what is known, and too old to be of use
//	400  {"error","index","field"}   nothing was taken; index counts from 0. Also if all of it is too old
//	405, 413                         not a POST; longer than MaxBody
//
// It asks no credentials: whoever mounts it does. known says whether the
// directory has a responder; now is the clock.
func PositionsHandler(store Store, now func() time.Time, known func(dispatch.ResponderID) bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			w.Header().Set("Allow", http.MethodPost)
			answer(w, http.StatusMethodNotAllowed, refusal{Error: "positions are sent with POST"})
			return
		}
		// For this request only; a writer without deadlines (tests) reads from memory.
		_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(bodyTime))
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxBody))
		if _, long := errors.AsType[*http.MaxBytesError](err); long {
			answer(w, http.StatusRequestEntityTooLarge, refusal{Error: fmt.Sprintf("positions are at most %d bytes a request", MaxBody)})
			return
		}
		if err != nil {
			answer(w, http.StatusBadRequest, refusal{Error: "the body did not arrive whole"})
			return
		}
		reports, err := decodeReports(body)
		if err == nil {
			err = whoIsKnown(reports, known)
		}
		at := now()
		if err == nil {
			err = worthless(reports, at)
		}
		if err != nil {
			answer(w, http.StatusBadRequest, refuse(err))
			return
		}
		answer(w, http.StatusAccepted, take(store, reports, at))
	})
}

// report is one position as sent; a zero at is now.
type report struct {
	responder dispatch.ResponderID
	Position
}

type counts struct {
	Moved int `json:"moved"`
	Older int `json:"older"`
	Stale int `json:"stale"`
}

func take(store Store, reports []report, now time.Time) counts {
	var c counts
	for _, r := range reports {
		if r.At.IsZero() {
			r.At = now
		}
		switch {
		case now.Sub(r.At) > PositionFor:
			c.Stale++
		case store.Move(r.responder, r.Position, now):
			c.Moved++
		default:
			c.Older++
		}
	}
	return c
}

// reportError names what cannot be used in which position.
type reportError struct {
	index      int
	field, why string
}

func (e *reportError) Error() string {
	return fmt.Sprintf("position %d: field %s %s", e.index, e.field, e.why)
}

func whoIsKnown(reports []report, known func(dispatch.ResponderID) bool) error {
	for i, r := range reports {
		if !known(r.responder) {
			return &reportError{i, "responder", fmt.Sprintf("%q is not in the directory", r.responder)}
		}
	}
	return nil
}

// worthless refuses a request of which nothing is young enough, so that a
// sender whose clock is behind learns of it.
func worthless(reports []report, now time.Time) error {
	for _, r := range reports {
		if r.At.IsZero() || now.Sub(r.At) <= PositionFor {
			return nil
		}
	}
	if len(reports) == 0 {
		return nil
	}
	return &reportError{0, "at", fmt.Sprintf("is stale: older than %v, like all that was sent", PositionFor)}
}

// reportWire is the JSON of a position. Pointers tell absent from zero.
type reportWire struct {
	Responder *string  `json:"responder"`
	Lat       *float64 `json:"lat"`
	Lon       *float64 `json:"lon"`
	Datum     *string  `json:"datum"`
	At        *string  `json:"at"`
}

// decodeReports reads one position or an array, all or nothing.
func decodeReports(body []byte) ([]report, error) {
	var parts []json.RawMessage
	if trimmed := bytes.TrimLeft(body, " \t\r\n"); len(trimmed) > 0 && trimmed[0] == '[' {
		if err := json.Unmarshal(body, &parts); err != nil {
			return nil, &reportError{0, "(body)", "is no JSON array: " + err.Error()}
		}
	} else {
		parts = []json.RawMessage{body}
	}
	if len(parts) > MaxPositions {
		return nil, &reportError{MaxPositions, "(body)", fmt.Sprintf("is one more than the %d positions a request may have", MaxPositions)}
	}
	reports := make([]report, len(parts))
	for i, part := range parts {
		r, field, why := decodeReport(part)
		if why != "" {
			return nil, &reportError{i, field, why}
		}
		reports[i] = r
	}
	return reports, nil
}

// decodeReport gives the field that cannot be used and why, or the position.
func decodeReport(data []byte) (r report, field, why string) {
	var w reportWire
	if err := json.Unmarshal(data, &w); err != nil {
		if t, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && t.Field != "" {
			return r, t.Field, "is a JSON " + t.Value + ", not a " + t.Type.String()
		}
		return r, "(body)", "is no JSON object: " + err.Error()
	}
	if w.Responder == nil {
		return r, "responder", "is missing"
	}
	if err := dispatch.CheckID(*w.Responder); err != nil {
		return r, "responder", err.Error()
	}
	r.responder = dispatch.ResponderID(*w.Responder)
	switch {
	case w.Lat == nil:
		return r, "lat", "is missing"
	case w.Lon == nil:
		return r, "lon", "is missing"
	}
	datum := geo.WGS84
	if w.Datum != nil {
		d, err := geo.ParseDatum(*w.Datum)
		if err != nil {
			return r, "datum", fmt.Sprintf("is %.16q; wgs84, gcj02 and bd09 are known", *w.Datum)
		}
		datum = d
	}
	p := geo.Point{Lat: *w.Lat, Lon: *w.Lon}
	if err := p.Plausible(); err != nil {
		if !(p.Lon >= -180 && p.Lon <= 180) {
			return r, "lon", err.Error()
		}
		return r, "lat", err.Error()
	}
	p, err := datum.ToWGS84(p)
	if err != nil {
		return r, "lat", err.Error()
	}
	r.Point = p
	if w.At != nil && *w.At != "" {
		at, err := time.Parse(time.RFC3339Nano, *w.At)
		if err != nil {
			return r, "at", fmt.Sprintf("is %.40q; RFC 3339 is expected, such as 2026-11-21T14:32:00Z", *w.At)
		}
		r.At = at.UTC()
	}
	return r, "", ""
}

type refusal struct {
	Error string `json:"error"`
	Index *int   `json:"index,omitempty"`
	Field string `json:"field,omitempty"`
}

func refuse(err error) refusal {
	f := refusal{Error: err.Error()}
	if e, ok := errors.AsType[*reportError](err); ok {
		f.Index, f.Field = &e.index, e.field
	}
	return f
}

func answer(w http.ResponseWriter, status int, v any) {
	data, err := json.Marshal(v)
	if err != nil { // structs of strings and numbers
		panic("encode answer: " + err.Error())
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(data) // the sender may have hung up
}
