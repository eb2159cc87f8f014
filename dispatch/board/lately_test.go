package board

import (
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"onekeyd/dispatch"
)

// Whoever was told of a call may look a day later how it ended, also after a restart.
func TestLatelyClosedIsToldFromTheArchive(t *testing.T) {
	l := newLog()
	follow(t, l, func(t *testing.T, b *Board) {
		l.add("E-1", "i1", raise(1))
		l.add("E-1", "i1", dispatch.Closed{Disposition: dispatch.Conveyed})
		time.Sleep(time.Minute) // in a bubble
	})
	doc := l.document("i1")
	for _, tc := range []struct {
		after time.Duration
		want  int
	}{{2 * time.Minute, 1}, {LatelyFor - time.Minute, 1}, {LatelyFor + time.Minute, 0}} {
		synctest.Test(t, func(t *testing.T) { // begins when the first bubble did
			time.Sleep(tc.after)
			var told []*dispatch.Incident
			b := New(Options{Journal: l, Log: slog.New(slog.DiscardHandler), Lately: func(inc *dispatch.Incident) { told = append(told, inc) }})
			b.archived(doc)
			if len(told) != tc.want {
				t.Fatalf("%s after its end %d are told, want %d", tc.after, len(told), tc.want)
			}
			if tc.want == 1 && (told[0].ID != "i1" || told[0].Ended == nil || told[0].Ended.Disposition != dispatch.Conveyed) {
				t.Errorf("told %v", told[0])
			}
		})
	}
}

// What was closed right before a restart is still in the journal.
func TestLatelyClosedIsToldFromTheJournal(t *testing.T) {
	l := newLog()
	l.add("E-1", "i1", raise(1))
	l.add("E-1", "i1", dispatch.Closed{Disposition: dispatch.Conveyed})
	l.add("E-2", "i2", raise(2))
	var told []dispatch.IncidentID
	b := New(Options{Journal: l, Log: slog.New(slog.DiscardHandler), Lately: func(inc *dispatch.Incident) { told = append(told, inc.ID) }})
	for _, r := range l.records {
		b.follow(r)
	}
	if len(told) != 1 || told[0] != "i1" {
		t.Errorf("told %v", told)
	}
}
