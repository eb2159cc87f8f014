package console

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"onekeyd/dispatch"
	"onekeyd/dispatch/access"
)

// handJSON is what one operator has in hand.
type handJSON struct {
	Operator  string     `json:"operator"`
	Incidents []openJSON `json:"incidents"`
}

type openJSON struct {
	ID          string            `json:"id"`
	Code        string            `json:"code"`
	Kind        string            `json:"kind"`
	Urgency     int               `json:"urgency"`
	Name        string            `json:"name,omitempty"`
	Address     string            `json:"address,omitempty"`
	RaisedAt    time.Time         `json:"raised_at"`
	HandTo      string            `json:"hand_to,omitempty"`
	Outstanding []outstandingJSON `json:"outstanding"`
}

// outstandingJSON is one thing the next operator has to see to.
type outstandingJSON struct {
	What string    `json:"what"`
	Who  string    `json:"who,omitempty"`
	At   time.Time `json:"at,omitzero"` // since when, or when it is due
}

// handover answers who has what in hand, and what is outstanding on each: the
// list that goes with the desk when a shift ends. Each is taken over by itself.
func (c *Console) handover(w http.ResponseWriter, r *http.Request) {
	if _, ok := c.acting(w, r); !ok {
		return
	}
	hands := []handJSON{}
	_, open := c.opt.Board.Snapshot()
	for _, inc := range open {
		if inc.Acked == nil {
			continue
		}
		n := slices.IndexFunc(hands, func(h handJSON) bool { return h.Operator == inc.Acked.Operator })
		if n < 0 {
			n = len(hands)
			hands = append(hands, handJSON{Operator: inc.Acked.Operator})
		}
		o := openJSON{
			ID: string(inc.ID), Code: inc.Code, Kind: string(inc.Kind), Urgency: int(inc.Urgency), Name: inc.Name, RaisedAt: inc.RaisedAt.UTC(),
			HandTo: inc.HandTo, Outstanding: outstanding(inc, c.opt.Desk.Plan(inc)),
		}
		if inc.Premises != nil {
			o.Address = inc.Premises.Address
		}
		hands[n].Incidents = append(hands[n].Incidents, o)
	}
	slices.SortFunc(hands, func(a, b handJSON) int { return strings.Compare(a.Operator, b.Operator) })
	writeAnswer(w, jsonAnswer(http.StatusOK, map[string][]handJSON{"hands": hands}))
}

// outstanding is what has not come to its end on an incident, the worst first.
func outstanding(inc *dispatch.Incident, plan dispatch.Plan) []outstandingJSON {
	out := []outstandingJSON{}
	add := func(what, who string, at time.Time) {
		if !at.IsZero() {
			at = at.UTC()
		}
		out = append(out, outstandingJSON{what, who, at})
	}
	spoke := slices.ContainsFunc(inc.Calls, func(k dispatch.Called) bool { return k.Whom == "elder" && k.Outcome == dispatch.CallSpoke })
	if !inc.Waiting.IsZero() {
		add("nobody_coming", "", inc.Waiting)
	}
	if inc.Proposed != nil {
		add("second_look", inc.Proposed.Operator, time.Time{})
	}
	if !spoke && inc.Kind != dispatch.Service || len(inc.Visits) > 0 && inc.Kind == dispatch.Service && !inc.CalledBack() {
		add("not_spoken", "", time.Time{})
	}
	for _, o := range inc.Offers {
		switch o.State {
		case dispatch.Accepted, dispatch.EnRoute:
			due, _ := plan.Lapses(inc.Kind, o)
			add("on_way", o.Name, due)
		case dispatch.OnScene:
			add("on_scene", o.Name, o.Since)
		}
	}
	coming := map[string]string{}
	for _, k := range inc.Coming {
		if delete(coming, k.Contact); !k.Not {
			coming[k.Contact] = k.Name
		}
	}
	for _, k := range inc.Coming {
		if name, ok := coming[k.Contact]; ok {
			add("family_coming", name, time.Time{})
			delete(coming, k.Contact)
		}
	}
	if len(out) == 0 {
		add("to_close", "", time.Time{})
	}
	return out
}

// handOver asks another operator by name to take over all that this one has, or,
// without a name, leaves the words on each. Nothing changes hands here: whoever
// is asked looks at each and takes it.
func (c *Console) handOver(ctx context.Context, op access.Operator, _ dispatch.IncidentID, req commandRequest) answer {
	if refused, bad := badText("note", req.Note, req.To == ""); bad {
		return refused
	}
	if req.To != "" && !slices.ContainsFunc(c.opt.Access.Operators(), func(o access.OperatorInfo) bool { return o.Name == req.To && o.Role.Acts() && o.Name != op.Name }) {
		return refusal(http.StatusBadRequest, "to", fmt.Sprintf("%.64q is no other operator", req.To))
	}
	handed, failed := []string{}, []string{}
	_, open := c.opt.Board.Snapshot()
	for _, inc := range open {
		if inc.Acked == nil || inc.Acked.Operator != op.Name {
			continue
		}
		var err error
		if req.To != "" {
			_, err = c.opt.Desk.HandOver(ctx, inc.ID, op.Name, req.To, req.Note)
		} else {
			_, err = c.opt.Desk.Note(ctx, inc.ID, op.Name, req.Note)
		}
		if err != nil {
			c.log.Warn("incident not handed over", "incident", inc.ID, "operator", op.Name, "err", err)
			failed = append(failed, string(inc.ID))
			continue
		}
		c.log.Info("desk command", "what", "hand over", "incident", inc.ID, "operator", op.Name)
		handed = append(handed, string(inc.ID))
	}
	return jsonAnswer(http.StatusOK, map[string][]string{"handed": handed, "failed": failed})
}
