package dispatch

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// openCases stands for the read model: incidents that are open.
type openCases struct {
	Cases
	incidents []*Incident
}

func (c openCases) Open() []*Incident { return c.incidents }

// One person is asked about several calls and answers without a number: it
// belongs to the call that it makes sense for, and only if that is not one call
// they are asked which.
func TestAnAnswerBelongsWhereItMakesSense(t *testing.T) {
	const phone = "+85251110001"
	released := Offer{State: Lapsed, Released: true}
	state := func(s AssignmentState) Offer { return Offer{State: s} }
	for _, c := range []struct {
		what   string
		reply  Reply
		offers []Offer
		want   string
	}{
		{"an arrival is at the call that was accepted", Reply{Verb: VerbArrived}, []Offer{state(Offered), state(Accepted), state(StoodDown), state(OnScene)}, "1"},
		{"an arrival of somebody who was let go", Reply{Verb: VerbArrived}, []Offer{state(Offered), released, state(Declined)}, "1"},
		{"an arrival at one of two", Reply{Verb: VerbArrived}, []Offer{state(Accepted), state(EnRoute)}, "0 1"},
		{"an arrival of somebody who is asked only", Reply{Verb: VerbArrived}, []Offer{state(Declined), state(Offered)}, "1"},
		{"an arrival of somebody who was stood down there", Reply{Verb: VerbArrived}, []Offer{state(Offered), state(StoodDown)}, "0 1"},
		{"an arrival of somebody who did not answer there", Reply{Verb: VerbArrived}, []Offer{state(Offered), state(Lapsed)}, "0 1"},
		{"done may be said again while they go to the next", Reply{Verb: VerbDone}, []Offer{state(Cleared), state(Accepted)}, "0 1"},
		{"done is of where they are", Reply{Verb: VerbDone}, []Offer{state(Offered), state(Accepted), state(OnScene)}, "2"},
		{"done is of where they went", Reply{Verb: VerbDone}, []Offer{state(Offered), state(Accepted), state(StoodDown)}, "1"},
		{"how it ended is of what they left", Reply{Verb: VerbDone, Outcome: Assisted}, []Offer{state(Offered), state(Cleared), state(Accepted)}, "1"},
		{"how it ended, said already", Reply{Verb: VerbDone, Outcome: Assisted}, []Offer{{State: Cleared, Outcome: Assisted}, state(Accepted)}, "1"},
		{"backup is for where they are bound", Reply{Verb: VerbBackup}, []Offer{state(Offered), state(EnRoute)}, "1"},
		{"an acceptance is of what they are asked", Reply{Verb: VerbAccept}, []Offer{state(Accepted), state(Offered), state(Lapsed)}, "1"},
		{"an acceptance of one of two", Reply{Verb: VerbAccept}, []Offer{state(Offered), state(Offered), state(Lapsed)}, "0 1"},
		{"an acceptance after the offer lapsed", Reply{Verb: VerbAccept}, []Offer{state(Lapsed)}, "0"},
		{"a refusal may be of either", Reply{Verb: VerbDecline}, []Offer{state(Accepted), state(Offered), state(Lapsed)}, "0 1"},
		{"words may be about either", Reply{Verb: VerbUnknown}, []Offer{state(Accepted), state(Offered), state(Cleared)}, "0 1"},
		{"a number tells", Reply{Verb: VerbArrived, Code: "12"}, []Offer{state(Accepted), state(Accepted), state(StoodDown)}, "2"},
		{"a number of no call is none", Reply{Verb: VerbArrived, Code: "99"}, []Offer{state(Offered), state(Accepted)}, "1"},
		{"nobody who is told by role stands anywhere", Reply{Verb: VerbAccept}, []Offer{{}, {}}, "0 1"},
	} {
		var cases openCases
		for n, o := range c.offers {
			inc := &Incident{ID: IncidentID(fmt.Sprint(n)), Code: fmt.Sprint(10 + n), State: StateDispatched, Alerts: []Alert{{To: "R-1", Phone: phone, Kind: "responder_alert"}}}
			if o.State != "" {
				o.Responder = "R-1"
				inc.Offers = []Offer{o}
			}
			cases.incidents = append(cases.incidents, inc)
		}
		c.reply.Phone = phone
		var got []string
		for _, inc := range (&Desk{cases: cases}).meant(c.reply) {
			got = append(got, string(inc.ID))
		}
		slices.Sort(got)
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: it is taken for %v, want %s", c.what, got, c.want)
		}
	}
}
