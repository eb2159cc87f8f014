package console

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"onekeyd/dispatch"
)

var placeholder = regexp.MustCompile(`\{\w+\}`)

func TestDictionariesSayTheSame(t *testing.T) {
	a, err := readAssets()
	if err != nil {
		t.Fatal(err)
	}
	zh, en := a.words["zh-CN"], a.words["en"]
	if len(zh) < 100 {
		t.Fatalf("only %d words", len(zh))
	}
	for key, text := range zh {
		other, ok := en[key]
		if !ok {
			t.Errorf("en lacks %q", key)
			continue
		}
		if text == "" || other == "" {
			t.Errorf("%q is empty", key)
		}
		x, y := placeholder.FindAllString(text, -1), placeholder.FindAllString(other, -1)
		slices.Sort(x)
		slices.Sort(y)
		if !slices.Equal(slices.Compact(x), slices.Compact(y)) {
			t.Errorf("%q has %v in zh-CN and %v in en", key, x, y)
		}
	}
	for key := range en {
		if _, ok := zh[key]; !ok {
			t.Errorf("zh-CN lacks %q", key)
		}
	}
}

// used finds the keys that pages and modules name literally, and the groups they look up.
func used(t *testing.T) (keys, groups map[string]bool) {
	t.Helper()
	keys, groups = map[string]bool{}, map[string]bool{}
	call := regexp.MustCompile(`\bt\(([^)]*)`)
	quoted := regexp.MustCompile(`'([\w. -]+)'`)
	group := regexp.MustCompile(`\bword\('(\w+)'`)
	index := regexp.MustCompile(`index \$?\.T "([^"]+)"`)
	err := fs.WalkDir(embedded, "web", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.Contains(name, "vendor/") {
			return err
		}
		data, err := embedded.ReadFile(name)
		if err != nil {
			return err
		}
		for _, m := range call.FindAllStringSubmatch(string(data), -1) {
			for _, q := range quoted.FindAllStringSubmatch(m[1], -1) {
				keys[q[1]] = true
			}
		}
		for _, m := range group.FindAllStringSubmatch(string(data), -1) {
			groups[m[1]] = true
		}
		for _, m := range index.FindAllStringSubmatch(string(data), -1) {
			keys[m[1]] = true
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return keys, groups
}

func TestEveryWordIsThereAndUsed(t *testing.T) {
	a, err := readAssets()
	if err != nil {
		t.Fatal(err)
	}
	keys, groups := used(t)
	if len(keys) < 50 || len(groups) < 5 {
		t.Fatalf("found %d keys and %d groups in the pages: the search is broken", len(keys), len(groups))
	}
	// Codes that stand beside a key in the same call.
	notKeys := map[string]bool{"running": true, "none": true, "raised": true, "string": true, "not_sent": true, "delivered": true, "failed": true, "ambiguous": true, "voice": true}
	for key := range keys {
		if _, ok := a.words["en"][key]; !ok && !notKeys[key] && !groups[key] {
			t.Errorf("the pages use %q, which no dictionary has", key)
		}
	}
	// Given to the templates as Error, or chosen from a table in bars.mjs.
	for _, k := range []string{"login.bad", "login.wait", "login.down", "link.bad", "password.differ", "password.weak", "link.live", "link.late", "link.connecting", "link.lost", "link.out_short"} {
		keys[k] = true
	}
	for key := range a.words["en"] {
		group, _, _ := strings.Cut(key, ".")
		if !keys[key] && !groups[group] {
			t.Errorf("nothing uses %q", key)
		}
	}
}

// Codes that the domain can send must have words; see dispatch's lifecycle.
func TestDomainCodesHaveWords(t *testing.T) {
	a, err := readAssets()
	if err != nil {
		t.Fatal(err)
	}
	want := []string{}
	for _, s := range dispatch.AssignmentStates() {
		want = append(want, "assignment."+string(s))
	}
	for _, d := range dispatch.Dispositions() {
		want = append(want, "disposition."+string(d))
	}
	for _, k := range dispatch.ResponderKinds() {
		want = append(want, "responder."+string(k))
	}
	for _, k := range []dispatch.Kind{dispatch.SOS, dispatch.Fall, dispatch.Inactivity, dispatch.Service, dispatch.Test, dispatch.Cancel} {
		want = append(want, "kind."+string(k))
	}
	for _, s := range []dispatch.AlertState{dispatch.AlertIntended, dispatch.AlertAmbiguous, dispatch.AlertHanded, dispatch.AlertSent, dispatch.AlertDelivered, dispatch.AlertFailed, dispatch.AlertNotSent} {
		want = append(want, "alert."+string(s), "rung."+string(s))
	}
	for _, r := range []dispatch.AlertRole{dispatch.RoleResponder, dispatch.RoleContact, dispatch.RoleSupervisor, dispatch.RoleCentre, dispatch.RoleEngineer} {
		want = append(want, "role."+string(r))
	}
	for _, s := range dispatch.DefaultPlan().Desk {
		want = append(want, "deed."+string(s.Deed))
	}
	want = append(want, "line."+string(dispatch.LadderCircle), "line."+string(dispatch.LadderIdle)) // the desk's are its deeds
	for _, o := range callOutcomes() {
		want = append(want, "outcome."+string(o))
	}
	for _, v := range verbs() {
		want = append(want, "said."+v)
	}
	for _, s := range []string{revealAccess, revealMedical} {
		want = append(want, "reveal."+s)
	}
	for _, kind := range textKinds(t) {
		want = append(want, "text."+kind)
	}
	for _, what := range []string{"nobody_coming", "second_look", "not_spoken", "on_way", "on_scene", "family_coming", "to_close"} {
		want = append(want, "outstanding."+what)
	}
	for _, key := range want {
		if a.words["zh-CN"][key] == "" {
			t.Errorf("no word for %q", key)
		}
	}
	var offered []string
	for _, m := range regexp.MustCompile(`'(\w+)'`).FindAllStringSubmatch(regexp.MustCompile(`DISPOSITIONS = \[[^\]]*`).FindString(string(a.files["app/closing.mjs"])), -1) {
		offered = append(offered, m[1])
	}
	var known []string
	for _, d := range dispatch.Dispositions() {
		known = append(known, string(d))
	}
	if !slices.Equal(offered, known) {
		t.Errorf("the page offers the dispositions %v, the domain has %v", offered, known)
	}
}

// textKinds are the kinds of all texts there are.
func textKinds(t *testing.T) []string {
	t.Helper()
	data, err := os.ReadFile("../sms/texts.json")
	if err != nil {
		t.Fatal(err)
	}
	var book struct{ Texts []struct{ Kind string } }
	if err := json.Unmarshal(data, &book); err != nil || len(book.Texts) < 20 {
		t.Fatalf("%d texts: %v", len(book.Texts), err)
	}
	var kinds []string
	for _, x := range book.Texts {
		kinds = append(kinds, x.Kind)
	}
	return kinds
}

func TestVendoredFilesAreTheRecordedOnes(t *testing.T) {
	var v struct {
		File           string                                    `json:"file"`
		SHA256         string                                    `json:"sha256"`
		Entry          string                                    `json:"entry"`
		EntrySHA256    string                                    `json:"entry_sha256"`
		Licences       string                                    `json:"licences"`
		LicencesSHA256 string                                    `json:"licences_sha256"`
		Packages       []struct{ Name, Version, Licence string } `json:"packages"`
	}
	data, err := embedded.ReadFile("web/vendor/VENDOR.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	recorded := map[string]string{v.File: v.SHA256, v.Entry: v.EntrySHA256, v.Licences: v.LicencesSHA256, "VENDOR.json": ""}
	files, err := fs.ReadDir(embedded, "web/vendor")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		want, ok := recorded[f.Name()]
		if !ok {
			t.Errorf("%s is not recorded in VENDOR.json", f.Name())
			continue
		}
		data, err := embedded.ReadFile("web/vendor/" + f.Name())
		if err != nil {
			t.Fatal(err)
		}
		if sum := sha256.Sum256(data); want != "" && hex.EncodeToString(sum[:]) != want {
			t.Errorf("%s is not the file that was recorded", f.Name())
		}
	}
	if len(files) != len(recorded) || len(v.Packages) != 4 {
		t.Errorf("%d files of %d recorded, %d packages of 4", len(files), len(recorded), len(v.Packages))
	}
	for _, p := range v.Packages {
		if p.Name == "" || p.Version == "" || p.Licence == "" {
			t.Errorf("package %+v is not fully named", p)
		}
	}
}

// Words are in the dictionaries, a page goes silent by reloading itself, and
// text from outside becomes markup by none of these.
func TestPagesDoNotReloadWriteMarkupOrHoldWords(t *testing.T) {
	a, err := readAssets()
	if err != nil {
		t.Fatal(err)
	}
	bad := regexp.MustCompile(`\.reload\(|innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function`)
	comment := regexp.MustCompile(`(?m)(^|\s)//.*$|/\*\*.*\*/`)
	han, read := regexp.MustCompile(`\p{Han}+`), 0
	for name, data := range a.files {
		if strings.HasPrefix(name, "vendor/") || strings.HasPrefix(name, "i18n/") || strings.HasSuffix(name, ".css") {
			continue
		}
		read++
		if m := bad.FindString(string(data)); m != "" {
			t.Errorf("%s has %q", name, m)
		}
		if m := han.FindString(comment.ReplaceAllString(string(data), "")); m != "" {
			t.Errorf("%s holds the word %q, which no English reader gets", name, m)
		}
	}
	if read < 15 {
		t.Fatalf("read %d files: the search is broken", read)
	}
}

func TestNoEmojiInThePages(t *testing.T) {
	a, err := readAssets()
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range a.files {
		if strings.HasPrefix(name, "vendor/") {
			continue
		}
		for _, r := range string(data) {
			if r >= 0x1F000 || r >= 0x2600 && r <= 0x27BF {
				t.Errorf("%s holds %q, which is an empty box on many a Linux desk", name, r)
			}
		}
	}
}
