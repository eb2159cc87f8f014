package registry

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"onekeyd/dispatch"
	"onekeyd/geo"
)

// parse turns the JSON of one record into its stored form. The identifier may
// be left out of the body; if it is there it must be that of the path.
func (h *handler) parse(key Key, body []byte, now time.Time) ([]byte, error) {
	fields, problem := object(body)
	if problem != nil {
		return nil, &RefusedError{[]Problem{*problem}}
	}
	if key.Kind == Areas {
		return h.parseArea(key, fields, now)
	}
	var r row
	columns := columnsOf(key.Kind)
	for name, v := range fields {
		i := slices.IndexFunc(columns, func(c column) bool { return c.name == name })
		if i < 0 {
			return nil, refusal(shown(name), "is not a field of this record; known are "+columnNames(columns))
		}
		s, ok := scalar(v)
		if (name == "areas" || name == "categories") && !ok {
			s, ok = joined(v)
		}
		if !ok {
			return nil, refusal(name, "is neither text nor a number")
		}
		r[i] = s
	}
	if r[0] != "" && r[0] != key.ID {
		return nil, refusal(columns[0].name, "is not the one in the path")
	}
	r[0] = key.ID
	if key.Kind == Contacts {
		if rank := strconv.Itoa(key.Rank); r[contactRank] != "" && r[contactRank] != rank {
			return nil, refusal("rank", "is not the one in the path")
		}
		r[contactRank] = strconv.Itoa(key.Rank)
	}
	if _, named := fields["medical"]; key.Kind == Elders && !named {
		if e, ok := h.r.Snapshot().Elder(dispatch.ElderID(key.ID)); ok {
			r[elderMedical] = e.Medical
		}
	}
	_, record, err := h.r.parseRow(key.Kind, &r, h.o.Region, now)
	return record, err
}

func (h *handler) parseArea(key Key, fields map[string]json.RawMessage, now time.Time) ([]byte, error) {
	form := areaForm{Code: key.ID}
	into := map[string]*string{"code": &form.Code, "name": &form.Name, "level": &form.Level, "parent": &form.Parent, "datum": &form.Datum}
	for name, v := range fields {
		if name == "polygon" {
			form.Polygon = v
			continue
		}
		at, known := into[name]
		if !known {
			return nil, refusal(shown(name), "is not a field of an area; known are code, name, level, parent, polygon, datum")
		}
		s, ok := scalar(v)
		if !ok {
			return nil, refusal(name, "is neither text nor a number")
		}
		*at = s
	}
	if form.Code != key.ID {
		return nil, refusal("code", "is not the one in the path")
	}
	var found problems
	p := h.r.parser(&found, h.o.Region, now)
	p.out.area(p.area(form))
	if !found.none() {
		return nil, &RefusedError{found.all()}
	}
	return p.out.b, nil
}

func refusal(column, why string) error {
	return &RefusedError{[]Problem{{Column: column, Why: why}}}
}

// object reads one JSON object, in which no name may come twice.
func object(body []byte) (map[string]json.RawMessage, *Problem) {
	notObject := &Problem{Why: "the body is not a JSON object"}
	in := json.NewDecoder(bytes.NewReader(body))
	if t, err := in.Token(); err != nil || t != json.Delim('{') {
		return nil, notObject
	}
	fields := map[string]json.RawMessage{}
	for in.More() {
		t, err := in.Token()
		if err != nil {
			return nil, notObject
		}
		name := t.(string) // the decoder gives nothing else in this place
		if _, twice := fields[name]; twice {
			return nil, &Problem{Column: shown(name), Why: "is there twice"}
		}
		var v json.RawMessage
		if err := in.Decode(&v); err != nil {
			return nil, notObject
		}
		fields[name] = v
	}
	if _, err := in.Token(); err != nil {
		return nil, notObject
	}
	if _, err := in.Token(); !errors.Is(err, io.EOF) {
		return nil, notObject
	}
	return fields, nil
}

func joined(v json.RawMessage) (string, bool) {
	var list []string
	err := json.Unmarshal(v, &list)
	return strings.Join(list, ";"), err == nil
}

// rowJSON is a record as GET gives it and PUT takes it. Empty fields are left out.
func rowJSON(kind Kind, r *row) map[string]any {
	body := map[string]any{}
	for i, c := range columnsOf(kind) {
		switch c.name {
		case "lat", "lon", "rank", "birth_year":
			if r[i] != "" {
				body[c.name] = json.Number(r[i])
			}
		case "living_alone", "on_duty":
			body[c.name] = r[i] == "yes"
		case "areas", "categories":
			if r[i] != "" {
				body[c.name] = strings.Split(r[i], ";")
			}
		default:
			if r[i] != "" {
				body[c.name] = r[i]
			}
		}
	}
	return body
}

func areaJSON(a geo.Area) map[string]any {
	body := map[string]any{"code": a.Code, "name": a.Name, "level": string(a.Level)}
	if a.Parent != "" {
		body["parent"] = a.Parent
	}
	if g := geometryOf(a.Polygon); g != nil {
		body["polygon"] = g
	}
	return body
}
