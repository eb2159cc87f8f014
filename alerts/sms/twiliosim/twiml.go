package twiliosim

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// The verbs that are simulated, where they may stand, and their attributes
// (https://www.twilio.com/docs/voice/twiml). Twilio knows more; a document with
// anything else is refused here, so that a misspelt name cannot hide.
var (
	within = map[string][]string{
		"":         {"Response"},
		"Response": {"Say", "Pause", "Gather", "Redirect", "Hangup"},
		"Gather":   {"Say", "Pause"},
	}
	attributes = map[string][]string{
		"Say":      {"language", "voice"},
		"Pause":    {"length"},
		"Gather":   {"action", "method", "numDigits", "timeout", "finishOnKey"},
		"Redirect": {"method"},
	}
)

// readTwiml reads a document into the verbs of its Response.
func readTwiml(doc []byte) ([]verb, error) {
	dec := xml.NewDecoder(bytes.NewReader(doc))
	open := []*verb{{}}
	for {
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("read twiml: %w", err)
		}
		top := open[len(open)-1]
		switch t := tok.(type) {
		case xml.StartElement:
			v := verb{name: t.Name.Local, attrs: map[string]string{}}
			if !slices.Contains(within[top.name], v.name) {
				return nil, fmt.Errorf("read twiml: %s stands in %s", v, top)
			}
			for _, a := range t.Attr {
				if !slices.Contains(attributes[v.name], a.Name.Local) {
					return nil, fmt.Errorf("read twiml: %s has an attribute %s", v, a.Name.Local)
				}
				v.attrs[a.Name.Local] = a.Value
			}
			open = append(open, &v)
		case xml.EndElement:
			top.text = strings.TrimSpace(top.text)
			open = open[:len(open)-1]
			open[len(open)-1].kids = append(open[len(open)-1].kids, *top)
		case xml.CharData:
			top.text += string(t)
		}
	}
	if len(open) != 1 || len(open[0].kids) != 1 {
		return nil, errors.New("read twiml: not one Response")
	}
	return open[0].kids[0].kids, nil
}
