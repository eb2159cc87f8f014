package welfare

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"onekeyd/dispatch"
	"onekeyd/dispatch/dispatchtest"
	"onekeyd/geo"
)

var now = time.Date(2026, 11, 25, 14, 45, 0, 0, time.UTC) // never changed

func at(minute int) time.Time {
	return now.Truncate(time.Hour).Add(time.Duration(minute) * time.Minute)
}

// town is two communities of a street: 和平 with two grids, and 新华.
func town(t *testing.T) dispatchtest.Directory {
	t.Helper()
	grid, wrong := geo.NewAreas([]geo.Area{
		{Code: "S", Name: "幸福街道", Level: geo.Street},
		{Code: "C1", Name: "和平社区", Level: geo.Community, Parent: "S"}, {Code: "C2", Name: "新华社区", Level: geo.Community, Parent: "S"},
		{Code: "G1", Name: "一网格", Level: geo.Grid, Parent: "C1"}, {Code: "G2", Name: "二网格", Level: geo.Grid, Parent: "C1"},
	})
	if len(wrong) > 0 {
		t.Fatal(wrong)
	}
	elder := func(id, name, area, address string, born int, alone bool) dispatch.Elder {
		return dispatch.Elder{ID: dispatch.ElderID(id), Name: name, Sex: "f", BirthYear: born, Phone: "+861390000" + id[2:], LivingAlone: alone,
			Premises: dispatch.Premises{Address: address, Area: area, Floor: "4", AccessNote: "门禁密码 4471"}}
	}
	d := dispatchtest.Directory{Grid: grid, Number: 7, People: []dispatch.Elder{
		elder("E-0001", "王秀兰", "G1", "幸福里13号楼401", 1938, true),
		elder("E-0002", "刘德明", "G1", "幸福里3号楼101", 1938, true),
		elder("E-0003", "陈玉珍", "G2", "和平里1号", 1955, false),
		elder("E-0004", "赵国栋", "C2", "新华路9号", 1930, true),
		elder("E-0005", "孙桂兰", "", "住址待查", 1940, false),
		elder("E-0006", "=HYPERLINK(\"http://x\")", "G2", "+1", 0, false),
	}, Keys: []dispatch.Device{{ID: "D-1", Elder: "E-0001"}, {ID: "D-1b", Elder: "E-0001"}, {ID: "D-3", Elder: "E-0003"}, {ID: "D-0"}},
		Family: []dispatch.Contact{
			{Elder: "E-0001", Rank: 1, Name: "王磊", Relation: "儿子", Phone: "+8613812345678"}, {Elder: "E-0001", Rank: 2, Name: "王芳", Phone: "+8613812345679"},
		}}
	d.People[2].Medical, d.People[2].Hints = "青霉素过敏", "听力差"
	return d
}

// called is an open call of an elder.
func called(elder string, kind dispatch.Kind, code string, minute int) *dispatch.Incident {
	return &dispatch.Incident{
		ID: dispatch.IncidentID("i-" + code), Case: dispatch.CaseID(elder), Code: code, State: dispatch.StateDispatched, Kind: kind, Urgency: kind.Urgency(),
		Elder: dispatch.ElderID(elder), RaisedAt: at(minute), Waiting: at(minute), Pressed: 1,
	}
}

// storm is the incident of an area on whose list these calls are.
func storm(area, name string, calls ...*dispatch.Incident) *dispatch.Incident {
	inc := &dispatch.Incident{ID: "i-storm", Kind: dispatch.AreaStorm, Urgency: dispatch.Red, State: dispatch.StateDispatched, Name: name, RaisedAt: at(30),
		Premises: &dispatch.Premises{Address: name, Area: area}}
	for _, c := range calls {
		inc.Members = append(inc.Members, dispatch.Member{Incident: c.ID, Elder: c.Elder, Kind: c.Kind})
	}
	return inc
}

func made(t *testing.T, d Directory, area string, open ...*dispatch.Incident) *List {
	t.Helper()
	l, err := Make(d, open, area, now)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// order is the list by the last digits of its elders.
func order(l *List) string {
	var ids []string
	for _, e := range l.entries {
		ids = append(ids, string(e.elder)[5:])
	}
	return strings.Join(ids, " ")
}

func lists(t *testing.T, o Options) *Lists {
	t.Helper()
	ls, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return ls
}

// table is the CSV of a list, by elder and column.
func table(t *testing.T, l *List, lang string) map[string]map[string]string {
	t.Helper()
	var b bytes.Buffer
	if err := lists(t, Options{}).Write(&b, l, "csv", lang); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(b.String(), utf8Mark))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]map[string]string{}
	for n, r := range rows[1:] {
		cells := map[string]string{}
		for i, name := range rows[0] {
			cells[name] = r[i]
		}
		if cells["rank"] != fmt.Sprint(n+1) {
			t.Errorf("row %d has rank %s", n+1, cells["rank"])
		}
		out[cells["elder"]] = cells
	}
	return out
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }
