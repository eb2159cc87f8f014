package registry

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"testing"
)

// TestTableAgainstMap plays random changes into a table and a map. Keys are
// few, so that they are replaced, removed and put again; groups are crowded.
func TestTableAgainstMap(t *testing.T) {
	for seed := range uint64(6) {
		random := rand.New(rand.NewPCG(seed, 1))
		now, want := newTable(untilHash), map[string]string{}
		type old struct {
			table *table
			want  map[string]string
		}
		var before []old
		for range 30 {
			before = append(before, old{now, maps.Clone(want)})
			e := now.edit()
			for range random.IntN(200) {
				key := fmt.Sprintf("E-%d#%d", random.IntN(20), random.IntN(30))
				if random.IntN(3) == 0 {
					_, there := want[key]
					if e.delete([]byte(key)) != there {
						t.Fatalf("seed %d: delete %s", seed, key)
					}
					delete(want, key)
					continue
				}
				value := fmt.Sprint(random.IntN(3))
				if e.put([]byte(key), []byte(value)) != (want[key] != value) {
					t.Fatalf("seed %d: put %s", seed, key)
				}
				want[key] = value
				if got, ok := e.get([]byte(key)); !ok || string(got) != value {
					t.Fatalf("seed %d: %s is %q in the edit", seed, key, got)
				}
			}
			now = e.seal()
		}
		for _, o := range append(before, old{now, want}) {
			checkTable(t, o.table, o.want)
		}
	}
}

func checkTable(t *testing.T, tab *table, want map[string]string) {
	t.Helper()
	got, size := map[string]string{}, 0
	for k, v := range tab.all() {
		got[string(k)] = string(v)
		size += len(k) + len(v)
	}
	if !maps.Equal(got, want) || tab.count != len(want) || tab.size != size {
		t.Fatalf("%d entries (count %d, size %d), want %d", len(got), tab.count, tab.size, len(want))
	}
	for g := range 20 {
		group := fmt.Sprintf("E-%d", g)
		n := 0
		for k, v := range tab.inGroup([]byte(group)) {
			if want[string(k)] != string(v) || string(untilHash(k)) != group {
				t.Fatalf("group %s gives %s", group, k)
			}
			n++
		}
		for r := range 30 {
			key := fmt.Sprintf("%s#%d", group, r)
			v, ok := tab.get([]byte(key))
			if w, there := want[key]; ok != there || string(v) != w {
				t.Fatalf("%s is %q", key, v)
			}
			if ok {
				n--
			}
		}
		if n != 0 {
			t.Fatalf("group %s lists %d too many", group, n)
		}
	}
}

func TestSharedNumbersAreBounded(t *testing.T) {
	e := emptySnapshot().edit()
	var w writer
	for i := range 1000 {
		w.begin()
		w.text("+8613800000000")
		e.put(Devices, []byte(fmt.Sprintf("D-%d", i)), w.b)
	}
	s, _ := e.seal(1, 1)
	if n := len(s.ByPhone("+8613800000000")); n != sharedMost {
		t.Errorf("%d records share the number in the index, want %d", n, sharedMost)
	}
}
