package registry

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"onekeyd/dispatch"
	"onekeyd/dispatch/phone"
	"onekeyd/geo"
)

// rowParser turns the text fields of one record into the record, wherever the
// fields come from: a row of CSV, the JSON of one record, a record in memory.
// So there is one validation. It looks at one record alone; what the record
// refers to is looked up by references.
type rowParser struct {
	phones *phone.Parser
	now    time.Time
	within *extent
	locate func(geo.Point) (string, bool) // deepest area; nil when there are none
	report func(column, why string)       // called for everything that is wrong
	warn   func(column, why string)       // called for what is taken and looks wrong; nil is nobody
	out    writer
}

// row holds the trimmed fields of one record by column position.
type row [maxColumns]string

// check says what any field of any kind may be: present if required, not
// longer than its limit, UTF-8 without control characters.
func (p *rowParser) check(columns []column, r *row) bool {
	ok := true
	for i, c := range columns {
		s := r[i]
		switch {
		case s == "":
			if c.required {
				p.report(c.name, "is empty")
				ok = false
			}
			continue
		case !utf8.ValidString(s):
			p.report(c.name, notUTF8(s))
			ok = false
			if i > 0 {
				r[i] = "" // said once; what names the row is kept
			}
			continue
		case len(s) > c.most && utf8.RuneCountInString(s) > c.most:
			p.report(c.name, fmt.Sprintf("is longer than %d characters", c.most))
			ok = false
			continue
		}
		if bad, found := controlIn(s, c.most >= noteMost); found {
			p.report(c.name, fmt.Sprintf("holds the control character %U", bad))
			ok = false
		}
	}
	return ok
}

// controlIn finds characters that would break a line, a terminal or the
// direction of the text around a name. Notes may have lines.
func controlIn(s string, lines bool) (rune, bool) {
	for _, r := range s {
		if r >= ' ' && r < 0x7f || r > 0x2fff && r < 0xd800 {
			continue // ASCII and Han without a look in the tables
		}
		if lines && (r == '\n' || r == '\t') {
			continue
		}
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\ufeff' || r == '\u2028' || r == '\u2029' {
			return r, true
		}
	}
	return 0, false
}

func (p *rowParser) elder(r *row) dispatch.Elder {
	e := dispatch.Elder{
		ID:          dispatch.ElderID(p.id("id", r[elderID])),
		Name:        r[elderName],
		Sex:         p.sex("sex", r[elderSex]),
		BirthYear:   p.birthYear("birth_year", r[elderBirthYear]),
		Phone:       p.phone("phone", r[elderPhone]),
		LivingAlone: p.yes("living_alone", r[elderLivingAlone], false),
		Language:    p.language("language", r[elderLanguage]),
		Hints:       r[elderHints],
		Medical:     r[elderMedical],
	}
	e.Premises = dispatch.Premises{
		Address:    r[elderAddress],
		Area:       p.id("area", r[elderArea]),
		Floor:      r[elderFloor],
		AccessNote: r[elderAccessNote],
	}
	point, ok := p.point(r[elderLat], r[elderLon], r[elderDatum])
	e.Premises.Point = point
	if ok && e.Premises.Area == "" && p.locate != nil {
		e.Premises.Area, _ = p.locate(point)
	}
	return e
}

func (p *rowParser) contact(r *row) dispatch.Contact {
	c := dispatch.Contact{
		Elder:    dispatch.ElderID(p.id("elder_id", r[contactElder])),
		Name:     r[contactName],
		Relation: r[contactRelation],
		Phone:    p.phone("phone", r[contactPhone]),
		Language: p.language("language", r[contactLanguage]),
	}
	rank, err := strconv.Atoi(r[contactRank])
	if r[contactRank] != "" && (err != nil || rank < 1 || rank > maxRank) {
		p.report("rank", fmt.Sprintf("%q is not a whole number from 1 to %d", r[contactRank], maxRank))
	}
	c.Rank = rank
	return c
}

// maxRank bounds the contacts of one elder.
const maxRank = 99

func (p *rowParser) device(r *row) dispatch.Device {
	return dispatch.Device{
		ID:       dispatch.DeviceID(p.id("id", r[deviceID])),
		Elder:    dispatch.ElderID(p.id("elder_id", r[deviceElder])),
		Protocol: r[deviceProtocol],
		Phone:    p.phone("phone", r[devicePhone]),
		Model:    r[deviceModel],
	}
}

func (p *rowParser) responder(r *row) dispatch.Responder {
	o := dispatch.Responder{
		ID:           dispatch.ResponderID(p.id("id", r[responderID])),
		Name:         r[responderName],
		Kind:         p.kind("kind", r[responderKind]),
		Phone:        p.phone("phone", r[responderPhone]),
		Areas:        p.areas("areas", r[responderAreas]),
		Language:     p.language("language", r[responderLanguage]),
		Organisation: r[responderOrganisation],
		// Someone whose duty nobody wrote down is asked: we would rather tell someone twice than not at all.
		OnDuty: p.yes("on_duty", r[responderOnDuty], true),
	}
	o.Base, _ = p.point(r[responderLat], r[responderLon], r[responderDatum])
	return o
}

func (p *rowParser) provider(r *row) dispatch.Responder {
	o := dispatch.Responder{
		ID:           dispatch.ResponderID(p.id("id", r[providerID])),
		Name:         r[providerName],
		Kind:         dispatch.Provider,
		Categories:   p.categories("categories", r[providerCategories]),
		Phone:        p.phone("phone", r[providerPhone]),
		Areas:        p.areas("areas", r[providerAreas]),
		Language:     p.language("language", r[providerLanguage]),
		Organisation: r[providerOrganisation],
		OnDuty:       p.yes("on_duty", r[providerOnDuty], true),
	}
	o.Base, _ = p.point(r[providerLat], r[providerLon], r[providerDatum])
	return o
}

func (p *rowParser) id(column, s string) string {
	if s == "" || !utf8.ValidString(s) {
		return s // check has spoken if it must
	}
	if err := dispatch.CheckID(s); err != nil {
		p.report(column, err.Error())
	}
	return s
}

func (p *rowParser) phone(column, s string) string {
	if s == "" {
		return ""
	}
	e164, unassigned, err := p.phones.E164(s)
	switch {
	case err != nil:
		p.report(column, err.Error())
	case unassigned != "" && p.warn != nil:
		p.warn(column, "looks unassigned in "+unassigned)
	}
	return e164
}

func (p *rowParser) sex(column, s string) string {
	switch strings.ToLower(s) {
	case "":
		return ""
	case "f", "female", "女":
		return "f"
	case "m", "male", "男":
		return "m"
	}
	p.report(column, fmt.Sprintf("%q is not f, m or empty", s))
	return ""
}

// oldestAge is a little more than anyone has lived (122 years, Jeanne Calment, 1997).
const oldestAge = 125

func (p *rowParser) birthYear(column, s string) int {
	if s == "" {
		return 0
	}
	year, err := strconv.Atoi(s)
	if last := p.now.Year(); err != nil || year < last-oldestAge || year > last {
		p.report(column, fmt.Sprintf("%q is not a year from %d to %d", s, last-oldestAge, last))
	}
	return year
}

func (p *rowParser) yes(column, s string, empty bool) bool {
	switch strings.ToLower(s) {
	case "":
		return empty
	case "yes", "true", "1", "y", "是":
		return true
	case "no", "false", "0", "n", "否":
		return false
	}
	p.report(column, fmt.Sprintf("%q is not yes or no", s))
	return false
}

func (p *rowParser) language(column, s string) string {
	switch l := strings.ToLower(s); l {
	case "", "zh", "en":
		return l
	}
	p.report(column, fmt.Sprintf("%q is not zh, en or empty", s))
	return ""
}

func (p *rowParser) kind(column, s string) dispatch.ResponderKind {
	if s == "" {
		return ""
	}
	if s == string(dispatch.Provider) {
		p.report(column, `"provider" has a file of its own, providers.csv, which says what they do`)
		return ""
	}
	var names []string
	for _, k := range dispatch.ResponderKinds() {
		if s == string(k) {
			return k
		}
		if k != dispatch.Provider {
			names = append(names, string(k))
		}
	}
	p.report(column, fmt.Sprintf("%q is not one of %s", s, strings.Join(names, ", ")))
	return ""
}

// areas splits a list of codes at ';', '|', ',' or white space. A code named twice counts once.
func (p *rowParser) areas(column, s string) []string {
	var codes []string
	for _, code := range strings.FieldsFunc(s, func(r rune) bool { return separates(r) || unicode.IsSpace(r) }) {
		if err := dispatch.CheckID(code); err != nil {
			p.report(column, fmt.Sprintf("code %q %v", code, err))
			continue
		}
		if !slices.Contains(codes, code) {
			codes = append(codes, code)
		}
	}
	return codes
}

func separates(r rune) bool {
	return r == ';' || r == '|' || r == ',' || r == '；' || r == '，' || r == '、'
}

// categoryMost is the longest word for what a provider does, in characters.
const categoryMost = 40

// categories splits what a provider does at ';', '|' or ','. Words are in lower
// case, so that a press that asks for one finds it however it was written, and
// have no spaces, which would be two words to one and one to another.
func (p *rowParser) categories(column, s string) []string {
	if !utf8.ValidString(s) {
		return nil // check has spoken
	}
	var words []string
	named := s == "" // check has spoken
	for _, word := range strings.FieldsFunc(s, separates) {
		word = strings.ToLower(strings.TrimSpace(word))
		named = named || word != ""
		bad := strings.IndexFunc(word, func(r rune) bool {
			return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) && r != '-' && r != '_'
		})
		switch {
		case word == "" || slices.Contains(words, word):
		case bad >= 0:
			odd, _ := utf8.DecodeRuneInString(word[bad:])
			p.report(column, fmt.Sprintf("%q holds %q; letters, digits, - and _ are allowed, and ; between two", shown(word), odd))
		case utf8.RuneCountInString(word) > categoryMost:
			p.report(column, fmt.Sprintf("%q is longer than %d characters", shown(word), categoryMost))
		default:
			words = append(words, word)
		}
	}
	if !named {
		p.report(column, "names nothing")
	}
	return words
}

// point reads a coordinate and converts it to WGS-84. What is wrong with one
// of the three fields does not keep the others from being looked at.
func (p *rowParser) point(lat, lon, datum string) (geo.Point, bool) {
	ok := lat != "" && lon != "" && datum != "" // check has spoken
	refuse := func(column, why string) {
		p.report(column, why)
		ok = false
	}
	y, latOK := inDegrees(lat)
	x, lonOK := inDegrees(lon)
	if lat != "" && !latOK {
		refuse("lat", fmt.Sprintf("%q is not a number of degrees", lat))
	}
	if lon != "" && !lonOK {
		refuse("lon", fmt.Sprintf("%q is not a number of degrees", lon))
	}
	d := geo.WGS84
	if datum != "" {
		var err error
		if d, err = geo.ParseDatum(datum); err != nil {
			refuse("datum", fmt.Sprintf("%q is not wgs84, gcj02 or bd09", datum))
		}
	}
	at := geo.Point{Lat: y, Lon: x}
	switch {
	case latOK && lonOK:
		p.within.implausible(at, refuse)
	case latOK:
		latitude(y, refuse)
	case lonOK:
		longitude(x, refuse)
	}
	if !ok {
		return geo.Point{}, false
	}
	at, err := d.ToWGS84(at)
	if err != nil {
		p.report("datum", err.Error())
		return geo.Point{}, false
	}
	return rounded(at), true
}

func inDegrees(s string) (float64, bool) {
	f, err := strconv.ParseFloat(s, 64)
	return f, err == nil && !math.IsNaN(f) && !math.IsInf(f, 0)
}
