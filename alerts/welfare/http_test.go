package welfare

import (
	"bytes"
	"encoding/csv"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"onekeyd/dispatch"
	"onekeyd/dispatch/dispatchtest"
)

func plain(people []dispatch.Elder) Directory { return dispatchtest.Directory{People: people} }

// served asks a daemon of this town; who "" may not read.
func served(t *testing.T, d Directory, who string, log io.Writer, path string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	ls := lists(t, Options{
		Directory: func() Directory { return d }, Open: func() []*dispatch.Incident { return nil }, Centre: "幸福中心", Language: "zh", Log: slog.New(slog.NewTextHandler(log, nil)),
		Reader: func(w http.ResponseWriter, _ *http.Request) (string, bool, bool) {
			if who == "" {
				http.Error(w, "no", http.StatusForbidden)
			}
			return who, who == "api token", who != ""
		},
	})
	mux := http.NewServeMux()
	ls.Register(mux)
	req := httptest.NewRequest(http.MethodGet, path, nil)
	for n := 0; n+1 < len(headers); n += 2 {
		req.Header.Set(headers[n], headers[n+1])
	}
	rec := httptest.NewRecorder()
	mux.ServeHTTP(rec, req)
	return rec
}

func TestListOverHTTP(t *testing.T) {
	var log bytes.Buffer
	res := served(t, town(t), "李敏", &log, "/v1/welfare.csv?area=C1")
	body := res.Body.String()
	if res.Code != 200 || !strings.HasPrefix(body, utf8Mark+"rank,") || strings.Count(body, "\n") != 5 {
		t.Errorf("%d: %s", res.Code, body)
	}
	if got := res.Header().Get("Content-Disposition"); !strings.HasPrefix(got, "attachment; filename=welfare-C1-") {
		t.Errorf("kept as %s", got)
	}
	for _, want := range []string{"welfare list read", "operator=李敏", "area=C1", "elders=4"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log does not say %q: %s", want, log.String())
		}
	}
	if body := served(t, town(t), "api token", &log, "/v1/welfare.csv").Body.String(); !strings.HasPrefix(body, "rank,") {
		t.Errorf("a program gets a mark in front: %.20q", body)
	}
	if res := served(t, town(t), "", &log, "/v1/welfare.csv"); res.Code != 403 || strings.Contains(res.Body.String(), "王秀兰") {
		t.Errorf("who may not read it gets %d %s", res.Code, res.Body)
	}
	if res := served(t, town(t), "李敏", &log, "/v1/welfare.csv?area=C9"); res.Code != 404 || !strings.Contains(res.Body.String(), "no such area") {
		t.Errorf("an area that is not there: %d %s", res.Code, res.Body)
	}
}

func TestPage(t *testing.T) {
	res := served(t, town(t), "李敏", io.Discard, "/welfare?area=C1")
	body := res.Body.String()
	for _, want := range []string{"老人看望名单 · 和平社区", "王秀兰", "独居、85岁以上", "有健康备注", "一网格 2", `href="/v1/welfare.csv?area=C1&amp;lang=zh"`, "幸福中心", "=HYPERLINK(&#34;http://x&#34;)"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	for _, secret := range []string{"青霉素", "4471"} {
		if strings.Contains(body, secret) {
			t.Errorf("the page shows %s", secret)
		}
	}
	if csp := res.Header().Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") || res.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("policy %q, cache %q", csp, res.Header().Get("Cache-Control"))
	}
	if got := served(t, town(t), "李敏", io.Discard, "/welfare", "Accept-Language", "en-GB,en;q=0.9").Body.String(); !strings.Contains(got, "Welfare list · All areas") || !strings.Contains(got, `<html lang="en">`) {
		t.Errorf("a browser that speaks English gets %.200s", got)
	}
	if got := served(t, dispatchtest.Directory{}, "李敏", io.Discard, "/welfare").Body.String(); !strings.Contains(got, "没有登记的老人") {
		t.Errorf("an empty directory gives %s", got)
	}
}

// A page of everything is for nobody; the table has them all, and holds no more than a row at once.
func TestManyElders(t *testing.T) {
	d := many(20_000)
	body := served(t, d, "李敏", io.Discard, "/welfare").Body.String()
	if n := strings.Count(body, `<td class="n">`); n != onPage || !strings.Contains(body, "本页只列出前 2000 位，共 20000 位") {
		t.Errorf("the page shows %d rows", n)
	}
	began := time.Now()
	rows, err := csv.NewReader(served(t, d, "api token", io.Discard, "/v1/welfare.csv").Body).ReadAll()
	if err != nil || len(rows) != 20_001 {
		t.Fatalf("the table has %d rows: %v", len(rows), err)
	}
	t.Logf("20,000 elders as CSV: %s", time.Since(began))
	if !slices.IsSortedFunc(rows[1:], func(a, b []string) int { return len(a[0]) - len(b[0]) }) {
		t.Error("the ranks do not ascend")
	}
}

func TestNoCellIsAFormula(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "王秀兰": "王秀兰", "3号楼=1": "3号楼=1", "=1+1": "'=1+1", "+86139": "'+86139", "-1": "'-1", "@SUM(A1)": "'@SUM(A1)", " =1": "' =1", "\t=1": "'\t=1", "\r=1": "'\r=1",
		"＝1": "'＝1", "'=1": "''=1", "\u00a0+1": "'\u00a0+1", "\n=1": "'\n=1",
	} {
		if got := safe(in); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
	cells := table(t, made(t, town(t), ""), "zh")["E-0006"]
	if cells["name"] != `'=HYPERLINK("http://x")` || cells["address"] != "'+1" {
		t.Errorf("written by somebody who means ill: %v", cells)
	}
}

func FuzzSafe(f *testing.F) {
	f.Add("=1")
	f.Fuzz(func(t *testing.T, s string) {
		got := safe(s)
		if strings.TrimPrefix(got, "'") != s && got != s {
			t.Errorf("%q became %q", s, got)
		}
		if rest := strings.TrimLeft(got, " "); rest != "" && strings.ContainsAny(rest[:1], "=+-@\t\r\n") {
			t.Errorf("%q is a formula", got)
		}
	})
}

// A reader who takes nothing must not keep a place for ever, and one who stays is served again on the same line.
func TestAReaderMayStay(t *testing.T) {
	d := town(t)
	ls := lists(t, Options{Directory: func() Directory { return d }, Open: func() []*dispatch.Incident { return nil }, Language: "zh", Log: quiet(),
		Reader: func(http.ResponseWriter, *http.Request) (string, bool, bool) { return "li", false, true }})
	mux := http.NewServeMux()
	ls.Register(mux)
	srv := httptest.NewServer(mux)
	defer srv.Close()
	for range 3 {
		res, err := srv.Client().Get(srv.URL + CSVPath)
		if err != nil {
			t.Fatal(err)
		}
		if body, err := io.ReadAll(res.Body); err != nil || !bytes.Contains(body, []byte("王秀兰")) {
			t.Errorf("%v: %s", err, body)
		}
		res.Body.Close()
	}
	if len(ls.writing) != 0 {
		t.Errorf("%d places are still taken", len(ls.writing))
	}
}
