package templatesim

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"syscall"
	"time"
)

// answer is what a request comes to: a response, a cut, or a wait and then one.
type answer struct {
	status int
	body   []byte
	html   bool
	cut    Cut
	hang   bool
	delay  time.Duration
}

// maxBody bounds a request; a template's variables are far shorter.
const maxBody = 64 << 10

var errClosed = errors.New("the simulator is closed")

func (s *Sim) handle(r *http.Request, body []byte, now time.Time) answer {
	x, bad := s.service.read(r, body, now, s)
	s.mu.Lock()
	s.stats.Sends++
	act := s.act
	s.mu.Unlock()
	if bad.code == "" {
		bad = s.check(x)
	}
	m := Message{To: x.to, Template: x.template, NoticeID: x.id, Received: now, State: "accepted"}
	if bad.code == "" {
		m.Text = "【" + x.sign + "】" + render(s.texts[x.template].Text, x.vars)
		s.mu.Lock()
		bad = s.overLocked(m)
		s.mu.Unlock()
	}
	if bad.code != "" {
		return s.refused(bad, x)
	}
	o := act(m)
	switch {
	case o.Cut == CutRefused || o.Cut == CutBefore:
		s.mu.Lock()
		s.stats.Cut++
		s.mu.Unlock()
		return answer{cut: o.Cut, delay: o.Delay}
	case o.HTTP != 0:
		s.mu.Lock()
		s.stats.Refused++
		s.mu.Unlock()
		return answer{status: o.HTTP, html: true, body: []byte("<html><h1>" + http.StatusText(o.HTTP) + "</h1></html>"), delay: o.Delay}
	case o.Code != "":
		a := s.refused(refusal{code: o.Code, message: o.Message}, x)
		a.delay = o.Delay
		return a
	}
	s.mu.Lock()
	m = s.keepLocked(m)
	s.stats.Accepted++
	if o.Cut != "" {
		s.stats.Cut++
	}
	s.mu.Unlock()
	if s.opt.OnMessage != nil {
		s.opt.OnMessage(m)
	}
	for _, rep := range o.Reports {
		s.start(func() { s.report(m, rep) })
	}
	return answer{status: http.StatusOK, body: s.service.accepted(m), delay: o.Delay, hang: o.Hang, cut: o.Cut}
}

func (s *Sim) refused(x refusal, m send) answer {
	s.mu.Lock()
	s.stats.Refused++
	s.mu.Unlock()
	return s.service.refused(x, m)
}

// ServeHTTP serves the API over a socket.
func (s *Sim) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	now := time.Now()
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil || s.ctx.Err() != nil {
		panic(http.ErrAbortHandler) // the caller went away, or we did
	}
	a := s.handle(r, body, now)
	if s.wait(r.Context(), a) != nil || a.cut != "" {
		panic(http.ErrAbortHandler) // closes the connection without an answer
	}
	w.Header().Set("Content-Type", a.contentType())
	w.WriteHeader(a.status)
	// A caller that left before its answer has seen to itself.
	_, _ = w.Write(a.body)
}

func (a answer) contentType() string {
	if a.html {
		return "text/html"
	}
	return "application/json; charset=utf-8"
}

// wait holds the answer back as long as it says.
func (s *Sim) wait(ctx context.Context, a answer) error {
	if a.hang {
		a.delay = 24 * time.Hour
	}
	t := time.NewTimer(a.delay)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-s.ctx.Done():
		return errClosed
	}
}

// RoundTripper serves requests in-process, in the caller's goroutine and without
// a socket, whatever their host. It reports the connection to httptrace and
// fails as net/http would.
func (s *Sim) RoundTripper() http.RoundTripper { return inProcess{s} }

type inProcess struct{ s *Sim }

func (t inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	now := time.Now()
	var body []byte
	if r.Body != nil {
		var err error
		body, err = io.ReadAll(io.LimitReader(r.Body, maxBody))
		r.Body.Close()
		if err != nil {
			return nil, err
		}
	}
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	if t.s.ctx.Err() != nil {
		return nil, refusedConn()
	}
	in := r.Clone(r.Context())
	in.RequestURI = r.URL.RequestURI()
	if in.Host == "" {
		in.Host = r.URL.Host
	}
	a := t.s.handle(in, body, now)
	if a.cut == CutRefused {
		return nil, refusedConn()
	}
	if trace := httptrace.ContextClientTrace(r.Context()); trace != nil && trace.GotConn != nil {
		trace.GotConn(httptrace.GotConnInfo{})
	}
	if err := t.s.wait(r.Context(), a); err != nil {
		return nil, err
	}
	if a.cut != "" {
		return nil, io.ErrUnexpectedEOF
	}
	return &http.Response{
		Status: strconv.Itoa(a.status) + " " + http.StatusText(a.status), StatusCode: a.status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{"Content-Type": {a.contentType()}},
		Body: io.NopCloser(bytes.NewReader(a.body)), ContentLength: int64(len(a.body)), Request: r,
	}, nil
}

func refusedConn() error {
	return &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
}
