package board

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"onekeyd/dispatch"
)

// ErrGone says that a cursor is older than what the ring still has.
var ErrGone = errors.New("the events after this cursor are gone; take a snapshot")

// ring is how many events are kept for consoles that come back: at one event a
// second more than two hours, in a storm of a thousand presses still all of it.
const ring = 8192

// heaviest bounds the ring in what its events hold, about 100 MB: a key that
// never stops makes incidents with long stories.
const heaviest = 600_000

// atATime bounds what a reader is given at once.
const atATime = 256

// Journal is what the board needs of the log.
type Journal interface {
	Last(ctx context.Context, c dispatch.CaseID) (uint64, error)
	Follow(ctx context.Context, after uint64, each func(dispatch.Record), caughtUp func()) error
	CaseRecords(ctx context.Context, c dispatch.CaseID) ([]dispatch.Record, error)
	Archive(ctx context.Context, id dispatch.IncidentID, c dispatch.CaseID, doc []byte, closing uint64) error
	Forget(ctx context.Context, c dispatch.CaseID) error
	Archived(ctx context.Context, id dispatch.IncidentID) ([]byte, error)
	FollowArchive(ctx context.Context, since time.Time, each func(doc []byte), caughtUp func()) error
	Rank(dispatch.CaseID) int
}

// Event is one change: the incident as it was right after the fact at Seq.
type Event struct {
	Seq      uint64
	Incident *dispatch.Incident
}

// Options of a Board.
type Options struct {
	Journal Journal
	Log     *slog.Logger
	// Observe, if set, is told every record that is new since the board caught
	// up, in order, with the incident after it. It must not block.
	Observe func(dispatch.Record, *dispatch.Incident)
	// Lately, if set, is told the incidents that were closed within [LatelyFor]: on
	// start those of the archive and of the journal, before anything is observed,
	// and then those that this and other nodes archive. One may be told more than
	// once. It must not block.
	Lately func(*dispatch.Incident)
}

// LatelyFor is how long a closed incident is still of interest to those who were told of it.
const LatelyFor = 24 * time.Hour

// Board holds the open incidents.
type Board struct {
	journal Journal
	log     *slog.Logger
	observe func(dispatch.Record, *dispatch.Incident)
	lately  func(*dispatch.Incident)
	stuck   map[dispatch.IncidentID]bool // reported by archiveAll, and known to it alone
	caught  chan struct{}                // closed when the board has caught up with the journal

	mu       sync.RWMutex // guards all below
	cases    map[dispatch.CaseID]*current
	byID     map[dispatch.IncidentID]dispatch.CaseID
	byAlert  map[dispatch.AlertID]dispatch.CaseID
	handled  map[pressKey]handled
	replied  map[string]time.Time
	ended    map[dispatch.IncidentID]*dispatch.Incident // closed, and not in the archive yet
	busy     map[dispatch.ResponderID]load
	codes    map[string]int
	nextCode int
	absorbed map[uint64]*dispatch.Incident // own appends the follower has yet to pass
	head     uint64                        // the follower's place in the journal
	events   []Event                       // ring, oldest first
	weight   int                           // of the events
	oldest   uint64                        // events after this cursor are all in the ring
	changed  chan struct{}                 // closed and replaced at every event
	anew     chan struct{}                 // closed and replaced when readers must take a snapshot
}

// load is in how many open incidents a responder is bound, or asked.
type load struct{ bound, offered int }

// current is a case as it is now. seq is what the next append must expect.
type current struct {
	inc *dispatch.Incident
	seq uint64
}

// New makes an empty board; [Board.Run] fills it.
func New(o Options) *Board {
	observe := o.Observe
	if observe == nil {
		observe = func(dispatch.Record, *dispatch.Incident) {}
	}
	lately := o.Lately
	if lately == nil {
		lately = func(*dispatch.Incident) {}
	}
	return &Board{
		journal: o.Journal, log: o.Log.With("component", "board"), observe: observe, lately: lately, stuck: map[dispatch.IncidentID]bool{}, caught: make(chan struct{}),
		cases: map[dispatch.CaseID]*current{}, byID: map[dispatch.IncidentID]dispatch.CaseID{}, byAlert: map[dispatch.AlertID]dispatch.CaseID{},
		handled: map[pressKey]handled{}, replied: map[string]time.Time{}, ended: map[dispatch.IncidentID]*dispatch.Incident{},
		busy: map[dispatch.ResponderID]load{}, codes: map[string]int{}, nextCode: firstCode + rand.IntN(lastCode-firstCode), // nodes, and runs, begin at different places
		absorbed: map[uint64]*dispatch.Incident{}, changed: make(chan struct{}), anew: make(chan struct{}),
	}
}

// Run reads what the archive has of lately handled presses, then the journal,
// and goes on following both until ctx ends; what is closed it archives. The
// archive is followed because a node that was cut off may never read how an
// incident ended: another one has archived and purged it by then.
func (b *Board) Run(ctx context.Context) error {
	known := make(chan struct{})
	all, ctx := errgroup.WithContext(ctx)
	all.Go(func() error {
		err := b.journal.FollowArchive(ctx, time.Now().Add(-keepHandled), b.archived, func() { close(known) })
		return fmt.Errorf("follow the archive: %w", err)
	})
	all.Go(func() error { b.archive(ctx); return ctx.Err() })
	all.Go(func() error {
		select {
		case <-known:
		case <-ctx.Done():
			return ctx.Err()
		}
		return fmt.Errorf("follow the journal: %w", b.journal.Follow(ctx, 0, b.follow, b.catchUp))
	})
	return all.Wait()
}

// catchUp starts the events anew: what the journal still had is not all that a
// console may have missed, since closed cases are purged. An older cursor gets [ErrGone].
func (b *Board) catchUp() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.events, b.oldest = nil, b.head
	close(b.caught)
}

// CaughtUp is closed once everything that was stored when Run began is folded in.
func (b *Board) CaughtUp() <-chan struct{} { return b.caught }

// Case implements [dispatch.Cases].
func (b *Board) Case(c dispatch.CaseID) (*dispatch.Incident, uint64) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	if cur := b.cases[c]; cur != nil {
		return cur.inc, cur.seq
	}
	return nil, 0
}

// Find tells the case of an incident that is open.
func (b *Board) Find(id dispatch.IncidentID) (dispatch.CaseID, bool) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	c, ok := b.byID[id]
	return c, ok
}

// ByAlert finds the incident an alert belongs to, open or closed a moment ago.
func (b *Board) ByAlert(id dispatch.AlertID) (*dispatch.Incident, bool) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	if cur := b.cases[b.byAlert[id]]; cur != nil && cur.inc != nil {
		_, has := cur.inc.Alert(id)
		return cur.inc, has
	}
	return nil, false
}

// Busy implements [dispatch.Cases].
func (b *Board) Busy(r dispatch.ResponderID) (bound, offered int) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	l := b.busy[r]
	return l.bound, l.offered
}

// Open implements [dispatch.Cases].
func (b *Board) Open() []*dispatch.Incident {
	_, open := b.Snapshot()
	return open
}

// Ending implements [dispatch.Cases].
func (b *Board) Ending() []*dispatch.Incident {
	b.mu.RLock()
	defer b.mu.RUnlock()
	var out []*dispatch.Incident
	for _, inc := range b.ended {
		if inc.Unsettled() {
			out = append(out, inc)
		}
	}
	return out
}

// inOrder sorts incidents as the desk works on them. Not under a lock: in a
// storm there are thousands, and each press waits for the lock.
func inOrder(open []*dispatch.Incident) []*dispatch.Incident {
	slices.SortFunc(open, func(x, y *dispatch.Incident) int {
		return cmp.Or(cmp.Compare(x.Urgency, y.Urgency), x.RaisedAt.Compare(y.RaisedAt), cmp.Compare(x.ID, y.ID))
	})
	return open
}

// Reload implements [dispatch.Cases]: it asks the journal how far the case is
// and waits until that much is folded in.
func (b *Board) Reload(ctx context.Context, c dispatch.CaseID) (*dispatch.Incident, uint64, error) {
	last, err := b.journal.Last(ctx, c)
	if err != nil {
		return nil, 0, fmt.Errorf("read the last sequence of case %s: %w", c, err)
	}
	if last == 0 {
		return b.emptied(ctx, c)
	}
	for {
		b.mu.RLock()
		cur, changed, head := b.cases[c], b.changed, b.head
		if cur != nil && cur.seq >= last || head >= last {
			defer b.mu.RUnlock()
			if cur == nil {
				return nil, last, nil // nothing the fold could use stands there
			}
			return cur.inc, max(cur.seq, last), nil
		}
		b.mu.RUnlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, 0, fmt.Errorf("wait for case %s to reach %d: %w", c, last, ctx.Err())
		}
	}
}

// emptied: the journal has nothing on this case. What we held of it is archived
// by now, perhaps by a node that was quicker than our follower.
func (b *Board) emptied(ctx context.Context, c dispatch.CaseID) (*dispatch.Incident, uint64, error) {
	inc, _ := b.Case(c)
	if inc.Open() {
		doc, err := b.journal.Archived(ctx, inc.ID)
		if err != nil {
			return nil, 0, fmt.Errorf("case %s is gone from the journal and incident %s is not in the archive: %w", c, inc.ID, err)
		}
		if inc, err = Unfold(doc); err != nil {
			return nil, 0, err
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if cur := b.cases[c]; cur != nil && (cur.inc == nil || inc != nil && cur.inc.ID == inc.ID) {
		b.index(cur.inc, nil)
		delete(b.cases, c)
	}
	if cur := b.cases[c]; cur != nil {
		return cur.inc, cur.seq, nil // the next one has been raised meanwhile
	}
	return inc, 0, nil
}

// FreeCode implements [dispatch.Cases]. Codes go round, so that one is not used again soon.
func (b *Board) FreeCode() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	last := lastCode
	if len(b.codes) > lastCode/2 {
		last = lastCode * 100 // a storm: longer numbers are better than two calls with one
	}
	for {
		if b.nextCode > last {
			b.nextCode = firstCode
		}
		code := strconv.Itoa(b.nextCode)
		b.nextCode++
		if b.codes[code] == 0 {
			return code
		}
	}
}

// Codes have two digits at least, so that none can be taken for the answers 1, 2, 3 and 9.
const firstCode, lastCode = 10, 999
