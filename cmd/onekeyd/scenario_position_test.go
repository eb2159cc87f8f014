package main

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"onekeyd/dispatch"
)

// moveTo sends a responder's position to the daemon and reports its answer.
func (w *world) moveTo(responder string, lat, lon float64) int {
	w.t.Helper()
	body := fmt.Sprintf(`{"responder":%q,"lat":%v,"lon":%v,"datum":"wgs84"}`, responder, lat, lon)
	req := httptest.NewRequest(http.MethodPost, "/v1/positions", bytes.NewReader([]byte(body))).WithContext(w.t.Context())
	req.Header.Set("Authorization", "Bearer "+testAPI)
	rec := httptest.NewRecorder()
	w.d.handler.ServeHTTP(rec, req)
	synctest.Wait()
	return rec.Code
}

func (w *world) from(c dispatch.CaseID, r dispatch.ResponderID) string {
	w.t.Helper()
	o, ok := w.incident(c).Offer(r)
	if !ok {
		return "not asked"
	}
	return o.From
}

// Where somebody is now counts for a quarter of an hour, less until half an hour, and then not at all.
func TestLivePositionCountsWhileItIsFresh(t *testing.T) {
	scenario(t, func(t *testing.T, w *world) {
		if code := w.moveTo(chen, 37.5901, 118.5501); code != http.StatusAccepted {
			t.Fatalf("a position is answered %d", code)
		}
		after(10 * time.Second)
		w.press("D-wang")
		if from := w.from("E-wang", chen); from != "live" {
			t.Errorf("Chen's place is taken from %q, want the live position", from)
		}
		after(40 * time.Minute)
		w.press("D-liu")
		if from := w.from("E-liu", chen); from != "base" {
			t.Errorf("after 40 minutes Chen's place is taken from %q, want the base", from)
		}
	})
}

func TestPositionSurvivesARestart(t *testing.T) {
	scenario(t, func(t *testing.T, w *world) {
		w.moveTo(chen, 37.5901, 118.5501)
		w.restart()
		w.press("D-wang")
		if from := w.from("E-wang", chen); from != "live" {
			t.Errorf("after a restart Chen's place is taken from %q", from)
		}
	})
}

func TestPositionOfNobodyIsRefused(t *testing.T) {
	scenario(t, func(t *testing.T, w *world) {
		if code := w.moveTo("R-nobody", 37.59, 118.55); code != http.StatusBadRequest {
			t.Errorf("a position of nobody we know is answered %d", code)
		}
	})
}
