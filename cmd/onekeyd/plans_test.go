package main

import (
	"flag"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"onekeyd/alerts/sms"
	"onekeyd/cmd/onekeyd/settings"
	"onekeyd/dispatch"
	"onekeyd/dispatch/plans"
)

// configured are settings with a file of plans, unless it is empty.
func configured(t *testing.T, file string, env ...string) settings.Settings {
	t.Helper()
	if file != "" {
		path := filepath.Join(t.TempDir(), "plans.toml")
		if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
		env = append(env, "ONEKEYD_PLANS="+path)
	}
	cfg, err := settings.NewLoader(flag.NewFlagSet("test", flag.ContinueOnError)).Load(env)
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

const (
	supervisorSet = "ONEKEYD_CENTRE_SUPERVISOR=+85251110021"
	nextCentreSet = "ONEKEYD_CENTRE_NEXT_CENTRE=+85251110022"
	night         = "[default]\nname = 'county'\non_call = [{ role = 'supervisor', phone = '+85251110031', hours = '06:00-02:00' }, { role = 'centre', phone = '+85251110032' }]\n"
)

// A key works without a file and without anybody on call; what is missing is said.
func TestWithoutAnybodyOnCallTheDaemonSaysSo(t *testing.T) {
	for name, c := range map[string]struct {
		file string
		env  []string
		want []string
	}{
		"nobody":                 {"", nil, []string{"nobody is called when nobody answers: set centre.supervisor and centre.next_centre"}},
		"no next centre":         {"", []string{supervisorSet}, []string{"no next centre is called when nobody answers and no operator is there: set centre.next_centre"}},
		"no supervisor":          {"", []string{nextCentreSet}, []string{"no supervisor is called when nobody answers: set centre.supervisor"}},
		"both":                   {"", []string{supervisorSet, nextCentreSet}, nil},
		"a file without people":  {"[default.sos]\noffer_for = '30s'\n", nil, []string{"nobody is called when nobody answers: set centre.supervisor and centre.next_centre"}},
		"a gap that is filled":   {night, []string{supervisorSet}, nil},
		"a community of its own": {"[[community]]\narea = 'C1'\non_call = [{ role = 'supervisor', phone = '+85251110031' }]\n", []string{supervisorSet, nextCentreSet}, nil},
	} {
		p, gaps, err := readPlans(configured(t, c.file, c.env...))
		if err != nil || !slices.Equal(gaps, c.want) {
			t.Errorf("%s: %q, %v; want %q", name, gaps, err, c.want)
		}
		for _, plan := range plans.Each(p) {
			for _, env := range c.env {
				_, number, _ := strings.Cut(env, "=")
				if !slices.ContainsFunc(plan.OnCall, func(o dispatch.OnCall) bool { return o.Phone == number && o.Language == "zh" && o.From == o.To }) {
					t.Errorf("%s: %s is not on call in %s", name, number, plan.Name)
				}
			}
		}
	}
}

// A rota that is written down and has a gap is refused, and so is a plan that is wrong, with everything that is.
func TestPlansThatCannotStandAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		file string
		env  []string
		want []string
	}{
		"a gap at night": {night, nil, []string{"leave hours without anybody to call:", "plan county: no supervisor is on call from 02:00 to 06:00"}},
		"a gap in one community": {"[[community]]\narea = 'C1'\nname = 'hills'\non_call = [{ role = 'supervisor', phone = '+85251110031', hours = '08:00-20:00' }]\n", []string{nextCentreSet},
			[]string{"plan default-2: no supervisor is on call from 00:00 to 24:00", "plan hills: no supervisor is on call from 00:00 to 08:00", "plan hills: no supervisor is on call from 20:00 to 24:00"}},
		"faults": {"[default]\nspeed = 'x'\n[default.sos]\nofer_for = '1s'\ntiers = []\n", nil,
			[]string{"the plans of ", "line 4: there is no default.sos.ofer_for", "default.speed: is \"x\"", "sos ends in silence"}},
	} {
		cfg := configured(t, c.file, c.env...)
		_, _, err := readPlans(cfg)
		if err == nil {
			t.Errorf("%s: taken", name)
			continue
		}
		for _, want := range c.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: no %q in %v", name, want, err)
			}
		}
		cfg.Data = t.TempDir()
		if _, err := newDaemon(t.Context(), cfg, nil, replaced{}); err == nil || !strings.Contains(err.Error(), c.want[0]) {
			t.Errorf("%s: the daemon starts with %v", name, err)
		}
	}
	if _, _, err := readPlans(configured(t, "", "ONEKEYD_PLANS=/none.toml")); err == nil || !strings.Contains(err.Error(), "read the plans: open /none.toml") {
		t.Errorf("a file that is not there: %v", err)
	}
}

// Whoever looks at the daemon is told what its plans cannot promise.
func TestGapsAreSaidEverywhere(t *testing.T) {
	scenario(t, func(t *testing.T, w *world) {
		if len(w.d.gaps) == 0 {
			t.Fatal("nobody is on call, and nothing is said")
		}
		var ready readiness
		if code := w.get("/readyz", &ready); code != http.StatusOK {
			t.Errorf("not ready for it: %d", code)
		}
		for _, gap := range w.d.gaps {
			if !slices.Contains(ready.Warnings, gap) || !slices.Contains(w.d.troubles(), gap) {
				t.Errorf("%q is not in %q or not in %q", gap, ready.Warnings, w.d.troubles())
			}
		}
	})
}

func TestCheckOfPlans(t *testing.T) {
	home(t)
	dir := filepath.Join(t.TempDir(), "data")
	for name, value := range map[string]string{
		"ONEKEYD_DATA": dir, "ONEKEYD_CENTRE_SUPERVISOR": "+8613800138021", "ONEKEYD_CENTRE_NEXT_CENTRE": "+85251110022",
		"TWILIO_ACCOUNT_SID": "AC000000000000000000000000000000aa", "TWILIO_AUTH_TOKEN": "x", "TWILIO_FROM": "+15005550006",
		"ONEKEYD_PLANS": configured(t, "[[community]]\narea = ['C1', 'C9']\nname = 'hills'\n[community.fall]\noffer_for = '40s'\n").Plans,
	} {
		t.Setenv(name, value)
	}
	files := t.TempDir()
	const area = `{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"code":"C1","name":"海棠社区","level":"community","parent":null},"geometry":null}]}`
	if err := os.WriteFile(filepath.Join(files, "areas.geojson"), []byte(area), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := tool(t, "import", files); err != nil {
		t.Fatalf("import: %s, %v", out, err)
	}
	out, err := tool(t, "check")
	if err == nil {
		t.Error("nothing must be mended")
	}
	flat := strings.Join(strings.Fields(out), " ")
	for _, want := range []string{
		"plan default-2: a press for help (sos): At once the nearest 3 workers or grid leaders (nobody of them is on duty now!)",
		"The last resort is the supervisor (***021, around the clock) and the next centre (***022, around the clock).",
		"plan hills, for C1 海棠社区, C9 (not in the directory): a fall (fall): as for a press for help, but: An offer stands for 40 s",
		"must be mended: plan hills is for the area C9, which the directory does not have",
		"must be mended: no carrier serves the number of the supervisor ***021 who is on call: they are not told when nobody answers",
	} {
		if !strings.Contains(flat, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	for _, not := range []string{"nobody is called when nobody answers", "***022 who", "area C1,", "13800138021"} {
		if strings.Contains(flat, not) {
			t.Errorf("%q in\n%s", not, out)
		}
	}
	printed, err := tool(t, "check", "-print-plan")
	if err != nil || !strings.Contains(printed, "[community.fall]\noffer_for = \"40s\"\n") || strings.Contains(printed, "on_call = [\n") {
		t.Errorf("-print-plan: %v\n%s", err, printed)
	}
	again, _, err := readPlans(configured(t, printed, supervisorSet, nextCentreSet))
	if err != nil || again.For([]string{"C9"}).Asks[dispatch.Fall].OfferFor.String() != "40s" {
		t.Errorf("what is printed is not taken: %v", err)
	}
}

// A text that the table does not have would not be sent, and nobody asked.
func TestEveryTextOfAPlanIsInTheTable(t *testing.T) {
	texts, err := sms.Load(sms.Signatures{})
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range plans.Words() {
		for _, language := range []string{"zh", "en"} {
			if _, err := texts.Render(kind, language, map[string]string{"code": "37", "addr": "和平社区3号楼", "name": "王秀兰"}); err != nil {
				t.Errorf("a plan may ask with a text that cannot be written: %v", err)
			}
		}
	}
	for kind, ask := range dispatch.DefaultPlan().Asks {
		shares := slices.Clone(ask.Shares)
		for _, tier := range ask.Tiers {
			shares = append(shares, tier.Shares...)
		}
		for _, s := range shares {
			if s.Words != "" && !slices.Contains(plans.Words(), s.Words) {
				t.Errorf("the built-in plan asks for %s with %s, which a file may not", kind, s.Words)
			}
		}
	}
}
