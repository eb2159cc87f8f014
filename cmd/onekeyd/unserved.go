package main

import (
	"fmt"
	"log/slog"
	"sync"
	"time"

	"onekeyd/dispatch/registry"
)

// unserved knows how many people of the directory no carrier can tell by SMS.
// The zero value is ready, for the empty directory is version 0.
//
// Counting reads every elder's contacts, seconds of one processor for a million
// of them. So it is done in the background, one count at a time, once a version
// of the directory, and takes a fiftieth of the time at most however often the
// directory is edited. Until then what was counted last is said.
type unserved struct {
	mu       sync.Mutex // guards what follows
	counted  uint64     // version of the directory
	counting bool
	rest     time.Time // no count begins before
	found    uncarried
}

// countRest is how much longer than a count the pause after it is.
const countRest = 50

// uncarried is a number of people by what they are.
type uncarried struct{ responders, contacts int }

func countUncarried(s *registry.Snapshot, serves func(e164 string) bool) (u uncarried) {
	for r := range s.Responders() {
		if r.Phone != "" && !serves(r.Phone) {
			u.responders++
		}
	}
	for e := range s.Elders() {
		for _, c := range s.Contacts(e.ID) {
			if c.Phone != "" && !serves(c.Phone) {
				u.contacts++
			}
		}
	}
	return u
}

// words says it, nil if there is nothing to say.
func (u uncarried) words() []string {
	var out []string
	for _, of := range []struct {
		n         int
		one, many string
	}{
		{u.responders, "responder has a mainland number", "responders have mainland numbers"},
		{u.contacts, "family contact has a mainland number", "family contacts have mainland numbers"},
	} {
		switch {
		case of.n == 1:
			out = append(out, fmt.Sprintf("1 %s that Twilio cannot serve: it is shown as not sent", of.one))
		case of.n > 1:
			out = append(out, fmt.Sprintf("%d %s that Twilio cannot serve: they are shown as not sent", of.n, of.many))
		}
	}
	return out
}

// look gives what is known, and begins to count if the directory has changed since.
func (u *unserved) look(s *registry.Snapshot, serves func(string) bool, log *slog.Logger) []string {
	u.mu.Lock()
	defer u.mu.Unlock()
	if began := time.Now(); u.counted != s.Version() && !u.counting && !began.Before(u.rest) {
		u.counting = true
		go func() {
			found := countUncarried(s, serves)
			ended := time.Now()
			u.mu.Lock()
			news := found != u.found
			u.counted, u.counting, u.found = s.Version(), false, found
			u.rest = ended.Add(countRest * ended.Sub(began))
			u.mu.Unlock()
			for _, w := range found.words() {
				if news {
					log.Warn("cannot be promised", "what", w)
				}
			}
		}()
	}
	return u.found.words()
}

// unservedWords is what those are told who look at the daemon.
func (d *daemon) unservedWords() []string {
	if d.twilio == nil { // nobody is told by SMS at all, which is said already
		return nil
	}
	return d.unserved.look(d.registry.Snapshot(), d.twilio.Caps().Serves, d.log)
}
