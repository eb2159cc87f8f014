package twiliosim

import (
	"encoding/json"
	"strconv"
	"time"
	"unicode/utf16"
)

// resource is the message as Twilio's API shows it.
func (s *Sim) resource(m Message) []byte {
	uri := "/2010-04-01/Accounts/" + s.opt.AccountSID + "/Messages/" + m.SID
	r := messageResource{
		AccountSID: s.opt.AccountSID, APIVersion: "2010-04-01", Body: m.Body,
		DateCreated: m.Received.UTC().Format(time.RFC1123Z), Direction: "outbound-api",
		NumMedia: "0", NumSegments: "0", SID: m.SID, Status: m.Status, To: m.To, URI: uri + ".json",
		Subresources: map[string]string{"media": uri + "/Media.json"},
	}
	r.DateUpdated = r.DateCreated
	if m.Inbound {
		r.Direction = "inbound"
	}
	if m.Code != 0 {
		r.ErrorCode = &m.Code
	}
	if m.From != "" {
		r.From = &m.From
	}
	if m.Service != "" {
		r.Service = &m.Service
	} else {
		r.NumSegments = strconv.Itoa(segments(m.Body))
	}
	raw, err := json.Marshal(r)
	if err != nil {
		panic(err) // strings, numbers and a map of strings always marshal
	}
	return raw
}

type messageResource struct {
	AccountSID   string            `json:"account_sid"`
	APIVersion   string            `json:"api_version"`
	Body         string            `json:"body"`
	DateCreated  string            `json:"date_created"`
	DateSent     *string           `json:"date_sent"`
	DateUpdated  string            `json:"date_updated"`
	Direction    string            `json:"direction"`
	ErrorCode    *int              `json:"error_code"`
	ErrorMessage *string           `json:"error_message"`
	From         *string           `json:"from"`
	NumMedia     string            `json:"num_media"`
	NumSegments  string            `json:"num_segments"`
	Price        *string           `json:"price"`
	PriceUnit    *string           `json:"price_unit"`
	Service      *string           `json:"messaging_service_sid"`
	SID          string            `json:"sid"`
	Status       string            `json:"status"`
	Subresources map[string]string `json:"subresource_uris"`
	To           string            `json:"to"`
	URI          string            `json:"uri"`
}

// segments is a carrier's own rough count, kept apart from package sms so that
// neither can hide the other's fault: ASCII counts as GSM-7, the rest as UCS-2.
func segments(body string) int {
	single, part, n := 160, 153, len(body)
	for i := range len(body) {
		if body[i] >= 0x80 {
			single, part, n = 70, 67, len(utf16.Encode([]rune(body)))
			break
		}
	}
	if n <= single {
		return 1
	}
	return (n + part - 1) / part
}

// refuse is an error in Twilio's shape.
func refuse(status, code int, message string) answer {
	raw, err := json.Marshal(struct {
		Code     int    `json:"code"`
		Message  string `json:"message"`
		MoreInfo string `json:"more_info"`
		Status   int    `json:"status"`
	}{code, message, "https://www.twilio.com/docs/errors/" + strconv.Itoa(code), status})
	if err != nil {
		panic(err) // strings and numbers always marshal
	}
	return answer{status: status, body: raw}
}
