package registry_test

import (
	"encoding/csv"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"onekeyd/dispatch/registry"
)

func lines(found []registry.Problem) []string {
	var got []string
	for _, p := range found {
		got = append(got, p.String())
	}
	return got
}

// Whatever is wrong with one row, the rows after it are looked at, and what
// refers to a refused row is not reported for that.
func TestEveryBadRowIsReportedInOneGo(t *testing.T) {
	noElder := func(file string, line int, id string) string {
		return fmt.Sprintf("%s:%d: elder_id: elder %q is neither in the files nor in the directory", file, line, id)
	}
	noArea := func(file string, line int, column, code string) string {
		return fmt.Sprintf("%s:%d: %s: area %q is neither in the files nor in the directory", file, line, column, code)
	}
	device := func(rows string) files { return village().with("devices.csv", devicesHead+rows) }
	elder := func(rows string) files { return village().with("elders.csv", eldersHead+wang+li+rows) }
	feature := func(text string) files {
		return village().with("areas.geojson", strings.Replace(areasFile, "\n]}", ",\n"+text+"\n]}", 1))
	}
	const good = ",陈,,,,addr,G1,37.59,118.55,wgs84,,,,,,\n"
	for name, c := range map[string]struct {
		in   files
		want []string
	}{
		"not utf-8 in the middle": {device("D-1,E-1,,,\xff\nD-2,E-9,,,\n"), []string{
			"devices.csv:2: model: is not UTF-8; save the file as CSV UTF-8", noElder("devices.csv", 3, "E-9")}},
		"not utf-8 twice in a row": {elder("E-3,\xff,x,,,\xfe,G1,37.59,118.55,wgs84,,,,,,\n"), []string{
			"elders.csv:4: name: is not UTF-8; save the file as CSV UTF-8", "elders.csv:4: address: is not UTF-8; save the file as CSV UTF-8", `elders.csv:4: sex: "x" is not f, m or empty`}},
		"not utf-8 in an id": {device("D\xff,E-1,,,\nD-2,E\xff,,,\nD-3,E-9,,,\n"), []string{
			"devices.csv:2: id: is not UTF-8; save the file as CSV UTF-8", "devices.csv:3: elder_id: is not UTF-8; save the file as CSV UTF-8", noElder("devices.csv", 4, "E-9")}},
		"quote never closed": {device("D-1,E-1,,,\"K1\nD-2,E-9,,,\nD 3,,,,\n"), []string{
			"devices.csv:2: (row): is not CSV: a quote is not closed (line 2, byte 11)", noElder("devices.csv", 3, "E-9"), "devices.csv:4: id: holds ' '; letters, digits and - _ : @ = are allowed"}},
		"quote closed by another": {device("D-1,E-1,,,\"K1\nD-2,E-9,,,\nD-3,E-1,,,\"K1\"\nD-4,E-8,,,\n"), []string{
			`devices.csv:2: (row): is not CSV: extraneous or missing " in quoted-field (line 4, byte 12)`, noElder("devices.csv", 3, "E-9"), noElder("devices.csv", 5, "E-8")}},
		"quote that makes one ragged row": {device("D-1,E-1,,,\"K1\nD-2,E-9,,,\nD-3,E-8,\",,\nD-4,E-7,,,\n"), []string{
			"devices.csv:2: (row): has 7 fields, the header has 5", noElder("devices.csv", 3, "E-9"),
			`devices.csv:4: (row): is not CSV: a quote is not closed (line 4, byte 9)`, noElder("devices.csv", 5, "E-7")}},
		"ragged row with a line break": {device("D-1,E-1,,,\"a\nb\",\nD-2,E-9,,,\n"), []string{
			"devices.csv:2: (row): has 6 fields, the header has 5", noElder("devices.csv", 4, "E-9")}},
		"line too long": {device("D-1,E-1,,," + strings.Repeat("a", 300<<10) + "\nD-2,E-9,,,\n"), []string{
			"devices.csv:2: (row): is longer than 256 KiB", noElder("devices.csv", 3, "E-9")}},
		"names of refused rows": {elder("E-3,ragged\nE-4,\"bro\"ken\nE-5,\xff,,,,addr,G1,37.59,118.55,wgs84,,,,,,\nE 6"+good+good).
			with("devices.csv", devicesHead+"D-3,E-3,,,\nD-4,E-4,,,\nD-5,E-5,,,\nD-6,E 6,,,\nD-9,E-9,,,\n"), []string{
			`devices.csv:5: elder_id: holds ' '; letters, digits and - _ : @ = are allowed`,
			noElder("devices.csv", 6, "E-9"),
			"elders.csv:4: (row): has 2 fields, the header has 16",
			`elders.csv:5: (row): is not CSV: extraneous or missing " in quoted-field (line 5, byte 10)`,
			"elders.csv:6: name: is not UTF-8; save the file as CSV UTF-8",
			"elders.csv:7: id: holds ' '; letters, digits and - _ : @ = are allowed",
			"elders.csv:8: id: is empty"}},
		"name of a refused row again": {device("D-1\nD-1,E-1,,,\n"), []string{
			"devices.csv:2: (row): has 1 fields, the header has 5", "devices.csv:3: id: devices/D-1 is on line 2 already"}},
		"reference that is no identifier": {village().with("contacts.csv", contactsHead+"E 9,1,a,,13900000001,\n"), []string{
			"contacts.csv:2: elder_id: holds ' '; letters, digits and - _ : @ = are allowed"}},
		"elders that cannot be read": {village().with("elders.csv", "id\n"+wang), []string{
			"elders.csv:1: name: is missing from the header", "elders.csv:1: address: is missing from the header", "elders.csv:1: lat: is missing from the header",
			"elders.csv:1: lon: is missing from the header", "elders.csv:1: datum: is missing from the header"}},
		"one bad area": {elder("E-3,陈,,,,addr,G9,37.59,118.55,wgs84,,,,,,\nE-4,陈,,,,addr,G2,31.2,121.4,wgs84,,,,,,\n").with("areas.geojson",
			strings.Replace(areasFile, "\n]}", `,
{"type":"Feature","properties":{"code":"G2","name":"x","level":"gird","parent":"C9"},"geometry":null}]}`, 1)), []string{
			`areas.geojson:7: level: level "gird": level is not one of city, district, street, community, grid, group, building, unit`,
			`areas.geojson:7: parent: there is no area "C9"`,
			noArea("elders.csv", 4, "area", "G9"),
			"elders.csv:5: lat: 31.2,121.4 is more than about 100 km from every area"}},
		"parent beside a bad area": {feature(`{"type":"Feature","properties":{"code":"G2","name":"x","level":"grid","parent":"C9"},"geometry":null},
{"type":"Feature","properties":{"code":"G3","level":"grid","parent":"C1"},"geometry":null},
{"type":"Feature","properties":{"code":"B1","name":"x","level":"building","parent":"G3"},"geometry":null}`), []string{
			`areas.geojson:7: parent: there is no area "C9"`, "areas.geojson:8: name: is missing from the properties"}},
		"area that is no feature": {feature(`{"type":"Point","properties":{"code":"G2"}},
{"type":"Feature","properties":{"code":"G3","name":"x","level":"grid","parent":"G 2"},"geometry":null},
{"type":"Feature","properties":{"code":"G4","name":"x","level":"building","parent":"G2"},"geometry":null}`), []string{
			"areas.geojson:7: (feature): is not a GeoJSON Feature", "areas.geojson:8: parent: holds ' '; letters, digits and - _ : @ = are allowed"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, found := c.in.load(t, nil)
			if diff := cmp.Diff(c.want, lines(found)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// What encoding/csv reads without an error, the reader of an import reads the same.
func FuzzCSV(f *testing.F) {
	for _, s := range []string{"a,b\n", "\"a\r\nb\",\"\"\"c\"\r\n\r\n,\n", "a,\"b\nc\nd\"e\n", "a\rb,\r", "\"\"", "\"", "\n\n,,\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		theirs := csv.NewReader(strings.NewReader(text))
		theirs.FieldsPerRecord = -1
		read := registry.CSVRecords(strings.NewReader(text))
		for n := 0; ; n++ {
			want, err := theirs.Read()
			line, got, fault, ourErr := read()
			if err == io.EOF {
				if ourErr != io.EOF {
					t.Fatalf("record %d: %q %v after the end", n, got, ourErr)
				}
				return
			}
			if err != nil {
				if fault == "" || ourErr != nil {
					t.Fatalf("record %d: %q is taken, encoding/csv says %v", n, got, err)
				}
				return // from here on they differ: this one gives up one line only
			}
			if at, _ := theirs.FieldPos(0); fault != "" || ourErr != nil || line != at {
				t.Fatalf("record %d of line %d: line %d, %q %v", n, at, line, fault, ourErr)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatal(diff)
			}
		}
	})
}
