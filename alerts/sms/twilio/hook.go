package twilio

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"onekeyd/alerts"
	"onekeyd/alerts/twilioapi"
)

// ParseHook reads a status callback or an inbound message, whichever path it
// came to. It answers only requests signed with our token for our account; see
// alerts.Hook for its errors. Event.Key is the same for the same report however
// often it comes, and holds no number.
func (s *Sender) ParseHook(r *http.Request, body []byte) ([]alerts.Event, string, []byte, error) {
	form, err := s.client.Verify(r, body)
	if err != nil {
		return nil, "", nil, fmt.Errorf("read twilio webhook: %w", err)
	}
	ev := alerts.Event{Ref: form.One("MessageSid"), From: form.One("From"), To: form.One("To"), At: time.Now()}
	if ev.Ref == "" {
		ev.Ref = form.One("SmsSid")
	}
	status := form.One("MessageStatus")
	switch {
	case form.Doubled():
		return nil, "", nil, fmt.Errorf("read twilio webhook with two values for one field: %w", alerts.ErrMalformed)
	case !twilioapi.IsRef(ev.Ref):
		return nil, "", nil, fmt.Errorf("read twilio webhook without a message sid: %w", alerts.ErrMalformed)
	case status != "":
		return s.status(ev, status, form, r.URL.Query().Get("d"))
	case form.Has("Body"):
		ev.Inbound, ev.Text, ev.Key = true, form.One("Body"), name+"|in|"+ev.Ref
		if form.Doubled() {
			return nil, "", nil, fmt.Errorf("read twilio webhook with two bodies: %w", alerts.ErrMalformed)
		}
		return []alerts.Event{ev}, "text/xml", []byte("<Response/>"), nil
	}
	return nil, "", nil, fmt.Errorf("read twilio webhook that is neither status nor message: %w", alerts.ErrMalformed)
}

func (s *Sender) status(ev alerts.Event, status string, form twilioapi.Form, noticeID string) ([]alerts.Event, string, []byte, error) {
	ev.State, ev.NoticeID, ev.Key = stateOf(status), noticeID, statusKey(ev.Ref, status)
	code, _ := strconv.Atoi(form.One("ErrorCode"))
	if code != 0 {
		ev.Code = strconv.Itoa(code)
	}
	if ev.State == alerts.Failed {
		ev.Class = classOfDelivery(code)
	}
	return []alerts.Event{ev}, "", nil, nil
}

func statusKey(ref, status string) string { return name + "|" + ref + "|" + status }

// stateOf maps Twilio's message status. There is no callback for the first one
// (https://www.twilio.com/docs/messaging/guides/outbound-message-status).
func stateOf(status string) alerts.State {
	switch status {
	case "accepted", "scheduled", "queued", "sending":
		return alerts.Handed
	case "sent", "partially_delivered":
		return alerts.Sent
	case "delivered", "read":
		return alerts.Delivered
	case "undelivered", "failed", "canceled":
		return alerts.Failed
	}
	return ""
}
