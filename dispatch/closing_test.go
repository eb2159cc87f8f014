package dispatch

import (
	"slices"
	"testing"
	"time"
)

// Another node's clock is ahead: what it intended before the end is not one of the last words.
func TestLastWordsAreToldByTheirPlaceAndNotByAClock(t *testing.T) {
	ahead := record(2, Alerted{Alerts: []Alert{{ID: "a3", To: "R-3", Role: RoleResponder, Kind: "responder_alert"}}})
	ahead.At = t0.Add(time.Hour)
	inc := fold(t, raised(), ahead, record(3, Alerted{Alerts: []Alert{{ID: "a4", To: "E-1#1", Role: RoleContact, Kind: "resolved"}}}, Closed{Operator: "li", Disposition: Assisted}))
	if Wanted(inc, "a3") {
		t.Error("somebody is still to be asked after the end")
	}
	if !Wanted(inc, "a4") {
		t.Error("the family is not to be told how it ended")
	}
}

// What asks a person is dropped with the offer it is about.
func TestWhoIsNoLongerAskedIsNotAskedByAnOldMessage(t *testing.T) {
	for name, c := range map[string]struct {
		facts  []Fact
		wanted bool
	}{
		"the offer stands":              {nil, true},
		"it has lapsed":                 {[]Fact{moves("R-1", FactLapsed)}, true}, // the message may be the first they hear
		"undeliverable by one way":      {[]Fact{moves("R-1", FactUndeliverable)}, true},
		"they have declined":            {[]Fact{moves("R-1", FactDeclined)}, false},
		"they have accepted":            {[]Fact{moves("R-1", FactAccepted)}, false},
		"they were stood down":          {[]Fact{moves("R-1", FactStoodDown)}, false},
		"they accepted and were let go": {[]Fact{moves("R-1", FactAccepted), moves("R-1", FactLapsed)}, false},
		"they are asked anew":           {[]Fact{moves("R-1", FactLapsed), Dispatched{Offers: []Offer{{Responder: "R-1"}}}}, false},
		"the call is over":              {[]Fact{Closed{Operator: "li", Disposition: Assisted}}, false},
	} {
		begins := record(1, Raised{Code: "37", Kind: SOS, Urgency: Red, Press: PressSeen{ID: "p1", Device: "D-1", Kind: SOS}},
			Dispatched{Offers: []Offer{{Responder: "R-1"}}, Alerts: []Alert{{ID: "a1", To: "R-1", Role: RoleResponder, Kind: "responder_alert"}}})
		inc := fold(t, begins, record(2, append([]Fact{Noted{Operator: "li", Text: "x"}}, c.facts...)...))
		if Wanted(inc, "a1") != c.wanted {
			t.Errorf("%s: wanted %v", name, !c.wanted)
		}
	}
}

// Nobody at the desk, and whoever was there has said how it ended.
func TestThePlanClosesByTheWordOfWhoWasThere(t *testing.T) {
	left := func(how Disposition) []Record {
		return []Record{raised(), record(2, moves("R-1", FactAccepted)), record(3, moves("R-2", FactStoodDown)), record(4, moves("R-1", FactOnScene)), record(5, Moved{What: FactCleared, Responder: "R-1", Outcome: how})}
	}
	wait := DefaultPlan().Waits.Close
	press := func(k Kind) Fact { return Joined{Press: PressSeen{ID: "p9", Device: "D-1", Kind: k}} }
	for name, c := range map[string]struct {
		story  []Record
		after  time.Duration // the last of it
		closes bool
	}{
		"helped":                                 {left(Assisted), wait, true},
		"not at once":                            {left(Assisted), wait - time.Second, false},
		"conveyed":                               {left(Conveyed), wait, true},
		"pressed by mistake":                     {left(FalseAlarm), wait, true},
		"said when asked":                        {append(left(""), record(6, Moved{What: FactCleared, Responder: "R-1", Outcome: Assisted})), wait, true},
		"nothing said":                           {left(""), wait, false},
		"could not get in":                       {left(NoAccess), wait, false},
		"nobody answered the door":               {left(VisitedNoReply), wait, false},
		"some other end":                         {left(OtherEnd), wait, false},
		"an operator has taken it":               {append(left(Assisted), record(6, Acknowledged{Operator: "li"})), wait, false},
		"pressed again since":                    {append(left(Assisted), record(6, press(SOS))), wait, false},
		"another is on the way":                  {append(left(Assisted), record(6, moves("R-2", FactAccepted))), wait, false},
		"more help was asked for, and they left": {append(left(Assisted)[:4], record(5, Backup{By: "R-1"}), record(6, moves("R-2", FactAccepted)), record(7, Moved{What: FactCleared, Responder: "R-1", Outcome: Assisted}), record(8, moves("R-2", FactLapsed))), wait, true},
		"left, pressed, another came and said nothing": {append(left(Assisted), record(6, press(SOS)), record(7, moves("R-2", FactOnScene)), record(8, Moved{What: FactCleared, Responder: "R-2"})), wait, false},
	} {
		inc := fold(t, c.story...)
		inc.Premises = &Premises{Point: home} // so that others could be asked
		s, _ := Next(DefaultPlan(), inc, lookAt(c.story[len(c.story)-1].At.Add(c.after)))
		closes := len(s.Facts) > 0 && s.Facts[len(s.Facts)-1].Type() == FactClosed
		if closes != c.closes {
			t.Errorf("%s: closes %v", name, closes)
		}
		if closes && (len(s.Need) > 0 || len(s.Tell) > 0) {
			t.Errorf("%s: asks %v and tells %v after the end", name, s.Need, s.Tell)
		}
	}
}

// Somebody goes now: the telephones of those who have not answered stop ringing,
// and what has not been sent is not, whether or not their offers had lapsed.
func TestWhoHasNotAnsweredIsLeftAloneOnceEnoughGo(t *testing.T) {
	inTown(t, func(t *testing.T, p *play) {
		p.press()
		p.wait(40 * time.Second) // offers have lapsed, others were asked, and three telephones ring
		p.says("R-4", VerbAccept, "")
		p.d.Watch(p.inc())
		rang := 0
		for _, a := range p.inc().Alerts {
			if !a.asks() || a.Role != RoleResponder {
				continue
			}
			if p.d.Wanted(p.inc(), a.ID) {
				t.Errorf("%s is still to be asked by %s", a.To, a.Channel)
			}
			if a.Channel == ChannelVoice {
				rang++
				if !p.stopped[a.ID] {
					t.Errorf("the telephone of %s rings on", a.To)
				}
			}
		}
		if rang == 0 {
			t.Error("nobody was rung up at all")
		}
	})
}

// A contact whose text did not arrive is told of the call even when somebody goes already.
func TestFamilyWithoutATextIsRungUpInAnyCase(t *testing.T) {
	for state, wanted := range map[AlertState]bool{AlertFailed: true, AlertDelivered: false} {
		inc := fold(t, raised(), record(2, Alerted{Alerts: []Alert{
			{ID: "t", To: "E-1#1", Role: RoleContact, Channel: ChannelSMS, Kind: "family_alert"}, {ID: "v", To: "E-1#1", Role: RoleContact, Channel: ChannelVoice, Kind: "family_alert"},
		}}), record(3, says("t", state)), record(4, moves("R-1", FactAccepted)))
		if Wanted(inc, "v") != wanted {
			t.Errorf("the text is %s, somebody goes, and the call is wanted: %v", state, !wanted)
		}
	}
}

// What lets one operator close a call as accidental.
func TestWhatProvesThatNothingWasTheMatter(t *testing.T) {
	was := func(facts ...Fact) *Incident {
		return fold(t, raised(), record(2, append([]Fact{Noted{Operator: "li", Text: "x"}}, facts...)...))
	}
	left := func(how Disposition) []Fact {
		return []Fact{moves("R-1", FactOnScene), Moved{What: FactCleared, Responder: "R-1", Outcome: how}}
	}
	blue := fold(t, record(1, Raised{Code: "37", Kind: Cancel, Urgency: Blue, Press: PressSeen{ID: "p1", Device: "D-1", Kind: Cancel}}, Dispatched{}))
	for name, c := range map[string]struct {
		inc    *Incident
		how    Disposition
		proven bool
	}{
		"nothing":                           {was(), FalseAlarm, false},
		"as a test":                         {was(), TestPress, false},
		"as a fault":                        {was(), DeviceFault, false},
		"not as accidental":                 {was(), Assisted, true},
		"she has spoken":                    {was(Called{Operator: "li", Whom: "elder", Outcome: CallSpoke}), FalseAlarm, true},
		"the line was silent":               {was(Called{Operator: "li", Whom: "elder", Outcome: CallNoVoice}), FalseAlarm, false},
		"her son has spoken":                {was(Called{Operator: "li", Whom: "E-1#1", Outcome: CallSpoke}), FalseAlarm, false},
		"somebody is on the way":            {was(moves("R-1", FactEnRoute)), FalseAlarm, false},
		"somebody is there":                 {was(moves("R-1", FactOnScene)), FalseAlarm, true},
		"somebody was there":                {was(left(Assisted)...), FalseAlarm, true},
		"and could not get in":              {was(left(NoAccess)...), FalseAlarm, false},
		"and is asked again":                {was(append(left(Assisted), Dispatched{Offers: []Offer{{Responder: "R-1"}}})...), FalseAlarm, true},
		"the same operator again":           {was(Proposed{Operator: "li", Disposition: FalseAlarm}), FalseAlarm, false},
		"a second operator":                 {was(Proposed{Operator: "wu", Disposition: FalseAlarm}), FalseAlarm, true},
		"a second one who differs a little": {was(Proposed{Operator: "wu", Disposition: TestPress}), FalseAlarm, true},
		"it was no call for help":           {blue, FalseAlarm, true},
	} {
		if got := unproven(c.inc, Closed{Operator: "li", Disposition: c.how}); (got == "") != c.proven {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestEnoughAreOnTheWay(t *testing.T) {
	two := DefaultPlan()
	sos := two.Asks[SOS]
	sos.Enough = 2
	two.Asks[SOS] = sos
	press := Joined{Press: PressSeen{ID: "p9", Device: "D-1", Kind: SOS}}
	there := []Fact{moves("R-1", FactOnScene), Moved{What: FactCleared, Responder: "R-1", Outcome: Assisted}}
	for name, c := range map[string]struct {
		plan  Plan
		story []Fact
		want  bool
	}{
		"nobody":                           {DefaultPlan(), nil, false},
		"one of one":                       {DefaultPlan(), []Fact{moves("R-1", FactAccepted)}, true},
		"one of two":                       {two, []Fact{moves("R-1", FactAccepted)}, false},
		"two of two":                       {two, []Fact{moves("R-1", FactAccepted), moves("R-2", FactEnRoute)}, true},
		"one, and more help was asked for": {DefaultPlan(), []Fact{moves("R-1", FactOnScene), Backup{By: "R-1"}}, false},
		"and it is on the way":             {DefaultPlan(), []Fact{moves("R-1", FactOnScene), Backup{By: "R-1"}, moves("R-2", FactAccepted)}, true},
		"it came, and the first has left":  {DefaultPlan(), []Fact{moves("R-1", FactOnScene), Backup{By: "R-1"}, moves("R-2", FactOnScene), Moved{What: FactCleared, Responder: "R-1"}}, true},
		"somebody was there":               {DefaultPlan(), there, true},
		"and the key was pressed again":    {DefaultPlan(), append(slices.Clone(there), press), false},
		"and another comes":                {DefaultPlan(), append(slices.Clone(there), press, moves("R-2", FactAccepted)), true},
		"who asks for more help":           {DefaultPlan(), append(slices.Clone(there), press, moves("R-2", FactOnScene), Backup{By: "R-2"}), false},
		"who was there could not get in":   {DefaultPlan(), []Fact{moves("R-1", FactOnScene), Moved{What: FactCleared, Responder: "R-1", Outcome: NoAccess}}, false},
	} {
		records := []Record{raised()}
		for n, f := range c.story {
			records = append(records, record(uint64(n)+2, f))
		}
		if got := covered(c.plan, fold(t, records...)); got != c.want {
			t.Errorf("%s: covered %v", name, got)
		}
	}
}

// One word for what has become of an answer, for whoever answers by voice or page.
func TestBecame(t *testing.T) {
	inc := fold(t, raised(), record(2, moves("R-1", FactAccepted)), record(3, Coming{Contact: "E-1#1"}), record(4, Coming{Contact: "E-1#2"}, Coming{Contact: "E-1#2", Not: true}))
	for who, want := range map[string]string{"R-1": "accepted", "R-2": "offered", "E-1#1": "coming", "E-1#2": "noted", "supervisor~x": "noted"} {
		if got := Became(inc, who); got != want {
			t.Errorf("%s: %s, want %s", who, got, want)
		}
	}
	if got := Became(fold(t, raised(), record(2, Closed{Operator: "li", Disposition: Assisted})), "R-1"); got != "over" {
		t.Errorf("after the end: %s", got)
	}
}
