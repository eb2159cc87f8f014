package main

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"onekeyd/dispatch"
	"onekeyd/dispatch/registry"
	"onekeyd/geo"
)

// block is a house of elders in Wang's community, each with a key and a daughter.
func (w *world) block(n int) (keys []string) {
	w.t.Helper()
	b := registry.NewBatch()
	for i := range n {
		id := dispatch.ElderID(fmt.Sprintf("E-b%02d", i))
		w.must(b.AddElder(dispatch.Elder{ID: id, Name: "邻居", BirthYear: 1930 - i, LivingAlone: i%2 == 0, Language: "zh",
			Premises: dispatch.Premises{Address: fmt.Sprintf("幸福里9号楼%d", 101+i), Area: "G1", Point: geo.Point{Lat: 37.59, Lon: 118.55}}}))
		w.must(b.AddDevice(dispatch.Device{ID: dispatch.DeviceID("D-b" + string(id[3:])), Elder: id}))
		w.must(b.AddContact(dispatch.Contact{Elder: id, Rank: 1, Name: "女儿", Phone: fmt.Sprintf("+8525222%04d", i), Language: "zh"}))
		keys = append(keys, "D-b"+string(id[3:]))
	}
	_, err := w.d.registry.Import(w.t.Context(), b, registry.Options{By: "test"})
	w.must(err)
	synctest.Wait()
	return keys
}

// The power fails in one house: twenty devices report silence, and two elders press.
func TestManyCallsAtOnceBecomeOneIncidentOfTheArea(t *testing.T) {
	scenario(t, func(t *testing.T, w *world) {
		keys := w.block(26)
		for _, k := range keys[:20] {
			w.press(k, "kind", "inactivity")
			after(100 * time.Millisecond)
		}
		after(2 * time.Second)
		area := w.incident("area~C1")
		if area.Kind != dispatch.AreaStorm || area.Urgency != dispatch.Red || area.Premises.Address != "和平社区" {
			t.Fatalf("the area's incident is %+v", area)
		}
		w.press(keys[20], "kind", "inactivity")
		w.press(keys[21], "kind", "sos")
		after(2 * time.Second)

		area = w.incident("area~C1")
		if len(area.Members) != 22 {
			t.Errorf("%d calls are on the list, want 22", len(area.Members))
		}
		if got := area.Ranked(); got[0].Kind != dispatch.SOS {
			t.Errorf("the list begins with %s, want the red key", got[0].Kind)
		}
		if late := w.incident("E-b20"); len(late.Offers) != 0 || late.Desk == "" {
			t.Errorf("a silence in a storm asks %d people who are asked already (%s)", len(late.Offers), late.Desk)
		}
		if red := w.incident("E-b21"); len(red.Offers) == 0 {
			t.Error("a red key in a storm asks nobody")
		}
		w.expectTexts("+85252220020", "邻居") // the family is told as ever
		for _, phone := range []string{zhangPhone, liPhone, chenPhone} {
			if n := countTexts(w.texts(phone), "逐户"); n != 1 {
				t.Errorf("%s has %d texts of the area, want one", phone, n)
			}
		}

		asked := len(w.texts(zhangPhone))
		after(10 * time.Minute)
		if more := len(w.texts(zhangPhone)) - asked; more > 12 {
			t.Errorf("Zhang got %d more texts in ten minutes of storm", more)
		}
		for _, m := range w.incident("area~C1").Members {
			w.closeCase(dispatch.ElderCase(m.Elder))
		}
		after(16 * time.Minute)
		if inc, _ := w.d.board.Case("area~C1"); inc.Open() {
			t.Error("every call is closed and the area's incident is still open")
		}
	})
}

// Three neighbours who press are three calls, and no storm.
func TestAFewCallsAreNoStorm(t *testing.T) {
	scenario(t, func(t *testing.T, w *world) {
		for _, k := range w.block(3) {
			w.press(k)
		}
		after(10 * time.Second)
		if inc, _ := w.d.board.Case("area~C1"); inc != nil {
			t.Errorf("three calls made an incident of the area: %+v", inc.Members)
		}
	})
}

// A storm is known again after a restart: silences stay muted, and the list goes on.
func TestAStormOutlivesTheDaemon(t *testing.T) {
	scenario(t, func(t *testing.T, w *world) {
		keys := w.block(24)
		for _, k := range keys[:20] {
			w.press(k, "kind", "inactivity")
		}
		after(2 * time.Second)
		w.restart()
		after(2 * time.Second)
		w.press(keys[20], "kind", "inactivity")
		after(2 * time.Second)
		if n := len(w.incident("area~C1").Members); n != 21 {
			t.Errorf("%d calls are on the list, want 21", n)
		}
		if late := w.incident("E-b20"); len(late.Offers) != 0 {
			t.Error("after a restart a silence in a storm asks people by itself")
		}
	})
}

func (w *world) closeCase(c dispatch.CaseID) {
	w.t.Helper()
	inc := w.incident(c)
	_, err := w.d.desk.Close(w.t.Context(), inc.ID, "li", dispatch.Assisted, "", w.incident(c).Seq)
	w.must(err)
	synctest.Wait()
}

func countTexts(texts []string, with string) (n int) {
	for _, text := range texts {
		if strings.Contains(text, with) {
			n++
		}
	}
	return n
}
