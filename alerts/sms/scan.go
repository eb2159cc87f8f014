package sms

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// normalise folds the ways one reply can be typed: full-width and circled
// digits, case, stray bytes. A lone Chinese numeral, which dictation writes,
// becomes its digit.
func normalise(text string) string {
	s := norm.NFKC.String(strings.ToLower(norm.NFKC.String(strings.ToValidUTF8(text, " "))))
	switch strings.TrimFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) }) {
	case "一":
		return "1"
	case "二":
		return "2"
	case "三":
		return "3"
	case "九":
		return "9"
	}
	return s
}

// said is what a reply holds, before it is judged.
type said struct {
	numbers     []string // without quantities, without the same one again
	verb        Verb     // what the words say, Unknown for nothing
	outcome     Outcome  // how it ended, "" if no word says
	other       bool     // words that mean nothing to us
	negated     bool     // words that speak against going
	contradicts bool     // words for two verbs
}

func scan(s string) said {
	out := said{verb: Unknown}
	toks := tokens(s)
	for i, t := range toks {
		if t.number {
			if len(t.text) <= maxCode && !quantity(toks, i) && !slices.Contains(out.numbers, t.text) {
				out.numbers = append(out.numbers, t.text)
			}
			continue
		}
		if i > 0 && toks[i-1].number && unit(t) {
			continue
		}
		word := t.text
		if how, done := doneWith(word); done { // written in one
			word = "done"
			out.ends(how)
		} else if how := wordOutcome(word); how != "" {
			out.ends(how)
			continue
		}
		v, filler := wordVerb(word)
		switch {
		case v != Unknown && out.verb != Unknown && v != out.verb:
			out.contradicts = true
		case v != Unknown:
			out.verb = v
		case !filler:
			out.other = true
		}
		out.negated = out.negated || refuses(t.text)
	}
	if out.outcome != "" && out.verb != Done {
		out.other = true
	}
	return out
}

// ends takes a word for how it ended; two that differ contradict each other.
func (s *said) ends(how Outcome) {
	s.contradicts = s.contradicts || s.outcome != "" && s.outcome != how
	s.outcome = how
}

// token is a run of ASCII digits, of ASCII letters, or of other letters. gap is
// what stands between it and the token before.
type token struct {
	text, gap string
	number    bool
}

func tokens(s string) []token {
	var out []token
	gap, start, class := 0, 0, 0
	emit := func(end int) {
		if class != 0 {
			out = append(out, token{text: s[start:end], gap: s[gap:start], number: class == 1})
			gap = end
		}
	}
	for i, r := range s {
		c := classOf(r)
		if c != class {
			emit(i)
			start, class = i, c
		}
	}
	emit(len(s))
	return out
}

func classOf(r rune) int {
	switch {
	case r >= '0' && r <= '9':
		return 1
	case r >= 'a' && r <= 'z', r == '\'', r == '’':
		return 2
	case unicode.IsLetter(r), unicode.IsMark(r):
		return 3
	}
	return 0
}

// quantity reports whether the number at i counts or tells something rather than
// answers: it has a unit, is part of a time or a decimal, or of a word.
func quantity(toks []token, i int) bool {
	joins := func(gap string) bool { return gap == "." || gap == ":" }
	if i > 0 {
		p := toks[i-1]
		if p.number && joins(toks[i].gap) || !p.number && toks[i].gap == "" && p.text[0] < 0x80 {
			return true
		}
	}
	if i+1 == len(toks) {
		return false
	}
	n := toks[i+1]
	return n.number && joins(n.gap) || !n.number && unit(n)
}

// unit reports whether the word after a number makes it a quantity. Written
// apart, only units of time do: "2 minutes", "2 分钟", but "1 人在路上" is an
// answer.
func unit(t token) bool {
	switch t.text {
	case "m", "min", "mins", "minute", "minutes", "h", "hr", "hrs", "hour", "hours", "s", "sec", "secs", "seconds":
		return strings.TrimSpace(t.gap) == ""
	case "am", "pm", "km", "st", "nd", "rd", "th":
		return t.gap == ""
	}
	if strings.TrimSpace(t.gap) == "" && hasAnyPrefix(t.text, "分", "小时", "秒") {
		return true
	}
	return t.gap == "" && hasAnyPrefix(t.text, "点", "时", "刻", "天", "号楼", "号门", "楼", "栋", "幢", "座",
		"单元", "层", "室", "弄", "米", "公里", "里", "个", "人", "位", "岁", "次", "年", "月", "日")
}

func hasAnyPrefix(s string, prefixes ...string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(s, p) {
			return true
		}
	}
	return false
}
