package journal

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"onekeyd/dispatch"

	"github.com/google/go-cmp/cmp"
)

func sorted(ids []dispatch.PressID) []dispatch.PressID {
	slices.Sort(ids)
	return ids
}

// The presses of an hour without any dispatcher, and a restart of the server in between.
func TestNetBringsWhatWasStoredWhileNobodyRan(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		dir := t.TempDir()
		j := open(t, dir, "n1")
		var want []dispatch.PressID
		for n := range 100 {
			id := dispatch.PressID(fmt.Sprintf("p%03d", n))
			mustPublish(t, j, dispatch.DeviceID(fmt.Sprint("D-", n)), id)
			want = append(want, id)
		}
		closing(t, j)
		time.Sleep(time.Hour)

		j = open(t, dir, "n2")
		defer closing(t, j)
		h := hear(t, j, all)
		defer h.end(t)
		synctest.Wait()
		if d := cmp.Diff(want, sorted(h.ids(true))); d != "" {
			t.Error(d)
		}
	})
}

// A press comes again after a restart until it is done, and those that are done do not.
func TestUndonePressesComeAgain(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		dir := t.TempDir()
		j := open(t, dir, "n1")
		stuck := map[dispatch.PressID]bool{"p003": true, "p050": true, "p051": true}
		h := hear(t, j, func(p dispatch.Press) bool { return !stuck[p.ID] })
		synctest.Wait()
		for n := range 100 { // one shard, so that what is stuck holds it down
			mustPublish(t, j, "D-1", dispatch.PressID(fmt.Sprintf("p%03d", n)))
		}
		synctest.Wait()
		h.end(t)
		closing(t, j)

		// Under another name, and with presses on top: whose fact is stored is not one dispatcher's affair.
		j = openWith(t, Options{Embedded: Embedded{Dir: dir}, Node: "n2", Name: "another"})
		mustPublish(t, j, "D-1", "p100")
		h = hear(t, j, all)
		synctest.Wait()
		if d := cmp.Diff([]dispatch.PressID{"p003", "p050", "p051", "p100"}, h.ids(true)); d != "" {
			t.Error(d)
		}
		h.end(t)
		closing(t, j)

		j = open(t, dir, "n3")
		defer closing(t, j)
		h = hear(t, j, all)
		defer h.end(t)
		synctest.Wait()
		if d := cmp.Diff([]dispatch.PressID{}, h.ids(true)); d != "" {
			t.Errorf("all is done: %s", d)
		}
	})
}

// A dispatcher that is killed has written its floors a second ago at most.
func TestFloorsSurviveAKill(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		dir := t.TempDir()
		j := open(t, dir, "n1")
		h := hear(t, j, all)
		synctest.Wait()
		mustPublish(t, j, "D-1", "p1")
		time.Sleep(2 * floorEvery)
		mustPublish(t, j, "D-1", "p2")
		synctest.Wait()
		floors, err := j.loadFloors(t.Context()) // what a successor would see now
		if err != nil {
			t.Fatal(err)
		}
		if base := floors["PRESS-"+shardOf("D-1", 8)].start(); base != 1 {
			t.Errorf("floor is %d, want 1: p1 is done and written, p2 only done", base)
		}
		h.end(t)
		closing(t, j)
	})
}

// Sequences of a stream that was replaced mean nothing: believing an old floor would lose presses.
func TestFloorOfAReplacedStreamIsNotBelieved(t *testing.T) {
	// In real time: how long the server takes to delete files must not count against a request's deadline.
	j := open(t, t.TempDir(), "n1")
	defer closing(t, j)
	h := hear(t, j, all)
	for n := range 5 {
		mustPublish(t, j, "D-1", dispatch.PressID(fmt.Sprint("old", n)))
	}
	h.await(t, 5)
	h.end(t)

	name := "PRESS-" + shardOf("D-1", 8)
	if err := j.main.js.DeleteStream(t.Context(), name); err != nil {
		t.Fatal(err)
	}
	if err := j.ensureStreams(t.Context()); err != nil {
		t.Fatal(err)
	}
	var want []dispatch.PressID
	for n := range 7 {
		id := dispatch.PressID(fmt.Sprint("new", n))
		mustPublish(t, j, "D-1", id)
		want = append(want, id)
	}
	h = hear(t, j, all)
	defer h.end(t)
	h.await(t, 7)
	if d := cmp.Diff(want, h.ids(true)); d != "" {
		t.Error(d)
	}
}

// await returns when so many stored presses have come.
func (h *heard) await(t *testing.T, stored int) {
	t.Helper()
	limit := time.After(20 * time.Second)
	for len(h.ids(true)) < stored {
		select {
		case <-h.came:
		case <-limit:
			t.Fatalf("%d stored presses came in 20 s, want %d", len(h.ids(true)), stored)
		}
	}
}

// Ten thousand presses that nobody can finish must not stop the next one.
func TestManyUndonePressesDoNotStall(t *testing.T) {
	j := open(t, t.TempDir(), "n1")
	defer closing(t, j)
	h := hear(t, j, none)
	defer h.end(t)
	const many = 10_000
	var writers sync.WaitGroup
	for w := range 50 {
		writers.Go(func() {
			for n := range many / 50 {
				id := fmt.Sprintf("p%d-%d", w, n)
				if _, err := j.PublishPress(t.Context(), dispatch.Press{ID: dispatch.PressID(id), Device: dispatch.DeviceID("D-" + id)}); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	writers.Wait()
	mustPublish(t, j, "D-last", "last")
	waitFor(t, "all presses from the streams", func() bool {
		h.mu.Lock()
		defer h.mu.Unlock()
		return len(h.stored) == many+1
	})
	if got := h.ids(true); !slices.Contains(got, "last") {
		t.Error("the last press did not come")
	}
}

func TestFloor(t *testing.T) {
	f := &floor{}
	done := map[uint64]func(){}
	give := func(seqs ...uint64) {
		for _, s := range seqs {
			d, already := f.give(s)
			if already {
				t.Errorf("%d is known as done", s)
			}
			done[s] = d
		}
	}
	expect := func(base uint64, spans ...span) {
		t.Helper()
		w, _ := f.wire()
		if w.Base != base {
			t.Errorf("base %d, want %d", w.Base, base)
		}
		if d := cmp.Diff(spans, w.Done); d != "" {
			t.Error(d)
		}
	}
	give(3, 4, 7, 8, 9, 12) // what is missing has expired
	expect(0)
	done[4]()
	done[7]()
	done[9]()
	expect(0, span{4, 7}, span{9, 9})
	done[7]() // twice
	done[3]()
	expect(7, span{9, 9})
	done[12]()
	done[8]()
	expect(12)

	next := &floor{}
	next.join(floorWire{Base: 5, Done: []span{{7, 8}, {10, 10}}}, 20)
	next.join(floorWire{Base: 4, Done: []span{{5, 20}}}, 20) // an older word
	next.join(floorWire{Base: 99}, 20)                       // beyond the stream: of another one
	if next.start() != 5 {
		t.Errorf("start %d, want 5", next.start())
	}
	for seq := uint64(6); seq <= 11; seq++ {
		_, already := next.give(seq)
		if want := seq == 7 || seq == 8 || seq == 10; already != want {
			t.Errorf("%d is done: %t, want %t", seq, already, want)
		}
	}
}
