package downlink

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"onekeyd/dispatch"
)

// maxText bounds a text, in characters: more is sub-packaged by JT/T 808
// pendants, badly, and more than an elder in fear takes in.
const maxText = 60

// language is a table of texts. In them ${who} is a person, ${min} minutes and
// ${what} what the press was for.
type language struct {
	code  string
	texts map[dispatch.Comfort]string
	// coming with a number of minutes; one minute is its own sentence where grammar wants it.
	inOne, inMany string
	what          map[dispatch.Kind]string
	help          string // what every other kind is
	kinds         map[dispatch.ResponderKind]string
	somebody      string // of a kind nobody knows
}

func chinese() language {
	return language{
		code: "zh",
		texts: map[dispatch.Comfort]string{
			dispatch.ComfortReceived: "已收到您的${what}，正在安排人员。",
			dispatch.ComfortDesk:     "您的${what}已转到值班中心，请不要着急。",
			dispatch.ComfortAsking:   "已通知附近的人员，请不要着急。",
			dispatch.ComfortCentre:   "值班中心已接到您的${what}，请不要着急。",
			dispatch.ComfortAnother:  "原来的人员来不了，正在另外安排，请不要着急。",
			dispatch.ComfortComing:   "${who}正在赶来，请不要着急。",
			dispatch.ComfortArrived:  "${who}已到，请放心。",
			dispatch.ComfortVisited:  "来过的人员已离开。还需要帮助，请再按一次。",
			dispatch.ComfortEnded:    "本次${what}已结束。还需要帮助，请再按一次。",
			dispatch.ComfortTested:   "测试信号已收到。",
		},
		inOne: "${who}正在赶来，约1分钟。请不要着急。", inMany: "${who}正在赶来，约${min}分钟。请不要着急。",
		what: map[dispatch.Kind]string{dispatch.Service: "服务需求", dispatch.Cancel: "取消"}, help: "求助",
		kinds: map[dispatch.ResponderKind]string{
			dispatch.Worker: "社区工作人员", dispatch.GridLeader: "网格员", dispatch.Volunteer: "志愿者", dispatch.Doctor: "医生",
			dispatch.Clinic: "卫生站人员", dispatch.Hospital: "医院人员", dispatch.Police: "民警", dispatch.Provider: "服务人员",
		},
		somebody: "救助人员",
	}
}

func english() language {
	return language{
		code: "en",
		texts: map[dispatch.Comfort]string{
			dispatch.ComfortReceived: "Your ${what} is received. We are finding someone.",
			dispatch.ComfortDesk:     "Your ${what} has gone to the centre. Stay calm.",
			dispatch.ComfortAsking:   "People nearby have been told. Please stay calm.",
			dispatch.ComfortCentre:   "The centre has your ${what}. Please stay calm.",
			dispatch.ComfortAnother:  "The first helper cannot come. We are finding another.",
			dispatch.ComfortComing:   "${who} is on the way. Please stay calm.",
			dispatch.ComfortArrived:  "${who} has arrived.",
			dispatch.ComfortVisited:  "Your visitor has left. Press again if you need help.",
			dispatch.ComfortEnded:    "Your ${what} has ended. Press again if you need help.",
			dispatch.ComfortTested:   "Your test is received.",
		},
		inOne: "${who} is on the way, about a minute.", inMany: "${who} is on the way, about ${min} minutes.",
		what: map[dispatch.Kind]string{dispatch.Service: "request", dispatch.Cancel: "cancellation"}, help: "call for help",
		kinds: map[dispatch.ResponderKind]string{
			dispatch.Worker: "A community worker", dispatch.GridLeader: "A grid leader", dispatch.Volunteer: "A volunteer", dispatch.Doctor: "A doctor",
			dispatch.Clinic: "Somebody from the clinic", dispatch.Hospital: "Somebody from the hospital", dispatch.Police: "A police officer", dispatch.Provider: "The service",
		},
		somebody: "A helper",
	}
}

// words renders an assurance in the elder's language, or in Chinese: a text in
// the wrong language beats none. who is empty where nobody is spoken of.
func words(a dispatch.Assurance) (text, who, code string) {
	l := chinese()
	if strings.HasPrefix(strings.ToLower(a.Language), "en") {
		l = english()
	}
	if a.Stage != dispatch.StageComing && a.Comfort != dispatch.ComfortArrived {
		return l.text(a, ""), "", l.code
	}
	who = l.name(a)
	if text = l.text(a, who); utf8.RuneCountInString(text) > maxText {
		who = l.kind(a.Role)
		text = l.text(a, who)
	}
	return text, who, l.code
}

func (l language) text(a dispatch.Assurance, who string) string {
	t := l.texts[a.Comfort]
	if a.Comfort == dispatch.ComfortComing {
		switch {
		case a.Minutes == 1:
			t = l.inOne
		case a.Minutes > 1:
			t = l.inMany
		}
	}
	what, ok := l.what[a.About]
	if !ok {
		what = l.help
	}
	return strings.NewReplacer("${who}", who, "${min}", strconv.Itoa(a.Minutes), "${what}", what).Replace(t)
}

// name is how a responder is spoken of. A name with digits in it may hold a
// telephone number, which is nobody's to hear.
func (l language) name(a dispatch.Assurance) string {
	if a.Who == "" || strings.ContainsFunc(a.Who, func(r rune) bool { return unicode.IsDigit(r) || unicode.IsControl(r) }) {
		return l.kind(a.Role)
	}
	return a.Who
}

func (l language) kind(k dispatch.ResponderKind) string {
	if word, ok := l.kinds[k]; ok {
		return word
	}
	return l.somebody
}
