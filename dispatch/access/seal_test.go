package access

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"sync"
	"testing"
)

func TestNodesMakeOneSeal(t *testing.T) {
	js, _ := serve(t, t.TempDir())
	var nodes []*Access
	for range 4 {
		a, _ := openAccess(t, js)
		if _, epoch := a.Seal("r", "20261121-a", "R-1"); epoch != 0 {
			t.Fatal("there is a key before anybody made one")
		}
		nodes = append(nodes, a)
	}
	var wg sync.WaitGroup
	for _, a := range nodes {
		wg.Go(func() {
			if err := a.MakeSeal(t.Context()); err != nil {
				t.Errorf("make: %v", err)
			}
		})
	}
	wg.Wait()
	want, epoch := nodes[0].Seal("r", "20261121-a", "R-1")
	for n, a := range nodes {
		if got, e := a.Seal("r", "20261121-a", "R-1"); got != want || e != epoch || e == 0 {
			t.Errorf("node %d makes %x of epoch %d, node 0 %x of %d", n, got, e, want, epoch)
		}
	}
	later, _ := openAccess(t, js) // a restart
	if err := later.MakeSeal(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, e := later.Seal("r", "20261121-a", "R-1"); got != want || e != epoch {
		t.Errorf("after a restart %x of epoch %d, before %x of %d", got, e, want, epoch)
	}
}

func TestSealTellsPartsApart(t *testing.T) {
	js, _ := serve(t, t.TempDir())
	a, log := openAccess(t, js)
	if err := a.MakeSeal(t.Context()); err != nil {
		t.Fatal(err)
	}
	seen := map[[16]byte][]string{}
	for _, parts := range [][]string{{"r", "1", "2"}, {"f", "1", "2"}, {"r", "12", ""}, {"r", "", "12"}, {"r", "1", "2", ""}, {"r1", "2"}} {
		token, _ := a.Seal(parts...)
		if other, taken := seen[token]; taken {
			t.Errorf("%q and %q have one token", parts, other)
		}
		seen[token] = parts
	}
	key := base64.StdEncoding.EncodeToString(a.seal.rec.Key)
	if len(key) < 44 || strings.Contains(log.String(), key) {
		t.Error("the key is short, or in the log")
	}
}

func TestRenewedSealIsAnother(t *testing.T) {
	js, _ := serve(t, t.TempDir())
	a, _ := openAccess(t, js)
	if err := a.MakeSeal(t.Context()); err != nil {
		t.Fatal(err)
	}
	old, was := a.Seal("r", "1", "2")
	if err := a.RenewSeal(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, epoch := a.Seal("r", "1", "2"); got == old || epoch <= was {
		t.Errorf("token %x of epoch %d, before %x of %d", got, epoch, old, was)
	}
	// What the node has read late does not bring the old key back.
	data, err := json.Marshal(sealRecord{V: recordVersion, Key: make([]byte, 32)})
	if err != nil {
		t.Fatal(err)
	}
	_, now := a.Seal()
	a.take(subjSeal, data, was)
	if _, epoch := a.Seal(); epoch != now {
		t.Errorf("epoch %d, want %d", epoch, now)
	}
}

func TestUnreadableSealOpensNothing(t *testing.T) {
	js, _ := serve(t, t.TempDir())
	if _, err := openStream(t.Context(), js, 1); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string]string{"newer": `{"v":2,"key":"AAAA"}`, "short": `{"v":1,"key":"AAAA"}`, "no JSON": `{`} {
		if _, err := js.Publish(t.Context(), subjSeal, []byte(data)); err != nil {
			t.Fatal(err)
		}
		a, _ := openAccess(t, js)
		if _, epoch := a.Seal("r", "1", "2"); epoch != 0 {
			t.Errorf("%s: epoch %d", name, epoch)
		}
		if err := a.MakeSeal(t.Context()); err == nil {
			t.Errorf("%s: made another key beside the one that is there", name)
		}
	}
}
