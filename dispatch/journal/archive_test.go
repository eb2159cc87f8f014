package journal

import (
	"errors"
	"testing"
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

func TestForgetLeavesNothingOfOneCase(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		j := open(t, t.TempDir(), "n1")
		defer closing(t, j)
		first := mustAppend(t, j, entry("test~k", "raised"), 0)
		mustAppend(t, j, entry("E-1", "other"), 0)
		mustAppend(t, j, entry("test~k", "reported"), first.Seq)
		for range 2 { // repeating is harmless
			if err := j.Forget(t.Context(), "test~k"); err != nil {
				t.Fatal(err)
			}
		}
		if records, err := j.CaseRecords(t.Context(), "test~k"); err != nil || len(records) != 0 {
			t.Errorf("left of the case: %v, %v", records, err)
		}
		if last, err := j.Last(t.Context(), "E-1"); err != nil || last != 2 {
			t.Errorf("last of another case: %d, %v", last, err)
		}
		if err := j.Forget(t.Context(), "test.*"); err == nil {
			t.Error("a wildcard was taken for a case")
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
