package pages

import (
	"html/template"
	"net/url"
	"regexp"
	"strings"

	"onekeyd/dispatch"
	"onekeyd/geo"
)

// What marks the door in an address. A number alone stands at the end, behind
// the building: 幸福里3号楼2单元401, 朝阳里7-2-1202室, 12层1202; a house number
// keeps its 号. With a word it may stand anywhere: Rm 401, Apt. 5b.
type doors struct{ last, worded *regexp.Regexp }

func newDoors() doors {
	return doors{
		last:   regexp.MustCompile(`[\s,，、-]*(?:第?\d{1,2}\s*[层楼]\s*)?[A-Za-z]?\d{2,5}[A-Za-z]?\s*(?:号?[室房户]|室)?\s*(?:[（(][^）)]*[）)])?\s*$`),
		worded: regexp.MustCompile(`(?i)[\s,，、]*(?:\b(?:room|rm|apartment|apt|flat|suite|ste)\b\.?\s*(?:no\.?\s*)?#?|#)\s*[0-9a-z]+(?:-[0-9a-z]+)*`),
	}
}

// split parts an address into what everybody may see from the street, and the
// door. Where nothing looks like a door, all of it is the building.
func (d doors) split(address string) (building, door string) {
	address = strings.TrimSpace(address)
	for _, re := range []*regexp.Regexp{d.worded, d.last} {
		at := re.FindStringIndex(address)
		if at == nil {
			continue
		}
		building = strings.TrimSpace(address[:at[0]] + address[at[1]:])
		if strings.Trim(building, " ,，") == "" {
			return address, ""
		}
		return building, strings.Trim(address[at[0]:at[1]], " ,，、-")
	}
	return address, ""
}

// mapLink leads to a map of the telephone or of a vendor. Vendors learn the
// building, as a map of theirs shows it; not the door, and not who lives there.
type mapLink struct {
	Key  string // of its name in the dictionary
	Href template.URL
}

// mapLinks are made here, since the datums differ: inside China the vendors'
// maps are up to 700 m off WGS-84. What the telephone's own map does there is
// not known (CONSOLE section 4), so it is offered last.
func mapLinks(at geo.Point, building string) []mapLink {
	gcj, err := geo.GCJ02.FromWGS84(at)
	if err != nil {
		return nil
	}
	lat := func(p geo.Point) string { return strings.Split(p.String(), ",")[0] }
	lon := func(p geo.Point) string { return strings.Split(p.String(), ",")[1] }
	name := url.QueryEscape(strings.NewReplacer(",", " ", "|", " ").Replace(building)) // AMap parts its argument at commas
	name = strings.ReplaceAll(name, "+", "%20")
	if name == "" {
		name = "SOS"
	}
	// Each is built of escaped text and numbers, so it may pass the filter of
	// schemes, which knows no geo:.
	return []mapLink{
		{"map.amap", template.URL("https://uri.amap.com/navigation?to=" + lon(gcj) + "," + lat(gcj) + "," + name + "&mode=walk&src=onekeyd&callnative=1")},
		{"map.baidu", template.URL("https://api.map.baidu.com/marker?location=" + lat(gcj) + "," + lon(gcj) + "&title=" + name + "&content=" + name + "&coord_type=gcj02&output=html&src=webapp.onekeyd.r")},
		{"map.geo", template.URL("geo:" + at.String() + "?q=" + at.String() + "(" + name + ")")},
		{"map.apple", template.URL("https://maps.apple.com/?daddr=" + at.String() + "&dirflg=w")},
	}
}

// tel is the address that dials a number, or "" if there is nothing to dial.
func tel(number string) template.URL {
	digits := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r == '+' {
			return r
		}
		return -1
	}, number)
	if digits == "" {
		return ""
	}
	return template.URL("tel:" + digits)
}

// known is where the home is, if anybody knows: a home without coordinates has none.
func known(p *dispatch.Premises) (geo.Point, bool) {
	if p == nil || p.Point.Plausible() != nil {
		return geo.Point{}, false
	}
	return p.Point, true
}
