package registry_test

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"

	"onekeyd/dispatch/registry"
)

// FuzzLoad reads any bytes as the six files. There is a batch or there are
// problems, never both and never neither; and a batch written out and read
// again is the same.
func FuzzLoad(f *testing.F) {
	v := village()
	f.Add(v["elders.csv"], v["contacts.csv"], v["devices.csv"], v["responders.csv"], providersHead+cleaner, v["areas.geojson"])
	f.Add(eldersHead, contactsHead, devicesHead, respondersHead, providersHead, areasFile)
	f.Add("id\n\"", "\xef\xbb\xbfelder_id", "\xff\xfe", "id,\xc3\xfb\n", "id,name,categories\n", "{}")
	f.Fuzz(func(t *testing.T, elders, contacts, devices, responders, providers, areas string) {
		in := files{"elders.csv": elders, "contacts.csv": contacts, "devices.csv": devices, "responders.csv": responders, "providers.csv": providers, "areas.geojson": areas}
		for name, text := range in {
			if text == "" {
				delete(in, name)
			}
		}
		first, _ := in.load(t, nil)
		if first == nil {
			return
		}
		dir := t.TempDir()
		if err := first.Export(dir); err != nil {
			t.Fatal(err)
		}
		second, found, err := registry.Load(t.Context(), os.DirFS(dir), registry.LoadOptions{Now: today()})
		if err != nil || len(found) > 0 {
			t.Fatalf("an export is refused: %v %v", found, err)
		}
		for _, kind := range registry.Kinds() {
			var a, b bytes.Buffer
			if first.Holds(kind) != second.Holds(kind) || first.Count(kind) != second.Count(kind) {
				t.Fatalf("%d %s became %d", first.Count(kind), kind, second.Count(kind))
			}
			if first.Write(&a, kind) != nil || second.Write(&b, kind) != nil || !sameLines(a.String(), b.String()) {
				t.Fatalf("%s became %s", a.String(), b.String())
			}
		}
	})
}

// sameLines compares without regard to order, which follows history.
func sameLines(a, b string) bool {
	x, y := strings.Split(strings.ReplaceAll(a, "},\n", "}\n"), "\n"), strings.Split(strings.ReplaceAll(b, "},\n", "}\n"), "\n")
	slices.Sort(x)
	slices.Sort(y)
	return slices.Equal(x, y)
}
