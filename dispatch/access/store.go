package access

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

const streamName = "ACCESS"

// Subjects, each followed by its key.
const (
	subjOperator = "access.operator."
	subjSession  = "access.session."
	subjToken    = "access.token."
	subjLink     = "access.link."
)

// afterlife is how long an ended session or link stays on the stream: longer
// than any node may be cut off from it and still be believed.
const afterlife = 24 * time.Hour

// The records. Gone marks what was revoked; V is read for ever.
type operatorRecord struct {
	V       int       `json:"v"`
	Name    string    `json:"name"`
	Role    Role      `json:"role"`
	Hash    *hash     `json:"password,omitempty"`
	Changed time.Time `json:"changed_at"`
	Gone    bool      `json:"gone,omitempty"`
}

type sessionRecord struct {
	V        int       `json:"v"`
	Operator string    `json:"operator"`
	Via      string    `json:"via"` // password or link
	Created  time.Time `json:"created_at"`
	Expires  time.Time `json:"expires_at"`
	Gone     bool      `json:"gone,omitempty"`
}

type tokenRecord struct {
	V       int       `json:"v"`
	Scope   Scope     `json:"scope"`
	Label   string    `json:"label"`
	Created time.Time `json:"created_at"`
	Gone    bool      `json:"gone,omitempty"`
}

type linkRecord struct {
	V        int       `json:"v"`
	Operator string    `json:"operator"`
	Created  time.Time `json:"created_at"`
	Expires  time.Time `json:"expires_at"`
	Used     time.Time `json:"used_at,omitzero"`
}

const recordVersion = 1

// kept is a record with its place on the stream; the higher place wins.
type kept[R any] struct {
	rec R
	seq uint64
}

// Access holds the tables; see the package comment.
type Access struct {
	js       jetstream.JetStream
	stream   jetstream.Stream
	log      *slog.Logger
	turn     chan struct{} // a place for each password being hashed
	throttle throttle
	next     uint64 // where Run begins to follow

	mu        sync.RWMutex // guards the tables below
	operators map[string]kept[operatorRecord]
	sessions  map[digest]kept[sessionRecord]
	tokens    map[digest]kept[tokenRecord]
	links     map[digest]kept[linkRecord]
	seal      kept[sealRecord]
	static    map[digest]Scope // given by the environment, never stored
}

// Open makes the stream if it is not there, checks it if it is, and reads all
// of it. The error wraps [ErrStream] if the stream is weaker than promised.
// replicas is how many servers must hold it (0 is 1).
func Open(ctx context.Context, js jetstream.JetStream, replicas int, log *slog.Logger) (*Access, error) {
	a := &Access{
		js: js, log: log.With("component", "access"),
		turn:      make(chan struct{}, hashing),
		throttle:  throttle{buckets: map[string]*bucket{}},
		operators: map[string]kept[operatorRecord]{},
		sessions:  map[digest]kept[sessionRecord]{},
		tokens:    map[digest]kept[tokenRecord]{},
		links:     map[digest]kept[linkRecord]{},
		static:    map[digest]Scope{},
	}
	var err error
	if a.stream, err = openStream(ctx, js, max(replicas, 1)); err != nil {
		return nil, fmt.Errorf("open stream %s: %w", streamName, err)
	}
	for seq := uint64(1); ; {
		msg, err := a.stream.GetMsg(ctx, seq, jetstream.WithGetMsgSubject("access.>"))
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			a.next = seq
			return a, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read stream %s from %d: %w", streamName, seq, err)
		}
		a.take(msg.Subject, msg.Data, msg.Sequence)
		seq = msg.Sequence + 1
	}
}

func openStream(ctx context.Context, js jetstream.JetStream, replicas int) (jetstream.Stream, error) {
	want := jetstream.StreamConfig{
		Name: streamName, Description: "who may speak to onekeyd; holds no secret but the key of links",
		Subjects: []string{"access.>"}, Storage: jetstream.FileStorage, Replicas: replicas,
		MaxMsgsPerSubject: 1, Discard: jetstream.DiscardOld, AllowMsgTTL: true,
	}
	s, err := js.CreateStream(ctx, want)
	if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) {
		s, err = js.Stream(ctx, streamName)
	}
	if err != nil {
		return nil, err
	}
	have := s.CachedInfo().Config
	switch {
	case have.Storage != jetstream.FileStorage:
		return nil, fmt.Errorf("is not on file storage: %w", ErrStream)
	case have.Replicas < replicas:
		return nil, fmt.Errorf("has %d replicas of %d: %w", have.Replicas, replicas, ErrStream)
	case have.MaxMsgsPerSubject != 1 || !have.AllowMsgTTL:
		return nil, fmt.Errorf("must keep one message a subject and allow a time to live: %w", ErrStream)
	case have.MaxAge != 0 || have.MaxMsgs > 0 || have.MaxBytes > 0:
		return nil, fmt.Errorf("has a limit that would forget operators: %w", ErrStream)
	}
	return s, nil
}

// Run follows the stream until ctx ends, so that what other nodes wrote holds here too.
func (a *Access) Run(ctx context.Context) error {
	cons, err := a.stream.OrderedConsumer(ctx, jetstream.OrderedConsumerConfig{DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: a.next})
	if err != nil {
		return fmt.Errorf("follow stream %s: %w", streamName, err)
	}
	following, err := cons.Consume(func(msg jetstream.Msg) {
		if meta, err := msg.Metadata(); err == nil {
			a.take(msg.Subject(), msg.Data(), meta.Sequence.Stream)
		}
	})
	if err != nil {
		return fmt.Errorf("follow stream %s: %w", streamName, err)
	}
	<-ctx.Done()
	following.Stop()
	<-following.Closed()
	return nil
}

// take folds one record in. A record this build cannot read opens nothing: a
// newer build may have narrowed what it means.
func (a *Access) take(subject string, data []byte, seq uint64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.sweep(time.Now())
	if name, ok := strings.CutPrefix(subject, subjOperator); ok {
		fold(a, a.operators, name, data, seq)
		return
	}
	if subject == subjSeal {
		a.takeSeal(data, seq)
		return
	}
	cut := strings.LastIndexByte(subject, '.') + 1
	d, ok := parseDigest(subject[cut:])
	if !ok {
		a.log.Warn("record under a strange subject", "seq", seq)
		return
	}
	switch subject[:cut] {
	case subjSession:
		fold(a, a.sessions, d, data, seq)
	case subjToken:
		fold(a, a.tokens, d, data, seq)
	case subjLink:
		fold(a, a.links, d, data, seq)
	}
}

func fold[K comparable, R any](a *Access, table map[K]kept[R], key K, data []byte, seq uint64) {
	if seq <= table[key].seq {
		return
	}
	var version struct {
		V int `json:"v"`
	}
	var rec R
	err := json.Unmarshal(data, &version)
	if err == nil {
		err = json.Unmarshal(data, &rec)
	}
	if err != nil || version.V < 1 || version.V > recordVersion {
		a.log.Warn("record cannot be read, it opens nothing", "seq", seq, "version", version.V, "err", err)
		delete(table, key)
		return
	}
	table[key] = kept[R]{rec, seq}
}

// sweep forgets what ended long ago; the stream has let go of it by itself.
func (a *Access) sweep(now time.Time) {
	for d, s := range a.sessions {
		if now.After(s.rec.Expires.Add(afterlife)) {
			delete(a.sessions, d)
		}
	}
	for d, l := range a.links {
		if now.After(l.rec.Expires.Add(afterlife)) {
			delete(a.links, d)
		}
	}
}

// put stores a record and folds it in. With expect, the subject's last sequence
// must still be that (0: nothing there).
func (a *Access) put(ctx context.Context, subject string, rec any, ttl time.Duration, expect *uint64) error {
	data, err := json.Marshal(rec)
	if err != nil {
		return fmt.Errorf("encode record: %w", err)
	}
	opts := []jetstream.PublishOpt{}
	if ttl > 0 {
		opts = append(opts, jetstream.WithMsgTTL(ttl.Round(time.Second)))
	}
	if expect != nil {
		opts = append(opts, jetstream.WithExpectLastSequencePerSubject(*expect))
	}
	ack, err := a.js.Publish(ctx, subject, data, opts...)
	if err != nil {
		return fmt.Errorf("store record: %w", err)
	}
	a.take(subject, data, ack.Sequence)
	return nil
}

// raced reports whether somebody else wrote the subject first.
func raced(err error) bool {
	var api *jetstream.APIError
	return errors.As(err, &api) && api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence
}
