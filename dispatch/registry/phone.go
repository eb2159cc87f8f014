package registry

import (
	"errors"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// phones normalises numbers to E.164 in one goroutine.
//
// The library takes 12 µs a number, half a minute for a large import. Whether
// a mobile number is assigned depends on its leading digits and length only,
// so the answer for those is remembered; a test compares with the library.
type phones struct {
	region string // ISO 3166 country of numbers written without one
	known  map[string]bool
}

func newPhones(region string) *phones {
	return &phones{region: region, known: map[string]bool{}}
}

// normal gives the E.164 form of s, or says what is wrong with s.
func (p *phones) normal(s string) (string, error) {
	e164, prefix := p.plain(s)
	if prefix == 0 {
		return p.parse(s)
	}
	ok, seen := p.known[e164[:prefix]]
	if !seen {
		_, err := p.parse(s)
		ok = err == nil
		p.known[strings.Clone(e164[:prefix])] = ok
	}
	if !ok {
		return p.parse(s)
	}
	return e164, nil
}

// plain recognises the forms most numbers of a file have, and says how many
// leading characters decide whether it is assigned; 0 is another form.
func (p *phones) plain(s string) (e164 string, prefix int) {
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

func (p *phones) parse(s string) (string, error) {
	n, err := phonenumbers.Parse(s, p.region)
	switch {
	case err != nil:
		return "", errors.New("is not a telephone number")
	case n.GetExtension() != "":
		return "", errors.New("has an extension, which neither an SMS nor a call can reach")
	case !phonenumbers.IsValidNumber(n):
		return "", errors.New("is not an assigned telephone number of " + regionOf(n, p.region))
	}
	return phonenumbers.Format(n, phonenumbers.E164), nil
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
