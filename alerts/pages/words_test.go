package pages

import (
	"io/fs"
	"maps"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"onekeyd/dispatch"
	"onekeyd/geo"
)

func TestDictionariesSayTheSame(t *testing.T) {
	a, err := readAssets(time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	placeholder := regexp.MustCompile(`\{\w+\}`)
	zh, en := a.words[chinese], a.words[english]
	if len(zh) < 100 || len(zh) != len(en) {
		t.Fatalf("%d and %d words", len(zh), len(en))
	}
	for key, text := range zh {
		other, ok := en[key]
		if !ok || text == "" || other == "" {
			t.Errorf("%q is %q and %q", key, text, other)
		}
		x, y := placeholder.FindAllString(text, -1), placeholder.FindAllString(other, -1)
		slices.Sort(x)
		slices.Sort(y)
		if !slices.Equal(slices.Compact(x), slices.Compact(y)) {
			t.Errorf("%q has %v in zh and %v in en", key, x, y)
		}
	}
}

// The keys that code and templates name, literally or as a group that a code completes.
func TestEveryWordIsThereAndUsed(t *testing.T) {
	a, err := readAssets(time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	sources := map[string]string{}
	for _, pattern := range []string{"web/*.html", "*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasSuffix(name, "_test.go") {
				sources[name] = string(data)
			}
		}
	}
	used, groups := map[string]bool{}, map[string]bool{}
	for _, text := range sources {
		for _, m := range regexp.MustCompile(`"([a-z0-9_]+(?:\.[a-z0-9_]+)*)"`).FindAllStringSubmatch(text, -1) {
			used[m[1]] = true
		}
		for _, m := range regexp.MustCompile(`(?:print |t\()"([a-z.]+\.)"`).FindAllStringSubmatch(text, -1) {
			groups[m[1]] = true
		}
	}
	if len(used) < 80 || len(groups) < 5 {
		t.Fatalf("found %d keys and groups %v: the search is broken", len(used), groups)
	}
	for _, why := range []string{"gone", "starting"} { // of closedView
		used[why+".title"], used[why+".body"] = true, true
	}
	for key := range a.words[english] {
		group := key[:strings.LastIndexByte(key, '.')+1]
		if !used[key] && !groups[group] {
			t.Errorf("nothing uses %q", key)
		}
	}
	for _, m := range regexp.MustCompile(`\bt "([^"]+)"`).FindAllStringSubmatch(strings.Join(slices.Collect(maps.Values(sources)), "\n"), -1) {
		if a.words[english][m[1]] == "" {
			t.Errorf("a template uses %q, which no dictionary has", m[1])
		}
	}
}

// What the domain can send must have words, so that no code is ever shown.
func TestDomainCodesHaveWords(t *testing.T) {
	a, err := readAssets(time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, s := range dispatch.AssignmentStates() {
		stage := stageOf(dispatch.Offer{State: s, Released: true})
		if stage != stageAsked {
			want = append(want, "head."+stage)
		}
	}
	for _, d := range dispatch.Dispositions() {
		want = append(want, "end."+string(d))
	}
	for _, k := range dispatch.ResponderKinds() {
		want = append(want, "who."+string(k))
	}
	for _, k := range []dispatch.Kind{dispatch.SOS, dispatch.Fall, dispatch.Inactivity, dispatch.Service, dispatch.Test, dispatch.Cancel, dispatch.AreaStorm} {
		want = append(want, "kind."+string(k))
		for _, d := range outcomes(k) {
			want = append(want, "done."+string(d))
		}
	}
	for _, n := range []string{noticeRefused, noticeCovered, "unstored", "often"} {
		want = append(want, "notice."+n)
	}
	for _, s := range []string{stageDeclined, stageStoodDown, stageLapsed} {
		want = append(want, "text."+s)
	}
	for _, key := range append(want, "from.live", "from.base", "f.said.coming", "f.said.not_coming", "head."+stageClosed, "gone.title", "gone.body", "starting.title", "starting.body") {
		if a.words[chinese][key] == "" {
			t.Errorf("no word for %q", key)
		}
	}
}

// Words are in the dictionaries; nothing becomes markup in the script; emoji are empty boxes on many a telephone.
func TestNoWordsMarkupOrEmojiInTheFiles(t *testing.T) {
	comment := regexp.MustCompile(`(?m)(^|\s)//.*$|/\*.*?\*/`)
	read := 0
	err := fs.WalkDir(embedded, "web", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		read++
		data, err := embedded.ReadFile(name)
		if err != nil {
			return err
		}
		text := string(data)
		for _, r := range text {
			if r >= 0x1F000 || r >= 0x2600 && r <= 0x27BF {
				t.Errorf("%s holds %q", name, r)
			}
		}
		if strings.Contains(name, "i18n/") {
			return nil
		}
		if m := regexp.MustCompile(`\p{Han}+`).FindString(comment.ReplaceAllString(text, "")); m != "" {
			t.Errorf("%s holds the word %q", name, m)
		}
		if m := regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|\.reload\(`).FindString(text); m != "" {
			t.Errorf("%s has %q", name, m)
		}
		return nil
	})
	if err != nil || read < 7 {
		t.Fatalf("read %d files, %v", read, err)
	}
}

// A person's own language wins, then the browser's, then the centre's.
func TestLanguage(t *testing.T) {
	for _, tc := range []struct{ own, accept, centre, want string }{
		{"zh", "en-GB,en", "en", "zh"}, {"en", "zh-CN", "zh", "en"}, {"zh-CN", "", "en", "zh"}, {"EN_us", "", "", "en"},
		{"", "fr-FR,en;q=0.8,zh;q=0.5", "zh", "en"}, {"", "zh-TW,zh;q=0.9,en;q=0.8", "en", "zh"}, {"ug", "en", "zh", "en"},
		{"", "", "en", "en"}, {"", "", "", "zh"}, {"", "fr, *;q=0.5", "", "zh"}, {"zhx", ",;,=", "", "zh"},
	} {
		c := open(t, func(o *Options) { o.Language = tc.centre })
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Accept-Language", tc.accept)
		if got := c.pages.language(tc.own, r); got != tc.want {
			t.Errorf("own %q, browser %q, centre %q: %q, want %q", tc.own, tc.accept, tc.centre, got, tc.want)
		}
	}
	c := open(t, nil)
	c.press(time.Minute, "")
	c.lang = "en-GB"
	must(t, c.get(c.path(son)).body, `lang="en"`, "Asking people nearby")
	must(t, c.get(c.path(string(zhang))).body, "I will go", "Call for help")
	must(t, c.get(ResponderPath+"x").body, "This link has ended")
}

func TestShortForms(t *testing.T) {
	a, err := readAssets(time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	zh, en := a.words[chinese], a.words[english]
	for _, tc := range []struct {
		name string
		kind dispatch.ResponderKind
		zh   string
		en   string
	}{
		{"张敏", dispatch.Worker, "张师傅（社工）", "张 (social worker)"},
		{"欧阳美玲", dispatch.Volunteer, "欧阳师傅（志愿者）", "欧阳 (volunteer)"},
		{"欧阳", dispatch.Volunteer, "欧师傅（志愿者）", "欧 (volunteer)"},
		{"李强", dispatch.Doctor, "李医生", "Dr 李"},
		{"Zhang Min", dispatch.GridLeader, "Zhang师傅（网格员）", "Zhang (grid leader)"},
		{"朝阳里卫生站", dispatch.Clinic, "朝阳里卫生站", "朝阳里卫生站"},
		{"", dispatch.Worker, "社工", "social worker"},
		{"  ", dispatch.Hospital, "  ", "  "},
	} {
		o := dispatch.Offer{Name: tc.name, Kind: tc.kind}
		if got := zh.who(o); got != tc.zh {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.zh)
		}
		if got := en.who(o); got != tc.en {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.en)
		}
	}
	for d, want := range map[geo.Metres]string{4: "0 米", 46: "50 米", 208: "210 米", 994: "990 米", 1000: "1.0 公里", 12_340: "12.3 公里"} {
		if got := zh.metres(d); got != want {
			t.Errorf("%v is %q, want %q", d, got, want)
		}
	}
	for d, want := range map[time.Duration]int{0: 1, time.Second: 1, time.Minute: 1, 61 * time.Second: 2, time.Hour: 60} {
		if got := minutes(d); got != want {
			t.Errorf("%s is %d minutes, want %d", d, got, want)
		}
	}
}
