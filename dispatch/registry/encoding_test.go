package registry_test

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"onekeyd/dispatch"
	"onekeyd/dispatch/registry"
	"onekeyd/geo"
)

func sample() (geo.Area, dispatch.Elder, dispatch.Contact, dispatch.Device, dispatch.Responder) {
	ring := geo.Ring{{Lat: 37.58, Lon: 118.54}, {Lat: 37.58, Lon: 118.56}, {Lat: 37.6, Lon: 118.56}, {Lat: 37.58, Lon: 118.54}}
	return geo.Area{Code: "C1", Name: "海棠社区", Level: geo.City, Polygon: geo.MultiPolygon{{ring}}},
		dispatch.Elder{
			ID: "E-1", Name: "王秀英", Sex: "f", BirthYear: 1941, Phone: "+8613812345678", LivingAlone: true, Language: "zh",
			Hints: "听力不好", Medical: "高血压\n青霉素过敏",
			Premises: dispatch.Premises{Address: "海棠社区3号楼", Area: "C1", Point: geo.Point{Lat: -37.5900001, Lon: 118.55}, Floor: "5", AccessNote: "钥匙在物业"},
		},
		dispatch.Contact{Elder: "E-1", Rank: 12, Name: "王强", Relation: "儿子", Phone: "+13105550142", Language: "en"},
		dispatch.Device{ID: "D-1", Elder: "E-1", Protocol: "json", Phone: "+8613900000001", Model: "K1"},
		dispatch.Responder{
			ID: "R-1", Name: "赵", Kind: dispatch.GridLeader, Phone: "+8613900000002", Base: geo.Point{Lat: 37.59, Lon: 118.55},
			Areas: []string{"C1"}, Language: "zh", OnDuty: true, Organisation: "社区",
		}
}

// TestEncodingV1 holds what version 1 wrote. The file is kept for ever: never
// update it, a directory somewhere is made of these bytes. A changed writer
// gets a file of its own, and this one must still be read.
func TestEncodingV1(t *testing.T) {
	a, e, c, d, o := sample()
	written := registry.Encoded(a, e, c, d, o)
	if *update {
		var b bytes.Buffer
		for _, name := range slices.Sorted(mapKeys(written)) {
			fmt.Fprintf(&b, "%s: %x\n", name, written[name])
		}
		if _, err := os.Stat("testdata/encoding_v1.golden"); err == nil {
			t.Fatal("version 1 is written already; it must not change")
		}
		fmt.Fprintf(&b, "chunk: %x\n", registry.Pack(written["put elders"]))
		if err := os.WriteFile("testdata/encoding_v1.golden", b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile("testdata/encoding_v1.golden")
	if err != nil {
		t.Fatal(err)
	}
	kept := map[string][]byte{}
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		name, digits, _ := strings.Cut(lines.Text(), ": ")
		if kept[name], err = hex.DecodeString(digits); err != nil {
			t.Fatal(err)
		}
	}
	chunk := kept["chunk"]
	delete(kept, "chunk") // compressors may differ; what counts is that it can be read
	if diff := cmp.Diff(kept, written); diff != "" {
		t.Errorf("what is written today differs: %s", diff)
	}
	if ops, err := registry.Unpack(chunk); err != nil || !bytes.Equal(ops, kept["put elders"]) {
		t.Errorf("the chunk gives %x, %v", ops, err)
	}

	s, err := registry.Replay(kept["put areas"], kept["put elders"], kept["put contacts"], kept["put devices"], kept["put responders"])
	if err != nil {
		t.Fatal(err)
	}
	gotArea, _ := s.Area("C1")
	gotElder, _ := s.Elder("E-1")
	gotContact, _ := s.Contact("E-1", 12)
	gotDevice, _ := s.Device("D-1")
	gotResponder, _ := s.Responder("R-1")
	for _, pair := range [][2]any{{a, gotArea}, {e, gotElder}, {c, gotContact}, {d, gotDevice}, {o, gotResponder}} {
		if diff := cmp.Diff(pair[0], pair[1]); diff != "" {
			t.Error(diff)
		}
	}
	s, err = registry.Replay(kept["put elders"], kept["remove elders"])
	if err != nil || s.Count(registry.Elders) != 0 || s.ByPhone(e.Phone) != nil {
		t.Errorf("the removal leaves %d, %v", s.Count(registry.Elders), err)
	}
}

func mapKeys(m map[string][]byte) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

func TestCommitV1(t *testing.T) {
	text, err := os.ReadFile("testdata/commit_v1.golden.json")
	if err != nil {
		t.Fatal(err)
	}
	version, what, ops, err := registry.DecodeCommit(text)
	if err != nil || version != 7 || what != "change" {
		t.Fatalf("version %d, %q, %v", version, what, err)
	}
	s, err := registry.Replay(ops)
	if err != nil {
		t.Fatal(err)
	}
	if d, ok := s.Device("D-1"); !ok || d.Phone != "+8613900000001" {
		t.Errorf("%+v", d)
	}
	var newer map[string]any
	if err := json.Unmarshal(text, &newer); err != nil {
		t.Fatal(err)
	}
	newer["v"] = 2
	text, _ = json.Marshal(newer)
	if _, _, _, err := registry.DecodeCommit(text); err == nil {
		t.Error("a commit of a later version is taken for one of version 1")
	}
}

// FuzzReplay feeds the log's reader anything: it must refuse or take it, and
// what it took must be readable.
func FuzzReplay(f *testing.F) {
	a, e, c, d, o := sample()
	for _, b := range registry.Encoded(a, e, c, d, o) {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, ops []byte) {
		s, err := registry.Replay(ops)
		if err != nil {
			return
		}
		n := 0
		for e := range s.Elders() {
			if _, ok := s.Elder(e.ID); !ok {
				t.Errorf("%q is listed and not found", e.ID)
			}
			n++
		}
		if n != s.Count(registry.Elders) {
			t.Errorf("%d elders of %d", n, s.Count(registry.Elders))
		}
	})
}
