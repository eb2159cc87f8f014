package dispatch

import (
	"testing"
	"time"
)

// When a message counts as not having arrived, and which way is taken then.
func TestTheNextWayToATelephone(t *testing.T) {
	first, second, call := Way{ChannelSMS, "first", true}, Way{ChannelSMS, "second", true}, Way{ChannelVoice, "bell", true}
	deaf := Way{ChannelSMS, "first", false}
	all := []Way{first, second, call}
	for name, c := range map[string]struct {
		alert Alert
		ways  []Way
		after time.Duration // since it was intended
		want  string        // carrier; empty: nobody
		due   time.Duration // when it is looked at again, where nobody is told yet
	}{
		"no carrier has taken it":            {Alert{State: AlertIntended}, all, 10 * time.Second, "second", 0},
		"it may still be taken":              {Alert{State: AlertIntended}, all, 9 * time.Second, "", 10 * time.Second},
		"not sent in time":                   {Alert{State: AlertHanded, Carrier: "first"}, all, 10 * time.Second, "second", 0},
		"sent and not delivered":             {Alert{State: AlertSent, Carrier: "first"}, all, 20 * time.Second, "second", 0},
		"it may still be delivered":          {Alert{State: AlertSent, Carrier: "first"}, all, 19 * time.Second, "", 20 * time.Second},
		"refused for good":                   {Alert{State: AlertFailed, Carrier: "first", Code: "bad_number 21211"}, all, time.Second, "second", 0},
		"refused, and only a bell is left":   {Alert{State: AlertFailed, Carrier: "first"}, []Way{first, call}, time.Second, "bell", 0},
		"unclear for long enough":            {Alert{State: AlertAmbiguous, Carrier: "first", Unclear: t0}, all, callbackWait, "second", 0},
		"delivered and not answered":         {Alert{State: AlertDelivered, Carrier: "first"}, all, 30 * time.Second, "bell", 0},
		"delivered, with time to answer":     {Alert{State: AlertDelivered, Carrier: "first"}, all, 24 * time.Second, "", 30 * time.Second},
		"a carrier that never reports":       {Alert{State: AlertHanded, Carrier: "first"}, []Way{deaf, second}, 20 * time.Second, "", 0},
		"and is not answered":                {Alert{State: AlertHanded, Carrier: "first"}, []Way{deaf, call}, 30 * time.Second, "bell", 0},
		"its carrier is out meanwhile":       {Alert{State: AlertHanded, Carrier: "first"}, []Way{second, call}, 10 * time.Second, "second", 0},
		"no other way":                       {Alert{State: AlertFailed, Carrier: "first"}, []Way{first}, time.Second, "", 0},
		"taken back: nobody wants it":        {Alert{State: AlertFailed, Carrier: "first", Code: "stopped"}, []Way{first, second}, time.Second, "", 0},
		"a bell that rings is not given up":  {Alert{State: AlertHanded, Channel: ChannelVoice, Carrier: "bell"}, []Way{call, second}, 29 * time.Second, "", 30 * time.Second},
		"a bell that nobody picks up":        {Alert{State: AlertFailed, Channel: ChannelVoice, Carrier: "bell", Code: "no-answer"}, []Way{call, second}, 26 * time.Second, "second", 0},
		"who has picked up is left in peace": {Alert{State: AlertSent, Channel: ChannelVoice, Carrier: "bell"}, []Way{call, second}, 40 * time.Second, "", 0},
	} {
		a := c.alert
		a.ID, a.To, a.Role, a.Kind, a.Phone, a.Intended = "a1", "R-1", RoleResponder, "responder_alert", "+85251110001", t0
		if a.Channel == "" {
			a.Channel = ChannelSMS
		}
		inc := &Incident{ID: "i-1", Case: "E-1", State: StateDispatched, Kind: SOS, RaisedAt: t0, Waiting: t0, Offers: []Offer{{Responder: "R-1", State: Lapsed}}, Alerts: []Alert{a}}
		plan := DefaultPlan()
		n := &next{plan: plan, ask: plan.Ask(SOS), inc: inc, look: Look{Now: t0.Add(c.after), Ways: func(string) []Way { return c.ways }}}
		n.channels()
		got := ""
		if len(n.step.Tell) == 1 {
			got = n.step.Tell[0].Via
		}
		if got != c.want || len(n.step.Tell) > 1 {
			t.Errorf("%s: told by %q, want %q (%d in all)", name, got, c.want, len(n.step.Tell))
		}
		if c.due > 0 && !n.due.Equal(t0.Add(c.due)) {
			t.Errorf("%s: looked at again after %s, want %s", name, n.due.Sub(t0), c.due)
		}
	}
}
