package sms

import (
	"log/slog"
	"strings"
)

// Verb is what a reply asks for.
type Verb string

// The verbs. The digits are what our texts teach: 1, 2, 3 and 9, and for Done a
// word, since a digit more would have to be told apart from all incident codes.
const (
	Accept  Verb = "accept"
	Decline Verb = "decline"
	Arrived Verb = "arrived"
	Backup  Verb = "backup"
	Done    Verb = "done"
	Unknown Verb = "unknown"
)

// Outcome is how it ended, by the word of somebody who was there.
type Outcome string

// The outcomes that a reply can give with Done.
const (
	Assisted   Outcome = "assisted"    // helped at home
	Conveyed   Outcome = "conveyed"    // taken to hospital
	FalseAlarm Outcome = "false_alarm" // pressed by mistake
)

// Reply is the meaning of an inbound text. Code, the incident's number as
// written on the alert, is "" when the reply names none and for Unknown. Outcome
// is "" for any verb but Done, and when that is all that is said.
type Reply struct {
	Verb    Verb
	Code    string
	Outcome Outcome
}

// maxCode is the longest incident code in digits; longer numbers are phones.
const maxCode = 6

// ParseReply reads a reply. The rules, in order:
//
//   - Compatibility forms are one: "１", "①" and "1" (NFKC), case, spaces and
//     punctuation around do not matter.
//   - One number: 1 accept, 2 decline, 3 arrived, 9 backup, with any words beside
//     it ("1 收到", "收到1", "1 马上到"). Any other number alone is Unknown.
//   - Two numbers: the first is the verb and the second the code ("1 37",
//     "1#37"). When only the second can be a verb they are read the other way
//     round ("37 1"). The same number twice is that number once.
//   - A number with a unit is no answer ("2分钟到", "3 min", "5号楼", "14:32",
//     "1.5"), nor is one of more than six digits.
//   - Words do without a number when nothing else is said: accept, yes, no,
//     decline, arrived, backup, done, 接单, 去不了, 到了, 完成… A number beside them
//     is the code ("yes 37"), and 收到 or "ok" alone is no acceptance.
//   - Done may say how it ended: 完成平安, "完成 误按", "done 37 hospital". How it
//     ended without done is no answer: somebody may have it from the telephone.
//   - Contradiction is Unknown: "1 去不了", "no 1", "2 yes".
//   - cancel, stop, end and quit are never understood: a carrier takes them for
//     opting out, so no text of ours may teach them.
//
// Codes of one digit 1, 2, 3 or 9 can be told from verbs only after a verb;
// number incidents from 10.
func ParseReply(text string) Reply {
	s := scan(normalise(text))
	if s.contradicts {
		return Reply{Verb: Unknown}
	}
	r := s.read()
	if r.Verb == Unknown || r.Verb == Accept && s.negated {
		return Reply{Verb: Unknown}
	}
	if r.Verb == Done {
		r.Outcome = s.outcome
	}
	return r
}

func (s said) read() Reply {
	unknown := Reply{Verb: Unknown}
	byWord := s.verb != Unknown && !s.other
	switch len(s.numbers) {
	case 0:
		if byWord {
			return Reply{Verb: s.verb}
		}
	case 1:
		v := digitVerb(s.numbers[0])
		switch {
		case v == Unknown && byWord:
			return Reply{Verb: s.verb, Code: s.numbers[0]}
		case s.verb == Unknown || s.verb == v:
			return Reply{Verb: v}
		}
	case 2:
		a, b := s.numbers[0], s.numbers[1]
		va, vb := digitVerb(a), digitVerb(b)
		r := unknown
		switch {
		case va != Unknown:
			r = Reply{Verb: va, Code: b}
		case vb != Unknown:
			r = Reply{Verb: vb, Code: a}
		}
		if s.verb == Unknown || s.verb == r.Verb {
			return r
		}
	}
	return unknown
}

func digitVerb(n string) Verb {
	switch n {
	case "1":
		return Accept
	case "2":
		return Decline
	case "3":
		return Arrived
	case "9":
		return Backup
	}
	return Unknown
}

// LogValue shows verb and code: a reply parsed holds nothing personal.
func (r Reply) LogValue() slog.Value {
	return slog.StringValue(strings.TrimSpace(string(r.Verb) + " " + r.Code))
}
