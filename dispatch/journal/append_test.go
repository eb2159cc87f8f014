package journal

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"onekeyd/dispatch"

	"github.com/google/go-cmp/cmp"
)

func TestAppendKeepsTheOrderOfACase(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		j := open(t, t.TempDir(), "n1")
		defer closing(t, j)

		r1 := mustAppend(t, j, entry("E-1", "one"), 0)
		mustAppend(t, j, entry("E-2", "other"), 0)
		r2 := mustAppend(t, j, entry("E-1", "two"), r1.Seq)

		last, err := j.Last(t.Context(), "E-1")
		if err != nil || last != r2.Seq {
			t.Errorf("last of E-1: %d, %v; want %d", last, err, r2.Seq)
		}
		if last, err := j.Last(t.Context(), "E-3"); err != nil || last != 0 {
			t.Errorf("last of a case without entries: %d, %v", last, err)
		}
		records, err := j.CaseRecords(t.Context(), "E-1")
		if err != nil {
			t.Fatal(err)
		}
		var texts []string
		for _, r := range records {
			texts = append(texts, fmt.Sprintf("%d %s", r.Seq, text(r)))
		}
		if d := cmp.Diff([]string{"1 one", "3 two"}, texts); d != "" {
			t.Error(d)
		}
		if d := cmp.Diff(entry("E-1", "one"), records[0].Entry); d != "" {
			t.Errorf("entry came back changed: %s", d)
		}
	})
}

func TestAppendOnAWrongSequenceConflicts(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		j := open(t, t.TempDir(), "n1")
		defer closing(t, j)
		mustAppend(t, j, entry("E-1", "one"), 0)

		for _, expect := range []uint64{0, 2, 99} {
			_, err := j.Append(t.Context(), entry("E-1", "late"), expect)
			if !errors.Is(err, dispatch.ErrConflict) || errors.Is(err, dispatch.ErrUnstored) {
				t.Errorf("expecting %d: %v; want a conflict", expect, err)
			}
		}
	})
}

// Two writers that decide at once on the same case: one of each pair wins.
func TestOfTwoWritersOneWins(t *testing.T) {
	a := openWith(t, Options{Node: "a", Embedded: Embedded{Dir: t.TempDir(), Listen: "127.0.0.1:0"}})
	defer closing(t, a)
	b := openWith(t, Options{Node: "b", URL: "nats://" + a.Addr(), Password: a.server.token})
	defer closing(t, b)

	for n := range 200 {
		c := dispatch.CaseID(fmt.Sprintf("E-%d", n))
		errs := make([]error, 2)
		var both sync.WaitGroup
		for i, j := range []*Journal{a, b} {
			both.Go(func() { _, errs[i] = j.Append(t.Context(), entry(c, "mine"), 0) })
		}
		both.Wait()
		won := 0
		for _, err := range errs {
			if err == nil {
				won++
			} else if !errors.Is(err, dispatch.ErrConflict) {
				t.Fatalf("case %s: %v", c, err)
			}
		}
		if won != 1 {
			t.Fatalf("case %s: %d winners", c, won)
		}
	}
}

// The acknowledgement gets lost: nobody can say, and the record is found by looking.
func TestLostAcknowledgement(t *testing.T) {
	a := openWith(t, Options{Node: "a", Embedded: Embedded{Dir: t.TempDir(), Listen: "127.0.0.1:0"}})
	defer closing(t, a)
	w := newWire(t, a.Addr())
	b := openWith(t, Options{Node: "b", URL: "nats://" + w.addr(), Password: a.server.token})
	defer closing(t, b)
	before := mustAppend(t, b, entry("E-1", "heard"), 0)

	w.mute.Store(true)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	_, err := b.Append(ctx, entry("E-1", "unheard"), before.Seq)
	if !errors.Is(err, dispatch.ErrUnstored) || errors.Is(err, dispatch.ErrConflict) {
		t.Fatalf("append without an answer: %v; want unstored", err)
	}
	w.mute.Store(false)
	back := b.append.lost()
	w.cut()
	<-back

	records, err := a.CaseRecords(t.Context(), "E-1")
	if err != nil || len(records) != 2 || text(records[1]) != "unheard" {
		t.Fatalf("looked and found %v, %v", records, err)
	}
	if _, err := b.Append(t.Context(), entry("E-1", "unheard"), before.Seq); !errors.Is(err, dispatch.ErrConflict) {
		t.Errorf("trying again: %v; want a conflict", err)
	}
}

// What is published while the connection is away must be refused at once, not kept in memory.
func TestNoConnection(t *testing.T) {
	a := openWith(t, Options{Node: "a", Embedded: Embedded{Dir: t.TempDir(), Listen: "127.0.0.1:0"}})
	w := newWire(t, a.Addr())
	b := openWith(t, Options{Node: "b", URL: "nats://" + w.addr(), Password: a.server.token})
	defer closing(t, b)
	closing(t, a)
	w.cut()
	waitFor(t, "the connections to be lost", func() bool { return !b.append.nc.IsConnected() && !b.press.nc.IsConnected() })

	began := time.Now()
	if _, err := b.Append(t.Context(), entry("E-1", "x"), 0); !errors.Is(err, dispatch.ErrUnstored) {
		t.Errorf("append: %v", err)
	}
	if _, err := b.PublishPress(t.Context(), dispatch.Press{ID: "p", Device: "D-1"}); !errors.Is(err, dispatch.ErrUnstored) {
		t.Errorf("press: %v", err)
	}
	if err := b.Ready(t.Context()); err == nil {
		t.Error("ready without a connection")
	}
	if took := time.Since(began); took > StoreWait {
		t.Errorf("took %s", took)
	}
}

func TestAppendRefusesWhatIsNoSubject(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		j := open(t, t.TempDir(), "n1")
		defer closing(t, j)
		for _, c := range []dispatch.CaseID{"", "a.b", "*", ">", "a b", "a\r\nPUB x 0"} {
			if _, err := j.Append(t.Context(), entry(c, "x"), 0); err == nil || errors.Is(err, dispatch.ErrUnstored) {
				t.Errorf("case %q: %v; want a refusal", c, err)
			}
		}
		for _, c := range []dispatch.CaseID{"张-1", "device~D:1", "test~Ü@x=y_z", "é́"} {
			mustAppend(t, j, entry(c, "x"), 0)
			if records, err := j.CaseRecords(t.Context(), c); err != nil || len(records) != 1 || records[0].Case != c {
				t.Errorf("case %q came back as %v, %v", c, records, err)
			}
		}
	})
}
