package pages

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"onekeyd/dispatch"
)

// The sentence and the track follow the call, and fall back when whoever accepted does not come.
func TestFamilyFollowsTheCall(t *testing.T) {
	c := open(t, nil)
	is := func(words string, here int) {
		t.Helper()
		r := c.get(c.path(son))
		must(t, r.body, words, "王秀英的求助", "可直接拨打 120", `href="tel:120"`, `href="tel:02161234567"`, `http-equiv="refresh" content="10"`)
		list := regexp.MustCompile(`<li class="([^"]*)"`).FindAllStringSubmatch(r.body, -1)
		if len(list) != 5 {
			t.Fatalf("%d steps", len(list))
		}
		for n, m := range list {
			if (m[1] == "here") != (n == here) || (m[1] == "d") != (n < here) {
				t.Errorf("%s: step %d is %q, the call is at %d", words, n, m[1], here)
			}
		}
	}
	c.press(72*time.Second, "zh")
	is("已通知附近 3 人", 1)
	c.moved(dispatch.FactAccepted, zhang)
	is("社工已接单", 2)
	is("张师傅（社工）预计 4 分钟到达", 2)
	c.moved(dispatch.FactDeclined, zhang)
	is("已通知附近 2 人", 1)
	c.board.apply(t, dispatch.CaseID(wang), theCall, time.Now(), dispatch.Escalated{Ladder: dispatch.LadderCircle, Step: 1})
	is("正在扩大范围找人", 1)
	c.moved(dispatch.FactAccepted, clinic)
	is("朝阳里卫生站预计", 2)
	c.moved(dispatch.FactEnRoute, clinic)
	is("卫生站正在赶来", 2)
	c.places.Move(clinic, home, time.Now())
	is("预计 1 分钟到达", 2)
	c.moved(dispatch.FactOnScene, clinic)
	is("卫生站已到达", 3)
	c.board.apply(t, dispatch.CaseID(wang), theCall, time.Now(), dispatch.Backup{By: string(clinic)}, dispatch.Called{Operator: "李敏", Whom: "ambulance", Outcome: dispatch.CallSpoke})
	is("现场已请求增援", 3)
	is("指挥中心已呼叫 120", 3)
	c.moved(dispatch.FactCleared, clinic)
	is("正在作最后确认", 3)
}

func TestNobodyThere(t *testing.T) {
	c := open(t, nil)
	c.press(time.Minute, "zh")
	for _, r := range []dispatch.ResponderID{zhang, li, clinic} {
		c.moved(dispatch.FactDeclined, r)
	}
	must(t, c.get(c.path(son)).body, "指挥中心正在处理")
	// An arrival that is overdue has no number.
	c = open(t, nil)
	c.press(time.Hour, "zh")
	c.board.apply(t, dispatch.CaseID(wang), theCall, time.Now().Add(-30*time.Minute), dispatch.Moved{What: dispatch.FactEnRoute, Responder: zhang})
	must(t, c.get(c.path(son)).body, "张师傅（社工）应该快到了")
}

func TestFamilyAnswers(t *testing.T) {
	c := open(t, nil)
	c.press(time.Minute, "zh")
	p := c.tap(c.path(son), "accept")
	must(t, p.body, "您已告知：正在赶去")
	if got := buttons(p.body); got != "decline" {
		t.Errorf("buttons %q", got)
	}
	must(t, c.get(c.path(girl)).body, "家属中有 1 人正在赶去")
	mustNot(t, p.body, "家属中有")
	p = c.tap(p.location, "decline")
	must(t, p.body, "您已告知：赶不了")
	mustNot(t, c.get(c.path(girl)).body, "家属中有")
	if got, want := c.desk.last(), (dispatch.Answer{Incident: theCall, Who: son, Verb: dispatch.VerbDecline, Via: "page"}); got != want {
		t.Errorf("the desk was told %+v, want %+v", got, want)
	}
	for _, do := range []string{"arrived", "done assisted", "open", "backup", "", "coming"} {
		if r := c.do("POST", c.path(son), "do="+do); r.status != 400 {
			t.Errorf("a relative says %q: %d", do, r.status)
		}
	}
}

// CONSOLE section 6: in no state and no language does the family's page tell of
// health, the door, the room, places, or anybody's number or full name.
func TestFamilyPageKeepsWhatIsNotTheirs(t *testing.T) {
	coordinates := regexp.MustCompile(`\d{2,3}\.\d{4,}`)
	for _, lang := range languages() {
		for _, state := range dispatch.AssignmentStates() {
			c := open(t, nil)
			c.press(time.Minute, lang)
			c.places.Move(zhang, home, time.Now())
			c.told(state)
			for _, end := range []bool{false, true} {
				if end {
					c.closed(dispatch.Conveyed, 0)
				}
				r := c.get(c.path(son))
				if r.status != 200 {
					t.Fatalf("status %d", r.status)
				}
				mustNot(t, r.body, opened...)
				mustNot(t, r.body, roomNumber, "朝阳里7号楼", hints, zhangPhone, liPhone, "张敏", "李强", "R-zhang", "王磊", "王芳", "E-wang", "D-1", "三级")
				if m := coordinates.FindString(r.body); m != "" {
					t.Errorf("%s %s: coordinates %q", lang, state, m)
				}
				if n := strings.Count(r.body, `href="tel:`); n != 2 {
					t.Errorf("%s %s: %d numbers, want the centre's and 120", lang, state, n)
				}
				for _, other := range []string{girl, string(zhang)} {
					mustNot(t, r.body, strings.TrimLeft(c.path(other), "/rf"))
				}
			}
		}
	}
}
