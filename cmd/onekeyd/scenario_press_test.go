package main

import (
	"strings"
	"testing"
	"time"

	"onekeyd/dispatch"
)

func TestPressIsDispatched(t *testing.T) {
	scenario(t, func(t *testing.T, w *world) {
		if !w.press("D-wang") {
			t.Fatal("the device was not told received")
		}
		inc := w.incident("E-wang")
		if inc.State != dispatch.StateDispatched || inc.Elder != wang || inc.Premises.Address != "幸福里3号楼2单元401" {
			t.Errorf("incident %+v", inc)
		}
		var asked []string
		for _, o := range inc.Offers {
			asked = append(asked, string(o.Responder))
		}
		// Grid first, metres second: Zhang is farthest and of her grid; Chen is nearest and of none.
		if got := strings.Join(asked, " "); got != "R-zhang R-li R-chen R-clinic" {
			t.Errorf("asked %s", got)
		}
		for _, phone := range []string{zhangPhone, liPhone, chenPhone, clinicPhone} {
			w.expectTexts(phone, "幸福里3号楼2单元401")
		}
		w.expectTexts(sonPhone, "URGENT")
		if text := w.texts(zhangPhone)[0]; !strings.Contains(text, inc.Code) || !strings.Contains(text, "独居") || strings.Contains(text, "青霉素") || strings.Contains(text, "钥匙") {
			t.Errorf("the text is %q: code and hint belong in it, health and keys do not", text)
		}
		after(10 * time.Second)
		if a := w.alert("E-wang", zhang); a.State != dispatch.AlertDelivered || a.Attempts != 1 {
			t.Errorf("Zhang's alert is %s after %d attempts", a.State, a.Attempts)
		}
	})
}

func TestOffDutyIsPassedOverWithTheReason(t *testing.T) {
	scenario(t, func(t *testing.T, w *world) {
		w.press("D-wang")
		for _, p := range w.incident("E-wang").PassedOver {
			if p.Responder == zhao && p.Why == "off duty" {
				return
			}
		}
		t.Errorf("nothing says why Zhao, who is nearest, was not asked: %+v", w.incident("E-wang").PassedOver)
	})
}

func TestRepeatPressJoins(t *testing.T) {
	scenario(t, func(t *testing.T, w *world) {
		w.press("D-wang", "kind", "inactivity")
		after(20 * time.Second)
		w.press("D-wang", "kind", "sos")
		inc := w.incident("E-wang")
		if inc.Pressed != 2 || inc.Urgency != dispatch.Red {
			t.Errorf("pressed %d times, urgency %d; want 2, red", inc.Pressed, inc.Urgency)
		}
		w.openIncidents(1)
		w.expectTexts(zhangPhone, "幸福里3号楼")
	})
}

func TestRetransmissionIsOnePress(t *testing.T) {
	scenario(t, func(t *testing.T, w *world) {
		for range 3 {
			if !w.press("D-wang", "id", "0017") {
				t.Error("a retransmission was not told received")
			}
		}
		after(10 * time.Minute) // past the stream's own window for duplicates
		w.press("D-wang", "id", "0017")
		if inc := w.incident("E-wang"); inc.Pressed != 1 {
			t.Errorf("one press counts %d times", inc.Pressed)
		}
		if got := len(w.texts(zhangPhone)); got < 4 || got > 6 { // at once, once for each tier in which nobody answers, and every five minutes
			t.Errorf("Zhang has %d texts", got)
		}
	})
}

func TestSameIdOfTwoDevicesIsTwoPresses(t *testing.T) {
	scenario(t, func(t *testing.T, w *world) {
		w.press("D-wang", "id", "1")
		w.press("D-liu", "id", "1")
		w.openIncidents(2)
	})
}

func TestUnknownDeviceGoesToTheDesk(t *testing.T) {
	scenario(t, func(t *testing.T, w *world) {
		w.press("D-nobody-knows")
		w.press("D-spare")
		if inc := w.incident("device~D-nobody-knows"); inc.Unknown != "unknown device" || inc.Desk == "" {
			t.Errorf("unknown %q desk %q", inc.Unknown, inc.Desk)
		}
		if inc := w.incident("device~D-spare"); !strings.Contains(inc.Unknown, "nobody yet") {
			t.Errorf("unknown %q", inc.Unknown)
		}
		var shot struct {
			Incidents []struct{ Device, State, Desk string }
		}
		w.get("/v1/snapshot", &shot)
		if len(shot.Incidents) != 2 {
			t.Errorf("the desk is shown %d of 2", len(shot.Incidents))
		}
		w.silence()
	})
}

func TestTestPressAlertsNobodyAndIsRecorded(t *testing.T) {
	scenario(t, func(t *testing.T, w *world) {
		w.press("D-wang", "kind", "test", "id", "t1")
		w.openIncidents(0)
		id, ok := w.d.board.Handled(dispatch.Press{Device: "D-wang", ID: "t1"})
		if !ok {
			t.Fatal("the test press is not recorded")
		}
		after(time.Minute)
		if doc, err := w.d.journal.Archived(t.Context(), id); err != nil || !strings.Contains(string(doc), `"disposition":"test"`) {
			t.Errorf("archive of the test press: %s, %v", doc, err)
		}
		w.silence()
	})
}

func TestTestPressDuringACallChangesNothing(t *testing.T) {
	scenario(t, func(t *testing.T, w *world) {
		w.press("D-wang")
		w.press("D-wang", "kind", "test")
		if inc := w.incident("E-wang"); inc.Pressed != 1 || inc.Urgency != dispatch.Red {
			t.Errorf("a test press joined the call: pressed %d, urgency %d", inc.Pressed, inc.Urgency)
		}
	})
}

func TestServiceNeverMixesWithACall(t *testing.T) {
	scenario(t, func(t *testing.T, w *world) {
		w.press("D-wang", "kind", "service")
		w.silence()
		w.press("D-wang", "kind", "sos")
		w.openIncidents(2)
		w.expectTexts(zhangPhone, "幸福里3号楼")
	})
}

func TestCancelStillGetsACheck(t *testing.T) {
	scenario(t, func(t *testing.T, w *world) {
		w.press("D-wang")
		w.press("D-wang", "kind", "cancel")
		if inc := w.incident("E-wang"); !inc.Open() || inc.Urgency != dispatch.Red {
			t.Errorf("a cancel left the incident %s with urgency %d; somebody must look", inc.State, inc.Urgency)
		}
	})
}

// An elder who cancelled and then calls after all has told nobody yet.
func TestCallAfterALoneCancelAsksResponders(t *testing.T) {
	scenario(t, func(t *testing.T, w *world) {
		w.press("D-wang", "kind", "cancel")
		w.silence()
		w.press("D-wang", "kind", "sos")
		w.openIncidents(1)
		w.expectTexts(zhangPhone, "幸福里3号楼")
	})
}

func TestLatePressIsHandledAndMarked(t *testing.T) {
	scenario(t, func(t *testing.T, w *world) {
		w.press("D-wang", "at", time.Now().Add(-2*time.Hour).Format(time.RFC3339))
		if inc := w.incident("E-wang"); inc.Late < 2*time.Hour {
			t.Errorf("late by %s, want two hours", inc.Late)
		}
		w.expectTexts(zhangPhone, "幸福里3号楼")
	})
}

// The daemon was down while somebody else's gateway went on storing presses.
func TestPressStoredWhileDownIsTakenUpAndLate(t *testing.T) {
	scenario(t, func(t *testing.T, w *world) {
		w.halt()
		w.storeWhileDown("D-wang", "0099")
		after(10 * time.Minute)
		w.start()
		after(2 * time.Second)
		if inc := w.incident("E-wang"); inc.Late < 10*time.Minute {
			t.Errorf("late by %s, want ten minutes", inc.Late)
		}
		w.expectTexts(zhangPhone, "幸福里3号楼")
	})
}

// A press without an id cannot be told from a second one, so only its stored copy counts.
func TestPressWithoutIdIsTakenFromItsStoredCopy(t *testing.T) {
	scenario(t, func(t *testing.T, w *world) {
		for range 2 {
			if _, err := w.d.journal.JetStream().Publish(t.Context(), "press.D-wang", []byte(`{"device":"D-wang"}`)); err != nil {
				t.Fatal(err)
			}
		}
		after(time.Second)
		if inc := w.incident("E-wang"); inc.Pressed != 2 {
			t.Errorf("two presses without an id count %d", inc.Pressed)
		}
	})
}

// What is on the stream was acknowledged, so garbage there is still somebody calling.
func TestUnreadablePressIsStillACall(t *testing.T) {
	scenario(t, func(t *testing.T, w *world) {
		if _, err := w.d.journal.JetStream().Publish(t.Context(), "press.D-wang", []byte("\x00garbage")); err != nil {
			t.Fatal(err)
		}
		after(time.Second)
		if inc := w.incident("E-wang"); inc.Kind != dispatch.SOS || inc.Presses[0].Defect == "" {
			t.Errorf("kind %s defect %q", inc.Kind, inc.Presses[0].Defect)
		}
		w.expectTexts(zhangPhone, "幸福里3号楼")
	})
}

func TestClosedIncidentIsArchivedAndTheNextPressIsANewOne(t *testing.T) {
	scenario(t, func(t *testing.T, w *world) {
		w.press("D-wang", "id", "1")
		after(10 * time.Second)
		first := w.incident("E-wang")
		if _, err := w.d.desk.Close(t.Context(), first.ID, "li", dispatch.Assisted, "平安", first.Seq); err != nil {
			t.Fatal(err)
		}
		after(time.Minute)
		if _, err := w.d.journal.Archived(t.Context(), first.ID); err != nil {
			t.Errorf("look for the closed incident in the archive: %v", err)
		}
		w.restart()
		w.press("D-wang", "id", "1") // the device missed its answer and tries again
		w.openIncidents(0)
		w.press("D-wang", "id", "2")
		w.openIncidents(1)
		if second := w.incident("E-wang"); second.ID == first.ID {
			t.Error("the second call has the first one's id")
		}
	})
}
