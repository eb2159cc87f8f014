package twiliosim

import (
	"encoding/json"
	"strconv"
	"time"
)

// callResource is the call as Twilio's API shows it.
func (s *Sim) callResource(c Call, wait time.Duration) []byte {
	uri := "/2010-04-01/Accounts/" + s.opt.AccountSID + "/Calls/" + c.SID
	r := callResource{
		AccountSID: s.opt.AccountSID, APIVersion: "2010-04-01", DateCreated: rfc2822(c.Received), DateUpdated: rfc2822(c.Received), Direction: "outbound-api",
		From: c.From, FromFormatted: c.From, SID: c.SID, Status: c.Status, To: c.To, ToFormatted: c.To, URI: uri + ".json",
		QueueTime: strconv.FormatInt(wait.Milliseconds(), 10), PriceUnit: "USD", StartTime: rfc2822(c.Answered), EndTime: rfc2822(c.Ended),
		Subresources: map[string]string{"recordings": uri + "/Recordings.json"},
	}
	if c.Status == "initiated" { // an event, and no status of the resource
		r.Status = "queued"
	}
	if !c.Ended.IsZero() {
		duration := strconv.Itoa(seconds(c))
		r.Duration, r.DateUpdated = &duration, r.EndTime
	}
	raw, err := json.Marshal(r)
	if err != nil {
		panic(err) // strings and a map of strings always marshal
	}
	return raw
}

func rfc2822(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	s := t.UTC().Format(time.RFC1123Z)
	return &s
}

type callResource struct {
	AccountSID    string            `json:"account_sid"`
	AnsweredBy    *string           `json:"answered_by"`
	APIVersion    string            `json:"api_version"`
	DateCreated   *string           `json:"date_created"`
	DateUpdated   *string           `json:"date_updated"`
	Direction     string            `json:"direction"`
	Duration      *string           `json:"duration"`
	EndTime       *string           `json:"end_time"`
	From          string            `json:"from"`
	FromFormatted string            `json:"from_formatted"`
	ParentCallSID *string           `json:"parent_call_sid"`
	Price         *string           `json:"price"`
	PriceUnit     string            `json:"price_unit"`
	QueueTime     string            `json:"queue_time"`
	SID           string            `json:"sid"`
	StartTime     *string           `json:"start_time"`
	Status        string            `json:"status"`
	Subresources  map[string]string `json:"subresource_uris"`
	To            string            `json:"to"`
	ToFormatted   string            `json:"to_formatted"`
	URI           string            `json:"uri"`
}
