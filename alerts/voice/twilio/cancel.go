package twilio

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	api "github.com/twilio/twilio-go/rest/api/v2010"

	"onekeyd/alerts"
	"onekeyd/alerts/twilioapi"
)

// notLive is Twilio's code for asking something of a call that is over, or not
// yet answered (https://www.twilio.com/docs/api/errors/21220).
const notLive = 21220

// Cancel ends the call ref: one that waits or rings is canceled, one that was
// answered meanwhile is completed. A call that is over is no error, so Cancel
// may be repeated.
//
// "canceled" is tried first because it leaves alone a call in progress; what
// Twilio answers says whether there is one.
func (s *Sender) Cancel(ctx context.Context, ref string) error {
	if !twilioapi.IsRef(ref) {
		return fail(alerts.BadContent, errors.New("reference is no call sid"))
	}
	release, err := s.client.Slot(ctx)
	if err != nil {
		return fail(alerts.Transient, err)
	}
	defer release()
	for _, status := range []string{"canceled", "completed"} {
		live, err := s.end(ctx, ref, status)
		if err != nil {
			return fmt.Errorf("end call %s: %w", ref, err)
		}
		if !live {
			return nil
		}
	}
	return nil // completed: Twilio hangs up now
}

// end asks for one status; live reports whether the call may still go on.
func (s *Sender) end(ctx context.Context, ref, status string) (live bool, err error) {
	p := new(api.UpdateCallParams).SetStatus(status)
	call, err := twilioapi.Ask(ctx, s.client, func(a *api.ApiService) (*api.ApiV2010Call, error) { return a.UpdateCall(ref, p) })
	r, refused := errors.AsType[*twilioapi.Refusal](err)
	switch {
	case refused && r.Code == notLive:
		return true, nil // over, or live and not to be canceled: completed settles both
	case refused && r.Status == http.StatusNotFound:
		return false, fail(alerts.BadContent, err) // this call, not the account
	case err != nil:
		return false, classed(err)
	}
	return call.Status == nil || stateOf(*call.Status) != alerts.Failed, nil
}
