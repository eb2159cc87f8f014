package journal

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// How the store of the embedded server is watched, and tried when it fails.
const (
	watchEvery = 500 * time.Millisecond
	// trial is what the disk must take before the server is started again, in
	// bytes: room for the presses of some minutes, not for one more block.
	trial = 4 << 20
	// A server whose disk passes the trial and that fails all the same is not
	// restarted more often than this.
	restartPause    = time.Second
	restartPauseMax = 30 * time.Second
	// sayEvery keeps a failing disk from filling the log as well.
	sayEvery = 30 * time.Second
)

// writes remembers which streams the server has stopped writing to, so that
// callers are told as soon as it is known, and not after [StoreWait].
type writes struct {
	mu      sync.Mutex // guards all below
	bad     map[string]string
	streams map[string]writable
}

// writable ends, with the reason, when its stream is no longer written to.
type writable struct {
	context.Context
	end context.CancelCauseFunc
}

// to gives the context in which a stream can be written to.
func (w *writes) to(stream string) context.Context {
	w.mu.Lock()
	defer w.mu.Unlock()
	s, ok := w.streams[stream]
	if !ok {
		s.Context, s.end = context.WithCancelCause(context.Background())
		if w.streams == nil {
			w.streams = map[string]writable{}
		}
		w.streams[stream] = s
		w.judge(stream)
	}
	return w.streams[stream]
}

// set takes what the server says; the stream "" stands for all.
func (w *writes) set(bad map[string]string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.bad = bad
	for stream := range w.streams {
		w.judge(stream)
	}
}

// judge ends a stream's context, or begins a new one. mu is held.
func (w *writes) judge(stream string) {
	s := w.streams[stream]
	why, bad := w.bad[""]
	if !bad {
		why, bad = w.bad[stream]
	}
	switch {
	case bad:
		s.end(fmt.Errorf("the server has stopped writing: %s", why))
	case s.Err() != nil:
		s.Context, s.end = context.WithCancelCause(context.Background())
		w.streams[stream] = s
	}
}

func (w *writes) any() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for stream, why := range w.bad {
		return fmt.Errorf("journal: stream %s is not written to: %s", stream, why)
	}
	return nil
}

// watchStore looks for write errors and brings the server back when the disk
// is good again. nats-server keeps a stream read-only after a write error, for
// good reason: only a new start makes sure of what is on the disk.
func (j *Journal) watchStore(ctx context.Context) {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	var restarted, said time.Time
	pause := restartPause
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		bad := j.server.writeErrors()
		j.writes.set(bad)
		if len(bad) == 0 {
			if time.Since(restarted) > 2*restartPauseMax {
				pause = restartPause
			}
			continue
		}
		if time.Since(restarted) < pause {
			continue
		}
		if err := tryDisk(j.o.Embedded.Dir); err != nil {
			if time.Since(said) > sayEvery {
				said = time.Now()
				j.log.Error("storage fails, presses are refused", "streams", len(bad), "err", err)
			}
			continue
		}
		j.log.Warn("storage takes data again, restarting the embedded server", "streams", len(bad))
		restarted = time.Now()
		pause = min(2*pause, restartPauseMax)
		if err := j.server.restart(); err != nil {
			j.log.Error("embedded server did not start again", "err", err)
			continue
		}
		j.writes.set(nil)
	}
}

// tryDisk writes, syncs and removes a file.
func tryDisk(dir string) error {
	path := filepath.Join(dir, "trial")
	defer os.Remove(path)
	f, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("try the disk: %w", err)
	}
	defer f.Close()
	if _, err := f.Write(make([]byte, trial)); err != nil {
		return fmt.Errorf("try the disk: %w", err)
	}
	if err := f.Sync(); err != nil {
		return fmt.Errorf("try the disk: %w", err)
	}
	return nil
}
