package httpgate

import (
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"mime"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"onekeyd/devices"
	"onekeyd/dispatch"
)

// Path is where presses are posted.
const Path = "/v1/presses"

const protocol = "http"

// bodyTime is how long a body of at most 4 KiB may take: a 2G modem sends 1 kB/s.
const bodyTime = 5 * time.Second

// Gate answers POST /v1/presses. Mount it without a method, so that it can say
// 405 itself.
type Gate struct {
	intake  *devices.Intake
	token   func(string) bool
	log     *slog.Logger
	buffers sync.Pool // of *[]byte, one longer than the longest press
}

// New returns a gate that lets in whoever's bearer token satisfies token, which
// must compare in constant time and not block.
func New(intake *devices.Intake, token func(string) bool, log *slog.Logger) *Gate {
	g := &Gate{intake: intake, token: token, log: log.With("component", "httpgate")}
	g.buffers.New = func() any { b := make([]byte, dispatch.MaxPress+1); return &b }
	return g
}

func (g *Gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	received := time.Now()
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		g.refuse(w, http.StatusMethodNotAllowed, "a press is sent with POST", "", received)
		return
	}
	if !g.token(bearer(r.Header.Get("Authorization"))) {
		w.Header().Set("WWW-Authenticate", `Bearer realm="onekeyd presses"`)
		g.refuse(w, http.StatusUnauthorized, "the gateway token is missing or wrong", "", received)
		return
	}
	if why := unreadable(r.Header); why != "" {
		g.refuse(w, http.StatusUnsupportedMediaType, why, "", received)
		return
	}
	buf := g.buffers.Get().(*[]byte)
	defer g.buffers.Put(buf)
	body, err := read(w, r, *buf)
	if err != nil {
		g.refuse(w, http.StatusBadRequest, "the body did not arrive whole", "(body)", received)
		return
	}
	if len(body) > dispatch.MaxPress {
		w.Header().Set("Connection", "close") // the rest of the body is not worth reading
		g.refuse(w, http.StatusRequestEntityTooLarge, "a press is at most 4096 bytes", "(body)", received)
		return
	}
	p, err := dispatch.DecodePress(body)
	if err != nil {
		field := "(body)"
		if f, ok := errors.AsType[*dispatch.FieldError](err); ok {
			field = f.Field
		}
		g.refuse(w, http.StatusBadRequest, err.Error(), field, received)
		return
	}
	p.Received = received
	receipt, err := g.intake.Take(r.Context(), devices.Via{Protocol: protocol, Source: source(r.RemoteAddr), MayThrottle: true}, p)
	if err != nil {
		g.cannot(w, p, err)
		return
	}
	answer(w, http.StatusAccepted, accepted{receipt.Press, receipt.At.UTC()})
}

type accepted struct {
	Press    dispatch.PressID `json:"press"`
	StoredAt time.Time        `json:"stored_at"`
}

type refusal struct {
	Error string `json:"error"`
	Field string `json:"field,omitempty"`
}

// refuse says what is wrong with the request itself.
func (g *Gate) refuse(w http.ResponseWriter, status int, why, field string, received time.Time) {
	outcome := devices.Malformed
	if status == http.StatusUnauthorized {
		outcome = devices.Unauthorised
	}
	g.intake.Refused(protocol, outcome, time.Since(received))
	answer(w, status, refusal{why, field})
}

// cannot says that a good press was not taken, and when to send it again.
func (g *Gate) cannot(w http.ResponseWriter, p dispatch.Press, err error) {
	g.log.Warn("press not taken", "device", p.Device, "press", p, "err", err)
	w.Header().Set("Retry-After", "1")
	switch {
	case errors.Is(err, devices.ErrThrottled):
		answer(w, http.StatusTooManyRequests, refusal{Error: "this device sends too fast"})
	case errors.Is(err, devices.ErrBusy):
		answer(w, http.StatusServiceUnavailable, refusal{Error: "too many presses are waiting: send it again"})
	default:
		answer(w, http.StatusServiceUnavailable, refusal{Error: "storage cannot promise now: send it again"})
	}
}

func answer(w http.ResponseWriter, status int, v any) {
	data, err := json.Marshal(v)
	if err != nil { // two structs of strings and a time of this century
		panic("encode answer: " + err.Error())
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	w.Write(data) // the device may have hung up; the press is stored or not all the same
}

// read fills buf, which is one byte longer than may be used. What is longer
// than that stays unread.
func read(w http.ResponseWriter, r *http.Request, buf []byte) ([]byte, error) {
	if r.ContentLength > int64(len(buf)) {
		return buf, nil
	}
	// Set for this request only: the server puts its own back for the next one.
	// A writer without deadlines (tests) reads from memory and needs none.
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(bodyTime))
	n, err := io.ReadFull(r.Body, buf)
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		// ReadFull's word for "the body ended"; a body cut short of its
		// Content-Length gives the same, and is told apart by its length.
		if r.ContentLength >= 0 && int64(n) < r.ContentLength {
			return nil, io.ErrUnexpectedEOF
		}
		err = nil
	}
	return buf[:n], err
}

func bearer(authorization string) string {
	scheme, token, ok := strings.Cut(authorization, " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

// unreadable says why the body cannot be JSON. It is lenient: firmware says
// text/plain or nothing, and curl -d says it is a form.
func unreadable(h http.Header) string {
	if e := h.Get("Content-Encoding"); e != "" && !strings.EqualFold(e, "identity") {
		return "a press is sent without Content-Encoding"
	}
	ct := h.Get("Content-Type")
	if ct == "" {
		return ""
	}
	kind, _, err := mime.ParseMediaType(ct)
	switch {
	case err != nil, strings.HasSuffix(kind, "json"), kind == "text/plain",
		kind == "application/octet-stream", kind == "application/x-www-form-urlencoded":
		return ""
	}
	return "a press is JSON, not " + kind
}

// source is the address without its port: a device changes ports at will.
func source(remote string) string {
	host, _, err := net.SplitHostPort(remote)
	if err != nil {
		return remote
	}
	return host
}
