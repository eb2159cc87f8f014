package journal

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"onekeyd/dispatch"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const incidentPrefix = "incident."

// Append implements [dispatch.Journal]. It never tries twice: after a lost
// acknowledgement the second attempt would be told of a conflict with the first.
func (j *Journal) Append(ctx context.Context, e dispatch.Entry, expect uint64) (dispatch.Record, error) {
	what := "append to case " + string(e.Case)
	if err := checkToken(string(e.Case)); err != nil {
		return dispatch.Record{}, fmt.Errorf("%s: case %w", what, err)
	}
	data, err := dispatch.EncodeEntry(e)
	if err != nil {
		return dispatch.Record{}, fmt.Errorf("%s: %w", what, err)
	}
	m := &nats.Msg{Subject: incidentPrefix + string(e.Case), Data: data}
	ack, err := j.append.publish(ctx, j.writes.to(incidentsStream), m, jetstream.WithExpectLastSequencePerSubject(expect))
	if err != nil {
		return dispatch.Record{}, storeError(what, err)
	}
	rec := dispatch.Record{Entry: e, Seq: ack.Sequence, StoredAt: time.Now()}
	j.recent.add(rec)
	return rec, nil
}

// Last is the sequence of the last entry of a case, 0 if there is none: what
// the next append has to expect.
//
// Who waits until [Journal.Follow] has given that sequence must not wait for
// ever: when the incident is closed and archived meanwhile, the entry is purged,
// and a follower that was behind never gets it; on a quiet system nothing else
// comes either. Wait for a bounded time, then ask Last again. If the entry was
// purged, it gives 0 or a sequence that was appended later, never the same one.
func (j *Journal) Last(ctx context.Context, c dispatch.CaseID) (uint64, error) {
	if err := checkToken(string(c)); err != nil {
		return 0, fmt.Errorf("last entry of case %s: case %w", c, err)
	}
	s, err := j.append.js.Stream(ctx, incidentsStream)
	if err != nil {
		return 0, fmt.Errorf("last entry of case %s: %w", c, err)
	}
	m, err := s.GetLastMsgForSubject(ctx, incidentPrefix+string(c))
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("last entry of case %s: %w", c, err)
	}
	return m.Sequence, nil
}

// readRecord never fails: the sequence of an entry that this build cannot read
// is still the one that the next append to its case must expect.
func (j *Journal) readRecord(subject string, data []byte, seq uint64, stored time.Time) dispatch.Record {
	c := dispatch.CaseID(strings.TrimPrefix(subject, incidentPrefix))
	e, err := dispatch.DecodeEntry(c, data)
	if err != nil {
		j.log.Error("entry cannot be read", "seq", seq, "err", err)
		e = dispatch.Entry{Case: c}
	}
	return dispatch.Record{Entry: e, Seq: seq, StoredAt: stored}
}

// checkToken refuses what would not be one literal token of a subject.
func checkToken(s string) error {
	switch {
	case s == "":
		return errors.New("is empty")
	case strings.ContainsAny(s, ".*> \t\r\n\x00"):
		return fmt.Errorf("%q holds a character that subjects cannot", s)
	}
	return nil
}
