package welfare

import (
	"bufio"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"time"
)

// onPage bounds what one page shows: more than that nobody walks with, and a
// browser that lays out 100,000 rows is gone for a minute.
const onPage = 2000

// page is made of three templates around the rows, so that it can be written row by row.
type page struct {
	style template.CSS
	parts *template.Template
}

func readPage() (*page, error) {
	style, err := embedded.ReadFile("web/page.css")
	if err != nil {
		return nil, err
	}
	parts, err := template.New("").Funcs(template.FuncMap{"t": words.t}).ParseFS(embedded, "web/page.html")
	if err != nil {
		return nil, fmt.Errorf("read the page of the welfare list: %w", err)
	}
	return &page{template.CSS(style), parts}, nil
}

// policy lets the page load nothing and run nothing; its own style is known by its hash.
func (p *page) policy() string {
	sum := sha256.Sum256([]byte(p.style))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}

// around is what stands around the rows.
type around struct {
	*List
	W        words
	Lang     string
	Style    template.CSS
	Centre   string
	Where    string // name of the area
	Time     string
	Shown    int
	Storms   []stormLine
	SubAreas []Part
	Linked   bool // it is a page of the daemon: parts and the table are links
}

type stormLine struct{ Area, Time string }

// shownRow is a row and what stands above it.
type shownRow struct {
	row
	W       words
	Heading string // of what begins with this row
}

// html writes the list as a page to be printed. limit 0: all of it.
func (l *List) html(to io.Writer, p *page, a around, zone *time.Location, limit int) error {
	a.List, a.Style, a.Time, a.Shown = l, p.style, l.Made.In(zone).Format("2006-01-02 15:04"), l.Len()
	if limit > 0 {
		a.Shown = min(limit, l.Len())
	}
	a.Where = a.W["all"]
	if area, ok := l.dir.Areas().Get(l.Area); ok {
		a.Where = nameOf(area.Name, area.Code)
	}
	heading := ""
	for _, s := range l.Storms {
		a.Storms = append(a.Storms, stormLine{s.Name, s.RaisedAt.In(zone).Format("15:04")})
		heading += a.W["and"] + s.Name
	}
	for _, part := range l.Parts {
		if area, ok := l.dir.Areas().Get(part.Code); ok && area.Parent == l.Area {
			a.SubAreas = append(a.SubAreas, part)
		}
	}
	out := bufio.NewWriterSize(to, 32<<10)
	if err := p.parts.ExecuteTemplate(out, "head", a); err != nil {
		return fmt.Errorf("write the welfare list: %w", err)
	}
	before := row{}
	for r := range l.rows(a.W, zone, limit) {
		s := shownRow{row: r, W: a.W}
		switch {
		case r.Gathered && !before.Gathered:
			s.Heading = a.W.t("storm.rows", "area", heading[len(a.W["and"]):])
		case !r.Gathered && before.Gathered:
			s.Heading = a.W["others"]
		}
		before = r
		if err := p.parts.ExecuteTemplate(out, "row", s); err != nil {
			return fmt.Errorf("write the welfare list: %w", err)
		}
	}
	if err := p.parts.ExecuteTemplate(out, "foot", a); err != nil {
		return fmt.Errorf("write the welfare list: %w", err)
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write the welfare list: %w", err)
	}
	return nil
}

func nameOf(name, code string) string {
	if name == "" {
		return code
	}
	return name
}
