package sms

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
)

// template is a text cut into pieces once, so that a value is never searched for
// variables: an address that holds "${code}" stays what it is.
type template struct {
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

func compile(signature, text string) (template, error) {
	t := template{pieces: []piece{{literal: signature}}}
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
				return template{}, errSyntax
			}
			t.pieces = append(t.pieces, piece{name: name, group: cur})
			text = rest
		default:
			return template{}, errSyntax
		}
	}
	if open || group >= 64 { // fill keeps the parts to leave out in one word
		return template{}, errSyntax
	}
	return t, nil
}

func (t template) fill(params map[string]string) (string, error) {
	// Groups are few; a bit set by number is enough to know which to leave out.
	var out uint64
	for _, p := range t.pieces {
		if p.name == "" || clean(params[p.name]) != "" {
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
			b.WriteString(clean(params[p.name]))
		default:
			b.WriteString(p.literal)
		}
	}
	return b.String(), nil
}

// clean makes a value fit for one line of an SMS: white space and control
// characters become single spaces, and the brackets that mark a signature become
// round ones, since a carrier takes a second 【】 for forgery.
func clean(s string) string {
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
