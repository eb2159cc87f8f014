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
			fmt.Fprintf(w, "%s  %8d  %-16s %s\n", r.At.In(in).Format("2006-01-02 15:04:05.000"), r.Seq, f.Type(), strings.Join(words(f, r), "\n"+strings.Repeat(" ", 53)))
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
			again := ""
			if o.Round > 0 {
				again = fmt.Sprintf(", for the %d. time", o.Round+1)
			}
			out = append(out, fmt.Sprintf("asked   %s %s (%s%s): %s", o.Responder, o.Name, o.Kind, again, o.Why))
		}
		for _, p := range f.PassedOver {
			out = append(out, fmt.Sprintf("not     %s %s: %s", p.Responder, p.Name, p.Why))
		}
		if f.Desk != "" {
			out = append(out, "the desk has to act: "+f.Desk)
		}
		return out
	case dispatch.Alerted:
		var out []string
		for _, a := range f.Alerts {
			out = append(out, strings.TrimSpace(fmt.Sprintf("%s to %s %s by %s %s", a.Kind, a.To, a.Name, a.Channel, a.Via)))
		}
		return out
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
	case dispatch.Escalated:
		step := fmt.Sprintf("%s, step %d", f.Ladder, f.Step)
		if f.Deed != "" {
			step += " (" + string(f.Deed) + ")"
		}
		return []string{step + ": " + f.Why}
	case dispatch.Called:
		return []string{strings.TrimSpace(fmt.Sprintf("%s called %s: %s %s", f.Operator, f.Whom, f.Outcome, f.Text))}
	case dispatch.Coming:
		if f.Not {
			return []string{fmt.Sprintf("%s %s cannot come, by %s", f.Contact, f.Name, f.Via)}
		}
		return []string{fmt.Sprintf("%s %s is on the way, by %s", f.Contact, f.Name, f.Via)}
	case dispatch.Backup:
		return []string{fmt.Sprintf("%s asks for more help, by %s", f.By, f.Via)}
	case dispatch.TakenOver:
		return []string{fmt.Sprintf("%s from %s: %s", f.Operator, f.From, f.Reason)}
	case dispatch.Proposed:
		return []string{strings.TrimSpace(fmt.Sprintf("%s would close it as %s; a second look is needed %s", f.Operator, f.Disposition, f.Note))}
	case dispatch.Revealed:
		return []string{fmt.Sprintf("%s was shown the %s", f.To, f.What)}
	case dispatch.Gathered:
		out := []string{fmt.Sprintf("%d calls on the list of the area", len(f.Members))}
		for _, m := range f.Members {
			out = append(out, fmt.Sprintf("%s  %s of %s, risk %d: %s", m.Incident, m.Kind, m.Elder, m.Risk, strings.Join(m.Why, ", ")))
		}
		return out
	case dispatch.Moved:
		said := fmt.Sprintf("%s, by %s", f.Responder, f.Via)
		if f.Outcome != "" {
			said += ": " + string(f.Outcome)
		}
		if f.Why != "" {
			said += ": " + f.Why
		}
		return []string{said}
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
