package downlink

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"onekeyd/dispatch"
)

func coming(who string, minutes int) dispatch.Assurance {
	return dispatch.Assurance{Stage: dispatch.StageComing, Comfort: dispatch.ComfortComing, About: dispatch.SOS, Who: who, Role: dispatch.Worker, Minutes: minutes}
}

func TestWords(t *testing.T) {
	in := func(language string, a dispatch.Assurance) dispatch.Assurance { a.Language = language; return a }
	arrived := dispatch.Assurance{Stage: dispatch.StageArrived, Comfort: dispatch.ComfortArrived, Who: "张敏", Role: dispatch.Worker}
	unnamed := arrived
	unnamed.Who, unnamed.Role = "", "unheard of"
	for _, c := range []struct {
		a         dispatch.Assurance
		text, who string
		language  string
	}{
		{dispatch.Assurance{Stage: dispatch.StageReceived, Comfort: dispatch.ComfortReceived, About: dispatch.Fall}, "已收到您的求助，正在安排人员。", "", "zh"},
		{dispatch.Assurance{Stage: dispatch.StageReceived, Comfort: dispatch.ComfortReceived, About: dispatch.Service}, "已收到您的服务需求，正在安排人员。", "", "zh"},
		{coming("张敏", 3), "张敏正在赶来，约3分钟。请不要着急。", "张敏", "zh"},
		{coming("张敏", 0), "张敏正在赶来，请不要着急。", "张敏", "zh"},
		{in("en-GB", coming("Zhang Min", 3)), "Zhang Min is on the way, about 3 minutes.", "Zhang Min", "en"},
		{in("EN", coming("Zhang Min", 1)), "Zhang Min is on the way, about a minute.", "Zhang Min", "en"},
		{in("yue", coming("张敏", 1)), "张敏正在赶来，约1分钟。请不要着急。", "张敏", "zh"},
		{coming("张敏 13800001111", 3), "社区工作人员正在赶来，约3分钟。请不要着急。", "社区工作人员", "zh"},
		{in("en", coming(strings.Repeat("Abdurehim ", 4), 3)), "A community worker is on the way, about 3 minutes.", "A community worker", "en"},
		{arrived, "张敏已到，请放心。", "张敏", "zh"},
		{unnamed, "救助人员已到，请放心。", "救助人员", "zh"},
		{dispatch.Assurance{Stage: dispatch.StageEnded, Comfort: dispatch.ComfortEnded, Who: "张敏", About: dispatch.SOS}, "本次求助已结束。还需要帮助，请再按一次。", "", "zh"},
	} {
		text, who, language := words(c.a)
		if text != c.text || who != c.who || language != c.language {
			t.Errorf("%+v:\n%q %q %s, want\n%q %q %s", c.a, text, who, language, c.text, c.who, c.language)
		}
	}
}

// Whatever there is to say has a text in each language that a pendant can speak:
// short, filled in, and without anything like a telephone number.
func TestEveryTextIsShortAndWhole(t *testing.T) {
	number := regexp.MustCompile(`\d{4}`)
	seen := 0
	for _, language := range []string{"zh", "en"} {
		for _, comfort := range []dispatch.Comfort{
			dispatch.ComfortReceived, dispatch.ComfortDesk, dispatch.ComfortAsking, dispatch.ComfortCentre, dispatch.ComfortAnother,
			dispatch.ComfortComing, dispatch.ComfortArrived, dispatch.ComfortVisited, dispatch.ComfortEnded, dispatch.ComfortTested,
		} {
			for _, about := range []dispatch.Kind{dispatch.SOS, dispatch.Fall, dispatch.Inactivity, dispatch.Service, dispatch.Cancel, dispatch.Test} {
				for _, role := range append(dispatch.ResponderKinds(), "") {
					for _, who := range []string{"", "张敏", "Abdurehim Abdukerim", "+8613800001111", strings.Repeat("长", 100)} {
						for _, minutes := range []int{0, 1, 3, 999} {
							stage := dispatch.StageDispatching
							if comfort == dispatch.ComfortComing {
								stage = dispatch.StageComing
							}
							text, _, _ := words(dispatch.Assurance{Stage: stage, Comfort: comfort, About: about, Who: who, Role: role, Minutes: minutes, Language: language})
							if n := utf8.RuneCountInString(text); n < 5 || n > maxText || strings.ContainsAny(text, "${}") || number.MatchString(text) {
								t.Errorf("%s %s: %q has %d characters", language, comfort, text, n)
							}
							seen++
						}
					}
				}
			}
		}
	}
	if seen < 10_000 {
		t.Errorf("only %d texts were tried", seen)
	}
}
