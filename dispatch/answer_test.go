package dispatch

import (
	"fmt"
	"strings"
	"testing"
)

// What every answer makes of a responder in every state, in full: a changed rule
// is a changed line here. R-1 answers; R-2 is on the way where it says covered.
func TestAnswersProduct(t *testing.T) {
	ways := map[AssignmentState][]FactType{
		Offered: {}, Accepted: {FactAccepted}, EnRoute: {FactEnRoute}, OnScene: {FactOnScene}, Cleared: {FactOnScene, FactCleared},
		Declined: {FactDeclined}, Lapsed: {FactLapsed}, Undeliverable: {FactUndeliverable}, StoodDown: {FactStoodDown},
	}
	verbs := []string{VerbAccept, VerbDecline, VerbEnRoute, VerbArrived, VerbBackup, VerbDone, VerbUnknown}
	var b strings.Builder
	line := func(name string, covered bool, story []FactType) {
		records := []Record{raised()}
		if covered {
			records = append(records, record(2, moves("R-2", FactAccepted)))
			name += ", covered"
		}
		for _, f := range story {
			records = append(records, record(uint64(len(records))+1, moves("R-1", f)))
		}
		inc := fold(t, records...)
		for _, v := range verbs {
			facts, words := answer(DefaultPlan(), inc, Answer{Who: "R-1", Verb: v, Via: "sms"})
			made := make([]string, len(facts))
			for n, f := range facts {
				made[n] = string(f.Type())
			}
			fmt.Fprintf(&b, "%-24s %-8s → %-24s %s\n", name, v, strings.Join(made, " "), words)
			if _, err := Apply(inc, record(inc.Seq+1, append([]Fact{Noted{Operator: "li", Text: "x"}}, facts...)...)); err != nil {
				t.Errorf("%s, %s: %v", name, v, err)
			}
		}
	}
	for _, s := range AssignmentStates() {
		line(string(s), false, ways[s])
		line(string(s), true, ways[s])
	}
	line("released", false, []FactType{FactAccepted, FactLapsed})
	line("released", true, []FactType{FactAccepted, FactLapsed})
	golden(t, "answers.golden", b.String())
}

// Whoever answers is answered, once: the same words come again only when something has changed.
func TestAnsweringOnce(t *testing.T) {
	inc := fold(t, raised(), record(2, moves("R-2", FactAccepted)))
	told, _ := inc.Alert("a1")
	told.Role = RoleResponder
	says := func(verb string) (words string) {
		facts := replied(DefaultPlan(), inc, told, Reply{Verb: verb, Text: verb, Via: "sms", Key: fmt.Sprint(inc.Seq)}, "")
		var err error
		if inc, err = Apply(inc, record(inc.Seq+1, facts...)); err != nil {
			t.Fatal(err)
		}
		if a, ok := facts[len(facts)-1].(Alerted); ok {
			return a.Alerts[0].Kind
		}
		return ""
	}
	for _, step := range [][2]string{
		{VerbUnknown, "unknown_reply"}, {VerbUnknown, ""},
		{VerbAccept, "late_accept"}, {VerbAccept, ""}, // stood down now, and told that it is covered
		{VerbDecline, "cannot_go_ack"}, {VerbDecline, ""},
		{VerbUnknown, ""},
		{VerbArrived, "arrived_ack"}, {VerbArrived, ""},
		{VerbDone, "done_ask"}, {VerbDone, "done_ack"}, {VerbDone, ""},
	} {
		if got := says(step[0]); got != step[1] {
			t.Errorf("%s is answered with %q, want %q", step[0], got, step[1])
		}
	}
}

// Who accepts again after having been let go must hear that it is theirs again.
func TestWhoAcceptsAgainIsToldAgain(t *testing.T) {
	inc := fold(t, raised(), record(2, moves("R-1", FactAccepted)), record(3, Alerted{Alerts: []Alert{{ID: "c1", To: "R-1", Kind: "accept_confirm"}}}), record(4, moves("R-1", FactLapsed)))
	if _, words := answer(DefaultPlan(), inc, Answer{Who: "R-1", Verb: VerbAccept, Via: "sms"}); words != "accept_confirm" {
		t.Errorf("told %q", words)
	}
}
