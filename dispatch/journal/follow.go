package journal

import (
	"context"
	"time"

	"onekeyd/dispatch"

	"github.com/nats-io/nats.go/jetstream"
)

// Follow gives every record after a sequence to each, in order, and goes on
// with what is appended until ctx ends, across lost connections and restarts of
// the server. Sequences that are missing were purged with a closed incident;
// nothing is given in their place, so a reader that waits for one asks
// [Journal.Last] again now and then. Every sequence below a given one was given
// before or is purged.
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

// FollowArchive gives the documents of incidents that were archived since a
// time (of the server's clock; zero: all) to each, in the order of archiving,
// and goes on with what is archived until ctx ends, across lost connections and
// restarts of the server. What is in the archive and is no document of ours is
// left out, as is one that this build cannot read, with a line in the log.
// caughtUp (may be nil) is called once, from the same goroutine, when
// everything that was archived when FollowArchive was called has been given.
//
// A document is stored before its case is purged. A reader of [Journal.Follow]
// that was cut off therefore misses no end of an incident, if it follows the
// archive too: what was closed, archived and purged meanwhile comes here.
//
// It returns ctx's error, or [ErrRewound].
func (j *Journal) FollowArchive(ctx context.Context, since time.Time, each func(doc []byte), caughtUp func()) error {
	t := tail{j: j, stream: archiveStream, since: since, ahead: documentsAhead, caughtUp: caughtUp}
	t.each = func(m jetstream.Msg, meta *jetstream.MsgMetadata) {
		form := m.Headers().Get(archiveHeader)
		if form == "" {
			return
		}
		doc, err := unpack(m.Data(), form)
		if err != nil {
			j.log.Error("archived incident cannot be read", "subject", m.Subject(), "seq", meta.Sequence.Stream, "err", err)
			return
		}
		each(doc)
	}
	return t.run(ctx)
}
