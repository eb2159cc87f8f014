package twilio

import (
	"encoding/xml"

	"onekeyd/alerts/voice"
)

// The verbs of TwiML that calls use (https://www.twilio.com/docs/voice/twiml).
// The library's own encoder is not used: it cannot write an empty finishOnKey,
// and the order of its attributes is random.

type response struct {
	XMLName xml.Name `xml:"Response"`
	Verbs   []any
}

type say struct {
	XMLName  xml.Name `xml:"Say"`
	Language string   `xml:"language,attr"`
	Voice    string   `xml:"voice,attr"`
	Text     string   `xml:",chardata"`
}

type gather struct {
	XMLName   xml.Name `xml:"Gather"`
	Action    string   `xml:"action,attr"`
	Method    string   `xml:"method,attr"`
	NumDigits int      `xml:"numDigits,attr"`
	Timeout   int      `xml:"timeout,attr"`     // seconds without a key, after the last word
	Finish    string   `xml:"finishOnKey,attr"` // "": no key is taken away from the answers
	Verbs     []any
}

type pause struct {
	XMLName xml.Name `xml:"Pause"`
	Length  int      `xml:"length,attr"` // seconds
}

type hangup struct {
	XMLName xml.Name `xml:"Hangup"`
}

const (
	// breath is how long a person gets to bring the phone to the ear, in seconds.
	breath = 1
	// thinking is how long a person gets after the last word, in seconds.
	thinking = 6
	// repeats is how often the message is said.
	repeats = 3
	// maxDocument is the longest inline document in characters, from the
	// description of Twiml in Twilio's OpenAPI.
	maxDocument = 4000
	repeatKey   = "9"
)

func encode(verbs ...any) []byte {
	raw, err := xml.Marshal(response{Verbs: verbs})
	if err != nil {
		panic(err) // strings and numbers in fixed structs always marshal
	}
	return append([]byte(xml.Header), raw...)
}

// speak says text in the language of a call. The voices are Amazon Polly's as
// Twilio names them (https://www.twilio.com/docs/voice/twiml/say/text-speech).
func speak(lang, text string) say {
	if lang == "en" {
		return say{Language: "en-US", Voice: "Polly.Joanna", Text: text}
	}
	return say{Language: "cmn-CN", Voice: "Polly.Zhiyu", Text: text}
}

func ask(action, finish string, words say) gather {
	return gather{Action: action, Method: "POST", NumDigits: 1, Timeout: thinking, Finish: finish, Verbs: []any{words}}
}

// document is what a call says: the message with its keys, times over, each but
// the last with the key that repeats it.
func document(s voice.Script, action, nobody string, times int) []byte {
	verbs := []any{pause{Length: breath}}
	for range times - 1 {
		verbs = append(verbs, ask(action, repeatKey, speak(s.Lang, s.Join(s.Message, s.Keys, s.Again))))
	}
	verbs = append(verbs, ask(action, "", speak(s.Lang, s.Join(s.Message, s.Keys))), speak(s.Lang, nobody), hangup{})
	return encode(verbs...)
}
