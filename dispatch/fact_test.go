package dispatch

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"onekeyd/geo"
)

// sampleFacts has one of each type with every field filled.
func sampleFacts() []Fact {
	at := time.Date(2026, 11, 21, 14, 32, 0, 120e6, time.UTC)
	battery := 41
	press := PressSeen{ID: "0017", Device: "D-1", Kind: SOS, At: at, Received: at, StoredAt: at, Late: time.Minute, Position: &geo.Point{Lat: 37.59, Lon: 118.55}, Battery: &battery, Defect: "field at is wrong"}
	alert := Alert{ID: "abcdefghijklm", To: "R-1", Name: "张敏", Role: RoleResponder, Channel: "sms", Kind: "responder_alert", Language: "zh", Phone: "+85251234567"}
	return []Fact{
		Raised{Code: "37", Kind: SOS, Urgency: Red, Press: press, Elder: "E-1", Name: "王秀兰", Sex: "f", Age: 82, Language: "zh", Hints: "独居", Unknown: "unknown device",
			Premises: &Premises{Address: "幸福里3号楼2单元401", Area: "G-1", Point: geo.Point{Lat: 37.59, Lon: 118.55}, Floor: "4"}},
		Joined{Press: press},
		Dispatched{Plan: "default-1", Directory: 7, Desk: "no responder on duty could be found", Alerts: []Alert{alert}, PassedOver: []PassedOver{{Responder: "R-9", Why: "off duty"}},
			Offers: []Offer{{Responder: "R-1", Name: "张敏", Kind: Worker, Phone: "+85251234567", Distance: 210.5, ETA: 2 * time.Minute, Shared: "grid", From: "base", At: geo.Point{Lat: 37.6, Lon: 118.56}, Why: "same grid, 210 m"}}},
		Alerted{Alerts: []Alert{alert}},
		Retaken{Alerts: []AlertID{alert.ID}},
		Reported{Reports: []Report{{Alert: alert.ID, State: AlertHanded, Carrier: "twilio", Ref: "SM1", Code: "0", Segments: 1, At: at}}},
		Replied{To: "R-1", Alert: alert.ID, Text: "1", Verb: VerbAccept, Key: "twilio|in|SM2"},
		Seen{Operator: "li", Console: "c1", Version: 12, Audio: "running", Visible: true, At: at},
		Acknowledged{Operator: "li"},
		Noted{Operator: "li", Text: "电话无人接听"},
		Escalated{Ladder: LadderDesk, Step: 3, Deed: Supervisor, Why: "no operator has taken it for 30 s"},
		Called{Operator: "li", Whom: "elder", Outcome: CallNoVoice, Text: "有呼吸声"},
		Coming{Contact: "E-1#1", Name: "王磊", Via: "page"},
		Backup{By: "R-1", Via: "sms"},
		TakenOver{Operator: "chen", From: "li", Reason: "shift ends"},
		Proposed{Operator: "li", Disposition: FalseAlarm, Note: "误按"},
		Revealed{To: "R-1", What: "access_note"},
		Gathered{Members: []Member{{Incident: "20261121-abcdef", Code: "37", Elder: "E-1", Name: "王秀兰", Address: "幸福里3号楼2单元401", Kind: SOS, At: at, Risk: 120, Why: []string{"sos", "living_alone"}}}},
		Closed{Operator: "li", Disposition: Assisted, Note: "平安"},
		Moved{What: FactAccepted, Responder: "R-1", Via: "sms"},
		Moved{What: FactDeclined, Responder: "R-1", Via: "sms"},
		Moved{What: FactEnRoute, Responder: "R-1", Via: "page"},
		Moved{What: FactOnScene, Responder: "R-1", Via: "sms"},
		Moved{What: FactCleared, Responder: "R-1", Via: "desk"},
		Moved{What: FactLapsed, Responder: "R-1", Via: "plan"},
		Moved{What: FactUndeliverable, Responder: "R-1", Via: "plan"},
		Moved{What: FactStoodDown, Responder: "R-1", Via: "plan"},
	}
}

// Entries of every version there has been are read for ever: a file here is
// never changed, only added. (-update writes only those that do not exist.)
func TestOldEntriesAreRead(t *testing.T) {
	dir := filepath.Join("testdata", "facts", "v1")
	written := map[FactType]bool{}
	for _, f := range sampleFacts() {
		written[f.Type()] = true
		e := Entry{Case: "E-1", Incident: "20261121-abcdef", At: time.Date(2026, 11, 21, 14, 32, 0, 0, time.UTC), By: "dispatcher", Node: "n1", Facts: []Fact{f}}
		path := filepath.Join(dir, string(f.Type())+".json")
		if flag.Lookup("update").Value.String() == "true" {
			writeOnce(t, path, e)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		got, err := DecodeEntry("E-1", data)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		if diff := cmp.Diff(e, got); diff != "" {
			t.Errorf("%s reads differently (-want +got):\n%s", path, diff)
		}
	}
	for _, f := range FactTypes() {
		if !written[f] {
			t.Errorf("no golden entry has a fact %s", f)
		}
	}
}

func writeOnce(t *testing.T, path string, e Entry) {
	t.Helper()
	if _, err := os.Stat(path); err == nil {
		return
	}
	data, err := EncodeEntry(e)
	if err != nil {
		t.Fatal(err)
	}
	var pretty strings.Builder
	enc := json.NewEncoder(&pretty)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(json.RawMessage(data)); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(pretty.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestNewerEntriesAreRefused(t *testing.T) {
	for name, data := range map[string]string{
		"a newer version": `{"v":2,"incident":"i","facts":[]}`,
		"no version":      `{"incident":"i","facts":[]}`,
		"an unknown fact": `{"v":1,"incident":"i","facts":[{"type":"teleported","data":{}}]}`,
		"not JSON":        `{`,
	} {
		if _, err := DecodeEntry("E-1", []byte(data)); err == nil {
			t.Errorf("%s is read as if nothing were missing", name)
		}
	}
}
