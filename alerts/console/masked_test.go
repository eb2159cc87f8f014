package console

import (
	"bufio"
	"net/http"
	"strings"
	"testing"

	"onekeyd/dispatch"
)

// hearsay is a call with all that people and devices can write into it, and with
// somebody on call.
func hearsay(t *testing.T) dispatch.Incident {
	t.Helper()
	inc := taken("20261121-aaaaaa", "李敏")
	inc.Service = "找王秀兰 13700007777"
	seen := dispatch.PressSeen{ID: "p", Device: "A3-1202", Kind: dispatch.Service, Defect: `kind is "13700007777"`}
	inc.Presses = []dispatch.PressSeen{seen}
	inc.Visits = []dispatch.Visit{{Responder: "R-1", Name: "刘洋", Outcome: dispatch.Assisted}}
	inc.Alerts = []dispatch.Alert{{ID: "a", To: "supervisor~im3aee", Name: "陈主管", Role: dispatch.RoleSupervisor, Phone: "+8613700007777"}}
	inc.Calls = []dispatch.Called{{Operator: "李敏", Whom: "supervisor~im3aee", Outcome: dispatch.CallSpoke, Text: "13700007777"}}
	inc.Timeline = []dispatch.Line{
		{What: dispatch.FactJoined, By: "dispatcher", Who: "A3-1202", Text: seen.Defect, Data: seen},
		{What: dispatch.FactReplied, By: "person supervisor~im3aee", Who: "supervisor~im3aee", Text: "1"},
	}
	return inc
}

// A number that is masked must not stand beside it in a device's own words, nor
// as a hash that can be tried out.
func TestWhatIsMaskedStandsNowhereElse(t *testing.T) {
	inc := hearsay(t)
	for who, name := range map[reader]string{forDesk: "the desk", forProgram: "a program", forWall: "the wall"} {
		data, err := encode(&inc, who, around{})
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range []string{"13700007777", "im3aee"} {
			if shown := strings.Contains(string(data), s); shown != (who == forDesk) {
				t.Errorf("%s is shown %s: %v\n%s", name, s, shown, data)
			}
		}
		if who == forProgram && (strings.Count(string(data), `"supervisor"`) < 3 || !strings.Contains(string(data), `"by":"person supervisor"`)) {
			t.Errorf("a program does not learn who was told: %s", data)
		}
		for _, s := range []string{"王秀兰", "刘洋", "陈主管", "李敏"} {
			if who == forWall && strings.Contains(string(data), s) {
				t.Errorf("the wall shows %s: %s", s, data)
			}
		}
	}
}

func TestTheWallIsNotToldWhoIsAtTheDesk(t *testing.T) {
	c := open(t, nil, nil)
	state := map[string]any{"console": "c", "armed": true}
	for name, told := range map[string]bool{"李敏": true, "wall": false} {
		client := c.login(name)
		if _, answer := c.post(c.login("李敏"), "/v1/consoles/state", state); answer["armed_consoles"] != 1.0 {
			t.Fatalf("the desk: %v", answer)
		}
		if _, answer := c.post(client, "/v1/consoles/state", state); answer["armed_consoles"] != 1.0 || (len(answer["operators"].([]any)) > 0) != told {
			t.Errorf("%s is answered %v", name, answer)
		}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.url+"/v1/events", nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		beat, ok := (&sse{t, res, bufio.NewScanner(res.Body)}).next()
		if !ok || beat.name != "hb" || !strings.Contains(beat.data, `"armed_consoles":1`) || strings.Contains(beat.data, "李敏") != told {
			t.Errorf("%s hears %+v", name, beat)
		}
	}
}
