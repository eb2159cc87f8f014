// Package phone reads telephone numbers as people write them and gives E.164.
//
// Promise: the same text gives the same number or the same refusal wherever it
// stands, in an import, a plan or a setting. No number is looked up anywhere,
// and none is kept but the leading digits that decide about all after them.
package phone

import (
	"errors"
	"strings"
	"unicode"

	"github.com/nyaruka/phonenumbers"
)

// Parser normalises numbers to E.164 in one goroutine.
//
// It refuses what cannot be a number of its country. A number that can be one
// but is in no range the library knows as assigned is taken and told of: the
// tables of a library are older than the newest range, and an import is all
// or nothing, so a refusal would lock out everybody for one new number.
//
// The library takes 12 µs a number, half a minute for a large import. For a
// mobile number its answer depends on the leading digits and the length only,
// so the answer for those is remembered; a test compares with the library.
type Parser struct {
	region string // ISO 3166 country of numbers written without one
	known  map[string]verdict
}

// verdict is what the library says of every number with one beginning.
type verdict struct {
	ok         bool   // possible, and E.164 is what plain makes of it
	unassigned string // region, if none of the assigned ranges holds it
}

// New makes a parser. region is the ISO 3166 country of numbers that are
// written without one; "ZZ", which is no country, refuses those.
func New(region string) *Parser {
	return &Parser{region: region, known: map[string]verdict{}}
}

// E164 gives the E.164 form of s, or says what is wrong with s, for words after
// the name of a field and without the number. unassigned is the region whose
// known ranges do not hold it, or empty.
func (p *Parser) E164(s string) (e164, unassigned string, err error) {
	e164, prefix := p.plain(s)
	if prefix == 0 {
		return p.parse(s)
	}
	v, seen := p.known[e164[:prefix]]
	if !seen {
		parsed, unassigned, err := p.parse(s)
		v = verdict{ok: err == nil && parsed == e164, unassigned: unassigned}
		p.known[strings.Clone(e164[:prefix])] = v
	}
	if !v.ok {
		return p.parse(s)
	}
	return e164, v.unassigned, nil
}

// plain recognises the forms most numbers of a file have, and says how many
// leading characters decide whether it is assigned; 0 is another form.
func (p *Parser) plain(s string) (e164 string, prefix int) {
	for i := range len(s) {
		if (s[i] < '0' || s[i] > '9') && (i > 0 || s[i] != '+') {
			return "", 0
		}
	}
	switch {
	case len(s) == 14 && strings.HasPrefix(s, "+861"): // mobile, mainland China
		return s, 9
	case len(s) == 11 && s[0] == '1' && p.region == "CN":
		return "+86" + s, 9
	case len(s) == 12 && strings.HasPrefix(s, "+852"): // Hong Kong
		return s, 8
	case len(s) == 12 && strings.HasPrefix(s, "+1"): // North America
		return s, 8
	}
	return "", 0
}

func (p *Parser) parse(s string) (e164, unassigned string, err error) {
	n, err := phonenumbers.Parse(s, p.region)
	if err != nil {
		return "", "", errors.New("is not a telephone number")
	}
	if n.GetExtension() != "" {
		return "", "", errors.New("has an extension, which neither an SMS nor a call can reach")
	}
	// The library would read letters as the keys they stand on.
	if strings.ContainsFunc(strings.TrimPrefix(s, "tel:"), unicode.IsLetter) {
		return "", "", errors.New("is not a telephone number: it has letters")
	}
	e164 = phonenumbers.Format(n, phonenumbers.E164)
	if phonenumbers.IsValidNumber(n) {
		return e164, "", nil
	}
	region := regionOf(n, p.region)
	switch {
	case phonenumbers.IsValidShortNumber(n):
		return "", "", errors.New("is a short code of " + region + ", which a call from elsewhere cannot reach")
	case phonenumbers.IsPossibleNumberWithReason(n) != phonenumbers.IS_POSSIBLE, !possibleInChina(e164):
		return "", "", errors.New("is not a possible telephone number of " + region + ": it has too few or too many digits")
	}
	return e164, region, nil
}

// possibleInChina is true for other countries. The library calls any 7 to 12
// digits possible, so it would take a mobile number that lost some. By the
// numbering plan of +86 (ITU national numbering plan, China) a mobile number is
// 1, 3 to 9, and 9 more; a fixed one is 10 or 11 digits with its area code.
// Shorter ones, such as 400 and 95 services, are left to the known ranges.
func possibleInChina(e164 string) bool {
	national, here := strings.CutPrefix(e164, "+86")
	switch {
	case !here:
		return true
	case national[0] == '1' && national[1] != '0': // 10 is Beijing
		return len(national) == 11 && national[1] >= '3'
	}
	return len(national) == 10 || len(national) == 11
}

func regionOf(n *phonenumbers.PhoneNumber, fallback string) string {
	if r := phonenumbers.GetRegionCodeForNumber(n); r != "" {
		return r
	}
	if r := phonenumbers.GetRegionCodeForCountryCode(int(n.GetCountryCode())); r != "" {
		return r
	}
	return fallback
}
