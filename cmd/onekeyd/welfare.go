package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"onekeyd/alerts/welfare"
	"onekeyd/cmd/onekeyd/settings"
	"onekeyd/dispatch"
	"onekeyd/dispatch/access"
	"onekeyd/dispatch/journal"
	"onekeyd/dispatch/registry"
)

func (d *daemon) welfareOptions() welfare.Options {
	o := welfareOf(d.cfg)
	o.Directory = func() welfare.Directory { return d.registry.Snapshot() }
	o.Open, o.Reader, o.Log = d.board.Open, d.welfareReader, d.log
	return o
}

func welfareOf(cfg settings.Settings) welfare.Options {
	return welfare.Options{Centre: cfg.Centre.Name, Language: cfg.Centre.Language, Zone: zone(cfg.Centre.TimeZone)}
}

// welfareReader lets in operators, who answer for what they print, and programs with an API token. A wall hangs where anybody looks.
func (d *daemon) welfareReader(w http.ResponseWriter, r *http.Request) (who string, program, ok bool) {
	if r.Header.Get("Authorization") != "" {
		if d.hasScope(r, access.ScopeAPI) {
			return "api token", true, true
		}
		w.Header().Set("WWW-Authenticate", `Bearer realm="onekeyd"`)
		http.Error(w, "an API token is needed", http.StatusUnauthorized)
		return "", false, false
	}
	op, in := d.console.Operator(r)
	switch {
	case in && op.Role.Acts():
		return op.Name, false, true
	case in:
		http.Error(w, "this role sees no personal data", http.StatusForbidden)
	case r.URL.Path == welfare.PagePath:
		http.Redirect(w, r, "/login", http.StatusSeeOther)
	default:
		http.Error(w, "log in, or send an API token", http.StatusUnauthorized)
	}
	return "", false, false
}

// printWelfare writes the list of now into a file, so that there is one on paper
// before it is needed. It reads the journal by itself where no daemon runs.
func printWelfare(ctx context.Context, c *call) error {
	area := c.flags.String("area", "", "code of an area; without it, everybody")
	name := c.flags.String("o", "", "`file` to write, its ending .csv or .html; without it, CSV to standard output")
	lang := c.flags.String("lang", "", "zh or en; without it, the centre's language")
	cfg, _, err := c.parse(0)
	if err != nil {
		return err
	}
	format := "csv"
	if *name != "" {
		if format = strings.TrimPrefix(filepath.Ext(*name), "."); format != "csv" && format != "html" {
			return fmt.Errorf("%s: a name that ends in .csv or .html is expected", *name)
		}
	}
	if cfg.NATS.Embedded() {
		if err := inhabited(cfg.Data); err != nil { // a new journal would have an empty list
			return err
		}
	}
	j, err := reach(ctx, cfg, c.logger(cfg))
	if err != nil {
		return err
	}
	defer j.Close()
	r, err := registry.Open(ctx, j.JetStream(), cfg.NATS.Replicas, c.logger(cfg))
	if err != nil {
		return fmt.Errorf("read the directory: %w", err)
	}
	open, err := openNow(ctx, j)
	if err != nil {
		return err
	}
	o := welfareOf(cfg)
	o.Directory, o.Open = func() welfare.Directory { return r.Snapshot() }, func() []*dispatch.Incident { return open }
	lists, err := welfare.New(o)
	if err != nil {
		return err
	}
	l, err := lists.Make(*area)
	if err != nil {
		return err
	}
	if *lang == "" {
		*lang = cfg.Centre.Language
	}
	if *name == "" {
		return lists.Write(c.stdout, l, format, *lang)
	}
	if err := writeWhole(*name, func(w io.Writer) error { return lists.Write(w, l, format, *lang) }); err != nil {
		return err
	}
	fmt.Fprintf(c.stdout, "%d elders in %s, directory version %d\n", l.Len(), *name, l.Version)
	return nil
}

// openNow folds what the journal has of open incidents, the most urgent first.
func openNow(ctx context.Context, j *journal.Journal) ([]*dispatch.Incident, error) {
	cases := map[dispatch.CaseID]*dispatch.Incident{}
	reading, done := context.WithCancel(ctx)
	defer done()
	err := j.Follow(reading, 0, func(r dispatch.Record) {
		if inc, err := dispatch.Apply(cases[r.Case], r); err == nil { // the daemon says what cannot be folded in
			cases[r.Case] = inc
		}
	}, done)
	if ctx.Err() != nil || reading.Err() == nil {
		return nil, fmt.Errorf("read the journal: %w", err)
	}
	var open []*dispatch.Incident
	for _, inc := range cases {
		if inc.Open() {
			open = append(open, inc)
		}
	}
	slices.SortFunc(open, func(a, b *dispatch.Incident) int {
		if a.Urgency != b.Urgency {
			return int(a.Urgency - b.Urgency)
		}
		return a.RaisedAt.Compare(b.RaisedAt)
	})
	return open, nil
}

// writeWhole replaces a file by a whole one, or leaves the old one: half a list
// looks like a list. It is for the owner's eyes only.
func writeWhole(name string, write func(io.Writer) error) (err error) {
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+"-")
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("write %s: %w", name, err), os.Remove(f.Name()))
		}
	}()
	if err := write(f); err != nil {
		return errors.Join(err, f.Close())
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}
