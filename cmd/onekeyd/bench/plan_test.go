package bench

import (
	"testing"
	"time"

	"onekeyd/dispatch"
	"onekeyd/dispatch/plans"
	"onekeyd/geo"
)

// However long a run takes, nothing comes of a call of it once its text has
// arrived: no fact, no text, and no look at it but for more people.
func TestNothingOfThePlanComesLater(t *testing.T) {
	for _, sms := range []int{1, 5} {
		p, err := plans.Read([]byte(planFor(sms)), dispatch.DefaultPlan(), time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		looksAtNothing(t, p.Default)
	}
}

func looksAtNothing(t *testing.T, plan dispatch.Plan) {
	t.Helper()
	raised := time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)
	ways := func(string) []dispatch.Way {
		return []dispatch.Way{{Channel: dispatch.ChannelSMS, Carrier: "twilio", Receipts: true}, {Channel: dispatch.ChannelVoice, Carrier: "twilio-voice", Receipts: true}}
	}
	where := func(dispatch.ResponderID) (g geo.Point, at time.Time, ok bool) { return }
	for _, kind := range []dispatch.Kind{dispatch.SOS, dispatch.Fall, dispatch.Inactivity, dispatch.Service} {
		inc, err := dispatch.Apply(nil, dispatch.Record{Seq: 1, Entry: dispatch.Entry{Case: "E-1", Incident: "i1", At: raised, Facts: []dispatch.Fact{
			dispatch.Raised{Kind: kind, Urgency: kind.Urgency(), Premises: &dispatch.Premises{}},
			dispatch.Dispatched{
				Asked: true, Short: true, Offers: []dispatch.Offer{{Responder: "C-1", Kind: dispatch.Clinic, Phone: "+85261000001"}},
				Alerts: []dispatch.Alert{{ID: "a1", To: "C-1", Role: dispatch.RoleResponder, Channel: dispatch.ChannelSMS, Kind: "responder_alert", Phone: "+85261000001"}},
			},
			dispatch.Reported{Reports: []dispatch.Report{{Alert: "a1", State: dispatch.AlertDelivered, Carrier: "twilio", At: raised.Add(time.Second)}}},
			dispatch.Seen{Operator: "admin", Console: "bench", Audio: "running"},
		}}})
		if err != nil {
			t.Fatal(err)
		}
		for _, now := range []time.Duration{5 * time.Second, 30 * time.Second, 2 * time.Minute, time.Hour} {
			look := dispatch.Look{Now: raised.Add(now), Ways: ways, Where: where}
			if step, _ := dispatch.Next(plan, inc, look); len(step.Facts)+len(step.Tell) > 0 {
				t.Errorf("%s after %s: %+v", kind, now, step)
			}
		}
	}
}
