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

// documents collects what FollowArchive gives.
type documents struct {
	mu     sync.Mutex
	got    []string
	caught int // how many had come when it caught up; -1 before
	stop   context.CancelFunc
	ended  chan error
}

func followArchive(t *testing.T, j *Journal, since time.Time) *documents {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	d := &documents{caught: -1, stop: stop, ended: make(chan error, 1)}
	go func() {
		d.ended <- j.FollowArchive(ctx, since, func(doc []byte) {
			d.mu.Lock()
			defer d.mu.Unlock()
			d.got = append(d.got, string(doc))
		}, func() {
			d.mu.Lock()
			defer d.mu.Unlock()
			if d.caught >= 0 {
				t.Error("caught up twice")
			}
			d.caught = len(d.got)
		})
	}()
	return d
}

func (d *documents) end(t *testing.T) {
	t.Helper()
	d.stop()
	if err := <-d.ended; !errors.Is(err, context.Canceled) {
		t.Errorf("FollowArchive ended with %v", err)
	}
}

func (d *documents) expect(t *testing.T, caught int, want ...string) {
	t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	if diff := cmp.Diff(want, d.got); diff != "" {
		t.Error(diff)
	}
	if d.caught != caught {
		t.Errorf("caught up after %d documents, want %d", d.caught, caught)
	}
}

func (d *documents) count() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.got)
}

func mustArchive(t *testing.T, j *Journal, n int, doc string) {
	t.Helper()
	if err := j.Archive(t.Context(), dispatch.IncidentID(fmt.Sprint("i", n)), "E-1", []byte(doc), 1); err != nil {
		t.Fatalf("archive %d: %v", n, err)
	}
}

func TestFollowArchiveSinceATime(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		j := open(t, t.TempDir(), "n1")
		defer closing(t, j)
		mustArchive(t, j, 1, "a")
		time.Sleep(time.Minute)
		middle := time.Now()
		if _, err := j.main.js.Publish(t.Context(), "archive.junk", []byte("junk")); err != nil {
			t.Fatal(err)
		}
		mustArchive(t, j, 2, "b")
		time.Sleep(time.Minute)
		whole := followArchive(t, j, time.Time{})
		defer whole.end(t)
		half := followArchive(t, j, middle)
		defer half.end(t)
		later := followArchive(t, j, time.Now())
		defer later.end(t)
		synctest.Wait()
		later.expect(t, 0)
		mustArchive(t, j, 3, "c")
		synctest.Wait()
		whole.expect(t, 2, "a", "b", "c")
		half.expect(t, 1, "b", "c")
		later.expect(t, 0, "c")
	})
}

// In real time: nats.go shares timers across the process when it reconnects.
func TestFollowArchiveResumesAfterARestartOfTheServer(t *testing.T) {
	j := open(t, t.TempDir(), "n1")
	defer closing(t, j)
	mustArchive(t, j, 1, "a")
	whole := followArchive(t, j, time.Now().Add(-time.Hour))
	defer whole.end(t)
	nothing := followArchive(t, j, time.Now().Add(time.Millisecond)) // has given nothing when the server goes
	defer nothing.end(t)
	waitFor(t, "the first document", func() bool { return whole.count() == 1 })
	back := j.main.lost()
	if err := j.server.restart(); err != nil {
		t.Fatal(err)
	}
	<-back
	mustArchive(t, j, 2, "b")
	waitFor(t, "the second document", func() bool { return whole.count() == 2 && nothing.count() == 1 })
	whole.expect(t, 1, "a", "b")
	nothing.expect(t, 0, "b")
}
