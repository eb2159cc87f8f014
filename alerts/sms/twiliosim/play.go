package twiliosim

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"time"
	"unicode"
)

// maxDocuments bounds a call that sends itself in a circle.
const maxDocuments = 20

// applicationError is what people hear when a daemon's answer is none.
const applicationError = "An application error has occurred. Goodbye."

// request is a document to get next.
type request struct {
	url, method, digits string
	finish              string // the key that ended the digits
}

// play executes the call's document and those that follow, until it ends. How
// it ended is not told: whoever hung up, the call is over.
func (l *line) play() {
	doc, next := []byte(l.call.Twiml), &request{url: l.call.URL, method: "POST"} // both set before run began
	base := l.call.URL
	if base == "" {
		next = nil
	}
	for range maxDocuments {
		if next != nil {
			var code int
			if base, doc, code = l.fetch(base, *next); code != 0 {
				l.broken(code)
				return
			}
		}
		verbs, err := readTwiml(doc)
		if err != nil {
			l.broken(12100) // document parse failure
			return
		}
		if next = l.perform(verbs); next == nil {
			return
		}
	}
	l.broken(11200)
}

func (l *line) broken(code int) {
	l.note(func(c *Call) { c.Code = code })
	l.speak(applicationError)
}

// perform executes verbs in order; nil: nothing follows.
func (l *line) perform(verbs []verb) *request {
	for _, v := range verbs {
		switch v.name {
		case "Say", "Pause":
			if _, over := l.utter(v, false); over {
				return nil
			}
		case "Redirect":
			return &request{url: v.text, method: v.attr("method", "POST")}
		case "Hangup":
			return nil
		case "Gather":
			next, over := l.gather(v)
			if over || next != nil {
				return next
			}
		}
	}
	return nil
}

// gather takes keys: while its words are spoken, which stop at the first one,
// and after them for its timeout. The key that finishes, pressed alone, asks for
// nothing and the document goes on.
func (l *line) gather(v verb) (next *request, over bool) {
	want, _ := strconv.Atoi(v.attr("numDigits", "0"))
	patience, _ := strconv.Atoi(v.attr("timeout", "5"))
	finish := Hand(v.attr("finishOnKey", "#"))
	digits := ""
	// take adds a key; done: that was all.
	take := func(key Hand) (done bool) {
		if key == finish {
			return true
		}
		digits += string(key)
		return want > 0 && len(digits) == want
	}
	ask := func(finished Hand) *request {
		if digits == "" {
			return nil
		}
		return &request{url: v.attr("action", ""), method: v.attr("method", "POST"), digits: digits, finish: string(finished)}
	}
	var key Hand
	for _, kid := range v.kids {
		if key, over = l.utter(kid, true); over {
			return nil, true
		}
		if key != "" {
			break
		}
	}
	for {
		if key != "" && take(key) {
			if key != finish {
				finish = ""
			}
			return ask(finish), false
		}
		if key, over = l.listen(time.Duration(patience) * time.Second); over {
			return nil, true
		}
		if key == "" {
			return ask(""), false
		}
	}
}

// utter speaks or pauses; a key ends it if one is asked for.
func (l *line) utter(v verb, asked bool) (key Hand, over bool) {
	if v.name == "Pause" {
		n, err := strconv.Atoi(v.attr("length", "1"))
		if err != nil {
			n = 1
		}
		return l.hear(time.Duration(n)*time.Second, asked)
	}
	l.note(func(c *Call) { c.Said = append(c.Said, v.text) })
	return l.hear(spoken(v.text), asked)
}

func (l *line) speak(text string) { l.utter(verb{name: "Say", text: text}, false) }

func (l *line) listen(d time.Duration) (key Hand, over bool) { return l.hear(d, true) }

// hear lets d pass; the first key ends it if one is asked for, else keys are lost.
func (l *line) hear(d time.Duration, asked bool) (key Hand, over bool) {
	for until := time.Now().Add(d); ; {
		do, over := l.wait(time.Until(until))
		switch {
		case over || do == HangUp:
			return "", true
		case do == "", asked && isKey(do):
			return do, false
		}
	}
}

// fetch gets a document; base is the address it came from, code Twilio's error.
func (l *line) fetch(base string, r request) (from string, doc []byte, code int) {
	u, err := url.Parse(base)
	if err != nil {
		return base, nil, 11100
	}
	target, err := u.Parse(r.url)
	if err != nil || !target.IsAbs() || r.method != "POST" {
		return base, nil, 11100 // only POST is simulated
	}
	l.s.mu.Lock()
	c := l.call
	l.s.mu.Unlock()
	form := l.form(c, "in-progress")
	if r.digits != "" {
		form.Set("Digits", r.digits)
		form.Set("FinishedOnKey", r.finish)
		form.Set("msg", "Gather End")
	}
	ctx, cancel := context.WithTimeout(l.s.ctx, fetchTime)
	defer cancel()
	doc, err = l.s.post(ctx, target.String(), form)
	if err != nil {
		return base, nil, 11200
	}
	return target.String(), doc, 0
}

// spoken is how long a text takes: about four Chinese characters a second, and
// fifteen letters.
func spoken(text string) time.Duration {
	var d time.Duration
	for _, r := range text {
		if unicode.Is(unicode.Han, r) {
			d += 240 * time.Millisecond
		} else {
			d += 65 * time.Millisecond
		}
	}
	return d
}

// verb is one element of a document.
type verb struct {
	name  string
	attrs map[string]string
	text  string
	kids  []verb
}

func (v verb) attr(name, otherwise string) string {
	if a, ok := v.attrs[name]; ok {
		return a
	}
	return otherwise
}

func (v verb) String() string { return fmt.Sprintf("<%s>", v.name) }
