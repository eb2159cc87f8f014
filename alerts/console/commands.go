package console

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"onekeyd/dispatch"
	"onekeyd/dispatch/access"
)

// Bounds of what a page may send.
const (
	maxBody = 16 << 10 // bytes of JSON
	maxNote = 2000     // bytes of a note, as the desk takes them
)

// storing is how long a command may take once it was begun; it goes on when
// the page leaves, since half-known commands are worse than slow ones.
const storing = 10 * time.Second

// commandRequest holds what any of the commands may be given; each says which it reads.
type commandRequest struct {
	Version     *uint64 `json:"version"`     // acknowledge, close: what the operator saw
	Text        string  `json:"text"`        // note, call
	Disposition string  `json:"disposition"` // close
	Note        string  `json:"note"`        // close, handover
	Responder   string  `json:"responder"`   // assign
	Who         string  `json:"who"`         // answer: responder, or elder#rank of a contact
	Verb        string  `json:"verb"`        // answer
	Outcome     string  `json:"outcome"`     // call; answer: a disposition, with done
	Whom        string  `json:"whom"`        // call: elder, ambulance, or as in who
	From        string  `json:"from"`        // takeover: the operator who is believed to have it
	Reason      string  `json:"reason"`      // takeover
	What        string  `json:"what"`        // reveal: access_note or medical
	To          string  `json:"to"`          // handover
}

// answer is a status with its JSON body.
type answer struct {
	status int
	body   []byte
}

// command wraps what an operator does to one incident: who may, what was sent,
// and the same answer for the same Idempotency-Key.
func (c *Console) command(do func(ctx context.Context, op access.Operator, id dispatch.IncidentID, req commandRequest) answer) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		op, ok := c.acting(w, r)
		if !ok {
			return
		}
		var req commandRequest
		if !readBody(w, r, &req) {
			return
		}
		id := dispatch.IncidentID(r.PathValue("id"))
		key := r.Header.Get("Idempotency-Key")
		if len(key) > 64 {
			answerError(w, http.StatusBadRequest, "Idempotency-Key", "is longer than 64 bytes")
			return
		}
		act := func() answer {
			ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), storing)
			defer cancel()
			return do(ctx, op, id, req)
		}
		var a answer
		if key == "" {
			a = act()
		} else {
			a = c.repeats.once(op.Name+" "+r.URL.Path+" "+key, time.Now(), act)
		}
		writeAnswer(w, a)
	}
}

func (c *Console) acknowledge(ctx context.Context, op access.Operator, id dispatch.IncidentID, req commandRequest) answer {
	if req.Version == nil {
		return refusal(http.StatusBadRequest, "version", "is missing: say which version you saw")
	}
	inc, err := c.opt.Desk.Acknowledge(ctx, id, op.Name, *req.Version)
	return c.outcome("acknowledge", op, id, inc, err)
}

func (c *Console) note(ctx context.Context, op access.Operator, id dispatch.IncidentID, req commandRequest) answer {
	if refused, bad := badText("text", req.Text, true); bad {
		return refused
	}
	inc, err := c.opt.Desk.Note(ctx, id, op.Name, req.Text)
	return c.outcome("note", op, id, inc, err)
}

func (c *Console) closeIncident(ctx context.Context, op access.Operator, id dispatch.IncidentID, req commandRequest) answer {
	if req.Version == nil {
		return refusal(http.StatusBadRequest, "version", "is missing: say which version you saw")
	}
	note := strings.TrimSpace(req.Note)
	if refused, bad := badText("note", note, false); bad {
		return refused
	}
	for _, d := range dispatch.Dispositions() {
		if string(d) != req.Disposition {
			continue
		}
		if d == dispatch.OtherEnd && note == "" {
			return refusal(http.StatusBadRequest, "note", "is needed with this disposition")
		}
		inc, err := c.opt.Desk.Close(ctx, id, op.Name, d, note, *req.Version)
		return c.outcome("close", op, id, inc, err)
	}
	return refusal(http.StatusBadRequest, "disposition", fmt.Sprintf("%.32q is not one of ours", req.Disposition))
}

// badText checks words of an operator by the bounds of the desk.
func badText(field, text string, needed bool) (refused answer, bad bool) {
	switch text = strings.TrimSpace(text); {
	case len(text) > maxNote || !utf8.ValidString(text):
		return refusal(http.StatusBadRequest, field, fmt.Sprintf("at most %d bytes of text are expected", maxNote)), true
	case needed && text == "":
		return refusal(http.StatusBadRequest, field, "is missing"), true
	}
	return answer{}, false
}

// outcome puts the desk's word into an answer. A conflict names who was first
// and carries the incident as it is now, so that the page needs no second request.
func (c *Console) outcome(what string, op access.Operator, id dispatch.IncidentID, inc *dispatch.Incident, err error) answer {
	status, code := http.StatusOK, ""
	switch {
	case err == nil:
		c.log.Info("desk command", "what", what, "incident", id, "operator", op.Name)
	case errors.Is(err, dispatch.ErrStale):
		status, code = http.StatusConflict, "stale"
	case errors.Is(err, dispatch.ErrSecondLook):
		status, code = http.StatusConflict, "second_look"
	case errors.Is(err, dispatch.ErrRefused):
		status, code = http.StatusConflict, "refused"
	case errors.Is(err, dispatch.ErrNoIncident):
		status, code = http.StatusNotFound, "no_incident"
	default:
		c.log.Warn("desk command not stored", "what", what, "incident", id, "operator", op.Name, "err", err)
		return refusal(http.StatusServiceUnavailable, "unstored", "nobody can say whether this was stored; look at the incident and try again")
	}
	if inc == nil {
		inc = c.current(id)
	}
	body := struct {
		Error    string          `json:"error,omitempty"`
		Message  string          `json:"message,omitempty"`
		By       string          `json:"by,omitempty"`
		At       *time.Time      `json:"at,omitempty"`
		Incident json.RawMessage `json:"incident,omitempty"`
	}{Error: code}
	if err != nil {
		body.Message = err.Error()
	}
	if inc != nil {
		if err != nil {
			body.By, body.At = firstHand(inc)
		}
		data, err := c.encodings.of(inc, forDesk)
		if err != nil {
			c.log.Error("incident cannot be shown", "incident", id, "err", err)
		}
		body.Incident = data
	}
	return jsonAnswer(status, body)
}

// firstHand is who got there first: the one who closed, else who acknowledged.
func firstHand(inc *dispatch.Incident) (string, *time.Time) {
	switch {
	case inc.Ended != nil:
		return inc.Ended.Operator, &inc.Ended.At
	case inc.Acked != nil:
		return inc.Acked.Operator, &inc.Acked.At
	}
	return "", nil
}

type seenRequest struct {
	Console string `json:"console"`
	Version uint64 `json:"version"`
	Audio   string `json:"audio"`
	Visible bool   `json:"visible"`
}

// seen takes a page's receipt: this incident is painted, and this is how its sound is.
func (c *Console) seen(w http.ResponseWriter, r *http.Request) {
	op, ok := c.acting(w, r) // a screen nobody sits at gives no receipt
	if !ok {
		return
	}
	var req seenRequest
	if !readBody(w, r, &req) {
		return
	}
	if req.Audio != "running" && req.Audio != "suspended" || len(req.Console) > 64 {
		answerError(w, http.StatusBadRequest, "audio", "running or suspended is expected, and a console's name of at most 64 bytes")
		return
	}
	s := dispatch.Seen{Operator: op.Name, Console: req.Console, Version: req.Version, Audio: req.Audio, Visible: req.Visible, At: time.Now().UTC()}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), storing)
	defer cancel()
	switch err := c.opt.Desk.Seen(ctx, dispatch.IncidentID(r.PathValue("id")), s); {
	case err == nil:
		w.WriteHeader(http.StatusNoContent)
	case errors.Is(err, dispatch.ErrNoIncident), errors.Is(err, dispatch.ErrRefused):
		answerError(w, http.StatusNotFound, "no_incident", "it is not open any more")
	default:
		c.log.Warn("receipt not stored", "incident", r.PathValue("id"), "operator", op.Name, "err", err)
		answerError(w, http.StatusServiceUnavailable, "unstored", "the receipt was not stored")
	}
}

// readBody reads a JSON body or answers why not. Asking for JSON keeps forms of
// other sites out even where a browser is too old to name its origin.
func readBody(w http.ResponseWriter, r *http.Request, into any) bool {
	if kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); strings.TrimSpace(kind) != "application/json" {
		answerError(w, http.StatusUnsupportedMediaType, "Content-Type", "application/json is expected")
		return false
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(into); err != nil {
		answerError(w, http.StatusBadRequest, "(body)", "is not the JSON expected: "+err.Error())
		return false
	}
	return true
}

func refusal(status int, code, message string) answer {
	return jsonAnswer(status, map[string]string{"error": code, "message": message})
}

func jsonAnswer(status int, body any) answer {
	data, err := json.Marshal(body)
	if err != nil { // structs and strings of ours only
		panic("encode answer: " + err.Error())
	}
	return answer{status, append(data, '\n')}
}

func answerError(w http.ResponseWriter, status int, code, message string) {
	writeAnswer(w, refusal(status, code, message))
}

func writeAnswer(w http.ResponseWriter, a answer) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(a.status)
	w.Write(a.body)
}
