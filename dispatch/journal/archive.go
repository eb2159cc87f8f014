package journal

import (
	"context"
	"errors"
	"fmt"

	"onekeyd/dispatch"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const archivePrefix = "archive."

// documentsAhead is how many documents are held for a reader; each may take
// [maxPayload], though most take a few kilobytes.
const documentsAhead = 64

// Archive keeps the document of a closed incident for ever, and only then
// purges its case up to and including the closing entry. Repeating it is
// harmless: the first document stays. Entries after closing, which belong to
// the elder's next incident, are not touched.
//
// The document is stored compressed. One that is too large even so (8 MiB with
// the embedded server) is refused with nats.ErrMaxPayload, and nothing is purged.
func (j *Journal) Archive(ctx context.Context, id dispatch.IncidentID, c dispatch.CaseID, doc []byte, closing uint64) error {
	what := "archive incident " + string(id)
	for _, t := range []string{string(id), string(c)} {
		if err := checkToken(t); err != nil {
			return fmt.Errorf("%s: id %w", what, err)
		}
	}
	if err := j.keep(ctx, archivePrefix+string(id), doc); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	s, err := j.main.js.Stream(ctx, incidentsStream)
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	if err := s.Purge(ctx, jetstream.WithPurgeSubject(incidentPrefix+string(c)), jetstream.WithPurgeSequence(closing+1)); err != nil {
		return fmt.Errorf("%s: purge case %s: %w", what, c, err)
	}
	return nil
}

// Forget removes a case and everything on it, without a document: for what is
// worth keeping to nobody. Repeating it is harmless.
func (j *Journal) Forget(ctx context.Context, c dispatch.CaseID) error {
	if err := checkToken(string(c)); err != nil {
		return fmt.Errorf("forget case: id %w", err)
	}
	s, err := j.main.js.Stream(ctx, incidentsStream)
	if err != nil {
		return fmt.Errorf("forget case %s: %w", c, err)
	}
	if err := s.Purge(ctx, jetstream.WithPurgeSubject(incidentPrefix+string(c))); err != nil {
		return fmt.Errorf("forget case %s: %w", c, err)
	}
	return nil
}

// keep stores a document once.
func (j *Journal) keep(ctx context.Context, subject string, doc []byte) error {
	data, form, err := pack(doc)
	if err != nil {
		return err
	}
	m := &nats.Msg{Subject: subject, Data: data, Header: nats.Header{archiveHeader: {form}}}
	store := func(expect uint64) error {
		_, err := j.main.publish(ctx, j.writes.to(archiveStream), m, jetstream.WithExpectLastSequencePerSubject(expect))
		if err != nil {
			return storeError("store document", err)
		}
		return nil
	}
	if err = store(0); !errors.Is(err, dispatch.ErrConflict) {
		return err
	}
	s, err := j.main.js.Stream(ctx, archiveStream)
	if err != nil {
		return err
	}
	there, err := s.GetLastMsgForSubject(ctx, subject)
	if err != nil {
		return fmt.Errorf("read the document that is there: %w", err)
	}
	if there.Header.Get(archiveHeader) != "" {
		return nil
	}
	j.log.Error("something that is no document was in the archive", "subject", subject, "seq", there.Sequence)
	return store(there.Sequence)
}

// Archived is the document of a closed incident, or [ErrNotFound].
func (j *Journal) Archived(ctx context.Context, id dispatch.IncidentID) ([]byte, error) {
	if err := checkToken(string(id)); err != nil {
		return nil, fmt.Errorf("archived incident %s: id %w", id, err)
	}
	s, err := j.main.js.Stream(ctx, archiveStream)
	if err != nil {
		return nil, fmt.Errorf("archived incident %s: %w", id, err)
	}
	m, err := s.GetLastMsgForSubject(ctx, archivePrefix+string(id))
	if errors.Is(err, jetstream.ErrMsgNotFound) || err == nil && m.Header.Get(archiveHeader) == "" {
		return nil, fmt.Errorf("archived incident %s: %w", id, ErrNotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("archived incident %s: %w", id, err)
	}
	doc, err := unpack(m.Data, m.Header.Get(archiveHeader))
	if err != nil {
		return nil, fmt.Errorf("archived incident %s: %w", id, err)
	}
	return doc, nil
}
