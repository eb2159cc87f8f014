package main

import (
	"errors"
	"testing"
	"time"

	"onekeyd/dispatch"
	"onekeyd/dispatch/registry"
	"onekeyd/geo"
)

const (
	cleaner, cook           = "P-cleaner", "P-cook"
	cleanerPhone, cookPhone = "+85253330001", "+85253330002"
)

func (w *world) providers() {
	w.t.Helper()
	b := registry.NewBatch()
	for _, p := range []dispatch.Responder{
		{ID: cleaner, Name: "洁净家政", Kind: dispatch.Provider, Categories: []string{"cleaning"}, Phone: cleanerPhone, Base: geo.Point{Lat: 37.591, Lon: 118.55}, OnDuty: true, Language: "zh"},
		{ID: cook, Name: "社区食堂", Kind: dispatch.Provider, Categories: []string{"meals"}, Phone: cookPhone, Base: geo.Point{Lat: 37.60, Lon: 118.55}, OnDuty: true, Language: "zh"},
	} {
		w.must(b.AddResponder(p))
	}
	_, err := w.d.registry.Import(w.t.Context(), b, registry.Options{By: "test"})
	w.must(err)
	after(100 * time.Millisecond)
}

// The green key: received, assigned to the nearest who does it, done, called back.
func TestGreenKeyIsAWorkOrder(t *testing.T) {
	scenario(t, func(t *testing.T, w *world) {
		w.providers()
		w.press("D-wang", "kind", "service", "service", "meals")
		after(time.Second)
		order := w.incident(dispatch.ServiceCase(wang))
		if order.Urgency != dispatch.Blue || order.Service != "meals" {
			t.Errorf("the order is of urgency %d for %q", order.Urgency, order.Service)
		}
		w.expectTexts(cookPhone, "服务单") // the cleaner is nearer and cooks nothing
		w.silenceOf(cleanerPhone)
		w.silenceOf(zhangPhone)
		w.silenceOf(sonPhone)

		w.reply(cookPhone, "1")
		after(time.Second)
		if o, _ := w.incident(dispatch.ServiceCase(wang)).Offer(cook); o.State != dispatch.Accepted {
			t.Errorf("the cook answered 1 and is %s", o.State)
		}
		after(time.Hour)
		w.reply(cookPhone, "完成")
		order = w.incident(dispatch.ServiceCase(wang))
		if o, _ := order.Offer(cook); o.State != dispatch.Cleared {
			t.Errorf("the cook is done and is %s", o.State)
		}
		if _, err := w.d.desk.Close(t.Context(), order.ID, "li", dispatch.Served, "", order.Seq); !errors.Is(err, dispatch.ErrRefused) {
			t.Errorf("an order is closed as served before the elder was called back: %v", err)
		}
		_, err := w.d.desk.Call(t.Context(), order.ID, "li", "elder", dispatch.CallSpoke, "很满意")
		w.must(err)
		order = w.incident(dispatch.ServiceCase(wang))
		_, err = w.d.desk.Close(t.Context(), order.ID, "li", dispatch.Served, "", order.Seq)
		w.must(err)
		after(time.Minute)
		w.silenceOf(sonPhone)
	})
}

// An order for a meal and a call for help of the same elder are two things, and the call is not held up by it.
func TestServiceIsNeverMixedWithACallForHelp(t *testing.T) {
	scenario(t, func(t *testing.T, w *world) {
		w.providers()
		w.press("D-wang", "kind", "service")
		w.press("D-wang")
		after(time.Second)
		w.openIncidents(2)
		w.expectTexts(zhangPhone, "幸福里3号楼")
		w.expectTexts(cleanerPhone, "服务单")
		if help := w.incident(dispatch.ElderCase(wang)); help.Urgency != dispatch.Red || help.Pressed != 1 {
			t.Errorf("the call for help has urgency %d and %d presses", help.Urgency, help.Pressed)
		}
		help := w.incident(dispatch.ElderCase(wang))
		if _, err := w.d.desk.Close(t.Context(), help.ID, "li", dispatch.Served, "", help.Seq); !errors.Is(err, dispatch.ErrRefused) {
			t.Errorf("a call for help is closed as a service: %v", err)
		}
	})
}

// Whoever declines is replaced by the next who does it.
func TestProviderDeclines(t *testing.T) {
	scenario(t, func(t *testing.T, w *world) {
		w.providers()
		w.press("D-wang", "kind", "service")
		after(time.Second)
		w.reply(cleanerPhone, "2")
		after(time.Second)
		w.expectTexts(cookPhone, "服务单")
	})
}
