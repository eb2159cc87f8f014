package pages

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"onekeyd/dispatch"
	"onekeyd/geo"
)

// words is one language's dictionary. Codes are stored, text is made here;
// names and addresses are never translated.
type words map[string]string

// t is the text of a key, its {placeholders} filled from pairs of name and value.
func (w words) t(key string, pairs ...any) string {
	s, ok := w[key]
	if !ok {
		return key // a code of a later build is better than nothing
	}
	for n := 0; n+1 < len(pairs); n += 2 {
		s = strings.ReplaceAll(s, "{"+fmt.Sprint(pairs[n])+"}", fmt.Sprint(pairs[n+1]))
	}
	return s
}

// The languages; the domain stores them as zh and en, or longer.
const chinese, english = "zh", "en"

func languages() []string { return []string{chinese, english} }

// spoken is the language of the pages that a tag such as zh-CN names, or "".
func spoken(tag string) string {
	tag = strings.ToLower(strings.TrimSpace(tag))
	for _, l := range languages() {
		if tag == l || strings.HasPrefix(tag, l+"-") || strings.HasPrefix(tag, l+"_") {
			return l
		}
	}
	return ""
}

// language is the person's own as the directory has it, else the first of the
// browser's that we speak, else the centre's. Weights are not read: browsers
// send the preferred one first.
func (p *Pages) language(own string, r *http.Request) string {
	if l := spoken(own); l != "" {
		return l
	}
	for part := range strings.SplitSeq(r.Header.Get("Accept-Language"), ",") {
		tag, _, _ := strings.Cut(part, ";")
		if l := spoken(tag); l != "" {
			return l
		}
	}
	return p.opt.Language
}

// metres is a distance to two digits: the base position is no better.
func (w words) metres(d geo.Metres) string {
	if d < 1000 {
		return w.t("metres", "n", int(d/10+0.5)*10)
	}
	return w.t("kilometres", "n", strconv.FormatFloat(float64(d)/1000, 'f', 1, 64))
}

// minutes are whole ones, at least one.
func minutes(d time.Duration) int { return max(1, int((d+time.Minute-1)/time.Minute)) }

// who is a responder as families are told: a short form, since the full name and
// number of whoever helps are theirs. Houses have names that everybody knows.
func (w words) who(o dispatch.Offer) string {
	kind := w.t("who." + string(o.Kind))
	switch o.Kind {
	case dispatch.Clinic, dispatch.Hospital, dispatch.Police, dispatch.Provider:
		if o.Name != "" {
			return o.Name
		}
		return kind
	}
	name := surname(o.Name)
	switch {
	case name == "":
		return kind
	case o.Kind == dispatch.Doctor:
		return w.t("who.short.doctor", "name", name)
	}
	return w.t("who.short", "name", name, "kind", kind)
}

// surname is the family name of a Chinese name, else the first word.
func surname(name string) string {
	name = strings.TrimSpace(name)
	r := []rune(name)
	if len(r) == 0 {
		return ""
	}
	if r[0] < 0x2E80 { // not CJK
		first, _, _ := strings.Cut(name, " ")
		return first
	}
	if len(r) > 2 && strings.Contains(doubles, string(r[:2])) {
		return string(r[:2])
	}
	return string(r[:1])
}

// doubles are the family names of two characters that are still common.
const doubles = "欧阳 上官 司马 诸葛 夏侯 皇甫 尉迟 公孙 慕容 令狐 司徒 长孙 东方 南宫 端木 申屠 闻人 澹台 宇文 轩辕"

// end is how a call ended, in plain words.
func (w words) end(d dispatch.Disposition) string {
	if _, known := w["end."+string(d)]; !known {
		d = dispatch.OtherEnd
	}
	return w.t("end." + string(d))
}

// kind is what a press asks for; one we do not know is a call for help.
func (w words) kind(k dispatch.Kind) string {
	if _, known := w["kind."+string(k)]; !known {
		k = dispatch.SOS
	}
	return w.t("kind." + string(k))
}
