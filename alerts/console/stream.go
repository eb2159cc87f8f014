package console

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"onekeyd/dispatch"
)

// snapshot answers all open incidents with the cursor they stand for.
func (c *Console) snapshot(w http.ResponseWriter, r *http.Request) {
	who, ok := c.reader(r)
	if !ok {
		refuseReader(w)
		return
	}
	seq, open := c.opt.Board.Snapshot()
	var b bytes.Buffer
	fmt.Fprintf(&b, `{"seq":%d,"server_time":%q,"incidents":[`, seq, wireTime(time.Now()))
	for n, inc := range open {
		data, err := c.encodings.of(inc, who)
		if err != nil {
			c.log.Error("incident cannot be shown", "incident", inc.ID, "err", err)
			answerError(w, http.StatusInternalServerError, "encoding", "the snapshot could not be written")
			return
		}
		if n > 0 {
			b.WriteByte(',')
		}
		b.Write(data)
	}
	b.WriteString("]}\n")
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Write(b.Bytes())
}

// events streams what comes after a cursor until the reader goes, cannot keep
// up, or is no longer let in.
func (c *Console) events(w http.ResponseWriter, r *http.Request) {
	who, ok := c.reader(r)
	if !ok {
		refuseReader(w)
		return
	}
	newest, _ := c.opt.Board.Snapshot()
	after, err := cursor(r, newest)
	if err != nil {
		answerError(w, http.StatusBadRequest, "after", err.Error())
		return
	}
	select {
	case c.streams <- struct{}{}:
		defer func() { <-c.streams }()
	default:
		w.Header().Set("Retry-After", "2")
		answerError(w, http.StatusServiceUnavailable, "streams", "too many open streams")
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")
	s := &stream{c: c, who: who, ctl: http.NewResponseController(w), w: w, after: after}
	if after > newest {
		// A cursor of another journal, or of a node ahead of this one.
		s.write(fmt.Appendf(nil, "event: reset\ndata: {\"seq\":%d}\n\n", newest))
		return
	}
	s.serve(r, newest)
}

// cursor is where a stream begins. Last-Event-ID wins: a browser that
// reconnects by itself repeats the first address with it.
func cursor(r *http.Request, newest uint64) (uint64, error) {
	text := r.Header.Get("Last-Event-ID")
	if text == "" {
		text = r.URL.Query().Get("after")
	}
	if text == "" {
		return newest, nil
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("cursor %.40q is not a sequence", text)
	}
	return n, nil
}

// stream is one open /v1/events.
type stream struct {
	c     *Console
	who   reader
	w     http.ResponseWriter
	ctl   *http.ResponseController
	after uint64
	buf   []byte
}

func (s *stream) serve(r *http.Request, newest uint64) {
	// The first bytes tell the page that it is heard, and the server's time.
	if s.write(append([]byte("retry: 300\n\n"), s.c.heartbeat(newest, s.who)...)) != nil {
		return
	}
	for beat := time.Now().Add(s.c.opt.Heartbeat); ; {
		ctx, cancel := context.WithDeadline(r.Context(), beat)
		events, err := s.c.opt.Board.Next(ctx, s.after)
		cancel()
		switch {
		case err == nil:
			if s.writeEvents(events) != nil {
				return
			}
		case errors.Is(err, ErrGone):
			seq, _ := s.c.opt.Board.Snapshot()
			s.write(fmt.Appendf(nil, "event: reset\ndata: {\"seq\":%d}\n\n", seq))
			return
		case r.Context().Err() != nil || !errors.Is(err, context.DeadlineExceeded):
			return // gone, or the board is stopping
		}
		if now := time.Now(); !now.Before(beat) {
			if _, ok := s.c.reader(r); !ok {
				return // logged out meanwhile; the page finds out why when it comes back
			}
			seq, _ := s.c.opt.Board.Snapshot()
			if s.write(s.c.heartbeat(seq, s.who)) != nil {
				return
			}
			beat = now.Add(s.c.opt.Heartbeat)
		}
	}
}

// writeEvents writes what came together as one write, so that one flush carries it.
func (s *stream) writeEvents(events []Event) error {
	s.buf = s.buf[:0]
	for _, ev := range events {
		if s.after = ev.Seq; ev.Incident.Canary() {
			// Nobody is shown it; a page says that it has come, see [Options].Applied.
			if s.who == forDesk {
				s.buf = fmt.Appendf(s.buf, "id: %d\nevent: canary\ndata: {}\n\n", ev.Seq)
			}
			continue
		}
		data, err := s.c.encodings.of(ev.Incident, s.who)
		if err != nil {
			s.c.log.Error("incident cannot be shown", "incident", ev.Incident.ID, "err", err)
			return err
		}
		s.buf = fmt.Appendf(s.buf, "id: %d\nevent: incident\ndata: ", ev.Seq)
		s.buf = append(s.buf, data...)
		s.buf = append(s.buf, '\n', '\n')
	}
	return s.write(s.buf)
}

// write sends and flushes at once, or gives the reader up.
func (s *stream) write(data []byte) error {
	if err := s.ctl.SetWriteDeadline(time.Now().Add(s.c.opt.WriteTimeout)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	if _, err := s.w.Write(data); err != nil {
		return err
	}
	return s.ctl.Flush()
}

// heartbeat tells a quiet page that the link lives, and what changes slowly.
func (c *Console) heartbeat(seq uint64, who reader) []byte {
	now := time.Now()
	status := c.opt.Status()
	if status == nil {
		status = []string{}
	}
	data, err := json.Marshal(struct {
		Seq       uint64         `json:"seq"`
		Time      string         `json:"server_time"`
		Build     string         `json:"build"`
		Armed     int            `json:"armed_consoles"`
		Operators []presentEntry `json:"operators"`
		Status    []string       `json:"status"`
	}{seq, wireTime(now), c.opt.Build, c.presence.armed(now, presenceLife), c.presence.list(now, who), status})
	if err != nil { // numbers and strings only
		panic("encode heartbeat: " + err.Error())
	}
	return fmt.Appendf(nil, "event: hb\ndata: %s\n\n", data)
}

func wireTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// current is an open incident as the board has it now, or nil.
func (c *Console) current(id dispatch.IncidentID) *dispatch.Incident {
	_, open := c.opt.Board.Snapshot()
	for _, inc := range open {
		if inc.ID == id {
			return inc
		}
	}
	return nil
}
