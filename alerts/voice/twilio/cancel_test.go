package twilio_test

import (
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"onekeyd/alerts"
	"onekeyd/alerts/sms/twiliosim"
)

func TestCancel(t *testing.T) {
	const s = time.Second
	for _, c := range []struct {
		why    string
		o      twiliosim.CallOutcome
		after  time.Duration
		status string
		asked  string // the statuses that were asked for
		said   int
	}{
		{"before it rings", twiliosim.PicksUp(5 * s), 0, "canceled", "canceled", 0},
		{"while it rings", twiliosim.PicksUp(20 * s), 10 * s, "canceled", "canceled", 0},
		{"somebody listens", twiliosim.PicksUp(5 * s), 10 * s, "completed", "canceled completed", 1},
		{"nobody answered", twiliosim.CallOutcome{}, time.Minute, "no-answer", "canceled completed", 0},
		{"it has its answer", twiliosim.PutsDown(5*s, 5*s), time.Minute, "completed", "canceled completed", 1},
	} {
		t.Run(c.why, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sim := newSim(t, c.o)
				wire := &spy{next: sim.RoundTripper()}
				d := sender(t, sim, wire)
				r, err := d.Send(t.Context(), notice(alerts.ResponderAlert, "zh"))
				if err != nil {
					t.Fatal(err)
				}
				time.Sleep(c.after)
				synctest.Wait()
				if err := d.Cancel(t.Context(), r.Ref); err != nil {
					t.Fatal(err)
				}
				synctest.Wait()
				call := sim.Calls()[0]
				if call.Live() || call.Status != c.status || len(call.Said) != c.said {
					t.Errorf("the call is %+v", call)
				}
				if got := statuses(wire.forms[1:]); got != c.asked {
					t.Errorf("asked for %s, want %s", got, c.asked)
				}
				if err := d.Cancel(t.Context(), r.Ref); err != nil {
					t.Errorf("again: %v", err)
				}
				time.Sleep(time.Hour)
				if after := sim.Calls()[0]; after.Status != c.status || len(after.Said) != c.said {
					t.Errorf("it went on: %+v", after)
				}
			})
		})
	}
}

func statuses(forms []url.Values) string {
	var out []string
	for _, f := range forms {
		out = append(out, f.Get("Status"))
	}
	return strings.Join(out, " ")
}

func TestCancelThatCannotBe(t *testing.T) {
	sim := newSim(t, twiliosim.CallOutcome{})
	d := sender(t, sim, sim.RoundTripper())
	for ref, want := range map[string]alerts.Class{"": alerts.BadContent, "../Messages": alerts.BadContent, "CA" + strings.Repeat("0", 32): alerts.BadContent} {
		if err := d.Cancel(t.Context(), ref); alerts.ClassOf(err) != want {
			t.Errorf("%q: %v", ref, err)
		}
	}
}
