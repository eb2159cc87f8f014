package live

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"onekeyd/geo"

	"github.com/redis/go-redis/v9/logging"
)

func TestMain(m *testing.M) {
	logging.Disable() // go-redis logs to stderr by itself
	os.Exit(m.Run())
}

func TestMemory(t *testing.T) { contract(t, openRunning) }

func TestMemoryForgetsAndSavesEveryMinute(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		s, err := Open(Options{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		go s.Run(ctx)
		s.Move("r1", Position{geo.Point{Lat: 31, Lon: 121}, time.Now()}, time.Now())
		s.Seen("d1", time.Now())
		s.Seen("d2", time.Now().Add(-SeenFor+10*time.Minute))
		time.Sleep(time.Minute + time.Second)
		file, err := os.ReadFile(filepath.Join(dir, checkpointName))
		if err != nil || !strings.Contains(string(file), "p r1 ") || !strings.Contains(string(file), "s d1 ") {
			t.Errorf("after a minute: %v\n%s", err, file)
		}
		time.Sleep(PositionFor)
		if _, kept := s.(*memory).moves.get("r1"); kept {
			t.Error("a worthless position is kept")
		}
		if _, ok := s.LastSeen("d2"); ok {
			t.Error("a device lives for ever")
		}
		if _, ok := s.LastSeen("d1"); !ok {
			t.Error("a device is forgotten within the hour")
		}
		stop()
		synctest.Wait()
	})
}

func TestDamagedCheckpointGivesWhatItCan(t *testing.T) {
	now := time.Now()
	whole := checkpointHead + "\n" +
		string(appendMove(nil, "r1", Position{geo.Point{Lat: 31, Lon: 121}, now})) +
		"p r2 rubbish\n" +
		string(appendSeen(nil, "d1", now.UnixMilli()))
	for name, c := range map[string]struct {
		text string
		want int // positions
		warn string
	}{
		"a bad line":            {whole, 1, "1 lines"},
		"cut short":             {whole[:len(whole)-5], 1, "2 lines"},
		"empty":                 {"", 0, "does not begin"},
		"of another version":    {"onekeyd live 9\n" + whole, 0, "does not begin"},
		"a line without end":    {checkpointHead + "\np " + strings.Repeat("x", 1<<17), 0, "too long"},
		"a clock now corrected": {checkpointHead + "\n" + string(appendMove(nil, "r1", Position{geo.Point{Lat: 31, Lon: 121}, now.Add(24 * time.Hour)})), 1, ""},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, checkpointName), []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			var log bytes.Buffer
			s, err := Open(Options{Dir: dir, Log: slog.New(slog.NewTextHandler(&log, nil))})
			if err != nil {
				t.Fatal(err)
			}
			if n := len(s.Positions(time.Now())); n != c.want {
				t.Errorf("%d positions, not %d", n, c.want)
			}
			if !strings.Contains(log.String(), c.warn) || (c.warn == "") != (log.Len() == 0) {
				t.Errorf("the log wants %q: %s", c.warn, &log)
			}
		})
	}
}

func BenchmarkMoveMemory(b *testing.B) { benchmarkMove(b, Options{}) }
