package welfare

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"strings"
	"sync"
	"time"

	"onekeyd/dispatch"
)

// The addresses of the list.
const (
	PagePath = "/welfare"
	CSVPath  = "/v1/welfare.csv"
)

const (
	// atOnce is how many lists are written at the same time; one of 1,000,000 elders holds 220 MB.
	atOnce = 3
	// stall is how long a reader may take nothing.
	stall = 10 * time.Second
)

// Options of Lists; all but Zone are needed for the handlers.
type Options struct {
	Directory func() Directory
	Open      func() []*dispatch.Incident // most urgent first
	// Reader says who asks, and whether it is a program; if they may not read the
	// list it has answered the request already.
	Reader   func(w http.ResponseWriter, r *http.Request) (who string, program, ok bool)
	Centre   string
	Language string
	Zone     *time.Location // nil: UTC
	Log      *slog.Logger
}

// Lists makes lists for whoever asks.
type Lists struct {
	o       Options
	words   map[string]words
	page    *page
	writing chan struct{} // a place for each list that is written

	ranking sync.Mutex // held while one is ranked
}

// New reads the embedded page and words.
func New(o Options) (*Lists, error) {
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	w, err := readWords()
	if err != nil {
		return nil, err
	}
	p, err := readPage()
	if err != nil {
		return nil, err
	}
	return &Lists{o: o, words: w, page: p, writing: make(chan struct{}, atOnce)}, nil
}

// Register puts the list on mux.
func (ls *Lists) Register(mux *http.ServeMux) {
	mux.HandleFunc("GET "+PagePath, ls.serve(func(l *List, w http.ResponseWriter, r *http.Request, _ bool) error {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", ls.page.policy())
		lang := language(r, ls.o.Language)
		return patiently(w, func(w io.Writer) error {
			return l.html(w, ls.page, around{W: ls.words[lang], Lang: lang, Centre: ls.o.Centre, Linked: true}, ls.o.Zone, onPage)
		})
	}))
	mux.HandleFunc("GET "+CSVPath, ls.serve(func(l *List, w http.ResponseWriter, r *http.Request, program bool) error {
		w.Header().Set("Content-Type", "text/csv; charset=utf-8; header=present")
		w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": l.file("csv", ls.o.Zone)}))
		words := ls.words[language(r, ls.o.Language)]
		return patiently(w, func(w io.Writer) error { return l.CSV(w, words, ls.o.Zone, !program) })
	}))
}

// serve makes the list that is asked for. Every reading is on record.
func (ls *Lists) serve(write func(l *List, w http.ResponseWriter, r *http.Request, program bool) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Cache-Control", "no-store")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("X-Robots-Tag", "noindex")
		who, program, ok := ls.o.Reader(w, r)
		if !ok {
			return
		}
		select {
		case ls.writing <- struct{}{}:
			defer func() { <-ls.writing }()
		default:
			h.Set("Retry-After", "2")
			http.Error(w, "too many lists are being made; try again", http.StatusServiceUnavailable)
			return
		}
		area := r.URL.Query().Get("area")
		l, err := ls.Make(area)
		if errors.Is(err, ErrNoArea) {
			http.Error(w, err.Error(), http.StatusNotFound)
			return
		}
		ls.o.Log.Info("welfare list read", "component", "welfare", "operator", who, "area", area, "elders", l.Len(), "path", r.URL.Path)
		if err := write(l, w, r, program); err != nil {
			ls.o.Log.Info("welfare list was not read to its end", "component", "welfare", "operator", who, "area", area, "err", err)
		}
	}
}

// Make is the list of an area now. Its only error is [ErrNoArea].
func (ls *Lists) Make(area string) (*List, error) {
	ls.ranking.Lock()
	defer ls.ranking.Unlock()
	return Make(ls.o.Directory(), ls.o.Open(), area, time.Now())
}

// Write writes a list to be kept: the page or the CSV, whole.
func (ls *Lists) Write(to io.Writer, l *List, format, lang string) error {
	w, ok := ls.words[lang]
	switch {
	case !ok:
		return fmt.Errorf("write the welfare list: language %q; %s are known", lang, strings.Join(languages(), " and "))
	case format == "csv":
		return l.CSV(to, w, ls.o.Zone, true)
	case format == "html":
		return l.html(to, ls.page, around{W: w, Lang: lang, Centre: ls.o.Centre}, ls.o.Zone, 0)
	}
	return fmt.Errorf("write the welfare list: format %q; csv and html are known", format)
}

// file is what the list is called when it is kept.
func (l *List) file(kind string, zone *time.Location) string {
	name := "welfare-"
	if l.Area != "" {
		name += l.Area + "-"
	}
	return name + l.Made.In(zone).Format("20060102-1504") + "." + kind
}

// patiently gives each write its own time: a long list to a slow line is all
// right, a reader who takes nothing is not.
func patiently(w http.ResponseWriter, write func(io.Writer) error) error {
	s := slow{w, http.NewResponseController(w)}
	if err := write(s); err != nil {
		return err
	}
	if err := s.ctl.Flush(); err != nil {
		return err
	}
	return supported(s.ctl.SetWriteDeadline(time.Time{})) // the connection goes on
}

type slow struct {
	w   io.Writer
	ctl *http.ResponseController
}

func (s slow) Write(p []byte) (int, error) {
	if err := supported(s.ctl.SetWriteDeadline(time.Now().Add(stall))); err != nil {
		return 0, err
	}
	return s.w.Write(p)
}

// supported: a writer without deadlines is one of a test.
func supported(err error) error {
	if errors.Is(err, http.ErrNotSupported) {
		return nil
	}
	return err
}
