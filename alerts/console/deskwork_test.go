package console

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"onekeyd/dispatch"
	"onekeyd/dispatch/access"
)

const incident = "20261121-aaaaaa"

func TestFollowingACallOverTheAPI(t *testing.T) {
	c := open(t, nil, nil)
	c.board.put(call(incident, time.Now().UTC()))
	li, base := c.login("李敏"), "/v1/incidents/"+incident+"/"
	do := func(path string, body map[string]any) map[string]any {
		t.Helper()
		status, answer := c.post(li, base+path, body)
		if status != 200 {
			t.Fatalf("%s %v: %d %v", path, body, status, answer)
		}
		return answer["incident"].(map[string]any)
	}
	do("acknowledge", map[string]any{"version": 1})
	do("call", map[string]any{"whom": "elder", "outcome": "no_voice", "text": "只听到喘气"})
	do("assign", map[string]any{"responder": "R-3"})
	do("answer", map[string]any{"who": "R-3", "verb": "accept"})
	do("answer", map[string]any{"who": "R-3", "verb": "arrived"})
	do("answer", map[string]any{"who": "E-" + incident + "#1", "verb": "accept"})
	if more := do("morehelp", map[string]any{}); more["more"] != 1.0 || more["wanted"] != 2.0 {
		t.Errorf("more help: %v, %v wanted", more["more"], more["wanted"])
	}
	got := do("answer", map[string]any{"who": "R-3", "verb": "done", "outcome": "conveyed"})

	inc := c.board.get(incident)
	o, _ := inc.Offer("R-3")
	if o.State != dispatch.Cleared || o.Outcome != dispatch.Conveyed || !o.Stays || len(inc.Coming) != 1 || len(inc.Calls) != 1 || inc.Calls[0].Operator != "李敏" {
		t.Errorf("offer %+v, coming %v, calls %v", o, inc.Coming, inc.Calls)
	}
	var via []string
	for _, l := range inc.Timeline {
		if l.Who == "R-3" {
			via = append(via, string(l.What)+" "+l.Data.(string))
		}
	}
	if diff := cmp.Diff([]string{"accepted operator 李敏", "on_scene operator 李敏", "cleared operator 李敏"}, via); diff != "" {
		t.Errorf("what the operator said for R-3 (-want +got):\n%s", diff)
	}
	offers := got["offers"].([]any)
	if last := offers[len(offers)-1].(map[string]any); last["responder"] != "R-3" || last["outcome"] != "conveyed" {
		t.Errorf("the answer shows %v", last)
	}

	status, answer := c.post(c.login("陈刚"), base+"takeover", map[string]any{"from": "王芳", "reason": "交班"})
	if status != http.StatusConflict || answer["error"] != "stale" || answer["by"] != "李敏" {
		t.Errorf("taken from somebody who does not have it: %d %v", status, answer)
	}
	if status, answer = c.post(c.login("陈刚"), base+"takeover", map[string]any{"from": "李敏", "reason": "交班"}); status != 200 || c.board.get(incident).Acked.Operator != "陈刚" {
		t.Errorf("taken over: %d %v", status, answer)
	}
}

func TestTheFirstAccidentalCloseIsAProposal(t *testing.T) {
	c := open(t, nil, nil)
	c.board.put(call(incident, time.Now().UTC()))
	path := "/v1/incidents/" + incident + "/close"
	status, answer := c.post(c.login("李敏"), path, map[string]any{"version": 1, "disposition": "false_alarm", "note": "听着像误按"})
	if status != http.StatusConflict || answer["error"] != "second_look" || !strings.Contains(answer["message"].(string), "second operator") {
		t.Fatalf("first: %d %v", status, answer)
	}
	proposed := answer["incident"].(map[string]any)
	if diff := cmp.Diff(map[string]any{"operator": "李敏", "disposition": "false_alarm", "note": "听着像误按"}, proposed["proposed"]); diff != "" {
		t.Errorf("proposed (-want +got):\n%s", diff)
	}
	if status, answer = c.post(c.login("陈刚"), path, map[string]any{"version": proposed["version"], "disposition": "false_alarm"}); status != 200 || c.board.get(incident) != nil {
		t.Errorf("second: %d %v", status, answer)
	}
}

func TestRevealingIsOnRecordAndMedicalIsForWhoHandlesCalls(t *testing.T) {
	c := open(t, nil, nil)
	c.board.put(call(incident, time.Now().UTC()))
	if err := c.access.CreateOperator(t.Context(), "admin", access.RoleAdministrator); err != nil {
		t.Fatal(err)
	}
	if err := c.access.SetPassword(t.Context(), "admin", testPassword, ""); err != nil {
		t.Fatal(err)
	}
	path := "/v1/incidents/" + incident + "/reveal"
	for _, tc := range []struct {
		who, what string
		want      int
		text      string
	}{
		{"李敏", "access_note", 200, "门禁密码 4471"},
		{"陈刚", "medical", 200, "青霉素过敏；冠心病，支架两枚"},
		{"admin", "access_note", 200, "门禁密码 4471"},
		{"admin", "medical", 403, ""},
		{"wall", "access_note", 403, ""},
		{"李敏", "phone", 400, ""},
	} {
		before := c.board.appended()
		status, answer := c.post(c.login(tc.who), path, map[string]any{"what": tc.what})
		text, _ := answer["text"].(string)
		if status != tc.want || text != tc.text {
			t.Errorf("%s asks for %s: %d %v", tc.who, tc.what, status, answer)
		}
		if facts := c.board.appended() - before; facts != map[bool]int{true: 1}[tc.want == 200] {
			t.Errorf("%s asks for %s: %d facts", tc.who, tc.what, facts)
		}
	}
	last := c.board.get(incident).Timeline
	if l := last[len(last)-1]; l.What != dispatch.FactRevealed || l.By != "operator admin" || l.Text != "access_note" {
		t.Errorf("on record: %+v", l)
	}
	_, body := c.get("/v1/snapshot", "api-token")
	if facts, _ := json.Marshal(c.board.appends); strings.Contains(string(facts)+string(body)+c.log.String(), "青霉素") || strings.Contains(string(facts)+c.log.String(), "门禁密码") {
		t.Error("what was revealed is in a fact, the log, or the snapshot")
	}
	strange := call("20261121-strange", time.Now().UTC())
	strange.Elder, strange.Premises = "", nil
	c.board.put(strange)
	if status, answer := c.post(c.login("李敏"), "/v1/incidents/20261121-strange/reveal", map[string]any{"what": "access_note"}); status != http.StatusConflict {
		t.Errorf("nobody is known: %d %v", status, answer)
	}
}

func TestCandidatesAreForThoseWhoAct(t *testing.T) {
	c := open(t, nil, nil)
	c.board.put(call(incident, time.Now().UTC()))
	get := func(client *http.Client, id string) (int, map[string]any) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), "GET", c.url+"/v1/incidents/"+id+"/candidates", nil)
		if err != nil {
			t.Fatal(err)
		}
		res, body := c.do(client, req)
		var v map[string]any
		if err := json.Unmarshal(body, &v); err != nil {
			t.Fatalf("%s: %v", body, err)
		}
		return res.StatusCode, v
	}
	if status, _ := get(http.DefaultClient, incident); status != 401 {
		t.Errorf("a stranger: %d", status)
	}
	if status, _ := get(c.login("wall"), incident); status != 403 {
		t.Errorf("the wall: %d", status)
	}
	li := c.login("李敏")
	if status, _ := get(li, "nope"); status != 404 {
		t.Errorf("no such incident: %d", status)
	}
	status, v := get(li, incident)
	var who, why []string
	for _, o := range v["candidates"].([]any) {
		o := o.(map[string]any)
		who = append(who, o["name"].(string))
		if o["distance_m"].(float64) < 100 || o["eta_s"].(float64) < 30 || o["why"] == "" || o["phone"] == "" {
			t.Errorf("candidate %v", o)
		}
	}
	for _, p := range v["passed_over"].([]any) {
		why = append(why, p.(map[string]any)["name"].(string)+": "+p.(map[string]any)["why"].(string))
	}
	slices.Sort(why)
	if diff := cmp.Diff([]string{"孙丽", "周建国"}, who); status != 200 || diff != "" {
		t.Errorf("%d, candidates (-want +got):\n%s", status, diff)
	}
	if diff := cmp.Diff([]string{"何静: off duty", "刘洋: is asked already", "朝阳社区卫生站: is asked already", "黄志强: is asked already"}, why); diff != "" {
		t.Errorf("passed over (-want +got):\n%s", diff)
	}
}

func TestHandingOverListsWhatIsOutstanding(t *testing.T) {
	c := open(t, nil, nil)
	c.board.put(call(incident, time.Now().UTC()))
	c.board.fact(t, incident, "operator 李敏", dispatch.Acknowledged{Operator: "李敏"})
	c.board.fact(t, incident, "person E", dispatch.Coming{Contact: "E#1", Name: "王磊", Via: "sms"}, dispatch.Coming{Contact: "E#2", Name: "王芸", Via: "sms"}, dispatch.Coming{Contact: "E#2", Name: "王芸", Via: "sms", Not: true})
	c.board.fact(t, incident, "person R-1", dispatch.Moved{What: dispatch.FactAccepted, Responder: "R-1", Via: "sms"})
	other := call("20261121-bbbbbb", time.Now().UTC())
	other.Acked = &dispatch.Ack{Operator: "陈刚", At: time.Now()}
	c.board.put(other)

	li := c.login("李敏")
	list := func() map[string]any {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), "GET", c.url+"/v1/handover", nil)
		if err != nil {
			t.Fatal(err)
		}
		res, body := c.do(li, req)
		var v struct{ Hands []map[string]any }
		if err := json.Unmarshal(body, &v); err != nil || res.StatusCode != 200 || len(v.Hands) != 2 {
			t.Fatalf("%s %s", res.Status, body)
		}
		for _, h := range v.Hands {
			if h["operator"] == "李敏" {
				return h["incidents"].([]any)[0].(map[string]any)
			}
		}
		t.Fatalf("nothing of 李敏 in %s", body)
		return nil
	}
	var open []string
	for _, o := range list()["outstanding"].([]any) {
		o := o.(map[string]any)
		who, _ := o["who"].(string)
		open = append(open, strings.TrimSpace(o["what"].(string)+" "+who))
	}
	if diff := cmp.Diff([]string{"not_spoken", "on_way 刘洋", "family_coming 王磊"}, open); diff != "" {
		t.Errorf("outstanding (-want +got):\n%s", diff)
	}

	for body, want := range map[string]int{`{"to":"wall","note":"x"}`: 400, `{"to":"李敏","note":"x"}`: 400, `{"to":"nobody","note":"x"}`: 400, `{}`: 400} {
		var v map[string]any
		if err := json.Unmarshal([]byte(body), &v); err != nil {
			t.Fatal(err)
		}
		if status, answer := c.post(li, "/v1/handover", v); status != want {
			t.Errorf("%s: %d %v", body, status, answer)
		}
	}
	status, answer := c.post(li, "/v1/handover", map[string]any{"to": "陈刚", "note": "家属 20 分钟到"})
	if diff := cmp.Diff(map[string]any{"handed": []any{incident}, "failed": []any{}}, answer); status != 200 || diff != "" {
		t.Errorf("%d (-want +got):\n%s", status, diff)
	}
	if inc := c.board.get(incident); inc.HandTo != "陈刚" || inc.Acked.Operator != "李敏" || c.board.get("20261121-bbbbbb").HandTo != "" {
		t.Errorf("handed to %q, had by %s", inc.HandTo, inc.Acked.Operator)
	}
	if list()["hand_to"] != "陈刚" {
		t.Errorf("the list does not say to whom: %v", list())
	}
}

// Everything there is to follow, for each kind of reader.
func TestFollowingOnTheWire(t *testing.T) {
	inc, at := call(incident, testTime), testTime
	tell := func(after time.Duration, by string, facts ...dispatch.Fact) {
		t.Helper()
		next, err := dispatch.Apply(&inc, dispatch.Record{Entry: dispatch.Entry{Case: inc.Case, Incident: inc.ID, At: at.Add(after), By: by, Node: "n1", Facts: facts}, Seq: inc.Seq + 1})
		if err != nil {
			t.Fatal(err)
		}
		inc = *next
	}
	tell(10*time.Second, "plan", dispatch.Escalated{Ladder: dispatch.LadderDesk, Step: 1, Deed: dispatch.RingAll, Why: "no operator has taken it after 10s"})
	tell(15*time.Second, "plan", dispatch.Escalated{Ladder: dispatch.LadderDesk, Step: 2, Deed: dispatch.Louder, Why: "no operator has taken it after 15s"})
	tell(30*time.Second, "plan", dispatch.Escalated{Ladder: dispatch.LadderDesk, Step: 3, Deed: dispatch.Supervisor, Why: "no operator has taken it after 30s"},
		dispatch.Alerted{Alerts: []dispatch.Alert{{ID: "s1", To: "supervisor~q2w3e4", Name: "赵主任", Role: dispatch.RoleSupervisor, Channel: dispatch.ChannelVoice, Kind: "desk_call", Phone: "+8613500001111"}}})
	tell(31*time.Second, "plan", dispatch.Moved{What: dispatch.FactLapsed, Responder: "R-2", Via: "plan", Why: "no answer in 25s"})
	tell(40*time.Second, "operator 李敏", dispatch.Called{Operator: "李敏", Whom: "elder", Outcome: dispatch.CallNoVoice, Text: "打了 13300138471"})
	tell(41*time.Second, "person E", dispatch.Coming{Contact: "E-" + incident + "#1", Name: "王磊", Via: "sms"})
	tell(42*time.Second, "operator 李敏", dispatch.Proposed{Operator: "李敏", Disposition: dispatch.FalseAlarm, Note: "问过 13700005678"})
	tell(11*time.Minute, "plan", dispatch.Escalated{Ladder: dispatch.LadderIdle, Step: 1, Why: "open for 11m0s, and nothing has happened for 10m0s"})

	names := []string{"赵主任", "王磊", "李敏", "王秀英", "刘洋", "supervisor~"}
	phones := []string{"13500001111", "13300138471", "13700005678", "1065004471"}
	for who, hidden := range map[reader][]string{forDesk: {"门禁"}, forProgram: append([]string{"门禁"}, phones...), forWall: append(append([]string{"门禁"}, phones...), names...)} {
		data, err := encode(&inc, who, planned(&inc))
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range hidden {
			if strings.Contains(string(data), h) {
				t.Errorf("reader %d sees %s: %s", who, h, data)
			}
		}
		var v incidentJSON
		if err := json.Unmarshal(data, &v); err != nil {
			t.Fatal(err)
		}
		if v.Waiting == nil || v.DeskStep != 3 || len(v.DeskSteps) != 4 || v.DeskSteps[1].Deed != "louder" || !v.DeskSteps[1].At.Equal(at.Add(15*time.Second)) || v.IdleAt == nil ||
			len(v.Escalations) != 4 || v.Escalations[1].Deed != "louder" || v.Escalations[3].Ladder != "idle" || len(v.Coming) != 1 || v.Proposed == nil || v.Proposed.Disposition != "false_alarm" {
			t.Errorf("reader %d lacks something: %s", who, data)
		}
		if o := v.Offers[0]; !o.LapsesAt.Equal(at.Add(300*time.Millisecond+35*time.Second)) || !v.Offers[1].LapsesAt.IsZero() {
			t.Errorf("reader %d: offers lapse at %s and %s", who, o.LapsesAt, v.Offers[1].LapsesAt)
		}
		for _, a := range v.Alerts {
			if strings.ContainsAny(a.To, "+") {
				t.Errorf("reader %d: an alert is addressed by number: %q", who, a.To)
			}
		}
	}
	tell(12*time.Minute, "operator 李敏", dispatch.Noted{Operator: "李敏", Text: "x"})
	if data, _ := encode(&inc, forDesk, planned(&inc)); strings.Contains(string(data), "idle_at") {
		t.Error("an incident is idle although something has happened since")
	}
}
