package approved

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"onekeyd/alerts/sms"
)

const good = `
[[template]]
kind = "responder_alert"
language = "zh"
code = "SMS_1"
vars = { code = "${code}", addr = "${addr}", who = "${name}[，${age}岁${sex}][，${hint}]" }

[[template]]
kind = "responder_alert_min"
language = "zh"
code = "SMS_2"
vars = { code = "${code}", addr = "${addr}" }

[[template]]
kind = "responder_alert"
language = "en"
code = "SMS_3"
vars = { code = "${code}", addr = "${addr}" }

[[template]]
kind = "family_alert"
language = "zh"
code = "SMS_4"
vars = { name = "${name}", time = "${time}", addr = "${addr}", hint = "[${hint}]" }

[[template]]
kind = "cannot_go_ack"
language = "zh"
code = "SMS_5"
`

func texts(t testing.TB) *sms.Texts {
	t.Helper()
	texts, err := sms.Load(sms.Signatures{})
	if err != nil {
		t.Fatal(err)
	}
	return texts
}

func table(t testing.TB, raw string, style Style) *Table {
	t.Helper()
	tab, err := Read([]byte(raw), style, texts(t))
	if err != nil {
		t.Fatal(err)
	}
	return tab
}

func params(change ...string) map[string]string {
	p := map[string]string{"code": "37", "addr": "幸福里3号楼2单元401", "name": "王秀兰", "age": "82", "sex": "女", "hint": "独居", "time": "14:32"}
	for i := 0; i < len(change); i += 2 {
		p[change[i]] = change[i+1]
	}
	return p
}

func TestFill(t *testing.T) {
	tab := table(t, good, Named)
	long := strings.Repeat("长", 30) + "13号楼2单元1401室"
	for _, c := range []struct {
		why, kind, lang string
		params          map[string]string
		want            Filled
	}{
		{"all there", "responder_alert", "zh", params(), Filled{"SMS_1", []Var{{"addr", "幸福里3号楼2单元401"}, {"code", "37"}, {"who", "王秀兰，82岁女，独居"}}}},
		{"no age and no hint", "responder_alert", "zh-CN", params("age", "", "hint", " "), Filled{"SMS_1", []Var{{"addr", "幸福里3号楼2单元401"}, {"code", "37"}, {"who", "王秀兰"}}}},
		{"no name: the short form", "responder_alert", "zh", params("name", ""), Filled{"SMS_2", []Var{{"addr", "幸福里3号楼2单元401"}, {"code", "37"}}}},
		{"another language", "responder_alert", "en-GB", params(), Filled{"SMS_3", []Var{{"addr", "幸福里3号楼2单元401"}, {"code", "37"}}}},
		{"a language without the kind", "family_alert", "en", params(), Filled{"SMS_4", []Var{{"addr", "幸福里3号楼2单元401"}, {"hint", "独居"}, {"name", "王秀兰"}, {"time", "14:32"}}}},
		{"no variables", "cannot_go_ack", "zh", nil, Filled{"SMS_5", []Var{}}},
		{"a Chinese address keeps its door", "responder_alert", "zh", params("addr", long, "hint", strings.Repeat("多", 40)),
			Filled{"SMS_1", []Var{{"addr", strings.Repeat("长", 23) + "13号楼2单元1401室"}, {"code", "37"}, {"who", "王秀兰，82岁女，" + strings.Repeat("多", 26)}}}},
		{"an English one its beginning", "responder_alert", "en", params("addr", "Rm 1401, Bldg 3, Xinhua Rd, Changning District"),
			Filled{"SMS_3", []Var{{"addr", "Rm 1401, Bldg 3, Xinhua Rd, Changni"}, {"code", "37"}}}},
		{"what carriers refuse", "responder_alert", "zh", params("name", "「王」秀兰😀", "addr", "【银行】①号楼 20m²\n★", "hint", "", "age", ""),
			Filled{"SMS_1", []Var{{"addr", "（银行）1号楼 20m2"}, {"code", "37"}, {"who", "（王）秀兰"}}}},
	} {
		got, err := tab.Fill(c.kind, c.lang, c.params, 35)
		if err != nil {
			t.Errorf("%s: %v", c.why, err)
			continue
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.why, d)
		}
	}
	if got, err := tab.Fill("responder_alert", "zh", params("addr", long), 0); err != nil || got.Vars[0].Value != long {
		t.Errorf("without a limit: %v, %v", got, err)
	}
}

func TestFillRefuses(t *testing.T) {
	tab := table(t, good, Named)
	for _, c := range []struct {
		why, kind string
		params    map[string]string
		want      error
		says      string
	}{
		{"no address, and the short form needs it too", "responder_alert", params("addr", ""), sms.ErrUnfilled, "addr"},
		{"a variable of optional parts only", "family_alert", params("hint", ""), sms.ErrUnfilled, "variable hint"},
		{"nothing but a symbol", "responder_alert", params("addr", "★"), sms.ErrUnfilled, "addr"},
		{"no template", "drill", params(), ErrNoTemplate, "drill"},
	} {
		got, err := tab.Fill(c.kind, "zh", c.params, 35)
		if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, %v", c.why, got, err)
		}
	}
}

func TestPositional(t *testing.T) {
	tab := table(t, `
[[template]]
kind = "responder_alert"
language = "zh"
code = "1110"
vars = ["${code}", "${addr}", "${name}"]
[[template]]
kind = "family_alert"
language = "zh"
code = "1111"
vars = ["${name}", "[${hint}]"]
`, Positional)
	got, err := tab.Fill("responder_alert", "zh", params(), 0)
	if d := cmp.Diff(Filled{"1110", []Var{{"", "37"}, {"", "幸福里3号楼2单元401"}, {"", "王秀兰"}}}, got); d != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, d)
	}
	if _, err := tab.Fill("family_alert", "zh", params("hint", ""), 0); !errors.Is(err, sms.ErrUnfilled) || !strings.Contains(err.Error(), "variable 2") {
		t.Errorf("%v", err)
	}
	missing := tab.Missing()
	if len(missing) != len(texts(t).Kinds())-2 || missing[0] != "accept_confirm" {
		t.Errorf("missing %q", missing)
	}
}

// Every fault of a file is named, all at once.
func TestReadRefuses(t *testing.T) {
	const bad = `
[[template]]
kind = "responder_alarm"
language = "zh"
code = "SMS_1"

[[template]]
kind = "drill"
language = "fr"
code = ""
vars = ["${code}"]

[[template]]
kind = "family_alert"
language = "zh"
code = "SMS_4"
vars = { "a-b" = "x", adr = "${adress}", open = "[${name}", number = 5, none = "", way = "[${link}]" }

[[template]]
kind = "family_alert"
language = "zh"
code = "SMS_5"
vars = 7
`
	_, err := Read([]byte(bad), Named, texts(t))
	if err == nil {
		t.Fatal("taken")
	}
	for _, want := range []string{
		"template 1 (responder_alarm/zh): there is no such kind", "template 2 (drill/fr): language", "template 2 (drill/fr): code", "template 2 (drill/fr): vars must be a table",
		`template 3 (family_alert/zh): variable "a-b"`, "variable adr: there is no ${adress}; there are addr, age,", "variable open: brackets", "variable number has no text",
		"variable none has no text", "variable way: carriers take no links", "template 4 (family_alert/zh): vars is neither", "template 4 (family_alert/zh): is there twice", "no template for responder_alert/zh",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("missing: %s", want)
		}
	}
	if t.Failed() {
		t.Log(err)
	}
	for why, c := range map[string]struct{ raw, says string }{
		"not TOML":     {"[[template", "1:"},
		"unknown key":  {"[[template]]\nkinds = 'x'\n", "2:1: there is no key template.kinds"},
		"wrong type":   {"template = 5", "1:"},
		"empty":        {"", "responder_alert/zh"},
		"names wanted": {strings.ReplaceAll(good, "\n[[template]]\nkind = \"cannot", "\n[[template]]\nkind = \"drill\"\nlanguage=\"zh\"\ncode=\"1\"\nvars=[\"x\"]\n[[template]]\nkind = \"cannot"), "vars must be a table"},
	} {
		if _, err := Read([]byte(c.raw), Named, texts(t)); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", why, err)
		}
	}
	if _, err := Read([]byte(good), Positional, texts(t)); err == nil || !strings.Contains(err.Error(), "vars must be a list") {
		t.Errorf("names where positions are wanted: %v", err)
	}
}

func TestReadFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "templates.toml")
	if _, err := ReadFile(path, Named, texts(t)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	if err := os.WriteFile(path, []byte(good), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadFile(path, Named, texts(t)); err != nil {
		t.Error(err)
	}
}

// Whatever the file and the elder's data are, nothing is sent that a carrier refuses.
func FuzzFill(f *testing.F) {
	f.Add(good, "王秀兰", "幸福里3号楼")
	f.Add(good, "\u200b", "①【\xff】")
	f.Add("[[template]]\nkind='drill'\nlanguage='zh'\ncode='1'\nvars={a='${addr}'}", "x", "y")
	all := texts(f)
	f.Fuzz(func(t *testing.T, raw, who, addr string) {
		tab, err := Read([]byte(raw), Named, all)
		if err != nil {
			if err.Error() == "" {
				t.Fatal("refused without a word")
			}
			return
		}
		for _, kind := range all.Kinds() {
			got, err := tab.Fill(kind, "zh", params("name", who, "addr", addr), 35)
			if err != nil {
				continue
			}
			for _, v := range got.Vars {
				if v.Value == "" || utf8.RuneCountInString(v.Value) > 35 || strings.ContainsAny(v.Value, "【】\n★") {
					t.Fatalf("variable %+v", v)
				}
			}
		}
	})
}
