package dispatch

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// golden compares got with testdata/name, or writes it with -update.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if flag.Lookup("update").Value.String() == "true" {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s has changed; if that is meant, run the test with -update (-want +got):\n%s", path, diff)
	}
}

func TestMain(m *testing.M) {
	flag.Bool("update", false, "write golden files anew")
	flag.Parse()
	os.Exit(m.Run())
}

// Every state × every fact, in full: a changed rule is a changed line here.
func TestLifecycleProduct(t *testing.T) {
	var b strings.Builder
	b.WriteString("incident\n")
	for _, s := range States() {
		for _, f := range FactTypes() {
			next, ok := s.After(f)
			fmt.Fprintf(&b, "  %-10s %-16s → %s\n", orNone(string(s)), f, verdict(string(next), ok))
		}
	}
	b.WriteString("assignment\n")
	for _, s := range AssignmentStates() {
		for _, f := range FactTypes() {
			if next, ok := s.After(f); ok || assignmentFact(f) {
				fmt.Fprintf(&b, "  %-13s %-16s → %s\n", s, f, verdict(string(next), ok))
			}
		}
	}
	golden(t, "lifecycle.golden", b.String())
}

// The picture in the README, from the same tables.
func TestLifecyclePicture(t *testing.T) {
	var b strings.Builder
	b.WriteString("stateDiagram-v2\n")
	for _, s := range AssignmentStates() {
		for _, f := range FactTypes() {
			if next, ok := s.After(f); ok {
				fmt.Fprintf(&b, "    %s --> %s: %s\n", s, next, f)
			}
		}
	}
	golden(t, "assignment.mermaid", b.String())
}

// What the tables must hold whatever else is changed.
func TestLifecycleLaws(t *testing.T) {
	for _, f := range FactTypes() {
		next, ok := StateClosed.After(f)
		if last := f == FactReported || f == FactRetaken; ok != last || ok && next != StateClosed {
			t.Errorf("a closed incident takes %s to %s (%v); only what became of its last words comes behind its end", f, next, ok)
		}
		if _, ok := StateNone.After(f); ok != (f == FactRaised) {
			t.Errorf("an incident begins with %s allowed: %v", f, ok)
		}
	}
	for _, s := range []State{StateRaised, StateDispatched} {
		if next, ok := s.After(FactJoined); !ok || next != s {
			t.Errorf("a repeat press in state %s: %s %v; it must always be taken and change nothing else", s, next, ok)
		}
		if next, ok := s.After(FactClosed); !ok || next != StateClosed {
			t.Errorf("%s has no way out", s)
		}
	}
	for _, s := range AssignmentStates() {
		if next, ok := s.After(FactOnScene); s != Cleared && s != OnScene && (!ok || next != OnScene) {
			t.Errorf("somebody who stands at the door is not believed in state %s", s)
		}
	}
}

func orNone(s string) string {
	if s == "" {
		return "(none)"
	}
	return s
}

func verdict(next string, ok bool) string {
	if !ok {
		return "refused"
	}
	return next
}
