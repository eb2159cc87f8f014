package journal

import (
	"context"
	"errors"
	"fmt"
	"time"

	"onekeyd/dispatch"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const archivePrefix = "archive."

// Archive keeps the document of a closed incident for ever, and only then
// purges its case up to and including the closing entry. Repeating it is
// harmless: the first document stays. Entries after closing, which belong to
// the elder's next incident, are not touched.
func (j *Journal) Archive(ctx context.Context, id dispatch.IncidentID, c dispatch.CaseID, doc []byte, closing uint64) error {
	what := "archive incident " + string(id)
	for _, t := range []string{string(id), string(c)} {
		if err := checkToken(t); err != nil {
			return fmt.Errorf("%s: id %w", what, err)
		}
	}
	m := &nats.Msg{Subject: archivePrefix + string(id), Data: doc}
	_, err := j.main.publish(ctx, j.writes.to(archiveStream), m, jetstream.WithExpectLastSequencePerSubject(0))
	if err != nil {
		if err = storeError(what, err); !errors.Is(err, dispatch.ErrConflict) {
			return err
		}
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
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return nil, fmt.Errorf("archived incident %s: %w", id, ErrNotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("archived incident %s: %w", id, err)
	}
	return m.Data, nil
}

// Archives gives the documents archived since a time to each, oldest first, up
// to those that were there when it was called. It ends with each's first error.
func (j *Journal) Archives(ctx context.Context, since time.Time, each func(doc []byte) error) error {
	s, err := j.main.js.Stream(ctx, archiveStream)
	if err != nil {
		return fmt.Errorf("read archive: %w", err)
	}
	cfg := jetstream.ConsumerConfig{
		AckPolicy:         jetstream.AckNonePolicy,
		MemoryStorage:     true,
		Replicas:          1,
		InactiveThreshold: time.Minute,
	}
	if !since.IsZero() {
		cfg.DeliverPolicy = jetstream.DeliverByStartTimePolicy
		cfg.OptStartTime = &since
	}
	cons, err := s.CreateConsumer(ctx, cfg)
	if err != nil {
		return fmt.Errorf("read archive: %w", err)
	}
	defer s.DeleteConsumer(context.WithoutCancel(ctx), cons.CachedInfo().Name)
	for pending := cons.CachedInfo().NumPending; pending > 0; {
		batch, err := cons.Fetch(int(min(pending, 256)), jetstream.FetchContext(ctx))
		if err != nil {
			return fmt.Errorf("read archive: %w", err)
		}
		var got uint64
		for m := range batch.Messages() {
			got++
			if err := each(m.Data()); err != nil {
				return err
			}
		}
		if err := batch.Error(); err != nil {
			return fmt.Errorf("read archive: %w", err)
		}
		if got == 0 {
			return fmt.Errorf("read archive: %d documents did not come", pending)
		}
		pending -= got
	}
	return nil
}
