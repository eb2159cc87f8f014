package pages

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"html/template"
	"net/http"
	"strings"
	"time"

	"onekeyd/dispatch"
)

// How often a page asks what is new, in milliseconds, and renews itself without JavaScript, in seconds.
const (
	askEvery       = 5000
	askEveryEnded  = 60_000
	renewFamily    = 10
	renewResponder = 30
)

// Parameters of a page's address.
const (
	openedParam  = "o" // the mark of an opened page
	noticeParam  = "n" // what became of the last answer
	versionParam = "v" // what the page has already
)

// Notices that an address can name; each has its words under notice.
const (
	noticeRefused = "refused"
	noticeCovered = "covered"
)

// screen is what both pages have.
type screen struct {
	words     words
	Notice    string // refused, covered, unstored, often
	CentreTel template.URL
	Centre    string
	AmbTel    template.URL
}

// frame is the page around a screen. Version names what is inside; the rest may
// differ from one answer to the next.
type frame struct {
	Lang, Role, Title string
	Style             template.CSS
	Script            string
	Body              template.HTML
	Version           string
	Poll, Renew       int
	Now               time.Time
	Dead              bool
}

// answerTo is what a page is shown for beside a plain GET.
type answerTo struct {
	status int
	notice string
}

// show answers a GET. It never acts: previews and scanners fetch links.
func (p *Pages) show(w http.ResponseWriter, r *http.Request, v visit) {
	a := answerTo{status: http.StatusOK}
	switch n := r.URL.Query().Get(noticeParam); n {
	case noticeRefused, noticeCovered:
		a.notice = n
	}
	p.page(w, r, v, a)
}

// page writes the page of a visit as things stand now.
func (p *Pages) page(w http.ResponseWriter, r *http.Request, v visit, a answerTo) {
	now := time.Now()
	lang := p.language(v.lang, r)
	words := p.assets.words[lang]
	s := screen{words: words, Notice: a.notice, CentreTel: tel(p.opt.Phone), Centre: p.opt.Centre, AmbTel: tel(p.opt.Ambulance)}
	f := frame{Lang: words.t("lang"), Style: p.assets.style, Script: p.assets.src, Poll: askEvery, Now: now}
	if v.ended != nil {
		f.Poll = askEveryEnded
	}
	body, err := p.body(r, v, s, &f, lang, now)
	plain := body
	if err == nil && s.Notice != "" { // a notice stands until things change, so it is no part of the version
		s.Notice = ""
		plain, err = p.body(r, v, s, &f, lang, now)
	}
	if err != nil {
		p.log.Error("page cannot be written", "incident", v.who.Incident, "err", err)
		http.Error(w, "the page could not be written; please telephone", http.StatusInternalServerError)
		return
	}
	sum := sha256.Sum256([]byte(p.assets.src + plain))
	f.Version, f.Body = hex.EncodeToString(sum[:8]), template.HTML(body)
	if a.status == http.StatusOK && r.Method == http.MethodGet && r.URL.Query().Get(versionParam) == f.Version {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	p.write(w, a.status, lang, f)
}

// body is what stands in the frame, which it completes.
func (p *Pages) body(r *http.Request, v visit, s screen, f *frame, lang string, now time.Time) (string, error) {
	var b bytes.Buffer
	if v.who.Role == dispatch.RoleResponder {
		f.Role, f.Renew, f.Title = "r", renewResponder, s.words.t("r.title")
		view := p.responderView(s, v, p.opened(r, v), now)
		view.WeChat = strings.Contains(r.UserAgent(), "MicroMessenger")
		err := p.assets.templates[lang].ExecuteTemplate(&b, "responder", view)
		return b.String(), err
	}
	view := p.familyView(s, v, now)
	view.name()
	f.Role, f.Renew, f.Title = "f", renewFamily, view.Title
	err := p.assets.templates[lang].ExecuteTemplate(&b, "family", view)
	return b.String(), err
}

// closed is the page of a link that opens nothing, or nothing yet.
func (p *Pages) closed(w http.ResponseWriter, r *http.Request) {
	lang := p.language("", r)
	words := p.assets.words[lang]
	v := closedView{
		screen: screen{words: words, CentreTel: tel(p.opt.Phone), Centre: p.opt.Centre, AmbTel: tel(p.opt.Ambulance)},
		Why:    "gone", Ambulance: p.opt.Ambulance,
	}
	status := http.StatusNotFound
	if !p.begun.Load() {
		v.Why, status = "starting", http.StatusServiceUnavailable
		w.Header().Set("Retry-After", "3")
		w.Header().Set("Refresh", "3")
	}
	var body bytes.Buffer
	if err := p.assets.templates[lang].ExecuteTemplate(&body, "closed", v); err != nil {
		p.log.Error("page cannot be written", "err", err)
		http.Error(w, "the page could not be written; please telephone", http.StatusInternalServerError)
		return
	}
	p.write(w, status, lang, frame{Lang: words.t("lang"), Role: "g", Title: words.t(v.Why + ".title"), Style: p.assets.style, Body: template.HTML(body.String()), Dead: true})
}

// closedView is what the template of a closed page knows.
type closedView struct {
	screen
	Why       string // gone or starting
	Ambulance string
}

func (p *Pages) write(w http.ResponseWriter, status int, lang string, f frame) {
	var b bytes.Buffer
	if err := p.assets.templates[lang].ExecuteTemplate(&b, "page", f); err != nil {
		p.log.Error("page cannot be written", "err", err)
		http.Error(w, "the page could not be written; please telephone", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // who asked may have gone
}
