package journal

import (
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go/jetstream"
)

var update = flag.Bool("update", false, "write the golden files anew")

// The streams that run in the field cannot be changed at will: a difference
// here is a migration.
func TestStreamsGolden(t *testing.T) {
	got, err := json.MarshalIndent(wanted(2, 1, 72*time.Hour), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", "streams.golden")
	if *update {
		if err := os.WriteFile(path, append(got, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(strings.TrimSpace(string(want)), string(got)); d != "" {
		t.Error(d)
	}
}

// What we create is what we accept, also after a restart.
func TestOwnStreamsAreAccepted(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		dir := t.TempDir()
		created := map[string]time.Time{}
		for range 2 {
			j := open(t, dir, "n1")
			for _, w := range j.Weaknesses() {
				if strings.HasPrefix(w, "stream") {
					t.Errorf("our own %s", w)
				}
			}
			for _, want := range wanted(8, 1, 72*time.Hour) {
				s, err := j.main.js.Stream(t.Context(), want.Name)
				if err != nil {
					t.Fatal(err)
				}
				info := s.CachedInfo()
				if before, known := created[want.Name]; known && !before.Equal(info.Created) {
					t.Errorf("%s: a restart changed its creation time; floors depend on it", want.Name)
				}
				created[want.Name] = info.Created
			}
			closing(t, j)
			time.Sleep(time.Hour)
		}
	})
}

func TestWeakerStreams(t *testing.T) {
	memory := func(s *jetstream.StreamConfig) { s.Storage = jetstream.MemoryStorage }
	for _, c := range []struct {
		name, stream string
		change       func(*jetstream.StreamConfig)
		refused      string // part of the error
		weakness     string // part of a sentence
	}{
		{"presses in memory", "PRESS-3", memory, "kept in memory", ""},
		{"facts in memory", incidentsStream, memory, "kept in memory", ""},
		{"asynchronous", incidentsStream, func(s *jetstream.StreamConfig) { s.PersistMode = jetstream.AsyncPersistMode }, "asynchronously", ""},
		{"without acks", "PRESS-0", func(s *jetstream.StreamConfig) { s.NoAck = true }, "does not acknowledge", ""},
		{"work queue", "PRESS-0", func(s *jetstream.StreamConfig) { s.Retention = jetstream.WorkQueuePolicy }, "drops messages", ""},
		{"facts expire", incidentsStream, func(s *jetstream.StreamConfig) { s.MaxAge = 24 * time.Hour }, "forgets messages after 24h", ""},
		{"oldest dropped", incidentsStream, func(s *jetstream.StreamConfig) { s.MaxMsgs = 10; s.Discard = jetstream.DiscardOld }, "drops the oldest", ""},
		{"other subjects", archiveStream, func(s *jetstream.StreamConfig) { s.Subjects = []string{"archive.old.*"} }, "has subjects", ""},
		{"presses expire early", "PRESS-1", func(s *jetstream.StreamConfig) { s.MaxAge = time.Hour }, "", "PRESS-1 forgets messages after 1h0m0s"},
		{"short window", "PRESS-1", func(s *jetstream.StreamConfig) { s.Duplicates = time.Minute }, "", "recognises repeated ids for 1m0s only"},
		{"bounded, refusing", "PRESS-1", func(s *jetstream.StreamConfig) { s.MaxMsgs = 1000 }, "", "has a limit"},
		{"stronger", "PRESS-1", func(s *jetstream.StreamConfig) { s.MaxAge = 0; s.Duplicates = time.Hour }, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				j := open(t, t.TempDir(), "n1")
				defer closing(t, j)
				for _, s := range wanted(8, 1, 72*time.Hour) {
					if s.Name != c.stream {
						continue
					}
					if err := j.main.js.DeleteStream(t.Context(), s.Name); err != nil {
						t.Fatal(err)
					}
					c.change(&s)
					if _, err := j.main.js.CreateStream(t.Context(), s); err != nil {
						t.Fatal(err)
					}
				}
				j.weaknesses = nil
				err := j.ensureStreams(t.Context()) // as Open does; a memory stream would not survive reopening
				if c.refused != "" {
					if !errors.Is(err, ErrWeak) || !strings.Contains(err.Error(), c.refused) || !strings.Contains(err.Error(), c.stream) {
						t.Fatalf("opened with %v; want a refusal that says %q", err, c.refused)
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				var said []string
				for _, w := range j.Weaknesses() {
					if strings.HasPrefix(w, "stream") {
						said = append(said, w)
					}
				}
				all := strings.Join(said, "; ")
				if c.weakness == "" && all != "" || !strings.Contains(all, c.weakness) {
					t.Errorf("weaknesses %q, want %q", all, c.weakness)
				}
				// Judged, not changed.
				s, err := j.main.js.Stream(t.Context(), c.stream)
				if err != nil {
					t.Fatal(err)
				}
				want := jetstream.StreamConfig{}
				for _, w := range wanted(8, 1, 72*time.Hour) {
					if w.Name == c.stream {
						want = w
					}
				}
				c.change(&want)
				have := s.CachedInfo().Config
				if have.MaxAge != want.MaxAge || have.Duplicates != want.Duplicates || have.MaxMsgs != want.MaxMsgs {
					t.Errorf("%s was changed to %+v", c.stream, have)
				}
			})
		})
	}
}

func TestOpenRefusesAWeakStream(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		dir := t.TempDir()
		j := open(t, dir, "n1")
		if err := j.main.js.DeleteStream(t.Context(), incidentsStream); err != nil {
			t.Fatal(err)
		}
		weak := jetstream.StreamConfig{Name: incidentsStream, Subjects: []string{"incident.*"}, MaxAge: time.Hour}
		if _, err := j.main.js.CreateStream(t.Context(), weak); err != nil {
			t.Fatal(err)
		}
		closing(t, j)
		if _, err := Open(t.Context(), Options{Embedded: Embedded{Dir: dir}, Node: "n2"}); !errors.Is(err, ErrWeak) {
			t.Errorf("opened: %v", err)
		}
	})
}
