package hooks

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"onekeyd/alerts"
	"onekeyd/dispatch"
)

// talker is a carrier whose answers are heard: it says what became of them.
type talker struct{ hook }

func (talker) Answer(_ *http.Request, e alerts.Event, b alerts.Became) (string, []byte) {
	return "text/x-said", []byte(e.Text + " " + string(b))
}

// Whoever presses a key in a call hears what became of it, always with 200.
func TestWhatACallHears(t *testing.T) {
	offers := func(s dispatch.AssignmentState) []dispatch.Offer {
		return []dispatch.Offer{{Responder: "R-li", State: dispatch.Offered}, {Responder: "R-zhang", State: s}}
	}
	incident := func(o []dispatch.Offer) *dispatch.Incident {
		return &dispatch.Incident{ID: "i1", Case: "E-1", State: dispatch.StateDispatched, Offers: o, Alerts: []dispatch.Alert{
			{ID: "a1", To: "R-zhang", Role: dispatch.RoleResponder}, {ID: "a2", To: "E-1#1", Role: dispatch.RoleContact}, {ID: "a3", To: "supervisor~x", Name: "周华", Role: dispatch.RoleSupervisor},
			{ID: "a4", To: "supervisor~y", Role: dispatch.RoleSupervisor}, // settings give a number and no name
		}}
	}
	closed := incident(offers(dispatch.Accepted))
	closed.State = dispatch.StateClosed
	coming, mine, others := incident(nil), incident(nil), incident(nil)
	coming.Coming = []dispatch.Coming{{Contact: "E-1#1"}}
	mine.Acked, others.Acked = &dispatch.Ack{Operator: "周华"}, &dispatch.Ack{Operator: "li"}
	nameless := incident(nil)
	nameless.Acked = &dispatch.Ack{Operator: "supervisor"}
	for why, c := range map[string]struct {
		notice string
		inc    *dispatch.Incident // what Reply returns; nil: it has counted already
		board  *dispatch.Incident // what the board knows
		err    error
		change func(*Options)
		says   alerts.Became
		report int
	}{
		"accepts":                 {notice: "a1", inc: incident(offers(dispatch.Accepted)), says: alerts.BecameAccepted, report: 1},
		"is under way":            {notice: "a1", inc: incident(offers(dispatch.EnRoute)), says: alerts.BecameAccepted, report: 1},
		"declines":                {notice: "a1", inc: incident(offers(dispatch.Declined)), says: alerts.BecameDeclined, report: 1},
		"comes too late":          {notice: "a1", inc: incident(offers(dispatch.StoodDown)), says: alerts.BecameTaken, report: 1},
		"was there":               {notice: "a1", inc: incident(offers(dispatch.Cleared)), says: alerts.BecameTaken, report: 1},
		"lapsed, and others go":   {notice: "a1", inc: incident(offers(dispatch.Lapsed)), says: alerts.BecameTaken, report: 1},
		"is a relative who goes":  {notice: "a2", inc: coming, says: alerts.BecameComing, report: 1},
		"is one who does not":     {notice: "a2", inc: incident(nil), says: alerts.BecameNoted, report: 1},
		"takes it over":           {notice: "a3", inc: mine, says: alerts.BecameAccepted, report: 1},
		"takes it without a name": {notice: "a4", inc: nameless, says: alerts.BecameAccepted, report: 1},
		"another one took it":     {notice: "a3", inc: others, says: alerts.BecameTaken, report: 1},
		"takes nothing over":      {notice: "a3", inc: incident(nil), says: alerts.BecameNoted, report: 1},
		"pressed and was closed":  {notice: "a1", inc: closed, says: alerts.BecameOver, report: 1},
		"presses twice":           {notice: "a1", board: incident(offers(dispatch.Accepted)), says: alerts.BecameAccepted, report: 1},
		"calls of nothing":        {notice: "a1", err: dispatch.ErrNoIncident, says: alerts.BecameOver, report: 1},
		"was not stored":          {notice: "a1", err: errors.New("no space left on device"), says: alerts.BecameUnstored, report: 1},
		"presses while the daemon still reads": {notice: "a1", inc: incident(offers(dispatch.Accepted)), says: alerts.BecameUnstored, change: func(o *Options) {
			o.Ready = func() bool { return false }
		}},
		"was stored, and the report was not": {notice: "a1", inc: incident(offers(dispatch.Accepted)), says: alerts.BecameAccepted, change: func(o *Options) {
			o.Record = func(context.Context, dispatch.CaseID, dispatch.IncidentID, ...dispatch.Report) error {
				return errors.New("no")
			}
		}},
	} {
		t.Run(why, func(t *testing.T) {
			var s seen
			o := options(hook{}, &s)
			o.Hook = talker{hook{events: []alerts.Event{{NoticeID: c.notice, Inbound: true, State: alerts.Delivered, Text: "1", From: "+85251110001", Key: "k"}}}}
			board := c.board
			if board == nil {
				board = incident(nil)
			}
			o.ByAlert = func(dispatch.AlertID) (*dispatch.Incident, bool) { return board, true }
			o.Reply = func(_ context.Context, r dispatch.Reply) (*dispatch.Incident, error) {
				if c.report == 1 && len(s.reports) != 1 {
					t.Error("the acceptance overtakes that the call was heard: it would be cut off")
				}
				if string(r.Alert) != c.notice || r.Via != "voice" || r.Verb != dispatch.VerbAccept {
					t.Errorf("reply %+v", r)
				}
				return c.inc, c.err
			}
			if c.change != nil {
				c.change(&o)
			}
			rec := call(o, "x")
			if rec.Code != http.StatusOK || rec.Header().Get("Content-Type") != "text/x-said" || rec.Body.String() != "1 "+string(c.says) {
				t.Errorf("answered %d %q, want %q", rec.Code, rec.Body, c.says)
			}
			if len(s.reports) != c.report || c.report == 1 && s.reports[0].State != dispatch.AlertDelivered {
				t.Errorf("reported %+v", s.reports)
			}
		})
	}
}

// Reports of a call are answered as those of a message: the carrier's own way.
func TestReportsOfACallAreNotSpoken(t *testing.T) {
	var s seen
	o := options(hook{}, &s)
	o.Hook = talker{hook{events: []alerts.Event{receipt("a1")}}}
	if rec := call(o, "x"); rec.Code != http.StatusOK || rec.Body.String() != "<Response/>" || len(s.reports) != 1 {
		t.Errorf("answered %d %q with %d reports", rec.Code, rec.Body, len(s.reports))
	}
	o.Ready = func() bool { return false }
	if rec := call(o, "x"); rec.Code != http.StatusServiceUnavailable || rec.Header().Get("Retry-After") == "" || len(s.reports) != 1 {
		t.Errorf("while the daemon still reads it answered %d", rec.Code)
	}
}
