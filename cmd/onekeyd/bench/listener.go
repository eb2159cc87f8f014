package bench

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync/atomic"
	"time"
)

// listener follows a daemon's events as a console does: with a cursor, coming
// back after a lost connection, and from a snapshot when told to start over.
type listener struct {
	d      *daemon
	paints func(incident []byte, at time.Time) // is told of every event
	ledger atomic.Pointer[ledger]
	cursor string
	resets atomic.Int64
	heard  chan struct{} // closed when the first bytes came
	ended  chan struct{}
	err    error // read after ended
}

// listen starts a listener; it ends with ctx, and is waited for on ended.
func listen(ctx context.Context, d *daemon, paints func([]byte, time.Time), l *ledger) *listener {
	s := &listener{d: d, paints: paints, heard: make(chan struct{}), ended: make(chan struct{})}
	s.ledger.Store(l)
	go func() {
		defer close(s.ended)
		for ctx.Err() == nil {
			s.err = s.once(ctx)
			if s.err != nil {
				return
			}
		}
	}()
	return s
}

// once reads one connection to its end.
func (s *listener) once(ctx context.Context) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.d.http+"/v1/events", nil)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+s.d.api)
	if s.cursor != "" {
		req.Header.Set("Last-Event-ID", s.cursor)
	}
	res, err := http.DefaultClient.Do(req)
	if ctx.Err() != nil {
		return nil
	}
	if err != nil {
		return fmt.Errorf("listen to events: %w", err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("listen to events: %s", res.Status)
	}
	in := bufio.NewReaderSize(res.Body, 256<<10)
	reset := false
	for {
		row, err := in.ReadSlice('\n')
		at := time.Now()
		if errors.Is(err, bufio.ErrBufferFull) {
			return errors.New("listen to events: one event is longer than 256 KiB")
		}
		if err != nil {
			break // the daemon closes what cannot keep up; come back with the cursor
		}
		select {
		case <-s.heard:
		default:
			close(s.heard)
		}
		switch {
		case bytes.HasPrefix(row, []byte("data: {\"id\":")):
			// The device is among the first fields; what follows is long.
			if n := pressOf(field(row, `"device":"`)); n >= 0 {
				s.ledger.Load().shown(n, at)
			}
			s.paints(quoted(row, `"id":"`), at)
		case bytes.HasPrefix(row, []byte("id: ")):
			s.cursor = string(bytes.TrimSpace(row[len("id: "):]))
		case bytes.HasPrefix(row, []byte("event: reset")):
			reset = true
		}
	}
	if reset && ctx.Err() == nil {
		return s.startOver(ctx)
	}
	return nil
}

// quoted is the string that follows a key, or nothing.
func quoted(row []byte, key string) []byte {
	_, after, ok := bytes.Cut(row, []byte(key))
	if !ok {
		return nil
	}
	value, _, _ := bytes.Cut(after, []byte{'"'})
	return value
}

// field is what follows a key, or nothing.
func field(row []byte, key string) []byte {
	i := bytes.Index(row, []byte(key))
	if i < 0 {
		return nil
	}
	row = row[i+len(key):]
	return row[:min(len(row), 16)]
}

// startOver takes the snapshot: what it holds is shown.
func (s *listener) startOver(ctx context.Context) error {
	s.resets.Add(1)
	body, err := s.d.get(ctx, "/v1/snapshot")
	if err != nil {
		return fmt.Errorf("take a snapshot: %w", err)
	}
	defer body.Close()
	data, err := io.ReadAll(body)
	if err != nil {
		return fmt.Errorf("take a snapshot: %w", err)
	}
	at := time.Now()
	seq, _, _ := bytes.Cut(field(data, `{"seq":`), []byte(","))
	s.cursor = string(seq)
	for {
		i := bytes.Index(data, []byte(`"device":"`+mark))
		if i < 0 {
			return nil
		}
		if n := pressOf(field(data[i:], `"device":"`)); n >= 0 {
			s.ledger.Load().shown(n, at)
		}
		data = data[i+len(mark):]
	}
}
