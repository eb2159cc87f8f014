package plans_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"onekeyd/dispatch"
	"onekeyd/dispatch/plans"
)

func read(t *testing.T, file string) dispatch.Plans {
	t.Helper()
	p, err := plans.Read([]byte(file), dispatch.DefaultPlan(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// alike takes an empty list for none, and a zone for itself.
func alike() cmp.Option {
	return cmp.Options{cmpopts.EquateEmpty(), cmp.Comparer(func(a, b *time.Location) bool { return a == b })}
}

func differ(t *testing.T, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got, alike()); diff != "" {
		t.Error(diff)
	}
}

func TestAnEmptyFileChangesNothing(t *testing.T) {
	for _, file := range []string{"", "\xef\xbb\xbf# nothing\n", "[default]\n[default.sos]\n[default.waits]\n"} {
		differ(t, dispatch.Plans{Default: dispatch.DefaultPlan()}, read(t, file))
	}
}

func TestEveryValueOverrides(t *testing.T) {
	p := read(t, `
[default]
name = "county"
unseen = "2s"
speed = 3
detour = 1.5
fresh_for = "10m"
usable_for = "20m"
desk = [{ after = "5s", do = "louder" }, { after = "20s", do = "next_centre" }]
on_call = [
  { role = "supervisor", name = "王经理", phone = "138 1234 5678", language = "zh", hours = "08:00-20:00" },
  { role = "supervisor", phone = "+852 6123 4567", hours = "20:00 – 8:00" },
  { role = "centre", phone = "0546-2521234", hours = "00:00-24:00" },
  { role = "engineer", phone = "+12125550142", hours = "18:00-24:00" },
]
waits = { sent = "11s", delivered = "21s", answer = "31s", calls = 0, move = "4m", arrive = "11m", arrive_eta = 3, remind = "12m", close = "5m" }
[default.sos]
shares = [{ kinds = "worker" }, { kinds = ["clinic", "doctor"], count = 2, words = "responder_alert_min", stays = true }]
enough = 2
offer_for = "30s"
family = false
arrive = "30m"
[default.service]
remind = "0s"
[[default.sos.tiers]]
after = "45s"
shares = [{ kinds = ["police"], count = 1 }]
[[default.sos.tiers]]
after = "2m"
call = "centre"
family = true
every = "90s"
`)
	want := dispatch.DefaultPlan()
	want.Name, want.Unseen, want.Speed, want.Detour, want.FreshFor, want.UsableFor = "county", 2*time.Second, 3, 1.5, 10*time.Minute, 20*time.Minute
	want.Desk = []dispatch.DeskStep{{After: 5 * time.Second, Deed: dispatch.Louder}, {After: 20 * time.Second, Deed: dispatch.NextCentre}}
	want.OnCall = []dispatch.OnCall{
		{Role: dispatch.RoleSupervisor, Name: "王经理", Phone: "+8613812345678", Language: "zh", From: 8 * time.Hour, To: 20 * time.Hour},
		{Role: dispatch.RoleSupervisor, Phone: "+85261234567", From: 20 * time.Hour, To: 8 * time.Hour},
		{Role: dispatch.RoleCentre, Phone: "+865462521234"},
		{Role: dispatch.RoleEngineer, Phone: "+12125550142", From: 18 * time.Hour, To: 24 * time.Hour},
	}
	want.Waits = dispatch.Waits{Sent: 11 * time.Second, Delivered: 21 * time.Second, Answer: 31 * time.Second, Move: 4 * time.Minute, Arrive: 11 * time.Minute, ArriveETA: 3, Remind: 12 * time.Minute, Close: 5 * time.Minute}
	want.Asks[dispatch.SOS] = dispatch.Ask{
		Shares: []dispatch.Share{
			{Kinds: []dispatch.ResponderKind{dispatch.Worker}, Count: 1},
			{Kinds: []dispatch.ResponderKind{dispatch.Clinic, dispatch.Doctor}, Count: 2, Words: "responder_alert_min", Stays: true},
		},
		Enough: 2, OfferFor: 30 * time.Second, Arrive: 30 * time.Minute,
		Tiers: []dispatch.Tier{
			{After: 45 * time.Second, Shares: []dispatch.Share{{Kinds: []dispatch.ResponderKind{dispatch.Police}, Count: 1}}},
			{After: 2 * time.Minute, Call: []dispatch.AlertRole{dispatch.RoleCentre}, Family: true, Every: 90 * time.Second},
		},
	}
	service := want.Asks[dispatch.Service]
	service.Remind = 0
	want.Asks[dispatch.Service] = service
	differ(t, dispatch.Plans{Default: want}, p)
}

func TestTheBaseIsNotChanged(t *testing.T) {
	base := dispatch.DefaultPlan()
	if _, err := plans.Read([]byte("[default.sos]\nenough = 3\n[[community]]\narea = 'C1'\n[community.fall]\nenough = 3\n"), base, nil); err != nil {
		t.Fatal(err)
	}
	differ(t, dispatch.DefaultPlan(), base)
}

// A community differs from the default of the file, not from the built-in one.
func TestACommunityIsTheDefaultWhereItSaysNothing(t *testing.T) {
	p := read(t, `
[default.waits]
answer = "40s"
[default.fall]
offer_for = "35s"
[[community]]
area = ["C1", "C2"]
[community.sos]
enough = 2
[[community]]
area = "C3"
name = "hills"
speed = 1.5
`)
	want := dispatch.DefaultPlan()
	want.Name, want.Waits.Answer = "default-2+", 40*time.Second
	fall := want.Asks[dispatch.Fall]
	fall.OfferFor = 35 * time.Second
	want.Asks[dispatch.Fall] = fall
	differ(t, want, p.Default)
	differ(t, want, p.For([]string{"G9", "C9"}))
	hills := p.For([]string{"G1", "C3", "S1"})
	if hills.Name != "hills" || hills.Speed != 1.5 || hills.Waits.Answer != 40*time.Second || hills.Asks[dispatch.SOS].Enough != 1 {
		t.Errorf("hills is %+v", hills)
	}
	for _, code := range []string{"C1", "C2"} {
		c := p.For([]string{code})
		if c.Name != "default-2+/C1" || c.Asks[dispatch.SOS].Enough != 2 || c.Asks[dispatch.Fall].OfferFor != 35*time.Second {
			t.Errorf("%s is %+v", code, c)
		}
	}
	if p.Default.Asks[dispatch.SOS].Enough != 1 {
		t.Error("the community has changed the default")
	}
}

func TestFaults(t *testing.T) {
	const onCall = "[default]\non_call = [{ role = \"supervisor\", phone = \"13812345678\""
	for name, c := range map[string]struct{ file, want string }{
		"not TOML":         {"[default\n", "line 1, column 9: toml: expected ']' to close table name"},
		"twice":            {"[default]\nspeed = 1\nspeed = 2\n", "line 3, column 1: toml: key speed is already defined"},
		"no table":         {"\ndefault = 3\n", "line 2: default is a table or a list of tables, and something else stands there"},
		"no list":          {"[default]\ndesk = \"ring\"\n", "line 2: default.desk is a table or a list of tables, and something else stands there"},
		"cancel":           {"[default.cancel]\nfamily = true\n", "line 1: there is no default.cancel"},
		"duration":         {"[default.sos]\noffer_for = 25\n", `default.sos.offer_for: is 25; a time with its unit such as "25s", "3m" or "4h" is expected`},
		"no duration":      {"[default.sos]\noffer_for = \"soon\"\n", `default.sos.offer_for: is "soon"; a time with its unit such as "25s", "3m" or "4h" is expected`},
		"negative":         {"[default.sos]\noffer_for = \"-25s\"\n", `default.sos.offer_for: is "-25s"; more than 0 and at most 24h is expected`},
		"days":             {"[default.waits]\nremind = \"90h\"\n", `default.waits.remind: is "90h"; more than 0 and at most 24h is expected`},
		"not a number":     {"[default]\nspeed = nan\ndetour = inf\n", "default.speed: is NaN; a number above 0 and at most 100 is expected\ndefault.detour: is +Inf; a number above 0 and at most 100 is expected"},
		"a crowd":          {"[default.sos]\nshares = [{ kinds = \"worker\", count = 500 }]\n", "default.sos.shares[1].count: is 500; a whole number from 1 to 50 is expected"},
		"half a person":    {"[default.sos]\nenough = 1.5\n", "default.sos.enough: is 1.5; a whole number from 1 to 50 is expected"},
		"yes":              {"[default.sos]\nfamily = \"yes\"\n", `default.sos.family: is "yes"; true or false is expected`},
		"kind":             {"[default.sos]\nshares = [{ kinds = [\"wroker\"] }]\n", `default.sos.shares[1].kinds: "wroker" is none; worker, grid_leader, volunteer, doctor, clinic, hospital, police and provider are`},
		"no kinds":         {"[default.sos]\nshares = [{ count = 2 }]\n", "default.sos.shares[1]: kinds is missing: who is asked"},
		"empty kinds":      {"[default.sos]\nshares = [{ kinds = [] }]\n", "default.sos.shares[1].kinds: is empty"},
		"kind twice":       {"[default.sos]\nshares = [{ kinds = [\"worker\", \"worker\"] }]\n", `default.sos.shares[1].kinds: "worker" is there twice`},
		"words":            {"[default.sos]\nshares = [{ kinds = \"worker\", words = \"hello\" }]\n", `default.sos.shares[1].words: is "hello"; responder_alert or responder_alert_min or service_order or storm is expected`},
		"tier":             {"[default.sos]\n[[default.sos.tiers]]\ncall = [\"mayor\"]\nevery = 5\n", "default.sos.tiers[1]: after is missing\ndefault.sos.tiers[1].call: is \"mayor\"; supervisor, centre or engineer is expected\n" + `default.sos.tiers[1].every: is 5; a time with its unit such as "25s", "3m" or "4h" is expected`},
		"within a tier":    {"[default.sos]\n[[default.sos.tiers]]\nafter = \"1m\"\nshares = [{ kinds = \"worker\" }, { kinds = \"x\" }]\n", `default.sos.tiers[1].shares[2].kinds: "x" is none; worker, grid_leader, volunteer, doctor, clinic, hospital, police and provider are`},
		"desk":             {"[default]\ndesk = [{ do = \"shout\" }, { after = \"5s\" }]\n", "default.desk[1]: after is missing\ndefault.desk[1].do: is \"shout\"; ring_all, louder, supervisor or next_centre is expected\ndefault.desk[2]: do is missing"},
		"on call":          {"[default]\non_call = [{ role = \"boss\", language = \"fr\" }]\n", "default.on_call[1].role: is \"boss\"; supervisor, centre or engineer is expected\ndefault.on_call[1]: phone is missing\ndefault.on_call[1].language: is \"fr\"; zh or en is expected"},
		"phone":            {"[default]\non_call = [{ role = \"centre\", phone = \"138\" }]\n", "default.on_call[1].phone: is not a possible telephone number of CN: it has too few or too many digits"},
		"hours":            {onCall + ", hours = \"day\" }]\n", `default.on_call[1].hours: is "day"; hours such as "08:00-20:00" or "20:00-08:00" are expected`},
		"hours of no day":  {onCall + ", hours = \"24:00-25:00\" }]\n", `default.on_call[1].hours: is "24:00-25:00"; a day is from 00:00 to 24:00`},
		"minutes":          {onCall + ", hours = \"08:00-08:60\" }]\n", `default.on_call[1].hours: is "08:00-08:60"; a day is from 00:00 to 24:00`},
		"name":             {"[default]\nname = \"a\\nb\"\n", `default.name: is "a\nb"; text on one line is expected, at most 100 characters`},
		"no area":          {"[[community]]\nspeed = 1\n", "community[1]: area is missing: the code or codes of the areas it is for"},
		"area":             {"[[community]]\narea = \"C 1\"\n", `community[1].area: "C 1" holds ' '; letters, digits and - _ : @ = are allowed`},
		"area twice":       {"[[community]]\narea = \"C1\"\n[[community]]\narea = [\"C2\", \"C1\"]\n", "community[2].area: C1 has the plan default-2/C1 already"},
		"one name":         {"[[community]]\narea = \"C1\"\nname = \"default-2\"\n", `community[1].name: "default-2" is the name of another plan`},
		"positions of one": {"[[community]]\narea = \"C1\"\nusable_for = \"50m\"\n", "community[1].usable_for: stands in the default only: positions are kept for all areas together"},
		"in a community":   {"[[community]]\narea = \"C1\"\n[community.fall]\nenough = 0\n", "community[1].fall.enough: is 0; a whole number from 1 to 50 is expected"},
		"the plan's own":   {"[default]\nunseen = \"4s\"\n[default.sos]\ntiers = []\n", "plan default-2+: sos ends in silence: its last tier must call somebody, every so often\nplan default-2+: unseen must be above 0 and at most 3s: a press that no console shows is escalated within that"},
		"all at once": {"[default]\nspeed = \"x\"\nsped = 2\nunseen = \"5s\"\n[default.sos]\nofer_for = \"1s\"\n", `line 3: there is no default.sped
line 6: there is no default.sos.ofer_for
default.speed: is "x"; a number above 0 and at most 100 is expected
plan default-2+: unseen must be above 0 and at most 3s: a press that no console shows is escalated within that`},
		// What is half read is not complained of twice: the list of before stands in.
		"one bad tier": {"[default.sos]\n[[default.sos.tiers]]\nafter = \"1m\"\nfamily = true\n[[default.sos.tiers]]\nafter = \"x\"\ncall = \"centre\"\nevery = \"1m\"\n", `default.sos.tiers[2].after: is "x"; a time with its unit such as "25s", "3m" or "4h" is expected`},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := plans.Read([]byte(c.file), dispatch.DefaultPlan(), nil)
			if err == nil {
				t.Fatalf("taken: %+v", p)
			}
			differ(t, strings.Split(c.want, "\n"), strings.Split(err.Error(), "\n"))
		})
	}
}

func TestNumbersOfPeopleAreNotInFaults(t *testing.T) {
	_, err := plans.Read([]byte("[default]\non_call = [{ role = \"centre\", phone = \"138123456789\" }, { role = \"x\", phone = \"13812345670\" }]\n"), dispatch.DefaultPlan(), nil)
	if err == nil || strings.Contains(err.Error(), "13812345") {
		t.Errorf("said: %v", err)
	}
}

// FuzzRead: whatever the file holds, it is refused in words, or taken; and what
// was taken is written out and read as the same plans.
func FuzzRead(f *testing.F) {
	var whole bytes.Buffer
	if err := plans.Print(&whole, dispatch.Plans{Default: dispatch.DefaultPlan()}); err != nil {
		f.Fatal(err)
	}
	f.Add(whole.String())
	f.Add("[default]\non_call = [{ role = \"centre\", name = 'a\"b\\', phone = \"13812345678\", hours = \"08:00-08:00\" }]\n[[community]]\narea = [\"C1\", \"C2\"]\non_call = []\n[community.sos]\nshares = []\ntiers = []\n")
	f.Add("[[community]]\narea = 'C1'\nname = 'x'\n[community.waits]\narrive_eta = 1e0\nsent = '1h0m0.5s'\n")
	f.Add("default.sos.offer_for = '1.5m'\nDEFAULT.speed = 0x1\n")
	f.Fuzz(func(t *testing.T, file string) {
		first, err := plans.Read([]byte(file), dispatch.DefaultPlan(), nil)
		if err != nil {
			if strings.TrimSpace(err.Error()) == "" {
				t.Fatal("refused without a word")
			}
			return
		}
		if wrong := first.Check(); len(wrong) > 0 {
			t.Fatalf("taken, and wrong: %v", wrong)
		}
		again(t, first)
		if err := plans.Explain(&bytes.Buffer{}, first, plans.Facts{}); err != nil {
			t.Fatal(err)
		}
	})
}

// again writes plans out and reads them.
func again(t interface {
	Helper()
	Fatalf(string, ...any)
}, p dispatch.Plans) {
	t.Helper()
	var file bytes.Buffer
	if err := plans.Print(&file, p); err != nil {
		t.Fatalf("print: %v", err)
	}
	second, err := plans.Read(file.Bytes(), dispatch.DefaultPlan(), p.Zone)
	if err != nil {
		t.Fatalf("what was printed is refused: %v\n%s", err, &file)
	}
	if diff := cmp.Diff(p, second, alike()); diff != "" {
		t.Fatalf("what was printed is read as another plan: %s\n%s", diff, &file)
	}
}
