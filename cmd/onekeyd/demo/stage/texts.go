package stage

import (
	"regexp"
	"unicode"
)

// want is what a text or a call asks of whoever has it.
type want int

const (
	nothing   want = iota
	answer         // can you go?
	going          // it is yours: go
	finish         // you are there: say when it is done
	outcome        // it is done: how did it end?
	turn           // you need not go
	unasked        // to those above: nobody is on the way
	unheard        // to those above: nobody at the desk has taken it
	forgotten      // to those above: open, and nothing happens
)

// What the texts of package sms and the words of package voice say, in the order
// in which they are looked for. What none matches wants nothing.
var wants = [...]struct {
	want want
	says *regexp.Regexp
}{
	{going, regexp.MustCompile(`由您负责，请立即前往|号由您负责：|is yours\. Go now|is yours:`)},
	{finish, regexp.MustCompile(`已记录您到达|your arrival is noted`)},
	{outcome, regexp.MustCompile(`处理完了吗|结果如何|is it finished|What was it`)},
	{turn, regexp.MustCompile(`请勿前往|无需前往|无需再上门|已转派他人|stand down|need not go|was passed to others`)},
	{unasked, regexp.MustCompile(`无人接单|unaccepted|not been accepted by anyone`)},
	{unheard, regexp.MustCompile(`值班台无人受理|[Nn]obody at the desk`)},
	{forgotten, regexp.MustCompile(`没有新消息|without news`)},
	{answer, regexp.MustCompile(`回复1|[Rr]eply 1`)},
}

func wantOf(words string) want {
	for _, w := range wants {
		if w.says.MatchString(words) {
			return w.want
		}
	}
	return nothing
}

var (
	codeIn = regexp.MustCompile(`(?:求助|服务单|#)([0-9]{2,6})`)
	// codeTyped is the code in an answer; its verbs have one digit.
	codeTyped = regexp.MustCompile(`[0-9]{2,6}`)
	// spokenCode is the incident's code as a call spells it.
	spokenCode = regexp.MustCompile(`(?:求助|服务单|call number |order number )((?:[0-9] )*[0-9])`)
)

// CodeIn is the incident's code in a text, "" for one without.
func CodeIn(body string) string {
	if found := codeIn.FindStringSubmatch(body); found != nil {
		return found[1]
	}
	return ""
}

// chinese reports whether a text is.
func chinese(s string) bool {
	for _, r := range s {
		if unicode.Is(unicode.Han, r) {
			return true
		}
	}
	return false
}

// done is the word that it is done, in the language of the text it answers, and
// in most cases how it ended.
func (d *Dice) done(asked, code string, sure bool) string {
	zh, en := "", ""
	switch c := d.percent(); {
	case c < 15 && !sure:
	case c < 60:
		zh, en = "平安", " SAFE"
	case c < 90:
		zh, en = "误按", " MISTAKE"
	default:
		zh, en = "送医", " HOSPITAL"
	}
	if chinese(asked) {
		return "完成" + code + zh
	}
	return "DONE " + code + en
}
