// Package hooks takes carriers' webhooks and turns them into facts.
//
// # Promise
//
// A person's answer is answered with 200 only after it is durable, so a carrier
// that hears nothing calls again and nothing is lost; a repeated call changes
// nothing. A receipt is answered as soon as it is durable too, but after half a
// second of a storm it is answered while it still waits for its turn: most
// carriers do not repeat receipts, and one that is lost in a crash then costs a
// message more, not less. A request that its carrier did not sign gets 403 and is
// counted, not believed.
//
// A call may bring many events: replies are carried out one after the other, in
// their order; receipts wait for the journal side by side. If one cannot be
// stored the carrier calls again with all of them.
//
// On the telephone the webhook's answer is heard by the person who has just
// pressed a key, and says what that became. A key that could not be stored is
// asked for again, with 200: any other status would end the conversation in the
// carrier's words.
//
// # What a forged text can do
//
// A signature proves the carrier and not who typed a text: some networks let one
// be sent under any number. Texts are believed all the same, since many who help
// have nothing else. Whoever knows the number of somebody who was told of an open
// call, and the centre's, can at most say what that person could:
//
//   - as a responder, accept, so that nobody else is asked until the plan misses
//     them (10 minutes in the built-in one, or twice the way); decline; or say that
//     they were there and how it ended, by which the plan closes after 3 minutes a
//     call that no operator has taken;
//   - as somebody on call, acknowledge: the desk's alarm and the ladder above it
//     end. Responders are asked on, the plan closes nothing from then on, and the
//     call comes back to the desk every 10 minutes;
//   - as family, say whether they come, by which nobody is sent or spared.
//
// Nothing can be read so: each acceptance, acknowledgement and end is answered to
// the real telephone, whose owner learns of it and can decline, and stands at the
// desk as said by text. The door's code and what is known of the elder's health
// are on the page alone, whose link only that telephone has. A page's buttons and
// a call's keys cannot be forged in this way: we have made the link, or the call.
// What an operator has taken no text can close.
//
// # Concurrency
//
// Handlers run on the HTTP server's goroutines and wait for the journal, with a
// goroutine for each receipt of a batch, which they wait for; the carriers' own
// limits (15 s at Twilio, 0.7 s at Aliyun) bound how long that may take.
package hooks

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"onekeyd/alerts"
	"onekeyd/alerts/sms"
	"onekeyd/dispatch"
)

const (
	// durable is how long an answer may wait for the journal. Twilio gives up
	// after 15 s and calls the fallback address.
	durable = 8 * time.Second
	// patience is how long receipts may keep the carrier waiting: Aliyun takes an
	// answer after 700 ms for none.
	patience = 500 * time.Millisecond
	// lookAgain is the pause before a receipt's alert is looked for again.
	lookAgain = 20 * time.Millisecond
)

// Options of a handler; all are required.
type Options struct {
	Hook alerts.Hook
	// Ready reports whether the read model knows all open incidents. Until then a
	// webhook is refused: its incident would seem not to exist.
	Ready func() bool
	// ByAlert finds the open incident of an alert.
	ByAlert func(dispatch.AlertID) (*dispatch.Incident, bool)
	// ByRef finds the alert, and its open incident, that a carrier has under its
	// own id: not every carrier's receipts bring ours.
	ByRef func(carrier, ref string) (dispatch.AlertID, *dispatch.Incident, bool)
	// Record makes reports durable.
	Record func(ctx context.Context, c dispatch.CaseID, id dispatch.IncidentID, reports ...dispatch.Report) error
	// Reply carries out a person's answer.
	Reply func(ctx context.Context, r dispatch.Reply) (*dispatch.Incident, error)
	// Unasked is told of a number that wrote while no open incident concerns it.
	Unasked func(e164 string)
	// Carrier names the sender in reports.
	Carrier string
	// Forged counts refused requests.
	Forged func()
	Log    *slog.Logger
}

// Handler serves one carrier's webhooks.
func Handler(o Options) http.Handler {
	log := o.Log.With("component", "hooks", "carrier", o.Carrier)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), durable)
		defer cancel()
		body, err := alerts.ReadHook(w, r)
		if err != nil {
			http.Error(w, "the body is too long or did not arrive", http.StatusRequestEntityTooLarge)
			return
		}
		events, contentType, answer, err := o.Hook.ParseHook(r, body)
		switch {
		case errors.Is(err, alerts.ErrForged):
			o.Forged()
			http.Error(w, "not signed by the carrier", http.StatusForbidden)
			return
		case err != nil:
			log.Warn("webhook makes no sense", "err", err)
			http.Error(w, "the request makes no sense", http.StatusBadRequest)
			return
		}
		talker, _ := o.Hook.(alerts.Talker)
		if talker != nil && len(events) == 1 && events[0].Inbound {
			contentType, answer = talker.Answer(r, events[0], press(ctx, o, log, events[0]))
		} else if err := take(ctx, o, log, events); err != nil {
			log.Warn("webhook could not be stored; the carrier calls again", "err", err)
			w.Header().Set("Retry-After", "1")
			http.Error(w, "not stored yet", http.StatusServiceUnavailable)
			return
		}
		if contentType != "" {
			w.Header().Set("Content-Type", contentType)
		}
		_, _ = w.Write(answer) // a carrier that has gone asks again
	})
}

// errStarting refuses what comes before the read model knows all open
// incidents: its incident would seem not to exist.
var errStarting = errors.New("still reading the journal")

func take(ctx context.Context, o Options, log *slog.Logger, events []alerts.Event) error {
	if !o.Ready() {
		return errStarting
	}
	for _, e := range events {
		if e.Inbound {
			_, err := reply(ctx, o, log, e, "sms")
			if errors.Is(err, dispatch.ErrNoIncident) {
				o.Unasked(e.From) // calling again would not help
			} else if err != nil {
				return err
			}
		}
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var waiting sync.WaitGroup
	errs := make([]error, len(events))
	for n, e := range events {
		if !e.Inbound && e.State != "" { // "" is news of no state
			waiting.Go(func() { errs[n] = record(ctx, o, e) })
		}
	}
	waiting.Wait()
	return errors.Join(errs...)
}

func record(ctx context.Context, o Options, e alerts.Event) error {
	id, inc, ok := find(ctx, o, e)
	if !ok {
		return nil // of an incident that is closed
	}
	err := o.Record(ctx, inc.Case, inc.ID, dispatch.Report{
		Alert: id, State: dispatch.AlertState(e.State), Carrier: o.Carrier, Ref: e.Ref, Code: e.Code, Class: string(e.Class), At: e.At,
	})
	if errors.Is(err, context.DeadlineExceeded) {
		return nil // the recorder has it and goes on without us
	}
	return err
}

// find gives the alert an event is about. The carrier's id is known only once
// the outcome of the send is in the journal, and a receipt may be quicker.
func find(ctx context.Context, o Options, e alerts.Event) (dispatch.AlertID, *dispatch.Incident, bool) {
	if e.NoticeID != "" {
		inc, ok := o.ByAlert(dispatch.AlertID(e.NoticeID))
		return dispatch.AlertID(e.NoticeID), inc, ok
	}
	for {
		if id, inc, ok := o.ByRef(o.Carrier, e.Ref); ok {
			return id, inc, true
		}
		select {
		case <-ctx.Done():
			return "", nil, false
		case <-time.After(lookAgain):
		}
	}
}

// reply carries out a person's answer.
func reply(ctx context.Context, o Options, log *slog.Logger, e alerts.Event, via string) (*dispatch.Incident, error) {
	said := sms.ParseReply(e.Text)
	r := dispatch.Reply{Phone: e.From, Alert: dispatch.AlertID(e.NoticeID), Via: via, Verb: string(said.Verb), Code: said.Code, Outcome: dispatch.Disposition(said.Outcome), Text: e.Text, Key: e.Key}
	inc, err := o.Reply(ctx, r)
	if errors.Is(err, dispatch.ErrNoIncident) {
		log.Warn("reply belongs to no open incident", "from", dispatch.MaskPhone(e.From), "err", err)
	}
	return inc, err
}
