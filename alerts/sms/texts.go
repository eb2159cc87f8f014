package sms

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// DefaultLang is used for a language the table does not have: this is a Chinese
// district's daemon, and a text in the wrong language beats none.
const DefaultLang = "zh"

// MinSuffix marks the short form of a kind.
const MinSuffix = "_min"

// ErrUnknownKind is returned for a kind the table does not have, ErrUnfilled
// when a variable the text cannot do without has no value.
var (
	ErrUnknownKind = errors.New("no such kind in the text table")
	ErrUnfilled    = errors.New("variable has no value")
)

//go:embed texts.json
var embedded []byte

// Signatures replace the table's own, which name the service in front of every
// text; "" keeps the table's. Chinese carriers require the registered name in
// 【】 and count it.
type Signatures struct {
	Zh, En string
}

// Texts is a table of texts by kind and language, immutable.
type Texts struct {
	byKey map[key]Pattern
}

type key struct{ kind, lang string }

// table is texts.json. A text's variables are ${name}; a part in [ ] is left out
// when one of its variables is absent or empty.
type table struct {
	Signature map[string]string            `json:"signature"`
	Typical   map[string]map[string]string `json:"typical"`
	Longest   map[string]map[string]string `json:"longest"`
	Texts     []struct {
		Kind string `json:"kind"`
		To   string `json:"to"`
		Lang string `json:"lang"`
		Text string `json:"text"`
	} `json:"texts"`
}

// Load reads the embedded table.
func Load(sig Signatures) (*Texts, error) { return parse(embedded, sig) }

func parse(raw []byte, sig Signatures) (*Texts, error) {
	var tab table
	if err := json.Unmarshal(raw, &tab); err != nil {
		return nil, fmt.Errorf("read text table: %w", err)
	}
	if tab.Signature == nil {
		tab.Signature = map[string]string{}
	}
	if sig.Zh != "" {
		tab.Signature["zh"] = sig.Zh
	}
	if sig.En != "" {
		tab.Signature["en"] = sig.En
	}
	t := &Texts{byKey: make(map[key]Pattern, len(tab.Texts))}
	for _, x := range tab.Texts {
		k := key{x.Kind, x.Lang}
		if _, twice := t.byKey[k]; twice {
			return nil, fmt.Errorf("read text table: %s/%s is there twice", x.Kind, x.Lang)
		}
		tpl, err := compile(tab.Signature[x.Lang], x.Text)
		if err != nil {
			return nil, fmt.Errorf("read text table: %s/%s: %w", x.Kind, x.Lang, err)
		}
		t.byKey[k] = tpl
	}
	return t, nil
}

// Render gives the text of kind in lang ("zh", "en", or a tag such as "en-GB";
// anything else is DefaultLang), signature included.
//
// The short form kind+"_min", where the table has one, is taken when it saves an
// SMS, or when a variable that only the long form needs is empty: an alert
// without a name is better than none. Where neither can be filled the error
// wraps ErrUnfilled and names the variable; a kind that is not in the table
// gives ErrUnknownKind.
func (t *Texts) Render(kind, lang string, params map[string]string) (string, error) {
	lang = t.lang(kind, lang)
	long, ok := t.byKey[key{kind, lang}]
	if !ok {
		return "", fmt.Errorf("render %s/%s: %w", kind, lang, ErrUnknownKind)
	}
	text, err := long.Fill(params)
	parts := 0
	if err == nil {
		if _, _, parts = Segments(text); parts == 1 {
			return text, nil
		}
	}
	if short, ok := t.byKey[key{kind + MinSuffix, lang}]; ok {
		if s, shortErr := short.Fill(params); shortErr == nil {
			if _, _, n := Segments(s); err != nil || n < parts {
				return s, nil
			}
		}
	}
	if err != nil {
		return "", fmt.Errorf("render %s/%s: %w", kind, lang, err)
	}
	return text, nil
}

// Kinds are the kinds of the table in order, without the short forms.
func (t *Texts) Kinds() []string {
	var kinds []string
	for k := range t.byKey {
		if k.lang == DefaultLang && !strings.HasSuffix(k.kind, MinSuffix) {
			kinds = append(kinds, k.kind)
		}
	}
	slices.Sort(kinds)
	return kinds
}

// Params are the names of all variables in the table, in order.
func (t *Texts) Params() []string {
	var names []string
	for _, p := range t.byKey {
		names = append(names, p.Params()...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// BaseLang is the language of a tag such as "zh-Hans-CN" or "EN_us": "zh", "en".
func BaseLang(lang string) string {
	base, _, _ := strings.Cut(strings.ToLower(lang), "-")
	base, _, _ = strings.Cut(base, "_")
	return base
}

func (t *Texts) lang(kind, lang string) string {
	base := BaseLang(lang)
	if _, ok := t.byKey[key{kind, base}]; ok {
		return base
	}
	return DefaultLang
}
