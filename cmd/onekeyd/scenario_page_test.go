package main

import (
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"onekeyd/dispatch"
)

// page is the address of somebody's page, without the host.
func (w *world) page(to string) string {
	w.t.Helper()
	link, err := url.Parse(w.d.pages.Link(w.incident("E-wang"), w.alert("E-wang", to)))
	if err != nil || link.Path == "" {
		w.t.Fatalf("link of %s: %v, %v", to, link, err)
	}
	return link.Path
}

// visit reads a page, or presses its button, and follows where that leads.
func (w *world) visit(path, button string) (status int, body, at string) {
	w.t.Helper()
	var req *http.Request
	if button == "" {
		req = httptest.NewRequest(http.MethodGet, path, nil)
	} else {
		req = httptest.NewRequest(http.MethodPost, path, strings.NewReader(url.Values{"do": {button}, "more": {"0"}}.Encode()))
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	rec := httptest.NewRecorder()
	w.d.handler.ServeHTTP(rec, req.WithContext(w.t.Context()))
	synctest.Wait()
	if rec.Code == http.StatusSeeOther {
		return w.visit(rec.Header().Get("Location"), "")
	}
	return rec.Code, html.UnescapeString(rec.Body.String()), path
}

func (w *world) shows(path, button string, words ...string) (at string) {
	w.t.Helper()
	status, body, at := w.visit(path, button)
	for _, want := range words {
		if status != http.StatusOK || !strings.Contains(body, want) {
			_, body, _ = strings.Cut(body, "<body")
			w.t.Errorf("after %q: status %d, without %q:\n%s", button, status, want, body)
		}
	}
	return at
}

// A responder without a smartphone's app goes to the door by the page alone, and the family follows.
func TestHelpByPage(t *testing.T) {
	scenario(t, func(t *testing.T, w *world) {
		w.press("D-wang")
		responder, family := w.page(zhang), w.page("E-wang#1")
		if _, body, _ := w.visit(responder, ""); strings.Contains(body, "401") || strings.Contains(body, "青霉素") || strings.Contains(body, "钥匙") || !strings.Contains(body, "幸福里3号楼2单元") {
			t.Errorf("before accepting the page shows too much or too little: %s", body)
		}
		w.shows(family, "", "Asking people nearby", "王秀兰: call for help")
		if o, _ := w.incident("E-wang").Offer(zhang); o.State != dispatch.Offered {
			t.Fatalf("looking at a page made the offer %s", o.State)
		}
		at := w.shows(responder, "accept", "您已接单", "401", "钥匙在701", "青霉素过敏", sonPhone)
		w.shows(family, "", "A social worker accepted", "张 (social worker)")
		w.shows(w.page(li), "", "您无需前往")

		// Their page sends where they are, and nobody else's place with it.
		rec := httptest.NewRecorder()
		req := httptest.NewRequest(http.MethodPost, responder+"/at", strings.NewReader("lat=37.5901&lon=118.5501&acc=10&age=0"))
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w.d.handler.ServeHTTP(rec, req)
		if p, _, ok := w.d.places.Where(zhang); rec.Code != http.StatusNoContent || !ok || p.Lat != 37.5901 {
			t.Errorf("position: status %d, at %v %v", rec.Code, p, ok)
		}
		w.shows(family, "", "is expected in 1 min")

		at = w.shows(at, "en_route", "您在路上", "钥匙在701")
		at = w.shows(at, "arrived", "您已到场")
		w.shows(family, "", "A social worker is there")
		w.shows(family, "accept", "You told us that you are going")
		at = w.shows(at, "backup", "已请求增援 1 次")
		w.shows(at, "done assisted", "您已处理完", "平安")

		inc := w.incident("E-wang")
		var story []string
		for _, l := range inc.Timeline {
			switch l.What {
			case dispatch.FactRevealed:
				story = append(story, string(l.What)+" "+l.Who+" "+l.Text)
			case dispatch.FactAccepted, dispatch.FactEnRoute, dispatch.FactOnScene, dispatch.FactCleared, dispatch.FactBackup, dispatch.FactComing:
				story = append(story, string(l.What)+" "+l.Who)
			}
		}
		slices.Sort(story[1:3]) // what was shown has no order
		want := "accepted R-zhang, revealed R-zhang access_note, revealed R-zhang medical, en_route R-zhang, on_scene R-zhang, coming E-wang#1, backup_requested R-zhang, cleared R-zhang"
		if got := strings.Join(story, ", "); got != want {
			t.Errorf("the journal has\n%s, want\n%s", got, want)
		}
		if _, err := w.d.desk.Close(t.Context(), inc.ID, "li", dispatch.Assisted, "", inc.Seq); err != nil {
			t.Fatal(err)
		}
		w.shows(responder, "", "求助已结束", "谢谢您到场帮忙")
		w.shows(family, "", "They were helped at home")
		w.restart() // still in the journal
		w.shows(family, "", "They were helped at home")
		after(20 * time.Second)
		w.restart() // archived
		w.shows(family, "", "They were helped at home")
	})
}

// Who answers by SMS is sent the address of the page, which opens to their tap only.
func TestAnsweredBySMSOpenedByPage(t *testing.T) {
	scenario(t, func(t *testing.T, w *world) {
		w.press("D-wang")
		w.reply(zhangPhone, "1")
		texts := w.texts(zhangPhone)
		_, path, ok := strings.Cut(texts[len(texts)-1], " http://127.0.0.1:8080/r/")
		if !ok || len(path) != 22 {
			t.Fatalf("the text is %q", texts)
		}
		if _, body, _ := w.visit("/r/"+path, ""); strings.Contains(body, "钥匙在701") || !strings.Contains(body, "401") {
			t.Errorf("to whoever fetches the link: %s", body)
		}
		w.shows("/r/"+path, "open", "钥匙在701", "青霉素过敏", sonPhone)
	})
}

// A link lives through a restart in the middle of a call, and ends when the key of links is renewed.
func TestLinksSurviveARestartAndEndWithTheKey(t *testing.T) {
	scenario(t, func(t *testing.T, w *world) {
		w.press("D-wang")
		responder := w.page(zhang)
		w.restart()
		w.shows(responder, "accept", "您已接单", "钥匙在701")
		if err := w.d.access.RenewSeal(t.Context()); err != nil {
			t.Fatal(err)
		}
		if status, _, _ := w.visit(responder, ""); status != http.StatusNotFound {
			t.Errorf("a revoked link opens: %d", status)
		}
		w.shows(w.page(zhang), "", "您已接单")
	})
}
