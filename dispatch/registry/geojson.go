package registry

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"onekeyd/dispatch"
	"onekeyd/geo"
)

// readAreas reads areas.geojson: a FeatureCollection (RFC 7946) whose features
// have the properties code, name, level and parent, and a polygon or none.
// Other properties are left alone: map programs add their own. So parent must
// be written, if only as null, or a misspelt one would go unnoticed.
func (l *loading) readAreas() error {
	in, err := l.open(Areas)
	if err != nil {
		return err
	}
	defer in.Close()
	text, err := io.ReadAll(in)
	if err != nil {
		return fmt.Errorf("read %s: %w", Areas.file(), err)
	}
	g := &geojsonFile{text: bytes.TrimPrefix(text, []byte("\xef\xbb\xbf")), found: &l.found[Areas], line: 1}
	p := &rowParser{report: g.add}
	into := l.batch.edits[Areas]
	complete := g.features(func(form areaForm, whole bool) {
		if !whole {
			// Refused; its name is kept for what refers to it.
			if _, there := into.get([]byte(form.Code)); form.Code != "" && !there {
				p.out.area(geo.Area{Code: form.Code})
				putAt(into, AreaKey(form.Code), g.line, p.out.b)
			}
			return
		}
		a := p.area(form)
		if before, there := into.get([]byte(a.Code)); there && a.Code != "" {
			line, _ := cutLine(before)
			g.add("code", fmt.Sprintf("%s is on line %d already", AreaKey(a.Code), line))
		}
		p.out.area(a)
		putAt(into, AreaKey(a.Code), g.line, p.out.b)
	})
	l.unread[Areas] = !complete
	l.within = nil
	if complete {
		list := areasAfter(l.opts.Known, l.batch, nil)
		if !g.lost { // or not every polygon is known, so no coordinate can be far from all
			l.within = extentOf(list)
		}
		l.connect(list)
	}
	return nil
}

// connect makes the areas, or reports what is wrong between them. Where
// features were refused already, only a parent that is not there is new: what
// else there is may follow from the features that are wrong.
func (l *loading) connect(list []geo.Area) {
	found := &l.found[Areas]
	refused := !found.none()
	parents := map[string]string{}
	if refused {
		for _, a := range list {
			parents[a.Code] = a.Parent
		}
	}
	areas, ok := hierarchy(list, func(code, field, why string) {
		if refused {
			parent := parents[code]
			_, there := parents[parent]
			if field != "parent" || parent == "" || there || dispatch.CheckID(parent) != nil {
				return
			}
		}
		line := 0
		if v, ok := l.batch.table(Areas).get([]byte(code)); ok {
			line, _ = cutLine(v)
		}
		found.add(Problem{File: Areas.file(), Line: line, Column: field, Why: why})
	})
	if ok {
		l.areas = areas
	}
}

// geojsonFile walks the features and knows the line each begins on.
type geojsonFile struct {
	text   []byte
	found  *problems
	line   int
	offset int  // of line
	lost   bool // a polygon was refused, or could not be found
}

func (g *geojsonFile) add(column, why string) {
	switch column {
	case "name", "level", "parent":
	default:
		g.lost = true
	}
	g.found.add(Problem{File: Areas.file(), Line: g.line, Column: column, Why: why})
}

// at moves to the first thing after offset that is no space or comma.
func (g *geojsonFile) at(offset int64) {
	end := int(offset)
	for end < len(g.text) && strings.IndexByte(" \t\r\n,:", g.text[end]) >= 0 {
		end++
	}
	g.line += bytes.Count(g.text[g.offset:end], []byte("\n"))
	g.offset = end
}

// features calls each for every feature. whole is false for one that was
// reported, of which only the code is good. The result is whether all were seen.
func (g *geojsonFile) features(each func(form areaForm, whole bool)) bool {
	if !utf8.Valid(g.text) {
		g.add(wholeFile, notUTF8(string(g.text)))
		return false
	}
	in := json.NewDecoder(bytes.NewReader(g.text))
	in.UseNumber()
	broken := func(err error) {
		g.at(in.InputOffset())
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		g.add(wholeFile, "is not JSON: "+err.Error())
	}
	if t, err := in.Token(); err != nil || t != json.Delim('{') {
		g.add(wholeFile, "is not a GeoJSON FeatureCollection")
		return false
	}
	collection, listed := false, false
	for in.More() {
		name, err := in.Token()
		if err != nil {
			broken(err)
			return false
		}
		switch name {
		case "features":
			listed = true
			if t, err := in.Token(); err != nil || t != json.Delim('[') {
				g.at(in.InputOffset())
				g.add("features", "is not a list")
				return false
			}
			for in.More() {
				g.at(in.InputOffset())
				var raw json.RawMessage
				if err := in.Decode(&raw); err != nil {
					broken(err)
					return false
				}
				each(g.feature(raw))
			}
			if _, err := in.Token(); err != nil {
				broken(err)
				return false
			}
		default:
			var raw json.RawMessage
			if err := in.Decode(&raw); err != nil {
				broken(err)
				return false
			}
			if name == "type" {
				collection = string(raw) == `"FeatureCollection"`
			}
			if name == "crs" && !isWGS84(raw) {
				g.at(in.InputOffset())
				g.add("crs", "is not WGS-84; RFC 7946 allows nothing else")
			}
		}
	}
	if _, err := in.Token(); err != nil {
		broken(err)
		return false
	}
	if _, err := in.Token(); !errors.Is(err, io.EOF) {
		g.at(in.InputOffset())
		g.add(wholeFile, "goes on after the end of the FeatureCollection")
	}
	if !collection || !listed {
		g.add(wholeFile, "is not a GeoJSON FeatureCollection")
	}
	return listed
}

// isWGS84 takes the names by which programs write the default of RFC 7946.
func isWGS84(crs json.RawMessage) bool {
	s := string(crs)
	return s == "null" || strings.Contains(s, "CRS84") || strings.Contains(s, "4326") || strings.Contains(s, "4490")
}

func (g *geojsonFile) feature(raw json.RawMessage) (areaForm, bool) {
	var f struct {
		Type       string                     `json:"type"`
		Properties map[string]json.RawMessage `json:"properties"`
		Geometry   json.RawMessage            `json:"geometry"`
	}
	if err := json.Unmarshal(raw, &f); err != nil || f.Type != "Feature" {
		g.add(wholeFeature, "is not a GeoJSON Feature")
		code, _ := scalar(f.Properties["code"]) // Unmarshal fills in what it can
		return areaForm{Code: code}, false
	}
	ok := true
	text := func(name string, must bool) string {
		v, there := f.Properties[name]
		if !there {
			if must {
				g.add(name, "is missing from the properties")
				ok = false
			}
			return ""
		}
		s, fits := scalar(v)
		if !fits {
			g.add(name, "is neither text nor a number")
			ok = false
		}
		return s
	}
	form := areaForm{
		Code: text("code", true), Name: text("name", true), Level: text("level", true),
		Parent: text("parent", true), Datum: text("datum", false), Polygon: f.Geometry,
	}
	g.lost = g.lost || !ok // its polygon is not looked at
	return form, ok
}

// scalar takes JSON text, a number as it is written, true, false or null.
func scalar(v json.RawMessage) (string, bool) {
	var s string
	switch {
	case len(v) == 0 || string(v) == "null":
		return "", true
	case v[0] == '"':
		err := json.Unmarshal(v, &s)
		return strings.TrimSpace(s), err == nil
	case v[0] == '{' || v[0] == '[':
		return "", false
	}
	return string(v), true
}
