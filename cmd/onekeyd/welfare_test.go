package main

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"onekeyd/dispatch/access"
)

// asked reads an address as somebody, by the header they bring.
func (w *world) asked(path, header, value string) (int, string) {
	w.t.Helper()
	req := httptest.NewRequest(http.MethodGet, path, nil).WithContext(w.t.Context())
	if header != "" {
		req.Header.Set(header, value)
	}
	rec := httptest.NewRecorder()
	w.d.handler.ServeHTTP(rec, req)
	return rec.Code, rec.Body.String()
}

// session logs an operator in and gives their cookie.
func (w *world) session(name string, role access.Role) string {
	w.t.Helper()
	const password = "一个足够长的密码"
	w.must(w.d.access.CreateOperator(w.t.Context(), name, role))
	w.must(w.d.access.SetPassword(w.t.Context(), name, password, ""))
	req := httptest.NewRequest(http.MethodPost, "/login", strings.NewReader(url.Values{"name": {name}, "password": {password}}.Encode())).WithContext(w.t.Context())
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	rec := httptest.NewRecorder()
	w.d.handler.ServeHTTP(rec, req)
	cookies := rec.Result().Cookies()
	if len(cookies) == 0 {
		w.t.Fatalf("login of %s: %d", name, rec.Code)
	}
	return cookies[0].Name + "=" + cookies[0].Value
}

func TestWelfareListFollowsTheCalls(t *testing.T) {
	scenario(t, func(t *testing.T, w *world) {
		list := func() string {
			t.Helper()
			code, body := w.asked("/v1/welfare.csv?area=C1&lang=zh", "Authorization", "Bearer "+testAPI)
			if code != http.StatusOK {
				t.Fatalf("%d: %s", code, body)
			}
			return body
		}
		if got := strings.Split(list(), "\n"); len(got) != 4 || !strings.HasPrefix(got[1], "1,55,独居") && !strings.Contains(got[1], "王秀兰") || !strings.Contains(got[1], ",无,") {
			t.Errorf("nobody has called: %q", got)
		}
		w.press("D-liu")
		if got := strings.Split(list(), "\n"); !strings.Contains(got[1], "刘德明") || !strings.Contains(got[1], "等待中") {
			t.Errorf("Liu has called: %q", got)
		}
		w.reply(liPhone, "1")
		if got := list(); !strings.Contains(got, "李强（网格长）已接单") || strings.Contains(got, "青霉素") || strings.Contains(got, "钥匙在701") {
			t.Errorf("Li goes there: %q", got)
		}
	})
}

func TestWelfareListIsForThoseWhoAct(t *testing.T) {
	scenario(t, func(t *testing.T, w *world) {
		li, wall := w.session("li", access.RoleOperator), w.session("wall", access.RoleWall)
		for _, c := range []struct {
			path, header, value string
			code                int
		}{
			{"/welfare", "", "", http.StatusSeeOther},
			{"/v1/welfare.csv", "", "", http.StatusUnauthorized},
			{"/v1/welfare.csv", "Authorization", "Bearer " + testAPI, http.StatusOK},
			{"/welfare", "Authorization", "Bearer " + testAPI, http.StatusOK},
			{"/v1/welfare.csv", "Authorization", "Bearer " + testGateway, http.StatusUnauthorized},
			{"/v1/welfare.csv", "Cookie", li, http.StatusOK},
			{"/welfare?area=G1", "Cookie", li, http.StatusOK},
			{"/welfare?area=nowhere", "Cookie", li, http.StatusNotFound},
			{"/v1/welfare.csv", "Cookie", wall, http.StatusForbidden},
			{"/welfare", "Cookie", wall, http.StatusForbidden},
		} {
			code, body := w.asked(c.path, c.header, c.value)
			if code != c.code {
				t.Errorf("%s with %s %.10s: %d, want %d", c.path, c.header, c.value, code, c.code)
			}
			if got := strings.Contains(body, "王秀兰"); got != (code == http.StatusOK) {
				t.Errorf("%s with %s %.10s shows the elders: %v", c.path, c.header, c.value, got)
			}
		}
	})
}

// The list is on paper before it is needed, whether or not a daemon runs.
func TestWelfareListWithoutADaemon(t *testing.T) {
	home(t)
	data := ""
	scenario(t, func(t *testing.T, w *world) {
		data = w.dir
		w.press("D-liu")
		w.halt()
		dir := t.TempDir()
		file := filepath.Join(dir, "list.csv")
		out, err := tool(t, "welfare", "-data", data, "-area", "C1", "-o", file)
		if err != nil || !strings.Contains(out, "2 elders in "+file) {
			t.Fatalf("%q, %v", out, err)
		}
		got, err := os.ReadFile(file)
		if err != nil || !strings.Contains(string(got), "刘德明") || !strings.Contains(strings.Split(string(got), "\n")[1], "紧急呼救") {
			t.Errorf("%v: %s", err, got)
		}
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("who may read it: %v, %v", info.Mode(), err)
		}
		page := filepath.Join(dir, "list.html")
		if _, err := tool(t, "welfare", "-data", data, "-lang", "en", "-o", page); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(page); err != nil || !strings.Contains(string(got), "Welfare list") || strings.Contains(string(got), "<nav>") {
			t.Errorf("%v: %s", err, got)
		}
		if _, err := tool(t, "welfare", "-data", data, "-area", "nowhere", "-o", file); err == nil {
			t.Error("an area that is not there has a list")
		}
		if again, err := os.ReadFile(file); err != nil || string(again) != string(got) {
			t.Error("what could not be made took the place of what was there")
		}
		if left, err := os.ReadDir(dir); err != nil || len(left) != 2 {
			t.Errorf("left in the folder: %v, %v", left, err)
		}
		if _, err := tool(t, "welfare", "-data", data, "-o", filepath.Join(dir, "list.pdf")); err == nil {
			t.Error("a format nobody writes was taken")
		}
		time.Sleep(time.Second) // in a bubble
		w.start()
		after(10 * time.Second)
	})
}
