package aliyun

import (
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

// accepted is the answer Aliyun wants to see (https://help.aliyun.com/document_detail/101867.html).
const accepted = `{"code":0,"msg":"ok"}`

// row is one line of a batch: of SmsReport (https://help.aliyun.com/document_detail/101867.html)
// or of SmsUp (https://help.aliyun.com/zh/sms/developer-reference/smsup-http).
type row struct {
	Phone    string `json:"phone_number"`
	SendTime string `json:"send_time"`

	Success *bool  `json:"success"`
	ErrCode string `json:"err_code"`
	BizID   string `json:"biz_id"`
	OutID   string `json:"out_id"`

	Content  *string         `json:"content"`
	DestCode string          `json:"dest_code"`
	Sequence json.RawMessage `json:"sequence_id"` // a string in the document of today, a number in the one before
}

// ParseHook reads a batch of delivery reports or of replies, or says to a GET
// that we are here. A line that makes no sense is left out as long as another
// does: one odd line must not cost everybody else's answer. See alerts.Hook for
// its errors.
func (s *Sender) ParseHook(r *http.Request, body []byte) ([]alerts.Event, string, []byte, error) {
	what, err := s.guard.Open(r)
	if err != nil {
		return nil, "", nil, fmt.Errorf("read aliyun webhook: %w", err)
	}
	bad := func(why string) ([]alerts.Event, string, []byte, error) {
		return nil, "", nil, fmt.Errorf("read aliyun webhook: %s: %w", why, alerts.ErrMalformed)
	}
	var read func(row) (alerts.Event, bool)
	switch what {
	case "report":
		read = delivery
	case "up":
		read = s.reply
	default:
		return bad("the path ends in neither report nor up")
	}
	switch {
	case r.Method == http.MethodGet:
		return nil, "application/json", []byte(accepted), nil
	case r.Method != http.MethodPost:
		return bad("method is neither GET nor POST")
	case len(body) > alerts.MaxHookBody:
		return bad(fmt.Sprintf("body is over %d bytes", alerts.MaxHookBody))
	}
	var lines []json.RawMessage
	if json.Unmarshal(body, &lines) != nil {
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
		return bad("no line of the list makes sense")
	}
	return evs, "application/json", []byte(accepted), nil
}

func delivery(x row) (alerts.Event, bool) {
	if x.Success == nil || !alerts.IsRef(x.BizID) {
		return alerts.Event{}, false
	}
	e := alerts.Event{Ref: x.BizID, NoticeID: x.OutID, To: e164(x.Phone), State: alerts.Delivered, Key: name + "|" + x.BizID + "|delivered"}
	if !*x.Success {
		if alerts.IsRef(x.ErrCode) {
			e.Code = x.ErrCode
		}
		e.State, e.Class, e.Key = alerts.Failed, classOfDelivery(e.Code), name+"|"+x.BizID+"|failed"
	}
	return e, true
}

func (s *Sender) reply(x row) (alerts.Event, bool) {
	from := e164(x.Phone)
	if from == "" || x.Content == nil {
		return alerts.Event{}, false
	}
	return alerts.Event{Key: s.key(x), From: from, To: x.DestCode, Text: *x.Content, Inbound: true}, true
}

// key tells a reply from any other. It is more than the sequence id: nothing
// says how far that is unique, and an answer taken for another's repetition
// would be lost. What Aliyun repeats, it repeats word for word.
func (s *Sender) key(x row) string {
	mac := hmac.New(sha256.New, []byte(s.opt.HookSecret))
	for _, part := range []string{x.Phone, x.SendTime, *x.Content, string(x.Sequence)} {
		fmt.Fprintf(mac, "%d:%s", len(part), part) // a hash never returns an error
	}
	seq := strings.Trim(string(x.Sequence), `"`)
	if !alerts.IsRef(seq) {
		seq = ""
	}
	return name + "|in|" + seq + "|" + hex.EncodeToString(mac.Sum(nil)[:8])
}

// e164 is a number as Aliyun writes it: 11 digits, or those with +86, 0086 or 86
// before them. "" is anything else.
func e164(phone string) string {
	digits := strings.TrimPrefix(strings.TrimPrefix(phone, "+"), "00")
	if len(digits) > 11 {
		digits = strings.TrimPrefix(digits, "86")
	}
	if len(digits) < 7 || len(digits) > 12 || strings.Trim(digits, "0123456789") != "" {
		return ""
	}
	return china + digits
}
