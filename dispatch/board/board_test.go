package board

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"onekeyd/dispatch"
)

// log is a journal in memory that follows the rules of the real one.
type log struct {
	mu      sync.Mutex
	records []dispatch.Record
	seq     uint64
	docs    map[dispatch.IncidentID][]byte
	changed chan struct{}
}

func newLog() *log {
	return &log{docs: map[dispatch.IncidentID][]byte{}, changed: make(chan struct{})}
}

func (l *log) add(c dispatch.CaseID, id dispatch.IncidentID, facts ...dispatch.Fact) dispatch.Record {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.seq++
	r := dispatch.Record{Seq: l.seq, StoredAt: time.Now(), Entry: dispatch.Entry{Case: c, Incident: id, At: time.Now(), Facts: facts}}
	l.records = append(l.records, r)
	close(l.changed)
	l.changed = make(chan struct{})
	return r
}

func (l *log) Last(_ context.Context, c dispatch.CaseID) (uint64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var last uint64
	for _, r := range l.records {
		if r.Case == c {
			last = r.Seq
		}
	}
	return last, nil
}

func (l *log) Follow(ctx context.Context, after uint64, each func(dispatch.Record), caughtUp func()) error {
	for {
		l.mu.Lock()
		records, changed := slices.Clone(l.records), l.changed
		l.mu.Unlock()
		for _, r := range records {
			if r.Seq > after {
				after = r.Seq
				each(r)
			}
		}
		if caughtUp != nil {
			caughtUp()
			caughtUp = nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (l *log) CaseRecords(_ context.Context, c dispatch.CaseID) (out []dispatch.Record, _ error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range l.records {
		if r.Case == c {
			out = append(out, r)
		}
	}
	return out, nil
}

func (l *log) Archive(_ context.Context, id dispatch.IncidentID, c dispatch.CaseID, doc []byte, closing uint64) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.docs[id] = doc
	close(l.changed)
	l.changed = make(chan struct{})
	l.records = slices.DeleteFunc(l.records, func(r dispatch.Record) bool { return r.Case == c && r.Seq <= closing })
	return nil
}

func (l *log) Forget(_ context.Context, c dispatch.CaseID) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.records = slices.DeleteFunc(l.records, func(r dispatch.Record) bool { return r.Case == c })
	return nil
}

func (l *log) document(id dispatch.IncidentID) []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.docs[id]
}

func (l *log) Archived(_ context.Context, id dispatch.IncidentID) ([]byte, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if doc, ok := l.docs[id]; ok {
		return doc, nil
	}
	return nil, errors.New("not in the archive")
}

func (l *log) FollowArchive(ctx context.Context, _ time.Time, each func([]byte), caughtUp func()) error {
	given := map[dispatch.IncidentID]bool{}
	for {
		l.mu.Lock()
		docs, changed := maps.Clone(l.docs), l.changed
		l.mu.Unlock()
		for id, doc := range docs {
			if !given[id] {
				given[id] = true
				each(doc)
			}
		}
		if caughtUp != nil {
			caughtUp()
			caughtUp = nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (l *log) Rank(dispatch.CaseID) int { return 0 }

func raise(n int) dispatch.Raised {
	return dispatch.Raised{Code: fmt.Sprint(n), Kind: dispatch.SOS, Urgency: dispatch.Red, Press: dispatch.PressSeen{ID: dispatch.PressID(fmt.Sprint("p", n)), Device: "D", Kind: dispatch.SOS}}
}

// follow runs a board in a bubble until the story is told.
func follow(t *testing.T, l *log, story func(t *testing.T, b *Board)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		b := New(Options{Journal: l, Log: slog.New(slog.DiscardHandler)})
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		l.changed = make(chan struct{})
		go func() { done <- b.Run(ctx) }()
		synctest.Wait()
		story(t, b)
		stop()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("Run ended with %v", err)
		}
	})
}

func TestEventsAreInOrderAndWhole(t *testing.T) {
	l := newLog()
	follow(t, l, func(t *testing.T, b *Board) {
		own := dispatch.Record{Seq: 1, Entry: dispatch.Entry{Case: "E-1", Incident: "i1", At: time.Now(), Facts: []dispatch.Fact{raise(1)}}}
		b.Absorb(own) // this process is quicker than its follower
		if inc, seq := b.Case("E-1"); inc == nil || seq != 1 {
			t.Fatalf("an absorbed record is not there: %v, %d", inc, seq)
		}
		l.add("E-1", "i1", raise(1))
		l.add("E-1", "i1", dispatch.Closed{Disposition: dispatch.Assisted})
		synctest.Wait() // an append of ours names the last sequence, so it is folded in before
		again := raise(2)
		b.Absorb(dispatch.Record{Seq: 3, Entry: dispatch.Entry{Case: "E-1", Incident: "i2", At: time.Now(), Facts: []dispatch.Fact{again}}})
		l.add("E-1", "i2", again)
		synctest.Wait()
		events, err := b.Next(t.Context(), 0)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, e := range events {
			got = append(got, fmt.Sprintf("%d %s %s", e.Seq, e.Incident.ID, e.Incident.State))
		}
		if s := strings.Join(got, ", "); s != "1 i1 raised, 2 i1 closed, 3 i2 raised" {
			t.Errorf("events %s", s)
		}
		if _, ok := b.Find("i1"); ok {
			t.Error("a closed incident can still be acted on")
		}
	})
}

// A cursor from before a restart, or from a journal that is gone, must not look as if nothing had happened.
func TestOldAndFutureCursorsAreRefused(t *testing.T) {
	l := newLog()
	l.add("E-1", "i1", raise(1))
	l.add("E-2", "i2", raise(2))
	follow(t, l, func(t *testing.T, b *Board) {
		for _, cursor := range []uint64{0, 1, 99} {
			if _, err := b.Next(t.Context(), cursor); !errors.Is(err, ErrGone) {
				t.Errorf("cursor %d: %v, want ErrGone", cursor, err)
			}
		}
		seq, open := b.Snapshot()
		if seq != 2 || len(open) != 2 {
			t.Errorf("snapshot at %d with %d incidents", seq, len(open))
		}
		l.add("E-1", "i1", dispatch.Noted{Operator: "li", Text: "x"})
		if events, err := b.Next(t.Context(), seq); err != nil || len(events) != 1 || events[0].Seq != 3 {
			t.Errorf("after the snapshot: %v, %v", events, err)
		}
	})
}

func TestTheRingForgetsOnlyWhatIsOld(t *testing.T) {
	l := newLog()
	l.add("E-1", "i1", raise(1))
	follow(t, l, func(t *testing.T, b *Board) {
		for range 2*ring + 10 {
			l.add("E-1", "i1", dispatch.Noted{Operator: "li", Text: "x"})
		}
		synctest.Wait()
		if _, err := b.Next(t.Context(), 5); !errors.Is(err, ErrGone) {
			t.Errorf("a cursor that fell out of the ring: %v", err)
		}
		head, _ := b.Snapshot()
		const lately = 1000
		for cursor := head - lately; cursor < head; {
			events, err := b.Next(t.Context(), cursor)
			if err != nil || len(events) == 0 || len(events) > atATime {
				t.Fatalf("%d events after %d, %v", len(events), cursor, err)
			}
			for _, e := range events {
				if cursor++; e.Seq != cursor {
					t.Fatalf("event %d where %d was due: a gap", e.Seq, cursor)
				}
			}
		}
	})
}

// Another node closed, archived and purged while this one was held up.
func TestReloadOfAPurgedCase(t *testing.T) {
	l := newLog()
	r := l.add("E-1", "i1", raise(1))
	follow(t, l, func(t *testing.T, b *Board) {
		inc, _ := b.Case("E-1")
		closed, err := dispatch.Apply(inc, dispatch.Record{Seq: 2, Entry: dispatch.Entry{Case: "E-1", Incident: "i1", At: time.Now(), Facts: []dispatch.Fact{dispatch.Closed{Disposition: dispatch.Assisted}}}})
		if err != nil {
			t.Fatal(err)
		}
		doc, err := fold(closed, []dispatch.Record{r, {Seq: 2, Entry: dispatch.Entry{Case: "E-1", Incident: "i1", At: time.Now(), Facts: []dispatch.Fact{dispatch.Closed{Disposition: dispatch.Assisted}}}}})
		if err != nil {
			t.Fatal(err)
		}
		_ = l.Archive(t.Context(), "i1", "E-1", doc, 2)
		inc, seq, err := b.Reload(t.Context(), "E-1")
		if err != nil || inc.State != dispatch.StateClosed || seq != 0 {
			t.Errorf("reloaded %v at %d, %v; want closed and free", inc, seq, err)
		}
		if _, ok := b.Find("i1"); ok {
			t.Error("it is still open here")
		}
	})
}

// A record that nobody can read must not make the case unusable.
func TestUnreadableRecordIsNamedByTheNextAppend(t *testing.T) {
	l := newLog()
	l.add("E-1", "", []dispatch.Fact{}...)
	l.add("E-2", "i2", raise(2))
	l.add("E-2", "i2", []dispatch.Fact{}...)
	follow(t, l, func(t *testing.T, b *Board) {
		if inc, seq := b.Case("E-1"); inc != nil || seq != 1 {
			t.Errorf("case E-1: %v at %d, want nobody at 1", inc, seq)
		}
		if inc, seq := b.Case("E-2"); !inc.Open() || seq != 3 {
			t.Errorf("case E-2: %v at %d, want the open incident at 3", inc, seq)
		}
		time.Sleep(time.Minute) // in a bubble
		if len(b.Open()) != 1 {
			t.Errorf("%d incidents are open, want 1", len(b.Open()))
		}
	})
}

func TestClosedIsArchivedAndRemembered(t *testing.T) {
	l := newLog()
	follow(t, l, func(t *testing.T, b *Board) {
		l.add("E-1", "i1", raise(1))
		l.add("E-1", "i1", dispatch.Closed{Disposition: dispatch.Assisted})
		time.Sleep(time.Minute) // in a bubble
		if left, _ := l.CaseRecords(t.Context(), "E-1"); len(left) != 0 {
			t.Errorf("%d records of a closed incident are still in the journal", len(left))
		}
		inc, err := Unfold(l.document("i1"))
		if err != nil || inc.State != dispatch.StateClosed {
			t.Errorf("the document unfolds to %v, %v", inc, err)
		}
	})
	follow(t, l, func(t *testing.T, b *Board) { // the next run
		if id, ok := b.Handled(dispatch.Press{Device: "D", ID: "p1"}); !ok || id != "i1" {
			t.Errorf("a press of an archived incident is forgotten: %q %v", id, ok)
		}
	})
}

// The elder presses again before the first call is archived; a stuck key does.
func TestClosedIsArchivedAlthoughTheNextOneIsOpen(t *testing.T) {
	l := newLog()
	follow(t, l, func(t *testing.T, b *Board) {
		l.add("E-1", "i1", raise(1))
		l.add("E-1", "i1", dispatch.Closed{Disposition: dispatch.DeviceFault})
		l.add("E-1", "i2", raise(2))
		time.Sleep(time.Minute) // in a bubble
		l.add("E-1", "i2", dispatch.Closed{Disposition: dispatch.Assisted})
		time.Sleep(time.Minute) // in a bubble
		for _, id := range []dispatch.IncidentID{"i1", "i2"} {
			if inc, err := Unfold(l.document(id)); err != nil || inc.ID != id || inc.State != dispatch.StateClosed {
				t.Errorf("the archive has %v of %s, %v", inc, id, err)
			}
		}
		if left, _ := l.CaseRecords(t.Context(), "E-1"); len(left) != 0 {
			t.Errorf("%d records are left in the journal", len(left))
		}
	})
}

// A record of a newer build stands in the middle: no document would hold it, so it must not be purged.
func TestNothingUnreadableIsPurged(t *testing.T) {
	l := newLog()
	follow(t, l, func(t *testing.T, b *Board) {
		l.add("E-1", "i1", raise(1))
		l.add("E-1", "", []dispatch.Fact{}...)
		l.add("E-1", "i1", dispatch.Closed{Disposition: dispatch.Assisted})
		l.add("E-1", "i2", raise(2))
		l.add("E-1", "i2", dispatch.Closed{Disposition: dispatch.Assisted})
		time.Sleep(time.Minute) // in a bubble
		if left, _ := l.CaseRecords(t.Context(), "E-1"); len(left) != 5 || l.document("i1") != nil || l.document("i2") != nil {
			t.Errorf("%d of 5 records are left", len(left))
		}
	})
}

// Another node closed, archived and purged while this one was cut off: it must not show the call for ever.
func TestEndThatWasMissedComesFromTheArchive(t *testing.T) {
	l := newLog()
	follow(t, l, func(t *testing.T, b *Board) {
		r := l.add("E-1", "i1", raise(1))
		synctest.Wait()
		closing := dispatch.Record{Seq: 2, Entry: dispatch.Entry{Case: "E-1", Incident: "i1", At: time.Now(), Facts: []dispatch.Fact{dispatch.Closed{Disposition: dispatch.Assisted}}}}
		inc, _ := b.Case("E-1")
		ended, err := dispatch.Apply(inc, closing)
		if err != nil {
			t.Fatal(err)
		}
		doc, err := fold(ended, []dispatch.Record{r, closing})
		if err != nil {
			t.Fatal(err)
		}
		told := make(chan error, 1)
		go func() { _, err := b.Next(t.Context(), 1); told <- err }()
		synctest.Wait()
		_ = l.Archive(t.Context(), "i1", "E-1", doc, 2)
		synctest.Wait()
		if err := <-told; !errors.Is(err, ErrGone) {
			t.Errorf("a console that waited is told %v", err)
		}
		if open := b.Open(); len(open) != 0 {
			t.Errorf("%d incidents are still open here", len(open))
		}
	})
}

// The device's battery was changed and it counts from 1 again.
func TestCounterThatBeginsAgainIsANewPress(t *testing.T) {
	l := newLog()
	follow(t, l, func(t *testing.T, b *Board) {
		first := time.Now()
		seen := dispatch.PressSeen{ID: "1", Device: "D", Kind: dispatch.SOS, Received: first}
		l.add("E-1", "i1", dispatch.Raised{Code: "10", Press: seen})
		l.add("E-1", "i1", dispatch.Closed{Disposition: dispatch.Assisted})
		synctest.Wait()
		for later, want := range map[time.Duration]bool{time.Second: true, 20 * time.Minute: true, time.Hour: false} {
			if _, got := b.Handled(dispatch.Press{ID: "1", Device: "D", Received: first.Add(later)}); got != want {
				t.Errorf("the same identity %s later: handled %v, want %v", later, got, want)
			}
		}
		if _, got := b.Handled(dispatch.Press{ID: "1", Device: "D", At: first.Add(time.Minute), Received: first.Add(time.Minute)}); got {
			t.Error("the device's own clock says another press, and it is taken for the same")
		}
	})
}

func TestCodesAreFreeAndTwoDigits(t *testing.T) {
	l := newLog()
	l.add("E-1", "i1", dispatch.Raised{Code: "11", Press: dispatch.PressSeen{ID: "p", Device: "D"}})
	follow(t, l, func(t *testing.T, b *Board) {
		seen := map[string]bool{}
		for range 900 {
			code := b.FreeCode()
			if len(code) < 2 || code == "11" || seen[code] {
				t.Fatalf("code %q (given before: %v)", code, seen[code])
			}
			seen[code] = true
		}
	})
}

func BenchmarkAbsorbAndFollow(b *testing.B) {
	l := newLog()
	board := New(Options{Journal: l, Log: slog.New(slog.DiscardHandler)})
	close(board.caught)
	b.ReportAllocs()
	n := uint64(0)
	for b.Loop() {
		n++
		r := dispatch.Record{Seq: n, Entry: dispatch.Entry{Case: dispatch.CaseID(fmt.Sprint(n)), Incident: dispatch.IncidentID(fmt.Sprint("i", n)), Facts: []dispatch.Fact{raise(int(n))}}}
		board.Absorb(r)
		board.follow(r)
	}
}
