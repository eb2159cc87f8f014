package console

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"onekeyd/dispatch"
)

// desk is a page at which an operator has an incident in the middle.
func desk(t *testing.T, c *centre, name string) *tab {
	t.Helper()
	p := newTab(t, browser(t))
	p.login(c, name)
	p.until("document.querySelector('.big h1') !== null")
	return p
}

// taken is an incident that this operator has.
func taken(id, operator string) dispatch.Incident {
	at := time.Now().UTC()
	inc := call(id, at)
	inc.Acked = &dispatch.Ack{Operator: operator, At: at}
	return inc
}

func (p *tab) says(where string, words ...string) {
	p.t.Helper()
	for _, w := range words {
		p.until("document.querySelector(" + quoted(where) + ")?.innerText.includes(" + quoted(w) + ")")
	}
}

func quoted(s string) string { return "`" + s + "`" }

// pictures are for eyes: both sizes, both languages.
func (p *tab) pictures(name string) {
	p.t.Helper()
	if os.Getenv("ONEKEYD_TEST_SHOTS") == "" {
		return
	}
	for _, lang := range []string{"", "-en"} {
		p.do(chromedp.EmulateViewport(1920, 1080))
		p.shot(name + lang)
		p.do(chromedp.EmulateViewport(1366, 768))
		p.shot(name + lang + "-1366")
		p.do(chromedp.Evaluate[chromedp.Void](`document.querySelector('.top .lang').click()`))
	}
}

// clean reports what the page complained about.
func (p *tab) clean(c *centre) {
	p.t.Helper()
	if bad := p.complaints(c.url); len(bad) > 0 {
		p.t.Errorf("violations, script errors or foreign requests: %q", bad)
	}
}

func TestAssigningFromTheList(t *testing.T) {
	c := open(t, nil, nil)
	c.board.put(taken(incident, "李敏"))
	p := desk(t, c, "李敏")
	// An input method that composes is no key of ours.
	p.do(chromedp.Evaluate[chromedp.Void](`dispatchEvent(new KeyboardEvent('keydown', {key: 'F4', isComposing: true, bubbles: true}))`))
	if eval[bool](p, "document.querySelector('dialog') !== null") {
		t.Error("a composing key opened the list")
	}
	p.do(chromedp.KeyEvent(kb.F4))
	p.says("#dialog-assign", "孙丽", "周建国", "何静", "不在班", "刘洋", "已派", "约 ")
	p.pictures("assign")
	p.until("document.activeElement?.id === 'assign-R-3'")
	p.do(chromedp.KeyEvent(kb.Enter)) // the first has the focus
	waitFor(t, "the offer", func() bool { o, ok := c.board.get(incident).Offer("R-3"); return ok && o.Stays })
	p.until("document.querySelector('dialog') === null")
	p.says("#offer-R-3", "孙丽", "待接单", "还等 ")
	p.says(".notice", "已派 孙丽")

	// Who has declined can be asked again, from the row.
	c.board.fact(t, incident, "person R-2", dispatch.Moved{What: dispatch.FactDeclined, Responder: "R-2", Via: "sms"})
	p.until("document.querySelector('#offer-R-2 .anew') !== null")
	p.do(chromedp.Click("#offer-R-2 .anew"))
	waitFor(t, "the second round", func() bool {
		o, _ := c.board.get(incident).Offer("R-2")
		return o.State == dispatch.Offered && o.Round == 1
	})
	p.says("#offer-R-2", "第 2 次")
	p.clean(c)
}

func TestAnsweringForSomebody(t *testing.T) {
	c := open(t, nil, nil)
	c.board.put(taken(incident, "李敏"))
	p := desk(t, c, "李敏")
	p.says("#alone", "无人前往", "3 人还没答复")
	p.do(chromedp.Click("#offer-R-1 .for"))
	p.says("#calling", "刘洋", "+8613800004471", "刘洋 说")
	p.pictures("answer-for")
	p.do(chromedp.Click("#say-accept"))
	p.says("#offer-R-1", "已接单", "应在")
	p.until("document.getElementById('alone') === null && document.getElementById('calling') === null")
	p.says(".steps .now", "在途")
	p.do(chromedp.Click("#more"))
	p.says("#short", "还差 1 人")
	p.says(".log", "刘洋 已接单（李敏 代答）")
	for _, step := range [][2]string{{"arrived", "到场"}, {"done", "已完成"}} {
		p.do(chromedp.Click("#offer-R-1 .for"), chromedp.WaitVisible("#say-"+step[0]))
		if step[0] == "done" {
			p.do(chromedp.SetValue("#say-how", "conveyed"), chromedp.Evaluate[chromedp.Void](`document.getElementById('say-how').dispatchEvent(new Event('change', {bubbles: true}))`))
		}
		p.do(chromedp.Click("#say-" + step[0]))
		p.says("#offer-R-1", step[1])
	}
	p.says("#offer-R-1", "送医")
	if o, _ := c.board.get(incident).Offer("R-1"); o.State != dispatch.Cleared || o.Outcome != dispatch.Conveyed {
		t.Errorf("offer %+v", o)
	}
	p.shot("answered-for")
	p.clean(c)
}

func TestNotingCalls(t *testing.T) {
	c := open(t, nil, nil)
	c.board.put(taken(incident, "李敏"))
	p := desk(t, c, "李敏")
	p.do(chromedp.KeyEvent(kb.F8))
	p.says("#calling", "王秀英", "+8613300138471", "+861065004471", "接通无声")
	p.do(chromedp.SendKeys("#call-text", "只听到喘气"))
	p.pictures("call-elder")
	p.do(chromedp.Click("#call-no_voice"))
	p.says(".log", "打电话给老人：接通无声 · 只听到喘气")
	p.until("document.getElementById('calling') === null")

	p.do(chromedp.KeyEvent(kb.F8, chromedp.KeyModifiers(kb.ModifierShift)))
	p.says("#calling", "王磊", "+8613700005678")
	p.do(chromedp.Click("#call-spoke"), chromedp.Click("#say-accept"))
	p.says(".prof", "正在赶来")
	p.says(".log", "王磊 正在赶来（李敏 代答）")
	p.says("#card-"+incident, "家属在途")

	p.do(chromedp.Click("#call-120"))
	p.says("#calling", "120 急救")
	p.do(chromedp.KeyEvent(kb.Escape))
	p.until("document.getElementById('calling') === null")
	calls := c.board.get(incident).Calls
	if len(calls) != 2 || calls[0].Outcome != dispatch.CallNoVoice || calls[1].Whom != "E-"+incident+"#1" || calls[1].Operator != "李敏" {
		t.Errorf("calls %+v", calls)
	}

	p.do(chromedp.Click("#reveal-access_note"))
	p.says("#shown-access_note", "门禁密码 4471")
	p.says(".log", "查看了入户")
	p.shot("calls-noted")
	p.clean(c)
}

func TestTheSecondLookTakesTwoOperators(t *testing.T) {
	c := open(t, nil, nil)
	c.board.put(taken(incident, "李敏"))
	b := browser(t)
	li, chen := newTab(t, b), newTab(t, b, chromedp.WithNewBrowserContext())
	li.login(c, "李敏")
	chen.login(c, "陈刚")
	li.until("document.querySelector('.big h1') !== null")
	li.do(chromedp.KeyEvent(kb.F9, chromedp.KeyModifiers(kb.ModifierShift)), chromedp.WaitVisible(`input[value="false_alarm"]`), chromedp.Click(`input[value="false_alarm"]`))
	li.says("#second", "不能由一个人")
	li.says("#close-do", "提交复核")
	li.pictures("second-look-first")
	li.do(chromedp.Click("#close-do"))
	li.says("#proposal", "您已提议按“误触”解除")
	li.says(".notice", "等第二位坐席")
	if eval[bool](li, "document.querySelector('.notice.bad, dialog') !== null") {
		t.Error("the proposal reads like an error, or the dialog stays")
	}

	chen.says("#card-"+incident, "待复核")
	chen.until("document.querySelector('#card-" + incident + ".calls') !== null")
	chen.do(chromedp.Click("#card-" + incident + " button"))
	chen.says("#proposal", "李敏 提议按“误触”解除")
	chen.pictures("second-look-second")
	chen.do(chromedp.Click("#second-look"))
	chen.says("#second", "您是第二位坐席")
	chen.says("#close-do", "复核并解除")
	chen.shot("second-look-confirm")
	chen.do(chromedp.Click("#close-do"))
	waitFor(t, "the end", func() bool { return c.board.get(incident) == nil })
	li.until("window.onekeyd.open().length === 0")
	li.says(".log", "陈刚", "解除：误触")
	li.clean(c)
	chen.clean(c)
}

func TestTakingOverAndHandingOver(t *testing.T) {
	c := open(t, nil, nil)
	c.board.put(taken(incident, "李敏"))
	second := taken("20261121-bbbbbb", "李敏")
	second.Name = "赵国栋"
	c.board.put(second)
	b := browser(t)
	li, chen := newTab(t, b), newTab(t, b, chromedp.WithNewBrowserContext())
	li.login(c, "李敏")
	chen.login(c, "陈刚")
	chen.until("document.querySelector('.big h1') !== null")

	// One, with a reason.
	chen.do(chromedp.Click("#card-"+incident+" button"), chromedp.WaitVisible("#takeover"), chromedp.Click("#takeover"), chromedp.WaitVisible("#reason"))
	if !eval[bool](chen, "document.getElementById('takeover-do').disabled") {
		t.Error("taken over without a reason")
	}
	chen.do(chromedp.SendKeys("#reason", "对方在打另一个电话"))
	chen.shot("takeover")
	chen.do(chromedp.Click("#takeover-do"))
	chen.says(".log", "从 李敏 接管 · 对方在打另一个电话")
	waitFor(t, "the other operator", func() bool { return c.board.get(incident).Acked.Operator == "陈刚" })

	// The rest, at the end of the shift.
	waitFor(t, "both consoles to be there", func() bool { return len(c.con.presence.list(time.Now(), forDesk)) == 2 })
	li.until("document.querySelector('.ops').innerText.includes('陈刚')")
	li.do(chromedp.Click("#handover"))
	li.says("#dialog-handover", "赵国栋", "无人前往，自", "还没听到老人声音", "陈刚")
	li.do(chromedp.SetValue("#hand-to", "陈刚"), chromedp.Evaluate[chromedp.Void](`document.getElementById('hand-to').dispatchEvent(new Event('change', {bubbles: true}))`),
		chromedp.SendKeys("#dialog-handover form input", "家属二十分钟到"))
	li.pictures("handover")
	li.do(chromedp.Click("#hand-do"))
	waitFor(t, "the words", func() bool { return c.board.get("20261121-bbbbbb").HandTo == "陈刚" })
	chen.until("document.querySelector('#card-20261121-bbbbbb.calls') !== null")
	chen.do(chromedp.Click("#card-20261121-bbbbbb button"))
	chen.says(".banner.handed", "李敏 交班给您", "家属二十分钟到")
	chen.pictures("handed")
	chen.do(chromedp.Click("#handover"), chromedp.WaitVisible(".take-all"), chromedp.Click(".take-all"))
	waitFor(t, "all to be taken over", func() bool { return c.board.get("20261121-bbbbbb").Acked.Operator == "陈刚" })
	chen.until("document.querySelector('#dialog-handover h3 .cnt').innerText === '2'")
	chen.shot("taken-over-all")
	li.clean(c)
	chen.clean(c)
}

// peak is how loud it gets within a burst's period.
func (p *tab) peak() float64 {
	return evalAsync[float64](p, `new Promise(done => { let top = 0; const end = performance.now() + 4300; const look = () => { top = Math.max(top, window.onekeyd.rms()); performance.now() < end ? setTimeout(look, 5) : done(top) }; setTimeout(look, 300) })`)
}

func TestLouderIsTwiceAsLoud(t *testing.T) {
	c := open(t, nil, nil)
	p := newTab(t, browser(t))
	p.login(c, "李敏")
	c.board.put(call(incident, time.Now().UTC()))
	p.until("window.onekeyd.rms() > 0.05")
	p.says(".rungs .now", "10 秒 全部坐席响铃")
	before := p.peak()
	c.board.fact(t, incident, "plan", dispatch.Escalated{Ladder: dispatch.LadderDesk, Step: 1, Deed: dispatch.RingAll, Why: "no operator has taken it after 10s"})
	p.says(".rungs .d", "全部坐席响铃")
	p.says("#card-"+incident+" .fuse", "已全部坐席响铃", "加大音量")
	c.board.fact(t, incident, "plan", dispatch.Escalated{Ladder: dispatch.LadderDesk, Step: 2, Deed: dispatch.Louder, Why: "no operator has taken it after 15s"})
	p.says(".log", "加大音量 · 15秒没有坐席接警")
	after := p.peak()
	if after < 1.8*before || after > 2.2*before {
		t.Errorf("RMS %.3f before and %.3f after, want twice", before, after)
	}
	p.pictures("louder")
	p.do(chromedp.KeyEvent(kb.F2))
	p.until("window.onekeyd.rms() === 0")
	c.board.put(call("20261121-bbbbbb", time.Now().UTC())) // the next one begins as it should
	p.until("window.onekeyd.rms() > 0.05")
	if again := p.peak(); again > 1.2*before {
		t.Errorf("the next call rings with RMS %.3f, the first began with %.3f", again, before)
	}
	p.clean(c)
}

func TestAnIncidentOnWhichNothingHappensComesBack(t *testing.T) {
	c := open(t, nil, nil)
	c.board.put(taken(incident, "李敏"))
	p := desk(t, c, "李敏")
	if rms := p.peak(); rms != 0 {
		t.Fatalf("a taken call sounds with RMS %v", rms)
	}
	c.board.fact(t, incident, "plan", dispatch.Escalated{Ladder: dispatch.LadderIdle, Step: 1, Why: "open for 11m0s, and nothing has happened since 10:52:34 UTC"})
	p.until("window.onekeyd.rms() > 0.05") // one chime
	p.says(".banner.idle", "没有进展")
	p.says(".log", "警情无进展，重新提醒 · 开了11分钟，没有进展")
	p.until("document.querySelector('#card-" + incident + ".calls .tag.hot') !== null")
	p.shot("idle")
	if rms := p.peak(); rms != 0 {
		t.Errorf("the chime goes on: RMS %v", rms)
	}
	c.board.fact(t, incident, "person R-1", dispatch.Moved{What: dispatch.FactAccepted, Responder: "R-1", Via: "sms"})
	p.until("document.getElementById('alone') === null && document.querySelector('.banner.idle') === null")
	if rms := p.peak(); rms != 0 {
		t.Errorf("help on the way sounds with RMS %v", rms)
	}
	c.board.fact(t, incident, "plan", dispatch.Moved{What: dispatch.FactLapsed, Responder: "R-1", Via: "plan", Why: "has not moved in 3m0s"})
	p.until("window.onekeyd.rms() > 0.05 && document.querySelector('#alone.hot') !== null") // whoever was coming is lost
	p.says("#offer-R-1", "接单后没有来")
	p.says(".log", "刘洋 超时 · 3分钟没有移动")
	p.do(chromedp.SendKeys("#note", "已再次联系"), chromedp.KeyEvent(kb.Enter))
	p.until("document.querySelector('.banner.idle') === null && document.querySelector('.card.calls') === null")
	p.clean(c)
}

func TestOrdersHaveAQueueOfTheirOwn(t *testing.T) {
	c := open(t, nil, nil)
	p := newTab(t, browser(t))
	p.login(c, "李敏")
	p.until("window.onekeyd.audio() === 'running'")
	order := call("20261121-order", time.Now().UTC())
	order.Kind, order.Urgency, order.Service, order.Alerts = dispatch.Service, dispatch.Blue, "meals", nil
	order.Offers = []dispatch.Offer{{Responder: "P-1", Name: "安心家政", Kind: dispatch.Provider, Phone: "+8613600005555", State: dispatch.Offered, Since: time.Now()}}
	c.board.put(order)
	p.until("window.onekeyd.rms() > 0.05") // one chime
	if rms := p.peak(); rms != 0 {
		t.Errorf("an order rings on with RMS %v", rms)
	}
	p.says(".steps .now", "已派")
	p.says("#card-20261121-order", "收到", "助餐")
	if got := eval[string](p, "document.querySelector('.queue h2').innerText"); !strings.Contains(got, "0") {
		t.Errorf("the order counts as a waiting call: %s", got)
	}

	c.board.put(call(incident, time.Now().UTC()))
	p.until("window.onekeyd.rms() > 0.05")
	p.do(chromedp.KeyEvent(kb.F2))
	waitFor(t, "the call to be taken", func() bool { return c.board.get(incident).Acked != nil })
	if c.board.get("20261121-order").Acked != nil {
		t.Error("F2 took the order before the call")
	}
	p.do(chromedp.Click("#card-20261121-order button"), chromedp.KeyEvent(kb.F2))
	waitFor(t, "the order to be taken", func() bool { return c.board.get("20261121-order").Acked != nil })

	for _, f := range []dispatch.Fact{dispatch.Moved{What: dispatch.FactAccepted, Responder: "P-1", Via: "sms"}, dispatch.Moved{What: dispatch.FactOnScene, Responder: "P-1", Via: "sms"}, dispatch.Moved{What: dispatch.FactCleared, Responder: "P-1", Via: "sms"}} {
		c.board.fact(t, "20261121-order", "person P-1", f)
	}
	p.says("#card-20261121-order", "待回访")
	p.pictures("order")
	p.do(chromedp.Click("#close"), chromedp.WaitVisible(`input[value="served"]`), chromedp.Click(`input[value="served"]`))
	p.says("#second", "还没有回访老人")
	if !eval[bool](p, "document.getElementById('close-do').disabled") {
		t.Error("served without a call back")
	}
	p.do(chromedp.Click("#second button"), chromedp.WaitVisible("#call-spoke"), chromedp.Click("#call-spoke"))
	p.says("#card-20261121-order", "已回访")
	p.do(chromedp.Click("#close"), chromedp.WaitVisible(`input[value="served"]`), chromedp.Click(`input[value="served"]`), chromedp.Click("#close-do"))
	waitFor(t, "the order to be closed", func() bool { return c.board.get("20261121-order") == nil })
	p.clean(c)
}

// An area's incident shows its list, the gravest first, and a row opens its call.
func TestTheListOfAnArea(t *testing.T) {
	c := open(t, nil, nil)
	at := time.Now().UTC()
	area := taken("20261121-area00", "李敏")
	area.Case, area.Kind, area.Elder, area.Name = "area~C1", dispatch.AreaStorm, "", "和平社区"
	area.Premises = &dispatch.Premises{Address: "和平社区", Area: "C1"}
	area.Members = []dispatch.Member{
		{Incident: "20261121-silent", Elder: "E-2", Name: "赵国栋", Address: "朝阳里2号楼301", Kind: dispatch.Inactivity, At: at, Risk: 80, Why: []string{"inactivity", "living_alone"}},
		{Incident: incident, Elder: "E-1", Name: "王秀英", Address: "朝阳里7号楼2单元1202", Kind: dispatch.SOS, At: at, Risk: 120, Why: []string{"sos", "over_75"}},
	}
	c.board.put(area)
	p := desk(t, c, "李敏")
	c.board.put(taken(incident, "李敏"))
	p.says(".members", "区域名单", "朝阳里7号楼", "独居", "已关闭", "打印关爱名单")
	p.until("document.querySelector('.members .who b').innerText.includes('7号楼')")
	p.until("document.querySelectorAll('.members button.member').length === 1")
	p.pictures("area")
	p.do(chromedp.Evaluate[chromedp.Void](`document.querySelector('.members button.member').click()`))
	p.until("document.querySelector('.members') === null")
	p.says(".big h1", "7号楼")
	p.clean(c)
}
