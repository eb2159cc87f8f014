package journal

import (
	"context"

	"onekeyd/dispatch"

	"github.com/nats-io/nats.go/jetstream"
)

// Follow gives every record after a sequence to each, in order, and goes on
// with what is appended until ctx ends, across lost connections and restarts of
// the server. Sequences that are missing were purged with a closed incident.
// caughtUp (may be nil) is called once, from the same goroutine, when
// everything that was stored when Follow was called has been given.
//
// An entry that cannot be decoded (written by a newer build, or not by us) is
// given as a record without facts: its sequence is still the one that the next
// append to the case has to expect.
//
// It returns ctx's error, or [ErrRewound].
func (j *Journal) Follow(ctx context.Context, after uint64, each func(dispatch.Record), caughtUp func()) error {
	t := tail{j: j, stream: incidentsStream, after: after, caughtUp: caughtUp}
	t.each = func(m jetstream.Msg, meta *jetstream.MsgMetadata) {
		if rec, ours := j.recent.take(meta.Sequence.Stream); ours && m.Subject() == incidentPrefix+string(rec.Case) {
			each(rec)
			return
		}
		each(j.readRecord(m.Subject(), m.Data(), meta.Sequence.Stream, meta.Timestamp))
	}
	return t.run(ctx)
}
