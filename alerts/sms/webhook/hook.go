package webhook

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"onekeyd/alerts"
)

// event is one receipt or reply, see the package comment.
type event struct {
	Key string `json:"key"`

	ID    string       `json:"id"`
	Ref   string       `json:"ref"`
	State alerts.State `json:"state"`
	Code  string       `json:"code"`
	Class alerts.Class `json:"class"`

	From string  `json:"from"`
	To   string  `json:"to"`
	Text *string `json:"text"`
}

// ParseHook reads receipts and replies. An event that makes no sense spoils the
// whole post, so that a gateway's mistake is seen the first time it is made. See
// alerts.Hook for its errors.
func (s *Sender) ParseHook(r *http.Request, body []byte) ([]alerts.Event, string, []byte, error) {
	bad := func(format string, args ...any) ([]alerts.Event, string, []byte, error) {
		return nil, "", nil, fmt.Errorf("read a gateway's post: %s: %w", fmt.Sprintf(format, args...), alerts.ErrMalformed)
	}
	now := time.Now()
	switch {
	case r.Method != http.MethodPost:
		return bad("method is not POST")
	case len(body) > alerts.MaxHookBody:
		return bad("body is over %d bytes", alerts.MaxHookBody)
	case !signed(s.secret, r.Header.Get(header), body, now):
		return nil, "", nil, fmt.Errorf("read a gateway's post: %w", alerts.ErrForged)
	}
	var posted struct {
		Events []event `json:"events"`
	}
	if err := json.Unmarshal(body, &posted); err != nil || posted.Events == nil {
		return bad("body is no JSON with events")
	}
	evs := make([]alerts.Event, 0, len(posted.Events))
	for n, x := range posted.Events {
		e, why := x.event()
		if why != "" {
			return bad("event %d %s", n+1, why)
		}
		e.At = now
		evs = append(evs, e)
	}
	return evs, "application/json", []byte(`{"ok":true}`), nil
}

// event gives what x says, or why it makes no sense.
func (x event) event() (e alerts.Event, why string) {
	if x.Text != nil {
		digits, plus := strings.CutPrefix(x.From, "+")
		switch {
		case !alerts.IsRef(x.Key):
			return e, "is a reply without a key of 1 to 64 printable characters"
		case !plus || len(digits) < 7 || len(digits) > 15 || strings.Trim(digits, "0123456789") != "":
			return e, "is a reply from no E.164 number"
		case x.State != "":
			return e, "is a reply and a receipt"
		}
		return alerts.Event{Key: name + "|in|" + x.Key, From: x.From, To: x.To, Text: *x.Text, Inbound: true}, ""
	}
	switch {
	case !alerts.IsRef(x.ID) && !alerts.IsRef(x.Ref):
		return e, "has neither text nor id nor ref"
	case x.Ref != "" && !alerts.IsRef(x.Ref), x.Code != "" && !alerts.IsRef(x.Code):
		return e, "has a ref or code that is not 1 to 64 printable characters"
	}
	e = alerts.Event{NoticeID: x.ID, Ref: x.Ref, To: x.To, State: x.State, Code: x.Code, Key: fmt.Sprintf("%s|%s|%s|%s", name, x.ID, x.Ref, x.State)}
	switch x.State {
	case alerts.Handed, alerts.Sent, alerts.Delivered:
	case alerts.Failed:
		e.Class = alerts.Transient
		if blame(x.Class) {
			e.Class = x.Class
		}
	default:
		return alerts.Event{}, "has no state of handed, sent, delivered and failed"
	}
	return e, ""
}
