package journal

import (
	"context"
	"fmt"
	"testing"

	"onekeyd/dispatch"

	"github.com/google/go-cmp/cmp"
)

func TestCaseRecords(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		j := open(t, t.TempDir(), "n1")
		defer closing(t, j)
		read := func(c dispatch.CaseID) []string {
			t.Helper()
			records, err := j.CaseRecords(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, r := range records {
				if r.Case != c || r.StoredAt.IsZero() {
					t.Errorf("came as %+v", r)
				}
				got = append(got, fmt.Sprintf("%d %s", r.Seq, text(r)))
			}
			return got
		}
		if got := read("E-1"); got != nil {
			t.Errorf("of no case: %q", got)
		}
		var want []string
		var last, middle uint64
		for n := range 1200 { // more than one request to the consumer
			mustAppend(t, j, entry(dispatch.CaseID(fmt.Sprint("other-", n)), "x"), 0)
			last = mustAppend(t, j, entry("E-1", fmt.Sprint(n)), last).Seq
			if n == 599 {
				middle = last
			}
			want = append(want, fmt.Sprintf("%d %d", last, n))
		}
		if d := cmp.Diff(want, read("E-1")); d != "" {
			t.Error(d)
		}
		if err := j.Archive(t.Context(), "i1", "E-1", []byte("first half"), middle); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want[600:], read("E-1")); d != "" {
			t.Errorf("after a purge: %s", d)
		}
		s, err := j.main.js.Stream(t.Context(), incidentsStream)
		if err != nil {
			t.Fatal(err)
		}
		if n := s.CachedInfo().State.Consumers; n != 0 {
			t.Errorf("%d consumers are left", n)
		}
	})
}

// The entry that is waited for is purged between the question and the reading.
func TestReadCaseOfAPurgedEntryEnds(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		j := open(t, t.TempDir(), "n1")
		defer closing(t, j)
		mustAppend(t, j, entry("E-1", "a"), 0)
		closed := mustAppend(t, j, entry("E-1", "b"), 1)
		if err := j.Archive(t.Context(), "i1", "E-1", []byte("doc"), closed.Seq); err != nil {
			t.Fatal(err)
		}
		if records, err := j.readCase(t.Context(), "E-1", closed.Seq); err != nil || len(records) != 0 {
			t.Errorf("%d records, %v", len(records), err)
		}
		next := mustAppend(t, j, entry("E-1", "c"), 0)
		if records, err := j.readCase(t.Context(), "E-1", closed.Seq); err != nil || len(records) != 1 || records[0].Seq != next.Seq {
			t.Errorf("of the next incident %d records, %v", len(records), err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := j.CaseRecords(ctx, "E-1"); err == nil {
			t.Error("a cancelled context does not end it")
		}
	})
}
