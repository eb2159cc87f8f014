package console

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"onekeyd/dispatch"
	"onekeyd/dispatch/access"
)

// What only those who go to the door, or speak for the elder, are shown.
const (
	revealAccess  = "access_note"
	revealMedical = "medical"
)

// reveal shows an access note or what is known of the elder's health. It is on
// record with the operator's name before it is on the screen, and it is the one
// way by which either leaves through here. The text is in no log and no fact.
func (c *Console) reveal(ctx context.Context, op access.Operator, id dispatch.IncidentID, req commandRequest) answer {
	var read func(dispatch.Elder) string
	switch {
	case req.What == revealAccess:
		read = func(e dispatch.Elder) string { return e.Premises.AccessNote }
	case req.What != revealMedical:
		return refusal(http.StatusBadRequest, "what", fmt.Sprintf("%s and %s can be shown", revealAccess, revealMedical))
	case !op.Role.SeesMedical():
		c.log.Warn("medical data refused", "incident", id, "operator", op.Name, "role", op.Role)
		return refusal(http.StatusForbidden, "role", "medical data is for those who handle calls")
	default:
		read = func(e dispatch.Elder) string { return e.Medical }
	}
	inc := c.current(id)
	if inc == nil {
		return refusal(http.StatusNotFound, "no_incident", "it is not open any more")
	}
	elder, known := c.opt.Directory().Elder(inc.Elder)
	if !known {
		return refusal(http.StatusConflict, "refused", "nobody is known behind this key")
	}
	inc, err := c.opt.Desk.Reveal(ctx, id, "operator "+op.Name, req.What)
	if err != nil {
		return c.outcome("reveal "+req.What, op, id, inc, err)
	}
	c.log.Info("desk command", "what", "reveal "+req.What, "incident", id, "operator", op.Name)
	data, err := c.encodings.of(inc, forDesk)
	if err != nil {
		c.log.Error("incident cannot be shown", "incident", id, "err", err)
	}
	return jsonAnswer(http.StatusOK, struct {
		What     string          `json:"what"`
		Text     string          `json:"text"` // empty: nothing is written down
		Incident json.RawMessage `json:"incident,omitempty"`
	}{req.What, read(elder), data})
}
