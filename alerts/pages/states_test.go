package pages

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"onekeyd/dispatch"
)

// told brings zhang's assignment into a state, as the facts of a real call would.
func (c *centre) told(state dispatch.AssignmentState) {
	c.t.Helper()
	for _, f := range map[dispatch.AssignmentState][]dispatch.FactType{
		dispatch.Offered:       nil,
		dispatch.Accepted:      {dispatch.FactAccepted},
		dispatch.EnRoute:       {dispatch.FactAccepted, dispatch.FactEnRoute},
		dispatch.OnScene:       {dispatch.FactAccepted, dispatch.FactEnRoute, dispatch.FactOnScene},
		dispatch.Cleared:       {dispatch.FactAccepted, dispatch.FactOnScene, dispatch.FactCleared},
		dispatch.Declined:      {dispatch.FactDeclined},
		dispatch.Lapsed:        {dispatch.FactLapsed},
		dispatch.Undeliverable: {dispatch.FactUndeliverable},
		dispatch.StoodDown:     {dispatch.FactStoodDown},
	}[state] {
		c.moved(f, zhang)
	}
}

// What only who goes there may see, and what only after a POST.
var theirs = []string{roomNumber + "<", elderName}

var opened = []string{doorCode[:9], allergy, sonPhone, girlPhone, wangPhone}

func buttons(page string) string {
	var list []string
	for _, m := range regexp.MustCompile(`name="do" value="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		list = append(list, m[1])
	}
	return strings.Join(list, ", ")
}

func TestEachStateOfAResponder(t *testing.T) {
	for _, tc := range []struct {
		state   dispatch.AssignmentState
		words   string
		buttons string
		bound   bool
		sketch  bool
	}{
		{dispatch.Offered, "紧急求助", "accept, decline", false, true},
		{dispatch.Undeliverable, "紧急求助", "accept, decline", false, true}, // the page shows that they were reached after all
		{dispatch.Lapsed, "紧急求助", "accept, decline", false, true},        // late is welcome
		{dispatch.Accepted, "您已接单", "open, backup, decline, en_route, arrived", true, true},
		{dispatch.EnRoute, "您在路上", "open, backup, decline, arrived", true, true},
		{dispatch.OnScene, "您已到场", "open, backup, done assisted, done conveyed, done false_alarm, done other", true, false},
		{dispatch.Cleared, "您已处理完", "", false, false},
		{dispatch.Declined, "您去不了", "accept", false, false},
		{dispatch.StoodDown, "您无需前往", "accept", false, false}, // nobody goes any more
	} {
		t.Run(string(tc.state), func(t *testing.T) {
			c := open(t, nil)
			c.press(72*time.Second, "zh")
			c.told(tc.state)
			r := c.get(c.path(string(zhang)))
			if r.status != 200 {
				t.Fatalf("status %d", r.status)
			}
			must(t, r.body, tc.words, `href="tel:02161234567"`, `lang="zh-CN"`)
			if got := buttons(r.body); got != tc.buttons {
				t.Errorf("buttons %q, want %q", got, tc.buttons)
			}
			if got := strings.Contains(r.body, "<figure"); got != tc.sketch {
				t.Errorf("sketch %v, want %v", got, tc.sketch)
			}
			for _, s := range theirs {
				if got := strings.Contains(r.body, s); got != tc.bound {
					t.Errorf("shows %q: %v, want %v", s, got, tc.bound)
				}
			}
			mustNot(t, r.body, opened...)
			mustNot(t, r.body, liPhone, zhangPhone, "李强", "R-li")
			if tc.state != dispatch.Offered && !tc.bound && !strings.Contains(tc.buttons, "decline") {
				mustNot(t, r.body, "朝阳里7号楼", hints) // no longer theirs
			}
		})
	}
}

func TestReleasedAndStoodDownAreTold(t *testing.T) {
	c := open(t, nil)
	c.press(time.Minute, "zh")
	c.moved(dispatch.FactAccepted, zhang)
	c.moved(dispatch.FactLapsed, zhang)
	r := c.get(c.path(string(zhang)))
	must(t, r.body, "已另请他人", "请点下面")
	if got := buttons(r.body); got != "accept" {
		t.Errorf("buttons %q", got)
	}
	c.moved(dispatch.FactAccepted, li)
	c.moved(dispatch.FactStoodDown, clinic)
	r = c.get(c.path(string(clinic)))
	must(t, r.body, "您无需前往", "谢谢")
	if got := buttons(r.body); got != "" {
		t.Errorf("somebody goes, and one who need not is offered %q", got)
	}
}

// The whole way without a script, and what is on record of it.
func TestWithoutJavaScript(t *testing.T) {
	c := open(t, nil)
	c.press(72*time.Second, "zh")
	path := c.path(string(zhang))
	p := c.tap(path, "accept")
	must(t, p.body, append(append([]string{"您已接单"}, theirs...), opened...)...)
	must(t, p.body, "https://uri.amap.com/navigation?", "https://api.map.baidu.com/marker?", "geo:31.230400,121.473700", "https://maps.apple.com/?daddr=31.230400,121.473700")
	mustNot(t, regexp.MustCompile(`href="(https|geo)[^"]*"`).FindAllString(p.body, -1)[0], roomNumber, "%E7%8E%8B") // vendors learn neither door nor name
	mustNot(t, c.get(path).body, opened...)                                                                         // the plain link, which a scanner has, shows no more than before
	for _, step := range []struct{ button, words string }{{"en_route", "您在路上"}, {"arrived", "您已到场"}} {
		p = c.tap(p.location, step.button)
		must(t, p.body, append([]string{step.words}, opened...)...) // nobody looks for a button at the door
	}
	p = c.tap(p.location, "backup")
	must(t, p.body, "已请求增援 1 次")
	p = c.tap(p.location, "done conveyed")
	must(t, p.body, "您已处理完", "送医")
	mustNot(t, p.body, append(theirs, opened...)...)
	if got, want := c.desk.last(), (dispatch.Answer{Incident: theCall, Who: string(zhang), Verb: dispatch.VerbDone, Outcome: dispatch.Conveyed, Via: "page"}); got != want {
		t.Errorf("the desk was told %+v, want %+v", got, want)
	}
	if len(c.desk.revealed) != 2 {
		t.Errorf("on record as shown: %v, want access note and medical data once", c.desk.revealed)
	}
	if strings.Contains(c.log.String(), strings.TrimPrefix(path, ResponderPath)) || strings.Contains(c.log.String(), doorCode) {
		t.Errorf("a token or a door code is in the log: %s", c.log)
	}
}

// Accepted by SMS: the page gives the rest out on demand, on record once.
func TestOpenedByHand(t *testing.T) {
	c := open(t, nil)
	c.press(time.Minute, "zh")
	c.moved(dispatch.FactAccepted, zhang)
	p := c.tap(c.path(string(zhang)), "open")
	must(t, p.body, opened...)
	c.tap(c.path(string(zhang)), "open")
	if len(c.desk.revealed) != 2 {
		t.Errorf("on record: %v", c.desk.revealed)
	}
	// The mark is of one person and call: another's opens nothing, and it ends with the acceptance.
	mark := p.location[strings.IndexByte(p.location, '?'):]
	c.moved(dispatch.FactAccepted, li)
	mustNot(t, c.get(c.path(string(li))+mark).body, opened...)
	c.moved(dispatch.FactStoodDown, zhang)
	mustNot(t, c.get(p.location).body, append(theirs, opened...)...)
	if r := c.do("POST", c.path(string(zhang)), "do=open"); r.status != 303 || strings.Contains(r.location, openedParam+"=") {
		t.Errorf("opened by one who does not go: %d %s", r.status, r.location)
	}
}

// Somebody at the door is let in, whatever the journal does.
func TestDoorOpensThoughTheJournalIsDown(t *testing.T) {
	c := open(t, nil)
	c.press(time.Minute, "zh")
	c.moved(dispatch.FactAccepted, zhang)
	c.desk.fail = fmt.Errorf("no quorum")
	p := c.tap(c.path(string(zhang)), "open")
	must(t, p.body, opened...)
	must(t, c.log.String(), "level=ERROR", "not in the journal")
}

func TestServicesAreNotToldOfHealth(t *testing.T) {
	c := open(t, nil)
	inc := *c.press(time.Minute, "zh")
	inc.Kind = dispatch.Service
	c.board.cases[dispatch.CaseID(wang)] = &inc
	p := c.tap(c.path(string(zhang)), "accept")
	must(t, p.body, doorCode[:9])
	mustNot(t, p.body, allergy, "呼吸")
	if len(c.desk.revealed) != 1 {
		t.Errorf("on record: %v", c.desk.revealed)
	}
	if got := buttons(c.tap(p.location, "arrived").body); got != "backup, done served, done other" {
		t.Errorf("buttons %q", got)
	}
}

func TestAfterTheEnd(t *testing.T) {
	for _, tc := range []struct {
		how  dispatch.Disposition
		want string
	}{{dispatch.Assisted, "老人已得到帮助"}, {dispatch.Conveyed, "已送往医院"}, {dispatch.FalseAlarm, "是误按"}, {"of a later build", "详情请问指挥中心"}} {
		c := open(t, nil)
		c.press(time.Hour, "zh")
		c.moved(dispatch.FactAccepted, zhang)
		c.moved(dispatch.FactOnScene, zhang)
		c.closed(tc.how, 0)
		p := c.get(c.path(string(zhang)))
		must(t, p.body, "求助已结束", tc.want, "谢谢您到场帮忙")
		must(t, c.get(c.path(string(li))).body, tc.want, "您不用再去")
		f := c.get(c.path(son))
		must(t, f.body, "求助已结束", tc.want, "朝阳街道指挥中心", `href="tel:02161234567"`)
		for _, page := range []string{p.body, f.body} {
			if got := buttons(page); got != "" {
				t.Errorf("buttons %q on a closed call", got)
			}
			mustNot(t, page, opened...)
			mustNot(t, page, roomNumber, hints)
		}
		if r := c.do("POST", c.path(string(zhang)), "do=accept"); r.status != 303 || len(c.desk.answers) != 0 {
			t.Errorf("an answer after the end: %d, %v", r.status, c.desk.answers)
		}
	}
}
