package welfare

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"onekeyd/dispatch"
)

func TestWithoutCallsTheFrailestComeFirst(t *testing.T) {
	d := town(t)
	// 88 and alone, house 3 before house 13; 96 and alone elsewhere; a medical note and a hint; 86; nothing known.
	if got := order(made(t, d, "")); got != "4 2 1 3 5 6" {
		t.Errorf("everybody: %s, want 4 2 1 3 5 6", got)
	}
	for area, want := range map[string]string{"C1": "2 1 3 6", "G1": "2 1", "G2": "3 6", "C2": "4"} {
		if got := order(made(t, d, area)); got != want {
			t.Errorf("area %s: %s, want %s", area, got, want)
		}
	}
	if _, err := Make(d, nil, "C9", now); !errors.Is(err, ErrNoArea) {
		t.Errorf("an area that is not there: %v", err)
	}
}

func TestGatheredCallsComeFirstAndRedBeforeAll(t *testing.T) {
	d := town(t)
	silent, red, elsewhere := called("E-0002", dispatch.Inactivity, "12", 31), called("E-0003", dispatch.SOS, "13", 33), called("E-0004", dispatch.SOS, "14", 20)
	red.Offers = []dispatch.Offer{{Name: "刘洋", Kind: dispatch.Worker, State: dispatch.EnRoute}} // and so has fewer points than the silence
	red.Waiting = time.Time{}
	open := []*dispatch.Incident{elsewhere, red, silent, storm("C1", "和平社区", silent, red)}
	l := made(t, d, "", open...)
	if got := order(l); !strings.HasPrefix(got, "3 2 4 ") {
		t.Errorf("everybody: %s, want the area's list first, its red key before its silence, and then the call elsewhere", got)
	}
	for area, want := range map[string]int{"G2": 1, "S": 1, "C2": 0} {
		if got := made(t, d, area, open...); len(got.Storms) != want {
			t.Errorf("area %s: %d areas in need are named, want %d", area, len(got.Storms), want)
		}
	}
	red.State = dispatch.StateClosed // and is gone from the open ones
	if got := order(made(t, d, "C1", silent, storm("C1", "和平社区", silent, red))); !strings.HasPrefix(got, "2 ") {
		t.Errorf("with the red call closed: %s", got)
	}
}

// A meal that was ordered, and a key that is tested, change nothing.
func TestServiceIsNoCall(t *testing.T) {
	d := town(t)
	meal := called("E-0001", dispatch.Service, "20", 10)
	meal.Offers = []dispatch.Offer{{Name: "食堂", Kind: dispatch.Provider, State: dispatch.Accepted}}
	if got, want := order(made(t, d, "", meal)), order(made(t, d, "")); got != want {
		t.Errorf("with a meal ordered: %s, without: %s", got, want)
	}
	if got := table(t, made(t, d, "", meal, called("E-0001", dispatch.SOS, "21", 11)), "en")["E-0001"]["call"]; got != "waiting since 14:11" {
		t.Errorf("beside a meal, the call for help is %q", got)
	}
}

func TestWhatBecameOfACall(t *testing.T) {
	offer := func(name string, s dispatch.AssignmentState) dispatch.Offer {
		return dispatch.Offer{Name: name, Kind: dispatch.Worker, State: s}
	}
	for want, change := range map[string]func(*dispatch.Incident){
		"等待中（自14:31）": func(*dispatch.Incident) {},
		"等待中（自14:40）": func(i *dispatch.Incident) { i.Waiting = at(40) }, // whoever had accepted was lost
		"刘洋（社工）已接单":   func(i *dispatch.Incident) { i.Offers = []dispatch.Offer{offer("刘洋", dispatch.Accepted)} },
		"张敏（社工）已在现场、刘洋（社工）正在赶去": func(i *dispatch.Incident) {
			i.Offers = []dispatch.Offer{offer("刘洋", dispatch.EnRoute), offer("张敏", dispatch.OnScene), offer("李强", dispatch.Declined)}
		},
		"已有人看过，未结案": func(i *dispatch.Incident) {
			i.Offers, i.Waiting = []dispatch.Offer{offer("刘洋", dispatch.Cleared)}, time.Time{}
		},
		"等待中（自14:31）、家属王磊正在赶去": func(i *dispatch.Incident) {
			i.Coming = []dispatch.Coming{{Name: "王芳", Not: true}, {Name: "王磊"}}
		},
	} {
		inc := called("E-0001", dispatch.SOS, "37", 31)
		change(inc)
		cells := table(t, made(t, town(t), "", inc), "zh")["E-0001"]
		if cells["call"] != want || cells["code"] != "37" {
			t.Errorf("call %q with number %s, want %q", cells["call"], cells["code"], want)
		}
	}
}

func TestRowsInWords(t *testing.T) {
	d := town(t)
	got := table(t, made(t, d, "C1"), "zh")
	want := map[string]string{
		"rank": "2", "risk": "35", "why": "独居、85岁以上", "name": "王秀兰", "age": "88", "sex": "女", "phone": "'+8613900000001", "address": "幸福里13号楼401", "floor": "4", "area": "一网格",
		"hints": "", "medical_note": "no", "contact": "王磊", "relation": "儿子", "contact_phone": "'+8613812345678", "call": "无", "code": "", "gathered": "no", "device": "D-1 D-1b", "elder": "E-0001",
	}
	if diff := cmp.Diff(want, got["E-0001"]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if r := got["E-0003"]; r["medical_note"] != "yes" || !strings.Contains(r["why"], "有健康备注") || r["hints"] != "听力差" {
		t.Errorf("an elder with a note: %v", r)
	}
	if r := got["E-0006"]; r["age"] != "" || r["risk"] != "0" || r["why"] != "" {
		t.Errorf("an elder of whom little is known: %v", r)
	}
	if r := table(t, made(t, d, "C1"), "en")["E-0001"]; r["why"] != "lives alone, 85 or older" || r["call"] != "none" {
		t.Errorf("in English: %v", r)
	}
}

func TestPartsOfAnArea(t *testing.T) {
	for area, want := range map[string][]Part{
		"":   {{"C1", "和平社区", 4}, {"C2", "新华社区", 1}, {"G1", "一网格", 2}, {"G2", "二网格", 2}, {"S", "幸福街道", 5}},
		"C1": {{"C1", "和平社区", 4}, {"G1", "一网格", 2}, {"G2", "二网格", 2}, {"S", "幸福街道", 4}},
	} {
		if diff := cmp.Diff(want, made(t, town(t), area).Parts); diff != "" {
			t.Errorf("of %q (-want +got):\n%s", area, diff)
		}
	}
}

func TestHousesInTheirOrder(t *testing.T) {
	sorted := []string{"", "幸福里", "幸福里3号楼2单元101", "幸福里3号楼2单元1001", "幸福里03号楼12单元", "幸福里13号楼", "幸福里99999999999999999999999号", "新华路1号", "新华路1号后"}
	got := slices.Clone(sorted)
	slices.Reverse(got)
	slices.SortFunc(got, byHouse)
	if diff := cmp.Diff(sorted, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func FuzzByHouse(f *testing.F) {
	f.Add("3号", "13号", "03号")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		if byHouse(a, b) != -byHouse(b, a) {
			t.Errorf("%q and %q are in no order", a, b)
		}
		if byHouse(a, b) <= 0 && byHouse(b, c) <= 0 && byHouse(a, c) > 0 {
			t.Errorf("%q ≤ %q ≤ %q, and not the first ≤ the last", a, b, c)
		}
	})
}

// The words of one language must not lack what the other has, nor a reason that the domain gives.
func TestEveryWordInBothLanguages(t *testing.T) {
	all, err := readWords()
	if err != nil {
		t.Fatal(err)
	}
	for key, zh := range all["zh"] {
		en, ok := all["en"][key]
		if !ok || en == "" || zh == "" {
			t.Errorf("%s is %q in Chinese and %q in English", key, zh, en)
		}
		for _, p := range []string{"{n}", "{name}", "{time}", "{area}", "{kind}", "{shown}"} {
			if strings.Contains(zh, p) != strings.Contains(en, p) {
				t.Errorf("%s has %s in one language alone", key, p)
			}
		}
	}
	if len(all["zh"]) != len(all["en"]) {
		t.Errorf("%d words in Chinese, %d in English", len(all["zh"]), len(all["en"]))
	}
	e := dispatch.Elder{ID: "E", LivingAlone: true, BirthYear: 1930, Medical: "x", Hints: "x"}
	for _, k := range []dispatch.Kind{dispatch.SOS, dispatch.Fall, dispatch.Inactivity} {
		inc := called("E", k, "1", 1)
		inc.Pressed, inc.Offers = 2, []dispatch.Offer{{State: dispatch.Accepted}}
		for _, born := range []int{1930, 1945} {
			e.BirthYear = born
			_, why := dispatch.Risk(e, inc, now)
			for _, code := range why {
				if _, ok := all["zh"]["why."+code]; !ok {
					t.Errorf("there is no word for the reason %s", code)
				}
			}
		}
	}
	for _, k := range dispatch.ResponderKinds() {
		if _, ok := all["en"]["kind."+string(k)]; !ok {
			t.Errorf("there is no word for a %s", k)
		}
	}
}

func BenchmarkMake(b *testing.B) {
	d := many(100_000)
	b.ReportAllocs()
	for b.Loop() {
		l, err := Make(d, nil, "", now)
		if err != nil || l.Len() != 100_000 {
			b.Fatal(err)
		}
	}
}

// crowd is a directory that finds people at once.
type crowd struct {
	Directory
	people  []dispatch.Elder
	address map[dispatch.ElderID]int
}

func (c crowd) Elder(id dispatch.ElderID) (dispatch.Elder, bool) {
	return c.people[c.address[id]], true
}

func (c crowd) Contacts(dispatch.ElderID) []dispatch.Contact {
	return []dispatch.Contact{{Name: "王磊", Phone: "+8613812345678"}}
}

func many(n int) crowd {
	c := crowd{address: map[dispatch.ElderID]int{}}
	for i := range n {
		e := dispatch.Elder{ID: dispatch.ElderID(fmt.Sprintf("E-%06d", i)), Name: "王秀兰", BirthYear: 1925 + i%40, Phone: "+8613900000000", LivingAlone: i%3 == 0,
			Premises: dispatch.Premises{Address: fmt.Sprintf("幸福里%d号楼%d单元", i%97, i%7)}}
		c.address[e.ID] = len(c.people)
		c.people = append(c.people, e)
	}
	c.Directory = plain(c.people)
	return c
}
