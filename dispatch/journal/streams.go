package journal

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"onekeyd/dispatch"

	"github.com/nats-io/nats.go/jetstream"
)

// Names of the streams.
const (
	incidentsStream = "INCIDENTS"
	archiveStream   = "ARCHIVE"
	floorsStream    = "FLOORS"
	pressStreams    = "PRESS-" // and the shard
)

// duplicateWindow is how long a stream remembers press ids. A retransmission
// that comes later is stored again, and joined by the dispatcher. Each id costs
// the server about 200 bytes of memory.
const duplicateWindow = 10 * time.Minute

// wanted are the streams as they must be. testdata/streams.golden shows them.
func wanted(shards, replicas int, pressMaxAge time.Duration) []jetstream.StreamConfig {
	base := jetstream.StreamConfig{
		Retention:   jetstream.LimitsPolicy,
		Storage:     jetstream.FileStorage,
		PersistMode: jetstream.DefaultPersistMode, // async would override SyncAlways for this stream
		Discard:     jetstream.DiscardNew,         // refusing is honest, dropping the oldest is not
		Replicas:    replicas,
		MaxMsgs:     -1,
		MaxBytes:    -1,
		// MaxConsumers stays unlimited: every dispatcher and console session tails.
		MaxConsumers:      -1,
		MaxMsgsPerSubject: -1,
		MaxMsgSize:        -1,
		Duplicates:        duplicateWindow,
	}
	var all []jetstream.StreamConfig
	for n := range shards {
		s := base
		s.Name = pressStreams + strconv.Itoa(n)
		s.Description = "presses as received"
		s.Subjects = []string{"press." + strconv.Itoa(n) + ".*"}
		s.MaxAge = pressMaxAge
		s.MaxMsgSize = dispatch.MaxPress + 4<<10 // with headers
		if s.MaxAge < s.Duplicates {
			s.Duplicates = s.MaxAge
		}
		all = append(all, s)
	}

	s := base
	s.Name = incidentsStream
	s.Description = "facts of open incidents"
	s.Subjects = []string{"incident.*"}
	all = append(all, s)

	s = base
	s.Name = archiveStream
	s.Description = "one document a closed incident"
	s.Subjects = []string{"archive.>"}
	s.AllowDirect = true
	all = append(all, s)

	s = base
	s.Name = floorsStream
	s.Description = "up to where presses have their fact"
	s.Subjects = []string{"floor.*"}
	s.MaxMsgsPerSubject = 1
	s.Discard = jetstream.DiscardOld // the new floor replaces the old
	// A floor outlives every press it speaks of; then its dispatcher is forgotten.
	s.MaxAge = pressMaxAge + 24*time.Hour
	return append(all, s)
}

// ensureStreams creates what is missing and judges what is there. It changes
// nothing that exists: an operator may have had reasons, and must decide.
func (j *Journal) ensureStreams(ctx context.Context) error {
	var refused []error
	for _, want := range wanted(j.o.Shards, j.o.Replicas, j.o.PressMaxAge) {
		s, err := j.main.js.Stream(ctx, want.Name)
		if errors.Is(err, jetstream.ErrStreamNotFound) {
			s, err = j.main.js.CreateStream(ctx, want)
			if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) { // another node was quicker
				s, err = j.main.js.Stream(ctx, want.Name)
			}
		}
		if err != nil {
			return fmt.Errorf("ensure stream %s: %w", want.Name, err)
		}
		fatal, weak := judge(want, s.CachedInfo().Config)
		for _, f := range fatal {
			refused = append(refused, fmt.Errorf("stream %s %s: %w", want.Name, f, ErrWeak))
		}
		for _, w := range weak {
			j.weaknesses = append(j.weaknesses, "stream "+want.Name+" "+w)
		}
	}
	return errors.Join(refused...)
}

// judge compares a stream with what is wanted. fatal breaks the promise, weak
// narrows it. Stronger than wanted is fine.
func judge(want, have jetstream.StreamConfig) (fatal, weak []string) {
	bad := func(format string, args ...any) { fatal = append(fatal, fmt.Sprintf(format, args...)) }
	less := func(format string, args ...any) { weak = append(weak, fmt.Sprintf(format, args...)) }

	if have.Storage != jetstream.FileStorage {
		bad("is kept in memory")
	}
	if have.PersistMode != jetstream.DefaultPersistMode {
		bad("is written asynchronously: an acknowledgement does not mean stored")
	}
	if have.NoAck {
		bad("does not acknowledge")
	}
	if have.Sealed {
		bad("is sealed")
	}
	if have.Retention != jetstream.LimitsPolicy {
		bad("drops messages once consumers have them (%s)", have.Retention)
	}
	if !slices.Equal(want.Subjects, have.Subjects) {
		bad("has subjects %s, %s is needed", strings.Join(have.Subjects, " "), strings.Join(want.Subjects, " "))
	}
	if have.SubjectTransform != nil || have.Mirror != nil || len(have.Sources) > 0 {
		bad("has a mirror, sources or a subject transform")
	}
	if have.DenyPurge && want.Name == incidentsStream {
		bad("forbids purging, which removes closed incidents")
	}
	bounded := have.MaxMsgs > 0 || have.MaxBytes > 0 || have.MaxMsgsPerSubject > 0
	switch want.Name {
	case floorsStream:
		if have.MaxMsgsPerSubject != 1 {
			less("keeps more than the last floor of a dispatcher")
		}
	default:
		if bounded && have.Discard == jetstream.DiscardOld {
			bad("drops the oldest messages when it is full")
		} else if bounded {
			less("has a limit, beyond which it refuses")
		}
	}
	if have.MaxMsgSize > 0 && (want.MaxMsgSize <= 0 || have.MaxMsgSize < want.MaxMsgSize) {
		less("refuses messages of more than %d bytes", have.MaxMsgSize)
	}
	switch {
	case have.MaxAge > 0 && want.MaxAge <= 0:
		bad("forgets messages after %s", have.MaxAge)
	case have.MaxAge > 0 && have.MaxAge < want.MaxAge:
		less("forgets messages after %s, %s is wanted", have.MaxAge, want.MaxAge)
	}
	if have.Duplicates < want.Duplicates {
		less("recognises repeated ids for %s only, %s is wanted", have.Duplicates, want.Duplicates)
	}
	if have.Replicas < want.Replicas {
		less("has %d replicas, %d are wanted: it survives fewer failures", have.Replicas, want.Replicas)
	}
	return fatal, weak
}
