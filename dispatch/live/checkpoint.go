package live

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"onekeyd/dispatch"
)

const (
	checkpointName  = "live.checkpoint"
	checkpointHead  = "onekeyd live 1"
	checkpointEvery = time.Minute
)

// save writes the copy beside the last one and puts it in its place.
func (l *local) save(dir string, now time.Time) error {
	f, err := os.CreateTemp(dir, checkpointName+".*") // mode 0600: it says where people are
	if err != nil {
		return fmt.Errorf("save live state: %w", err)
	}
	w := bufio.NewWriterSize(f, 1<<16)
	_, _ = w.WriteString(checkpointHead + "\n") // bufio keeps the error for Flush
	var b []byte
	for id, p := range l.moves.all() {
		if now.Sub(p.At) <= PositionFor {
			b = appendMove(b[:0], id, p.Position)
			_, _ = w.Write(b)
		}
	}
	for id, m := range l.seen.all() {
		b = appendSeen(b[:0], id, m.ms)
		_, _ = w.Write(b)
	}
	err = errors.Join(w.Flush(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), filepath.Join(dir, checkpointName))
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return fmt.Errorf("save live state: %w", err)
	}
	return nil
}

// load takes what it can read from the last copy, and says what it could not.
// No file is no error: it is the first start.
func (l *local) load(dir string, now time.Time) error {
	f, err := os.Open(filepath.Join(dir, checkpointName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("load live state: %w", err)
	}
	defer f.Close()
	sc := bufio.NewScanner(f)
	if !sc.Scan() || sc.Text() != checkpointHead {
		return fmt.Errorf("load live state: %s does not begin with %q", checkpointName, checkpointHead)
	}
	bad := 0
	for sc.Scan() {
		if ln, ok := parseLine(sc.Text()); !ok || !l.restore(ln, now) {
			bad++
		}
	}
	if err := sc.Err(); err != nil {
		return fmt.Errorf("load live state: %w", err)
	}
	if bad > 0 {
		return fmt.Errorf("load live state: %d lines of %s cannot be read", bad, checkpointName)
	}
	return nil
}

func (l *local) restore(ln line, now time.Time) bool {
	switch ln.what {
	case 'p':
		if p, ok := admit(ln.position, now); ok {
			l.place(dispatch.ResponderID(ln.id), p, 0)
		}
	case 's':
		if ms := min(ln.ms, now.UnixMilli()); ms >= now.Add(-SeenFor).UnixMilli() {
			l.mark(dispatch.DeviceID(ln.id), ms, 0)
		}
	default:
		return false
	}
	return true
}
