package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing/synctest"
	"time"

	"onekeyd/dispatch"
	"onekeyd/dispatch/registry"
	"onekeyd/geo"
)

// helper is somebody of the estate who may be asked to go to Wang.
type helper struct {
	w     *world
	id    dispatch.ResponderID
	phone string
}

func (w *world) helper(id dispatch.ResponderID) helper {
	w.t.Helper()
	r, ok := w.d.registry.Snapshot().Responder(id)
	if !ok {
		w.t.Fatalf("nobody is called %s", id)
	}
	return helper{w, id, r.Phone}
}

func (p helper) accepts()         { p.w.t.Helper(); p.w.reply(p.phone, "1") }
func (p helper) declines()        { p.w.t.Helper(); p.w.reply(p.phone, "2") }
func (p helper) arrives()         { p.w.t.Helper(); p.w.reply(p.phone, "3") }
func (p helper) asksForMoreHelp() { p.w.t.Helper(); p.w.reply(p.phone, "9") }
func (p helper) isDone()          { p.w.t.Helper(); p.w.reply(p.phone, "完成平安") }

func (p helper) is(want dispatch.AssignmentState) {
	p.w.t.Helper()
	if got := p.w.offer("E-wang", p.id); got != want {
		p.w.t.Errorf("%s is %s, want %s", p.id, got, want)
	}
}

func (p helper) hears(contains ...string) { p.w.t.Helper(); p.w.expectTexts(p.phone, contains...) }

// askedAt is when this person was asked by text, since the press, to the tenth of a second.
func (p helper) askedAt() (at []time.Duration) {
	p.w.t.Helper()
	inc := p.w.incident("E-wang")
	for _, a := range inc.Alerts {
		if a.To == string(p.id) && (a.Kind == "responder_alert" || a.Kind == "responder_alert_min") && a.Channel == dispatch.ChannelSMS {
			at = append(at, a.Intended.Sub(inc.RaisedAt).Round(100*time.Millisecond))
		}
	}
	return at
}

func (p helper) isAskedAt(want ...time.Duration) {
	p.w.t.Helper()
	if got := p.askedAt(); !slices.Equal(got, want) {
		p.w.t.Errorf("%s was asked at %v, want %v", p.id, got, want)
	}
}

// Those who live farther off: two workers, four volunteers, and a doctor.
const sun, zhou, doctor = "R-sun", "R-zhou", "R-doctor"

func volunteer(n int) dispatch.ResponderID {
	return dispatch.ResponderID(fmt.Sprintf("R-volunteer-%d", n))
}

// neighbourhood is the estate with more people in it, and somebody on call above them.
func neighbourhood(w *world) {
	w.extra = append(w.extra, "ONEKEYD_CENTRE_SUPERVISOR="+supervisorPhone, "ONEKEYD_CENTRE_NEXT_CENTRE="+centrePhone)
	w.settle = func() {
		w.estate()
		b := registry.NewBatch()
		add := func(id dispatch.ResponderID, kind dispatch.ResponderKind, n int) {
			w.must(b.AddResponder(dispatch.Responder{ID: id, Name: string(id), Kind: kind, Phone: fmt.Sprintf("+8525111%04d", 100+n), Base: geo.Point{Lat: 37.59, Lon: 118.55 + float64(500+10*n)/88000}, OnDuty: true, Language: "zh"}))
		}
		add(sun, dispatch.Worker, 1)
		add(zhou, dispatch.Worker, 2)
		for n := range 4 {
			add(volunteer(n+1), dispatch.Volunteer, 3+n)
		}
		add(doctor, dispatch.Doctor, 7)
		_, err := w.d.registry.Import(w.t.Context(), b, registry.Options{By: "test"})
		w.must(err)
		synctest.Wait()
	}
}

// withPlan gives the world a file of plans.
func withPlan(w *world, file string) {
	w.t.Helper()
	path := filepath.Join(w.t.TempDir(), "plans.toml")
	w.must(os.WriteFile(path, []byte(file), 0o600))
	w.extra = append(w.extra, "ONEKEYD_PLANS="+path)
}

// endsInSilence lets time pass, longer than a reminder takes, in which nobody is told anything.
func (w *world) endsInSilence() {
	w.t.Helper()
	after(time.Minute) // what is on its way arrives
	texts, calls := len(w.sim.Messages()), len(w.sim.Calls())
	after(11 * time.Minute)
	for _, m := range w.sim.Messages()[texts:] {
		w.t.Errorf("long after the end %s is told %q", m.To, m.Body)
	}
	for _, c := range w.sim.Calls()[calls:] {
		w.t.Errorf("long after the end %s is rung", c.To)
	}
}

// closes ends Wang's call at the desk, as helped.
func (w *world) closes() { w.t.Helper(); w.closeCase("E-wang") }

// isOpen reports whether Wang's call is, which may be in the archive by now.
func (w *world) isOpen() bool {
	inc, _ := w.d.board.Case("E-wang")
	return inc.Open()
}

// facts lists what has happened to Wang since the press, of one type, with the time.
func (w *world) facts(what dispatch.FactType) (lines []dispatch.Line) {
	w.t.Helper()
	for _, l := range w.incident("E-wang").Timeline {
		if l.What == what {
			lines = append(lines, l)
		}
	}
	return lines
}

// expectLast is about the newest text of a phone.
func (w *world) expectLast(phone, contains string) {
	w.t.Helper()
	got := w.texts(phone)
	if len(got) == 0 || !strings.Contains(got[len(got)-1], contains) {
		w.t.Errorf("%s has last heard %q, without %q", phone, got[max(0, len(got)-1):], contains)
	}
}
