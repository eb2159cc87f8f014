package main

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"onekeyd/cmd/onekeyd/settings"
	"onekeyd/dispatch/access"
)

// home is a machine without a daemon, whose user named nothing.
func home(t *testing.T) (derived string) {
	t.Helper()
	dir := t.TempDir()
	for name, value := range map[string]string{"HOME": dir, "XDG_STATE_HOME": "", "STATE_DIRECTORY": "", "ONEKEYD_DATA": "", "ONEKEYD_CONFIG": "", "ONEKEYD_LOG_LEVEL": "error", "ONEKEYD_HTTP_PUBLIC_URL": "https://desk.example.org"} {
		t.Setenv(name, value)
	}
	return filepath.Join(dir, ".local", "state", "onekeyd")
}

// tool runs a subcommand and gives what it printed.
func tool(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out, log bytes.Buffer
	err := run(t.Context(), args, &out, &log)
	return out.String(), err
}

func streetFiles(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	const responders = "id,name,kind,phone,lat,lon,datum,areas,language,on_duty,organisation\nR-1,张敏,worker,+85251110001,37.59,118.55,wgs84,,zh,yes,\nR-2,李强,worker,+447700900123,37.59,118.55,wgs84,,zh,yes,\n"
	if err := os.WriteFile(filepath.Join(dir, "responders.csv"), []byte(responders), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// A tool that was started as somebody else must not make a journal where nobody looks.
func TestToolsDoNotBeginAJournalUnasked(t *testing.T) {
	derived, dir := home(t), streetFiles(t)
	for _, args := range [][]string{
		{"import", dir}, {"check"}, {"replay", "20261121-abcdef"}, {"welfare"}, {"token", "api"}, {"token", "list"},
		{"operator", "list"}, {"operator", "add", "li", "operator"}, {"links", "revoke"},
	} {
		_, err := tool(t, args...)
		if err == nil || !strings.Contains(err.Error(), derived) || !strings.Contains(err.Error(), "-data or ONEKEYD_DATA") {
			t.Errorf("%q: %v", args, err)
		}
		if _, err := os.Stat(derived); !os.IsNotExist(err) {
			t.Fatalf("%q made the folder: %v", args, err)
		}
	}
	if _, err := tool(t, "replay", "20261121-abcdef", "-data", derived); err == nil || !strings.Contains(err.Error(), "holds no journal") {
		t.Errorf("replay of a named folder that is not there: %v", err)
	}
	out, err := tool(t, "import", "-new", dir)
	if err != nil || !strings.Contains(out, "in "+derived) {
		t.Fatalf("import -new: %q, %v", out, err)
	}
	if out, err = tool(t, "import", dir); err != nil || !strings.Contains(out, "nothing to change") {
		t.Errorf("import into what is there: %q, %v", out, err)
	}
	if !strings.Contains(out, "taken, and looks wrong: responders.csv:3: phone: looks unassigned in GB") {
		t.Errorf("a number that looks unassigned is taken without a word: %q", out)
	}
	named := filepath.Join(t.TempDir(), "data")
	if out, err = tool(t, "import", dir, "-data", named); err != nil || !strings.Contains(out, "in "+named) {
		t.Errorf("import before the first start into a named folder: %q, %v", out, err)
	}
}

// openFolder looks at who may come in, as a daemon that starts later does.
func openFolder(t *testing.T, dir string, look func(*access.Access)) {
	t.Helper()
	set := flag.NewFlagSet("test", flag.ContinueOnError)
	cfg, err := settings.NewLoader(set).Load([]string{"ONEKEYD_DATA=" + dir})
	if err != nil {
		t.Fatal(err)
	}
	c := &call{stderr: &bytes.Buffer{}}
	a, done, err := reachAccess(t.Context(), c, cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	look(a)
}

func TestLinksTool(t *testing.T) {
	home(t)
	dir := filepath.Join(t.TempDir(), "data")
	t.Setenv("ONEKEYD_DATA", dir)
	var before [16]byte
	openFolder(t, dir, func(a *access.Access) {
		if err := a.MakeSeal(t.Context()); err != nil {
			t.Fatal(err)
		}
		before, _ = a.Seal("r", "20261121-a", "R-1")
	})
	if _, err := tool(t, "links", "revok"); !errors.Is(err, errUsage) {
		t.Errorf("a word that is none: %v", err)
	}
	if out, err := tool(t, "links", "revoke"); err != nil || !strings.Contains(out, "opens nothing any more") {
		t.Errorf("revoke: %q, %v", out, err)
	}
	openFolder(t, dir, func(a *access.Access) {
		if after, epoch := a.Seal("r", "20261121-a", "R-1"); epoch == 0 || after == before {
			t.Errorf("the old links still open, epoch %d", epoch)
		}
	})
}

func TestOperatorTool(t *testing.T) {
	home(t)
	dir := filepath.Join(t.TempDir(), "data")
	t.Setenv("ONEKEYD_DATA", dir)
	links := map[string]bool{}
	link := func(args ...string) string {
		t.Helper()
		out, err := tool(t, args...)
		found := regexp.MustCompile(`https://desk\.example\.org/link/(\S+)`).FindStringSubmatch(out)
		if err != nil || found == nil || links[found[1]] {
			t.Fatalf("%q: %q, %v", args, out, err)
		}
		links[found[1]] = true
		return found[1]
	}
	first := link("operator", "add", "li", "supervisor")
	const password = "correct horse battery"
	openFolder(t, dir, func(a *access.Access) {
		token, op, err := a.UseLink(t.Context(), first, "127.0.0.1")
		if err != nil || op.Name != "li" || op.Role != access.RoleSupervisor {
			t.Fatalf("by the link: %+v, %v", op, err)
		}
		if err := a.SetPassword(t.Context(), "li", password, token); err != nil {
			t.Fatal(err)
		}
	})
	out, err := tool(t, "operator", "list")
	if err != nil || !regexp.MustCompile(`(?m)^li +supervisor +has a password$`).MatchString(out) {
		t.Errorf("list: %q, %v", out, err)
	}
	second := link("operator", "link", "li")
	openFolder(t, dir, func(a *access.Access) {
		if _, _, err := a.Login(t.Context(), "li", password, "127.0.0.1"); err == nil {
			t.Error("a forgotten password lets in")
		}
		if _, op, err := a.UseLink(t.Context(), second, "127.0.0.1"); err != nil || !op.NoPassword {
			t.Errorf("by the second link: %+v, %v", op, err)
		}
	})
	if _, err := tool(t, "operator", "remove", "li"); err != nil {
		t.Error(err)
	}
	if out, err := tool(t, "operator", "list"); err != nil || out != "" {
		t.Errorf("after removal: %q, %v", out, err)
	}
	for _, args := range [][]string{{"add", "li"}, {"add", "li", "king"}, {"link", "nobody"}, {"remove", "li"}, {"list", "all"}, {"crown", "li"}} {
		if _, err := tool(t, append([]string{"operator"}, args...)...); err == nil {
			t.Errorf("operator %q is taken", args)
		}
	}
}

func TestTokenTool(t *testing.T) {
	home(t)
	dir := filepath.Join(t.TempDir(), "data")
	t.Setenv("ONEKEYD_DATA", dir)
	made, err := tool(t, "token", "gateway", "Hall", "3")
	if err != nil {
		t.Fatal(err)
	}
	made = strings.TrimSpace(made)
	lets := func(want bool) {
		t.Helper()
		openFolder(t, dir, func(a *access.Access) {
			if scope, ok := a.Token(made); ok != want || ok && scope != access.ScopeGateway {
				t.Errorf("the token opens: %v %s", ok, scope)
			}
		})
	}
	lets(true)
	out, err := tool(t, "token", "list")
	found := regexp.MustCompile(`^(\S+)  gateway  .*  Hall 3\n$`).FindStringSubmatch(out)
	if err != nil || found == nil || strings.Contains(out, made) {
		t.Fatalf("list: %q, %v", out, err)
	}
	if _, err := tool(t, "token", "revoke", found[1]); err != nil {
		t.Error(err)
	}
	lets(false)
	for _, args := range [][]string{{"revoke", found[1]}, {"revoke"}, {"list", "all"}, {"king"}} {
		if _, err := tool(t, append([]string{"token"}, args...)...); err == nil {
			t.Errorf("token %q is taken", args)
		}
	}
}

// Whoever asks a subcommand for its flags is told them, and has done nothing wrong.
func TestEveryToolExplainsItself(t *testing.T) {
	home(t)
	for _, cmd := range commands() {
		if _, err := tool(t, cmd.name, "-h"); !errors.Is(err, errHelp) {
			t.Errorf("onekeyd %s -h ends with %v", cmd.name, err)
		}
		if _, err := tool(t, cmd.name, "-no-such-flag"); !errors.Is(err, errUsage) {
			t.Errorf("onekeyd %s -no-such-flag ends with %v", cmd.name, err)
		}
	}
}
