package approved

import (
	"errors"
	"fmt"
	"slices"

	"onekeyd/alerts"
	"onekeyd/alerts/sms"
)

// ErrNoTemplate is returned for a kind that has no template in any language.
// A variable without a value gives an error wrapping [sms.ErrUnfilled].
var ErrNoTemplate = errors.New("no approved template")

// Style says how a carrier takes variables.
type Style string

// Named variables are Aliyun's, positional ones Tencent's.
const (
	Named      Style = "named"
	Positional Style = "positional"
)

// Var is one variable with its value. Name is "" in a positional template.
type Var struct{ Name, Value string }

// Filled is a template ready to be sent. Vars are in the order of the template,
// named ones by name.
type Filled struct {
	Code string
	Vars []Var
}

// Table is a carrier's templates by kind and language.
type Table struct {
	byKey map[key]template
	kinds []string // of the text table
}

type key struct{ kind, lang string }

type template struct {
	code string
	vars []variable
}

type variable struct {
	name  string
	value sms.Pattern
	// tail: where the value is too long its end is kept. A Chinese address goes
	// from the city to the door, and the responder needs the door.
	tail bool
}

// required are the kinds that call people to the door: without them the carrier
// is of no use, and a daemon that found out at the first press would be too late.
func required() []alerts.Kind { return []alerts.Kind{alerts.ResponderAlert, alerts.FamilyAlert} }

// Missing are the kinds of the text table that this carrier cannot send, in order.
func (t *Table) Missing() []string {
	return slices.DeleteFunc(slices.Clone(t.kinds), func(kind string) bool {
		_, ok := t.byKey[key{kind, sms.DefaultLang}]
		return ok
	})
}

// Fill gives the template of a kind with its values, none longer than most
// runes (0: no limit). lang is a tag as in a notice; a language without a
// template of the kind falls back to Chinese, as the text table does.
func (t *Table) Fill(kind, lang string, params map[string]string, most int) (Filled, error) {
	lang = sms.BaseLang(lang)
	if _, ok := t.byKey[key{kind, lang}]; !ok {
		lang = sms.DefaultLang
	}
	long, ok := t.byKey[key{kind, lang}]
	if !ok {
		return Filled{}, fmt.Errorf("fill %s/%s: %w", kind, lang, ErrNoTemplate)
	}
	f, err := long.fill(params, most)
	if err == nil {
		return f, nil
	}
	if short, ok := t.byKey[key{kind + sms.MinSuffix, lang}]; ok {
		if f, shortErr := short.fill(params, most); shortErr == nil {
			return f, nil
		}
	}
	return Filled{}, fmt.Errorf("fill %s/%s: %w", kind, lang, err)
}

func (t template) fill(params map[string]string, most int) (Filled, error) {
	f := Filled{Code: t.code, Vars: make([]Var, len(t.vars))}
	for n, v := range t.vars {
		value, err := v.value.Fill(params)
		if err != nil {
			return Filled{}, err
		}
		if value = clip(plain(value), most, v.tail); value == "" {
			return Filled{}, fmt.Errorf("variable %s: %w", v.label(n), sms.ErrUnfilled)
		}
		f.Vars[n] = Var{Name: v.name, Value: value}
	}
	return f, nil
}

func (v variable) label(n int) string {
	if v.name == "" {
		return fmt.Sprint(n + 1)
	}
	return v.name
}
