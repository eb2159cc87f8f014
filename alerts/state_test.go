package alerts

import (
	"errors"
	"fmt"
	"testing"
)

var allStates = []State{"", NotSent, Ambiguous, Handed, Sent, Failed, Delivered}

func TestJoinTable(t *testing.T) {
	for _, c := range []struct{ s, other, want State }{
		{"", Handed, Handed},
		{NotSent, Ambiguous, Ambiguous},
		{Ambiguous, Handed, Handed},
		{Ambiguous, Sent, Sent}, // the callback resolves an ambiguous send
		{Handed, Ambiguous, Handed},
		{Handed, Sent, Sent},
		{Sent, Handed, Sent}, // out of order
		{Sent, Delivered, Delivered},
		{Delivered, Sent, Delivered}, // late
		{Delivered, Delivered, Delivered},
		{Sent, Failed, Failed},
		{Failed, Sent, Failed},
		{Failed, Handed, Failed},
		{Delivered, Failed, Delivered},
		{Failed, Delivered, Delivered},
		{Handed, "scheduled", Handed}, // unknown says nothing
		{"scheduled", Handed, Handed},
		{Handed, "", Handed},
	} {
		if got := c.s.Join(c.other); got != c.want {
			t.Errorf("%q.Join(%q) = %q, want %q", c.s, c.other, got, c.want)
		}
	}
}

func TestJoinIsALattice(t *testing.T) {
	for _, a := range allStates {
		if a.Join(a) != a {
			t.Errorf("%q is not idempotent", a)
		}
		for _, b := range allStates {
			j := a.Join(b)
			if j != b.Join(a) {
				t.Errorf("%q and %q do not commute", a, b)
			}
			if a.Final() && !j.Final() {
				t.Errorf("%q joined with %q went back to %q", a, b, j)
			}
			for _, c := range allStates {
				if j.Join(c) != a.Join(b.Join(c)) {
					t.Errorf("%q %q %q do not associate", a, b, c)
				}
			}
		}
	}
}

func TestClassAndStateOfErrors(t *testing.T) {
	wrapped := func(c Class) error { return fmt.Errorf("send n1: %w", &Error{Provider: "x", Class: c}) }
	for _, c := range []struct {
		err   error
		class Class
		state State
	}{
		{nil, "", Handed},
		{errors.New("who knows"), Unclear, Ambiguous},
		{wrapped(""), Unclear, Ambiguous},
		{wrapped(Unclear), Unclear, Ambiguous},
		{wrapped(Transient), Transient, NotSent},
		{wrapped(Stale), Stale, NotSent},
		{wrapped(NoCarrier), NoCarrier, NotSent},
		{wrapped(BadNumber), BadNumber, Failed},
		{wrapped(BadContent), BadContent, Failed},
		{wrapped(BadAccount), BadAccount, Failed},
	} {
		if got := ClassOf(c.err); got != c.class {
			t.Errorf("ClassOf(%v) = %q, want %q", c.err, got, c.class)
		}
		if got := StateOf(Receipt{}, c.err); got != c.state {
			t.Errorf("StateOf(%v) = %q, want %q", c.err, got, c.state)
		}
	}
	if got := StateOf(Receipt{State: Sent}, nil); got != Sent {
		t.Errorf("a receipt already sent gives %q", got)
	}
}
