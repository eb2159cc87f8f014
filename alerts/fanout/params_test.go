package fanout

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"onekeyd/dispatch"
)

func TestParamsCarryNoHealthAndNoKeys(t *testing.T) {
	inc := incident(dispatch.Red)
	got := params(inc, dispatch.Alert{Language: "en-GB"}, Options{Zone: time.UTC})
	want := map[string]string{"code": "37", "name": "王秀兰", "hint": "独居", "time": inc.RaisedAt.UTC().Format("15:04"), "sex": "F", "age": "82", "addr": "幸福里"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if p := params(&dispatch.Incident{RaisedAt: time.Now()}, dispatch.Alert{}, Options{Zone: time.UTC}); p["age"] != "" || p["addr"] != "" {
		t.Errorf("an elder nobody knows has age %q and address %q", p["age"], p["addr"])
	}
}

// What the alert says beside the incident, at the centre's clock.
func TestParamsOfTheAlert(t *testing.T) {
	zone := time.FixedZone("centre", 8*3600)
	a := dispatch.Alert{Args: dispatch.Args{Responder: "张敏", Minutes: 3, When: time.Date(2026, 11, 22, 17, 5, 0, 0, time.UTC).Unix()}}
	got := params(&dispatch.Incident{RaisedAt: time.Now()}, a, Options{Zone: zone, CentrePhone: "021-61234567"})
	for name, want := range map[string]string{"resp": "张敏", "min": "3", "when": "01:05", "tel": "021-61234567"} {
		if got[name] != want {
			t.Errorf("%s is %q, want %q", name, got[name], want)
		}
	}
}

// Carriers of mainland China filter links, and the first message has no room for one.
func TestLinksGoWhereTheyArrive(t *testing.T) {
	o := Options{Zone: time.UTC, Link: func(_ *dispatch.Incident, a dispatch.Alert) string { return "https://desk.example/r/" + string(a.ID) }}
	for _, c := range []struct {
		kind, phone, want string
	}{
		{"accept_confirm", "+85251110001", "https://desk.example/r/a"},
		{"family_progress", "+442071838750", "https://desk.example/r/a"},
		{"accept_confirm", "+8613800138000", ""},
		{"responder_alert", "+85251110001", ""},
		{"responder_alert_min", "+85251110001", ""},
		{"family_alert", "+85251110001", ""},
	} {
		got := params(incident(dispatch.Red), dispatch.Alert{ID: "a", Kind: c.kind, Phone: c.phone}, o)["link"]
		if got != c.want {
			t.Errorf("%s to %s has the link %q, want %q", c.kind, c.phone, got, c.want)
		}
	}
}
