package voice

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"strings"

	"onekeyd/alerts"
	"onekeyd/alerts/sms"
)

//go:embed words.json
var embedded []byte

// Fixed names a text without variables. What an answer became (alerts.Became)
// is one, too.
type Fixed string

// The fixed texts.
const (
	WrongKey Fixed = "wrong_key"
	NoKey    Fixed = "no_key"
	Lost     Fixed = "lost" // an answer that could not be stored, after all attempts

	greeting Fixed = "greeting"
	again    Fixed = "again"
	inCharge Fixed = "in_charge" // an accepted call, to a supervisor
)

// forSupervisor: whoever is above the responders takes an incident over and does
// not go, so these kinds share their keys.
func forSupervisor(kind alerts.Kind) bool {
	return kind == alerts.Escalate || kind == alerts.DeskCall || kind == alerts.Idle
}

// base is a kind without the mark of its short form, which has the same keys.
func base(kind alerts.Kind) alerts.Kind {
	return alerts.Kind(strings.TrimSuffix(string(kind), sms.MinSuffix))
}

// Taught are the keys that answer a call of this kind, "" for a kind that is
// told by SMS only. 9, which repeats the message, is no answer.
func Taught(kind alerts.Kind) string {
	switch kind = base(kind); {
	case forSupervisor(kind), kind == alerts.Engineer:
		return "1"
	case kind == alerts.ResponderAlert, kind == alerts.FamilyAlert, kind == alerts.ServiceOrder, kind == alerts.Storm:
		return "12"
	}
	return ""
}

// Words is the table of words by language and name, immutable.
type Words struct {
	texts map[string]map[string]sms.Pattern
}

// Load reads the embedded table and makes sure that no call can lack a word.
func Load() (*Words, error) { return read(embedded) }

func read(raw []byte) (*Words, error) {
	var table map[string]map[string]string
	if err := json.Unmarshal(raw, &table); err != nil {
		return nil, fmt.Errorf("read words of calls: %w", err)
	}
	w := &Words{texts: map[string]map[string]sms.Pattern{}}
	for _, lang := range []string{"zh", "en"} {
		w.texts[lang] = map[string]sms.Pattern{}
		for name, text := range table[lang] {
			p, err := sms.ParsePattern(text)
			if err != nil {
				return nil, fmt.Errorf("read words of calls: %s/%s: %w", name, lang, err)
			}
			w.texts[lang][name] = p
		}
		for _, f := range needed() {
			if w.Say(f, lang) == "" {
				return nil, fmt.Errorf("read words of calls: there is no %s/%s", f, lang)
			}
		}
	}
	return w, nil
}

// needed are the texts that may be asked for without a way to say that they are missing.
func needed() []Fixed {
	return []Fixed{
		WrongKey, NoKey, Lost, greeting, again, inCharge, keysOf(alerts.ResponderAlert), keysOf(alerts.FamilyAlert), keysOf(alerts.ServiceOrder),
		keysOf(alerts.Storm), keysOf(alerts.Escalate), keysOf(alerts.Engineer),
		Fixed(alerts.BecameAccepted), Fixed(alerts.BecameDeclined), Fixed(alerts.BecameComing), Fixed(alerts.BecameTaken), Fixed(alerts.BecameNoted),
		Fixed(alerts.BecameOver), Fixed(alerts.BecameUnstored),
	}
}

func keysOf(kind alerts.Kind) Fixed {
	if forSupervisor(kind) {
		return "supervisor_keys"
	}
	return Fixed(base(kind) + "_keys")
}

// Script is what one call says, in one language.
type Script struct {
	Lang    string // "zh" or "en"
	Message string // who calls, what, where, who
	Keys    string // which keys answer it
	Again   string // which key repeats it
}

// Call is the script of a kind. A kind that has no call gives an error wrapping
// sms.ErrUnknownKind, one that lacks a variable sms.ErrUnfilled.
func (w *Words) Call(kind alerts.Kind, lang string, params map[string]string) (Script, error) {
	s := Script{Lang: Lang(lang), Keys: w.Keys(kind, lang), Again: w.Say(again, lang)}
	text, ok := w.texts[s.Lang][string(kind)]
	if !ok || Taught(kind) == "" {
		return Script{}, fmt.Errorf("call of kind %s: %w", kind, sms.ErrUnknownKind)
	}
	spoken := maps.Clone(params)
	if spoken["code"] != "" {
		spoken["code"] = spell(params["code"])
	}
	message, err := text.Fill(spoken)
	if err != nil {
		return Script{}, fmt.Errorf("call of kind %s: %w", kind, err)
	}
	s.Message = s.Join(w.Say(greeting, lang), message)
	return s, nil
}

// Keys says which keys answer a call of this kind, "" for one that has none.
func (w *Words) Keys(kind alerts.Kind, lang string) string { return w.Say(keysOf(kind), lang) }

// Became says what the answer to a call of this kind came to.
func (w *Words) Became(kind alerts.Kind, b alerts.Became, lang string) string {
	switch {
	case b == alerts.BecameAccepted && forSupervisor(kind):
		return w.Say(inCharge, lang)
	case kind == alerts.Engineer && b != alerts.BecameUnstored:
		return w.Say(Fixed(alerts.BecameNoted), lang) // it is about no incident, so it is never over
	}
	return w.Say(Fixed(b), lang)
}

// Say is a fixed text, "" for a name that is none.
func (w *Words) Say(f Fixed, lang string) string {
	text, err := w.texts[Lang(lang)][string(f)].Fill(nil)
	if err != nil {
		return ""
	}
	return text
}

// Lang is the language that a call is held in: English for any English, else
// Chinese, as SMS are.
func Lang(lang string) string {
	if sms.BaseLang(lang) == "en" {
		return "en"
	}
	return sms.DefaultLang
}

// Join puts sentences behind each other as the language writes them.
func (s Script) Join(sentences ...string) string {
	if s.Lang == "en" {
		return strings.Join(sentences, " ")
	}
	return strings.Join(sentences, "")
}

// spell sets a number's digits apart, so that a voice reads them one by one.
func spell(code string) string {
	if strings.Trim(code, "0123456789") != "" {
		return code
	}
	return strings.Join(strings.Split(code, ""), " ")
}
