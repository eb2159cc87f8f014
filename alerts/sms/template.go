package sms

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// Pattern is a text with variables ${name} and optional parts in [ ], cut into
// pieces once, so that a value is never searched for variables: an address that
// holds "${code}" stays what it is.
type Pattern struct {
	pieces []piece
}

// piece is a literal, or the variable name. Pieces of one optional part share a
// group number above 0.
type piece struct {
	literal string
	name    string
	group   int
}

var errSyntax = errors.New("brackets or variables do not match up")

// ParsePattern reads a text as the text table has them: a part in [ ] is left
// out when one of its variables has no value.
func ParsePattern(text string) (Pattern, error) { return compile("", text) }

// Params are the names of the variables, each once, in the order of the text.
func (t Pattern) Params() []string {
	var names []string
	for _, p := range t.pieces {
		if p.name != "" && !slices.Contains(names, p.name) {
			names = append(names, p.name)
		}
	}
	return names
}

func compile(signature, text string) (Pattern, error) {
	t := Pattern{pieces: []piece{{literal: signature}}}
	group, open := 0, false
	for text != "" {
		at := strings.IndexAny(text, "[]$")
		if at < 0 {
			at = len(text)
		}
		cur := 0
		if open {
			cur = group
		}
		if at > 0 {
			t.pieces = append(t.pieces, piece{literal: text[:at], group: cur})
			text = text[at:]
			continue
		}
		switch {
		case text[0] == '[' && !open:
			group, open, text = group+1, true, text[1:]
		case text[0] == ']' && open:
			open, text = false, text[1:]
		case strings.HasPrefix(text, "${"):
			name, rest, ok := strings.Cut(text[2:], "}")
			if !ok || name == "" {
				return Pattern{}, errSyntax
			}
			t.pieces = append(t.pieces, piece{name: name, group: cur})
			text = rest
		default:
			return Pattern{}, errSyntax
		}
	}
	if open || group >= 64 { // fill keeps the parts to leave out in one word
		return Pattern{}, errSyntax
	}
	return t, nil
}

// Fill gives the text with its values, each made fit for one line by [Clean]. A
// variable outside the optional parts that has no value is an error wrapping
// [ErrUnfilled] that names it.
func (t Pattern) Fill(params map[string]string) (string, error) {
	// Groups are few; a bit set by number is enough to know which to leave out.
	var out uint64
	for _, p := range t.pieces {
		if p.name == "" || Clean(params[p.name]) != "" {
			continue
		}
		if p.group == 0 {
			return "", fmt.Errorf("%s: %w", p.name, ErrUnfilled)
		}
		out |= 1 << p.group
	}
	var b strings.Builder
	b.Grow(256)
	for _, p := range t.pieces {
		switch {
		case p.group > 0 && out&(1<<p.group) != 0:
		case p.name != "":
			b.WriteString(Clean(params[p.name]))
		default:
			b.WriteString(p.literal)
		}
	}
	return b.String(), nil
}

// Clean makes a value fit for one line of an SMS: white space and control
// characters become single spaces, and the brackets that mark a signature become
// round ones, since a carrier takes a second 【】 for forgery.
func Clean(s string) string {
	if !strings.ContainsFunc(s, unclean) {
		return s
	}
	fields := strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) })
	return strings.Map(func(r rune) rune {
		switch r {
		case '【':
			return '（'
		case '】':
			return '）'
		}
		return r
	}, strings.Join(fields, " "))
}

func unclean(r rune) bool {
	return r == '【' || r == '】' || unicode.IsSpace(r) || unicode.IsControl(r)
}
