package journal

import (
	"context"
	"fmt"
	"time"

	"onekeyd/dispatch"

	"github.com/nats-io/nats.go/jetstream"
)

// askAgain is how long a reader of what should be there waits in silence before
// it asks whether it still is, and deafAfter how often in a row it does.
const (
	askAgain  = 500 * time.Millisecond
	deafAfter = 10
)

// CaseRecords are all entries of a case that are still in the journal, oldest
// first, up to the one that [Journal.Last] gave when it was called. An entry
// that cannot be decoded has no facts, as with [Journal.Follow].
func (j *Journal) CaseRecords(ctx context.Context, c dispatch.CaseID) ([]dispatch.Record, error) {
	last, err := j.Last(ctx, c)
	if err != nil || last == 0 {
		return nil, err
	}
	records, err := j.readCase(ctx, c, last)
	if err != nil {
		return nil, fmt.Errorf("entries of case %s: %w", c, err)
	}
	return records, nil
}

// readCase reads up to last with one consumer. The consumer may live on a
// replica that is behind, so it is waited for; or last was purged meanwhile.
func (j *Journal) readCase(ctx context.Context, c dispatch.CaseID, last uint64) ([]dispatch.Record, error) {
	s, err := j.tail.js.Stream(ctx, incidentsStream) // thousands of entries must not queue in front of an append
	if err != nil {
		return nil, err
	}
	cons, err := s.CreateConsumer(ctx, jetstream.ConsumerConfig{
		FilterSubject:     incidentPrefix + string(c),
		AckPolicy:         jetstream.AckNonePolicy,
		MemoryStorage:     true,
		Replicas:          1,
		InactiveThreshold: time.Minute,
	})
	if err != nil {
		return nil, err
	}
	defer s.DeleteConsumer(context.WithoutCancel(ctx), cons.CachedInfo().Name)
	it, err := cons.Messages(jetstream.PullExpiry(10*time.Second), jetstream.PullHeartbeat(time.Second))
	if err != nil {
		return nil, err
	}
	defer it.Stop()
	var records []dispatch.Record
	var have uint64
	for silent := 0; have < last; {
		wait, cancel := context.WithTimeout(ctx, askAgain)
		m, err := it.Next(jetstream.NextContext(wait))
		quiet := wait.Err() != nil && ctx.Err() == nil
		cancel()
		switch {
		case err != nil && !quiet:
			return nil, err
		case err != nil:
			if last, err = j.Last(ctx, c); err != nil {
				return nil, err
			}
			if silent++; silent > deafAfter {
				return nil, fmt.Errorf("sequences from %d to %d did not come", have+1, last)
			}
			continue
		}
		meta, err := m.Metadata()
		if err != nil {
			return nil, err
		}
		if n := uint64(len(records)) + 1; meta.Sequence.Consumer != n {
			return nil, fmt.Errorf("expected delivery %d, got %d of sequence %d", n, meta.Sequence.Consumer, meta.Sequence.Stream)
		}
		silent, have = 0, meta.Sequence.Stream
		records = append(records, j.readRecord(m.Subject(), m.Data(), have, meta.Timestamp))
	}
	return records, nil
}
