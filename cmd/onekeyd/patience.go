package main

import (
	"io"
	"net/http"
	"time"
)

// bodyTime is how long a request's body may take, whoever sends it: the longest
// form is some kilobytes, and the gates that know better set less.
const bodyTime = 10 * time.Second

// patience ends requests whose body does not come. A body that has come whole
// has no deadline any more, so that a handler may take its time; one that
// nobody reads is dropped by the server under the same deadline.
func patience(limit time.Duration, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength == 0 { // no body, and an event stream lives for hours
			next.ServeHTTP(w, r)
			return
		}
		ctl := http.NewResponseController(w)
		// A writer without deadlines (tests) reads from memory and needs none.
		if ctl.SetReadDeadline(time.Now().Add(limit)) == nil {
			r.Body = &awaited{ReadCloser: r.Body, ctl: ctl}
		}
		next.ServeHTTP(w, r)
	})
}

// awaited is a body that ends its deadline when it ends.
type awaited struct {
	io.ReadCloser
	ctl  *http.ResponseController
	done bool
}

func (a *awaited) Read(b []byte) (int, error) {
	n, err := a.ReadCloser.Read(b)
	if err == io.EOF && !a.done {
		a.done = true
		_ = a.ctl.SetReadDeadline(time.Time{}) // it was set before, so it can be
	}
	return n, err
}
