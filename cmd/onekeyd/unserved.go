package main

import (
	"fmt"
	"iter"
	"log/slog"
	"strings"
	"sync"
	"time"

	"onekeyd/alerts"
	"onekeyd/cmd/onekeyd/settings"
	"onekeyd/dispatch/registry"
)

// unserved knows how many people of the directory no carrier can tell by SMS.
// The zero value is ready, for the empty directory is version 0.
//
// Counting reads the number of everybody who may be told, a second of one
// processor for millions. So it is done in the background, one count at a time,
// once a version of the directory, and takes a fiftieth of the time at most
// however often the directory is edited. Until then what was counted last is said.
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
type uncarried struct {
	responders, contacts int
	mainland             int    // of both, in mainland China
	example              string // one of the numbers, masked
}

func countUncarried(numbers iter.Seq2[registry.Key, string], serves func(e164 string) bool) (u uncarried) {
	for key, number := range numbers {
		if serves(number) {
			continue
		}
		if key.Kind == registry.Contacts {
			u.contacts++
		} else {
			u.responders++
		}
		if strings.HasPrefix(number, "+86") {
			u.mainland++
		}
		// The same one however the directory is ordered, so that no news is no news.
		if masked := alerts.MaskPhone(number); u.example == "" || masked < u.example {
			u.example = masked
		}
	}
	return u
}

func (u uncarried) none() bool { return u.responders+u.contacts == 0 }

// who is they: "2 responders and 1 family contact".
func (u uncarried) who() string {
	var parts []string
	for _, of := range []struct {
		n         int
		one, many string
	}{{u.responders, "responder", "responders"}, {u.contacts, "family contact", "family contacts"}} {
		switch {
		case of.n == 1:
			parts = append(parts, "1 "+of.one)
		case of.n > 1:
			parts = append(parts, fmt.Sprintf("%d %s", of.n, of.many))
		}
	}
	return strings.Join(parts, " and ")
}

// words says it, "" if there is nothing to say.
func (u uncarried) words(carriers string) string {
	switch u.responders + u.contacts {
	case 0:
		return ""
	case 1:
		return fmt.Sprintf("%s has a number (%s) that none of %s serves: it is shown as not sent", u.who(), u.example, carriers)
	}
	return fmt.Sprintf("%s have numbers (such as %s) that none of %s serves: they are shown as not sent", u.who(), u.example, carriers)
}

// advice says what to set.
func (u uncarried) advice() string {
	var set []string
	if u.mainland > 0 {
		set = append(set, "for mainland China set up sms.aliyun, sms.tencent or sms.webhook")
	}
	if u.mainland < u.responders+u.contacts {
		set = append(set, "for other countries set up sms.twilio or sms.webhook")
	}
	return strings.Join(append(set, `or, if that is known and meant, set sms.unserved to "warn"`), ", ")
}

// refusal is why these settings must not be relied on, nil if they may be: a
// call for help that some people can never hear of is found out now, and not
// when somebody lies on the floor.
func (u uncarried) refusal(cfg settings.SMS, carriers string) error {
	if u.none() || cfg.Unserved != settings.Refuse {
		return nil
	}
	return fmt.Errorf("none of %s serves the numbers of %s, such as %s, who would never be told: %s", carriers, u.who(), u.example, u.advice())
}

// look gives what is known, and begins to count if the directory has changed since.
func (u *unserved) look(s *registry.Snapshot, cs carriers, refuse bool, log *slog.Logger) []string {
	u.mu.Lock()
	defer u.mu.Unlock()
	if began := time.Now(); u.counted != s.Version() && !u.counting && !began.Before(u.rest) {
		u.counting = true
		go func() {
			found := countUncarried(s.Numbers(), cs.serves)
			ended := time.Now()
			u.mu.Lock()
			news := found != u.found
			u.counted, u.counting, u.found = s.Version(), false, found
			u.rest = ended.Add(countRest * ended.Sub(began))
			u.mu.Unlock()
			for _, w := range found.said(cs.names(), refuse) {
				if news {
					log.Warn("cannot be promised", "what", w)
				}
			}
		}()
	}
	return u.found.said(cs.names(), refuse)
}

// said is the words for a daemon that runs: it goes on, and would not start again.
func (u uncarried) said(carriers string, refuse bool) []string {
	switch {
	case u.none():
		return nil
	case refuse:
		return []string{u.words(carriers), "with such numbers this daemon goes on, and refuses to start again: " + u.advice()}
	}
	return []string{u.words(carriers)}
}

// unservedWords is what those are told who look at the daemon.
func (d *daemon) unservedWords() []string {
	if len(d.carriers) == 0 { // nobody is told by SMS at all, which is said already
		return nil
	}
	return d.unserved.look(d.registry.Snapshot(), d.carriers, d.cfg.SMS.Unserved == settings.Refuse, d.log)
}

// refuseUnserved is asked before the daemon starts.
func (d *daemon) refuseUnserved() error {
	if len(d.carriers) == 0 {
		return nil
	}
	return countUncarried(d.registry.Snapshot().Numbers(), d.carriers.serves).refusal(d.cfg.SMS, d.carriers.names())
}
