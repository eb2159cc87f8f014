package registry

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"onekeyd/dispatch"
)

// HandlerOptions says how records are changed over HTTP.
type HandlerOptions struct {
	// Who names the person or program behind a request, for the log. Who may ask at all is decided around the handler.
	Who func(*http.Request) string
	// Medical lets GET show an elder's medical notes (PIPL Art. 28: sensitive). Off, they can be written but not read.
	Medical bool
	// Region is the ISO 3166 country of phone numbers written without one; CN if empty.
	Region string
}

// maxBody bounds a request: an area of 30,000 vertices fits.
const maxBody = 2 << 20

// Handler serves single records as JSON, with the names of the CSV columns:
//
//	GET, PUT, DELETE /v1/directory/{elders|devices|responders|providers|areas}/{id}
//	GET, PUT, DELETE /v1/directory/elders/{id}/contacts/{rank}
//	GET              /v1/directory/elders/{id}/contacts
//
// PUT replaces the record under the checks of an import, answers with what is
// stored, 201 if it is new. Only medical stays as it is when it is not named,
// since GET may have hidden it. ETag is the version of one record; If-Match and
// "If-None-Match: *" are honoured. Errors are {"error","field"}: 400 what is
// wrong with the body, 404, 409 a removal that would leave others dangling or
// too many changes at once, 412, 413, 503 the log cannot confirm.
func (r *Registry) Handler(o HandlerOptions) http.Handler {
	if o.Who == nil {
		o.Who = func(*http.Request) string { return "" }
	}
	if o.Region == "" {
		o.Region = "CN"
	}
	h := &handler{r: r, o: o}
	mux := http.NewServeMux()
	mux.HandleFunc("/v1/directory/{kind}/{id}", h.record)
	mux.HandleFunc("/v1/directory/elders/{id}/contacts/{rank}", h.contact)
	mux.HandleFunc("GET /v1/directory/elders/{id}/contacts", h.contacts)
	mux.HandleFunc("/v1/directory/", func(w http.ResponseWriter, _ *http.Request) {
		refuse(w, http.StatusNotFound, Problem{Why: "there is no such path"})
	})
	return mux
}

type handler struct {
	r *Registry
	o HandlerOptions
}

func (h *handler) record(w http.ResponseWriter, q *http.Request) {
	for _, kind := range Kinds() {
		if kind != Contacts && kind.String() == q.PathValue("kind") {
			h.serve(w, q, Key{Kind: kind, ID: q.PathValue("id")})
			return
		}
	}
	refuse(w, http.StatusNotFound, Problem{Why: "there are elders, devices, responders, providers and areas"})
}

func (h *handler) contact(w http.ResponseWriter, q *http.Request) {
	rank, err := strconv.Atoi(q.PathValue("rank"))
	if err != nil || rank < 1 || rank > maxRank || strconv.Itoa(rank) != q.PathValue("rank") {
		refuse(w, http.StatusNotFound, Problem{Column: "rank", Why: "is not a whole number from 1 to 99"})
		return
	}
	h.serve(w, q, Key{Contacts, q.PathValue("id"), rank})
}

func (h *handler) serve(w http.ResponseWriter, q *http.Request, key Key) {
	switch q.Method {
	case http.MethodGet, http.MethodHead:
		h.get(w, key)
	case http.MethodPut:
		h.put(w, q, key)
	case http.MethodDelete:
		h.delete(w, q, key)
	default:
		w.Header().Set("Allow", "GET, HEAD, PUT, DELETE")
		refuse(w, http.StatusMethodNotAllowed, Problem{Why: "GET, PUT or DELETE is meant for a record"})
	}
}

func (h *handler) get(w http.ResponseWriter, key Key) {
	record, ok := h.r.Snapshot().tables[key.Kind].get(key.stored())
	if !ok {
		refuse(w, http.StatusNotFound, Problem{Why: "there is no " + key.String()})
		return
	}
	h.show(w, http.StatusOK, key, record)
}

func (h *handler) contacts(w http.ResponseWriter, q *http.Request) {
	s := h.r.Snapshot()
	id := q.PathValue("id")
	if !s.has(Key{Kind: Elders, ID: id}) {
		refuse(w, http.StatusNotFound, Problem{Why: "there is no elders/" + id})
		return
	}
	list := []map[string]any{}
	for _, c := range s.Contacts(dispatch.ElderID(id)) {
		row := contactRow(c)
		list = append(list, rowJSON(Contacts, &row))
	}
	answer(w, http.StatusOK, list)
}

func (h *handler) show(w http.ResponseWriter, status int, key Key, record []byte) {
	w.Header().Set("ETag", tag(record))
	if key.Kind == Areas {
		in := readRecord(record)
		answer(w, status, areaJSON(in.area(key.ID)))
		return
	}
	fields := rowOf(key, record)
	body := rowJSON(key.Kind, &fields)
	if key.Kind == Elders && !h.o.Medical {
		delete(body, "medical")
	}
	answer(w, status, body)
}

func (h *handler) put(w http.ResponseWriter, q *http.Request, key Key) {
	body, err := io.ReadAll(http.MaxBytesReader(w, q.Body, maxBody))
	if err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			refuse(w, http.StatusRequestEntityTooLarge, Problem{Why: "the body is larger than 2 MiB"})
			return
		}
		refuse(w, http.StatusBadRequest, Problem{Why: "the body did not arrive"})
		return
	}
	now := time.Now()
	record, err := h.parse(key, body, now)
	if err != nil {
		failed(w, err)
		return
	}
	status := http.StatusOK
	err = h.r.change(q.Context(), single{key: key, record: record, by: h.o.Who(q), at: now, expect: func(old []byte) error {
		status = http.StatusOK
		if old == nil {
			status = http.StatusCreated
		}
		return expected(q, old)
	}})
	if err != nil {
		failed(w, err)
		return
	}
	h.show(w, status, key, record)
}

func (h *handler) delete(w http.ResponseWriter, q *http.Request, key Key) {
	err := h.r.change(q.Context(), single{key: key, by: h.o.Who(q), at: time.Now(), expect: func(old []byte) error {
		if err := expected(q, old); err != nil {
			return err
		}
		return mustExist(old)
	}})
	var refused *RefusedError
	switch {
	case errors.As(err, &refused):
		refuse(w, http.StatusConflict, refused.Problems[0])
	case err != nil:
		failed(w, err)
	default:
		w.WriteHeader(http.StatusNoContent)
	}
}

// errPrecondition: the record is not the one the caller has seen.
var errPrecondition = errors.New("the record is not the one that was named")

// expected judges If-Match and If-None-Match (RFC 9110 section 13.1) against what is there.
func expected(q *http.Request, old []byte) error {
	if want := q.Header.Get("If-Match"); want != "" {
		if old == nil || want != "*" && !strings.Contains(want, tag(old)) {
			return errPrecondition
		}
	}
	if q.Header.Get("If-None-Match") == "*" && old != nil {
		return errPrecondition
	}
	return nil
}

// failed answers with the status of an error.
func failed(w http.ResponseWriter, err error) {
	var refused *RefusedError
	switch {
	case errors.As(err, &refused):
		refuse(w, http.StatusBadRequest, refused.Problems[0])
	case errors.Is(err, ErrNotFound):
		refuse(w, http.StatusNotFound, Problem{Why: ErrNotFound.Error()})
	case errors.Is(err, errPrecondition):
		refuse(w, http.StatusPreconditionFailed, Problem{Why: errPrecondition.Error()})
	case errors.Is(err, ErrConflict):
		refuse(w, http.StatusConflict, Problem{Why: ErrConflict.Error()})
	case errors.Is(err, context.Canceled):
		refuse(w, http.StatusServiceUnavailable, Problem{Why: "the request was given up"})
	default:
		refuse(w, http.StatusServiceUnavailable, Problem{Why: ErrUnstored.Error()})
	}
}

func refuse(w http.ResponseWriter, status int, p Problem) { answer(w, status, p) }

// answer writes JSON. A caller that has gone away needs no answer.
func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}
