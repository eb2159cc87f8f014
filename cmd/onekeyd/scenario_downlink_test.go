package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats.go"

	"onekeyd/devices/downlink"
	"onekeyd/dispatch"
	"onekeyd/dispatch/dispatchtest"
)

// listener is a gateway that hears what devices are told.
type listener struct {
	t     *testing.T
	mu    sync.Mutex // guards heard
	heard []downlink.Message
}

// listen hears all devices of the daemon that is up now.
func (w *world) listen() *listener {
	w.t.Helper()
	l := &listener{t: w.t}
	_, err := w.d.journal.Conn().Subscribe("downlink.*", func(m *nats.Msg) {
		var got downlink.Message
		if err := json.Unmarshal(m.Data, &got); len(m.Data) > 0 && err != nil || len(m.Data) > 0 && m.Subject != "downlink."+string(got.Device) {
			w.t.Errorf("heard %q on %s: %v", m.Data, m.Subject, err)
		}
		l.mu.Lock()
		defer l.mu.Unlock()
		l.heard = append(l.heard, got)
	})
	w.must(err)
	synctest.Wait()
	return l
}

// hears wants what a device was told since it was last asked, each as a stage
// and a part of the text.
func (l *listener) hears(device dispatch.DeviceID, want ...string) {
	l.t.Helper()
	synctest.Wait()
	l.mu.Lock()
	defer l.mu.Unlock()
	var got, rest []string
	var others []downlink.Message
	for _, m := range l.heard {
		if m.Device != device {
			others = append(others, m)
			continue
		}
		got = append(got, string(m.Stage)+" "+m.Text)
	}
	l.heard = others
	rest = got
	for _, w := range want {
		stage, part, _ := strings.Cut(w, " ")
		if len(rest) == 0 || !strings.HasPrefix(rest[0], stage+" ") || !strings.Contains(rest[0], part) {
			l.t.Errorf("%s hears %q, want %q", device, got, want)
			return
		}
		rest = rest[1:]
	}
	if len(rest) > 0 {
		l.t.Errorf("%s hears %q beyond %q", device, rest, want)
	}
}

// poll asks over HTTP, as a device that cannot listen does.
func (w *world) poll(device string) (int, downlink.Message) {
	w.t.Helper()
	req := httptest.NewRequest(http.MethodGet, "/v1/downlink/"+device, nil).WithContext(w.t.Context())
	req.Header.Set("Authorization", "Bearer "+testGateway)
	rec := httptest.NewRecorder()
	w.d.handler.ServeHTTP(rec, req)
	var m downlink.Message
	if rec.Code == http.StatusOK {
		w.must(json.Unmarshal(rec.Body.Bytes(), &m))
	}
	return rec.Code, m
}

func TestTheElderHearsThatHelpIsComing(t *testing.T) {
	scenario(t, func(t *testing.T, w *world) {
		l := w.listen()
		if code, _ := w.poll("D-wang"); code != http.StatusNoContent {
			t.Errorf("before any call: %d", code)
		}
		w.press("D-wang")
		after(time.Second)
		l.hears("D-wang", "received 已收到您的求助", "dispatching 已通知附近的人员")
		w.reply(zhangPhone, "1")
		after(time.Second)
		l.hears("D-wang", "coming 张敏正在赶来，约3分钟")
		if code, m := w.poll("D-wang"); code != http.StatusOK || m.Stage != dispatch.StageComing || m.Resp != "张敏" || m.Minutes != 3 || m.Final {
			t.Errorf("asked over HTTP: %d %+v", code, m)
		}
		after(time.Minute)
		w.press("D-wang") // is anybody coming?
		after(time.Second)
		l.hears("D-wang", "coming 张敏正在赶来，约2分钟")
		w.reply(zhangPhone, "3")
		after(time.Second)
		l.hears("D-wang", "arrived 张敏已到")
		inc := w.incident("E-wang")
		if _, err := w.d.desk.Close(t.Context(), inc.ID, "li", dispatch.Assisted, "平安", inc.Seq); err != nil {
			t.Fatal(err)
		}
		after(time.Second)
		l.hears("D-wang", "ended 已结束")
		after(12 * time.Minute)
		if code, m := w.poll("D-wang"); code != http.StatusNoContent {
			t.Errorf("after the end: %d %+v", code, m)
		}
		l.hears("D-wang")
		l.mu.Lock()
		defer l.mu.Unlock()
		if len(l.heard) != 1 || !l.heard[0].Nothing() {
			t.Errorf("beside what D-wang was told: %+v; want it taken back", l.heard)
		}
	})
}

// Nothing is promised that is not so: the desk has the call, nobody has accepted, and who had is lost.
func TestTheElderHearsNoPromise(t *testing.T) {
	scenario(t, func(t *testing.T, w *world) {
		l := w.listen()
		w.press("D-wang")
		after(time.Second)
		inc := w.incident("E-wang")
		if _, err := w.d.desk.Acknowledge(t.Context(), inc.ID, "li", inc.Seq); err != nil {
			t.Fatal(err)
		}
		after(time.Second) // of two states at one moment only the newer is said
		w.reply(zhangPhone, "1")
		after(time.Second)
		w.reply(zhangPhone, "2")
		after(time.Second)
		l.hears("D-wang", "received 已收到", "dispatching 已通知", "dispatching 值班中心已接到您的求助", "coming 张敏", "dispatching 原来的人员来不了")
		w.press("D-nobody-knows")
		w.press("D-liu", "kind", "test")
		after(time.Second)
		l.hears("D-nobody-knows", "received 您的求助已转到值班中心")
		l.hears("D-liu", "ended 测试信号已收到")
	})
}

// A daemon that dies between a fact and its words says how things stand when it is back, once.
func TestAfterACrashTheElderHearsHowThingsStand(t *testing.T) {
	scenario(t, func(t *testing.T, w *world) {
		w.halt()
		w.crash = &dispatchtest.Crash{}
		w.start()
		w.press("D-wang")
		after(2 * time.Second)
		w.crash.At, w.crash.After = w.crash.Appends()+1, true         // the acceptance is stored, and nobody hears of it
		_ = w.sim.Reply(t.Context(), zhangPhone, "+15005550006", "1") // the carrier hears no answer
		synctest.Wait()
		w.revive()
		l := w.listen()
		if code, m := w.poll("D-wang"); code != http.StatusOK || m.Stage != dispatch.StageComing {
			t.Errorf("asked over HTTP at once: %d %+v", code, m)
		}
		after(5 * time.Second)
		l.hears("D-wang", "coming 张敏正在赶来")
		after(20 * time.Second)
		l.hears("D-wang")
		if inc := w.incident("E-wang"); !inc.Open() {
			t.Error("the call is over")
		}
	})
}
