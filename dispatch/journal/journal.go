package journal

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"onekeyd/dispatch"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Journal is the log of one daemon. It implements [dispatch.Journal] and [dispatch.Nodes].
type Journal struct {
	o          Options
	log        *slog.Logger
	server     *embedded // nil with an external server
	weaknesses []string
	writes     writes
	peers      *peers
	recent     recent

	// One link a purpose: a burst of presses must not queue in front of an append.
	main, press, append, tail, core *link

	stop context.CancelFunc
	done sync.WaitGroup
}

var (
	_ dispatch.Journal = (*Journal)(nil)
	_ dispatch.Nodes   = (*Journal)(nil)
)

// Open starts or reaches the server, makes sure of the streams, and listens for
// other nodes. It returns [ErrLocked] if another process has the data folder
// open, and [ErrWeak] if a stream that exists breaks the promise.
func Open(ctx context.Context, o Options) (_ *Journal, err error) {
	if o, err = o.withDefaults(); err != nil {
		return nil, err
	}
	j := &Journal{o: o, log: o.Log.With("component", "journal"), peers: newPeers(o.Node)}
	defer func() {
		if err != nil {
			j.shut()
		}
	}()
	if o.URL == "" {
		if j.server, err = startEmbedded(o); err != nil {
			return nil, err
		}
	}
	for purpose, l := range map[string]**link{"main": &j.main, "press": &j.press, "append": &j.append, "tail": &j.tail, "core": &j.core} {
		if *l, err = j.connect(purpose); err != nil {
			return nil, err
		}
	}
	if err = j.ensureStreams(ctx); err != nil {
		return nil, err
	}
	if err = j.judgeServer(ctx); err != nil {
		return nil, err
	}
	if err = j.listen(ctx); err != nil {
		return nil, err
	}
	run, stop := context.WithCancel(context.WithoutCancel(ctx)) // Open's deadline is not the journal's
	j.stop = stop
	if j.server != nil {
		j.done.Go(func() { j.watchStore(run) })
	}
	return j, nil
}

// judgeServer finds what the server itself cannot promise.
func (j *Journal) judgeServer(ctx context.Context) error {
	if j.server != nil {
		j.weaknesses = append(j.weaknesses, "one copy on one disk: a power cut loses nothing, a lost disk loses everything; use a cluster with three replicas")
		return nil
	}
	// sync_interval cannot be read by a client of an ordinary account.
	j.weaknesses = append(j.weaknesses, "the external server does not tell whether sync_interval is always; with its default of two minutes a power cut loses acknowledged presses")
	if have := j.main.nc.MaxPayload(); have < maxPayload {
		j.weaknesses = append(j.weaknesses, fmt.Sprintf("the external server takes messages of up to %d bytes, %d are wanted: an incident with very many presses cannot be archived", have, maxPayload))
	}
	if j.o.Replicas < 2 {
		j.weaknesses = append(j.weaknesses, "streams have one replica: a lost server loses everything")
	}
	ok, err := j.mapped(ctx)
	if err != nil {
		return err
	}
	if !ok {
		j.weaknesses = append(j.weaknesses, fmt.Sprintf("the account has no mapping from press.* to press.{{partition(%d,1)}}.{{wildcard(1)}}: presses that others publish to press.<device> are refused", j.o.Shards))
	}
	return nil
}

// mapped asks the server where press.* leads, with a message that no stream
// stores: it names an expected stream that does not exist.
func (j *Journal) mapped(ctx context.Context) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, StoreWait)
	defer cancel()
	m := nats.NewMsg("press.onekeyd-check")
	m.Header.Set(jetstream.ExpectedStreamHeader, "NONE")
	_, err := j.main.nc.RequestMsgWithContext(ctx, m)
	if errors.Is(err, nats.ErrNoResponders) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("check the mapping of press.*: %w", err)
	}
	return true, nil
}

// Weaknesses are the promises that cannot be kept as things are set up, in words.
func (j *Journal) Weaknesses() []string { return slices.Clone(j.weaknesses) }

// JetStream and Conn are for the other streams of this daemon (directory,
// access), on a connection that presses and appends do not use.
func (j *Journal) JetStream() jetstream.JetStream { return j.main.js }

// Conn is the connection under [Journal.JetStream].
func (j *Journal) Conn() *nats.Conn { return j.main.nc }

// Addr is where the embedded server listens; empty if it does not.
func (j *Journal) Addr() string {
	if j.server == nil {
		return ""
	}
	return j.server.addr()
}

// Close says goodbye to the other nodes, closes the connections, and stops the
// embedded server. Callers end Hear, Follow and FollowArchive first.
func (j *Journal) Close() error {
	j.goodbye()
	j.stop()
	j.done.Wait()
	j.shut()
	return nil
}

func (j *Journal) shut() {
	for _, l := range []*link{j.press, j.append, j.tail, j.core, j.main} {
		if l != nil {
			l.nc.Close()
		}
	}
	if j.server != nil {
		j.server.stop()
	}
}

// Ready says whether a press would be stored now, for /readyz.
func (j *Journal) Ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	if err := j.writes.any(); err != nil {
		return err
	}
	for _, l := range []*link{j.press, j.append, j.tail, j.core} {
		if !l.nc.IsConnected() {
			return fmt.Errorf("journal: not connected to nats")
		}
	}
	if _, err := j.append.js.Stream(ctx, incidentsStream); err != nil {
		return fmt.Errorf("journal: ask for stream %s: %w", incidentsStream, err)
	}
	return nil
}
