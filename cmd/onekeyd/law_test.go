package main

import (
	"encoding/json"
	"os/exec"
	"strings"
	"testing"
)

// law is who may import what inside the project. Imports point inward: to the
// domain, never from it. A package that is not here may not exist unseen.
type law struct {
	pkg     string   // prefix of the package, without the module
	allowed []string // prefixes of what it may import of the project
	third   []string // and of others; nil: anything in go.mod
	reason  string
}

func laws() []law {
	none := []string{}
	return []law{
		{"geo", none, []string{"github.com/tidwall/rtree"}, "geometry knows nobody, so that anybody can trust it"},
		{"dispatch", []string{"geo"}, none, "the domain must be readable and testable without a disk or a network"},
		{"dispatch/dispatchtest", []string{"dispatch", "geo"}, none, "test helpers of the domain are as pure as it is"},
		{"dispatch/journal", []string{"dispatch", "geo"}, nil, "the log stores facts; it does not know who reads them"},
		{"dispatch/board", []string{"dispatch"}, []string{"golang.org/x/sync"}, "the read model sees the journal through a port"},
		{"dispatch/phone", none, []string{"github.com/nyaruka/phonenumbers"}, "a number is read alike by whoever reads one"},
		{"dispatch/plans", []string{"dispatch", "dispatch/phone"}, []string{"github.com/pelletier/go-toml"}, "a plan is read, written and explained without the machinery that follows it"},
		{"dispatch/registry", []string{"dispatch", "dispatch/phone", "geo"}, nil, "the directory knows people and places, not incidents"},
		{"dispatch/access", []string{"dispatch"}, nil, "who may come in does not depend on what happens inside"},
		{"dispatch/live", []string{"dispatch", "geo"}, nil, "live state is rebuildable and nobody waits for it"},
		{"dispatch/metrics", []string{"dispatch"}, nil, "metrics come from facts"},
		{"devices", []string{"dispatch", "geo", "devices/downlink"}, nil, "a gateway makes presses and says what it is given; it knows nothing of what becomes of them"},
		{"devices/downlink", []string{"dispatch"}, none, "what devices are told comes from facts; how it reaches them is a gateway's"},
		{"alerts", none, nil, "senders carry notices; they must not know whom or why"},
		{"alerts/sms", []string{"alerts", "alerts/twilioapi"}, nil, "a carrier is one Sender among others"},
		{"alerts/voice", []string{"alerts", "alerts/twilioapi"}, nil, "a call is one Sender among others"},
		{"alerts/twilioapi", []string{"alerts"}, nil, "an account carries requests and knows no texts"},
		{"alerts/fanout", []string{"alerts", "dispatch"}, none, "it joins the domain's port to the senders'"},
		{"alerts/hooks", []string{"alerts", "dispatch"}, none, "it joins the carriers' words to the domain"},
		{"alerts/console", []string{"alerts", "dispatch", "dispatch/access"}, nil, "the console sees the board and the desk through ports"},
		{"alerts/welfare", []string{"dispatch", "geo"}, none, "the list has to be made where nothing but the directory works"},
		{"alerts/pages", []string{"dispatch", "geo"}, none, "pages of people see the board and the desk through ports, and need no more than the standard library"},
		{"cmd/onekeyd/canary", []string{"devices", "dispatch"}, []string{"github.com/prometheus"}, "the canary sees the daemon from outside, through ports"},
		{"cmd/onekeyd", nil, nil, "the wiring knows all others, and nobody knows it"},
		{"deploy", nil, nil, "tests of what is shipped beside the code"},
	}
}

func TestImportsPointInward(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports", "onekeyd/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	dec := json.NewDecoder(strings.NewReader(string(out)))
	seen := 0
	for dec.More() {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := dec.Decode(&p); err != nil {
			t.Fatal(err)
		}
		seen++
		pkg := strings.TrimPrefix(p.ImportPath, "onekeyd/")
		l, ok := lawOf(pkg)
		if !ok {
			t.Errorf("package %s is in no law; say in law_test.go whom it may know, and why", pkg)
			continue
		}
		for _, imported := range p.Imports {
			if ours, ok := strings.CutPrefix(imported, "onekeyd/"); ok {
				if l.allowed != nil && !within(ours, l) {
					t.Errorf("%s imports %s: %s", pkg, ours, l.reason)
				}
				if strings.HasPrefix(ours, "cmd/") && !strings.HasPrefix(pkg, "cmd/") {
					t.Errorf("%s imports %s: nobody knows the wiring", pkg, ours)
				}
			} else if l.third != nil && strings.Contains(imported, ".") && !anyPrefix(imported, l.third) {
				t.Errorf("%s imports %s: %s", pkg, imported, l.reason)
			}
		}
	}
	if seen < 15 {
		t.Fatalf("go list shows %d packages; the law was not tried on the project", seen)
	}
}

// lawOf is the law of the longest prefix.
func lawOf(pkg string) (law, bool) {
	var best law
	for _, l := range laws() {
		if (pkg == l.pkg || strings.HasPrefix(pkg, l.pkg+"/")) && len(l.pkg) > len(best.pkg) {
			best = l
		}
	}
	return best, best.pkg != ""
}

// within: exactly an allowed package, or one in the importer's own folder or law.
func within(ours string, l law) bool {
	for _, a := range l.allowed {
		if ours == a || a == "alerts" && strings.HasPrefix(ours, "alerts/sms") {
			return true
		}
	}
	own, ok := lawOf(ours)
	return ok && own.pkg == l.pkg
}

func anyPrefix(s string, prefixes []string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(s, p) {
			return true
		}
	}
	return false
}
