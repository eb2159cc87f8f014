package live

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"onekeyd/dispatch"
	"onekeyd/geo"

	"github.com/google/go-cmp/cmp"
)

// contract is what both stores promise; open gives a fresh store that is running and healthy.
func contract(t *testing.T, open func(t *testing.T, o Options) Store) {
	here, there := geo.Point{Lat: 31.2, Lon: 121.4}, geo.Point{Lat: 31.3, Lon: 121.5}
	now := time.Now().UTC().Truncate(time.Millisecond)

	t.Run("the newest position wins", func(t *testing.T) {
		s := open(t, Options{})
		if !s.Move("r1", Position{here, now.Add(-time.Minute)}, now) {
			t.Error("a first position is no news")
		}
		if s.Move("r1", Position{there, now.Add(-2 * time.Minute)}, now) {
			t.Error("an older position is news")
		}
		if s.Move("r1", Position{there, now.Add(-time.Minute)}, now) {
			t.Error("the same time again is news")
		}
		if !s.Move("r1", Position{there, now}, now) {
			t.Error("a newer position is no news")
		}
		want := map[dispatch.ResponderID]Position{"r1": {there, now}}
		if d := cmp.Diff(want, s.Positions(now)); d != "" {
			t.Error(d)
		}
	})
	t.Run("a position counts for half an hour", func(t *testing.T) {
		s := open(t, Options{})
		if s.Move("old", Position{here, now.Add(-PositionFor - time.Millisecond)}, now) {
			t.Error("a stale position is news")
		}
		if !s.Move("r1", Position{here, now.Add(-PositionFor)}, now) {
			t.Error("a position of just half an hour is refused")
		}
		if n := len(s.Positions(now)); n != 1 {
			t.Errorf("%d positions", n)
		}
		if n := len(s.Positions(now.Add(time.Millisecond))); n != 0 {
			t.Errorf("%d positions a moment later", n)
		}
	})
	t.Run("a clock that is ahead holds no place", func(t *testing.T) {
		s := open(t, Options{})
		s.Move("r1", Position{here, now.Add(time.Hour)}, now)
		if got := s.Positions(now)["r1"].At; !got.Equal(now) {
			t.Errorf("kept at %v, not %v", got, now)
		}
		if !s.Move("r1", Position{there, now.Add(time.Second)}, now.Add(time.Second)) {
			t.Error("a report a second later is no news")
		}
	})
	t.Run("what cannot be shared is refused", func(t *testing.T) {
		s := open(t, Options{})
		for _, id := range []dispatch.ResponderID{"", "a b", "a\nb"} {
			if s.Move(id, Position{here, now}, now) {
				t.Errorf("%q is taken", id)
			}
		}
		if s.Move("r1", Position{geo.Point{Lat: 91}, now}, now) {
			t.Error("91° north is taken")
		}
		if s.Seen("a b", now); len(s.Positions(now)) != 0 {
			t.Error("something is there")
		}
		if _, ok := s.LastSeen("a b"); ok {
			t.Error("a device of two words is remembered")
		}
	})
	t.Run("news is told once", func(t *testing.T) {
		told := make(chan string, 10)
		s := open(t, Options{OnMove: func(id dispatch.ResponderID, p Position) { told <- fmt.Sprint(id, " ", p.Point) }})
		s.Move("r1", Position{here, now.Add(-time.Second)}, now)
		s.Move("r1", Position{there, now.Add(-2 * time.Second)}, now)
		s.Move("r1", Position{there, now}, now)
		for _, want := range []string{"r1 " + here.String(), "r1 " + there.String()} {
			if got := <-told; got != want {
				t.Errorf("told %s, not %s", got, want)
			}
		}
		if len(told) != 0 {
			t.Errorf("told %s too", <-told)
		}
	})
	t.Run("a device was last seen when it was last seen", func(t *testing.T) {
		s := open(t, Options{})
		if _, ok := s.LastSeen("d1"); ok {
			t.Error("seen before it was")
		}
		s.Seen("d1", now)
		s.Seen("d1", now.Add(-time.Hour))
		if got, ok := s.LastSeen("d1"); !ok || !got.Equal(now) {
			t.Errorf("seen %v %v", got, ok)
		}
	})
	t.Run("consoles count while their node says so", func(t *testing.T) {
		s := open(t, Options{})
		s.Armed("n1", 2, now.Add(-ArmedFor))
		s.Armed("n2", 1, now)
		if n := s.ArmedTotal(now); n != 3 {
			t.Errorf("%d armed, not 3", n)
		}
		if n := s.ArmedTotal(now.Add(time.Millisecond)); n != 1 {
			t.Errorf("%d armed once n1 is silent, not 1", n)
		}
		s.Armed("n2", 0, now)
		if n := s.ArmedTotal(now.Add(time.Millisecond)); n != 0 {
			t.Errorf("%d armed after the last was closed", n)
		}
	})
	t.Run("positions and devices survive a restart", func(t *testing.T) {
		dir := t.TempDir()
		first := openAndStop(t, open, Options{Dir: dir}, func(s Store) {
			s.Move("r1", Position{here, now}, now)
			s.Move("r2", Position{here, now.Add(-PositionFor + time.Second)}, now)
			s.Seen("d1", now.Add(-time.Hour))
		})
		second, err := Open(Options{Dir: dir}) // without Redis, from the file alone
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(first.Positions(now), second.Positions(now)); d != "" || len(second.Positions(now)) != 2 {
			t.Errorf("-before +after\n%s", d)
		}
		if at, ok := second.LastSeen("d1"); !ok || !at.Equal(now.Add(-time.Hour)) {
			t.Errorf("d1 seen %v %v", at, ok)
		}
		left, err := filepath.Glob(filepath.Join(dir, "*"))
		if err != nil || len(left) != 1 {
			t.Errorf("left in the folder: %v %v", left, err)
		}
	})
	t.Run("a folder that cannot be written is said", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "gone")
		s := openAndStop(t, open, Options{Dir: dir}, func(Store) {})
		if m, ok := s.(*shared); ok {
			s = m.memory
		}
		if err := s.Healthy(); !errors.Is(err, ErrCheckpoint) || !errors.Is(err, os.ErrNotExist) {
			t.Errorf("healthy says %v", err)
		}
	})
}

// openAndStop runs a store, lets do use it, and ends its run.
func openAndStop(t *testing.T, open func(*testing.T, Options) Store, o Options, do func(Store)) (s Store) {
	t.Helper()
	t.Run("until it stops", func(t *testing.T) { // its cleanup ends the run
		s = open(t, o)
		do(s)
	})
	return s
}

// run keeps a store running until the test ends.
func run(t *testing.T, s Store) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("run ended with %v", err)
		}
	})
}

// until waits for something that another process does.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	limit := time.After(20 * time.Second)
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-limit:
			t.Fatalf("in vain for 20 s: %s", what)
		}
	}
}

func openRunning(t *testing.T, o Options) Store {
	t.Helper()
	s, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	run(t, s)
	return s
}
