package access

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

func TestPasswords(t *testing.T) {
	js, _ := serve(t, t.TempDir())
	a, _ := openAccess(t, js)
	withOperator(t, a, "li")
	for name, tc := range map[string]struct{ name, password string }{
		"wrong password": {"li", "wrong horse"},
		"no password":    {"li", ""},
		"unknown":        {"nobody", password},
		"no name":        {"", password},
		"strange name":   {"a.b>*", password},
		"endless":        {"li", strings.Repeat("x", 1<<20)},
	} {
		if token, _, err := a.Login(t.Context(), tc.name, tc.password, name); !errors.Is(err, ErrBadLogin) || token != "" {
			t.Errorf("%s: %q %v", name, token, err)
		}
	}
	for name, weak := range map[string]string{"short": "1234567", "long": strings.Repeat("x", 257), "not UTF-8": "abcdefgh\xff"} {
		if err := a.SetPassword(t.Context(), "li", weak, ""); !errors.Is(err, ErrWeak) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := a.SetPassword(t.Context(), "li", "八个字的密码够了", ""); err != nil {
		t.Errorf("eight characters of Chinese: %v", err)
	}
	if err := a.SetPassword(t.Context(), "nobody", password, ""); !errors.Is(err, ErrUnknown) {
		t.Errorf("unknown operator: %v", err)
	}
	must(t, a.CreateOperator(t.Context(), "new", RoleWall))
	if _, _, err := a.Login(t.Context(), "new", "", "x"); !errors.Is(err, ErrBadLogin) {
		t.Errorf("an operator without a password was let in: %v", err)
	}
	if err := a.CreateOperator(t.Context(), "new", RoleOperator); !errors.Is(err, ErrExists) {
		t.Errorf("the same name again: %v", err)
	}
}

func TestOnlyTwoPasswordsAreHashedAtATime(t *testing.T) {
	a := &Access{turn: make(chan struct{}, hashing)}
	for range hashing {
		a.turn <- struct{}{}
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, err := a.newHash(ctx, password); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a third one at once: %v", err)
	}
	<-a.turn
	if _, err := a.newHash(t.Context(), password); err != nil {
		t.Errorf("with a free turn: %v", err)
	}
}

func TestThrottle(t *testing.T) {
	th := throttle{buckets: map[string]*bucket{}}
	now := time.Date(2026, 11, 21, 6, 0, 0, 0, time.UTC)
	for range limitPair.burst {
		if _, wait := th.take("li", "10.0.0.1", now); wait != 0 {
			t.Fatalf("wait %s within the burst", wait)
		}
	}
	if _, wait := th.take("li", "10.0.0.1", now); wait != limitPair.each {
		t.Errorf("after the burst: wait %s, want %s", wait, limitPair.each)
	}
	// From elsewhere the real operator still gets in, and so does another one from there.
	if _, wait := th.take("li", "10.0.0.2", now); wait != 0 {
		t.Errorf("another address: wait %s", wait)
	}
	if _, wait := th.take("chen", "10.0.0.1", now); wait != 0 {
		t.Errorf("another account: wait %s", wait)
	}
	if _, wait := th.take("li", "10.0.0.1", now.Add(limitPair.each)); wait != 0 {
		t.Errorf("after %s: wait %s", limitPair.each, wait)
	}
	if _, wait := th.take("li", "10.0.0.1", now.Add(limitPair.each)); wait != limitPair.each {
		t.Errorf("one came back, not two: wait %s", wait)
	}
	// The right password forgives the typing errors before it.
	later := now.Add(time.Hour)
	for range limitPair.burst - 1 {
		th.take("li", "10.0.0.1", later)
	}
	giveBack, wait := th.take("li", "10.0.0.1", later)
	if wait != 0 {
		t.Fatalf("wait %s", wait)
	}
	giveBack()
	for n := range limitPair.burst {
		if _, wait := th.take("li", "10.0.0.1", later); wait != 0 {
			t.Errorf("attempt %d after success: wait %s", n+1, wait)
		}
	}
	// A list of names from one address is stopped, and the table stays bounded.
	stopped := false
	for n := range 3 * maxBuckets {
		_, wait := th.take(strings.Repeat("x", n%7)+string(rune('a'+n%26))+time.Duration(n).String(), "10.0.0.9", later)
		stopped = stopped || wait > 0
	}
	if !stopped || len(th.buckets) > maxBuckets {
		t.Errorf("stopped %v, %d buckets", stopped, len(th.buckets))
	}
}

func BenchmarkSession(b *testing.B) {
	a := &Access{operators: map[string]kept[operatorRecord]{"li": {rec: operatorRecord{Name: "li"}}}, sessions: map[digest]kept[sessionRecord]{}}
	secret := newSecret()
	a.sessions[digestOf(secret)] = kept[sessionRecord]{rec: sessionRecord{Operator: "li", Expires: time.Now().Add(time.Hour)}}
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := a.Session(secret); !ok {
			b.Fatal("not let in")
		}
	}
}
