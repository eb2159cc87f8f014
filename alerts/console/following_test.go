package console

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"onekeyd/dispatch"
)

// live lets the plan act on an incident at some moments after it was raised.
func (s *teller) live(after ...time.Duration) {
	s.t.Helper()
	plan := dispatch.DefaultPlan()
	for _, d := range after {
		at := s.inc.RaisedAt.Add(d)
		step, _ := dispatch.Next(plan, s.inc, dispatch.Look{Now: at, Ways: func(string) []dispatch.Way {
			return []dispatch.Way{{Channel: dispatch.ChannelSMS}, {Channel: dispatch.ChannelVoice, Carrier: "voice"}}
		}, Where: dispatch.NewPlaces(plan, nil).Where})
		facts := step.Facts
		if len(step.Tell) > 0 {
			facts = append(facts, dispatch.Alerted{Alerts: step.Tell})
		}
		if len(facts) > 0 {
			s.tell(at, "plan", facts...)
		}
	}
}

// What the plan does by itself, in the plan's own words, read in both languages:
// no sentence of the daemon is left standing in English on a Chinese screen.
func TestWhatThePlanDoesIsWorded(t *testing.T) {
	c := open(t, nil, nil)
	p := newTab(t, browser(t))
	p.login(c, "李敏")
	at := time.Now().UTC().Add(-20 * time.Minute)
	s := &teller{t: t, id: incident}
	from := call(incident, at)
	s.tell(at, "dispatcher",
		dispatch.Raised{Code: "37", Kind: dispatch.SOS, Urgency: dispatch.Red, Press: from.Presses[0], Elder: "E-1", Name: "王秀英", Premises: from.Premises},
		dispatch.Dispatched{Plan: "default", Asked: true, Offers: from.Offers, Alerts: from.Alerts, PassedOver: from.PassedOver})
	s.live(3*time.Second, 10*time.Second, 15*time.Second, 26*time.Second, time.Minute)
	s.tell(at.Add(70*time.Second), "person R-1", dispatch.Moved{What: dispatch.FactAccepted, Responder: "R-1", Via: "voice"}, dispatch.Alerted{Alerts: []dispatch.Alert{
		{ID: "c1", To: "R-1", Name: "刘洋", Role: dispatch.RoleResponder, Channel: dispatch.ChannelSMS, Kind: "accept_confirm"},
		{ID: "c2", To: "E-1#1", Name: "王磊", Role: dispatch.RoleContact, Channel: dispatch.ChannelSMS, Kind: "family_progress"}}})
	s.tell(at.Add(75*time.Second), "operator 李敏", dispatch.Acknowledged{Operator: "李敏"}, dispatch.Backup{By: "李敏", Via: "desk"})
	s.tell(at.Add(80*time.Second), "person R-1", dispatch.Backup{By: "R-1", Via: "sms"})
	s.tell(at.Add(90*time.Second), "operator 李敏", dispatch.Dispatched{Desk: "nobody else can be asked now"})
	s.live(11*time.Minute, 12*time.Minute+30*time.Second, 23*time.Minute)
	s.tell(at.Add(24*time.Minute), "plan", dispatch.Moved{What: dispatch.FactAccepted, Responder: "R-1", Via: "sms"}, dispatch.Moved{What: dispatch.FactEnRoute, Responder: "R-1", Via: "position", Why: "120 m nearer"})
	c.board.put(*s.inc)
	p.until("document.querySelector('.card') !== null")
	p.do(chromedp.Click(".card button"))
	p.until("document.querySelectorAll('.log > *').length > 12")

	lines := p.lines()
	for _, want := range []string{
		"系统 通知主管 · 没有能响铃的坐席显示过，没有值班的主管",
		"系统 转上级中心 · 1分钟没有坐席接警，没有值班的上级中心",
		"系统 黄志强 超时 · 25秒没有答复",
		"系统 扩大派单范围（第 1 步） · 1分钟没有人前往",
		"刘洋 已接单（电话按键）",
		"系统 告知刘洋：接单确认，告知王磊：有人正在赶去 · 短信 0/2 已送达",
		"李敏 要求增援", "刘洋 要求增援",
		"李敏 没有派出响应人 · 附近已没有别的人可派",
		"系统 刘洋 超时 · 10分钟没有到场",
		"系统 刘洋 在途 · 近了 120 m",
	} {
		if !slices.Contains(lines, want) {
			t.Errorf("no line %q", want)
		}
	}
	if !slices.ContainsFunc(lines, func(l string) bool { return strings.Contains(l, "警情无进展，重新提醒") }) {
		t.Error("no line says that the incident was brought back")
	}
	english := regexp.MustCompile(`[a-z]{3,}`)
	for _, l := range lines {
		if w := english.FindString(l); w != "" {
			t.Errorf("%q is left in %q", w, l)
		}
	}
	if t.Failed() {
		t.Logf("all lines:\n%s", strings.Join(lines, "\n"))
	}
	p.pictures("followed")
	p.do(chromedp.Click(".top .lang"))
	p.says(".log", "widens the circle (step 1) · nobody is on the way after 1 min")
	for _, l := range p.lines() {
		if w := regexp.MustCompile(`\b(line|reason|deed|text|assignment)\.\w+`).FindString(l); w != "" {
			t.Errorf("%q has no words in %q", w, l)
		}
	}
	p.clean(c)
}

// A big screen has no names, and still says that somebody waits.
func TestTheWallFollowsWithoutNames(t *testing.T) {
	c := open(t, nil, nil)
	inc := taken(incident, "李敏")
	c.board.put(inc)
	c.board.fact(t, incident, "plan", dispatch.Escalated{Ladder: dispatch.LadderCircle, Step: 1, Why: "nobody is on the way after 1m0s"})
	c.board.fact(t, incident, "person E", dispatch.Coming{Contact: "E#1", Name: "王磊", Via: "sms"})
	c.board.fact(t, incident, "operator 李敏", dispatch.Called{Operator: "李敏", Whom: "elder", Outcome: dispatch.CallNoVoice}, dispatch.Proposed{Operator: "李敏", Disposition: dispatch.FalseAlarm},
		dispatch.Noted{Operator: "李敏", To: "陈刚"}, dispatch.Revealed{To: "operator 李敏", What: "medical"})
	p := newTab(t, browser(t))
	p.login(c, "wall")
	p.says("#alone", "无人前往", "已扩大 1 次")
	p.says("#card-"+incident, "家属在途", "待复核")
	p.says(".log", "扩大派单范围（第 1 步）", "提议按“误触”解除")
	text := eval[string](p, "document.body.innerText")
	for _, name := range []string{"王秀英", "王磊", "刘洋", "朝阳里 7号楼", "陈刚", "undefined", "打电话给", "查看了"} {
		if strings.Contains(text, name) {
			t.Errorf("the wall shows %q", name)
		}
	}
	if n := eval[int](p, "document.querySelectorAll('.act button, .do button, .offers button, #handover, .banner button').length"); n > 0 {
		t.Errorf("the wall has %d buttons that act", n)
	}
	p.shot("wall")
	p.clean(c)
}
