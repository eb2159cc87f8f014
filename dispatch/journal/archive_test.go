package journal

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"onekeyd/dispatch"

	"github.com/google/go-cmp/cmp"
)

func TestArchiveThenBeginAgain(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		j := open(t, t.TempDir(), "n1")
		defer closing(t, j)
		mustAppend(t, j, entry("E-1", "raised"), 0)
		mustAppend(t, j, entry("E-2", "other"), 0)
		closed := mustAppend(t, j, entry("E-1", "closed"), 1)

		for range 2 { // repeating is harmless, and the first document stays
			if err := j.Archive(t.Context(), "i1", "E-1", []byte("document"), closed.Seq); err != nil {
				t.Fatal(err)
			}
		}
		if err := j.Archive(t.Context(), "i1", "E-1", []byte("another"), closed.Seq); err != nil {
			t.Fatal(err)
		}
		if doc, err := j.Archived(t.Context(), "i1"); err != nil || string(doc) != "document" {
			t.Errorf("archived: %q, %v", doc, err)
		}
		if _, err := j.Archived(t.Context(), "i2"); !errors.Is(err, ErrNotFound) {
			t.Errorf("not archived: %v", err)
		}
		if last, err := j.Last(t.Context(), "E-1"); err != nil || last != 0 {
			t.Errorf("last of a purged case: %d, %v", last, err)
		}
		next := mustAppend(t, j, entry("E-1", "raised again"), 0)

		// The purge that comes late must not touch the next incident.
		if err := j.Archive(t.Context(), "i1", "E-1", []byte("document"), closed.Seq); err != nil {
			t.Fatal(err)
		}
		if last, err := j.Last(t.Context(), "E-1"); err != nil || last != next.Seq {
			t.Errorf("last of the next incident: %d, %v; want %d", last, err, next.Seq)
		}
		if last, err := j.Last(t.Context(), "E-2"); err != nil || last != 2 {
			t.Errorf("last of another case: %d, %v", last, err)
		}
	})
}

// What somebody else put there is no document: purging the incident for it would lose it.
func TestArchiveIsNotFooledByJunk(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		j := open(t, t.TempDir(), "n1")
		defer closing(t, j)
		if _, err := j.main.js.Publish(t.Context(), "archive.i1", []byte("junk")); err != nil {
			t.Fatal(err)
		}
		if _, err := j.Archived(t.Context(), "i1"); !errors.Is(err, ErrNotFound) {
			t.Errorf("junk counts as a document: %v", err)
		}
		closed := mustAppend(t, j, entry("E-1", "closed"), 0)
		if err := j.Archive(t.Context(), "i1", "E-1", []byte("document"), closed.Seq); err != nil {
			t.Fatal(err)
		}
		if doc, err := j.Archived(t.Context(), "i1"); err != nil || string(doc) != "document" {
			t.Errorf("archived %q, %v", doc, err)
		}
	})
}

func TestArchivesSince(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		j := open(t, t.TempDir(), "n1")
		defer closing(t, j)
		read := func(since time.Time) []string {
			t.Helper()
			got := []string{}
			if err := j.Archives(t.Context(), since, func(doc []byte) error { got = append(got, string(doc)); return nil }); err != nil {
				t.Fatal(err)
			}
			return got
		}
		if d := cmp.Diff([]string{}, read(time.Time{})); d != "" {
			t.Error(d)
		}
		var whole []string
		var middle time.Time
		for n := range 600 { // more than one batch
			if n == 400 {
				time.Sleep(time.Minute)
				middle = time.Now()
			}
			doc := fmt.Sprint("doc ", n)
			if err := j.Archive(t.Context(), dispatch.IncidentID(fmt.Sprint("i", n)), "E-1", []byte(doc), 1); err != nil {
				t.Fatal(err)
			}
			whole = append(whole, doc)
		}
		if d := cmp.Diff(whole, read(time.Time{})); d != "" {
			t.Error(d)
		}
		if d := cmp.Diff(whole[400:], read(middle)); d != "" {
			t.Error(d)
		}
		stop := errors.New("enough")
		if err := j.Archives(t.Context(), time.Time{}, func([]byte) error { return stop }); !errors.Is(err, stop) {
			t.Errorf("each's error was lost: %v", err)
		}
		synctest.Wait()
	})
}
