package twilio

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"onekeyd/alerts"
	"onekeyd/alerts/twilioapi"
	"onekeyd/alerts/voice"
)

const (
	testSID   = "AC00000000000000000000000000000001"
	testToken = "test-token-5f3a"
)

func testSender(t testing.TB, hookURL string) *Sender {
	t.Helper()
	s, err := New(Options{Account: twilioapi.Account{AccountSID: testSID, AuthToken: testToken, HookURL: hookURL}, From: "+15005550006"})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// What Twilio's documentation of the verbs allows, as far as we use it: the
// verbs that may stand within each, and its attributes.
var (
	allowedWithin = map[string][]string{"": {"Response"}, "Response": {"Say", "Pause", "Gather", "Hangup"}, "Gather": {"Say", "Pause"}}
	allowedOn     = map[string][]string{"Say": {"language", "voice"}, "Pause": {"length"}, "Gather": {"action", "method", "numDigits", "timeout", "finishOnKey"}}
)

// allowed walks a document and gives what Twilio would not take, and its words.
func allowed(doc []byte) (words string, faults []error) {
	if !bytes.HasPrefix(doc, []byte(xml.Header)) {
		faults = append(faults, errors.New("no XML declaration"))
	}
	open := []string{""}
	for dec := xml.NewDecoder(bytes.NewReader(doc)); ; {
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return words, faults
		}
		if err != nil {
			return words, append(faults, err)
		}
		switch e := tok.(type) {
		case xml.StartElement:
			n, top := e.Name.Local, open[len(open)-1]
			if !slices.Contains(allowedWithin[top], n) {
				faults = append(faults, fmt.Errorf("%s stands in %q", n, top))
			}
			for _, a := range e.Attr {
				if !slices.Contains(allowedOn[n], a.Name.Local) {
					faults = append(faults, fmt.Errorf("%s has an attribute %s", n, a.Name.Local))
				}
			}
			open = append(open, n)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			if top := open[len(open)-1]; top != "Say" && strings.TrimSpace(string(e)) != "" {
				faults = append(faults, fmt.Errorf("%s holds text", top))
			}
			words += string(e)
		}
	}
}

func TestTheTableRefuses(t *testing.T) {
	for why, doc := range map[string]string{
		"attribute": `<Response><Gather timeOut="20"></Gather></Response>`,
		"nesting":   `<Response><Gather><Hangup></Hangup></Gather></Response>`,
		"verb":      `<Response><Speak>x</Speak></Response>`,
		"text":      `<Response>x</Response>`,
		"not XML":   `<Response>`,
	} {
		if _, faults := allowed([]byte(xml.Header + doc)); len(faults) == 0 {
			t.Errorf("%s passes", why)
		}
	}
}

// Every document we can emit, with values that try to break out of it.
func TestEveryDocument(t *testing.T) {
	s := testSender(t, "https://desk.example/hooks/twilio")
	nasty := map[string]string{"code": "37", "addr": `3号楼</Say><Dial>+1900</Dial> & "4" '5' ]]> <!--`, "name": "<王秀兰>", "age": "82", "sex": "女", "hint": "a\x00b\x1fc\ud7ff", "min": "3"}
	docs := map[string][]byte{}
	for _, kind := range []alerts.Kind{alerts.ResponderAlert, alerts.FamilyAlert, alerts.Escalate} {
		for _, lang := range []string{"zh", "en"} {
			doc, err := s.document(alerts.Notice{ID: "i37-c9-1", Kind: kind, Lang: lang, Params: nasty})
			if err != nil {
				t.Fatal(err)
			}
			docs[string(kind)+" "+lang] = []byte(doc)
			for attempt := 1; attempt <= maxAttempts; attempt++ {
				q := question{notice: "i37-c9-1", kind: kind, lang: lang, attempt: attempt}
				r := httptest.NewRequest("POST", s.action(q), nil)
				for _, b := range []alerts.Became{alerts.BecameAccepted, alerts.BecameDeclined, alerts.BecameTaken, alerts.BecameNoted, alerts.BecameOver, alerts.BecameUnstored} {
					contentType, answer := s.Answer(r, alerts.Event{}, b)
					if contentType != "text/xml" {
						t.Errorf("an answer is %s", contentType)
					}
					docs[fmt.Sprintf("%s %s %s %d", kind, lang, b, attempt)] = answer
				}
				docs[fmt.Sprintf("%s %s wrong key %d", kind, lang, attempt)] = s.again(q, voice.WrongKey, voice.NoKey)
			}
		}
	}
	for what, doc := range docs {
		words, faults := allowed(doc)
		if len(faults) > 0 || words == "" {
			t.Errorf("%s: %v\n%s", what, errors.Join(faults...), doc)
		}
	}
	words, _ := allowed(docs["responder_alert zh"])
	if !strings.Contains(words, nasty["addr"]) || strings.Count(words, "<王秀兰>") != repeats {
		t.Errorf("the values are not as they were: %s", words)
	}
}

// The document is part of what people rely on; its shape is written out once.
func TestDocument(t *testing.T) {
	got := string(document(voice.Script{Lang: "en", Message: "Help & go.", Keys: "Press 1.", Again: "Or 9."}, "https://d/voice?d=1&n=1", "Bye.", 2))
	want := xml.Header + `<Response><Pause length="1"></Pause>` +
		`<Gather action="https://d/voice?d=1&amp;n=1" method="POST" numDigits="1" timeout="6" finishOnKey="9"><Say language="en-US" voice="Polly.Joanna">Help &amp; go. Press 1. Or 9.</Say></Gather>` +
		`<Gather action="https://d/voice?d=1&amp;n=1" method="POST" numDigits="1" timeout="6" finishOnKey=""><Say language="en-US" voice="Polly.Joanna">Help &amp; go. Press 1.</Say></Gather>` +
		`<Say language="en-US" voice="Polly.Joanna">Bye.</Say><Hangup></Hangup></Response>`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if zh := string(encode(speak("zh", "好"))); !strings.Contains(zh, `<Say language="cmn-CN" voice="Polly.Zhiyu">好</Say>`) {
		t.Errorf("in Chinese: %s", zh)
	}
}

// Long words are said less often; what does not fit once is refused.
func TestLongWords(t *testing.T) {
	s := testSender(t, "https://desk.example/hooks/twilio")
	n := alerts.Notice{ID: "n1", Kind: alerts.ResponderAlert, Lang: "zh", Params: map[string]string{"code": "37", "addr": "幸福里"}}
	for _, c := range []struct{ length, times int }{{10, 3}, {900, 3}, {1300, 2}, {3000, 1}, {4000, 0}} {
		n.Params["hint"] = strings.Repeat("长", c.length)
		doc, err := s.document(n)
		if got := strings.Count(doc, "<Gather"); got != c.times || (err == nil) != (c.times > 0) {
			t.Errorf("a hint of %d characters is said %d times: %v", c.length, got, err)
		}
		if c.times > 0 && (strings.Count(doc, `finishOnKey="9"`) != c.times-1 || strings.Count(doc, "重听") != c.times-1) {
			t.Errorf("a hint of %d characters: 9 leads nowhere", c.length)
		}
	}
}

func BenchmarkDocument(b *testing.B) {
	s := testSender(b, "https://desk.example/hooks/twilio")
	n := alerts.Notice{ID: "n1", Kind: alerts.ResponderAlert, Lang: "zh", Params: map[string]string{"code": "37", "addr": "幸福里3号楼2单元401", "name": "王秀兰"}}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.document(n); err != nil {
			b.Fatal(err)
		}
	}
}
