package pages

import (
	"context"
	"encoding/base64"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"onekeyd/dispatch"
)

// maxForm bounds what a page may send, in bytes.
const maxForm = 2 << 10

// storing is how long an answer may take once it was begun; it goes on when the
// page leaves, since half-known answers are worse than slow ones.
const storing = 10 * time.Second

// sealOpened is the part of a seal that tells the mark of an opened page from tokens.
const sealOpened = "opened"

// actResponder takes a responder's word and leads back to the page, so that
// renewing it repeats nothing.
func (p *Pages) actResponder(w http.ResponseWriter, r *http.Request, v visit) {
	if !readForm(w, r) {
		return
	}
	verb, outcome, _ := strings.Cut(r.PostFormValue("do"), " ")
	switch verb {
	case dispatch.VerbAccept, dispatch.VerbDecline, dispatch.VerbEnRoute, dispatch.VerbArrived, dispatch.VerbBackup, doOpen:
		if outcome != "" {
			refuseForm(w)
			return
		}
	case dispatch.VerbDone:
	default:
		refuseForm(w)
		return
	}
	if v.ended != nil {
		p.back(w, r, v.who, "", "")
		return
	}
	offer, _ := v.incident.Offer(dispatch.ResponderID(v.who.ID))
	if verb == dispatch.VerbDone && !slices.Contains(outcomes(v.incident.Kind), dispatch.Disposition(outcome)) {
		refuseForm(w)
		return
	}
	if verb == dispatch.VerbBackup && r.PostFormValue("more") != strconv.Itoa(v.incident.More) {
		p.back(w, r, v.who, "", p.mark(r, v)) // it was asked for since this page was made: a second tap
		return
	}
	if verb == doOpen {
		if !offer.State.Active() {
			p.back(w, r, v.who, noticeRefused, "")
			return
		}
		p.back(w, r, v.who, "", p.reveal(r.Context(), v.incident, v.who))
		return
	}
	p.answer(w, r, v, verb, dispatch.Disposition(outcome))
}

// actFamily takes a relative's word.
func (p *Pages) actFamily(w http.ResponseWriter, r *http.Request, v visit) {
	if !readForm(w, r) {
		return
	}
	verb := r.PostFormValue("do")
	switch {
	case verb != dispatch.VerbAccept && verb != dispatch.VerbDecline:
		refuseForm(w)
	case v.ended != nil:
		p.back(w, r, v.who, "", "")
	default:
		p.answer(w, r, v, verb, "")
	}
}

// answer hands a person's word to the desk.
func (p *Pages) answer(w http.ResponseWriter, r *http.Request, v visit, verb string, outcome dispatch.Disposition) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), storing)
	defer cancel()
	inc, err := p.opt.Desk.Answer(ctx, dispatch.Answer{Incident: v.who.Incident, Who: v.who.ID, Verb: verb, Outcome: outcome, Via: "page"})
	switch {
	case err == nil:
		p.log.Info("answer by page", "incident", v.who.Incident, "who", v.who.ID, "verb", verb)
	case errors.Is(err, dispatch.ErrRefused), errors.Is(err, dispatch.ErrStale):
		p.back(w, r, v.who, noticeRefused, p.mark(r, v))
		return
	case errors.Is(err, dispatch.ErrNoIncident):
		p.back(w, r, v.who, "", "") // the page says how it ended
		return
	default:
		p.log.Warn("answer by page not stored", "incident", v.who.Incident, "who", v.who.ID, "verb", verb, "err", err)
		p.page(w, r, v, answerTo{status: http.StatusServiceUnavailable, notice: "unstored"})
		return
	}
	if verb == dispatch.VerbAccept && v.who.Role == dispatch.RoleResponder {
		if o, _ := inc.Offer(dispatch.ResponderID(v.who.ID)); !o.State.Active() {
			p.back(w, r, v.who, noticeCovered, "")
			return
		}
		// The page that follows shows everything: nobody should look for a button at the door.
		p.back(w, r, v.who, "", p.reveal(ctx, inc, v.who))
		return
	}
	p.back(w, r, v.who, "", p.mark(r, v))
}

// sensitive is what there is of access note and medical data for a responder.
func (p *Pages) sensitive(inc *dispatch.Incident, who Person) map[string]string {
	out := map[string]string{}
	e, ok := p.opt.Directory().Elder(inc.Elder)
	if !ok || inc.Elder == "" {
		return out
	}
	if e.Premises.AccessNote != "" {
		out[showAccess] = e.Premises.AccessNote
	}
	if o, _ := inc.Offer(dispatch.ResponderID(who.ID)); e.Medical != "" && careful(inc, o) {
		out[showMedical] = e.Medical
	}
	return out
}

// reveal puts on record, once a responder, that they are given what there is of
// access note and medical data, and returns the mark that shows it. Whether it can
// be stored does not decide over the door: who goes there is let in, and the log has it.
func (p *Pages) reveal(ctx context.Context, inc *dispatch.Incident, who Person) (mark string) {
	given := p.sensitive(inc, who)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storing)
	defer cancel()
	for what := range given {
		shown := func(l dispatch.Line) bool {
			return l.What == dispatch.FactRevealed && l.Who == who.ID && l.Text == what
		}
		if slices.ContainsFunc(inc.Timeline, shown) {
			continue
		}
		p.log.Info("shown by page", "incident", who.Incident, "responder", who.ID, "what", what)
		if _, err := p.opt.Desk.Reveal(ctx, who.Incident, who.ID, what); err != nil && !errors.Is(err, dispatch.ErrNoIncident) {
			p.log.Error("what a responder was shown is not in the journal", "incident", who.Incident, "responder", who.ID, "what", what, "err", err)
		}
	}
	return p.openedMark(who, given)
}

// back leads to the page of the same link. An opened page has a mark in its
// address that only a POST gives out: a scanner that fetches the link has not got
// it, and a browser without cookies keeps it.
func (p *Pages) back(w http.ResponseWriter, r *http.Request, who Person, notice, mark string) {
	path := FamilyPath
	if who.Role == dispatch.RoleResponder {
		path = ResponderPath
	}
	to := path + r.PathValue("token")
	sep := "?"
	if mark != "" {
		to += sep + openedParam + "=" + mark
		sep = "&"
	}
	if notice != "" {
		to += sep + noticeParam + "=" + notice
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// openedMark is of what was given out and put on record: what the directory
// learns later has to be asked for again.
func (p *Pages) openedMark(who Person, given map[string]string) string {
	mark, _ := p.opt.Seals.Seal(append([]string{sealOpened, string(who.Incident), who.ID}, slices.Sorted(maps.Keys(given))...)...)
	return base64.RawURLEncoding.EncodeToString(mark[:8])
}

// opened reports whether the page was opened by a POST. The mark is compared
// plainly: who can guess at it has the link already.
func (p *Pages) opened(r *http.Request, v visit) bool {
	mark := r.URL.Query().Get(openedParam)
	return mark != "" && v.incident != nil && mark == p.openedMark(v.who, p.sensitive(v.incident, v.who))
}

// mark is that of an opened page, to be kept in its address.
func (p *Pages) mark(r *http.Request, v visit) string {
	if !p.opened(r, v) {
		return ""
	}
	return r.URL.Query().Get(openedParam)
}

// seen takes the word of a page that it is on a screen; once a link is enough.
func (p *Pages) seen(w http.ResponseWriter, r *http.Request, v visit) {
	if v.ended == nil && p.links.firstSight(v.link) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), storing)
		defer cancel()
		if err := p.opt.Desk.Seen(ctx, v.who); err != nil && !errors.Is(err, dispatch.ErrNoIncident) && !errors.Is(err, dispatch.ErrRefused) {
			p.links.unseen(v.link)
			p.log.Warn("sight of a page not stored", "incident", v.who.Incident, "who", v.who.ID, "err", err)
			http.Error(w, "not stored", http.StatusServiceUnavailable)
			return
		}
	}
	w.WriteHeader(http.StatusNoContent)
}

func readForm(w http.ResponseWriter, r *http.Request) bool {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		refuseForm(w)
		return false
	}
	return true
}

func refuseForm(w http.ResponseWriter) {
	http.Error(w, "the form could not be read", http.StatusBadRequest)
}
