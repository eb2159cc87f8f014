package tencent

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"onekeyd/alerts"
)

// accepted is the answer Tencent wants to see.
const accepted = `{"result":0,"errmsg":"OK"}`

// row is one delivery report (https://cloud.tencent.com/document/api/382/59178)
// or one reply (https://cloud.tencent.com/document/api/382/59179).
type row struct {
	Nation string `json:"nationcode"`
	Mobile string `json:"mobile"`

	Status string `json:"report_status"`
	ErrMsg string `json:"errmsg"`
	SID    string `json:"sid"`
	Ext    string `json:"ext"`

	Text   *string     `json:"text"`
	Sign   string      `json:"sign"`
	Extend string      `json:"extend"`
	Time   json.Number `json:"time"`
}

// ParseHook reads a batch of delivery reports, or a reply. A line that makes no
// sense is left out as long as another does. See alerts.Hook for its errors.
func (s *Sender) ParseHook(r *http.Request, body []byte) ([]alerts.Event, string, []byte, error) {
	what, err := s.guard.Open(r)
	if err != nil {
		return nil, "", nil, fmt.Errorf("read tencent webhook: %w", err)
	}
	bad := func(why string) ([]alerts.Event, string, []byte, error) {
		return nil, "", nil, fmt.Errorf("read tencent webhook: %s: %w", why, alerts.ErrMalformed)
	}
	var read func(row) (alerts.Event, bool)
	switch what {
	case "report":
		read = delivery
	case "reply":
		read = s.reply
	default:
		return bad("the path ends in neither report nor reply")
	}
	switch {
	case r.Method != http.MethodPost:
		return bad("method is not POST")
	case len(body) > alerts.MaxHookBody:
		return bad(fmt.Sprintf("body is over %d bytes", alerts.MaxHookBody))
	}
	lines := []json.RawMessage{body} // a reply comes alone, reports in a list
	if t := bytes.TrimSpace(body); len(t) > 0 && t[0] == '[' && json.Unmarshal(body, &lines) != nil {
		return bad("body is no list")
	}
	var evs []alerts.Event
	for _, line := range lines {
		var x row
		if json.Unmarshal(line, &x) != nil {
			continue
		}
		if e, ok := read(x); ok {
			e.At = time.Now()
			evs = append(evs, e)
		}
	}
	if len(evs) == 0 && len(lines) > 0 {
		return bad("no line of it makes sense")
	}
	return evs, "application/json", []byte(accepted), nil
}

func delivery(x row) (alerts.Event, bool) {
	if !alerts.IsRef(x.SID) {
		return alerts.Event{}, false
	}
	e := alerts.Event{Ref: x.SID, NoticeID: x.Ext, To: x.e164()}
	switch x.Status {
	case "SUCCESS":
		e.State = alerts.Delivered
	case "FAIL":
		// The codes are the mobile carriers' own, hundreds of them; all say that
		// this message did not arrive.
		e.State, e.Class = alerts.Failed, alerts.Transient
		if alerts.IsRef(x.ErrMsg) {
			e.Code = x.ErrMsg
		}
	default:
		return alerts.Event{}, false
	}
	e.Key = name + "|" + x.SID + "|" + string(e.State)
	return e, true
}

func (s *Sender) reply(x row) (alerts.Event, bool) {
	from := x.e164()
	if from == "" || x.Text == nil {
		return alerts.Event{}, false
	}
	return alerts.Event{Key: s.key(x), From: from, To: x.Extend, Text: *x.Text, Inbound: true}, true
}

// key tells a reply from any other. It has no id, but what Tencent repeats it
// repeats word for word, with the second it was typed in.
func (s *Sender) key(x row) string {
	mac := hmac.New(sha256.New, []byte(s.opt.HookSecret))
	for _, part := range []string{x.Nation, x.Mobile, string(x.Time), x.Sign, x.Extend, *x.Text} {
		fmt.Fprintf(mac, "%d:%s", len(part), part) // a hash never returns an error
	}
	return name + "|in|" + hex.EncodeToString(mac.Sum(nil)[:16])
}

// e164 is the number, "" if it is none.
func (x row) e164() string {
	n := x.Nation + x.Mobile
	if x.Nation == "" || len(n) < 7 || len(n) > 15 || strings.Trim(n, "0123456789") != "" {
		return ""
	}
	return "+" + n
}
