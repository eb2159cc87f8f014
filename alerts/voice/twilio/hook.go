package twilio

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"onekeyd/alerts"
	"onekeyd/alerts/twilioapi"
	"onekeyd/alerts/voice"
)

// maxAttempts is how often a call asks for a key: one that nobody taught, or
// whose storing failed, is asked for again.
const maxAttempts = 3

// question is what a call has asked. It travels in the address that the key
// comes to, which Twilio's signature covers, so that whichever daemon gets it
// can go on.
type question struct {
	notice  string
	kind    alerts.Kind
	lang    string
	attempt int // from 1
}

func (s *Sender) action(q question) string {
	v := url.Values{"d": {q.notice}, "k": {string(q.kind)}, "l": {q.lang}, "n": {strconv.Itoa(q.attempt)}}
	return s.client.Hook("/voice?" + v.Encode())
}

func questionOf(r *http.Request) question {
	v := r.URL.Query()
	q := question{notice: v.Get("d"), kind: alerts.Kind(v.Get("k")), lang: voice.Lang(v.Get("l"))}
	q.attempt, _ = strconv.Atoi(v.Get("n")) // none is the first
	q.attempt = min(max(q.attempt, 1), maxAttempts)
	return q
}

// ParseHook reads what a call reports: its progress, or a pressed key. It
// answers only requests signed with our token for our account; see alerts.Hook
// for its errors. Event.Key is the same for the same report however often it
// comes, and holds no number. A key that no answer of this call was taught is
// answered by asking again, and is no event: 9 would be a call for backup.
func (s *Sender) ParseHook(r *http.Request, body []byte) ([]alerts.Event, string, []byte, error) {
	form, err := s.client.Verify(r, body)
	if err != nil {
		return nil, "", nil, fmt.Errorf("read webhook of a call: %w", err)
	}
	ev := alerts.Event{Ref: form.One("CallSid"), NoticeID: r.URL.Query().Get("d"), From: form.One("From"), To: form.One("To"), At: time.Now()}
	status, digits := form.One("CallStatus"), form.One("Digits")
	code, sip := number(form.One("ErrorCode")), number(form.One("SipResponseCode"))
	switch {
	case form.Doubled():
		return nil, "", nil, fmt.Errorf("read webhook of a call with two values for one field: %w", alerts.ErrMalformed)
	case !twilioapi.IsRef(ev.Ref):
		return nil, "", nil, fmt.Errorf("read webhook without a call sid: %w", alerts.ErrMalformed)
	case form.Has("Digits"):
		return s.key(questionOf(r), ev, digits)
	case status == "":
		return nil, "", nil, fmt.Errorf("read webhook of a call that is neither progress nor a key: %w", alerts.ErrMalformed)
	}
	ev.State, ev.Key = stateOf(status), name+"|"+ev.Ref+"|"+status
	if ev.State == alerts.Failed {
		ev.Class, ev.Code = classOfEnd(status, code, sip), endCode(status, code, sip)
	}
	return []alerts.Event{ev}, "", nil, nil
}

func (s *Sender) key(q question, ev alerts.Event, digits string) ([]alerts.Event, string, []byte, error) {
	if len(digits) != 1 || !strings.Contains(voice.Taught(q.kind), digits) {
		return nil, contentType, s.again(q, voice.WrongKey, voice.NoKey), nil
	}
	// The number that was called is the person's.
	ev.Inbound, ev.State, ev.Text, ev.From, ev.To = true, alerts.Delivered, digits, ev.To, ev.From
	ev.Key = name + "|in|" + ev.Ref + "|" + strconv.Itoa(q.attempt)
	return []alerts.Event{ev}, contentType, s.bye(q, s.words.Became(q.kind, alerts.BecameNoted, q.lang)), nil
}

const contentType = "text/xml"

// Answer says what a key came to, and asks for it again if nobody knows of it.
func (s *Sender) Answer(r *http.Request, _ alerts.Event, b alerts.Became) (string, []byte) {
	q := questionOf(r)
	if b == alerts.BecameUnstored {
		return contentType, s.again(q, voice.Fixed(b), voice.Lost)
	}
	return contentType, s.bye(q, s.words.Became(q.kind, b, q.lang))
}

// again says why and asks once more; without a key, or without an attempt left,
// it ends with last.
func (s *Sender) again(q question, why, last voice.Fixed) []byte {
	if q.attempt >= maxAttempts {
		return s.bye(q, s.words.Say(last, q.lang))
	}
	q.attempt++
	script := voice.Script{Lang: q.lang}
	words := script.Join(s.words.Say(why, q.lang), s.words.Keys(q.kind, q.lang))
	return encode(ask(s.action(q), "", speak(q.lang, words)), speak(q.lang, s.words.Say(last, q.lang)), hangup{})
}

func (s *Sender) bye(q question, words string) []byte {
	return encode(speak(q.lang, words), hangup{})
}

// endCode is why a call is over without a key, for the desk and for review.
func endCode(status string, code, sip int) string {
	switch {
	case status == "completed":
		return "no-key"
	case status == "canceled":
		return "stopped" // by us; dispatch's word for what nobody wants any more
	case code != 0:
		return status + " " + strconv.Itoa(code)
	case sip != 0 && status == "failed":
		return "failed sip " + strconv.Itoa(sip)
	}
	return status
}

// number is a code in a form, 0 for none.
func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 {
		return 0
	}
	return n
}
