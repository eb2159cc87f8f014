package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"onekeyd/dispatch"
	"onekeyd/dispatch/board"
	"onekeyd/dispatch/journal"
)

// replay tells the story of one incident from its facts: what happened, when,
// who was asked and who was not, and why.
func replay(ctx context.Context, c *call) error {
	cfg, args, err := c.parse(1)
	if err != nil {
		return err
	}
	if cfg.NATS.Embedded() {
		if err := inhabited(cfg.Data); err != nil { // there is nothing to tell of, whoever named it
			return err
		}
	}
	j, err := reach(ctx, cfg, c.logger(cfg))
	if err != nil {
		return err
	}
	defer j.Close()
	records, err := story(ctx, j, dispatch.IncidentID(args[0]))
	if err != nil {
		return err
	}
	return narrate(c.stdout, records, zone(cfg.Centre.TimeZone))
}

// story finds an incident's facts: in the archive if it is closed, else in the journal.
func story(ctx context.Context, j *journal.Journal, id dispatch.IncidentID) ([]dispatch.Record, error) {
	doc, err := j.Archived(ctx, id)
	if err == nil {
		return board.Records(doc)
	}
	if !errors.Is(err, journal.ErrNotFound) {
		return nil, fmt.Errorf("look in the archive: %w", err)
	}
	var records []dispatch.Record
	reading, done := context.WithCancel(ctx)
	defer done()
	err = j.Follow(reading, 0, func(r dispatch.Record) {
		if r.Incident == id {
			records = append(records, r)
		}
	}, done)
	if ctx.Err() != nil || reading.Err() == nil {
		return nil, fmt.Errorf("read the journal: %w", err)
	}
	if len(records) == 0 {
		return nil, fmt.Errorf("there is no incident %s, neither open nor archived", id)
	}
	return records, nil
}

func narrate(w io.Writer, records []dispatch.Record, in *time.Location) error {
	var inc *dispatch.Incident
	var err error
	for _, r := range records {
		if inc, err = dispatch.Apply(inc, r); err != nil {
			return fmt.Errorf("fold record %d: %w", r.Seq, err)
		}
		for _, f := range r.Facts {
			fmt.Fprintf(w, "%s  %8d  %-14s %s\n", r.At.In(in).Format("2006-01-02 15:04:05.000"), r.Seq, f.Type(), strings.Join(words(f, r), "\n"+strings.Repeat(" ", 51)))
		}
	}
	fmt.Fprintf(w, "incident %s, number %s: %s\n", inc.ID, inc.Code, inc.State)
	return nil
}

// words is one fact in sentences, the first on its line and the rest below.
func words(f dispatch.Fact, r dispatch.Record) []string {
	switch f := f.(type) {
	case dispatch.Raised:
		who := fmt.Sprintf("%s of device %s, press %s", f.Kind, f.Press.Device, f.Press.ID)
		out := []string{who}
		if f.Unknown != "" {
			out = append(out, f.Unknown)
		} else {
			out = append(out, fmt.Sprintf("elder %s %s, %s", f.Elder, f.Name, f.Premises.Address))
		}
		return append(out, oddities(f.Press)...)
	case dispatch.Joined:
		return append([]string{fmt.Sprintf("%s of device %s again, press %s", f.Press.Kind, f.Press.Device, f.Press.ID)}, oddities(f.Press)...)
	case dispatch.Dispatched:
		out := []string{fmt.Sprintf("by plan %s on directory version %d, %d alerts", f.Plan, f.Directory, len(f.Alerts))}
		for _, o := range f.Offers {
			out = append(out, fmt.Sprintf("asked   %s %s (%s): %s", o.Responder, o.Name, o.Kind, o.Why))
		}
		for _, p := range f.PassedOver {
			out = append(out, fmt.Sprintf("not     %s %s: %s", p.Responder, p.Name, p.Why))
		}
		if f.Desk != "" {
			out = append(out, "the desk has to act: "+f.Desk)
		}
		return out
	case dispatch.Alerted:
		return []string{fmt.Sprintf("%d more alerts", len(f.Alerts))}
	case dispatch.Retaken:
		return []string{fmt.Sprintf("%d alerts are sent once more by %s", len(f.Alerts), r.Node)}
	case dispatch.Reported:
		var out []string
		for _, rep := range f.Reports {
			out = append(out, strings.TrimSpace(fmt.Sprintf("alert %s: %s by %s %s %s", rep.Alert, rep.State, rep.Carrier, rep.Ref, rep.Code)))
		}
		return out
	case dispatch.Replied:
		return []string{fmt.Sprintf("%s answered %q, understood as %s", f.To, f.Text, f.Verb)}
	case dispatch.Seen:
		return []string{fmt.Sprintf("painted on the console of %s, sound %s", f.Operator, f.Audio)}
	case dispatch.Acknowledged:
		return []string{"by " + f.Operator}
	case dispatch.Noted:
		return []string{f.Operator + ": " + f.Text}
	case dispatch.Closed:
		return []string{fmt.Sprintf("%s by %s %s", f.Disposition, f.Operator, f.Note)}
	case dispatch.Moved:
		return []string{fmt.Sprintf("%s, by %s", f.Responder, f.Via)}
	}
	return []string{""}
}

func oddities(p dispatch.PressSeen) []string {
	var out []string
	if p.Late > 0 {
		out = append(out, fmt.Sprintf("late by %s", p.Late.Round(time.Second)))
	}
	if p.Defect != "" {
		out = append(out, "its payload: "+p.Defect)
	}
	return out
}
