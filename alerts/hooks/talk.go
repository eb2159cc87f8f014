package hooks

import (
	"context"
	"errors"
	"log/slog"

	"onekeyd/alerts"
	"onekeyd/dispatch"
)

// press carries out a key pressed in a call and says what it became.
func press(ctx context.Context, o Options, log *slog.Logger, e alerts.Event) alerts.Became {
	if !o.Ready() {
		return alerts.BecameUnstored
	}
	// First that the call was heard, as far as that goes quickly: a call of which
	// this is known is not taken back by the acceptance that it brings, and the
	// person hears what became of their key.
	heard, cancel := context.WithTimeout(ctx, patience)
	if err := record(heard, o, e); err != nil {
		log.Warn("that a call was heard could not be stored", "id", e.NoticeID, "err", err)
	}
	cancel()
	inc, err := reply(ctx, o, log, e, "voice")
	switch {
	case errors.Is(err, dispatch.ErrNoIncident):
		return alerts.BecameOver
	case err != nil:
		log.Warn("key could not be stored; it is asked for again", "id", e.NoticeID, "err", err)
		return alerts.BecameUnstored
	}
	if inc == nil { // the key has counted already
		inc, _ = o.ByAlert(dispatch.AlertID(e.NoticeID))
	}
	return became(inc, dispatch.AlertID(e.NoticeID))
}

// became is what an answer to an alert came to.
func became(inc *dispatch.Incident, id dispatch.AlertID) alerts.Became {
	if !inc.Open() {
		return alerts.BecameOver
	}
	told, _ := inc.Alert(id)
	if told.Role == dispatch.RoleSupervisor || told.Role == dispatch.RoleCentre {
		switch {
		case inc.Acked == nil:
			return alerts.BecameNoted
		case inc.Acked.Operator == told.Operator():
			return alerts.BecameAccepted
		}
		return alerts.BecameTaken
	}
	switch b := dispatch.Became(inc, told.To); b {
	case string(dispatch.Accepted), string(dispatch.EnRoute), string(dispatch.OnScene):
		return alerts.BecameAccepted
	case "coming", "declined", "noted":
		return alerts.Became(b)
	}
	return alerts.BecameTaken // an offer that an answer no longer moves: others are enough
}
