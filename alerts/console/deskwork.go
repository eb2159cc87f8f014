package console

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"onekeyd/dispatch"
	"onekeyd/dispatch/access"
)

// The commands that follow a call to its end. None of them asks for a version:
// each is as right on a newer picture, and the lifecycle refuses what is not.

// assign asks a responder whom the operator has chosen, or asks one anew.
func (c *Console) assign(ctx context.Context, op access.Operator, id dispatch.IncidentID, req commandRequest) answer {
	if err := dispatch.CheckID(req.Responder); err != nil {
		return refusal(http.StatusBadRequest, "responder", err.Error())
	}
	inc, err := c.opt.Desk.Assign(ctx, id, op.Name, dispatch.ResponderID(req.Responder))
	return c.outcome("assign", op, id, inc, err)
}

// verbs are what an operator can say on somebody's behalf.
func verbs() []string {
	return []string{dispatch.VerbAccept, dispatch.VerbDecline, dispatch.VerbEnRoute, dispatch.VerbArrived, dispatch.VerbDone, dispatch.VerbBackup}
}

// answerFor takes down what somebody has told the operator by telephone.
func (c *Console) answerFor(ctx context.Context, op access.Operator, id dispatch.IncidentID, req commandRequest) answer {
	switch {
	case req.Who == "":
		return refusal(http.StatusBadRequest, "who", "is missing: say who answers")
	case !slices.Contains(verbs(), req.Verb):
		return refusal(http.StatusBadRequest, "verb", fmt.Sprintf("%.32q is none of %v", req.Verb, verbs()))
	case req.Outcome != "" && (req.Verb != dispatch.VerbDone || !slices.Contains(dispatch.Dispositions(), dispatch.Disposition(req.Outcome))):
		return refusal(http.StatusBadRequest, "outcome", "is a disposition, and goes with done")
	}
	inc, err := c.opt.Desk.Answer(ctx, dispatch.Answer{Incident: id, Who: req.Who, Verb: req.Verb, Outcome: dispatch.Disposition(req.Outcome), Via: "operator " + op.Name})
	return c.outcome("answer for somebody", op, id, inc, err)
}

// callOutcomes are what may have become of a call.
func callOutcomes() []dispatch.CallOutcome {
	return []dispatch.CallOutcome{dispatch.CallSpoke, dispatch.CallNoAnswer, dispatch.CallNoVoice, dispatch.CallRefused}
}

// called notes a telephone call that the operator has made.
func (c *Console) called(ctx context.Context, op access.Operator, id dispatch.IncidentID, req commandRequest) answer {
	outcome := dispatch.CallOutcome(req.Outcome)
	if req.Whom == "" {
		return refusal(http.StatusBadRequest, "whom", "is missing: elder, ambulance, or who was called")
	}
	if !slices.Contains(callOutcomes(), outcome) {
		return refusal(http.StatusBadRequest, "outcome", fmt.Sprintf("%.32q is none of %v", req.Outcome, callOutcomes()))
	}
	if refused, bad := badText("text", req.Text, false); bad {
		return refused
	}
	inc, err := c.opt.Desk.Call(ctx, id, op.Name, req.Whom, outcome, req.Text)
	return c.outcome("call", op, id, inc, err)
}

// takeOver takes an incident from the operator who has it.
func (c *Console) takeOver(ctx context.Context, op access.Operator, id dispatch.IncidentID, req commandRequest) answer {
	if req.From == "" {
		return refusal(http.StatusBadRequest, "from", "is missing: say whom you take it from")
	}
	if refused, bad := badText("reason", req.Reason, true); bad {
		return refused
	}
	inc, err := c.opt.Desk.TakeOver(ctx, id, op.Name, req.From, req.Reason)
	return c.outcome("take over", op, id, inc, err)
}

// moreHelp asks for one more than the plan does.
func (c *Console) moreHelp(ctx context.Context, op access.Operator, id dispatch.IncidentID, _ commandRequest) answer {
	inc, err := c.opt.Desk.MoreHelp(ctx, id, op.Name)
	return c.outcome("more help", op, id, inc, err)
}

// candidates answers whom the operator could assign. It holds telephone numbers,
// so it is for those who act and for nobody else.
func (c *Console) candidates(w http.ResponseWriter, r *http.Request) {
	if _, ok := c.acting(w, r); !ok {
		return
	}
	id := dispatch.IncidentID(r.PathValue("id"))
	offers, passed, err := c.opt.Desk.Candidates(id)
	if err != nil {
		answerError(w, http.StatusNotFound, "no_incident", err.Error())
		return
	}
	body := struct {
		Candidates []offerJSON  `json:"candidates"`
		PassedOver []passedJSON `json:"passed_over"`
	}{make([]offerJSON, 0, len(offers)), make([]passedJSON, 0, len(passed))}
	for _, o := range offers {
		body.Candidates = append(body.Candidates, offerView(o, func(s string) string { return s }))
	}
	for _, p := range passed {
		body.PassedOver = append(body.PassedOver, passedJSON{string(p.Responder), p.Name, p.Why})
	}
	writeAnswer(w, jsonAnswer(http.StatusOK, body))
}
