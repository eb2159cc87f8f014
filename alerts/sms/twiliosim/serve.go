package twiliosim

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"syscall"
	"time"
)

// maxBody bounds a create; Twilio's longest text is 1,600 characters.
const maxBody = 64 << 10

// ServeHTTP serves the API over a socket.
func (s *Sim) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	now := time.Now()
	if !s.begin() {
		panic(http.ErrAbortHandler)
	}
	defer s.work.Done()
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		panic(http.ErrAbortHandler) // the caller went away, or sent nonsense
	}
	user, pass, _ := r.BasicAuth()
	a := s.handle(r.Method, r.URL.Path, user, pass, body, now)
	if s.wait(r.Context(), a) != nil || a.cut != "" {
		panic(http.ErrAbortHandler) // closes the connection without an answer
	}
	a.header(w.Header())
	w.WriteHeader(a.status)
	// A caller that left before its answer has seen to itself.
	_, _ = w.Write(a.body)
}

// wait holds the answer back as long as it says.
func (s *Sim) wait(ctx context.Context, a answer) error {
	if a.hang {
		a.delay = 24 * time.Hour
	}
	if a.delay == 0 {
		return nil
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

func (a answer) header(h http.Header) {
	h.Set("Content-Type", "application/json")
	if a.html {
		h.Set("Content-Type", "text/html")
	}
	if a.retryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(int(a.retryAfter.Seconds())))
	}
}

// RoundTripper serves requests in-process, in the caller's goroutine and without
// a socket, whatever their host. It reports the connection to httptrace and
// fails as net/http would: a dial error for CutRefused, a lost connection for
// the other cuts, the context's error when the caller gives up.
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
	user, pass, _ := r.BasicAuth()
	a := t.s.handle(r.Method, r.URL.Path, user, pass, body, now)
	if a.cut == CutRefused {
		return nil, refusedConn()
	}
	if trace := httptrace.ContextClientTrace(r.Context()); trace != nil {
		if trace.GotConn != nil {
			trace.GotConn(httptrace.GotConnInfo{})
		}
		if trace.WroteRequest != nil {
			trace.WroteRequest(httptrace.WroteRequestInfo{})
		}
	}
	if err := t.s.wait(r.Context(), a); err != nil {
		return nil, err
	}
	if a.cut != "" {
		return nil, io.ErrUnexpectedEOF
	}
	return respond(r, a.status, func(h http.Header) { a.header(h) }, a.body), nil
}

func refusedConn() error {
	return &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
}

func respond(r *http.Request, status int, header func(http.Header), body []byte) *http.Response {
	res := &http.Response{
		Status: strconv.Itoa(status) + " " + http.StatusText(status), StatusCode: status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{},
		Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)), Request: r,
	}
	header(res.Header)
	return res
}

// ServeWith is a RoundTripper that gives every request to h in the caller's
// goroutine: the way from the simulator to a daemon without a socket.
func ServeWith(h http.Handler) http.RoundTripper { return handlerTransport{h} }

type handlerTransport struct{ h http.Handler }

func (t handlerTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	in := r.Clone(r.Context())
	if in.Body == nil {
		in.Body = http.NoBody
	}
	defer in.Body.Close()
	in.RequestURI, in.Host, in.RemoteAddr = r.URL.RequestURI(), r.URL.Host, "192.0.2.1:1234"
	w := &recorder{header: http.Header{}}
	t.h.ServeHTTP(w, in)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return respond(r, w.status, func(h http.Header) {
		for k, v := range w.header {
			h[k] = v
		}
	}, w.body.Bytes()), nil
}

// recorder keeps an answer; only its own handler's goroutine touches it.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (w *recorder) Header() http.Header { return w.header }

func (w *recorder) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
}

func (w *recorder) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(b)
}
