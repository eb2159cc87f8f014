package journal

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"onekeyd/dispatch"

	"github.com/google/go-cmp/cmp"
)

// reader collects what Follow gives.
type reader struct {
	mu     sync.Mutex
	got    []string
	caught int // how many records had come when it caught up; -1 before
	last   uint64
	stop   context.CancelFunc
	ended  chan error
}

func follow(t *testing.T, j *Journal, after uint64) *reader {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	r := &reader{caught: -1, stop: stop, ended: make(chan error, 1)}
	go func() {
		r.ended <- j.Follow(ctx, after, func(rec dispatch.Record) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.got = append(r.got, fmt.Sprintf("%d %s", rec.Seq, text(rec)))
			r.last = rec.Seq
		}, func() {
			r.mu.Lock()
			defer r.mu.Unlock()
			if r.caught >= 0 {
				t.Error("caught up twice")
			}
			r.caught = len(r.got)
		})
	}()
	return r
}

func (r *reader) end(t *testing.T) {
	t.Helper()
	r.stop()
	if err := <-r.ended; !errors.Is(err, context.Canceled) {
		t.Errorf("Follow ended with %v", err)
	}
}

func (r *reader) expect(t *testing.T, caught int, want ...string) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	if d := cmp.Diff(want, r.got); d != "" {
		t.Error(d)
	}
	if r.caught != caught {
		t.Errorf("caught up after %d records, want %d", r.caught, caught)
	}
}

func (r *reader) seen() uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.last
}

func (r *reader) isCaughtUp() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.caught >= 0
}

func TestFollowFromASequence(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		j := open(t, t.TempDir(), "n1")
		defer closing(t, j)
		mustAppend(t, j, entry("E-1", "a"), 0)
		mustAppend(t, j, entry("E-2", "b"), 0)
		mustAppend(t, j, entry("E-1", "c"), 1)

		all := follow(t, j, 0)
		defer all.end(t)
		later := follow(t, j, 2)
		defer later.end(t)
		end := follow(t, j, 3)
		defer end.end(t)
		synctest.Wait()
		mustAppend(t, j, entry("E-3", "d"), 0)
		synctest.Wait()
		all.expect(t, 3, "1 a", "2 b", "3 c", "4 d")
		later.expect(t, 1, "3 c", "4 d")
		end.expect(t, 0, "4 d")
	})
}

func TestFollowOfAnEmptyJournalCatchesUpAtOnce(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		j := open(t, t.TempDir(), "n1")
		defer closing(t, j)
		r := follow(t, j, 0)
		defer r.end(t)
		synctest.Wait()
		r.expect(t, 0)
	})
}

// Everything that Follow would give is purged, and purging leaves holes in the middle.
func TestFollowAcrossPurgedIncidents(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		j := open(t, t.TempDir(), "n1")
		defer closing(t, j)
		mustAppend(t, j, entry("E-1", "a"), 0)
		mustAppend(t, j, entry("E-2", "b"), 0)
		mustAppend(t, j, entry("E-1", "c"), 1)
		if err := j.Archive(t.Context(), "i1", "E-1", []byte("{}"), 3); err != nil {
			t.Fatal(err)
		}
		r := follow(t, j, 0)
		defer r.end(t)
		none := follow(t, j, 2)
		defer none.end(t)
		synctest.Wait()
		r.expect(t, 1, "2 b")
		none.expect(t, 0)
	})
}

// What the comment of Last promises to whoever waits for a follower that was behind.
func TestLastOfAnEntryThatWasPurgedMeanwhile(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		j := open(t, t.TempDir(), "n1")
		defer closing(t, j)
		mustAppend(t, j, entry("E-1", "raised"), 0)
		mustAppend(t, j, entry("E-1", "closed"), 1)
		awaited, err := j.Last(t.Context(), "E-1")
		if err != nil || awaited != 2 {
			t.Fatalf("last %d, %v", awaited, err)
		}
		if err := j.Archive(t.Context(), "i1", "E-1", []byte("{}"), awaited); err != nil {
			t.Fatal(err)
		}
		r := follow(t, j, 0)
		defer r.end(t)
		time.Sleep(time.Hour)
		r.expect(t, 0) // for ever
		if again, err := j.Last(t.Context(), "E-1"); err != nil || again != 0 {
			t.Errorf("asked again: %d, %v; want 0", again, err)
		}
		mustAppend(t, j, entry("E-1", "raised again"), 0)
		if again, err := j.Last(t.Context(), "E-1"); err != nil || again != 3 {
			t.Errorf("asked again: %d, %v; want 3", again, err)
		}
		synctest.Wait()
		r.expect(t, 0, "3 raised again")
	})
}

// In real time: nats.go shares timers across the process when it reconnects.
func TestFollowResumesAfterARestartOfTheServer(t *testing.T) {
	j := open(t, t.TempDir(), "n1")
	defer closing(t, j)
	mustAppend(t, j, entry("E-1", "a"), 0)
	r := follow(t, j, 0)
	defer r.end(t)
	waitFor(t, "the first record", func() bool { return r.seen() == 1 })
	back := j.append.lost()
	if err := j.server.restart(); err != nil {
		t.Fatal(err)
	}
	<-back
	mustAppend(t, j, entry("E-1", "b"), 1)
	mustAppend(t, j, entry("E-2", "c"), 0)
	waitFor(t, "the other records", func() bool { return r.seen() == 3 })
	r.expect(t, 1, "1 a", "2 b", "3 c")
}

// The connection is cut again and again under load: nothing is missed, nothing comes twice.
func TestFollowResumesAfterLostConnections(t *testing.T) {
	a := openWith(t, Options{Node: "a", Embedded: Embedded{Dir: t.TempDir(), Listen: "127.0.0.1:0"}})
	defer closing(t, a)
	w := newWire(t, a.Addr())
	b := openWith(t, Options{Node: "b", URL: "nats://" + w.addr(), Password: a.server.token})
	defer closing(t, b)
	r := follow(t, b, 0)
	defer r.end(t)

	waitFor(t, "the empty journal", r.isCaughtUp)
	const rounds, each = 5, 40
	var want []string
	for n := range rounds * each {
		rec := mustAppend(t, a, entry(dispatch.CaseID(fmt.Sprintf("E-%d", n)), "x"), 0)
		want = append(want, fmt.Sprintf("%d x", rec.Seq))
		if n%each == each/2 {
			w.cut()
		}
	}
	waitFor(t, "all records", func() bool { return r.seen() == rounds*each })
	r.expect(t, 0, want...)
}

func TestFollowOfAJournalThatWasReplaced(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		j := open(t, t.TempDir(), "n1")
		defer closing(t, j)
		mustAppend(t, j, entry("E-1", "a"), 0)
		if err := j.Follow(t.Context(), 7, func(dispatch.Record) {}, nil); !errors.Is(err, ErrRewound) {
			t.Errorf("following after 7 in a journal of 1: %v", err)
		}
	})
}

// An entry of a newer build, or junk, has a sequence that the next append must know.
func TestFollowGivesAnUnreadableEntryWithoutFacts(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		j := open(t, t.TempDir(), "n1")
		defer closing(t, j)
		if _, err := j.append.js.Publish(t.Context(), "incident.E-1", []byte(`{"v":99}`)); err != nil {
			t.Fatal(err)
		}
		mustAppend(t, j, entry("E-1", "a"), 1)
		r := follow(t, j, 0)
		defer r.end(t)
		synctest.Wait()
		r.expect(t, 2, "1 ", "2 a")
	})
}
