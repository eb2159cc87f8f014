package console

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/google/go-cmp/cmp"

	"onekeyd/dispatch"
	"onekeyd/geo"
)

// teller makes an incident from facts, as the journal does.
type teller struct {
	t   *testing.T
	id  dispatch.IncidentID
	inc *dispatch.Incident
}

func (s *teller) tell(at time.Time, by string, facts ...dispatch.Fact) {
	s.t.Helper()
	var err error
	e := dispatch.Entry{Case: "C-1", Incident: s.id, At: at, By: by, Node: "n1", Facts: facts}
	if s.inc, err = dispatch.Apply(s.inc, dispatch.Record{Entry: e}); err != nil {
		s.t.Fatal(err)
	}
}

// lines are the timeline's lines without their times and without what is folded.
func (p *tab) lines() []string {
	p.t.Helper()
	return eval[[]string](p, `[...document.querySelectorAll('.log > *')].map(e => [...(e.querySelector('summary') || e).childNodes].filter(n => n.nodeName !== 'TIME').map(n => n.textContent).join('').trim())`)
}

func TestTimelineNamesPeopleAndFoldsReceipts(t *testing.T) {
	c := open(t, nil, nil)
	p := newTab(t, browser(t))
	p.login(c, "李敏")
	at, s := time.Now().UTC(), &teller{t: t, id: "20261121-story"}
	from := call(string(s.id), at)
	s.tell(at, "dispatcher",
		dispatch.Raised{Code: "37", Kind: dispatch.SOS, Urgency: dispatch.Red, Press: from.Presses[0], Elder: "E-1", Name: "王秀英", Premises: from.Premises},
		dispatch.Dispatched{Plan: "default", Offers: from.Offers, Alerts: from.Alerts})
	report := func(after time.Duration, id dispatch.AlertID, state dispatch.AlertState, code string) {
		s.tell(at.Add(after), "recorder", dispatch.Reported{Reports: []dispatch.Report{{Alert: id, State: state, Code: code, At: at.Add(after)}}})
	}
	report(20*time.Millisecond, "a1", dispatch.AlertHanded, "")
	report(30*time.Millisecond, "a2", dispatch.AlertHanded, "")
	report(time.Second, "a1", dispatch.AlertSent, "")
	report(2*time.Second, "a1", dispatch.AlertDelivered, "")
	report(2*time.Second, "a2", dispatch.AlertFailed, "30005") // and yet it arrives
	report(3*time.Second, "a2", dispatch.AlertDelivered, "")
	report(3*time.Second, "a3", dispatch.AlertNotSent, "no_carrier")
	report(4*time.Second, "a4", dispatch.AlertFailed, "30003")
	confirm := dispatch.Alert{ID: "a5", To: "R-1", Name: "刘洋", Role: dispatch.RoleResponder, Channel: "sms", Kind: "accept_confirm", Phone: "+8613800004471"}
	s.tell(at.Add(5*time.Second), "person R-1", dispatch.Replied{To: "R-1", Alert: "a1", Text: "1", Verb: dispatch.VerbAccept, Key: "k1"},
		dispatch.Moved{What: dispatch.FactAccepted, Responder: "R-1", Via: "sms"}, dispatch.Alerted{Alerts: []dispatch.Alert{confirm}})
	report(6*time.Second, "a5", dispatch.AlertDelivered, "")
	s.tell(at.Add(7*time.Second), "person E-"+string(s.id)+"#1", dispatch.Replied{To: "E-" + string(s.id) + "#1", Alert: "a4", Text: "在路上", Verb: dispatch.VerbUnknown, Key: "k2"})
	s.tell(at.Add(8*time.Second), "operator 陈刚", dispatch.Acknowledged{Operator: "陈刚"})
	c.board.put(*s.inc)
	p.until("document.querySelector('.card') !== null")
	p.do(chromedp.Click(".card button"))
	p.until("document.querySelector('.log .l-acknowledged') !== null")
	want := []string{
		"系统 紧急呼救：A3-1202 按下 · 电量 86%",
		"系统 派单：响应人 3 名，通知 4 条",
		"短信 2/4 已送达，1 失败，1 未发送",
		"给 响应人 朝阳社区卫生站 的短信没有发出（没有短信通道），还不知情：请打电话 +861065001111",
		"家属 王磊 收不到短信（关机或不在服务区），还不知情：请打电话 +8613700005678",
		"刘洋 回复“1”",
		"刘洋 已接单",
		"系统 告知刘洋：接单确认 · 已送达",
		"王磊 回复“在路上” · 没看懂，请打电话问清",
		"陈刚 接警",
	}
	if diff := cmp.Diff(want, p.lines()); diff != "" {
		t.Errorf("timeline (-want +got):\n%s", diff)
	}
	p.do(chromedp.Click(".log details summary"))
	if got := eval[string](p, "document.querySelector('.log details').innerText"); strings.Count(got, "\n") != 8 || !strings.Contains(got, "刘洋 短信 已发出") {
		t.Errorf("unfolded: %s", got)
	}
	p.shot("timeline")
}

func TestLateAndStrangePressesSayWhatIsKnown(t *testing.T) {
	c := open(t, nil, nil)
	p := newTab(t, browser(t))
	p.login(c, "李敏")
	now := time.Now().UTC()
	pressed := now.Add(-27*time.Minute - 4*time.Second)
	late := call("20261121-late", now)
	late.Late = 27 * time.Minute
	late.Presses[0].At, late.Presses[0].Late = pressed, 27*time.Minute
	late.Timeline[0].Data = late.Presses[0]
	c.board.put(late)
	p.until("document.querySelector('.big .late svg') !== null")
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	for where, words := range map[string]string{".card .late": "迟到 27 分", ".big .late": "迟到 27 分", ".card .age": "27:0", ".timer b": "27:0",
		".log": "迟到 27 分 (" + pressed.In(zone).Format(time.TimeOnly) + " 按下，" + now.In(zone).Format(time.TimeOnly) + " 才收到)", ".steps": pressed.In(zone).Format(time.TimeOnly)} {
		if got := eval[string](p, "document.querySelector('"+where+"').innerText"); !strings.Contains(got, words) {
			t.Errorf("%s says %q, want %q", where, got, words)
		}
	}

	strange := dispatch.Incident{
		ID: "20261121-strange", Code: "41", State: dispatch.StateDispatched, Kind: dispatch.SOS, Urgency: dispatch.Red, Device: "D-99", Unknown: "unknown device", Desk: "unknown device", RaisedAt: now, Pressed: 4,
		Presses: []dispatch.PressSeen{{ID: "p", Device: "D-99", Kind: dispatch.SOS, Received: now, Position: &geo.Point{Lat: 39.92131, Lon: 116.44355}, Defect: "field battery is 300; a percentage from 0 to 100 is expected"}},
	}
	c.board.put(strange)
	p.until("document.getElementById('card-20261121-strange') !== null")
	p.do(chromedp.Click("#card-20261121-strange button"))
	p.until("document.querySelector('.big h1').innerText.includes('D-99')")
	for where, words := range map[string][]string{
		"#card-20261121-strange": {"终端 D-99", "未知终端", "按了 4 次"},
		".big h1":                {"终端 D-99", "未知终端"},
		".inc":                   {"身份不明", "地址不明", "按了 4 次", "终端自报位置 39.92131, 116.44355", "数据有一项读不懂（电量）", "a percentage from 0 to 100"},
	} {
		got := eval[string](p, "document.querySelector('"+where+"').innerText")
		for _, w := range words {
			if !strings.Contains(got, w) {
				t.Errorf("%s says %q, want %q", where, got, w)
			}
		}
	}
	p.shot("strange")
	p.do(chromedp.EmulateViewport(1366, 768), chromedp.Click(".top .lang"))
	p.until("document.querySelector('.card .late').innerText.includes('27 min late') && document.querySelector('.big h1').innerText.includes('Device D-99')")
	p.shot("strange-english-1366")
	if bad := p.complaints(c.url); len(bad) > 0 {
		t.Errorf("violations, script errors or foreign requests: %q", bad)
	}
}

func TestABrokenPageSaysSoAndStillRings(t *testing.T) {
	c := open(t, nil, nil)
	p := newTab(t, browser(t))
	p.login(c, "李敏")
	waitFor(t, "the console to count as armed", func() bool { return c.con.Armed(5*time.Second) == 1 })
	p.do(chromedp.Evaluate[chromedp.Void](`setTimeout(() => { throw new Error('made by a test') })`))
	p.until("document.getElementById('fault')?.innerText.includes('made by a test') && document.querySelector('#fault a').pathname === '/'")
	p.shot("fault")
	waitFor(t, "the console to count as armed no longer", func() bool { return c.con.Armed(5*time.Second) == 0 })
	c.board.put(call("20261121-ab12cd", time.Now().UTC()))
	p.until("window.onekeyd.rms() > 0.05")
}

func TestAPageWhoseScriptsDoNotLoadSaysSo(t *testing.T) {
	c := open(t, nil, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/queue.mjs") {
				http.NotFound(w, r)
				return
			}
			next.ServeHTTP(w, r)
		})
	})
	p := newTab(t, browser(t))
	p.do(chromedp.Navigate(c.url+"/login"), chromedp.WaitVisible("#enter"),
		chromedp.SendKeys(`input[name="name"]`, "李敏"), chromedp.SendKeys(`input[name="password"]`, testPassword), chromedp.Click("#enter"))
	p.until("document.getElementById('fault')?.innerText.includes('备用电话')")
}
