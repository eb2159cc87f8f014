package phones

import (
	"embed"
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"path"
	"strings"
	"time"
	"unicode/utf8"

	"onekeyd/alerts/sms/twiliosim"
)

//go:embed web
var embedded embed.FS

// Options of a Page; all are needed.
type Options struct {
	Sim  *twiliosim.Sim
	Desk string // the number that texts come from and answers go to
	Zone string // IANA time zone in which times are shown
	// Who has a number; the zero Person is nobody known.
	Who func(number string) Person
	// Code is the incident's code in a text, "" for one without.
	Code func(body string) string
	Log  *slog.Logger
}

// Page serves the telephones.
type Page struct {
	opt   Options
	files fs.FS
}

// New makes a page.
func New(o Options) (*Page, error) {
	files, err := fs.Sub(embedded, "web")
	if err != nil {
		return nil, err
	}
	o.Log = o.Log.With("component", "phones")
	return &Page{opt: o, files: files}, nil
}

// Path is where the page is, for the mux and for people.
const Path = "/phones/"

// Register puts the page's routes on mux.
func (p *Page) Register(mux *http.ServeMux) {
	guard := http.NewCrossOriginProtection()
	route := func(pattern string, h http.HandlerFunc) { mux.Handle(pattern, guard.Handler(secured(h))) }
	route("GET "+Path+"{$}", p.file("index.html"))
	for _, name := range []string{"phones.css", "phones.mjs", "words.mjs", "icon.svg"} {
		route("GET "+Path+name, p.file(name))
	}
	route("GET "+Path+"texts", p.list)
	route("GET "+Path+"events", p.events)
	route("POST "+Path+"reply", p.reply)
	route("POST "+Path+"call", p.call)
}

// contentPolicy: files of ours only, and no script or style that is not one.
const contentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; " +
	"frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

func secured(next http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", contentPolicy)
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Robots-Tag", "noindex")
		h.Set("Cache-Control", "no-store")
		next(w, r)
	})
}

// A browser refuses a module with the wrong type, and the machine's own table may have one.
var contentTypes = map[string]string{
	".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8", ".mjs": "text/javascript; charset=utf-8", ".svg": "image/svg+xml",
}

func (p *Page) file(name string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", contentTypes[path.Ext(name)])
		http.ServeFileFS(w, r, p.files, name)
	}
}

// shown is what the page is drawn from.
type shown struct {
	Zone   string  `json:"zone"`
	Phones []phone `json:"phones"` // the one with the newest text or call first
}

func (p *Page) list(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, shown{p.opt.Zone, p.phones()})
}

// maxReply is the longest text that a phone sends at once, in bytes.
const maxReply = 1600

// reply types a text on a phone that has had one.
func (p *Page) reply(w http.ResponseWriter, r *http.Request) {
	var typed struct{ Number, Text string }
	err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 2*maxReply)).Decode(&typed)
	typed.Text = strings.TrimSpace(typed.Text)
	switch {
	case err != nil:
		answer(w, http.StatusBadRequest, refusal{"the body is not JSON with number and text"})
		return
	case typed.Text == "" || len(typed.Text) > maxReply || !utf8.ValidString(typed.Text):
		answer(w, http.StatusBadRequest, refusal{"a text has 1 to 1600 bytes"})
		return
	case len(p.opt.Sim.To(typed.Number)) == 0:
		answer(w, http.StatusNotFound, refusal{"no text was sent to this number"})
		return
	}
	if err := p.opt.Sim.Reply(r.Context(), typed.Number, p.opt.Desk, typed.Text); err != nil {
		p.opt.Log.Warn("a reply did not get through", "err", err)
		answer(w, http.StatusBadGateway, refusal{"the daemon did not take it"})
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// call picks a phone up, presses a key on it or hangs it up.
func (p *Page) call(w http.ResponseWriter, r *http.Request) {
	var done struct{ SID, Do string }
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<10)).Decode(&done); err != nil {
		answer(w, http.StatusBadRequest, refusal{"the body is not JSON with sid and do"})
		return
	}
	if err := p.opt.Sim.Phone(r.Context(), done.SID, twiliosim.Hand(done.Do)); err != nil {
		answer(w, http.StatusConflict, refusal{"the phone does not ring any more"})
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

type refusal struct {
	Error string `json:"error"`
}

func answer(w http.ResponseWriter, status int, v any) {
	data, err := json.Marshal(v)
	if err != nil {
		panic("encode answer: " + err.Error()) // strings, numbers and times of this century
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(data) // who asked may have gone
}

const (
	// gather is how long changes are collected: a fan-out makes several in a few milliseconds.
	gather = 60 * time.Millisecond
	// heartbeat shows a page that the stream is alive, and the server whether the page is.
	heartbeat = 10 * time.Second
	// writeTime is how long a reader may take no bytes.
	writeTime = 5 * time.Second
)

// events streams the phones that changed, all of them at first.
func (p *Page) events(w http.ResponseWriter, r *http.Request) {
	changed, stop := p.opt.Sim.Subscribe()
	defer stop()
	w.Header().Set("Content-Type", "text/event-stream")
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	control := http.NewResponseController(w)
	send := func(event string) error {
		if err := control.SetWriteDeadline(time.Now().Add(writeTime)); err != nil && !errors.Is(err, http.ErrNotSupported) {
			return err
		}
		if _, err := w.Write([]byte(event)); err != nil {
			return err
		}
		return control.Flush()
	}
	sent := map[string]string{} // number to what the page has of it
	for first := true; ; first = false {
		news := shown{Zone: p.opt.Zone, Phones: []phone{}}
		for _, ph := range p.phones() {
			data, err := json.Marshal(ph)
			if err != nil {
				panic("encode phone: " + err.Error()) // as in answer
			}
			if sent[ph.Number] != string(data) {
				sent[ph.Number] = string(data)
				news.Phones = append(news.Phones, ph)
			}
		}
		if first || len(news.Phones) > 0 {
			data, err := json.Marshal(news)
			if err != nil {
				panic("encode phones: " + err.Error()) // as in answer
			}
			if send("event: phones\ndata: "+string(data)+"\n\n") != nil {
				return // the page comes back by itself
			}
		}
		for waiting := true; waiting; {
			select {
			case <-r.Context().Done():
				return
			case <-beat.C:
				if send("event: beat\ndata: 1\n\n") != nil {
					return
				}
			case <-changed:
				waiting = false
			}
		}
		select {
		case <-r.Context().Done():
			return
		case <-time.After(gather):
		}
	}
}
